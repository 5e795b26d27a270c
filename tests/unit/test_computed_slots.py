"""Slots that are worked out from two others."""

from datetime import UTC, date, datetime

import pytest

from bot.core.events.computed import days_between, is_longer
from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Bound, Event, Precision, Quantity, When
from bot.core.text.entities import load_entities
from bot.errors import RuleFileError
from tests.event_factories import day, quantity

PATH = "rules/events/strike.yaml"
TYPE = """\
event: strike
slots:
  noted: {kind: date}
  ahead: {kind: duration, computed: {between: [noted, happened]}}
  wait: {kind: duration}
  promised: {kind: duration}
  worse: {kind: flag, computed: {longer: [wait, promised]}}
patterns:
  - match:
      - notice ...2 <noted:DATE> ...6 strike ...2 <happened:DATE>
      - strike plan ...3 <promised:DURATION> ...6 patients ...3 <wait:DURATION>
"""


def read(text: str, declared: str = TYPE) -> dict[str, object]:
    (event,) = extracted(text, declared)
    return dict(event.slots)


def extracted(text: str, declared: str) -> tuple[Event, ...]:
    types = load_event_types({PATH: declared})
    extractor = Extractor(types, load_entities("entities: {}", "rules/entities.yaml"))
    published = When(first=date(2025, 1, 15), last=date(2025, 1, 15), precision=Precision.DAY, basis="test")
    article = Article(
        key="a",
        text=text,
        title="",
        source="test",
        learned=datetime(2025, 1, 15, 20, tzinfo=UTC),
        published=published,
    )
    return extractor.extract(article)


def test_the_days_between_two_dates_of_an_event_are_counted() -> None:
    ahead = read("Notice on January 8 came for the strike on January 13.")["ahead"]
    assert isinstance(ahead, Quantity)
    assert (ahead.low, ahead.high, ahead.unit, ahead.text) == (5, 5, "day", "5 days")


def test_a_promise_is_held_against_practice() -> None:
    assert read("The strike plan promises ten days, and patients wait five weeks.")["worse"] is True
    assert read("The strike plan promises ten days, and patients wait a week.")["worse"] is False


def test_dates_known_to_the_month_give_a_range() -> None:
    between = days_between(day("2025-01"), day("2025-02-10"))
    assert between is not None
    assert (between.low, between.high) == (10, 40)


def test_of_several_ways_the_first_that_can_is_taken_and_the_day_of_the_article_is_known() -> None:
    ways = "[{between: [noted, happened]}, {between: [published, opens]}]"
    declared = f"ahead: {{kind: duration, computed: {ways}}}\n  opens: {{kind: date}}"
    text = TYPE.replace("ahead: {kind: duration, computed: {between: [noted, happened]}}", declared)
    text += "      - next opening ...2 <opens:DATE>\n"
    assert "opens" not in read("Notice on January 8 came for the strike on January 13.", text)
    from_today = read("The next opening is January 29.", text)["ahead"]
    assert isinstance(from_today, Quantity)
    assert from_today.text == "14 days"
    next_autumn = read("The next opening is in October.", text)["ahead"]
    assert isinstance(next_autumn, Quantity)
    assert (next_autumn.low, next_autumn.high) == (259, 289)


@pytest.mark.parametrize(
    ("told", "fewest", "most"),
    [
        pytest.param("March", 290, 320, id="a month that names no year is the last one before the article"),
        pytest.param("14 months ago", 427, 427, id="so long ago, though a veto stands inside what is kept"),
    ],
)
def test_since_then_is_counted_to_the_day_of_the_article(told: str, fewest: int, most: int) -> None:
    declared = "ahead: {kind: duration, computed: {between: [since, published]}}\n  since: {kind: date}"
    text = TYPE.replace("ahead: {kind: duration, computed: {between: [noted, happened]}}", declared)
    text += "      - picket since <since:DATE>\n      - picket set up <since:AGO>\n    unless: [<DURATION> ago]\n"
    since = read(f"They {'picket since' if told == 'March' else 'picket set up'} {told}.", text)["ahead"]
    assert isinstance(since, Quantity)
    assert (since.low, since.high) == (fewest, most)


def test_a_first_opening_that_is_told_in_the_past_does_not_date_the_wait() -> None:
    declared = "ahead: {kind: duration, computed: {between: [published, opens]}}\n  opens: {kind: date}"
    text = TYPE.replace("ahead: {kind: duration, computed: {between: [noted, happened]}}", declared)
    text = text.replace("event: strike\n", "event: strike\nmeasured: true\n") + "      - offered ...4 <opens:DATE>\n"
    (event,) = extracted("She was offered a day in October.", text)
    assert event.happened is None


def test_an_event_without_a_value_for_a_needed_slot_is_none() -> None:
    text = TYPE.replace("wait: {kind: duration}", "wait: {kind: duration, needed: true, fill: nearest}")
    assert extracted("Notice on January 8 came for the strike on January 13.", text) == ()
    assert extracted("Notice on January 8 came, eight days before the strike on January 13.", text)


def test_a_second_date_before_the_first_gives_nothing() -> None:
    assert days_between(day("2025-02-10"), day("2025-02-09")) is None


@pytest.mark.parametrize(
    ("one", "other", "answer", "reason"),
    [
        (quantity(30), quantity(2, unit="week"), True, "thirty days are over fourteen"),
        (quantity(14), quantity(2, unit="week"), False, "two weeks are fourteen days"),
        (quantity(30), quantity(1, unit="month"), None, "a month has 28 to 31 days"),
        (quantity(30, bound=Bound.AT_MOST), quantity(14), True, "up to thirty reaches thirty"),
        (quantity(10, bound=Bound.MORE_THAN), quantity(14), None, "more than ten may be anything"),
        (
            quantity(10, unit="business_day"),
            quantity(14),
            None,
            "business days and days are not held against each other",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lengths_are_compared_where_their_ranges_decide(
    one: Quantity, other: Quantity, *, answer: bool | None, reason: str
) -> None:
    assert is_longer(one, other) is answer, reason


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        (
            "{kind: duration, computed: {between: [nted, happened]}}",
            "4:37: 'nted' is no date slot of this event; did you mean 'noted'?",
        ),
        (
            "{kind: count, computed: {between: [noted, happened]}}",
            "4:34: 'between' gives a duration; slot 'ahead' is a count",
        ),
        ("{kind: flag, computed: {longer: [noted]}}", "4:33: write {longer: [SLOT, SLOT]}, or one of between, longer"),
    ],
)
def test_a_slot_that_cannot_be_worked_out_is_named(slot: str, expected: str) -> None:
    text = TYPE.replace("{kind: duration, computed: {between: [noted, happened]}}", slot)
    with pytest.raises(RuleFileError) as caught:
        load_event_types({PATH: text})
    assert f"{PATH}:{expected}" in [str(fault) for fault in caught.value.faults]
