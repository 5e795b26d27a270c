"""Every phrase of every event type in one filter, so that a sentence is read once however many patterns there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import re2

from bot.core.events.definitions import Definition, EventTypes, LabelCue, Line, Pattern
from bot.core.events.phrases import Phrase

MAX_MEMORY_BYTES = 32 << 20  # a pattern of long lists in a `near` needs more than RE2's default of 8 MiB


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase stands, as offsets into the article."""

    start: int
    end: int
    places: tuple[tuple[str, int, int], ...] = ()  # kept places: slot, start, end

    def holds(self, other: "Hit") -> bool:
        """Tell whether the other one stands within this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Hit") -> bool:
        """Tell whether the two share a character."""
        return self.start < other.end and other.start < self.end


Numbered = tuple[tuple[int, Line], ...]
"""Phrases with their numbers in the set."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What an article must speak of before a pattern is tried on it."""

    numbers: frozenset[int]
    at_least: int  # so many of them


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a pattern asks of the words around its trigger, as numbers of phrases."""

    unless: Numbered
    unless_inside: Numbered
    unless_sentence: Numbered
    needs: frozenset[int]
    needs_nearby: frozenset[int]
    requires_nearby: frozenset[int]
    gates: tuple["Gate", ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What it means that a phrase was found."""

    definition: Definition
    pattern: Pattern
    line: Line
    conditions: Conditions


class _Sieve:
    """Some of the phrases in one filter, under the numbers they have in the set."""

    def __init__(self, phrases: Iterable[tuple[int, Phrase]], options: "re2.Options") -> None:
        self.numbers: list[int] = []
        self._filter = re2.Filter()
        for number, phrase in phrases:
            self._filter.Add(phrase.regex.encode(), options)
            self.numbers.append(number)
        if self.numbers:
            self._filter.Compile()

    def pass_through(self, copy: bytes, *, verified: bool) -> frozenset[int]:
        if not self.numbers:
            return frozenset()
        numbers = self.numbers
        return frozenset([numbers[index] for index in self._filter.Match(copy, potential=not verified) or ()])


