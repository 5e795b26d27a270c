"""Words that must stand in a sentence for a phrase to stand there: what an index can look up before any matching.

`needed` of a phrase is a tree: a set of words (one of them), All of several (each), Any of several (one). An index
takes the rarest part of it as keys and asks for the others afterwards.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.core.text.lexicon import words

PERCENT_SIGN, MONEY_SIGN = "%", "$"  # stand among the words of a sentence that holds such a sign
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

Way = tuple[Words, tuple[Words, ...]]
"""One way to meet a need: the keys, one of which must stand, and the sets that must each have a word there, too."""

_RUN = re.compile(r"[a-z0-9]*")
_VERY_COMMON = 60  # in most sentences
_COMMON = 15  # in every second paragraph
_FAMILIAR = 4  # in every second article of this field
_WEIGHTS: Mapping[str, int] = (
    dict.fromkeys(
        words(
            "week weeks month months day days work works worked working worker workers hospital hospitals health care "
            "patient patients union unions strike strikes plan plans company state nurse nurses contract monday "
            "tuesday wednesday thursday friday saturday sunday public school says told management staff members "
            "department agency office community local county city group part end set use used need still"
        ),
        _FAMILIAR,
    )
    | dict.fromkeys(
        words(
            "i we you he she they their an or but were been which who its his her will said all if no would there so "
            "more can than when one about up out what them some into over after could also any only other time two "
            "new first now our just like may most these then because how before through being where between year "
            "years people last many get made make three do does did go going take took since under while during "
            "against off down back very even such much both each own same per next until us my me him your those "
            "way well see say here long come came put t d ll ve re m % $"
        ),
        _COMMON,
    )
    | dict.fromkeys(
        words("the of and to in a is that for on was with it as at by be from are have has had not this s"),
        _VERY_COMMON,
    )
)


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


def ways(needed: Needed) -> Iterator[Way]:
    """Yield the ways to meet a need, each looked up by its rarest words."""
    match needed:
        case None:
            return
        case Any(parts):
            for part in parts:
                yield from ways(part)
        case All(parts):
            rarest = min(parts, key=_weight)
            others = tuple(_flat(part) for part in parts if part is not rarest)
            for keys, more in ways(rarest):
                yield keys, (*more, *others)
        case _:
            yield needed, ()


@lru_cache(maxsize=20_000)
def _flat(needed: Needed) -> Words:
    """Return one set of words of which one must stand: of what All needs the rarest part."""
    match needed:
        case None:
            return frozenset()
        case Any(parts):
            return frozenset().union(*(_flat(part) for part in parts))
        case All(parts):
            return _flat(min(parts, key=_weight))
        case _:
            return needed


@lru_cache(maxsize=20_000)
def _weight(needed: Needed) -> int:
    """Return how often it is to be expected, on no scale but its own."""
    return sum(_WEIGHTS.get(word, 1) for word in _flat(needed))


def _starts(parts: list[str]) -> Iterator[str]:
    """Yield the first run of letters of a word whose hyphens may also be blanks or missing."""
    run = _RUN.match(parts[0])
    first = run.group() if run is not None else ""
    yield first
    if first == parts[0] and len(parts) > 1:
        for rest in _starts(parts[1:]):
            yield first + rest
