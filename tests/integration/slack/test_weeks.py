"""The weekly counts, read from the stored history."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from bot.core.messages import Decision, DecisionKind
from bot.core.model import Alert, Assessed, ChangeKind, Severity
from bot.history.decisions import Decisions
from bot.history.store import Store
from bot.history.weeks import read_trend, read_week
from tests.alert_builders import alert, change, day, review
from tests.event_factories import quantity
from tests.factories import always, make_article, make_event, noon
from tests.integration.history.conftest import database, engine, migrated_template, store

__all__ = ["database", "engine", "migrated_template", "store"]  # fixtures

MONDAY = date(2026, 10, 12)  # the alerts of the builders open on it


def opened(number: int, *, later_days: int = 0) -> Alert:
    return alert(change(severity=Severity.HIGH, citations=(), later_days=later_days), number=number)


def test_a_week_counts_alerts_reviews_and_the_week_before(engine: Engine, store: Store) -> None:
    alerts = [opened(1), opened(2), opened(3, later_days=-7), opened(4, later_days=20), replace(review(), citations=())]
    store.rejudge(always(lambda _events, _mastheads: alerts), None, now=noon(0))
    with engine.connect() as connection:
        week = read_week(connection, MONDAY, "America/Los_Angeles")
    assert [(count.title, count.now, count.before) for count in week.rules] == [("Wait exceeds 10 business days", 2, 1)]
    assert (week.reviews, week.last, week.articles_read) == (1, date(2026, 10, 18), 0)


def test_a_false_alarm_leaves_the_count_until_it_is_taken_back(engine: Engine, store: Store) -> None:
    alerts = [opened(1), opened(2)]
    store.rejudge(always(lambda _events, _mastheads: alerts), None, now=noon(0))
    pressed = Decision(
        alert="A-0000000001", kind=DecisionKind.FALSE_ALARM, by="U1", at=datetime(2026, 10, 13, tzinfo=UTC), key="1"
    )
    decisions, totals = Decisions(engine), []
    for decision in (pressed, replace(pressed, kind=DecisionKind.UNDONE, key="2")):
        decisions.decide(decision)
        with engine.connect() as connection:
            totals.append(sum(count.now for count in read_week(connection, MONDAY, "UTC").rules))
    assert totals == [1, 2]


def test_a_snoozed_alert_stands_in_the_week_as_long_as_its_snooze_holds(engine: Engine, store: Store) -> None:
    story = opened(1)
    store.rejudge(always(lambda _events, _mastheads: [story]), None, now=noon(0))
    pressed = Decision(
        alert=story.id, kind=DecisionKind.SNOOZED, by="U1", at=datetime(2026, 10, 13, tzinfo=UTC), key="1", seen=0
    )
    assert Decisions(engine).decide(pressed)
    assert snoozed(engine) == (f"{story.says} (until it changes)",)
    grown = change(ChangeKind.UPDATED, "Lakeside General: 16 business days wait", citations=(), later_days=1)
    store.rejudge(always(lambda _events, _mastheads: [alert(*story.changes, grown)]), None, now=noon(0))
    assert snoozed(engine) == ()
    timed = replace(pressed, key="2", at=datetime(2026, 10, 18, tzinfo=UTC), until=datetime(2026, 10, 25, tzinfo=UTC))
    assert Decisions(engine).decide(timed)
    assert snoozed(engine) == ("Lakeside General: 16 business days wait (until 25 Oct 2026 00:00 UTC)",)


def snoozed(engine: Engine) -> tuple[str, ...]:
    with engine.connect() as connection:
        return read_week(connection, MONDAY, "UTC").snoozed


def test_the_trend_shows_a_wait_on_its_own_day_or_on_the_day_it_was_told(engine: Engine, store: Store) -> None:
    told = datetime(2026, 10, 14, 12, tzinfo=UTC)
    article = replace(make_article(), published=day(told.date()), learned=told)
    stated = replace(make_event(article), slots={"wait": quantity(15, 20, "business_day")})
    undated = replace(stated, id="1", happened=None)
    dated = replace(stated, id="2", happened=day(date(2026, 10, 6)))
    vague = replace(stated, id="3", happened=replace(day(date(2026, 1, 1)), last=date(2026, 12, 31)))
    before = replace(stated, id="4", happened=day(date(2026, 6, 1)))
    store.record([Assessed(article=article, events=(undated, dated, vague, before))], None, None)
    with engine.connect() as connection:
        trend = read_trend(connection, MONDAY, 4)
    assert [(wait.on, wait.low, wait.high) for wait in trend.waits] == [
        (date(2026, 10, 6), 15, 20),
        (date(2026, 10, 14), 15, 20),
        (date(2026, 10, 14), 15, 20),
    ]


def test_the_trend_puts_alerts_into_their_weeks(engine: Engine, store: Store) -> None:
    alerts = [opened(1), opened(2, later_days=-7), opened(3, later_days=-7)]
    store.rejudge(always(lambda _events, _mastheads: alerts), None, now=noon(0))
    with engine.connect() as connection:
        trend = read_trend(connection, MONDAY, 4)
    assert trend.alerts == {"Wait exceeds 10 business days": (0, 0, 2, 1)}
    assert trend.weeks[-1] == MONDAY
