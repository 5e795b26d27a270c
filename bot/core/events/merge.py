"""Events of one article that tell the same thing become one, which keeps every mention as evidence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.core.events.dating import TOLD_AROUND
from bot.core.events.definitions import Definition
from bot.core.lengths import LENGTH_DAYS
from bot.core.model import (
    Article,
    Bound,
    Event,
    EventType,
    Evidence,
    Label,
    Precision,
    Quantity,
    SlotType,
    SlotValue,
    Stance,
    When,
)

_FACTUAL = (Stance.FOUND, Stance.REPORTED, Stance.ALLEGED)  # one event may be told in any of them; strongest first
_OPEN = (Stance.PLANNED, Stance.HYPOTHETICAL, Stance.REQUIRED)
STATUS = "status"
ROUNDED = 1.25  # by how much a headline may round a number of the body
SOON = 250  # characters, some two sentences: as near as an order and what became of it are told
MAX_EVIDENCE = 60  # places; a thing told more often than that is not better proven
# "four of his visits", "three home visits"
_COUNTS_IT = re.compile(r" (?:of (?:his|her|their|its|our|my|the|these|those|all) )?(?:[\w'’-]+ )?")
_FINE = (Precision.INSTANT, Precision.DAY)


def merge(events: Iterable[Event], article: Article, types: Mapping[str, Definition]) -> tuple[Event, ...]:
    """Join what tells the same, first mention first; a headline yields to the body.

    Args:
        events: in the order of the text.
        article: for the end of its headline.
        types: for the order of their labels (the mention with the first gives the quote) and what echoes what.
    """
    merged: list[Event] = []
    told = list(events)
    for event in told:
        definition = types[event.type]
        if _is_told_by(event, told, definition):
            continue
        same = (index for index, other in enumerate(merged) if is_same(other, event, article.title_end, definition))
        place = next(same, None)
        if place is None:
            merged.append(event)
        else:
            merged[place] = _joined(merged[place], event, article, definition.type)
    merged = _without_echoes(merged, types)
    return tuple(event for event in merged if not _is_overruled(event, merged, article))


def is_same(one: Event, other: Event, title_end: int, definition: Definition) -> bool:
    """Tell whether two events of one article tell the same thing: nothing that both state differs."""
    if one.type != other.type:
        return False
    in_title = min(one.end, other.end) <= title_end
    if in_title and _is_headed(one, other):
        return True
    slack = definition.apart.get(_values(one.slots.get(STATUS)), 0) if definition.apart else 0
    return (
        _world(one.stance) == _world(other.stance)
        and (one.background is None or other.background is None or one.background == other.background)
        and (not (is_dated(one) and is_dated(other)) or _dates_agree(one.happened, other.happened, slack))
        and all(_agree(one, other, name, in_title=in_title) for name in one.slots)
        and (in_title or _parties_agree(one, other))
    )


def _parties_agree(one: Event, other: Event) -> bool:
    """Tell whether the two may be about the same organisation: they are, unless each sentence names its own."""
    if one.organisation is None or other.organisation is None or not (_names_it(one) and _names_it(other)):
        return True
    return one.organisation.id == other.organisation.id


def _names_it(event: Event) -> bool:
    name = event.organisation
    return name is not None and event.sentence_start <= name.start < event.sentence_start + len(event.sentence)


def _is_headed(one: Event, other: Event) -> bool:
    """Tell whether a headline and the text tell of one event yet to come: the same sum, however sure.

    "Insurers face $20m in fines" is what "the commissioner means to fine them more than $20 million" tells.
    """
    if one.stance not in _OPEN or other.stance not in _OPEN:
        return False
    sums = {name for name, value in one.slots.items() if isinstance(value, Quantity)} & other.slots.keys()
    return bool(sums) and all(_agree(one, other, name, in_title=True) for name in sums)


def _is_told_by(event: Event, told: Iterable[Event], definition: Definition) -> bool:
    """Tell whether another type's event in its sentence is what it tells: "they see the mediator Monday"."""
    if not definition.told_by or any(isinstance(value, tuple) and value for value in event.slots.values()):
        return False
    status = _values(event.slots.get(STATUS))
    return any(
        status in definition.told_by.get(other.type, ()) and other.sentence_start == event.sentence_start
        for other in told
    )


def _without_echoes(merged: list[Event], types: Mapping[str, Definition]) -> list[Event]:
    """Leave out what another event says already, as "it began" does "it goes on": it becomes a mention of that one."""
    kept = dict(enumerate(merged))
    for index, event in enumerate(merged):
        others = (each for each, other in kept.items() if each != index and _covers(other, event, types[event.type]))
        place = next(others, None)
        if place is not None:
            kept[place] = _with_mention(kept[place], event)
            del kept[index]
    return list(kept.values())


