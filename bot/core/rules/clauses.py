"""Clauses of one event: slots fetched, comparisons joined, three answers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter

from bot.core.marked_yaml import Node, suggestion
from bot.core.model import COMMON_SLOTS, Clause, Event, Label, SlotKind, SlotType, SlotValue, Stance
from bot.core.rules.compare import Surroundings, Test, compile_test
from bot.core.rules.language import Condition, Truth

JOINS = ("any", "all", "not")

Slots = Mapping[str, SlotType]
Fetch = Callable[[Event], SlotValue | None]

_STANCES = {stance: Label(value=stance.value) for stance in Stance}


def slot_of(name: str) -> Fetch:
    """Return the function that takes a slot's value from an event."""
    if is_own_slot(name):
        return lambda event: event.slots.get(name)
    if name == "stance":
        return lambda event: _STANCES[event.stance]
    if name == "publisher_role":
        return lambda event: Label(value=event.publisher_role)
    return attrgetter(name)


def is_own_slot(name: str) -> bool:
    """Answer whether a slot is one that an event type declares, not one that every event has."""
    return name not in COMMON_SLOTS


def compile_clauses(node: Node, slots: Slots, types: str, around: Surroundings, *, unless: bool) -> Condition | None:
    """Compile `when:` (every clause must hold) or `unless:` (one that holds is enough).

    Args:
        node: the mapping.
        slots: what the event types have.
        types: the names of the event types, for faults.
        around: calendar, names and where faults go.
        unless: join by "or", and read an unknown exception that the article does not speak of as not given.
    """
    if not isinstance(node.value, dict):
        around.faults.add(node, 'expected slots with comparisons here, such as {wait: "> 10 business days"}')
        return None
    parts = [_clause(node, key, slots, types, around) for key in node.value]
    found = [_stated_only(part) if unless else part for part in parts if part is not None]
    return join(found, "or" if unless else "and") if found else None


def _clause(node: Node, key: str, slots: Slots, types: str, around: Surroundings) -> Condition | None:
    child = node.value[key] if isinstance(node.value, dict) else node
    if key in JOINS and key not in slots:
        return _joined_clauses(key, child, slots, types, around)
    slot = slots.get(key)
    if slot is None:
        hint = suggestion(key, [*slots, *JOINS]) or f"; it has {', '.join(sorted(slots))}"
        around.faults.add(node.keys[key], f"{types} has no slot '{key}'{hint}")
        return None
    reaches = slot.kind is SlotKind.DURATION and "statistic" in slots
    test = compile_test(child, slot, around, reaches=reaches)
    return None if test is None else _leaf(key, test)


def _joined_clauses(key: str, child: Node, slots: Slots, types: str, around: Surroundings) -> Condition | None:
    if key == "not":
        inner = compile_clauses(child, slots, types, around, unless=False)
        return None if inner is None else _negated(inner)
    if not isinstance(child.value, list) or not child.value:
        around.faults.add(child, f"'{key}' needs a list of clauses")
        return None
    parts = [compile_clauses(part, slots, types, around, unless=False) for part in child.value]
    found = [part for part in parts if part is not None]
    return join(found, "or" if key == "any" else "and") if found else None


def _leaf(name: str, test: Test) -> Condition:
    fetch = slot_of(name)

    def explain(event: Event) -> tuple[Clause, ...]:
        value = fetch(event)
        answer = test.truth(value, event)
        return (Clause(slot=name, text=test.tell(value, event, answer), met=answer),)

    words = f"{name.replace('_', ' ')} {test.english}"
    key = (name, test.words) if test.words else None
    return Condition(
        truth=_truth(name, test.truth),
        explain=explain,
        english=words,
        slots=frozenset({name}),
        key=key,
        lists=(key,) if key else (),
        stances=test.words if name == "stance" else frozenset(),
    )


def _truth(name: str, decide: Callable[[SlotValue | None, Event], Truth]) -> Callable[[Event], Truth]:
    if is_own_slot(name):  # asked most, and a call less
        return lambda event: decide(event.slots.get(name), event)
    fetch = slot_of(name)
    return lambda event: decide(fetch(event), event)


def join(parts: list[Condition], word: str) -> Condition:
    """Join clauses: by "and" one that fails decides, by "or" one that holds."""
    if len(parts) == 1:
        return parts[0]
    decisive = word == "or"
    truths = tuple(part.truth for part in parts)

    def truth(event: Event) -> Truth:
        unknown = False
        for each in truths:
            answer = each(event)
            if answer is decisive:
                return decisive
            unknown = unknown or answer is None
        return None if unknown else not decisive

    def explain(event: Event) -> tuple[Clause, ...]:
        return tuple(line for part in parts for line in part.explain(event))

    slots = frozenset().union(*(part.slots for part in parts))
    english = f" {word} ".join(part.english for part in parts)
    # The rarest words tell best, and organisations are the most various.
    keys = sorted((part.key for part in parts if part.key), key=lambda key: (key[0] != "organisation", len(key[1])))
    key = keys[0] if keys and not decisive else None
    return Condition(
        truth=truth,
        explain=explain,
        english=english,
        slots=slots,
        key=key,
        lists=tuple(each for part in parts for each in part.lists),
        stances=frozenset().union(*(part.stances for part in parts)) if decisive else frozenset(),
    )


def _negated(inner: Condition) -> Condition:
    def truth(event: Event) -> Truth:
        answer = inner.truth(event)
        return None if answer is None else not answer

    def explain(event: Event) -> tuple[Clause, ...]:
        return tuple(
            Clause(slot=line.slot, text=f"not: {line.text}", met=None if line.met is None else not line.met)
            for line in inner.explain(event)
        )

    return Condition(
        truth=truth, explain=explain, english=f"not ({inner.english})", slots=inner.slots, lists=inner.lists
    )


def _stated_only(part: Condition) -> Condition:
    # An exception counts where the article states all of it: with a slot that is not given there is none.
    fetches = [slot_of(name) for name in part.slots]

    def truth(event: Event) -> Truth:
        answer = part.truth(event)
        if answer is None and any(fetch(event) is None for fetch in fetches):
            return False
        return answer

    return replace(part, truth=truth, key=None)


def slots_of(types: Mapping[str, Slots], names: tuple[str, ...]) -> Slots:
    """Return the slots that the event types have, with the common ones; a label has the values of all of them.

    A slot that only some of the types have is not given for the others.
    """
    found: dict[str, SlotType] = {}
    for name in names:
        for key, slot in types[name].items():
            known = found.get(key)
            if known is None:
                found[key] = slot
            elif known.kind is slot.kind and known.values != slot.values:
                found[key] = replace(known, values=tuple(dict.fromkeys((*known.values, *slot.values))))
    return {**found, **COMMON_SLOTS}