class PhraseSet:
    """The compiled phrases; build once per version of the rules and share.

    Triggers and page furniture are looked for in every sentence; the words of vetoes, needs and cues only where a
    trigger stands, which is in few sentences.
    """

    def __init__(self, types: EventTypes) -> None:
        options = re2.Options()
        options.max_mem = MAX_MEMORY_BYTES
        options.log_errors = False
        options.encoding = re2.Options.Encoding.LATIN1  # a folded copy has one byte a character, so no rune is longer
        self._id_by_regex: dict[str, int] = {}
        phrases: list[Phrase] = []
        for line in (*_eager_lines(types), *_context_lines(types)):
            if line.phrase.regex not in self._id_by_regex:
                self._id_by_regex[line.phrase.regex] = len(phrases)
                phrases.append(line.phrase)
        eager = self.ids(_eager_lines(types))
        self._first = _Sieve(((number, phrases[number]) for number in sorted(eager)), options)
        context = sorted(self.ids(_context_lines(types)) - eager)
        self._second = _Sieve(((number, phrases[number]) for number in context), options)
        self._patterns = [re2.compile(phrase.regex.encode(), options) for phrase in phrases]
        self._near = frozenset(number for number, phrase in enumerate(phrases) if phrase.near)
        self._groups = [
            _group_indexes(pattern, phrase) for pattern, phrase in zip(self._patterns, phrases, strict=True)
        ]
        self.triggers: dict[int, tuple[Trigger, ...]] = {}
        self._labels: dict[tuple[str, str], tuple[tuple[LabelCue, frozenset[int]], ...]] = {}
        for definition in types.definitions.values():
            for pattern in definition.patterns:
                self._add_triggers(definition, pattern)
            for cue in definition.labels:
                key = (definition.type.name, cue.slot)
                self._labels[key] = (*self._labels.get(key, ()), (cue, self.ids(cue.lines)))

    def __len__(self) -> int:
        return len(self._patterns)

    def id(self, line: Line) -> int:
        """Return the number of a phrase in the set."""
        return self._id_by_regex[line.phrase.regex]

    def ids(self, lines: Iterable[Line]) -> frozenset[int]:
        """Return the numbers of several phrases."""
        return frozenset(self.id(line) for line in lines)

    def labels(self, definition: Definition, slot: str) -> tuple[tuple[LabelCue, frozenset[int]], ...]:
        """Return the cues that give a label slot its values, with the numbers of their phrases."""
        return self._labels.get((definition.type.name, slot), ())

    def matching(self, copy: bytes) -> frozenset[int]:
        """Return the numbers of the triggers and the page furniture that stand in `copy`."""
        return self._first.pass_through(copy, verified=True)

    def likely(self, copy: bytes) -> frozenset[int]:
        """Return the numbers of the other phrases that may stand in `copy`: their words do, if not in their order."""
        return self._second.pass_through(copy, verified=False)

    def stands(self, number: int, copy: bytes) -> bool:
        """Tell whether one phrase stands in `copy`."""
        return self._patterns[number].search(copy) is not None

    def starts(self, number: int, copy: bytes) -> Iterator[int]:
        """Yield where one phrase begins in `copy`, looked for no further than asked."""
        return (match.start() for match in self._patterns[number].finditer(copy))

    def find(self, number: int, copy: bytes, offset: int) -> tuple[Hit, ...]:
        """Return where one phrase stands in `copy`, which begins at `offset` of the article."""
        return tuple(self._hits(number, copy, offset))

    def _hits(self, number: int, copy: bytes, offset: int) -> Iterator[Hit]:
        groups = self._groups[number]
        pattern = self._patterns[number]
        for first in pattern.finditer(copy):
            match = _tightest(pattern, copy, first) if number in self._near else first
            start, end = match.span()
            places = tuple(
                (slot, offset + match.start(group), offset + match.end(group))
                for slot, group in groups
                if match.start(group) >= 0
            )
            yield Hit(offset + start, offset + end, places)

    def _add_triggers(self, definition: Definition, pattern: Pattern) -> None:
        conditions = Conditions(
            unless=self._numbered((*pattern.unless, *definition.unless)),
            unless_inside=self._numbered(pattern.unless_inside),
            unless_sentence=self._numbered((*pattern.unless_sentence, *definition.unless_sentence)),
            needs=self.ids(pattern.needs),
            needs_nearby=self.ids(pattern.needs_nearby),
            requires_nearby=self.ids(definition.requires_nearby),
            gates=tuple(
                Gate(self.ids(owner.requires_article), owner.at_least)
                for owner in (definition, pattern)
                if owner.requires_article
            ),
        )
        for line in pattern.triggers:
            key = self.id(line)
            self.triggers[key] = (*self.triggers.get(key, ()), Trigger(definition, pattern, line, conditions))

    def _numbered(self, lines: Iterable[Line]) -> Numbered:
        return tuple((self.id(line), line) for line in lines)


def _tightest(pattern: "re2._Regexp", copy: bytes, match: "re2._Match") -> "re2._Match":
    """Return the shortest stretch of words that stand near each other, where one stands inside the leftmost."""
    while (inner := pattern.search(copy, match.start() + 1, match.end())) is not None:
        match = inner
    return match


def _group_indexes(pattern: "re2._Regexp", phrase: Phrase) -> tuple[tuple[str, int], ...]:
    if not phrase.slots:
        return ()
    return tuple(
        (name if isinstance(name, str) else name.decode(), index) for name, index in pattern.groupindex.items()
    )


def _eager_lines(types: EventTypes) -> Iterator[Line]:
    for definition in types.definitions.values():
        for pattern in definition.patterns:
            yield from pattern.triggers
    page = types.furniture
    yield from (*page.line_starts, *page.line_has, *page.sections, *page.tails)


def _context_lines(types: EventTypes) -> Iterator[Line]:
    for definition in types.definitions.values():
        yield from definition_lines(definition)
    for cue in types.stance:
        yield from (*cue.lines, *cue.until)
    yield from (*types.background, *types.current)


def definition_lines(definition: Definition) -> Iterator[Line]:
    """Yield every phrase that one event type uses."""
    for pattern in definition.patterns:
        yield from pattern.triggers
        yield from (
            *pattern.unless,
            *pattern.unless_inside,
            *pattern.unless_sentence,
            *pattern.needs,
            *pattern.needs_nearby,
        )
        yield from pattern.requires_article
    yield from (*definition.requires_article, *definition.requires_nearby, *definition.background)
    yield from (*definition.unless, *definition.unless_sentence)
    for cue in definition.labels:
        yield from cue.lines
    for fill in definition.fills.values():
        yield from fill.of
