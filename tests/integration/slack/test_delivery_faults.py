"""Whatever goes wrong on the way, a person sees each message exactly once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.messages import plan
from tests.alert_builders import alert, another_source, change, raised
from tests.fake_slack import Fault, Planned
from tests.integration.slack.conftest import ALERTS, CHANNELS, OPS, Bench, Killed

FAULTS: dict[str, Planned] = {
    "connection closes before any work": Planned(fault=Fault.DROP_BEFORE),
    "work done, connection closes": Planned(fault=Fault.DROP_AFTER),
    "work done, connection reset": Planned(fault=Fault.RESET_AFTER),
    "work done, no answer in time": Planned(fault=Fault.HOLD_AFTER),
    "work done, half an answer": Planned(fault=Fault.HALF_AFTER),
    "overloaded front": Planned(fault=Fault.HTML_503),
    "work done, a proxy's page": Planned(fault=Fault.HTML_200_AFTER),
    "work done, empty answer": Planned(fault=Fault.EMPTY_AFTER),
    "work done, ok without ts": Planned(fault=Fault.NO_TS_AFTER),
    "too many requests, fraction of a second": Planned(fault=Fault.RATE_429, retry_after="1.5"),
    "too many requests, no number": Planned(fault=Fault.RATE_429, retry_after="soon"),
    "too many requests, and shown all the same": Planned(fault=Fault.RATE_429_AFTER, retry_after="1.5"),
    "too many requests for a minute, and shown all the same": Planned(fault=Fault.RATE_429_AFTER, retry_after="60"),
    "internal_error after the work": Planned(error="internal_error", after_work=True),
    "internal_error before the work": Planned(error="internal_error"),
    "fatal_error after the work": Planned(error="fatal_error", after_work=True),
    "request_timeout before the work": Planned(error="request_timeout"),
    "three overloads in a row": Planned(fault=Fault.HTML_503, times=3),
    "service_unavailable before the work": Planned(error="service_unavailable"),
}
STORY = alert(change(), another_source())
MINUTE = timedelta(seconds=60)


@pytest.mark.parametrize("lag_seconds", [0.0, 45.0], ids=["history at once", "history lags"])
@pytest.mark.parametrize("planned", FAULTS.values(), ids=FAULTS.keys())
def test_a_root_is_seen_once(bench: Bench, planned: Planned, lag_seconds: float) -> None:
    bench.slack.lag_seconds = lag_seconds
    bench.slack.inject("chat.postMessage", replace(planned))
    bench.put(STORY, 0)
    bench.run()
    assert len(bench.roots()) == 1
    assert bench.outbox.states() == ["sent"]


@pytest.mark.parametrize("lag_seconds", [0.0, 45.0], ids=["history at once", "history lags"])
@pytest.mark.parametrize("planned", FAULTS.values(), ids=FAULTS.keys())
def test_a_reply_is_seen_once(bench: Bench, planned: Planned, lag_seconds: float) -> None:
    bench.slack.lag_seconds = lag_seconds
    bench.put(STORY, 0)
    bench.run()
    bench.slack.inject("chat.postMessage", replace(planned))
    bench.put(STORY, 1)
    bench.run()
    assert (len(bench.roots()), len(bench.replies())) == (1, 1)
    assert bench.outbox.states() == ["sent", "sent", "sent"]


@pytest.mark.parametrize("planned", FAULTS.values(), ids=FAULTS.keys())
def test_an_edit_ends_as_the_current_truth(bench: Bench, planned: Planned) -> None:
    bench.put(STORY, 0)
    bench.run()
    bench.slack.inject("chat.update", replace(planned))
    bench.put(STORY, 1)
    bench.run()
    assert len(bench.roots()) == 1
    assert "2 sources:" in str(bench.roots()[0]["blocks"])
    assert bench.outbox.states() == ["sent", "sent", "sent"]


@pytest.mark.parametrize("method", ["auth.test", "conversations.list", "conversations.history"])
@pytest.mark.parametrize(
    "planned",
    [Planned(fault=Fault.HTML_503), Planned(fault=Fault.RATE_429, retry_after="0.7"), Planned(fault=Fault.DROP_BEFORE)],
    ids=["overloaded", "too many requests", "dropped"],
)
def test_a_look_up_that_fails_is_made_again_before_anything_is_sent(
    bench: Bench, method: str, planned: Planned
) -> None:
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.DROP_AFTER))
    bench.slack.inject(method, replace(planned))
    bench.put(STORY, 0)
    bench.run()
    assert len(bench.roots()) == 1
    assert bench.slack.called("chat.postMessage") == 1


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_a_process_that_dies_around_a_call_leaves_one_message(bench: Bench, step: str, method: str) -> None:
    bench.put(STORY)
    setattr(bench.api, step, method)
    with pytest.raises(Killed):
        bench.run()
    bench.run(sender=bench.sender("sender-2"))
    assert (len(bench.roots()), len(bench.replies())) == (1, 1)
    assert set(bench.outbox.states()) == {"sent"}


@pytest.mark.parametrize("method", ["auth.test", "conversations.list", "conversations.history"])
def test_a_process_that_dies_while_it_looks_leaves_one_message(bench: Bench, method: str) -> None:
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.DROP_AFTER))
    bench.put(STORY, 0)
    bench.api.after = method
    with pytest.raises(Killed):
        bench.run()
    bench.run(sender=bench.sender("sender-2"))
    assert len(bench.roots()) == 1


def test_a_process_that_dies_right_after_its_claim_leaves_one_message(bench: Bench) -> None:
    bench.put(STORY, 0)
    assert bench.outbox.claim("sender-1", bench.clock(), MINUTE) is not None
    bench.run(sender=bench.sender("sender-2"))
    assert len(bench.roots()) == 1


def test_a_sender_that_was_away_too_long_changes_nothing(bench: Bench) -> None:
    bench.put(STORY, 0)
    away = bench.outbox.claim("sender-1", bench.clock(), MINUTE)
    assert away is not None
    bench.clock.sleep(61)
    bench.run(sender=bench.sender("sender-2"))
    receipt = bench.outbox.rows[away.delivery.id].receipt
    assert receipt is not None
    assert not bench.outbox.sent(away, replace(receipt, ts="1.0"), bench.clock(), bench.clock())
    assert bench.outbox.rows[away.delivery.id].receipt == receipt


def test_a_mark_forged_by_another_app_does_not_suppress_an_alert(bench: Bench) -> None:
    (row,) = plan(STORY, 0, CHANNELS)
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.DROP_BEFORE))
    bench.put(STORY, 0)
    bench.sender().deliver_due()
    bench.slack.post_as_other_app(
        ALERTS, "forged", {"event_type": "alert_delivery", "event_payload": {"delivery": row.id}}
    )
    bench.run()
    assert sum(said["bot_id"] == "B0BOT0001" for said in bench.roots()) == 1


def test_a_message_is_found_behind_more_pages_than_one(bench: Bench) -> None:
    bench.slack.page_cap = 15
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.DROP_AFTER))
    bench.put(STORY, 0)
    bench.sender().deliver_due()
    for number in range(40):
        bench.slack.post_as_other_app(ALERTS, f"chatter {number}", {})
    bench.run()
    assert sum(said["bot_id"] == "B0BOT0001" for said in bench.roots()) == 1
    assert bench.slack.called("conversations.history") >= 3


def test_without_the_right_to_look_it_repeats_and_says_so(bench: Bench) -> None:
    bench.slack.scopes = "chat:write,channels:read"
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.DROP_AFTER))
    bench.put(STORY, 0)
    bench.run()
    first, second = bench.roots()
    assert "May repeat an earlier message" not in str(first["blocks"])
    assert "May repeat an earlier message: Slack did not confirm it." in str(second["blocks"])


def test_a_deleted_root_is_followed_by_a_new_one_that_says_so(bench: Bench) -> None:
    bench.put(STORY, 0)
    bench.run()
    bench.slack.delete(ALERTS, str(bench.roots()[0]["ts"]))
    bench.put(STORY, 1)
    bench.run()
    (root,) = bench.roots()
    assert f"Continues {STORY.id}" in str(root["blocks"])
    assert [said["thread_ts"] for said in bench.replies()] == [root["ts"]]


@pytest.mark.parametrize("planned", FAULTS.values(), ids=FAULTS.keys())
def test_a_deleted_root_is_replaced_once_even_when_the_answer_is_lost(bench: Bench, planned: Planned) -> None:
    bench.put(STORY, 0)
    bench.run()
    bench.slack.delete(ALERTS, str(bench.roots()[0]["ts"]))
    bench.slack.inject("chat.postMessage", replace(planned))
    bench.put(STORY, 1)
    bench.run()
    assert (len(bench.roots()), len(bench.replies())) == (1, 1)


def test_a_refused_edit_is_told_in_the_thread_and_in_the_channel(bench: Bench) -> None:
    bench.put(STORY, 0)
    bench.run()
    bench.slack.edits_closed = True
    bench.put(STORY, 1)
    bench.run()
    assert [said.get("subtype") for said in bench.replies()] == ["thread_broadcast", None]
    assert bench.outbox.states() == ["sent", "sent", "sent"]


@pytest.mark.parametrize(
    "code", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long", "metadata_too_large", "a_new_code"]
)
def test_a_message_slack_refuses_goes_out_in_plain_words_at_once_and_ops_hear_of_it(bench: Bench, code: str) -> None:
    bench.slack.inject("chat.postMessage", Planned(error=code))
    bench.put(STORY, 0)
    bench.run()
    (root,) = bench.roots()
    assert root["blocks"] == []
    assert "Patients at Lakeside now wait 14 business days" in str(root["text"])
    assert "<https://harbor.example/1#:~:text=" in str(root["text"])
    assert [code in str(said["text"]) for said in bench.roots(OPS)] == [True]


def test_a_message_slack_refuses_in_any_form_is_stuck_and_named_and_blocks_nothing(bench: Bench) -> None:
    bench.slack.inject("chat.postMessage", Planned(error="a_new_code", times=2))
    bench.put(alert(number=1))
    bench.put(alert(number=2))
    bench.run()
    assert bench.outbox.states().count("stuck") == 1
    assert len(bench.roots()) == 1
    assert "a_new_code" in str(bench.roots(OPS)[0]["text"])


def test_notices_that_are_refused_do_not_breed_notices(bench: Bench) -> None:
    bench.slack.inject("chat.postMessage", Planned(error="a_new_code", times=50))
    bench.put(STORY, 0)
    bench.run()
    assert bench.outbox.states() == ["stuck", "stuck"]


def test_a_message_that_fails_for_a_day_is_stuck_and_named(bench: Bench) -> None:
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.HTML_503, times=10_000))
    bench.put(STORY, 0)
    bench.run(patience=MINUTE * 60 * 30)
    assert bench.outbox.states()[0] == "stuck"
    assert len(bench.outbox.rows) == 2, "the alert and the notice about it"


def test_a_worse_value_that_fails_first_still_comes_after_the_root(bench: Bench) -> None:
    story = alert(change(), raised())
    bench.slack.inject("chat.postMessage", Planned(fault=Fault.DROP_BEFORE))
    bench.put(story)
    bench.run()
    assert [str(said["text"])[:8] for said in bench.slack.all_messages(ALERTS)] == ["Critical", "🔴 Raised"]
