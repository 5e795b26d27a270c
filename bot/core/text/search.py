"""RE2 over text of one byte a character, without the layers that the Python binding puts around.

The binding's own `finditer` makes three objects for each place and a generator for each call, and counts characters
where the text is no bytes: in a sentence that takes longer than the search itself.
"""

from collections.abc import Iterator

import re2

MAX_MEMORY_BYTES = 32 << 20  # a pattern of long lists in a `near` needs more than RE2's default of 8 MiB
_ANYWHERE = re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001 (what the binding calls itself)
_NOWHERE = (-1, -1)

Spans = list[tuple[int, int]]
"""Of the whole, then of each group; (-1, -1) for one that takes no part."""


def as_bytes(text: str) -> bytes:
    """Return a text with one byte for each character: its own one up to 255, a question mark beyond."""
    return text.encode("latin-1", "replace")


def fits(expression: bytes) -> bool:
    """Tell whether an expression compiles in the memory that we give it."""
    try:
        Search(expression)
    except re2.error:
        return False
    return True


class Search:
    """A compiled expression."""

    __slots__ = ("_match", "groups")

    def __init__(self, expression: bytes) -> None:
        options = re2.Options()
        options.max_mem = MAX_MEMORY_BYTES
        options.log_errors = False
        options.encoding = re2.Options.Encoding.LATIN1
        compiled = re2.compile(expression, options)
        self.groups = {name.decode(): index for name, index in compiled.groupindex.items()}
        self._match = compiled._regexp.Match  # noqa: SLF001 (as above)

    def first(self, copy: bytes, start: int = 0, end: int | None = None) -> Spans | None:
        """Return the first place between two offsets."""
        found: Spans = self._match(_ANYWHERE, copy, start, len(copy) if end is None else end)
        return None if found[0] == _NOWHERE else found

    def each(self, copy: bytes) -> Iterator[Spans]:
        """Yield the places one after the other, looked for no further than asked."""
        at, end = 0, len(copy)
        while at < end:
            found: Spans = self._match(_ANYWHERE, copy, at, end)
            if found[0] == _NOWHERE:
                return
            yield found
            at = max(found[0][1], at + 1)
