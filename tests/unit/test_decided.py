"""What `bot alerts` says of an alert that people decided about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.cli.listing import decided_words
from bot.core.model import Change, ChangeKind
from bot.history.queries import Disposition, LoggedStep, StoredAlert
from tests.alert_builders import alert, another_source, change, raised

NOW = datetime(2026, 10, 14, 9, tzinfo=UTC)
SNOOZED = Disposition(alert="A-1", kind="snoozed", by="U1", at=NOW, action_key="1", revision=0)


def stored(*made: Disposition, steps: tuple[Change, ...] = (change(),)) -> StoredAlert:
    log = [
        LoggedStep(revision=revision, change=step, superseded=False, stored_at=NOW)
        for revision, step in enumerate(steps)
    ]
    return StoredAlert(alert=alert(*steps), log=tuple(log), deliveries=(), dispositions=made)


def test_where_nobody_decided_nothing_is_said() -> None:
    assert decided_words(stored(), NOW) == ""


def test_a_snoozed_alert_says_for_how_long_and_no_longer() -> None:
    week = replace(SNOOZED, until=NOW + timedelta(days=7))
    assert decided_words(stored(week), NOW) == "snoozed until 21 Oct 2026 09:00 UTC"
    assert decided_words(stored(week), NOW + timedelta(days=7)) == ""


def test_a_snooze_until_it_changes_outlasts_another_source_and_ends_with_a_worse_value() -> None:
    assert decided_words(stored(SNOOZED, steps=(change(), another_source())), NOW) == "snoozed until it changes"
    assert decided_words(stored(SNOOZED, steps=(change(), another_source(), raised())), NOW) == ""


def test_a_snooze_of_an_alert_that_was_over_ends_when_it_is_open_again() -> None:
    steps = (change(), change(ChangeKind.CLEARED, later_days=1), change(ChangeKind.OPENED, later_days=9))
    over = replace(SNOOZED, revision=1)
    assert decided_words(stored(over, steps=steps[:2]), NOW) == "snoozed until it changes"
    assert decided_words(stored(over, steps=steps), NOW) == ""


def test_a_false_alarm_is_one_until_it_is_taken_back() -> None:
    called = replace(SNOOZED, kind="false_alarm")
    acknowledged = replace(SNOOZED, kind="acknowledged")
    assert decided_words(stored(acknowledged, called), NOW) == "acknowledged, false alarm"
    assert decided_words(stored(called, replace(called, kind="undone")), NOW) == ""
