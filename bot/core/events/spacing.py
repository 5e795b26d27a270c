"""How far apart the words of a phrase may stand: a quick look that saves looking for a phrase where it cannot be.

Places are counted in blocks, the stretches between blanks that hold a letter or a digit. What a phrase needs is a chain
of links: a set of words, one of which stands at most so many blocks behind the link before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.events.blocks import Called, blocks_of, share
from bot.core.events.keywords import Words

_Order = tuple[tuple[int, tuple[int, ...]], ...]
"""Sets of words by number, each with the shifts that bring the set before it there."""


@dataclass(frozen=True, slots=True)
class Link:
    """A word of a phrase that must stand somewhere behind the link before it."""

    words: Words  # one of them
    reach: int  # the most blocks from the link before it; of the first one, from where the phrase begins


@dataclass(frozen=True, slots=True)
class Chain:
    """The links of a phrase, or of a part of it, in their order."""

    links: tuple[Link, ...] = ()
    tail: int = 0  # the most blocks from the last link to the end; without a link, from the beginning

    @property
    def length(self) -> int:
        """The most blocks from the beginning to the end."""
        return sum(link.reach for link in self.links) + self.tail


def one_behind_the_other(chains: Sequence[Chain], steps: Sequence[int]) -> Chain:
    """Return the chain of parts that stand one behind the other.

    Args:
        chains: of the parts; one that may be missing has no links.
        steps: the most blocks from the end of the part before to each part; 0 for the first.
    """
    links: list[Link] = []
    tail = 0
    for chain, step in zip(chains, steps, strict=True):
        tail += step
        if chain.links:
            first = chain.links[0]
            links += [replace(first, reach=first.reach + tail), *chain.links[1:]]
            tail = 0
        tail += chain.tail
    return Chain(tuple(links), tail)


def any_chain(chains: Sequence[Chain]) -> Chain:
    """Return the chain of a choice: the most telling word of each branch, as far from both ends as it ever is."""
    if not all(chain.links for chain in chains):
        return Chain(tail=max(chain.length for chain in chains))
    told = [_cut(chain) for chain in chains]
    words = frozenset().union(*(chain.links[0].words for chain in told))
    reach = max(chain.links[0].reach for chain in told)
    return Chain((Link(words, reach),), max(chain.tail for chain in told))


def maybe(chain: Chain) -> Chain:
    """Return the chain of a part that may be missing."""
    return Chain(tail=chain.length)


def _cut(chain: Chain) -> Chain:
    """Keep the link with the longest words, which are the rarest."""
    if len(chain.links) == 1:
        return chain
    at = max(range(len(chain.links)), key=lambda place: min(map(len, chain.links[place].words)))
    reach = sum(link.reach for link in chain.links[: at + 1])
    return Chain((Link(chain.links[at].words, reach),), chain.length - reach)


def shifts(reach: int) -> tuple[int, ...]:
    """Return by how much a mask is to be shifted, one after the other, so that each bit covers the next `reach`."""
    found: list[int] = []
    covered = 0
    while covered < reach:
        found.append(min(covered + 1, reach - covered))
        covered += found[-1]
    return tuple(found)


class Spacing:
    """The chains of every phrase, with their sets of words numbered; a phrase is called by its place in `chains`."""

    def __init__(self, chains: Sequence[tuple[Chain, ...]]) -> None:
        self._number_by_words: dict[Words, int] = {}
        self._orders = [self._telling(each) for each in chains]
        self._words = [frozenset(word.encode() for word in words) for words in self._number_by_words]

    def _telling(self, chains: tuple[Chain, ...]) -> tuple[_Order, ...]:
        """Return the orders of a phrase; none where one of them has a single link, which is there as the index says."""
        return tuple(self._order(chain) for chain in chains) if all(len(each.links) > 1 for each in chains) else ()

    def _order(self, chain: Chain) -> _Order:
        numbers = self._number_by_words
        return tuple((numbers.setdefault(link.words, len(numbers)), shifts(link.reach)) for link in chain.links)

    def tells(self, number: int) -> bool:
        """Tell whether there is more to a phrase than that its words stand in the sentence."""
        return bool(self._orders[number])

    def allows(self, number: int, blocks: "Blocks") -> bool:
        """Tell whether the words of a phrase stand in one of its orders, and near enough, in a sentence."""
        orders = self._orders[number]
        for order in orders:  # no `any`: a generator for each of the thousand calls of an article would take as long
            if blocks.hold(order, self._words):
                return True
        return not orders


class Blocks:
    """Where the words of one sentence stand, as masks with a bit for each block."""

    def __init__(self, sentence: bytes, called: Called) -> None:
        self._mask_by_word = _masks(sentence)
        share(self._mask_by_word, called)
        self._mask_by_set: dict[int, int] = {}

    def hold(self, order: _Order, words: Sequence[frozenset[bytes]]) -> bool:
        """Tell whether the links of an order stand here, none too far behind the one before."""
        found = -1
        for number, steps in order:
            for step in steps if found > 0 else ():
                found |= found << step
            mask = self._mask_by_set.get(number)
            found &= self._mask(number, words) if mask is None else mask
            if not found:
                return False
        return True

    def _mask(self, number: int, words: Sequence[frozenset[bytes]]) -> int:
        mask = 0
        for word in words[number].intersection(self._mask_by_word):
            mask |= self._mask_by_word[word]
        self._mask_by_set[number] = mask
        return mask


def _masks(sentence: bytes) -> dict[bytes, int]:
    """Return the blocks that each word of a folded sentence stands in."""
    masks: dict[bytes, int] = {}
    bit = 1
    for words in blocks_of(sentence):
        for word in words:
            masks[word] = masks.get(word, 0) | bit
        bit <<= 1
    return masks
