"""Which of several numbers belongs to an event: the nearest that counts the right thing, here or close by."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.core.events.compile import Hit, PhraseSet
from bot.core.events.definitions import Fill
from bot.core.events.matching import Candidate
from bot.core.events.mentions import Mentions
from bot.core.events.page import Page, SentenceView
from bot.core.model import Bound, Precision, Quantity

_MAX_DISTANCE_CHARS = 160  # farther from the trigger a number belongs to something else
_OF_REACH_CHARS = 60  # what a number counts stands within so many characters after it
_NUMBER_REACH_CHARS = 48  # how far before what it counts a number can begin
_PLACES = 12  # how many sentences that name what is counted are tried, nearest first
# Between a number and what it counts stand words that describe it, no phrase: "6 on Monday, when the night crew"
_APART = re.compile(
    rb"[;:()]|\b(?:on|in|at|for|when|by|to|from|with|after|before|until|who|that|which|is|are|was|were|has|have|had"
    rb"|than|per|percent|while|as|will|would)\b"
)
_PLACES_OF_WORK = (
    rb"(?:homes|hospitals|trusts|clinics|polyclinics|sites|wards|units|branches|schools|campuses|agencies|companies|firms"
    rb"|stations|depots|terminals|offices|unions)\b"
)
# "three nursing homes" and "four clinics' nurses" count no nurses
_PLACE_BEHIND = re.compile(rb"[ -](?:care )?" + _PLACES_OF_WORK)
_PLACE_BETWEEN = re.compile(rb"\b" + _PLACES_OF_WORK)
_PLACES_COUNTED = re.compile(rb"(?: (?!of\b|in\b|at\b|on\b)[a-z'-]+){0,3} " + _PLACES_OF_WORK)
_SUBJECT = re.compile(
    rb" (?:of (?:them|these|those) )?(?:(?:are|were|is|was|have|had|has|remain|have been|had been) )?"
)
_OF_THEM = re.compile(rb",? (?:of (?:us|them|those|these)\b|in all\b|in total\b|all told\b|altogether\b)")
_NUMERAL = re.compile(
    rb"[0-9]|\b(?:hundred|thousand|dozen|million)s?\b|\b(?:three|four|five|six|seven|eight|nine|ten)\b"
)
_FURTHER = re.compile(rb"^[^.;:,]{0,60},? (?:and|plus) (?:a further|another|an additional|also) $")


def nearest(
    quantities: Sequence[Quantity], candidate: Candidate, fill: Fill | None, phrases: PhraseSet
) -> Quantity | None:
    """Return the quantity of the sentence that stands nearest to the trigger and counts what the slot holds.

    Args:
        quantities: of the sentence, of the slot's kind.
        candidate: the event.
        fill: how the slot is filled; None fills nothing.
        phrases: the compiled phrases.
    """
    if fill is None or not fill.nearest:
        return None
    if (one := _single(quantities, candidate, fill, phrases)) is not None:
        return one
    view = candidate.view
    fitting = (
        list(_counting(quantities, view, view.find(phrases.counted(candidate.definition, fill.slot))))
        if fill.of
        else [each for each in quantities if _PLACES_COUNTED.match(view.copy, each.end - view.start) is None]
    )
    if not fitting:
        fitting = [each for each in quantities if _counts_them(each, view) or _is_edge(each, candidate)]
    near = [each for each in fitting if _distance(each, candidate.hit) <= _MAX_DISTANCE_CHARS]
    found = min(near, key=lambda each: _distance(each, candidate.hit), default=None)
    return None if found is None else with_further(found, quantities, view)


def _single(quantities: Sequence[Quantity], candidate: Candidate, fill: Fill, phrases: PhraseSet) -> Quantity | None:
    """Return a count of one where the trigger tells of one person's own, and no number: "her scan was cancelled"."""
    view, hit = candidate.view, candidate.hit
    numbers = phrases.singles(candidate.definition, fill.slot)
    if not numbers or any(each.start < hit.end and hit.start < each.end for each in quantities):
        return None
    own = next((place for place in view.find(numbers) if place.overlaps(hit)), None)
    if own is None:
        return None
    return Quantity(text="1", start=own.start, end=own.end, low=1, high=1, unit="count")


def worked_out(candidate: Candidate, mentions: Mentions) -> Quantity | None:
    """Return the length of a span of dates that the trigger touches: "took from Halloween until Presidents Day"."""
    hit = candidate.hit
    for when in mentions.times(candidate.view):
        if when.precision is Precision.WINDOW and when.text[:5].lower() == "from " and when.start < hit.end:
            days = float((when.last - when.first).days)
            if hit.start < when.end and days > 0:
                return Quantity(
                    text=when.text, start=when.start, end=when.end, low=days, high=days, unit="day", bound=Bound.ABOUT
                )
    return None