def _covers(other: Event, event: Event, definition: Definition) -> bool:
    """Tell whether a dated event says all that another says, or what became of it, right after it."""
    mine, theirs = (_values(each.slots.get(STATUS)) for each in (event, other))
    echoed = theirs in definition.echoes.get(mine, ())
    outcome = theirs in definition.leads_to.get(mine, ()) and 0 <= other.start - event.end < SOON
    return other.happened is not None and (echoed or outcome) and _says_it(other, event)


def _says_it(other: Event, event: Event) -> bool:
    """Tell whether an event says what another says, which counts nothing itself."""
    counted = (value for value in event.slots.values() if isinstance(value, Quantity))
    return (
        other.type == event.type
        and _world(other.stance) == _world(event.stance)
        and event.slots.keys() <= other.slots.keys()
        and not any(_is_told(value, event) for value in counted)
    )


def _with_mention(event: Event, side: Event) -> Event:
    mention = Evidence(part="mention", start=side.start, end=side.end, pattern=_trigger(side))
    return replace(event, evidence=tuple(dict.fromkeys((*event.evidence, mention))))


def _world(stance: Stance) -> Stance:
    return Stance.REPORTED if stance in _FACTUAL else stance


def _dates_agree(one: When | None, other: When | None, days: int = 0) -> bool:
    """Tell whether two dates may be one, or lie so many days apart."""
    if one is None or other is None:
        return True
    slack = timedelta(days=days)
    return one.first <= other.last + slack and other.first <= one.last + slack


def _agree(one: Event, other: Event, slot: str, *, in_title: bool) -> bool:
    mine, theirs = one.slots[slot], other.slots.get(slot)
    if isinstance(mine, Label) and isinstance(theirs, Label):
        return mine.value == theirs.value or (in_title and slot != STATUS)  # a headline says less of what it was for
    if isinstance(mine, Quantity) and isinstance(theirs, Quantity):
        if in_title:
            return _is_rounded(mine, theirs)
        if not _lengths_agree(mine, theirs):
            return False
        both_told = _is_told(mine, one) and _is_told(theirs, other)
        return not both_told or _is_same_number(mine, theirs)
    if isinstance(mine, When) and isinstance(theirs, When):
        return _dates_agree(mine, theirs)
    return True


def _is_same_number(mine: Quantity, theirs: Quantity) -> bool:
    """Tell whether two numbers are one: equal, or one in words that the other may be, "thousands" and 13,000."""
    if mine.unit != theirs.unit:
        return False
    one, other = _range(mine), _range(theirs)
    if (_is_vague(mine) or _is_vague(theirs)) and one is not None and other is not None:
        return one[0] <= other[1] and other[0] <= one[1]
    return (mine.low, mine.high) == (theirs.low, theirs.high)


def _is_rounded(mine: Quantity, theirs: Quantity) -> bool:
    """Tell whether a headline may round a number of the body: "wait months" of 19 weeks, "a million" of 1.1."""
    one, other = _range(mine), _range(theirs)
    if one is None or other is None:
        return True
    is_length = _days(mine) is not None and _days(theirs) is not None
    return (is_length or mine.unit == theirs.unit) and one[0] <= other[1] * ROUNDED and other[0] <= one[1] * ROUNDED


def _range(quantity: Quantity) -> tuple[float, float] | None:
    if quantity.low is None or quantity.high is None:
        return None
    return _days(quantity) or (quantity.low, quantity.high)


def _lengths_agree(mine: Quantity, theirs: Quantity) -> bool:
    """Tell whether two lengths may be the same, as 49 days worked out and seven weeks told."""
    one, other = _days(mine), _days(theirs)
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def _days(length: Quantity) -> tuple[float, float] | None:
    unit = LENGTH_DAYS.get(length.unit)
    if unit is None or length.low is None or length.high is None or length.bound is Bound.VAGUE:
        return None
    return length.low * unit[0], length.high * unit[1]


def _is_told(quantity: Quantity, event: Event) -> bool:
    """Tell whether the event itself tells the number: in its trigger, right before it, or as its sentence's amount."""
    if quantity.unit.isupper():  # a currency
        return event.sentence_start <= quantity.start < event.sentence_start + len(event.sentence)
    if quantity.end <= event.start:
        return _COUNTS_IT.fullmatch(event.sentence, *_place(event, quantity.end, event.start)) is not None
    return quantity.start < event.end


def _place(event: Event, start: int, end: int) -> tuple[int, int]:
    return max(0, start - event.sentence_start), max(0, end - event.sentence_start)


