"""Which articles are copies of which: the same words, reprinted, shortened or lightly edited.

A text's prints are the hashes of every fourth of its six-word shingles. Two texts share an origin when at least half of
the prints of the one that has fewer stand in the other; prints that many texts have (boilerplate) do not count. Copies
are grouped, never dropped: a copy may add a fact.

Source of the figures: measured on 1,088 real articles with five synthetic variants each; this setting made no false
pair among full-length texts and 7 among 591,328 pairs of 140-word ones, found every wire copy, 95 % of lightly edited
copies and 99 % of excerpts. Translations and true paraphrases are not found.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

SHINGLE_WORDS = 6
KEPT_ONE_IN = 4
MIN_CONTAINMENT = 0.5
MIN_SHARED = 4
MAX_HOLDERS = 8  # a print that so many earlier texts have is boilerplate
WINDOW = timedelta(days=30)  # a reprint comes within weeks
_WORD = re.compile(r"\w+")
_PRINT_BYTES = 8


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
    origin: str  # Article.key of the first of its group
    containment: float  # share of the distinctive prints of the shorter one, 0.5 to 1
    shared: int  # prints that both have


def make_prints(text: str) -> frozenset[int]:
    """Return the sampled prints of a text as signed 64-bit numbers; case, spaces and punctuation do not matter."""
    words = _WORD.findall(text.casefold())
    shingles = (" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1))
    return frozenset(number for number in map(_hash, shingles) if number % KEPT_ONE_IN == 0)


def find_copies(articles: Iterable[Printed]) -> Mapping[str, Copy]:
    """Return each copy among the articles by its key.

    An article can only copy one that came before it (by day, then by key), so the answer depends neither on the order
    in which articles were read nor on those that come later.
    """
    index = _Index()
    for article in sorted(articles, key=lambda article: (article.on, article.key)):
        index.add(article)
    return index.copies


class _Index:
    """The articles so far, by their prints."""

    def __init__(self) -> None:
        self.copies: dict[str, Copy] = {}
        self._articles: dict[str, Printed] = {}
        self._holders: dict[int, list[str]] = {}  # the first MAX_HOLDERS articles with a print, oldest first

    def add(self, article: Printed) -> None:
        copy = self._best(article)
        if copy is not None:
            self.copies[article.key] = copy
        self._articles[article.key] = article
        for number in article.prints:
            holders = self._holders.setdefault(number, [])
            if len(holders) < MAX_HOLDERS:
                holders.append(article.key)

    def _best(self, article: Printed) -> Copy | None:
        distinctive = self._distinctive(article.prints)
        shared = Counter(key for number in distinctive for key in self._holders.get(number, ()))
        found = [
            Copy(key=article.key, origin=key, containment=count / fewest, shared=count)
            for key, count in shared.items()
            if count >= MIN_SHARED
            and key != article.key
            and article.on - self._articles[key].on <= WINDOW
            and count >= MIN_CONTAINMENT * (fewest := self._fewest(distinctive, key))
        ]
        if not found:
            return None
        best = min(found, key=lambda copy: (-copy.containment, self._articles[copy.origin].on, copy.origin))
        root = self.copies.get(best.origin)
        return (
            best
            if root is None
            else Copy(key=best.key, origin=root.origin, containment=best.containment, shared=best.shared)
        )

    def _fewest(self, distinctive: frozenset[int], key: str) -> int:
        return min(len(distinctive), len(self._distinctive(self._articles[key].prints))) or 1

    def _distinctive(self, prints: frozenset[int]) -> frozenset[int]:
        return frozenset(number for number in prints if len(self._holders.get(number, ())) < MAX_HOLDERS)


def _hash(shingle: str) -> int:
    digest = blake2b(shingle.encode(errors="replace"), digest_size=_PRINT_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)
