"""The same history gives the same alerts, whatever the order, the batch or the day on which one looks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Alert, Bound, Change, Event, Outline, SlotValue, Stance
from bot.core.rules.contradiction import ContradictionCase
from bot.core.rules.finding import Case, State
from bot.core.rules.replay import cases_of, evaluate, outlines, replay
from bot.core.rules.setting import ALWAYS_READ
from tests.event_factories import day, event, quantity
from tests.unit.rules.books import ABSENCE, KINDS, rulebook

START = date(2024, 10, 1)
HORIZON_DAYS = 160
BOOK = rulebook(**{id_.replace("-", "_"): rest for id_, rest in KINDS.items()})
STATUSES = {
    "strike": ("started", "ongoing", "ended"),
    "session": ("held", "scheduled", "none_scheduled", "postponed"),
    "mediation": ("scheduled", "began", "broken_off", "resumed"),
    "plan": ("ordered", "filed", "approved", "not_produced"),
}


def instant(days: float) -> datetime:
    return datetime(START.year, START.month, START.day, 20, tzinfo=UTC) + timedelta(days=days)


@st.composite
def told_events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from([*STATUSES, "wait", "cancellation", "claim", "term"]))
    told = draw(st.integers(0, 100))
    late = draw(st.sampled_from([0, 0, 0, 1, 9, 30, -1]))  # -1: read the evening before, where it is still that day
    taken_back = draw(st.sampled_from([None, None, None, 0.5, 20]))
    happened = draw(st.sampled_from([None, 0, 2, 15]))
    slots: dict[str, SlotValue | str] = {}
    if kind in STATUSES:
        slots["status"] = draw(st.sampled_from(STATUSES[kind]))
    if kind == "mediation":
        slots["next_date"] = day(str(START + timedelta(days=told + draw(st.integers(1, 12)))))
    if kind == "wait":
        slots["wait"] = quantity(draw(st.sampled_from([10, 16, 30, 90])))
    if kind == "cancellation":
        bound = draw(st.sampled_from([Bound.EXACT, Bound.MORE_THAN]))
        slots["count"] = quantity(draw(st.sampled_from([100, 1100, 2000])), unit="count", bound=bound)
    if kind == "claim":
        slots["claim"] = "timely"
    if kind == "term":
        slots["hours"] = quantity(draw(st.sampled_from([4, 5, 7])), unit="hour")
    return event(
        kind,
        told=str(START + timedelta(days=told)),
        happened=None if happened is None else str(START + timedelta(days=told - happened)),
        organisation=draw(st.sampled_from(["kaiser-permanente"] * 4 + ["sutter"])),
        counterparty=draw(st.sampled_from([None, "nuhw", "nuhw", "nuhw", "seiu"])),
        region=draw(st.sampled_from([None, "southern-california"])),
        publisher=draw(st.sampled_from("ABC")),
        publisher_role=draw(st.sampled_from(["union", "company", "media"])),
        learned=instant(told + late),
        retracted=None if taken_back is None else instant(told + late + taken_back),
        quote=str(draw(st.integers(0, 10**6))),
        **slots,  # type: ignore[arg-type]  # slots are named apart from the other arguments
    )


HISTORIES = st.lists(told_events(), min_size=1, max_size=18, unique_by=lambda each: each.id)


def as_known(events: Sequence[Event], until: datetime) -> list[Event]:
    """Return what a worker's database would hold at a moment."""
    return [
        replace(each, retracted=each.retracted if each.retracted and each.retracted <= until else None)
        for each in events
        if each.learned <= until
    ]


def judged(events: Sequence[Event], until: datetime) -> tuple[Alert, ...]:
    return replay(BOOK, events, until, mastheads={}, coverage=ALWAYS_READ)


def sketched(events: Sequence[Event], until: datetime) -> tuple[Outline, ...]:
    return tuple(outlines(BOOK, events, until, coverage=ALWAYS_READ))


def told_by(alerts: Sequence[Alert]) -> dict[str, tuple[Change, ...]]:
    return {alert.fingerprint: alert.changes for alert in alerts}


def lived(events: Sequence[Event], moments: Sequence[datetime]) -> dict[str, tuple[Change, ...]]:
    """Return what a worker that looks at these moments would have posted, each change once."""
    posted: dict[str, tuple[Change, ...]] = {}
    for moment in moments:
        for fingerprint, changes in told_by(judged(as_known(events, moment), moment)).items():
            known = posted.get(fingerprint, ())
            posted[fingerprint] = known + changes[len(known) :]
    return posted


