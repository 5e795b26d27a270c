"""The values of an event: places a pattern kept, labels by their cues, and the nearest mention of the right kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.core.events.compile import Hit, PhraseSet
from bot.core.events.computed import PUBLISHED, work_out
from bot.core.events.counting import nearest, told_close_by, with_further, worked_out, yields_to
from bot.core.events.dating import find_happened
from bot.core.events.matching import Candidate
from bot.core.events.mentions import Mentions
from bot.core.events.page import Page, SentenceView
from bot.core.model import (
    Bound,
    Evidence,
    Label,
    Quantity,
    SlotKind,
    SlotType,
    SlotValue,
    When,
)

_UNIT_BEFORE = 3  # sentences before it in which the unit of a bare number stands
_LABEL_BEFORE = 2  # sentences before the trigger's in which a label "nearby" is looked for
_TIME_UNITS = frozenset(("business_day", "day", "week", "month", "year", "hour", "minute"))
_Placed = TypeVar("_Placed", Quantity, When)


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
        value = _value(slot, candidate, page, mentions, phrases)
        if value is None and slot.kind is SlotKind.LABEL and candidate.definition.fills[slot.name].nearby:
            value = _label_nearby(slot, candidate, page, phrases)
        if value is not None:
            values[slot.name] = value
            evidence.extend(_proof(slot.name, value, candidate))
    happened = find_happened(candidate, mentions, values)
    values.update(work_out(candidate.definition.computed, values, happened, mentions.published))
    if happened is not None and happened.start >= 0:
        evidence.append(Evidence(part="happened", start=happened.start, end=happened.end, pattern=candidate.line.place))
    return Filled(values, happened, tuple(evidence))


def fill_from_around(
    filled: Filled, candidate: Candidate, page: Page, mentions: Mentions, phrases: PhraseSet
) -> Filled:
    """Add the counts that the event's own sentence leaves out, or leaves vague, and others state."""
    added: dict[str, Quantity] = {}
    for name, fill in candidate.definition.fills.items():
        own = filled.slots.get(name)
        vague = isinstance(own, Quantity) and own.bound is Bound.VAGUE
        if not (fill.nearby and fill.of) or not (own is None or vague):
            continue
        found = told_close_by(candidate, fill, page, mentions, phrases)
        if found is not None and (not isinstance(own, Quantity) or yields_to(own, found)):
            added[name] = found
    if not added:
        return filled
    proof = (each for name, value in added.items() for each in _proof(name, value, candidate))
    return Filled({**filled.slots, **added}, filled.happened, (*filled.evidence, *proof))


def _value(
    slot: SlotType, candidate: Candidate, page: Page, mentions: Mentions, phrases: PhraseSet
) -> SlotValue | None:
    if slot.kind in (SlotKind.LABEL, SlotKind.LABELS):
        return _label(slot, candidate, phrases)
    if slot.kind is SlotKind.FLAG:
        chosen = candidate.pattern.sets.get(slot.name)
        return chosen == ("true",) if chosen else None
    kept = candidate.kept(slot.name)
    if slot.kind is SlotKind.DATE:
        return _overlapping(mentions.times(kept[0]), kept) if kept else None
    if slot.kind is SlotKind.NAME or _is_computed(slot.name, candidate):
        return None
    view = kept[0] if kept else candidate.view
    quantities = [each for each in mentions.quantities(view) if _fits(slot.kind, each)]
    own = _overlapping(quantities, kept) if kept else None
    if own is None and kept and slot.kind is SlotKind.DURATION and candidate.pattern.unit:
        bare = _overlapping([each for each in mentions.quantities(view) if each.unit == "count"], kept)
        own = bare and replace(bare, unit=_unit_before(candidate, page, mentions) or candidate.pattern.unit)
    if own is not None:
        return with_further(own, quantities, view)
    found = (
        None
        if kept and slot.kind is not SlotKind.COUNT
        else nearest(quantities, candidate, candidate.definition.fills.get(slot.name), phrases)
    )
    return worked_out(candidate, mentions) if found is None and slot.kind is SlotKind.DURATION else found


def _unit_before(candidate: Candidate, page: Page, mentions: Mentions) -> str:
    """Return the unit that the sentences before tell lengths in: "in five working days. For a dentist it is nine."."""
    index = candidate.view.index
    for view in reversed(list(page.around(index - 1, _UNIT_BEFORE - 1, 0)) if index else []):
        told = [each.unit for each in mentions.quantities(view) if each.unit in _TIME_UNITS]
        if told:
            return told[-1]
    return ""


def _label(slot: SlotType, candidate: Candidate, phrases: PhraseSet) -> SlotValue | None:
    hit = candidate.hit
    text = candidate.view
    found = [Label(value=value, start=hit.start, end=hit.end) for value in candidate.pattern.sets.get(slot.name, ())]
    if slot.kind is SlotKind.LABEL and found:
        return found[0]
    for cue, numbers in phrases.labels(candidate.definition, slot.name):
        found.extend(Label(value=cue.value, start=place.start, end=place.end) for place in text.find(numbers))
    if slot.kind is SlotKind.LABEL:  # of two that end together, as "non-urgent visits" and "urgent visits", the longer
        return min(found, key=lambda each: (_distance(each.start, each.end, hit), each.start - each.end), default=None)
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


def _is_computed(slot: str, candidate: Candidate) -> bool:
    """Tell whether the pattern kept both of what the slot is worked out from, so that no number beside it counts."""
    return any(
        each.slot == slot and all(name == PUBLISHED or candidate.kept(name) for name in (each.first, each.second))
        for each in candidate.definition.computed
    )


def _overlapping(mentions: Iterable[_Placed], kept: tuple[SentenceView, int, int]) -> _Placed | None:
    _, start, end = kept
    return next((each for each in mentions if each.start < end and start < each.end), None)


def _distance(start: int, end: int, hit: Hit) -> int:
    return max(start - hit.end, hit.start - end, 0)


def _proof(slot: str, value: SlotValue, candidate: Candidate) -> Iterable[Evidence]:
    places = value if isinstance(value, tuple) else (value,)
    for place in places:
        if not isinstance(place, bool) and place.start >= 0:
            yield Evidence(part=f"slot:{slot}", start=place.start, end=place.end, pattern=candidate.line.place)
