"""The examples beside the patterns, read like any article: a rule file that fails its own examples is refused."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time

from bot.core.events.definitions import Definition, Example
from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Event, Label, Name, Precision, Quantity, SlotValue, When
from bot.core.text.entities import Entities
from bot.errors import Fault, RuleFileError

_DEFAULT_DAY = date(2025, 1, 15)  # published on this Wednesday, where an example names no day
_ABOUT = "The union is on strike over a new contract; the bargaining table and the hospital's patients are in the news."


def example_faults(extractor: Extractor) -> tuple[Fault, ...]:
    """Return every example that is not read as its author says."""
    return tuple(fault for name in extractor.types.definitions for fault in _faults(extractor, name))


def _faults(extractor: Extractor, name: str) -> Iterator[Fault]:
    definition = extractor.types.definitions[name]
    for example in definition.examples:
        problem = _problem(extractor, definition, example)
        if problem:
            yield Fault(path=example.path, line=example.line, column=example.column, message=problem)


def _problem(extractor: Extractor, definition: Definition, example: Example) -> str:
    article = example_article(example)
    end = len(example.text)
    events = [event for event in extractor.extract(article) if event.type == definition.type.name and event.start < end]
    if example.absent:
        return f"a {definition.type.name} is read in '{events[0].quote}'; veto it with 'unless'" if events else ""
    if not events:
        return f"no {definition.type.name} is read here; 'bot events explain' shows what was tried"
    misses = [_miss(event, example) for event in events]
    return "" if "" in misses else misses[0]


def _miss(event: Event, example: Example) -> str:
    for slot, wanted in example.expected.items():
        got = _told(event, slot)
        if not set(wanted) <= set(got):
            return f"'{slot}' is {', '.join(got) or 'not filled'}, expected {', '.join(wanted)}"
    return ""


def _told(event: Event, slot: str) -> tuple[str, ...]:
    if slot == "stance":
        return (event.stance.value,)
    if slot == "background":
        return () if event.background is None else (str(event.background).lower(),)
    value = event.slots.get(slot, getattr(event, slot, None))
    return _words(value)


def _words(value: SlotValue | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, tuple):
        return tuple(label.value for label in value)
    if isinstance(value, Label):
        return (value.value,)
    if isinstance(value, When):
        return (value.first.isoformat(),)
    if isinstance(value, Quantity):
        return (value.text,)
    return (value.id,) if isinstance(value, Name) else (str(value).lower(),)


def example_article(example: Example) -> Article:
    """Set the example into an article that speaks of its subject."""
    day = example.published or _DEFAULT_DAY
    return Article(
        key="example",
        text=example.text if example.alone else f"{example.text}\n\n{_ABOUT}",
        title="",
        source="examples",
        learned=datetime.combine(day, time(12), tzinfo=UTC),
        published=When(first=day, last=day, precision=Precision.DAY, basis="example"),
        publisher_role="media",
    )


def load_extractor(files: Mapping[str, str], entities: Entities) -> Extractor:
    """Read and compile the event types, and run their examples.

    Raises:
        RuleFileError: with every fault of every file, or every example that does not hold.
    """
    extractor = Extractor(load_event_types(files), entities)
    faults = example_faults(extractor)
    if faults:
        raise RuleFileError(faults)
    return extractor
