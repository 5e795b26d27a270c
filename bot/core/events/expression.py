"""One phrase as RE2 reads it: where it stands in a folded copy, without the layers that the Python binding puts around.

The binding's own `finditer` makes three objects for each place and a generator for each call, which takes longer than
the search itself in a sentence.
"""

from collections.abc import Iterator

import re2

from bot.core.events.phrases import Phrase

MAX_MEMORY_BYTES = 32 << 20  # a pattern of long lists in a `near` needs more than RE2's default of 8 MiB
_NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())
_ANYWHERE = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001 (what the binding calls itself)
_NOWHERE = (-1, -1)

Spans = list[tuple[int, int]]
"""Of the whole, then of each group; (-1, -1) for one that takes no part."""


class Expression:
    """A compiled phrase."""

    __slots__ = ("_match", "_slots", "is_last", "is_near")

    def __init__(self, phrase: Phrase) -> None:
        compiled = re2.compile(phrase.regex.encode(), _options())
        named = compiled.groupindex.items() if phrase.slots else ()
        self._slots = tuple((name if isinstance(name, str) else name.decode(), index) for name, index in named)
        self._match = compiled._regexp.Match  # noqa: SLF001 (as above)
        self.is_near = phrase.near
        self.is_last = phrase.last

    def stands(self, copy: bytes) -> bool:
        """Tell whether it stands anywhere in `copy`."""
        return bool(self._match(_ANYWHERE, copy, 0, len(copy))[0] != _NOWHERE)

    def spans(self, copy: bytes) -> Iterator[Spans]:
        """Yield where it stands in `copy`, looked for no further than asked."""
        at, end = 0, len(copy)
        while at < end:
            found: Spans = self._match(_ANYWHERE, copy, at, end)
            if found[0] == _NOWHERE:
                return
            yield self._tightest(copy, found) if self.is_near else found
            at = max(found[0][1], at + 1)

    def end_of(self, copy: bytes, span: tuple[int, int]) -> int:
        """Return where its last word ends."""
        start, end = span
        return start + len(copy[start:end].rstrip(_NO_WORD)) if self.is_last else end

    def kept(self, spans: Spans, offset: int) -> tuple[tuple[str, int, int], ...]:
        """Return the kept places of one find in a copy that begins at `offset` of the article."""
        placed = ((slot, *spans[index]) for slot, index in self._slots)
        return tuple((slot, offset + low, offset + high) for slot, low, high in placed if low >= 0)

    def _tightest(self, copy: bytes, found: Spans) -> Spans:
        """Return the shortest stretch of words that stand near each other, where one stands inside the leftmost."""
        while (inner := self._match(_ANYWHERE, copy, found[0][0] + 1, found[0][1]))[0] != _NOWHERE:
            found = inner
        return found


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = MAX_MEMORY_BYTES
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1  # a folded copy has one byte a character, so no rune is longer
    return options
