"""Judging only what news can change gives the alerts that judging everything gives."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Alert, Event
from bot.core.rules.replay import replay
from bot.core.rules.setting import Coverage, Reading, days_told
from bot.core.rules.touched import touched
from tests.unit.rules.test_replay_properties import BOOK, START, as_known, instant, told_events

LOOKING = Coverage(readings=(Reading(source="A", first=START, last=START + timedelta(days=400)),))
DAYS_IN_ONE = 12  # so many days of news are learned on one, so that most days bring more than one batch
TYPES = {name for rule in BOOK.rules for name in rule.event_types}


def learned_together(event: Event, number: int) -> Event:
    days = (event.learned - instant(0)).days // DAYS_IN_ONE * DAYS_IN_ONE + DAYS_IN_ONE
    at = instant(days) + timedelta(minutes=17 * (number % 12))
    taken_back = None if event.retracted is None else at + (event.retracted - event.learned)
    return replace(event, learned=at, retracted=taken_back)


HISTORIES = st.lists(told_events(), min_size=2, max_size=14, unique_by=lambda each: each.id).map(
    lambda events: [learned_together(event, number) for number, event in enumerate(events)]
)


def alerts(
    events: Sequence[Event], until: datetime, rules: frozenset[str] | None = None, coverage: Coverage = LOOKING
) -> tuple[Alert, ...]:
    return replay(BOOK, events, until, mastheads={}, coverage=coverage, rules=rules)


def batches(events: Sequence[Event]) -> Iterator[tuple[datetime, list[Event], bool]]:
    """Yield when something is learned, what is new, and whether everything is judged: a day turned, words were lost."""
    lost = {event.retracted for event in events if event.retracted}
    today: date | None = None
    for moment in sorted({event.learned for event in events} | lost):
        day = moment.astimezone(BOOK.zone).date()
        yield moment, [event for event in events if event.learned == moment], moment in lost or day != today
        today = day


@given(events=HISTORIES)
@settings(max_examples=60, deadline=None)
def test_rules_that_news_does_not_touch_need_not_judge_it(events: list[Event]) -> None:
    stored: dict[str, Alert] = {}
    for moment, news, is_whole in batches(events):
        known = as_known(events, moment)
        whole = {alert.id: alert for alert in alerts(known, moment)}
        if is_whole:
            stored = whole
            continue
        wanted = touched(BOOK.rules, {event.type for event in news})
        before = [event for event in known if event.learned < moment]
        seen = [event for event in known if event.type in (wanted.types or ())]
        coverage = replace(LOOKING, told=days_told(before, BOOK.zone))
        stored = {id_: alert for id_, alert in stored.items() if alert.rule not in (wanted.rules or ())}
        stored |= {alert.id: alert for alert in alerts(seen, moment, wanted.rules, coverage)}
        assert stored == whole


def test_news_of_one_type_touches_the_rules_that_read_it_and_no_others() -> None:
    for name in sorted(TYPES):
        wanted = touched(BOOK.rules, {name})
        assert wanted.rules == frozenset(rule.id for rule in BOOK.rules if name in rule.event_types)
        assert wanted.types is not None
        assert name in wanted.types
    assert touched(BOOK.rules, {"nothing of the kind"}).rules == frozenset()
