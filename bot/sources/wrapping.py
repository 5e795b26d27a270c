"""Joins the lines of paragraphs that an editor or a mail program has broken, so that a sentence is one line again."""

import re

MIN_WIDTH = 45  # characters; narrower texts are verse, tables or addresses
MAX_WIDTH = 110  # a longer line was not broken by a program
MIN_SHARE = 0.6  # of all single line breaks that must stand where the next word had no room

_SINGLE_BREAK = re.compile(r"(?<=[^\n])\n(?=[^\n])")
_BLOCK_START = re.compile(r"\s*(?:[-*+•·–]\s|\d{1,3}[.)]\s|#{1,6}\s|>|\||```|<|\[\^)")
_WORD = re.compile(r"\S+")
_BLOCK_LINE = re.compile(r"\s*(?:#{1,6}\s|\||```|<)")


def unwrap_text(text: str) -> str:
    """Return plain text with broken lines joined by a space each; text that was not broken comes back as it is.

    A program breaks a line where the next word has no room; so where nearly all breaks are of that kind, all are.
    """
    width = max((len(line) for line in text.split("\n")), default=0)
    breaks = [found.start() for found in _SINGLE_BREAK.finditer(text)]
    if not MIN_WIDTH <= width <= MAX_WIDTH or not breaks:
        return text
    full = [at for at in breaks if _had_no_room(text, at, width)]
    return _joined(text, full) if len(full) >= MIN_SHARE * len(breaks) else text


def unwrap_markdown(text: str) -> str:
    """Return Markdown with its soft line breaks, which mean a space, as spaces."""
    soft = [
        found.start()
        for found in _SINGLE_BREAK.finditer(text)
        if not text.endswith(("  ", "\\"), 0, found.start()) and _is_prose(text, found.start())
    ]
    return _joined(text, soft)


def _had_no_room(text: str, at: int, width: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    word = _WORD.match(text, at + 1)
    return word is not None and len(line) + 1 + len(word[0]) > width and _is_prose(text, at)


def _is_prose(text: str, at: int) -> bool:
    """Answer whether the lines before and after a break are both lines of a paragraph."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return not _BLOCK_LINE.match(before) and not _BLOCK_START.match(text, at + 1)


def _joined(text: str, at: list[int]) -> str:
    """Return the text with a space at each of the places, which are in order."""
    bounds = zip([-1, *at], [*at, len(text)], strict=True)
    return " ".join(text[before + 1 : after] for before, after in bounds)
