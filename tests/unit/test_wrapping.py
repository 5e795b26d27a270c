"""A sentence that an editor broke over lines is read as one; what was not broken stays."""

import pytest

from bot.sources.wrapping import unwrap_markdown, unwrap_text

WRAPPED = (
    "The union said on Wednesday that the hospital offered no new\n"
    "proposals and ended the session early. No further sessions are\n"
    "planned.\n"
    "\n"
    "Nurses have been out since Monday."
)


def test_lines_that_had_no_room_for_the_next_word_are_joined() -> None:
    assert unwrap_text(WRAPPED).split("\n") == [
        WRAPPED.split("\n\n", maxsplit=1)[0].replace("\n", " "),
        "",
        "Nurses have been out since Monday.",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Picket lines\nHarbor Hospital\nLakeside Clinic", "short lines are a list"),
        (
            "A paragraph that is as long as paragraphs are, on one line. " * 4 + "\nAnd the next one.",
            "long lines are whole",
        ),
        ("One line only.", "nothing to join"),
        ("", "nothing at all"),
    ],
)
def test_text_that_was_not_broken_stays_as_it_is(text: str, why: str) -> None:
    assert unwrap_text(text) == text, why


def test_joining_moves_no_character() -> None:
    assert len(unwrap_text(WRAPPED)) == len(WRAPPED)
    assert unwrap_text(WRAPPED).replace("\n", " ") == WRAPPED.replace("\n", " ")


def test_a_soft_break_in_markdown_means_a_space_and_blocks_stay_apart() -> None:
    text = "# Heading\nFirst line\nof a paragraph  \nafter a hard break\n- one\n- two\n| a | b |\n| 1 | 2 |"
    assert unwrap_markdown(text).split("\n") == [
        "# Heading",
        "First line of a paragraph  ",
        "after a hard break",
        "- one",
        "- two",
        "| a | b |",
        "| 1 | 2 |",
    ]
