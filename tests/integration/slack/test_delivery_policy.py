"""Order, spacing, floods, hours, closed channels and a refused app: nothing is lost and nobody is flooded."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from bot.core.messages import CONSOLE, Channels, Place, Verdict, load_channels, plan
from bot.core.messages.channels import Hours
from bot.core.model import Delivery, Severity
from bot.slack.rounds import deliver_round
from bot.slack.sender import Did, Sender
from tests.alert_builders import alert, another_source, change, raised, withdrawn
from tests.fake_outbox import Clock, MemoryOutbox
from tests.fake_slack import Planned
from tests.integration.slack.conftest import ALERTS, OPS, Bench

DAY_HOURS = Hours(opens=time(8), closes=time(18), days=frozenset(range(7)), at_once=Severity.CRITICAL)


def test_the_whole_life_of_an_alert_is_one_thread(bench: Bench) -> None:
    bench.put(alert(change(), another_source(), raised(), withdrawn()))
    bench.run()
    root, raised_row, withdrawn_row = bench.roots()
    assert str(root["text"]).startswith("Withdrawn: ")
    assert [said.get("subtype") for said in (raised_row, withdrawn_row)] == ["thread_broadcast"] * 2
    assert [said.get("subtype") for said in bench.replies()] == [None, "thread_broadcast", "thread_broadcast"]
    assert root["edits"] == 3


def test_messages_of_a_channel_are_more_than_a_second_apart(bench: Bench) -> None:
    bench.slack.limits_rate = True
    for number in range(1, 5):
        bench.put(alert(number=number))
    bench.run()
    stamps = [float(str(said["ts"])) for said in bench.roots()]
    assert len(stamps) == 4
    assert min(later - earlier for earlier, later in pairwise(stamps)) > 1.099


class Bell:
    """A bell on the bench's clock: waiting costs no time, and each ring is what a test says."""

    def __init__(self, bench: Bench, *rings: Callable[[], object]) -> None:
        self.bench, self.rings, self.waited = bench, list(rings), list[float]()

    def wait(self, timeout_seconds: float) -> bool:
        self.waited.append(timeout_seconds)
        if self.rings:
            self.rings.pop(0)()
            return True
        self.bench.clock.sleep(timeout_seconds)
        return False


def test_a_round_sends_what_comes_meanwhile_and_keeps_no_more_than_the_spacing_between_two(bench: Bench) -> None:
    bench.put(alert(number=1))
    bell = Bell(bench, lambda: bench.put(alert(number=2)))
    steps = list(deliver_round(bench.sender(), bell, seconds=60, stop=threading.Event()))
    assert [step.did for step in steps] == [Did.SENT, Did.SENT]
    first, second = (float(str(said["ts"])) for said in bench.roots())
    assert 1.099 < second - first < 1.2
    assert bell.waited[0] > 50, "nothing was due"
    assert bell.waited[-1] > 50, "nothing is due any more: the round waits for its end"


def test_a_round_ends_when_it_is_stopped_and_does_not_hurry_while_slack_refuses_the_app(bench: Bench) -> None:
    bench.slack.revoked = True
    bench.put(alert())
    stop, bell = threading.Event(), Bell(bench)
    steps = list(deliver_round(bench.sender(), bell, seconds=60, stop=stop))
    assert [step.did for step in steps] == [Did.STOPPED]
    assert len(bell.waited) == 1
    stop.set()
    assert list(deliver_round(bench.sender(), bell, seconds=60, stop=stop)) == []


def test_a_flood_comes_as_one_digest_with_each_alert_in_its_thread(bench: Bench) -> None:
    bench.slack.limits_rate = True
    for number in range(1, 31):
        bench.put(alert(number=number))
    bench.run()
    (digest,) = bench.roots()
    assert str(digest["text"]).startswith("30 alerts in one message.")
    assert {said["thread_ts"] for said in bench.replies()} == {digest["ts"]}
    assert len(bench.replies()) == 30


def test_an_update_of_an_alert_that_came_in_a_digest_stays_in_the_digests_thread(bench: Bench) -> None:
    story = alert(change(), raised(), number=1)
    bench.put(story, 0)
    for number in range(2, 13):
        bench.put(alert(number=number))
    bench.run()
    (digest,) = bench.roots()
    bench.put(story, 1)
    bench.run()
    first = next(said for said in bench.replies() if "edits" in said)
    assert "Critical: " in str(first["blocks"])
    assert [said["thread_ts"] for said in bench.roots()[1:]] == [digest["ts"]]


