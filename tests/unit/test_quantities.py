"""Lengths, counts, amounts and shares as an article states them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Bound
from bot.core.text.lexicon import words
from bot.core.text.quantities import find_quantities


def _all(text: str) -> list[tuple[str, float | None, float | None, str, Bound]]:
    found = find_quantities(text, 0, len(text))
    return [(quantity.text, quantity.low, quantity.high, quantity.unit, quantity.bound) for quantity in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a wait of 18 days", ("18 days", 18, 18, "day", Bound.EXACT)),
        ("three working weeks", ("three working weeks", 3, 3, "week", Bound.EXACT)),
        ("in eight school days", ("eight school days", 8, 8, "business_day", Bound.EXACT)),
        ("for ten long weeks", ("ten long weeks", 10, 10, "week", Bound.EXACT)),
        ("it has fallen from 90 days to 12", ("90 days to 12", 12, 12, "day", Bound.EXACT)),
        ("it rose from 10 days to six weeks", ("10 days to six weeks", 6, 6, "week", Bound.EXACT)),
        ("it has gone past four weeks", ("gone past four weeks", 4, 4, "week", Bound.MORE_THAN)),
        ("up to 40-day waitlists", ("up to 40-day", 40, 40, "day", Bound.AT_MOST)),
        ("within 12 business days", ("within 12 business days", 12, 12, "business_day", Bound.AT_MOST)),
        ("seen after nine working days", ("nine working days", 9, 9, "business_day", Bound.EXACT)),
        ("waits of two to three weeks", ("two to three weeks", 2, 3, "week", Bound.EXACT)),
        ("between 8 and 12 weeks", ("between 8 and 12 weeks", 8, 12, "week", Bound.EXACT)),
        ("a month or more for care", ("a month or more", 1, 1, "month", Bound.AT_LEAST)),
        ("a six-month delay", ("six-month", 6, 6, "month", Bound.EXACT)),
        ("after half an hour", ("half an hour", 0.5, 0.5, "hour", Bound.EXACT)),
        ("upward of 30 days", ("upward of 30 days", 30, 30, "day", Bound.MORE_THAN)),
        ("nearly three weeks", ("nearly three weeks", 3, 3, "week", Bound.ABOUT)),
        ("less than a fortnight", ("less than a fortnight", 2, 2, "week", Bound.LESS_THAN)),
        ("at least a decade", ("at least a decade", 10, 10, "year", Bound.AT_LEAST)),
        ("no more than 48 hours", ("no more than 48 hours", 48, 48, "hour", Bound.AT_MOST)),
        ("for as long as four months", ("as long as four months", 4, 4, "month", Bound.AT_MOST)),
        ("two and a half weeks", ("two and a half weeks", 2.5, 2.5, "week", Bound.EXACT)),
        ("30-plus days", ("30-plus days", 30, 30, "day", Bound.AT_LEAST)),
        ("waits of months", ("months", None, None, "month", Bound.VAGUE)),
        ("several weeks", ("several weeks", 2, 12, "week", Bound.VAGUE)),
        ("on the 14th working day", ("14th working day", 14, 14, "business_day", Bound.EXACT)),
        ("six weeks to two months", ("six weeks to two months", 42, 60, "day", Bound.EXACT)),
        ("a year and two months", ("a year and two months", 14, 14, "month", Bound.EXACT)),
    ],
)
def test_lengths_are_read_with_unit_and_bound(
    text: str, expected: tuple[str, float | None, float | None, str, Bound]
) -> None:
    assert _all(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $50 million fine", ("$50 million", 50e6, 50e6, "USD", Bound.EXACT)),
        ("more than £2.5m", ("more than £2.5m", 2.5e6, 2.5e6, "GBP", Bound.MORE_THAN)),
        ("C$40,000 owed", ("C$40,000", 40e3, 40e3, "CAD", Bound.EXACT)),
        ("paid €3 billion", ("€3 billion", 3e9, 3e9, "EUR", Bound.EXACT)),
        ("fifty million dollars", ("fifty million dollars", 50e6, 50e6, "USD", Bound.EXACT)),
        ("$3 million to $5 million", ("$3 million to $5 million", 3e6, 5e6, "USD", Bound.EXACT)),
        ("$3-5 million", ("$3-5 million", 3e6, 5e6, "USD", Bound.EXACT)),
        ("41 per cent", ("41 per cent", 41, 41, "percent", Bound.EXACT)),
        ("just 8.4% more", ("8.4%", 8.4, 8.4, "percent", Bound.EXACT)),
        ("one in five patients", ("one in five", 20, 20, "percent", Bound.ABOUT)),
        ("over 110,000 visits", ("over 110,000", 110e3, 110e3, "count", Bound.MORE_THAN)),
        ("thousands of members", ("thousands", 1_000, 999_999, "count", Bound.VAGUE)),
        ("4.8 million members", ("4.8 million", 4.8e6, 4.8e6, "count", Bound.EXACT)),
        ("three hundred and twelve nurses", ("three hundred and twelve", 312, 312, "count", Bound.EXACT)),
    ],
)
def test_amounts_shares_and_counts_are_read_with_unit_and_bound(
    text: str, expected: tuple[str, float | None, float | None, str, Bound]
) -> None:
    assert _all(text) == [expected]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("on Oct. 24, 2024", "a date"),
        ("call 1-800-555-0199", "a telephone number"),
        ("under SB 221 and Local 1021", "names of a bill and a union branch"),
        ("at 10800 Elm Tree Ave., Ruston", "an address"),
        ("a 12-year-old patient", "an age"),
        ("two years ago", "places an event"),
        ("in the past two years", "says when, not how long"),
        ("the list could one day grow", "some day"),
        ("once a week", "a rate"),
        ("Listen 0:45", "a running time"),
        ("one of the largest", "a pronoun"),
        ("in recent weeks", "says when"),
        ("it finished at 6pm", "a time of day"),
        ("from 6 a.m. to 2 p.m.", "times of day"),
        ("at 6 in the morning", "a time of day"),
    ],
)
def test_numbers_that_are_no_quantity_are_left_alone(text: str, reason: str) -> None:
    assert _all(text) == [], reason


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("seven hours of guaranteed time per week", "week"),
        ("12 patients a day", "day"),
        ("$25,000 per violation", "violation"),
        ("340 drivers have begun a week of strikes", None),
        ("340 drivers left the depot a week ago", None),
        ("$300/week", "week"),
        ("200 visits in a week", None),
    ],
)
def test_rates_are_kept_apart(text: str, per: str | None) -> None:
    assert find_quantities(text, 0, len(text))[0].per == per


def test_a_count_says_what_is_counted() -> None:
    text = "some 2,400 striking mental health workers"
    assert [quantity.of for quantity in find_quantities(text, 0, len(text))] == ["striking mental health workers"]


_PIECES = st.sampled_from(
    words(
        "two 30 - day days weeks to or more than about $ £ million % of a half an , . business working 2½ 1,000 "
        "January 5 nearly between and per week thousands 99999999999999999999 ½ 1:30 12/05/2024 “ ’ \u00a0 \u0301 \x00"
    )
)


@given(st.lists(_PIECES | st.text(max_size=4), max_size=30).map(" ".join), st.integers(0, 5))
def test_every_quantity_quotes_the_text_and_none_overlap(text: str, start: int) -> None:
    found = find_quantities(text, min(start, len(text)), len(text))
    edge = 0
    for quantity in found:
        assert text[quantity.start : quantity.end] == quantity.text
        assert edge <= quantity.start < quantity.end
        edge = quantity.end
