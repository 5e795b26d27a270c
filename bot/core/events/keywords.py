"""Words that must stand in a sentence for a phrase to stand there: what an index can look up before any matching.

`needed` of a phrase is a tree: a set of words (one of them), All of several (each), Any of several (one).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

PERCENT_SIGN, MONEY_SIGN = "%", "$"  # stand among the words of a sentence that holds such a sign
DIGITS = "0"  # stands where a word begins with a digit
ENDING = "*"  # before an ending: stands where a word ends so
MIN_ENDING = 3  # letters by which endings are looked up
Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class All:
    """Each of the parts is needed."""

    parts: tuple["Needed", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of the parts is needed."""

    parts: tuple["Needed", ...]


Needed = Words | All | Any | None
"""None where a phrase needs no word that could be looked up."""

_RUN = re.compile(r"[a-z0-9]*")


def any_of(parts: Iterable[Needed]) -> Needed:
    """Return what a choice needs: nothing where one of its branches needs nothing."""
    listed = tuple(dict.fromkeys(parts))
    if None in listed:
        return None
    return listed[0] if len(listed) == 1 else Any(listed)


def all_of(parts: Iterable[Needed]) -> Needed:
    """Return what a sequence needs."""
    listed = tuple(dict.fromkeys(part for part in parts if part is not None))
    if len(listed) < 2:  # noqa: PLR2004 (a single part stands for itself)
        return listed[0] if listed else None
    return All(listed)


@lru_cache(maxsize=20_000)  # the words of a few thousand patterns
def of_forms(forms: tuple[str, ...]) -> Words:
    """Return what a word in any of its forms needs: its beginning, up to the first sign that is no letter or digit."""
    return frozenset(start + ending for form in forms for start in _starts(form.split("-")) for ending in ("", "s"))


def of_endings(forms: tuple[str, ...]) -> Words | None:
    """Return what any word with one of the endings needs; nothing where one is too short to be looked up."""
    endings = of_forms(forms)
    is_short = any(len(ending) < MIN_ENDING for ending in endings)
    return None if is_short else frozenset(f"{ENDING}{ending}" for ending in endings)


def _starts(parts: list[str]) -> Iterator[str]:
    """Yield the first run of letters of a word whose hyphens may also be blanks or missing."""
    run = _RUN.match(parts[0])
    first = run.group() if run is not None else ""
    yield first
    if first == parts[0] and len(parts) > 1:
        for rest in _starts(parts[1:]):
            yield first + rest
