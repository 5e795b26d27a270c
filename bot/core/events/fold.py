"""The copy of a text that patterns are matched on: ASCII, lower case, one byte for each character of the text.

Because one character is one byte, an offset into the copy is an offset into the text, whatever the script.
A line feed in the copy ends a sentence, so that no pattern reaches over it.
"""

import re
import unicodedata
from collections.abc import Iterable

_BREAK = 10  # the byte that ends a sentence
_SPACE = 32
_LATIN = range(0x00C0, 0x0250)  # Latin letters with marks: folded to their base letter
_TYPOGRAPHIC = {
    "\t": " ", "\n": " ", "\v": " ", "\f": " ", "\r": " ", "\x85": " ", "\u1680": " ", "\u202f": " ", "\u205f": " ",
    "\u3000": " ", "\u00a0": " ", "\u2028": " ", "\u2029": " ", "\u200b": " ", "\u00ad": "-",
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʻ": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    **dict.fromkeys("£€¥₹₦₱₩₪₫₺₽฿₴", "$"), "…": ".", "•": "*", "·": "*",
}  # fmt: skip


def _table() -> dict[str, str]:
    table = _TYPOGRAPHIC | dict.fromkeys(map(chr, range(0x2000, 0x200B)), " ")
    for code in _LATIN:
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            table[chr(code)] = base
    return table


_TABLE = _table()
_FOREIGN = re.compile(r"[\x80-\U0010ffff]")  # few in a text: replacing them beats translating every character
_LOWER = bytes(_SPACE if chr(code) in "\t\n\v\f\r" else ord(chr(code).lower()) & 0xFF for code in range(256))


_GLUED_SIGN = re.compile(r"\b(?:[RN]|RM|Rs|Sh|K[Ss]h)(?=[0-9])")  # R900,000, Sh3 million
MONTH_OF_MAY = "mai"  # as the month stands in the copy: no veto of "it may strike" is meant for "on May 3"
_MAY = re.compile(r"\bMay(?=\.? ?[0-9])|\b(?P<before>[a-z0-9][a-z0-9.,'-]* )May\b")


def fold(text: str) -> bytes:
    """Return the copy of `text`, which is any text without lone surrogates."""
    plain = text if text.isascii() else _FOREIGN.sub(lambda found: _TABLE.get(found[0], "?"), text)
    signed = _GLUED_SIGN.sub(lambda found: "$".rjust(len(found[0])), plain)
    dated = _MAY.sub(_month, signed) if "May" in signed else signed
    return dated.encode("ascii").translate(_LOWER)


def _month(found: re.Match[str]) -> str:
    return (found["before"] or "") + MONTH_OF_MAY


def mark_ends(copy: bytes, ends: Iterable[int]) -> bytes:
    """Return the copy with a line feed in the gap after each sentence.

    Args:
        copy: what `fold` returns.
        ends: where sentences end; one that touches the next gives up its last byte for the line feed.
    """
    marked = bytearray(copy)
    size = len(marked)
    for end in ends:
        if 0 < end < size:
            marked[end if marked[end] == _SPACE else end - 1] = _BREAK
    return bytes(marked)
