"""Which messages tell a change, and where."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.core.messages import Channels, Mention, Place, UpdateStyle, load_channels, plan, plan_digest
from bot.core.messages.channels import Snooze
from bot.core.model import Action, Alert, ChangeKind, Severity
from bot.core.rules.rulebook import load_rulebook
from bot.errors import RuleFileError
from tests.alert_builders import alert, another_source, change, citation, raised, review, withdrawn

SHIPPED = Path(__file__).parents[2] / "rules" / "channels.yaml"
PLACE = Place(channel="#care")


def channels(*places: Place, snoozes: tuple[Snooze, ...] = ()) -> Channels:
    return Channels(routes={"alerts": places or (PLACE,)}, snoozes=snoozes)


def actions(told: Alert, revision: int, *places: Place) -> list[Action]:
    return [delivery.action for delivery in plan(told, revision, channels(*places))]


REPEATED = change(ChangeKind.REPEATED, later_days=40)
REMINDED = change(ChangeKind.REMINDED, later_days=5)
CLEARED = change(ChangeKind.CLEARED, later_days=6)
NEW_WORDS = change(ChangeKind.UPDATED, says="Lakeside General: 16 business days wait", later_days=1)
REOPENED = change(ChangeKind.OPENED, later_days=8)
CORRECTED = change(ChangeKind.UPDATED, reason="an earlier step no longer follows", later_days=7)
THREAD, BOTH, CHANNEL = UpdateStyle.THREAD, UpdateStyle.BOTH, UpdateStyle.CHANNEL


@pytest.mark.parametrize(
    ("second", "style", "expected", "why"),
    [
        (another_source(), THREAD, Action.REPLY, "another source changes no verdict"),
        (another_source(), BOTH, Action.BROADCAST, "the channel wants every step"),
        (another_source(), CHANNEL, Action.POST, "the channel wants no threads"),
        (NEW_WORDS, THREAD, Action.BROADCAST, "the verdict says something else"),
        (raised(), THREAD, Action.BROADCAST, "it got worse"),
        (CLEARED, THREAD, Action.BROADCAST, "it is over"),
        (withdrawn(), THREAD, Action.BROADCAST, "it was wrong"),
        (REOPENED, THREAD, Action.BROADCAST, "what was told to be over is not"),
        (CORRECTED, THREAD, Action.BROADCAST, "what was told before was wrong"),
        (REMINDED, THREAD, Action.BROADCAST, "a reminder nobody sees is none"),
        (REPEATED, THREAD, Action.REPLY, "repeats follow the update style"),
        (REPEATED, BOTH, Action.BROADCAST, "repeats follow the update style"),
        (REPEATED, CHANNEL, Action.POST, "repeats follow the update style"),
    ],
)
def test_each_step_edits_the_root_and_is_told_once(
    second: object, style: UpdateStyle, expected: Action, why: str
) -> None:
    told = replace(alert(), changes=(change(), second))  # type: ignore[arg-type]
    assert actions(told, 1, replace(PLACE, updates=style)) == [Action.EDIT, expected], why


def test_an_opened_alert_is_posted_to_every_place_of_its_channel() -> None:
    rows = plan(alert(), 0, channels(PLACE, Place(channel="C0123456789")))
    assert [(row.channel, row.action, row.thread_of) for row in rows] == [
        ("#care", Action.POST, None),
        ("C0123456789", Action.POST, None),
    ]


def test_the_same_change_always_gives_the_same_rows_and_no_two_rows_share_an_id() -> None:
    story = alert(change(), another_source(), raised(), withdrawn())
    rows = [row for revision in range(4) for row in plan(story, revision, channels())]
    assert rows == [row for revision in range(4) for row in plan(story, revision, channels())]
    assert len({row.id for row in rows}) == len(rows) == 7


def test_steps_point_at_the_message_that_opened_the_thread() -> None:
    story = alert(change(), another_source())
    (root,) = plan(story, 0, channels())
    assert {row.thread_of for row in plan(story, 1, channels())} == {root.id}


def test_reviews_and_drafts_are_never_posted_one_by_one() -> None:
    assert plan(review(), 0, channels()) == ()
    assert plan(replace(alert(), status="draft"), 0, channels()) == ()


def test_a_floor_keeps_quiet_until_the_alert_is_severe_enough_and_then_opens_the_thread() -> None:
    story = alert(change(), another_source(), raised(), another_source(4))
    place = replace(PLACE, floor=Severity.CRITICAL)
    assert actions(story, 0, place) == []
    assert actions(story, 1, place) == []
    assert actions(story, 2, place) == [Action.POST]
    assert actions(story, 3, place) == [Action.EDIT, Action.BROADCAST]


def test_an_unknown_name_goes_to_the_default_and_never_nowhere() -> None:
    assert [row.channel for row in plan(alert(channel="nobody-wrote-this"), 0, channels())] == ["#care"]
    assert [row.channel for row in plan(alert(), 0, Channels(routes={}, ops="#ops"))] == ["#ops"]


def test_a_snoozed_rule_is_quiet_until_its_day_and_then_opens_a_thread() -> None:
    snooze = Snooze(rule="wait-exceeds-10-business-days", until=date(2026, 10, 13), reason="known")
    story = alert(change(), another_source())
    assert plan(story, 0, channels(snoozes=(snooze,))) == ()
    assert [row.action for row in plan(story, 1, channels(snoozes=(snooze,)))] == [Action.POST]


def test_a_snooze_that_wakes_when_raised_lets_the_worse_value_through() -> None:
    snooze = Snooze(
        rule="wait-exceeds-10-business-days", until=date(2027, 1, 1), reason="known", wakes_when_raised=True
    )
    story = alert(change(), raised())
    assert [row.action for row in plan(story, 1, channels(snoozes=(snooze,)))] == [Action.POST]


def test_the_end_of_an_alert_that_was_told_is_told_through_a_snooze() -> None:
    snooze = Snooze(rule="other", until=date(2027, 1, 1), reason="known")
    assert [row.action for row in plan(alert(change(), withdrawn()), 1, channels(snoozes=(snooze,)))] == [
        Action.EDIT,
        Action.BROADCAST,
    ]


def test_mentions_come_once_from_the_configuration_on_the_root_only() -> None:
    place = replace(PLACE, mentions={Severity.HIGH: (Mention(kind="broadcast", target="here"),)})
    story = alert(change(), raised())
    assert '"broadcast"' in plan(story, 0, channels(place))[0].message.blocks
    assert all('"broadcast"' not in row.message.blocks for row in plan(story, 1, channels(place)))
    assert '"broadcast"' not in plan(alert(change(severity=Severity.LOW)), 0, channels(place))[0].message.blocks


def test_without_a_token_every_name_leads_to_the_console_once() -> None:
    both = channels(PLACE, Place(channel="#other")).on_console()
    assert [row.channel for row in plan(alert(), 0, both)] == ["console"]


def test_a_digest_is_one_message_a_channel_and_the_same_key_is_the_same_message() -> None:
    alerts = [alert(number=number) for number in range(1, 30)]
    rows = plan_digest([*alerts, review()], channels(), "run-7", "They come from a backfill.")
    assert len(rows) == 1
    assert rows[0].message.text.startswith("29 alerts in one message.")
    assert "1 review for a person" in rows[0].message.blocks
    assert rows == plan_digest([*alerts, review()], channels(), "run-7", "They come from a backfill.")


def test_the_shipped_channels_load() -> None:
    loaded = load_channels({"rules/channels.yaml": SHIPPED.read_text(encoding="utf-8")})
    assert loaded.places("patients")[0].mentions_for(Severity.CRITICAL) == (Mention(kind="broadcast", target="here"),)
    assert loaded.places("patients")[0].mentions_for(Severity.HIGH) == ()
    assert loaded.places("nobody") == loaded.places("alerts")


def test_without_the_file_alerts_go_to_the_console() -> None:
    assert [place.channel for place in load_channels({}).places("access")] == ["console"]


HOURS = """\
channels:
  alerts:
    to: "#care"
    hours: {days: [mon, tue, wed, thu, fri], open: "08:00", close: "18:00", at_once: critical}
