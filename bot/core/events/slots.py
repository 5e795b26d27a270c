"""The values of an event: places a pattern kept, labels by their cues, and the nearest mention of the right kind."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.core.events.compile import Hit, PhraseSet
from bot.core.events.definitions import Fill
from bot.core.events.matching import Candidate, is_of_clause
from bot.core.events.mentions import Mentions
from bot.core.events.page import Page
from bot.core.model import (
    Bound,
    Evidence,
    Label,
    Precision,
    Quantity,
    Role,
    SlotKind,
    SlotType,
    SlotValue,
    Stance,
    When,
)

_LABEL_BEFORE = 2  # sentences before the trigger's in which a label "nearby" is looked for
_TIME_UNITS = frozenset(("business_day", "day", "week", "month", "year", "hour", "minute"))
_MAX_DISTANCE_CHARS = 160  # farther from the trigger a number belongs to something else
_OF_REACH_CHARS = 60  # what a number counts stands within so many characters after it
_Placed = TypeVar("_Placed", Quantity, When)
_PAPER_OF = re.compile(
    rb"(?:(?:offer|demand|proposal|position|package|letter|statement|agreement|contract) (?:of|from|dated)"
    rb"|(?:it|they|he|she|we|management|the (?:company|union|employer|board|hospital|district))"
    rb" (?:had )?(?:first |already |originally )?"
    rb"(?:made|put forward|put|tabled|offered|presented|proposed|brought)(?: (?:in|on|back in|at|last|as early as))?)"
    rb" (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?$"
)
_OTHER_ROLES = (Role.BY, Role.BEFORE, Role.UNTIL, Role.SINCE)  # a pattern keeps such a date by name, or not at all


@dataclass(frozen=True, slots=True)
class Filled:
    """What was found for one event."""

    slots: Mapping[str, SlotValue]
    happened: When | None
    evidence: tuple[Evidence, ...]


def fill_slots(candidate: Candidate, page: Page, mentions: Mentions, phrases: PhraseSet) -> Filled:
    """Find the value of every slot of the event type."""
    values: dict[str, SlotValue] = {}
    evidence: list[Evidence] = []
    for slot in candidate.definition.type.slots.values():
        value = _value(slot, candidate, mentions, phrases)
        if value is None and slot.kind is SlotKind.LABEL and candidate.definition.fills[slot.name].nearby:
            value = _label_nearby(slot, candidate, page, phrases)
        if value is not None:
            values[slot.name] = value
            evidence.extend(_proof(slot.name, value, candidate))
    happened = _happened(candidate, mentions, values)
    if happened is not None and happened.start >= 0:
        evidence.append(Evidence(part="happened", start=happened.start, end=happened.end, pattern=candidate.line.place))
    return Filled(values, happened, tuple(evidence))


def _value(slot: SlotType, candidate: Candidate, mentions: Mentions, phrases: PhraseSet) -> SlotValue | None:
    if slot.kind in (SlotKind.LABEL, SlotKind.LABELS):
        return _label(slot, candidate, phrases)
    if slot.kind is SlotKind.FLAG:
        chosen = candidate.pattern.sets.get(slot.name)
        return chosen == ("true",) if chosen else None
    kept = next(((start, end) for name, start, end in candidate.hit.places if name == slot.name), None)
    if slot.kind is SlotKind.DATE:
        return _overlapping(mentions.times(candidate.view), kept) if kept else None
    if slot.kind is SlotKind.NAME:
        return None
    quantities = [each for each in mentions.quantities(candidate.view) if _fits(slot.kind, each)]
    if kept:
        return _overlapping(quantities, kept)
    found = _nearest(quantities, candidate, candidate.definition.fills.get(slot.name), phrases)
    return _worked_out(candidate, mentions) if found is None and slot.kind is SlotKind.DURATION else found


def _label(slot: SlotType, candidate: Candidate, phrases: PhraseSet) -> SlotValue | None:
    hit = candidate.hit
    text = candidate.view
    found = [Label(value=value, start=hit.start, end=hit.end) for value in candidate.pattern.sets.get(slot.name, ())]
    if slot.kind is SlotKind.LABEL and found:
        return found[0]
    for cue, numbers in phrases.labels(candidate.definition, slot.name):
        places = text.find(numbers)
        found.extend(Label(value=cue.value, start=place.start, end=place.end) for place in places[:1])
    if slot.kind is SlotKind.LABEL:
        return min(found, key=lambda label: _distance(label.start, label.end, hit), default=None)
    unique = {label.value: label for label in reversed(found)}
    return tuple(unique[value] for value in sorted(unique)) or None


def _label_nearby(slot: SlotType, candidate: Candidate, page: Page, phrases: PhraseSet) -> Label | None:
    """Return the last label that the sentences before the trigger's give: "a psychiatrist … From then on, 52 days"."""
    index = candidate.view.index
    for view in reversed(list(page.around(index - 1, _LABEL_BEFORE - 1, 0)) if index else []):
        for cue, numbers in phrases.labels(candidate.definition, slot.name):
            places = view.find(numbers)
            if places:
                return Label(value=cue.value, start=places[-1].start, end=places[-1].end)
    return None


