"""Words, numerals and signs of a stretch of text, with where they stand."""

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.core.text.characters import normalise

# What belongs together is one token: telephone numbers, dates in digits, times of day, ordinals, grouped digits.
_TOKEN = re.compile(
    r"""
      (?<![\w.])\+?\d{0,2}[-.\ ]?\(?\d{3}\)?[-.\ ]\d{3}[-.\ ]\d{4}(?!\w)
    | \d{4}([-/.])\d{1,2}\1\d{1,2}(?![\d/]) | \d{1,2}([-/.])\d{1,2}\2\d{2}(?:\d{2})?(?![\d/-])
    | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?
    | \d+(?:st|nd|rd|th)(?![^\W\d_])
    | \d{1,3}(?:(?:,\d{3})+|(?:\ \d{3}){2,})(?:\.\d+)?(?!\d)
    | \d+(?:\.\d+)? | (?<!\d)\.\d+
    | [½¼¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]
    | [^\W\d_]+
    | [^\w\s]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """The tokens of one stretch, as parallel tuples; reading past either end gives "" and no error."""

    source: str  # the whole original text
    words: tuple[str, ...]  # normalised
    starts: tuple[int, ...]  # offsets into `source`
    ends: tuple[int, ...]

    def word(self, index: int) -> str:
        """Return the normalised word at `index`, "" outside."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def is_capital(self, index: int) -> bool:
        """Tell whether the word begins with a capital letter in the original."""
        return 0 <= index < len(self.words) and self.source[self.starts[index]].isupper()

    def touches(self, index: int) -> bool:
        """Tell whether nothing stands between the token and the next one."""
        return index + 1 < len(self.words) and self.ends[index] == self.starts[index + 1]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the offsets from token `first` up to but without token `last`."""
        return self.starts[first], self.ends[last - 1]


@lru_cache(maxsize=16)  # several taggers ask for the same sentence one after the other
def tokenise(text: str, start: int, end: int) -> Tokens:
    """Return the tokens of `text[start:end]`."""
    stretch = normalise(text[start:end])
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(stretch):
        words.append(match.group())
        starts.append(match.start() + start)
        ends.append(match.end() + start)
    return Tokens(source=text, words=tuple(words), starts=tuple(starts), ends=tuple(ends))