@given(events=HISTORIES, order=st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_reading_makes_no_difference(events: list[Event], order: object) -> None:
    shuffled = list(events)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    end = instant(HORIZON_DAYS)
    assert judged(shuffled, end) == judged(events, end)


@given(events=HISTORIES)
@settings(max_examples=40, deadline=None)
def test_an_outline_says_of_each_alert_what_the_whole_says(events: list[Event]) -> None:
    end = instant(HORIZON_DAYS)
    brief = {(each.fingerprint, each.outcome, each.state, each.opened_on, each.says) for each in sketched(events, end)}
    assert brief == {
        (each.fingerprint, each.outcome, each.state, each.opened_on, each.says) for each in judged(events, end)
    }


@given(events=HISTORIES)
@settings(max_examples=25, deadline=None)
def test_a_worker_that_looks_each_day_posts_what_one_replay_gives(events: list[Event]) -> None:
    moments = [instant(number) for number in range(HORIZON_DAYS + 1)]
    assert lived(events, moments) == told_by(judged(events, moments[-1]))


@given(events=HISTORIES, cuts=st.lists(st.integers(0, HORIZON_DAYS * 4), max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_batches_give_what_one_replay_gives(events: list[Event], cuts: list[int]) -> None:
    moments = [*(instant(cut / 4) for cut in sorted(set(cuts))), instant(HORIZON_DAYS + 1)]
    assert lived(events, moments) == told_by(judged(events, moments[-1]))


@given(events=HISTORIES, until=st.integers(0, HORIZON_DAYS))
@settings(max_examples=60, deadline=None)
def test_evaluating_at_a_moment_gives_the_alerts_that_stand_then(events: list[Event], until: int) -> None:
    moment = instant(until)
    standing = {alert.fingerprint for alert in judged(events, moment) if alert.state == "open"}
    setting = BOOK.setting(ALWAYS_READ)
    found = {
        finding.fingerprint
        for rule in BOOK.rules
        for finding in evaluate(rule, events, moment, setting)
        if finding.state.value == "open" or (finding.state.value == "ahead" and finding.reminders)
    }
    assert standing == found


def board(case: Case, moments: Sequence[datetime]) -> set[tuple[object, ...]]:
    """Return what stands in a case for one who comes by at these moments; how far off the undue is tells only when."""
    walk = case.walk(moments[-1])
    for moment in moments:
        walk.advance(moment)
    return {
        (
            finding.fingerprint,
            finding.state,
            finding.reminders,
            *((finding.on, finding.says, finding.reason) if finding.state is not State.AHEAD else ()),
            finding.repeats,
            tuple(each.id for each in (*finding.events, *finding.material)),
        )
        for finding in walk.board.standing()
    }


@given(events=HISTORIES, days=st.lists(st.integers(0, HORIZON_DAYS * 4), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_case_comes_to_the_same_step_by_step_and_in_one_leap(events: list[Event], days: list[int]) -> None:
    moments = [instant(number / 4) for number in sorted(set(days))]
    known = sorted(events, key=lambda each: (each.learned, each.start, each.id))
    for rule in BOOK.rules:
        relevant = [each for each in known if each.type in rule.event_types]
        for case in cases_of(rule, relevant, BOOK.setting(ALWAYS_READ)):
            assert board(case, moments) == board(case, moments[-1:])


def test_looking_once_at_the_end_is_not_enough() -> None:
    book = rulebook(no_session=ABSENCE)
    common = {"counterparty": "nuhw", "region": "southern-california"}
    events = [
        event("strike", status="started", told="2024-10-21", happened="2024-10-21", **common),  # type: ignore[arg-type]  # words
        event("session", status="held", told="2024-10-26", happened="2024-10-25", **common),  # type: ignore[arg-type]  # words
        event("session", status="held", told="2025-01-16", happened="2025-01-16", **common),  # type: ignore[arg-type]  # words
    ]
    end = datetime(2025, 1, 20, tzinfo=UTC)
    (rule,) = book.rules
    naive = [finding for finding in evaluate(rule, events, end, book.setting(ALWAYS_READ)) if finding.state == "open"]
    (alert,) = replay(book, events, end, mastheads={}, coverage=ALWAYS_READ)
    assert naive == []
    assert [change.kind.value for change in alert.changes] == ["opened", *["repeated"] * 4, "cleared"]


@pytest.mark.parametrize("rule", sorted(KINDS))
def test_every_kind_takes_part_in_these_histories(rule: str) -> None:
    assert BOOK.by_id(rule) is not None


def telling(status: str, role: str, told: int, ago: int | None, stance: Stance) -> Event:
    return event(
        "session",
        told=str(START + timedelta(days=told)),
        happened=None if ago is None else str(START + timedelta(days=told - ago)),
        publisher=role,
        publisher_role=role,
        stance=stance.value,
        learned=instant(told),
        status=status,
    )


AGO = st.none() | st.integers(-4, 55)


@settings(max_examples=100)
@given(told=st.integers(0, 60), agos=st.tuples(AGO, AGO), stance=st.sampled_from([Stance.REPORTED, Stance.PLANNED]))
def test_two_tellings_that_clash_find_each_other_however_far_apart(
    told: int, agos: tuple[int | None, int | None], stance: Stance
) -> None:
    rule, setting = BOOK.by_id("days-clash"), BOOK.setting(ALWAYS_READ)
    assert rule is not None
    one = telling("none_scheduled", "union", 0, agos[0], Stance.REPORTED)
    other = telling("scheduled", "company", told, agos[1], stance)
    (case,) = cases_of(rule, (one, other), setting)
    assert isinstance(case, ContradictionCase)
    alerts = replay(BOOK, (one, other), instant(400), mastheads={}, coverage=ALWAYS_READ, rules=("days-clash",))
    assert bool(alerts) is case.is_one_story(one, other)
