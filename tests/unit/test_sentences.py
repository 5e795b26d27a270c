"""Where sentences end, and what they are part of."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text.sentences import SentenceKind, split_sentences

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def _texts(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Gov. Maria Lopez spoke to Sen. Ann Ray.", "titles belong to the name"),
        ("They picket from 6 a.m. to 2 p.m. Thursday at the gate.", "a time of day goes on"),
        ("The U.S. Department of Labor agreed.", "an abbreviated name goes on"),
        ("It stands at 12 Elm Ave., Ruston, near St. Mary's.", "an address goes on"),
        ("Bill No. 12 passed with 3.5 points to spare.", "a number is no end"),
        ("J. R. Ames and K. Lund signed.", "initials are no end"),
        ("She asked “Why now?” and left.", "a lower-case word goes on"),
        ("Acme Inc. Chief Executive Jo Park resigned.", "a company's form goes on"),
        ("The rate was 8.4 per cent on Jan. 3.", "a month's short form goes on"),
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str, reason: str) -> None:
    assert _texts(text) == [text], reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ended. Nobody spoke.", ["It ended.", "Nobody spoke."]),
        ("They left at 5 p.m. The talks go on.", ["They left at 5 p.m.", "The talks go on."]),
        ("“No offer came.” She left.", ["“No offer came.”", "She left."]),
        ("He works for Acme Inc. It is small.", ["He works for Acme Inc.", "It is small."]),
        ("Really? Yes! 40 people came.", ["Really?", "Yes!", "40 people came."]),
        ("A headline without a stop\nThe text begins.", ["A headline without a stop", "The text begins."]),
        ("One.\r\n\r\nTwo.\u2028Three.", ["One.", "Two.", "Three."]),
        ("It was Holiday Day. Gov. Lee came.", ["It was Holiday Day.", "Gov. Lee came."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert _texts(text) == expected


def test_list_items_know_the_sentence_that_heads_them() -> None:
    text = "This could lead to:\n• Fewer groups\n- Longer waits. Much longer.\nAfter the list."
    sentences = split_sentences(text)
    assert [(sentence.kind, sentence.header) for sentence in sentences] == [
        (SentenceKind.PROSE, None),
        (SentenceKind.LIST_ITEM, 0),
        (SentenceKind.LIST_ITEM, 0),
        (SentenceKind.LIST_ITEM, 0),
        (SentenceKind.PROSE, None),
    ]


def test_headings_and_table_rows_are_told_from_prose() -> None:
    text = "What happens next?\nTalks resume.\nClinic | Wait | Limit\nNorth | 12 days | 10 days"
    kinds = [sentence.kind for sentence in split_sentences(text)]
    assert kinds == [SentenceKind.HEADING, SentenceKind.PROSE, SentenceKind.TABLE_ROW, SentenceKind.TABLE_ROW]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Child clinic, Leeds | 11 months", SentenceKind.TABLE_ROW),
        ("Elm House Care Home | $9,000", SentenceKind.TABLE_ROW),
        ("More: Elm House sold | Oak House fined", SentenceKind.HEADING),
        ("By Ana Ruiz | March 3, 2025", SentenceKind.HEADING),
    ],
)
def test_two_cells_are_a_row_where_the_last_is_a_figure(line: str, kind: SentenceKind) -> None:
    assert [sentence.kind for sentence in split_sentences(line)] == [kind]


def test_a_sentence_inside_a_longer_quotation_says_so() -> None:
    text = "“We wait. We hope,” she said. He nodded."
    assert [sentence.within_quote for sentence in split_sentences(text)] == [False, True, False]


@given(st.text(max_size=400))
def test_sentences_cover_every_character_that_is_no_blank_once_and_in_order(text: str) -> None:
    sentences = split_sentences(text)
    assert all(before.end <= after.start for before, after in pairwise(sentences))
    covered = "".join(text[sentence.start : sentence.end] for sentence in sentences)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(
        text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end] for sentence in sentences
    )


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared folder with the seed articles is not beside the project")
def test_the_boundaries_inside_the_lines_of_the_seeds_are_those_counted_by_hand() -> None:
    inside = [
        sum(before.paragraph == after.paragraph for before, after in pairwise(split_sentences(path.read_text("utf-8"))))
        for path in sorted(SEEDS.glob("*.txt"))
    ]
    assert inside == [13, 8, 11, 6, 13]


def test_a_no_ends_a_sentence_unless_a_number_follows() -> None:
    text = "Is it over? No. We raised our offer. See No. 4."
    assert [text[each.start : each.end] for each in split_sentences(text)] == [
        "Is it over?",
        "No.",
        "We raised our offer.",
        "See No. 4.",
    ]


def test_a_contraction_before_a_capital_ends_its_sentence() -> None:
    text = "They were due by May 1, and aren't. Chair Okoro asked why. It isn’t. Judge Lin agreed."
    assert [text[each.start : each.end] for each in split_sentences(text)] == [
        "They were due by May 1, and aren't.",
        "Chair Okoro asked why.",
        "It isn’t.",
        "Judge Lin agreed.",
    ]
