"""Every phrase of every event type under its words, so that a sentence is read once however many patterns there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import re2

from bot.core.events.definitions import Definition, EventTypes, LabelCue, Line, Pattern
from bot.core.events.index import PhraseIndex
from bot.core.events.phrases import Phrase
from bot.core.events.spacing import Spacing

MAX_MEMORY_BYTES = 32 << 20  # a pattern of long lists in a `near` needs more than RE2's default of 8 MiB
_NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())
SURE_TO_FIT_CHARS = 8_000  # a longer phrase is compiled at once, so that one too large is told when it is loaded


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
    closes: bool = False  # an article that does is about something else


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pattern asks of the whole article: what no word of it can meet, no sentence can."""

    gates: tuple[Gate, ...]
    one_of: tuple[frozenset[int], ...]  # of each set one phrase

    def may_hold(self, needed: set[int]) -> bool:
        """Tell whether an article may be what is asked for that may hold the phrases `needed`."""
        for gate in self.gates:
            if not gate.closes and len(needed & gate.numbers) < gate.at_least:
                return False
        return not any(needed.isdisjoint(numbers) for numbers in self.one_of)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a pattern asks of the words around its trigger, as numbers of phrases."""

    unless: Numbered
    unless_inside: Numbered
    unless_sentence: Numbered
    needs: frozenset[int]
    needs_nearby: frozenset[int]
    follows: frozenset[int]
    requires_nearby: frozenset[int]
    gates: tuple[Gate, ...]
    before: frozenset[int]
    after: frozenset[int]

    def asked(self) -> Asked:
        """Return what can be told from the words of the article alone."""
        one_of = (self.requires_nearby, self.needs, self.needs_nearby, self.before, self.after)
        return Asked(self.gates, tuple(each for each in one_of if each))


@dataclass(frozen=True, slots=True)
class Trigger:
    """What it means that a phrase was found."""

    definition: Definition
    pattern: Pattern
    line: Line
    conditions: Conditions


class PhraseSet:
    """The phrases with their index; build once per version of the rules and share.

    The index tells which phrases may stand in which sentence; those that somebody asks for are then looked for there. A
    phrase is compiled when a sentence first holds its words.
    """

    def __init__(self, types: EventTypes) -> None:
        self._id_by_regex: dict[str, int] = {}
        self._phrases: list[Phrase] = []
        for line in (*_trigger_lines(types), *_furniture_lines(types), *_context_lines(types)):
            if line.phrase.regex not in self._id_by_regex:
                self._id_by_regex[line.phrase.regex] = len(self._phrases)
                self._phrases.append(line.phrase)
        self._options = _options()
        self._compiled: list[_Compiled | None] = [None] * len(self._phrases)
        for number, phrase in enumerate(self._phrases):
            if len(phrase.regex) > SURE_TO_FIT_CHARS:
                self._pattern(number)
        self.index = PhraseIndex([phrase.needed for phrase in self._phrases])
        self.spacing = Spacing([phrase.chains for phrase in self._phrases])
        self.furniture = self.ids(_furniture_lines(types))
        self.triggers: dict[int, tuple[Trigger, ...]] = {}
        self._labels: dict[tuple[str, str], tuple[tuple[LabelCue, frozenset[int]], ...]] = {}
        for definition in types.definitions.values():
            for pattern in definition.patterns:
                self._add_triggers(definition, pattern)
            for cue in definition.labels:
                key = (definition.type.name, cue.slot)
                self._labels[key] = (*self._labels.get(key, ()), (cue, self.ids(cue.lines)))

    def __len__(self) -> int:
        return len(self._phrases)

    def id(self, line: Line) -> int:
        """Return the number of a phrase in the set."""
        return self._id_by_regex[line.phrase.regex]

    def ids(self, lines: Iterable[Line]) -> frozenset[int]:
        """Return the numbers of several phrases."""
        return frozenset(self.id(line) for line in lines)

    def any_of(self, lines: Iterable[Line]) -> "re2._Regexp":
        """Return one expression for what any of the phrases finds, for a look at a stretch of text."""
        return re2.compile("|".join(f"(?:{line.phrase.regex})" for line in lines).encode(), self._options)

    def labels(self, definition: Definition, slot: str) -> tuple[tuple[LabelCue, frozenset[int]], ...]:
        """Return the cues that give a label slot its values, with the numbers of their phrases."""
        return self._labels.get((definition.type.name, slot), ())

    def stands(self, number: int, copy: bytes) -> bool:
        """Tell whether one phrase stands in `copy`."""
        return self._pattern(number).regexp.search(copy) is not None

    def starts(self, number: int, copy: bytes) -> Iterator[int]:
        """Yield where one phrase begins in `copy`, looked for no further than asked."""
        return (match.start() for match in self._pattern(number).regexp.finditer(copy))

    def find(self, number: int, copy: bytes, offset: int) -> tuple[Hit, ...]:
        """Return where one phrase stands in `copy`, which begins at `offset` of the article."""
        compiled = self._pattern(number)
        matches = compiled.regexp.finditer(copy)
        if compiled.near:
            matches = (_tightest(compiled.regexp, copy, match) for match in matches)
        return tuple([_hit(match, compiled, offset) for match in matches])

    def _pattern(self, number: int) -> "_Compiled":
        compiled = self._compiled[number]
        if compiled is None:
            compiled = _compiled(self._phrases[number], self._options)
            self._compiled[number] = compiled
        return compiled

    def _add_triggers(self, definition: Definition, pattern: Pattern) -> None:
        conditions = Conditions(
            unless=self._numbered((*pattern.unless, *definition.unless)),
            unless_inside=self._numbered(pattern.unless_inside),
            unless_sentence=self._numbered((*pattern.unless_sentence, *definition.unless_sentence)),
            needs=self.ids(pattern.needs),
            needs_nearby=self.ids(pattern.needs_nearby),
            follows=self.ids(pattern.follows),
            before=self.ids(pattern.before),
            after=self.ids(pattern.after),
            requires_nearby=self.ids(definition.requires_nearby),
            gates=tuple(_gates(self, definition, pattern)),
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


def _gates(phrases: PhraseSet, definition: Definition, pattern: Pattern) -> Iterator[Gate]:
    for owner in (definition, pattern):
        if owner.requires_article:
            yield Gate(phrases.ids(owner.requires_article), owner.at_least)
    if definition.excludes_article:
        yield Gate(phrases.ids(definition.excludes_article), definition.excludes_at_least, closes=True)


@dataclass(frozen=True, slots=True)
class _Compiled:
    regexp: "re2._Regexp"
    groups: tuple[tuple[str, int], ...]  # kept places: slot and number of the group
    near: bool
    last: bool


def _compiled(phrase: Phrase, options: "re2.Options") -> _Compiled:
    regexp = re2.compile(phrase.regex.encode(), options)
    named = regexp.groupindex.items() if phrase.slots else ()
    groups = tuple((name if isinstance(name, str) else name.decode(), index) for name, index in named)
    return _Compiled(regexp, groups, phrase.near, phrase.last)


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = MAX_MEMORY_BYTES
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1  # a folded copy has one byte a character, so no rune is longer
    return options


def _hit(match: "re2._Match", compiled: _Compiled, offset: int) -> Hit:
    start, end = match.span()
    if compiled.last:
        end = start + len(match.group().rstrip(_NO_WORD))
    if not compiled.groups:
        return Hit(offset + start, offset + end)
    spans = [(slot, *match.span(group)) for slot, group in compiled.groups]
    places = tuple((slot, offset + low, offset + high) for slot, low, high in spans if low >= 0)
    return Hit(offset + start, offset + end, places)


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
            *pattern.needs,
            *pattern.needs_nearby,
            *pattern.follows,
            *pattern.before,
            *pattern.after,
        )
        yield from pattern.requires_article
    yield from (*definition.requires_article, *definition.excludes_article, *definition.requires_nearby)
    yield from (*definition.background, *definition.current)
    yield from (*definition.unless, *definition.unless_sentence)
    for cue in definition.labels:
        yield from cue.lines
    for fill in definition.fills.values():
        yield from fill.of