def test_more_than_five_alerts_in_ten_minutes_are_bundled_and_an_urgent_one_is_first(bench: Bench) -> None:
    for number in range(1, 6):
        bench.put(alert(number=number))
        bench.run()
    bench.put(alert(number=6))
    bench.put(alert(change(severity=Severity.CRITICAL, says="Worst"), number=7))
    bench.run()
    assert len(bench.roots()) == 6
    bullets = [part for block in bench.roots()[-1]["blocks"] for part in block.get("elements", [])]  # type: ignore[attr-defined]
    listed = next(part["elements"] for part in bullets if part["type"] == "rich_text_list")
    assert listed[0]["elements"][0]["text"].startswith("🔴 Critical: Worst")


def test_alerts_that_keep_coming_one_by_one_are_gathered_too(bench: Bench) -> None:
    sender = bench.sender()
    for number in range(1, 21):
        bench.put(alert(number=number))
        bench.run(timedelta(seconds=10), sender)
        bench.clock.sleep(10)
    bench.run()
    sizes = [str(said["text"]).split(" ")[0] for said in bench.roots()[5:]]
    assert len(bench.roots()[:5]) == 5
    assert sizes == ["3"] * 5, "digests instead of fifteen messages"
    assert len(bench.replies()) == 15


def test_the_worst_alert_never_waits_for_others(bench: Bench) -> None:
    for number in range(1, 6):
        bench.put(alert(number=number))
        bench.run()
    bench.clock.sleep(2)
    bench.put(alert(change(severity=Severity.CRITICAL), number=6))
    assert [step.did for step in bench.sender().deliver_due()] == [Did.SENT]
    bench.clock.sleep(2)
    bench.put(alert(number=7))
    (step,) = bench.sender().deliver_due()
    assert (step.did, step.reason) == (Did.POSTPONED, "many alerts: waits for others to come with")
    bench.run()
    assert len(bench.roots()) == 7, "none came: it goes alone"


def test_mentions_never_stand_in_a_digest_nor_in_its_thread(bench: Bench) -> None:
    policy = "{low: [here, U0ANNA0001, S0GROUP001]}"
    loaded = load_channels({"rules/channels.yaml": f'channels: {{alerts: {{to: "{ALERTS}", mention: {policy}}}}}'})
    bench.channels = loaded
    for number in range(1, 13):
        bench.put(alert(number=number))
    bench.run()
    said = bench.slack.all_messages(ALERTS)
    assert len(said) == 13
    assert not any(word in str([one["blocks"] for one in said]) for word in ("'broadcast'", "U0ANNA0001", "S0GROUP001"))


def test_outside_its_hours_a_channel_waits_until_morning_and_gets_one_digest(bench: Bench) -> None:
    bench.place(hours=DAY_HOURS)
    bench.clock.moment = datetime(2026, 10, 15, 4, tzinfo=UTC)  # 21:00 in California
    for number in range(1, 4):
        bench.put(alert(number=number))
    bench.run(patience=timedelta(hours=10))
    assert bench.roots() == []
    bench.run(patience=timedelta(hours=12))
    (digest,) = bench.roots()
    assert str(digest["text"]).startswith("3 alerts in one message.")
    posted_at = datetime.fromtimestamp(float(str(digest["ts"])), UTC)
    assert datetime(2026, 10, 15, 15, tzinfo=UTC) <= posted_at < datetime(2026, 10, 15, 15, 1, tzinfo=UTC)


def test_an_urgent_alert_does_not_wait_for_the_morning(bench: Bench) -> None:
    bench.place(hours=DAY_HOURS)
    bench.clock.moment = datetime(2026, 10, 15, 4, tzinfo=UTC)
    bench.put(alert(number=1))
    bench.put(alert(change(severity=Severity.CRITICAL), number=2))
    bench.run(patience=timedelta(hours=1))
    assert [str(said["text"])[:8] for said in bench.roots()] == ["Critical"]