def _joined(first: Event, second: Event, article: Article, kind: EventType) -> Event:
    """Join two mentions: the better one gives the quote, both give values and evidence."""
    better = _rank(second, article, kind) > _rank(first, article, kind)
    main, side = (second, first) if better else (first, second)
    happened = _better_date(main, side)
    stance = side.stance if _vouches_more(side, main, article.title_end) else main.stance
    mention = Evidence(part="mention", start=side.start, end=side.end, pattern=_trigger(side))
    full = len(first.evidence) > MAX_EVIDENCE and main is first
    evidence = first.evidence if full else tuple(dict.fromkeys((*main.evidence, mention, *side.evidence)))
    background = main.background if main.background is not None else side.background
    return replace(
        main,
        slots=_all_slots(main.slots, side.slots),
        happened=happened,
        stance=stance,
        background=background,
        evidence=evidence,
        attribution=main.attribution or side.attribution,
        doubt=main.doubt if side.doubt else (),
    )


def _vouches_more(side: Event, main: Event, title_end: int) -> bool:
    """Tell whether the other mention decides: a finding, or what the body told as a fact before it was claimed."""
    if side.stance is Stance.FOUND:
        return True
    is_cued = any(each.part == "stance" for each in main.evidence)
    is_fact = side.stance is Stance.REPORTED and (title_end <= side.start < main.start or not is_cued)
    return main.stance is Stance.ALLEGED and is_fact


def _rank(event: Event, article: Article, kind: EventType) -> tuple[bool, int, bool, bool, bool, int]:
    """Rank mentions: in the body, with the label that says most, its sum, a day, at least a date, with more said."""
    happened = event.happened
    is_fine = happened is not None and happened.precision in _FINE
    weight = max((_weight(event, value, kind.slots[name]) for name, value in event.slots.items()), default=0)
    sums = (value for value in event.slots.values() if isinstance(value, Quantity) and value.unit.isupper())
    tells_sum = any(_is_told(each, event) for each in sums)
    return (event.start >= article.title_end, weight, tells_sum, is_fine, happened is not None, len(event.slots))


def _weight(event: Event, value: SlotValue, slot: SlotType) -> int:
    """Return how much the label that the trigger itself gives says: the first of the declared values says most."""
    if not isinstance(value, tuple):
        return 0
    own = [slot.values.index(label.value) for label in value if label.start == event.start]
    return len(slot.values) - min(own) if own else 0


def _better_date(main: Event, side: Event) -> When | None:
    """Choose a date of its own sentence before one told before it, then a day before a longer time."""
    one, other = main.happened, side.happened
    if one is None or other is None:
        return one or other
    if _tells_it(main) != _tells_it(side):
        return one if _tells_it(main) else other
    if not _dates_agree(one, other):  # of the end and the next morning
        return min(one, other, key=lambda when: when.first)
    return other if other.precision in _FINE and one.precision not in _FINE else one


def _tells_it(event: Event) -> bool:
    """Tell whether the event's own sentence gives its date."""
    when = event.happened
    return when is not None and event.sentence_start <= when.start < event.sentence_start + len(event.sentence)


def is_dated(event: Event) -> bool:
    """Tell whether its own words, or those of one of its mentions, give its date: not only the text around it."""
    return _tells_it(event) or (event.happened is not None and not event.happened.basis.startswith(TOLD_AROUND))


def _trigger(event: Event) -> str:
    return next((each.pattern for each in event.evidence if each.part == "trigger"), "")


def _all_slots(main: Mapping[str, SlotValue], side: Mapping[str, SlotValue]) -> dict[str, SlotValue]:
    slots = {**side, **main}
    for name, value in side.items():
        own = main.get(name)
        if isinstance(value, tuple) and isinstance(own, tuple):
            slots[name] = tuple({label.value: label for label in (*value, *own)}.values())
        if _is_vague(own) and isinstance(value, Quantity) and not _is_vague(value):
            slots[name] = value  # "thousands", and 13,000 elsewhere
    return slots


def _is_vague(value: SlotValue | None) -> bool:
    return isinstance(value, Quantity) and value.bound is Bound.VAGUE


def _is_overruled(event: Event, merged: list[Event], article: Article) -> bool:
    """Tell whether the headline tells as a fact what the body plans, supposes or denies."""
    if event.end > article.title_end or event.stance not in _FACTUAL:
        return False
    return any(_contradicts(other, event) for other in merged if other.start >= article.title_end)


def _contradicts(body: Event, headline: Event) -> bool:
    told_otherwise = body.stance not in _FACTUAL and not body.background
    same = body.slots.get(STATUS), headline.slots.get(STATUS)
    return body.type == headline.type and told_otherwise and _values(same[0]) == _values(same[1])


def _values(value: SlotValue | None) -> str:
    return value.value if isinstance(value, Label) else ""
