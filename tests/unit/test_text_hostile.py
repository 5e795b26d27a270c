"""Text that was made to break the readers: no exception, exact offsets, work that grows no faster than the text."""

import sys
from collections.abc import Callable
from datetime import date
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Precision, When
from bot.core.text.publication import date_document
from bot.core.text.quantities import find_quantities
from bot.core.text.sentences import split_sentences
from bot.core.text.times import TimeContext, find_beginnings, find_times

DAY = date(2024, 10, 24)
CONTEXT = TimeContext(
    published=When(first=DAY, last=DAY, precision=Precision.DAY, basis="test"), began={"strike": date(2024, 10, 21)}
)
READERS: dict[str, Callable[[str], object]] = {
    "sentences": split_sentences,
    "quantities": lambda text: find_quantities(text, 0, len(text)),
    "times": lambda text: find_times(text, 0, len(text), CONTEXT),
    "beginnings": lambda text: find_beginnings(text, CONTEXT),
    "publication": lambda text: date_document(text, read_on=DAY),
}
UNITS = (
    "a", "“", '."', ". A", "A. ", "\u00a0", "\u0301", "\x00", "x ", "1", "1,", "1.", "1 ", "-", "'", "$", "½", "2024 ",
    "early ", "end of the ", "two days after ", "the week of ", "first week of ", "Monday ", "Monday, ", "Oct. 3, ",
    "Oct. ", "one million ", "two hundred and ", "half a ", "5 to ", "between 1 and ", "last ", "5 days ", "of the ",
    "strike began ", "two years earlier ", "1:1", "1/", "1-1-", "more ", "and a half ", "over 3 ", "may ", "ع. ",
)  # fmt: skip


def _calls(reader: Callable[[str], object], text: str) -> int:
    """Count the calls of functions, Python's and C's, that reading a text takes."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        reader(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_eight_times_the_text_takes_about_eight_times_the_work(name: str, unit: str) -> None:
    short, long = (_calls(READERS[name], unit * count) for count in (60, 480))
    assert long < 11 * short + 800


@pytest.mark.parametrize("name", READERS)
def test_a_megabyte_without_a_space_and_a_hundred_thousand_quotes_are_read(name: str) -> None:
    for text in ("a" * 1_000_000, "“" * 100_000, '"' * 100_000, "7" * 1_000_000):
        READERS[name](text)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(UNITS) | st.text(max_size=5), max_size=40).map("".join))
def test_whatever_comes_the_words_are_quoted_from_the_text(text: str) -> None:
    for sentence in split_sentences(text):
        for one in find_quantities(text, sentence.start, sentence.end):
            assert text[one.start : one.end] == one.text
            assert sentence.start <= one.start < one.end <= sentence.end
        for when in find_times(text, sentence.start, sentence.end, CONTEXT):
            assert text[when.start : when.end] == when.text
            assert sentence.start <= when.start < when.end <= sentence.end