CLOSED: dict[str, Callable[[Bench], object]] = {
    "is_archived": lambda bench: bench.slack.archive(ALERTS),
    "not_in_channel": lambda bench: setattr(bench.slack.channel(ALERTS), "is_member", False),
    "channel_not_found": lambda bench: bench.slack.channels.pop("C0CARE0001"),
}


@pytest.mark.parametrize("code", CLOSED)
def test_a_closed_channel_keeps_its_queue_tells_ops_once_and_reopens_as_a_digest(bench: Bench, code: str) -> None:
    channel = bench.slack.channel(ALERTS)
    assert channel is not None
    CLOSED[code](bench)
    for number in range(1, 15):
        bench.put(alert(number=number))
    bench.run()
    assert channel.messages == []
    assert [code in str(said["text"]) for said in bench.roots(OPS)] == [True]
    assert "Nothing is lost" in str(bench.roots(OPS)[0]["blocks"])
    bench.slack.channels[channel.id] = channel
    bench.slack.invite(ALERTS)
    bench.clock.sleep(601)
    bench.run()
    assert [str(said["text"])[:25] for said in bench.roots()] == ["14 alerts in one message."]
    assert len(bench.replies()) == 14
    assert "takes messages again" in str(bench.roots(OPS)[0]["text"])
    assert set(bench.outbox.states()) == {"sent"}


def test_a_channel_is_asked_about_every_ten_minutes_only(bench: Bench) -> None:
    bench.slack.archive(ALERTS)
    bench.put(alert())
    for _ in range(60):
        bench.sender().deliver_due()
        bench.clock.sleep(60)
    assert bench.slack.called("chat.postMessage") == 2, "the alert once, the notice to ops once"
    assert 5 <= bench.slack.called("conversations.info") <= 6


def test_a_closed_channel_does_not_hold_up_another(bench: Bench) -> None:
    bench.slack.add_channel("C0OTHER001", "other")
    bench.channels = replace(
        bench.channels, routes={"alerts": (Place(channel=ALERTS),), "other": (Place(channel="#other"),)}
    )
    bench.slack.archive(ALERTS)
    bench.put(alert(number=1))
    bench.put(alert(number=2, channel="other"))
    bench.run()
    assert len(bench.roots("#other")) == 1


def test_a_fallback_channel_shows_what_a_closed_channel_cannot(bench: Bench) -> None:
    bench.slack.add_channel("C0SPARE001", "spare")
    bench.channels = replace(bench.channels, fallback="#spare")
    bench.slack.archive(ALERTS)
    bench.put(alert())
    bench.run()
    (shown,) = bench.roots("#spare")
    assert f"For {ALERTS}, which takes no messages at present." in str(shown["blocks"])
    bench.slack.invite(ALERTS)
    bench.clock.sleep(601)
    bench.run()
    assert (len(bench.roots()), len(bench.roots("#spare"))) == (1, 1)


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "missing_scope"])
def test_a_refused_app_stops_everything_tells_the_second_path_and_goes_on_when_it_may(bench: Bench, code: str) -> None:
    bench.slack.inject("chat.postMessage", Planned(error=code))
    bench.slack.inject("auth.test", Planned(error=code, times=2))
    bench.put(alert(number=1))
    bench.put(alert(number=2))
    sender = bench.sender()
    assert [step.did for step in sender.deliver_due()] == [Did.STOPPED]
    assert sender.stopped is not None
    ((subject, body),) = bench.post.told
    assert code in subject
    assert "14 business days" in body
    for _ in range(3):
        bench.clock.sleep(61)
        sender.deliver_due()
    bench.run(sender=sender)
    assert sender.stopped is None
    assert len(bench.post.told) == 1, "told once, not at every probe"
    assert len(bench.roots()) == 2


def test_what_comes_while_the_app_is_refused_is_told_on_the_second_path_too(bench: Bench) -> None:
    bench.slack.revoked = True
    sender = bench.sender()
    bench.put(alert(number=1))
    sender.deliver_due()
    bench.put(alert(number=2))
    bench.clock.sleep(61)
    sender.deliver_due()
    assert [subject.split("; ")[1] for subject, _ in bench.post.told] == [
        "1 message more to tell",
        "1 message more to tell",
    ]