def told_close_by(
    candidate: Candidate, fill: Fill, page: Page, mentions: Mentions, phrases: PhraseSet
) -> Quantity | None:
    """Return the count of the same things that the nearest sentence around gives, of two the one before."""
    numbers = phrases.counted(candidate.definition, fill.slot)
    counted = page.numbered.get(numbers)
    if counted is None:
        counted = page.numbered[numbers] = dict(_numbered(page, numbers))
    for index in _nearest_places(list(counted), candidate.view.index):
        view = page.views[index]
        stated = [each for each in mentions.quantities(view) if each.unit == "count" and each.bound is not Bound.VAGUE]
        if (found := next(_counting(stated, view, counted[index]), None)) is not None:
            return found
    return None


def _numbered(page: Page, numbers: frozenset[int]) -> Iterator[tuple[int, tuple[Hit, ...]]]:
    """Yield the sentences that name one of the things, with the places where a numeral stands before it."""
    for view in page.views:
        places = view.find(numbers) if view.index not in page.skipped else ()
        told = tuple(Hit(hit.start, hit.start + 1) for hit in places if _has_numeral(page.copy, hit.start))
        if told:
            yield view.index, told


def _has_numeral(copy: bytes, end: int) -> bool:
    return _NUMERAL.search(copy, max(0, end - _NUMBER_REACH_CHARS), end) is not None


def _nearest_places(indexes: Sequence[int], own: int) -> list[int]:
    """Return those of the sentences that are to be tried for the one at `own`, of two as near the one before first."""
    at = bisect_left(indexes, own)
    near = [index for index in indexes[max(0, at - _PLACES) : at + _PLACES + 1] if index != own]
    return sorted(near, key=lambda index: (abs(index - own), index > own))[:_PLACES]


def yields_to(value: Quantity, stated: Quantity) -> bool:
    """Tell whether a count in words is the one that is stated in figures elsewhere: "thousands" and 3,500."""
    if value.bound is not Bound.VAGUE or value.low is None or value.high is None or stated.low is None:
        return False
    return value.low <= stated.low <= value.high


def with_further(found: Quantity, quantities: Sequence[Quantity], view: SentenceView) -> Quantity:
    """Add what is told as more of the same: "736 appointments and a further 125"."""
    if found.unit != "count" or found.low is None or found.high is None:
        return found
    for more in quantities:
        between = view.copy[found.end - view.start : more.start - view.start] if more.start > found.end else b""
        if between and more.low is not None and more.high is not None and _FURTHER.search(between):
            return replace(found, low=found.low + more.low, high=found.high + more.high)
    return found


def _counting(quantities: Sequence[Quantity], view: SentenceView, counted: Sequence[Hit]) -> Iterator[Quantity]:
    """Yield the quantities that have one of the counted things right behind them."""
    for each in quantities:
        if each.per is None and any(_is_of(each, hit, view) for hit in counted):
            yield each


def _counts_them(quantity: Quantity, view: SentenceView) -> bool:
    """Tell whether it counts who or what was named before: "640 of them", "the crews, 46 in all"."""
    return quantity.per is None and _OF_THEM.match(view.copy, quantity.end - view.start) is not None


def _is_edge(quantity: Quantity, candidate: Candidate) -> bool:
    """Tell whether the trigger begins or ends with it, or it is its subject: "found nine", "Nine are [finished]"."""
    hit, view = candidate.hit, candidate.view
    between = view.copy[quantity.end - view.start : max(quantity.end, hit.start) - view.start]
    is_subject = quantity.end < hit.start and _SUBJECT.fullmatch(between) is not None
    return quantity.per is None and (is_subject or quantity.start == hit.start or quantity.end == hit.end)


def _is_of(quantity: Quantity, hit: Hit, view: SentenceView) -> bool:
    if hit.end <= quantity.end or hit.start - quantity.end > _OF_REACH_CHARS:
        return False
    if _PLACE_BEHIND.match(view.copy, hit.end - view.start) is not None:
        return False
    between = view.copy[quantity.end - view.start : max(quantity.end, hit.start) - view.start]
    return _APART.search(between) is None and _PLACE_BETWEEN.search(between) is None


def _distance(quantity: Quantity, hit: Hit) -> int:
    return max(quantity.start - hit.end, hit.start - quantity.end, 0)
