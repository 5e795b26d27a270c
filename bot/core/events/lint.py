"""What a pattern author may have meant otherwise: patterns that never fire alone, and words that nothing uses."""

from collections.abc import Iterator

from bot.core.events.compile import definition_lines
from bot.core.events.definitions import Definition, EventTypes, Line
from bot.core.events.examples import example_article
from bot.core.events.extractor import Extractor
from bot.core.events.fold import fold
from bot.errors import Fault


def lint_event_types(extractor: Extractor) -> tuple[Fault, ...]:
    """Return what is suspicious in event types that load, sorted by place.

    Patterns that no example exercises, phrases that repeat an earlier one of the same type, lists never used, and types
    that only short texts would be read for.
    """
    types = extractor.types
    faults = [*_unused_lists(types), *_unexercised(extractor), *_unread(types)]
    for definition in types.definitions.values():
        faults.extend(_repeated(definition))
    return tuple(sorted(faults))


def _unused_lists(types: EventTypes) -> Iterator[Fault]:
    used = {name for line in _all_lines(types) for name in line.phrase.lists}
    for name, line in types.lists.items():
        if name not in used:
            yield _fault(line, f"list {name} is used by no pattern; delete it or write ${name} somewhere")


def _all_lines(types: EventTypes) -> Iterator[Line]:
    for definition in types.definitions.values():
        yield from definition_lines(definition)
    for cue in types.stance:
        yield from (*cue.lines, *cue.until)
    page = types.furniture
    yield from (*types.background, *types.current, *page.line_starts, *page.line_has, *page.sections, *page.tails)


def _repeated(definition: Definition) -> Iterator[Fault]:
    first: dict[str, Line] = {}
    for pattern in definition.patterns:
        for line in pattern.triggers:
            known = first.setdefault(line.phrase.regex, line)
            if known.place != line.place:
                yield _fault(line, f"'{line.phrase.text}' is never reached: it stands on line {known.line} already")


def _unexercised(extractor: Extractor) -> Iterator[Fault]:
    for definition in extractor.types.definitions.values():
        reached = _reached(extractor, definition)
        for pattern in definition.patterns:
            if not any(line.place in reached for line in pattern.triggers):
                place = pattern.triggers[0]
                yield _fault(
                    place, f"no example exercises this pattern of {definition.type.name}; add one to 'examples'"
                )


def _unread(types: EventTypes) -> Iterator[Fault]:
    """Yield the types of which no example holds a word of the subject."""
    for definition in types.definitions.values():
        told = [example for example in definition.examples if not example.absent]
        if types.subject.words and told and not any(types.subject.spoken(fold(example.text)) for example in told):
            first = told[0]
            place = types.subject.place
            message = (
                f"no example of {definition.type.name} holds a word of the subject, so that long articles about it may"
                f" not be read; add its words to {place}"
            )
            yield Fault(path=first.path, line=first.line, column=first.column, message=message)


def _reached(extractor: Extractor, definition: Definition) -> set[str]:
    """Return the places of the triggers that stand unvetoed in the examples of one event type."""
    articles = [example_article(example) for example in definition.examples if not example.absent]
    traced = (sentence for article in articles for sentence in extractor.trace(article))
    return {verdict.pattern for sentence in traced for verdict in sentence.verdicts if not verdict.veto}


def _fault(line: Line, message: str) -> Fault:
    return Fault(path=line.path, line=line.line, column=line.column, message=message)