"""


@pytest.mark.parametrize(
    ("now", "opening", "why"),
    [
        ("2026-10-12T16:00", None, "Monday 09:00 in California"),
        ("2026-10-12T14:00", "2026-10-12T15:00", "Monday 07:00: opens at 08:00"),
        ("2026-10-13T01:30", "2026-10-13T15:00", "Monday 18:30: opens on Tuesday"),
        ("2026-10-10T18:00", "2026-10-12T15:00", "Saturday: opens on Monday"),
        ("2026-10-31T18:00", "2026-11-02T16:00", "the clock goes back on the Sunday between"),
    ],
)
def test_a_closed_channel_opens_at_its_local_hour(now: str, opening: str | None, why: str) -> None:
    loaded = load_channels({"rules/channels.yaml": HOURS})
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(opening).replace(tzinfo=UTC) if opening else None
    assert loaded.opening("#care", Severity.HIGH, moment) == expected, why
    assert loaded.opening("#care", Severity.CRITICAL, moment) is None


A = "default: a\nchannels:\n  a: {to: '#a'"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("channels:\n  a: {to: care}\n", "x:2:11: 'care' is no Slack channel; write \"#name\" or an id such as C012"),
        ("channels:\n  a: {too: C012345678}\n", "x:2:7: 'too' is not known here; did you mean 'to'?; expected"),
        ("channels:\n  a: {too: C012345678}\n", "x:2:6: 'to' is missing"),
        ("default: a\n", "x:1:1: 'channels' is missing"),
        ("default: acces\nchannels:\n  access: {to: '#a'}\n", "x:1:10: default 'acces' is no name under channels; did"),
        (f"{A}, from: hihg}}\n", "x:3:23: 'hihg' is not known; did you mean 'high'?"),
        (f"{A}, updates: threads}}\n", "x:3:26: 'threads' is not known; did you mean 'thread'?"),
        (f"{A}, mention: {{critical: anna}}}}\n", "x:3:37: 'anna' cannot be mentioned"),
        (f"{A}, mention: {{hot: here}}}}\n", "x:3:27: 'hot' is not known here"),
        (f"{A}}}\nzone: Mars/North\n", "x:4:7: time zone 'Mars/North' is not known"),
        (f"{A}, hours: {{open: 8, close: '17:00'}}}}\n", "x:3:31: '8' is no time of day"),
        (f"{A}, hours: {{open: '18:00', close: '17:00'}}}}\n", "x:3:47: close 17:00 must be after open 18:00"),
        (f"{A}, hours: {{open: '08:00', close: '17:00', days: [1]}}}}\n", "x:3:63: '1' is no day"),
        (f"{A}}}\nsnoozes:\n  - {{rule: r, until: soon, reason: x}}\n", "x:5:22: 'soon' is no date"),
        (f"{A}}}\nsnoozes:\n  - {{rule: r, until: 2026-01-01}}\n", "x:5:5: 'reason' is missing"),
        (f"{A}}}\nsnoozes: never\n", "x:4:10: expected a list"),
        (f"{A}}}\nops: ops\n", "x:4:6: 'ops' is no Slack channel"),
        ("default: a\nchannels: []\n", "x:2:11: channels holds names"),
        (
            f"{A}}}\n  b: {{to: '#a', hours: {{open: '08:00', close: '17:00'}}}}\n",
            "x:4:6: #a has other hours here than under 'a'",
        ),
    ],
)
def test_each_fault_names_its_place_and_what_to_write(text: str, fault: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        load_channels({"rules/channels.yaml": text})
    told = [str(found).replace("rules/channels.yaml", "x") for found in caught.value.faults]
    assert any(line.startswith(fault) for line in told), told


SNOOZED = f"{A}}}\nsnoozes:\n  - {{rule: no-sesions-scheduled, until: 2026-01-15, reason: recess}}\n"


def test_a_snooze_of_a_rule_that_is_not_there_names_the_one_that_is_meant() -> None:
    files = {
        "rules/channels.yaml": SNOOZED,
        "rules/bargaining/no-sessions-scheduled.yaml": "rule: no-sessions-scheduled\n",
        "rules/events/strike.yaml": "event: strike\n",
    }
    told = [str(found) for found in load_rulebook(files).faults if found.path == "rules/channels.yaml"]
    missing = "rules/channels.yaml:5:12: no rule is called 'no-sesions-scheduled'"
    assert told == [f"{missing}; did you mean 'no-sessions-scheduled'?"]
    right = {**files, "rules/channels.yaml": SNOOZED.replace("sesions", "sessions")}
    assert [found for found in load_rulebook(right).faults if found.path == "rules/channels.yaml"] == []


def test_all_faults_of_the_file_are_told_together() -> None:
    text = "zone: Mars\nops: ops\nchannels:\n  alerts: {to: care, from: loud}\n"
    with pytest.raises(RuleFileError) as caught:
        load_channels({"rules/channels.yaml": text})
    assert len(caught.value.faults) == 4


def test_a_citation_without_a_publisher_is_named_by_its_title() -> None:
    (row,) = plan(alert(change(citations=(replace(citation(), publisher=""),))), 0, channels())
    assert "Waits grow, part 1, 12 Oct 2026" in row.message.blocks