def _fits(kind: SlotKind, quantity: Quantity) -> bool:
    if kind is SlotKind.DURATION:
        return quantity.unit in _TIME_UNITS
    if kind is SlotKind.COUNT:
        return quantity.unit == "count"
    if kind is SlotKind.PERCENT:
        return quantity.unit == "percent"
    return quantity.unit not in _TIME_UNITS and quantity.unit not in ("count", "percent")


def _overlapping(mentions: Iterable[_Placed], kept: tuple[int, int]) -> _Placed | None:
    start, end = kept
    return next((each for each in mentions if each.start < end and start < each.end), None)


def _nearest(
    quantities: list[Quantity], candidate: Candidate, fill: Fill | None, phrases: PhraseSet
) -> Quantity | None:
    if fill is None or not fill.nearest:
        return None
    if fill.of:
        counted = candidate.view.find(phrases.ids(fill.of))
        quantities = [each for each in quantities if _is_of(each, counted)]
    near = [each for each in quantities if _distance(each.start, each.end, candidate.hit) <= _MAX_DISTANCE_CHARS]
    return min(near, key=lambda each: _distance(each.start, each.end, candidate.hit), default=None)


def _worked_out(candidate: Candidate, mentions: Mentions) -> Quantity | None:
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


def _is_of(quantity: Quantity, counted: tuple[Hit, ...]) -> bool:
    return any(hit.end > quantity.end and hit.start - quantity.end <= _OF_REACH_CHARS for hit in counted)


def _happened(candidate: Candidate, mentions: Mentions, values: Mapping[str, SlotValue]) -> When | None:
    times = mentions.times(candidate.view)
    kept = next(((start, end) for name, start, end in candidate.hit.places if name == "happened"), None)
    if kept and (named := _overlapping(times, kept)):
        return _ahead(named, candidate, mentions) or named
    used = {(value.start, value.end) for value in values.values() if isinstance(value, When)}
    free = [each for each in times if (each.start, each.end) not in used and each.role not in _OTHER_ROLES]
    measured = [(value.start, value.end) for value in values.values() if isinstance(value, Quantity)]
    free = [each for each in free if not any(low < each.end and each.start < high for low, high in measured)]
    free = [each for each in free if is_of_clause(candidate, each.start, each.end) and not _is_onward(each, candidate)]
    free = [each for each in free if not _names_a_paper(each, candidate)]
    return min(free, key=lambda each: _distance(each.start, each.end, candidate.hit), default=None)


def _ahead(named: When, candidate: Candidate, mentions: Mentions) -> When | None:
    """Return the first date still to come of a plan whose nearest date is not: "said Monday that they meet Tuesday"."""
    published = mentions.published
    if candidate.pattern.stance is not Stance.PLANNED or published is None or named.first > published.last:
        return None
    return next((each for each in mentions.times(candidate.view) if each.first > published.last), None)


def _is_onward(when: When, candidate: Candidate) -> bool:
    """Tell whether it is the beginning of what still goes on: "from the first day of the strike on"."""
    view = candidate.view
    before = view.copy[: max(0, when.start - view.start)]
    return before.endswith((b"from ", b"from the ")) and view.copy[when.end - view.start :].startswith(b" on")


def _names_a_paper(when: When, candidate: Candidate) -> bool:
    """Tell whether it says which offer or letter is meant: "repeated its demand of February 2"."""
    view = candidate.view
    return _PAPER_OF.search(view.copy[: max(0, when.start - view.start)]) is not None


def _distance(start: int, end: int, hit: Hit) -> int:
    return max(start - hit.end, hit.start - end, 0)


def _proof(slot: str, value: SlotValue, candidate: Candidate) -> Iterable[Evidence]:
    places = value if isinstance(value, tuple) else (value,)
    for place in places:
        if not isinstance(place, bool) and place.start >= 0:
            yield Evidence(part=f"slot:{slot}", start=place.start, end=place.end, pattern=candidate.line.place)
