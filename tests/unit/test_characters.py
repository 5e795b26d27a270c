"""Normalised text keeps every offset."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from bot.core.text.characters import normalise


def test_no_code_point_changes_its_length() -> None:
    assert [code for code in range(sys.maxunicode + 1) if len(normalise(chr(code))) != 1] == []


@given(st.text())
def test_every_offset_stays(text: str) -> None:
    assert len(normalise(text)) == len(text)


def test_typographic_signs_become_plain_ones() -> None:
    assert normalise("“Kaiser’s” 10\u00a0am – 2\u202fPM—NOW\u2026") == '"kaiser\'s" 10 am - 2 pm-now…'


def test_marks_that_join_letters_stay_where_they_are() -> None:
    assert normalise("ME\u0301DECIN\u200d\u00ad İ") == "me\u0301decin\u200d\u00ad i"
