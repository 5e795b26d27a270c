"""`match`: one event, three outcomes, episodes, corrections."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.core.model import Alert, Bound, ChangeKind, Event, Outcome, Quantity, Severity
from bot.core.rules.language import Condition
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook, load_rulebook
from bot.core.rules.setting import ALWAYS_READ
from bot.core.rules.worse import is_worse
from tests.event_factories import event, event_type, mastheads, noon, quantity

TYPES = {
    "appointment_wait": event_type(
        "appointment_wait",
        wait="duration",
        urgency="label:urgent routine",
        statistic="label:individual average maximum",
    )
}
WAIT = """\
rule: long-wait
title: Long wait
why: A follow-up visit is due within 10 business days.
severity: high
match:
  event: appointment_wait
  when: {wait: "> 10 business days"}
  unless:
    stance: [required, planned, hypothetical, denied]
    urgency: urgent
alert:
  once_per: [organisation, region]
  again_after: 30 days
  raise_to: {critical: {wait: "> 30 business days"}}
  channel: access
  say: "{organisation}: {wait} wait"
"""
CALENDARS = Path(__file__).parents[3] / "rules" / "calendars.yaml"


def condition(holds: Callable[[float], bool]) -> Condition:
    """Return a clause on `wait` that asks its lower number."""

    def truth(event: Event) -> bool | None:
        value = event.slots["wait"]
        return isinstance(value, Quantity) and value.low is not None and holds(value.low)

    return Condition(truth=truth, explain=lambda _event: (), english="", slots=frozenset({"wait", "unit"}))


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    files = {"rules/timely-access/long-wait.yaml": WAIT, "rules/calendars.yaml": CALENDARS.read_text(encoding="utf-8")}
    book = load_rulebook(files, TYPES)
    assert book.faults == ()
    return book


def wait(low: float, high: float | None = None, unit: str = "day", bound: Bound = Bound.EXACT, **rest: object) -> Event:
    return event("appointment_wait", wait=quantity(low, high, unit, bound), **rest)  # type: ignore[arg-type]  # rest is checked by event()


def judged(book: Rulebook, *events: Event, until: str = "2026-01-01") -> tuple[Alert, ...]:
    return replay(book, events, noon(until), mastheads=mastheads(*events), coverage=ALWAYS_READ)


@pytest.mark.parametrize(
    ("told", "outcome", "reason"),
    [
        (wait(14), None, "fourteen days hold at most ten business days"),
        (wait(2, unit="week"), None, "two weeks are fourteen days"),
        (wait(15), Outcome.REVIEW, "fifteen days may or may not hold eleven"),
        (wait(19), Outcome.REVIEW, "so may nineteen"),
        (wait(20), Outcome.ALERT, "twenty always hold eleven"),
        (wait(3, unit="week"), Outcome.ALERT, "three weeks are twenty-one days"),
        (wait(11, unit="business_day"), Outcome.ALERT, "eleven is over ten"),
        (wait(10, unit="business_day"), None, "ten is not over ten"),
        (wait(8, 12, unit="business_day"), Outcome.REVIEW, "the range straddles the limit"),
        (wait(30, bound=Bound.AT_MOST), Outcome.ALERT, "up to 30 days: some wait reaches 30"),
        (wait(14, bound=Bound.MORE_THAN), Outcome.REVIEW, "more than a fortnight is fifteen days or more"),
        (wait(30, stance="required"), None, "a law is no wait"),
        (wait(30, stance="alleged"), Outcome.ALERT, "an allegation is told as one"),
        (wait(30, urgency="urgent"), None, "another rule"),
        (wait(30, background=True), None, "told as history"),
        (wait(30, background=None), Outcome.REVIEW, "neither date nor tense decides"),
        (wait(30, background=None, happened="2025-01-10"), Outcome.ALERT, "five days old"),
        (wait(30, background=None, happened="2024-11-10"), None, "more than 21 days old"),
        (
            wait(30, background=None, happened="2024-07", stance="found"),
            Outcome.ALERT,
            "a finding is news when it is made",
        ),
        (event("appointment_wait"), Outcome.REVIEW, "no length is given"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wait_is_alert_review_or_nothing(
    rulebook: Rulebook, told: Event, outcome: Outcome | None, reason: str
) -> None:
    alerts = judged(rulebook, told)
    assert [alert.outcome for alert in alerts] == ([outcome] if outcome else []), reason


def test_an_alert_shows_its_words_and_the_calendar_it_counted_by(rulebook: Rulebook) -> None:
    (alert,) = judged(rulebook, wait(30, quote="a 30-day wait"))
    assert alert.citations[0].quote == "a 30-day wait"
    assert alert.says == "Kaiser Permanente: 30 days wait"
    assert [line.text for line in alert.why] == [
        "30 day = 17 to 22 business days, > 10 business days (calendar ca_state)"
    ]


def test_a_worse_event_raises_the_severity_of_the_open_alert(rulebook: Rulebook) -> None:
    (alert,) = judged(rulebook, wait(30, told="2025-01-15"), wait(90, told="2025-01-20", publisher="Bay News"))
    assert [change.kind for change in alert.changes] == [ChangeKind.OPENED, ChangeKind.RAISED]
    assert alert.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("first", "second", "says", "why"),
    [
        (wait(20), wait(25), "25 days", "it is longer"),
        (wait(25), wait(20), "25 days", "the longer one was told already"),
        (wait(20), wait(4, unit="week"), "4 weeks", "longer in another unit"),
        (wait(20), wait(15, unit="business_day"), "20 days", "it may be as long"),
        (wait(20), wait(20, 30), "20 days", "it may be as long, too"),
    ],
)
def test_a_worse_value_becomes_the_verdict_and_a_lesser_one_does_not(
    rulebook: Rulebook, first: Event, second: Event, says: str, why: str
) -> None:
    later = wait_again(second)
    (alert,) = judged(rulebook, first, later)
    assert [change.kind for change in alert.changes] == [ChangeKind.OPENED, ChangeKind.UPDATED], why
    assert alert.says == f"Kaiser Permanente: {says} wait", why


def wait_again(told: Event) -> Event:
    return event("appointment_wait", wait=told.slots["wait"], told="2025-01-20", publisher="Bay News")


SHORT = condition(lambda notice: notice < 10)
LONG = condition(lambda notice: notice > 10)
ANY = condition(lambda _notice: True)


@pytest.mark.parametrize(
    ("limit", "value", "than", "answer", "why"),
    [
        (LONG, 40, 20, True, "more of what the limit looks for"),
        (LONG, 20, 40, False, "less of it"),
        (SHORT, 3, 8, True, "less is worse under a limit from below"),
        (SHORT, 8, 3, False, "more is better there"),
        (ANY, 40, 20, False, "there is no limit"),
        (None, 40, 20, False, "nothing is asked"),
    ],
)
def test_worse_is_what_goes_further_beyond_the_limit(
    limit: Condition | None,
    value: float,
    than: float,
    answer: bool,  # noqa: FBT001 - a parameter of the test
    why: str,
) -> None:
    assert is_worse(limit, wait(value), wait(than)) is answer, why


def test_another_source_within_a_month_adds_to_the_alert_and_a_later_one_opens_anew(rulebook: Rulebook) -> None:
    first, second, third = (
        wait(30, told=told, publisher=publisher)
        for told, publisher in (("2025-01-15", "A"), ("2025-02-13", "B"), ("2025-02-14", "C"))
    )
    alerts = judged(rulebook, third, first, second)
    assert [alert.opened_on for alert in alerts] == [date(2025, 1, 15), date(2025, 2, 14)]
    assert [change.kind for change in alerts[0].changes] == [ChangeKind.OPENED, ChangeKind.UPDATED]


def test_a_copy_of_the_same_words_is_no_other_source(rulebook: Rulebook) -> None:
    original = wait(30, publisher="A")
    copy = wait(30, publisher="B", told="2025-01-16", origin=original.article)
    (alert,) = judged(rulebook, original, copy)
    assert [change.kind for change in alert.changes] == [ChangeKind.OPENED]
    assert len(alert.citations) == 2


def test_a_copy_that_was_read_before_its_original_is_no_other_source(rulebook: Rulebook) -> None:
    original = wait(30, publisher="A", learned=noon("2025-01-17"))
    copy = wait(30, publisher="B", told="2025-01-16", origin=original.article)
    (alert,) = judged(rulebook, original, copy)
    assert [change.kind for change in alert.changes] == [ChangeKind.OPENED]


def test_a_copy_with_another_figure_is_told(rulebook: Rulebook) -> None:
    original = wait(30, publisher="A", quote="waits")
    copy = wait(31, publisher="B", told="2025-01-16", origin=original.article, quote="waits")
    (alert,) = judged(rulebook, original, copy)
    assert [change.kind for change in alert.changes] == [ChangeKind.OPENED, ChangeKind.UPDATED]


def test_a_figure_that_is_taken_back_withdraws_its_alert_with_the_old_words(rulebook: Rulebook) -> None:
    taken_back = wait(30, quote="a 30-day wait", retracted=noon("2025-01-18"))
    (alert,) = judged(rulebook, taken_back)
    assert alert.state == "withdrawn"
    assert alert.changes[-1].on == date(2025, 1, 18)
    assert "a 30-day wait" in alert.changes[-1].reason


def test_what_was_said_before_does_not_change_when_more_is_learned(rulebook: Rulebook) -> None:
    events = [
        wait(30 + number, told=f"2025-0{month}-10", publisher=f"P{number}") for number, month in enumerate(range(1, 9))
    ]
    whole = judged(rulebook, *events)
    for month in range(1, 9):
        until = f"2025-0{month}-28"
        early = judged(rulebook, *events, until=until)
        expected = [
            (alert.fingerprint, tuple(change for change in alert.changes if change.at <= noon(until)))
            for alert in whole
        ]
        assert [(alert.fingerprint, alert.changes) for alert in early] == [pair for pair in expected if pair[1]]
