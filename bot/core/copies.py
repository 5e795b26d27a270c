"""Which articles are copies of which: the same words, reprinted, shortened or lightly edited.

A text's prints are the hashes of every fourth of its six-word shingles. Two texts share an origin when at least half of
the prints of the one that has fewer stand in the other; prints that many texts have (boilerplate) do not count. Copies
are grouped, never dropped: a copy may add a fact.

Source of the figures: measured on 1,088 real articles with five synthetic variants each; this setting made no false
pair among full-length texts and 7 among 591,328 pairs of 140-word ones, found every wire copy, 95 % of lightly edited
copies and 99 % of excerpts. Translations and true paraphrases are not found.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b

SHINGLE_WORDS = 6
KEPT_ONE_IN = 4
MIN_CONTAINMENT = 0.5
MIN_SHARED = 4
MAX_HOLDERS = 8  # a print that so many earlier texts within the window have is boilerplate
WINDOW = timedelta(days=30)  # a reprint comes within weeks
_WORD = re.compile(r"\w+")
_WORD_BYTES = 8
_FACTOR = 0x9E3779B97F4A7C15  # odd, its bits well mixed: the golden ratio times 2**64
_BITS = (1 << 64) - 1
_SIGN = 1 << 63
_OUTGOING = pow(_FACTOR, SHINGLE_WORDS, 1 << 64)  # what the word that leaves a shingle was multiplied by
_KEPT_BELOW = (1 << 64) // KEPT_ONE_IN
_KNOWN_WORDS = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """One article as far as copying goes."""

    key: str  # Article.key
    on: date  # when it came out, or was learned
    prints: frozenset[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One article that repeats an earlier one."""

    key: str
    origin: str  # Article.key of the one it repeats
    containment: float  # share of the distinctive prints of the shorter one, 0.5 to 1
    shared: int  # prints that both have


def make_prints(text: str) -> frozenset[int]:
    """Return the sampled prints of a text as signed 64-bit numbers; case, spaces and punctuation do not matter."""
    numbers = [_word_number(word) for word in _WORD.findall(text.casefold())]
    prints, rolling = set(), 0
    for place, number in enumerate(numbers):
        leaving = numbers[place - SHINGLE_WORDS] * _OUTGOING if place >= SHINGLE_WORDS else 0
        rolling = (rolling * _FACTOR + number - leaving) & _BITS
        if rolling < _KEPT_BELOW and place >= SHINGLE_WORDS - 1:
            prints.add(rolling * KEPT_ONE_IN - _SIGN)
    return frozenset(prints)


def find_copies(articles: Iterable[Printed]) -> Mapping[str, Copy]:
    """Return each copy among the articles by its key, with the first of its group as the origin.

    An article can only copy one that came before it (by day, then by key), so the answer depends neither on the order
    in which articles were read nor on those that come later.
    """
    in_order = sorted(articles, key=lambda article: (article.on, article.key))
    nearest = {copy.key: copy for copy in nearest_originals(in_order)}
    first = first_originals({copy.key: copy.origin for copy in nearest.values()})
    return {
        copy.key: Copy(key=copy.key, origin=first[copy.key], containment=copy.containment, shared=copy.shared)
        for copy in nearest.values()
    }


def nearest_originals(in_order: Iterable[Printed]) -> Iterator[Copy]:
    """Give each copy with the one earlier article that it is most like, which may be a copy itself.

    What is said of an article rests on those of the thirty days before it and on nothing else.

    Args:
        in_order: by day, then by key.
    """
    window = _Window()
    for article in in_order:
        window.leave(article.on - WINDOW)
        copy = window.best(article)
        window.enter(article)
        if copy is not None:
            yield copy


def first_originals(origin_by_copy: Mapping[str, str]) -> dict[str, str]:
    """Return the first article of its group for each copy."""
    first = {}
    for key, origin in origin_by_copy.items():
        while origin in origin_by_copy:
            origin = origin_by_copy[origin]  # noqa: PLW2901 - the chain is what the loop walks
        first[key] = origin
    return first


class _Window:
    """The articles of the last days, by their prints.

    Most prints stand in one text alone, so what is asked for each article is asked of whole sets at once.
    """

    def __init__(self) -> None:
        self._in_order: deque[Printed] = deque()
        self._articles: dict[str, Printed] = {}
        self._first: dict[int, str] = {}  # the oldest article that has a print
        self._more: dict[int, deque[str]] = {}  # the others, oldest first; none is empty
        self._boilerplate: set[int] = set()

    def enter(self, article: Printed) -> None:
        self._in_order.append(article)
        self._articles[article.key] = article
        shared = article.prints & self._first.keys()
        self._first.update(dict.fromkeys(article.prints - shared, article.key))
        for number in shared:
            holders = self._more.get(number)
            if holders is None:
                self._more[number] = deque((article.key,))
                continue
            holders.append(article.key)
            if len(holders) == MAX_HOLDERS - 1:  # with the oldest
                self._boilerplate.add(number)

    def leave(self, before: date) -> None:
        while self._in_order and self._in_order[0].on < before:
            article = self._in_order.popleft()
            del self._articles[article.key]
            shared = article.prints & self._more.keys()
            for number in article.prints - shared:
                del self._first[number]
            for number in shared:  # whoever came first leaves first
                holders = self._more[number]
                self._first[number] = holders.popleft()
                if len(holders) == MAX_HOLDERS - 2:
                    self._boilerplate.discard(number)
                if not holders:
                    del self._more[number]

    def best(self, article: Printed) -> Copy | None:
        distinctive = article.prints - self._boilerplate
        known = distinctive & self._first.keys()
        shared = Counter(map(self._first.__getitem__, known))
        for number in known & self._more.keys():
            shared.update(self._more[number])
        found = [
            Copy(key=article.key, origin=key, containment=count / fewest, shared=count)
            for key, count in shared.items()
            if count >= MIN_SHARED and count >= MIN_CONTAINMENT * (fewest := self._fewest(distinctive, key))
        ]
        return min(
            found, key=lambda copy: (-copy.containment, self._articles[copy.origin].on, copy.origin), default=None
        )

    def _fewest(self, distinctive: frozenset[int], key: str) -> int:
        return min(len(distinctive), len(self._articles[key].prints - self._boilerplate)) or 1


@lru_cache(maxsize=_KNOWN_WORDS)
def _word_number(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(errors="replace"), digest_size=_WORD_BYTES).digest(), "big")
