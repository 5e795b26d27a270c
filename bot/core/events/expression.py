"""One phrase, compiled: where it stands in a folded copy."""

from collections.abc import Iterator

from bot.core.events.phrases import Phrase
from bot.core.text.search import Search, Spans

_NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())


class Expression:
    """A compiled phrase."""

    __slots__ = ("_is_last", "_is_near", "_search", "_slots")

    def __init__(self, phrase: Phrase) -> None:
        self._search = Search(phrase.regex.encode())
        self._slots = tuple(self._search.groups.items()) if phrase.slots else ()
        self._is_near = phrase.near
        self._is_last = phrase.last

    def stands(self, copy: bytes) -> bool:
        """Tell whether it stands anywhere in `copy`."""
        return self._search.first(copy) is not None

    def spans(self, copy: bytes) -> Iterator[Spans]:
        """Yield where it stands in `copy`, looked for no further than asked."""
        found = self._search.each(copy)
        return (self._tightest(copy, each) for each in found) if self._is_near else found

    def end_of(self, copy: bytes, span: tuple[int, int]) -> int:
        """Return where its last word ends."""
        start, end = span
        return start + len(copy[start:end].rstrip(_NO_WORD)) if self._is_last else end

    def kept(self, spans: Spans, offset: int) -> tuple[tuple[str, int, int], ...]:
        """Return the kept places of one find in a copy that begins at `offset` of the article."""
        if not self._slots:
            return ()
        placed = ((slot, *spans[index]) for slot, index in self._slots)
        return tuple((slot, offset + low, offset + high) for slot, low, high in placed if low >= 0)

    def _tightest(self, copy: bytes, found: Spans) -> Spans:
        """Return the shortest stretch of words that stand near each other, where one stands inside the leftmost."""
        while (inner := self._search.first(copy, found[0][0] + 1, found[0][1])) is not None:
            found = inner
        return found
