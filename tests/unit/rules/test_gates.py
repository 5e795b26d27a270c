"""Where and since when a rule applies, and what it is told by: for rules that need time as for single events."""

import pytest

from bot.core.model import Alert, Event, Outcome, Severity
from bot.core.rules.proof import prove
from bot.core.rules.replay import replay
from bot.core.rules.setting import ALWAYS_READ
from tests.event_factories import event, noon, quantity
from tests.unit.rules.books import CHANGE, DEADLINE, PLAN, rulebook

UNTIL = "2025-06-01"


def judged(rest: str, *events: Event) -> tuple[Alert, ...]:
    return replay(rulebook(a_rule=rest), events, noon(UNTIL), mastheads={}, coverage=ALWAYS_READ)


def ordered(**where: str | None) -> Event:
    return event("plan", status="ordered", told="2025-01-15", happened="2025-01-15", **where)  # type: ignore[arg-type]  # only names


@pytest.mark.parametrize(
    ("told", "outcomes", "reason"),
    [
        (ordered(organisation="kaiser-permanente"), [Outcome.ALERT], "a plan of that state"),
        (ordered(organisation="cigna", region="california"), [Outcome.ALERT], "a place in that state"),
        (ordered(organisation="alberta-health-services"), [], "somewhere else"),
        (ordered(organisation="some-clinic"), [Outcome.REVIEW], "nobody knows where that is"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_deadline_applies_in_its_jurisdiction_only(told: Event, outcomes: list[Outcome], reason: str) -> None:
    alerts = judged(f"jurisdiction: US-CA\n{PLAN}", told)
    assert [alert.outcome for alert in alerts] == outcomes, reason


@pytest.mark.parametrize(("first", "alerts"), [("2025-01-15", 1), ("2025-01-16", 0)])
def test_a_deadline_is_not_set_before_its_law_is_in_force(first: str, alerts: int) -> None:
    found = judged(f"in_force: {{from: {first}}}\n{PLAN}", ordered(organisation="kaiser-permanente"))
    assert len(found) == alerts


STAGES = """\
contradiction:
  of: {event: plan}
  slot: status
  opposites: [[not_produced, filed]]
  compare: since
  within: 100 days
  per: [organisation]
alert: {channel: alerts, say: "{values}"}
"""
FILED = event("plan", status="filed", told="2025-01-10", happened="2025-01-08", publisher="A")


@pytest.mark.parametrize(
    ("told", "alerts", "reason"),
    [
        ("2025-01-09", 1, "told after the day since which it is done"),
        ("2025-01-08", 0, "told on that day"),
        ("2024-12-20", 0, "told before: it was true then"),
        ("2025-04-21", 0, "too long after"),
    ],
)
def test_what_is_done_is_denied_only_by_what_is_told_later(told: str, alerts: int, reason: str) -> None:
    late = event("plan", status="not_produced", told=told, publisher="B")
    assert len(judged(STAGES, FILED, late)) == alerts, reason
    assert len(judged(STAGES, late, FILED)) == alerts, reason


SAME = """\
contradiction:
  of: {event: cancellation}
  slot: happened
  same: count
  compare: told
  within: 60 days
  per: [organisation]
alert: {channel: alerts, say: "{values}"}
"""


@pytest.mark.parametrize(("count", "alerts"), [(100, 1), (300, 0), (None, 0)])
def test_two_dates_of_one_thing_disagree_only_where_it_is_one_thing(count: int | None, alerts: int) -> None:
    one = event("cancellation", happened="2025-01-02", count=quantity(100, unit="count"), publisher="A")
    slots = {} if count is None else {"count": quantity(count, unit="count")}
    other = event("cancellation", happened="2024-01-02", publisher="B", **slots)  # type: ignore[arg-type]  # only slots
    assert len(judged(SAME, one, other)) == alerts


def test_a_rules_test_counts_the_reminders_that_were_told_by_its_day() -> None:
    told = "{published: 2025-01-01, event: {type: mediation, status: scheduled, next_date: 2025-01-20}}"
    tests = "".join(
        f"  - {{history: [{told}], as_of: {on}, expect: no alert, reminders: {count}}}\n"
        for on, count in (("2025-01-12", 0), ("2025-01-13", 1), ("2025-01-19", 3), ("2025-01-19", 2))
    )
    book = rulebook(mediation_due=f"{DEADLINE}tests:\n{tests}")
    proofs = prove(book.rules[0], book, lambda _article: ())
    assert [proof.reminders for proof in proofs] == [0, 1, 3, 3]
    assert [proof.holds for proof in proofs] == [True, True, True, False]


COUNTED = """\
match: {event: cancellation}
alert: {once_per: [organisation, story], channel: alerts, say: "{count}"}
"""


@pytest.mark.parametrize(
    ("told", "count", "alerts", "reason"),
    [
        ("2025-01-25", 63_000, 1, "told ten days later"),
        ("2025-03-01", 63_000, 1, "told 45 days later, with the same number"),
        ("2025-03-02", 63_000, 2, "told later still"),
        ("2025-02-02", 64_000, 2, "another number"),
        ("2025-02-02", None, 2, "no number, and more than ten days later"),
    ],
)
def test_a_number_that_no_other_event_has_keeps_a_story_together(
    told: str, count: int | None, alerts: int, reason: str
) -> None:
    one = event("cancellation", told="2025-01-15", count=quantity(63_000, unit="count"), publisher="A")
    slots = {} if count is None else {"count": quantity(count, unit="count")}
    other = event("cancellation", told=told, publisher="B", **slots)  # type: ignore[arg-type]  # only slots
    assert len(judged(COUNTED, one, other)) == alerts, reason


def test_a_small_number_tells_no_story_from_another() -> None:
    tellings = [
        event("cancellation", told=told, count=quantity(99, unit="count"), publisher=told)
        for told in ("2025-01-15", "2025-02-02")
    ]
    assert len(judged(COUNTED, *tellings)) == 2


@pytest.mark.parametrize(
    ("organisation", "outcomes", "reason"),
    [
        ("kaiser-permanente", [Outcome.ALERT], "a plan of that state"),
        ("alberta-health-services", [], "somewhere else"),
        ("some-clinic", [Outcome.REVIEW], "nobody knows where that is"),
    ],
)
def test_a_change_in_a_place_that_is_not_known_is_a_review(
    organisation: str, outcomes: list[Outcome], reason: str
) -> None:
    told = [
        event("term", hours=quantity(hours, unit="hour"), organisation=organisation, told=on, publisher_role="company")
        for hours, on in ((4, "2025-01-10"), (5, "2025-02-10"))
    ]
    alerts = judged(f"jurisdiction: US-CA\n{CHANGE}", *told)
    assert [alert.outcome for alert in alerts] == outcomes, reason
    assert [bool(alert.missing) for alert in alerts] == [outcome is Outcome.REVIEW for outcome in outcomes]


STEP = CHANGE.replace("alert: {", "alert: {raise_to: {critical: {hours: '< 3 hours'}}, ")


@pytest.mark.parametrize(("hours", "severity"), [(2, Severity.CRITICAL), (3, Severity.HIGH)])
def test_a_change_to_a_worse_value_is_raised(hours: int, severity: Severity) -> None:
    told = [
        event("term", hours=quantity(each, unit="hour"), told=on, publisher_role="company")
        for each, on in ((4, "2025-01-10"), (hours, "2025-02-10"))
    ]
    assert [alert.severity for alert in judged(STEP, *told)] == [severity]