def test_what_the_second_path_was_told_is_not_told_again_after_a_restart(bench: Bench) -> None:
    bench.slack.revoked = True
    bench.put(alert(number=1))
    bench.run(patience=timedelta(0))
    assert [body.count("Lakeside General") > 0 for _, body in bench.post.told] == [True]
    bench.put(alert(number=2))
    bench.run(patience=timedelta(0), sender=bench.sender("sender-2"))
    subjects = [subject for subject, _ in bench.post.told]
    assert [subject.partition("; ")[2] for subject in subjects] == ["1 message more to tell", "1 message more to tell"]


def test_what_nobody_on_the_second_path_took_is_told_there_again(bench: Bench) -> None:
    bench.slack.revoked, bench.post.works = True, False
    bench.put(alert(number=1))
    bench.run(patience=timedelta(0))
    bench.post.works = True
    bench.run(patience=timedelta(0), sender=bench.sender("sender-2"))
    assert ["Lakeside General" in body for _, body in bench.post.told] == [True, True]


def test_when_the_ops_channel_itself_is_closed_a_person_hears_of_it_on_the_second_path(bench: Bench) -> None:
    bench.slack.archive(OPS)
    bench.channels = Channels(routes={"alerts": (Place(channel=OPS),)}, ops=OPS)
    bench.put(alert())
    bench.run()
    assert ["is_archived" in subject for subject, _ in bench.post.told] == [True]


def test_two_senders_on_one_outbox_send_each_message_once_and_in_order(bench: Bench) -> None:
    stories = [alert(change(), another_source(), number=number) for number in range(1, 5)]
    for story in stories:
        bench.put(story)
    one, other = bench.sender("sender-1"), bench.sender("sender-2")
    while bench.outbox.next_due(bench.clock()) is not None:
        one.step()
        other.step()
        bench.clock.sleep(0.6)
    assert (len(bench.roots()), len(bench.replies())) == (4, 4)
    assert all(said["edits"] == 1 for said in bench.roots())


def test_without_a_token_alerts_are_shown_on_the_console_and_count_as_delivered() -> None:
    shown: list[Delivery] = []
    outbox, channels = MemoryOutbox(), Channels(routes={"alerts": (Place(channel=ALERTS),)}).on_console()
    outbox.add(plan(alert(), 0, channels))
    sender = Sender(None, outbox, channels=channels, clock=Clock(), worker="w", show=shown.append)
    assert [step.reason for step in sender.deliver_due()] == ["shown on the console"]
    (row,) = outbox.rows.values()
    assert row.receipt is not None
    assert row.receipt.ts == f"console:{row.delivery.id}"
    assert [delivery.channel for delivery in shown] == [CONSOLE]


def test_without_a_token_what_waits_for_slack_keeps_waiting() -> None:
    outbox, channels = MemoryOutbox(), Channels(routes={"alerts": (Place(channel=ALERTS),)})
    outbox.add(plan(alert(), 0, channels))
    sender = Sender(None, outbox, channels=channels, clock=Clock(), worker="w")
    assert [step.did for step in sender.deliver_due()] == [Did.POSTPONED]
    assert outbox.states() == ["waiting"]


def test_buttons_appear_only_while_somebody_listens(bench: Bench) -> None:
    bench.put(alert(number=1))
    bench.run()
    bench.verdict_of = lambda _alert: Verdict()
    bench.put(alert(number=2))
    bench.run()
    assert ["actions" in str(said["blocks"]) for said in bench.roots()] == [False, True]


def test_senders_in_threads_never_send_twice(bench: Bench) -> None:
    lock, outbox = threading.Lock(), bench.outbox
    claim = outbox.claim

    def one_at_a_time(worker: str, now: datetime, lease: timedelta) -> object:
        with lock:
            return claim(worker, now, lease)

    outbox.claim = one_at_a_time  # type: ignore[method-assign, assignment]
    for number in range(1, 6):
        bench.slack.add_channel(f"C0MANY{number:04d}", f"many-{number}")
        bench.channels = replace(
            bench.channels, routes={**bench.channels.routes, f"c{number}": (Place(channel=f"#many-{number}"),)}
        )
        bench.put(alert(number=number, channel=f"c{number}"))
    threads = [threading.Thread(target=bench.sender(f"s{number}").deliver_due) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(bench.roots(f"#many-{number}")) for number in range(1, 6)] == [1] * 5
