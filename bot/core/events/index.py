"""From the words of a text to the phrases that may stand in its sentences: all phrases and all sentences at once.

A sentence is a bit, and a word the bits of the sentences that it stands in. Where a phrase needs any of several parts,
it has the bits of any of them; where it needs all of them, the bits that all of them have. Every part of every phrase
is worked out once, level by level: a handful of operations on arrays, however many phrases there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from bot.core.events.blocks import Called, Endings, share
from bot.core.events.keywords import All, Any, Needed

LANES = 64  # sentences of one pass: bits of one number
_NOTHING = 0  # the part that is always there

_Bits = NDArray[np.uint64]


class Standing:
    """The phrases that may stand in each sentence of one text: their words do, if not in their order."""

    __slots__ = ("_blocks", "_count", "called")

    def __init__(self, blocks: list[_Bits], count: int, called: Called) -> None:
        self._blocks = blocks  # of each `LANES` sentences: the bits of every phrase
        self._count = count
        self.called = called  # what else the words of the text are called

    def anywhere(self) -> set[int]:
        """Return the phrases that may stand in any of the sentences."""
        return set().union(*[np.flatnonzero(bits).tolist() for bits in self._blocks])

    def by_sentence(self, among: AbstractSet[int] | None = None) -> list[list[int]]:
        """Return which phrases, of those `among`, may stand in each sentence, in order."""
        rows = None if among is None else np.array(sorted(among), np.intp)
        found = [numbers for bits in self._blocks for numbers in _by_lane(bits, rows)]
        return found[: self._count]


def _by_lane(bits: _Bits, among: NDArray[np.intp] | None) -> Iterator[list[int]]:
    rows = np.flatnonzero(bits) if among is None else among
    lanes = np.unpackbits(bits[rows].astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    lane, row = np.nonzero(lanes.T)
    numbers = rows[row].tolist()
    ends = np.searchsorted(lane, np.arange(LANES + 1)).tolist()
    return (numbers[ends[each] : ends[each + 1]] for each in range(LANES))


class PhraseIndex:
    """The words that phrases need, as arrays; a phrase is called by its place in `needs`."""

    def __init__(self, needs: Sequence[Needed]) -> None:
        parts = _Parts(needs)
        self._number_by_word = parts.number_by_word
        self._endings = Endings(parts.words)
        self._levels = parts.levels
        self._size = parts.size
        self._roots = np.array(parts.roots, np.intp)

    def standing(self, sentences: Sequence[Sequence[bytes]]) -> Standing:
        """Look the words of each sentence up."""
        called: Called = {}
        places = range(0, len(sentences), LANES)
        blocks = [self._bits(sentences[start : start + LANES], called) for start in places]
        return Standing(blocks, len(sentences), called)

    def _bits(self, sentences: Sequence[Sequence[bytes]], called: Called) -> _Bits:
        held = _held(sentences)
        called |= self._endings.called(held)
        share(held, called)
        numbers = self._number_by_word
        known = tuple(numbers.keys() & held.keys())
        bits = np.zeros(self._size, np.uint64)
        bits[_NOTHING] = (1 << len(sentences)) - 1
        at = np.fromiter(map(numbers.__getitem__, known), np.intp, len(known))
        bits[at] = np.fromiter(map(held.__getitem__, known), np.uint64, len(known))
        for level in self._levels:
            level.fill(bits)
        return bits.take(self._roots)


def _held(sentences: Sequence[Sequence[bytes]]) -> dict[bytes, int]:
    """Return the bits of the sentences that each word stands in."""
    held: dict[bytes, int] = {}
    bit = 1
    for sentence in sentences:
        for word in sentence:
            held[word] = held.get(word, 0) | bit
        bit <<= 1
    return held


@dataclass(frozen=True, slots=True)
class _Level:
    """Parts of one kind that are made of parts before them: their bits stand side by side."""

    join: np.ufunc
    first: int
    end: int
    members: NDArray[np.intp]  # of one after the other
    starts: NDArray[np.intp]  # where the members of each begin

    def fill(self, bits: _Bits) -> None:
        self.join.reduceat(bits.take(self.members), self.starts, out=bits[self.first : self.end])


class _Parts:
    """Every different part of the needs, numbered: nothing, then the words, then what is made of others."""

    def __init__(self, needs: Sequence[Needed]) -> None:
        self.words = sorted(_words(needs))
        self.number_by_word = {word.encode(): number for number, word in enumerate(self.words, start=_NOTHING + 1)}
        self._made: dict[tuple[bool, tuple[int, ...]], int] = {}  # of all or any of which parts → its number for now
        self._known: dict[int, int] = {}  # by identity: lists share their parts, and a tree is slow to hash
        first = len(self.words) + 1
        self._depth = [0] * first
        roots = [self._number(needed) for needed in needs]
        order = sorted(self._made.items(), key=lambda made: (self._depth[made[1]], made[0][0]))
        final = [*range(first), *[0] * len(order)]
        for place, (_, number) in enumerate(order, start=first):
            final[number] = place
        self.roots = [final[number] for number in roots]
        self.levels = list(_levels(order, final, self._depth))
        self.size = len(final)

    def _number(self, needed: Needed) -> int:
        if needed is None:
            return _NOTHING
        if id(needed) not in self._known:
            self._known[id(needed)] = self._join(needed)
        return self._known[id(needed)]

    def _join(self, needed: Needed) -> int:
        if isinstance(needed, All | Any):
            members = {self._number(part) for part in needed.parts}
        else:
            members = {self.number_by_word[word.encode()] for word in needed or ()}
        if len(members) == 1:
            return members.pop()
        key = isinstance(needed, All), tuple(sorted(members))
        if key not in self._made:
            self._made[key] = len(self._depth)
            self._depth.append(1 + max(self._depth[member] for member in members))
        return self._made[key]


def _words(needs: Iterable[Needed]) -> set[str]:
    """Return the words of all trees, each part of which is looked at once."""
    words: set[str] = set()
    waiting, seen = list(needs), set[int]()
    while waiting:
        needed = waiting.pop()
        if id(needed) in seen:
            continue
        seen.add(id(needed))
        if isinstance(needed, All | Any):
            waiting.extend(needed.parts)
        else:
            words |= needed or frozenset()
    return words


def _levels(
    order: list[tuple[tuple[bool, tuple[int, ...]], int]], final: list[int], depth: list[int]
) -> Iterator[_Level]:
    """Yield the parts in groups of one depth and kind."""
    for (_, is_all), group in groupby(order, key=lambda made: (depth[made[1]], made[0][0])):
        made = list(group)
        members = [[final[member] for member in key[1]] for key, _ in made]
        first = final[made[0][1]]
        yield _Level(
            join=np.bitwise_and if is_all else np.bitwise_or,
            first=first,
            end=first + len(made),
            members=np.array([member for each in members for member in each], np.intp),
            starts=np.cumsum([0, *map(len, members[:-1])]),
        )
