"""Every phrase of every event type in one filter, so that a sentence is read once however many patterns there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import re2

from bot.core.events.definitions import Definition, EventTypes, Line, Pattern
from bot.core.events.phrases import Phrase

MAX_MEMORY_BYTES = 32 << 20  # a pattern of long lists in a `near` needs more than RE2's default of 8 MiB


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase stands, as offsets into the article."""

    start: int
    end: int
    places: tuple[tuple[str, int, int], ...] = ()  # kept places: slot, start, end

    def overlaps(self, other: "Hit") -> bool:
        """Tell whether the two share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Trigger:
    """What it means that a phrase was found."""

    definition: Definition
    pattern: Pattern
    line: Line


class PhraseSet:
    """The compiled phrases; build once per version of the rules and share."""

    def __init__(self, types: EventTypes) -> None:
        self._filter = re2.Filter()
        self._options = re2.Options()
        self._options.max_mem = MAX_MEMORY_BYTES
        self._options.log_errors = False
        self._id_by_regex: dict[str, int] = {}
        self._phrases: list[Phrase] = []
        for line in _all_lines(types):
            self._add(line.phrase)
        self._filter.Compile()
        self._patterns = [self._filter.re(index) for index in range(len(self._phrases))]
        self._groups = [
            _group_indexes(pattern, phrase) for pattern, phrase in zip(self._patterns, self._phrases, strict=True)
        ]
        self.triggers: dict[int, tuple[Trigger, ...]] = {}
        for trigger in _all_triggers(types):
            key = self.id(trigger.line)
            self.triggers[key] = (*self.triggers.get(key, ()), trigger)

    def __len__(self) -> int:
        return len(self._phrases)

    def id(self, line: Line) -> int:
        """Return the number of a phrase in the set."""
        return self._id_by_regex[line.phrase.regex]

    def ids(self, lines: Iterable[Line]) -> frozenset[int]:
        """Return the numbers of several phrases."""
        return frozenset(self.id(line) for line in lines)

    def matching(self, copy: bytes) -> frozenset[int]:
        """Return the numbers of all phrases that stand in `copy`."""
        return frozenset(self._filter.Match(copy) or ())

    def find(self, number: int, copy: bytes, offset: int) -> tuple[Hit, ...]:
        """Return where one phrase stands in `copy`, which begins at `offset` of the article."""
        return tuple(self._hits(number, copy, offset))

    def _hits(self, number: int, copy: bytes, offset: int) -> Iterator[Hit]:
        groups = self._groups[number]
        for match in self._patterns[number].finditer(copy):
            start, end = match.span()
            places = tuple(
                (slot, offset + match.start(group), offset + match.end(group))
                for slot, group in groups
                if match.start(group) >= 0
            )
            yield Hit(offset + start, offset + end, places)

    def _add(self, phrase: Phrase) -> None:
        if phrase.regex not in self._id_by_regex:
            self._id_by_regex[phrase.regex] = self._filter.Add(phrase.regex.encode(), self._options)
            self._phrases.append(phrase)


def _group_indexes(pattern: "re2._Regexp", phrase: Phrase) -> tuple[tuple[str, int], ...]:
    if not phrase.slots:
        return ()
    return tuple(
        (name if isinstance(name, str) else name.decode(), index) for name, index in pattern.groupindex.items()
    )


def _all_triggers(types: EventTypes) -> Iterator[Trigger]:
    for definition in types.definitions.values():
        for pattern in definition.patterns:
            for line in pattern.triggers:
                yield Trigger(definition, pattern, line)


def _all_lines(types: EventTypes) -> Iterator[Line]:
    for definition in types.definitions.values():
        yield from definition_lines(definition)
    for cue in types.stance:
        yield from (*cue.lines, *cue.until)
    yield from (*types.background, *types.current)
    page = types.furniture
    yield from (*page.line_starts, *page.line_has, *page.sections, *page.tails)


def definition_lines(definition: Definition) -> Iterator[Line]:
    """Yield every phrase that one event type uses."""
    for pattern in definition.patterns:
        yield from pattern.triggers
        yield from (*pattern.unless, *pattern.unless_sentence, *pattern.needs, *pattern.needs_nearby)
    yield from (*definition.requires_article, *definition.requires_nearby, *definition.background)
    yield from (*definition.unless, *definition.unless_sentence)
    for cue in definition.labels:
        yield from cue.lines
    for fill in definition.fills.values():
        yield from fill.of
