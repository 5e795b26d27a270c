"""The sentence of an alert: values, words where there are none, what is left out, and words that fit a number."""

import pytest

from bot.core.model import Bound, Quantity
from bot.core.rules.say import TemplateError, read_template, render
from tests.event_factories import event, quantity

WAIT = event("wait", wait=quantity(30), visit="follow_up", organisation="lakeside")
UNKNOWN = event("wait", organisation=None)


@pytest.mark.parametrize(
    ("template", "given", "not_given"),
    [
        ("a wait of {wait}", "a wait of 30 days", "a wait of wait not given"),
        ("a wait of {wait|unknown length}", "a wait of 30 days", "a wait of unknown length"),
        ("seen late[ by {wait}]", "seen late by 30 days", "seen late"),
        ("[{wait} for {visit}: ]late", "30 days for follow up: late", "late"),
        ("{organisation|A plan} is late", "Lakeside is late", "A plan is late"),
        ("{organisation} is late", "Lakeside is late", "an organisation not named is late"),
    ],
)
def test_a_value_that_is_not_given_leaves_a_sentence_that_reads(template: str, given: str, not_given: str) -> None:
    assert render(template, WAIT) == given
    assert render(template, UNKNOWN) == not_given


@pytest.mark.parametrize(("days", "said"), [("1", "1 day late"), ("2", "2 days late"), ("0", "0 days late")])
def test_a_word_fits_its_number(days: str, said: str) -> None:
    assert render("{days} {days:day/days} late", None, {"days": days}) == said


def test_a_word_fits_the_number_of_a_slot() -> None:
    assert render("{wait:a day/some days}", event("wait", wait=quantity(1))) == "a day"
    assert render("{wait:a day/some days}", WAIT) == "some days"


@pytest.mark.parametrize(
    ("words", "low", "unit", "said"),
    [
        ("30-day", 30, "day", "30 days"),
        ("up to 30-day", 30, "day", "up to 30 days"),
        ("three-week", 3, "week", "three weeks"),
        ("10-business-day", 10, "business_day", "10 business days"),
        ("one-week", 1, "week", "one week"),
        ("30 days", 30, "day", "30 days"),
        ("19th week", 19, "week", "19th week"),
        ("third week", 3, "week", "third week"),
        ("5-day", 5, "count", "5-day"),
    ],
)
def test_a_length_that_stands_before_a_noun_is_said_without_one(words: str, low: float, unit: str, said: str) -> None:
    value = Quantity(text=words, start=0, end=1, low=low, high=low, unit=unit, bound=Bound.EXACT)
    assert render("{wait}", event("wait", wait=value)) == said


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{wait", "has a brace that is not closed"),
        ("wait}", "has a brace that was not opened"),
        ("[ of {wait}", "has a bracket that is not closed"),
        ("of {wait}]", "has a bracket that was not opened"),
        ("[a [{wait}]]", "has a bracket inside brackets"),
        ("[urgent] {wait}", "has brackets without a value in them"),
        ("{wait|}", "cannot read {wait|}; write {slot}"),
        ("{days:day}", "cannot read {days:day}; write {slot}"),
        ("{}", "cannot read {}; write {slot}"),
    ],
)
def test_a_template_that_cannot_be_read_says_why(template: str, fault: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read_template(template)
    assert fault in str(caught.value)
