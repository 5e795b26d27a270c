"""Every phrase of every event type under its words, so that a sentence is read once however many patterns there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from bot.core.events.definitions import KEPT, Definition, EventTypes, LabelCue, Line, Pattern, Sought
from bot.core.events.expression import Expression
from bot.core.events.index import PhraseIndex
from bot.core.events.spacing import Spacing
from bot.core.model import SlotKind
from bot.core.text.search import Spans


class Hit(NamedTuple):
    """Where a phrase stands, as offsets into the article: a tuple, because an article of 4 kB has a hundred."""

    start: int
    end: int
    places: tuple[tuple[str, int, int], ...] = ()  # kept places: slot, start, end

    def holds(self, other: "Hit") -> bool:
        """Tell whether the other one stands within this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Hit") -> bool:
        """Tell whether the two share a character."""
        return self.start < other.end and other.start < self.end

    def keeps(self, other: "Hit", slots: frozenset[str]) -> bool:
        """Tell whether the other one stands within what this one keeps for one of the slots."""
        return any(start <= other.start and other.end <= end for name, start, end in self.places if name in slots)


LONG_CHARS = 1000  # about 170 words: whoever writes so much of a dispute names both of its sides
Numbered = tuple[tuple[int, Line], ...]
"""Phrases with their numbers in the set."""


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """What an article must speak of before a pattern is tried on it; one for all patterns that ask the same."""

    numbers: frozenset[int]
    at_least: int  # so many of them
    closes: bool = False  # an article that does is about something else
    from_chars: int = 0  # shorter articles need not: they have few words


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pattern asks of the whole article: what no word of it can meet, no sentence can."""

    gates: tuple[Gate, ...]
    one_of: tuple[frozenset[int], ...]  # of each set one phrase


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must come within so many words after certain others."""

    after: Numbered
    one_of: frozenset[int]
    within: int
    but: frozenset[int]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a pattern asks of the words around its trigger, as numbers of phrases."""

    unless: Numbered
    unless_inside: Numbered
    unless_sentence: Numbered
    unless_clause: Numbered
    needs: frozenset[int]
    needs_nearby: frozenset[int]
    follows: frozenset[int]
    requires_nearby: frozenset[int]
    requires_close: frozenset[int]
    gates: tuple[Gate, ...]
    before: frozenset[int]
    after: frozenset[int]
    past_due: frozenset[int]
    unless_since: Numbered
    shares_but: frozenset[int]
    sought: Wanted | None
    days: frozenset[str]  # slots for dates: "referred a year ago" keeps one, whatever "a year ago" vetoes

    def asked(self) -> Asked:
        """Return what can be told from the words of the article alone."""
        one_of = (self.requires_nearby, self.needs, self.needs_nearby, self.before, self.after, self.past_due)
        return Asked(self.gates, tuple(each for each in one_of if each))


@dataclass(frozen=True, slots=True)
class Trigger:
    """What it means that a phrase was found."""

    definition: Definition
    pattern: Pattern
    line: Line
    conditions: Conditions


@lru_cache(maxsize=KEPT)
def compiled(types: EventTypes) -> "PhraseSet":
    """Return the phrases of event types, compiled once."""
    return PhraseSet(types)


class PhraseSet:
    """The phrases with their index; build once per version of the rules and share.

    The index tells which phrases may stand in which sentence; those that somebody asks for are then looked for there. A
    phrase is compiled when a sentence first holds its words.
    """

    def __init__(self, types: EventTypes) -> None:
        lines = (*_trigger_lines(types), *_furniture_lines(types), *_context_lines(types))
        phrase_by_regex = {line.phrase.regex: line.phrase for line in lines}
        self._id_by_regex = {regex: number for number, regex in enumerate(phrase_by_regex)}
        self._phrases = tuple(phrase_by_regex.values())
        self._expressions: list[Expression | None] = [None] * len(self._phrases)
        self.index = PhraseIndex([phrase.needed for phrase in self._phrases])
        self.spacing = Spacing([phrase.chains for phrase in self._phrases])
        self.furniture = self.ids(_furniture_lines(types))
        self.triggers: dict[int, tuple[Trigger, ...]] = {}
        self._gates: dict[tuple[frozenset[int], int, bool, int], Gate] = {}
        self._counted = {
            (name, slot): self.ids(fill.of)
            for name, definition in types.definitions.items()
            for slot, fill in definition.fills.items()
        }
        self._singles = {
            (name, slot): self.ids(fill.single)
            for name, definition in types.definitions.items()
            for slot, fill in definition.fills.items()
        }
        self.only_in: dict[int, frozenset[str]] = {}  # triggers that are read in such kinds of sentence only
        self._labels: dict[tuple[str, str], tuple[tuple[LabelCue, frozenset[int]], ...]] = {}
        for definition in types.definitions.values():
            for pattern in definition.patterns:
                self._add_triggers(definition, pattern)
            for cue in definition.labels:
                key = (definition.type.name, cue.slot)
                self._labels[key] = (*self._labels.get(key, ()), (cue, self.ids(cue.lines)))
        for number, triggers in self.triggers.items():
            if all(trigger.pattern.stands_in for trigger in triggers):
                self.only_in[number] = frozenset().union(*(trigger.pattern.stands_in for trigger in triggers))

    def __len__(self) -> int:
        return len(self._phrases)

    def id(self, line: Line) -> int:
        """Return the number of a phrase in the set."""
        return self._id_by_regex[line.phrase.regex]

    def ids(self, lines: Iterable[Line]) -> frozenset[int]:
        """Return the numbers of several phrases."""
        return frozenset(self.id(line) for line in lines)

    def labels(self, definition: Definition, slot: str) -> tuple[tuple[LabelCue, frozenset[int]], ...]:
        """Return the cues that give a label slot its values, with the numbers of their phrases."""
        return self._labels.get((definition.type.name, slot), ())

    def counted(self, definition: Definition, slot: str) -> frozenset[int]:
        """Return the numbers of the phrases of what a quantity must count to fill a slot."""
        return self._counted[definition.type.name, slot]

    def singles(self, definition: Definition, slot: str) -> frozenset[int]:
        """Return the numbers of the phrases that tell of one of what a count slot counts."""
        return self._singles[definition.type.name, slot]

    def find(self, number: int, copy: bytes, offset: int) -> tuple[Hit, ...]:
        """Return where one phrase stands in `copy`, which begins at `offset` of the article."""
        expression = self.expression(number)
        return tuple([_hit(expression, spans, copy, offset) for spans in expression.spans(copy)])

    def expression(self, number: int) -> Expression:
        """Return one phrase, compiled when it is first asked for."""
        expression = self._expressions[number]
        if expression is None:
            expression = self._expressions[number] = Expression(self._phrases[number])
        return expression

    def _add_triggers(self, definition: Definition, pattern: Pattern) -> None:
        common = (
            replace(definition, unless=(), unless_sentence=(), unless_clause=())
            if pattern.undone or pattern.own_vetoes
            else definition
        )
        conditions = Conditions(
            unless=self._numbered((*pattern.unless, *common.unless)),
            unless_inside=self._numbered(pattern.unless_inside),
            unless_sentence=self._numbered((*pattern.unless_sentence, *common.unless_sentence)),
            unless_clause=self._numbered((*pattern.unless_clause, *common.unless_clause)),
            needs=self.ids(pattern.needs),
            needs_nearby=self.ids(pattern.needs_nearby),
            follows=self.ids(pattern.follows),
            before=self.ids(pattern.before),
            after=self.ids(pattern.after),
            past_due=self.ids(pattern.past_due),
            unless_since=self._numbered(pattern.unless_since),
            shares_but=self.ids(pattern.shares_but),
            sought=self._wanted(definition.sought) if definition.sought else None,
            requires_nearby=self.ids(definition.requires_nearby),
            requires_close=self.ids(definition.requires_close),
            gates=tuple(self._gates_of(definition, pattern)),
            days=frozenset(name for name, slot in definition.type.slots.items() if slot.kind is SlotKind.DATE),
        )
        for line in pattern.triggers:
            key = self.id(line)
            self.triggers[key] = (*self.triggers.get(key, ()), Trigger(definition, pattern, line, conditions))

    def _wanted(self, sought: Sought) -> Wanted:
        return Wanted(self._numbered(sought.after), self.ids(sought.one_of), sought.within, self.ids(sought.but))

    def _gates_of(self, definition: Definition, pattern: Pattern) -> Iterator[Gate]:
        for owner in (definition, pattern):
            if owner.requires_article:
                yield self._gate(self.ids(owner.requires_article), owner.at_least)
        if definition.in_long:
            numbers = self.ids(definition.requires_article)
            yield self._gate(numbers, definition.in_long, from_chars=LONG_CHARS)
        if definition.excludes_article:
            yield self._gate(self.ids(definition.excludes_article), definition.excludes_at_least, closes=True)

    def _gate(self, numbers: frozenset[int], at_least: int, *, closes: bool = False, from_chars: int = 0) -> Gate:
        gate = Gate(numbers, at_least, closes, from_chars)
        return self._gates.setdefault((numbers, at_least, closes, from_chars), gate)

    def _numbered(self, lines: Iterable[Line]) -> Numbered:
        return tuple((self.id(line), line) for line in lines)


def _hit(expression: Expression, spans: Spans, copy: bytes, offset: int) -> Hit:
    end = expression.end_of(copy, spans[0])
    return Hit(offset + spans[0][0], offset + end, expression.kept(spans, offset))


def _trigger_lines(types: EventTypes) -> Iterator[Line]:
    for definition in types.definitions.values():
        for pattern in definition.patterns:
            yield from pattern.triggers


def _furniture_lines(types: EventTypes) -> Iterator[Line]:
    page = types.furniture
    yield from (*page.line_starts, *page.line_has, *page.sections, *page.tails)


def _context_lines(types: EventTypes) -> Iterator[Line]:
    for definition in types.definitions.values():
        yield from _conditions(definition)
    for cue in types.stance:
        yield from (*cue.lines, *cue.until)
    yield from (*types.background, *types.current)


def definition_lines(definition: Definition) -> Iterator[Line]:
    """Yield every phrase that one event type uses."""
    for pattern in definition.patterns:
        yield from pattern.triggers
    yield from _conditions(definition)


def _conditions(definition: Definition) -> Iterator[Line]:
    for pattern in definition.patterns:
        yield from (
            *pattern.unless,
            *pattern.unless_inside,
            *pattern.unless_sentence,
            *pattern.unless_clause,
            *pattern.needs,
            *pattern.needs_nearby,
            *pattern.follows,
            *pattern.before,
            *pattern.after,
            *pattern.past_due,
            *pattern.unless_since,
            *pattern.shares_but,
        )
        yield from pattern.requires_article
    yield from (*definition.requires_article, *definition.excludes_article)
    yield from (*definition.requires_nearby, *definition.requires_close)
    yield from (*definition.background, *definition.current)
    yield from (*definition.unless, *definition.unless_sentence, *definition.unless_clause)
    if definition.sought is not None:
        yield from (*definition.sought.after, *definition.sought.one_of, *definition.sought.but)
    for cue in definition.labels:
        yield from cue.lines
    for fill in definition.fills.values():
        yield from fill.of
        yield from fill.single
