"""Everything under the rules directory as one value: what loaded, and every fault of what did not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.core.calendars import Calendar, Calendars, business_day_bounds, load_calendars
from bot.core.events.definitions import EventTypes
from bot.core.events.load import load_event_types
from bot.core.messages.channels import load_channels
from bot.core.model import EventType, Name, Quantity
from bot.core.rules.language import Rule
from bot.core.rules.load import Dictionary, load_rules
from bot.core.rules.setting import NOT_KNOWN, Coverage, Setting
from bot.core.text.entities import Entities, Entity, load_entities
from bot.errors import Fault, RuleFileError

ROOT = "rules"
CALENDARS = f"{ROOT}/calendars.yaml"
ENTITIES = f"{ROOT}/entities.yaml"
CHANNELS = f"{ROOT}/channels.yaml"
EVENTS = f"{ROOT}/events/"
Loaded = TypeVar("Loaded")
FALLBACK_ZONE = "America/Los_Angeles"  # where the first users are; calendars.yaml says otherwise


@dataclass(frozen=True, kw_only=True, slots=True)
class Counting:
    """A calendar as comparisons use it."""

    calendar: Calendar
    known: dict[int, tuple[int, int]] = field(default_factory=dict, compare=False)  # answers that were worked out

    @property
    def name(self) -> str:
        """Return the calendar's id."""
        return self.calendar.id

    def bounds(self, calendar_days: int) -> tuple[int, int]:
        """Return the fewest and the most business days that so many calendar days can hold."""
        if calendar_days not in self.known:
            length = Quantity(text="", start=-1, end=-1, low=calendar_days, high=calendar_days, unit="day")
            low, high = business_day_bounds(length, self.calendar)
            self.known[calendar_days] = (int(low or 0), int(high or 0))
        return self.known[calendar_days]

    def between(self, start: date, end: date) -> int:
        """Count the business days after `start` up to and including `end`."""
        return self.calendar.business_days(start, end)

    def add(self, start: date, days: int) -> date:
        """Return the day on which the `days`th business day after `start` falls."""
        return self.calendar.add(start, days)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNames:
    """Entities as comparisons and joining use them."""

    by_id: Mapping[str, Entity]

    def knows(self, entity: str) -> bool:
        """Answer whether an entity has this id."""
        return entity in self.by_id

    def ids(self) -> tuple[str, ...]:
        """Return every id."""
        return tuple(self.by_id)

    def trait(self, name: Name, key: str) -> frozenset[str] | None:
        """Return the values of `kind`, `jurisdiction`, `within`, `region`, `level` or `flag`; None when not known."""
        entity = self.by_id.get(name.id)
        if entity is None:
            return frozenset({name.kind}) if key == "kind" and name.kind else None
        return _TRAITS[key](self, entity)

    def around(self, entity: Entity) -> tuple[Entity, ...]:
        """Return the places around a place, nearest first."""
        found: list[Entity] = []
        outer = self.by_id.get(entity.within or "")
        while outer is not None and outer not in found:
            found.append(outer)
            outer = self.by_id.get(outer.within or "")
        return (*found, *(state for state in self._states(entity) if state not in found))

    def _states(self, entity: Entity) -> tuple[Entity, ...]:
        # A region knows its state by code, without naming the place around it.
        if entity.kind != "place" or entity.state is None or entity.level == "state":
            return ()
        places = (place for place in self.by_id.values() if place.level == "state")
        return tuple(place for place in places if (place.country, place.state) == (entity.country, entity.state))


def _jurisdiction(_names: KnownNames, entity: Entity) -> frozenset[str]:
    if entity.country is None:
        return frozenset()
    return frozenset({f"{entity.country}-{entity.state}" if entity.state else entity.country})


def _region(names: KnownNames, entity: Entity) -> frozenset[str]:
    if entity.level not in {"city", "county"}:
        return frozenset()
    return frozenset(outer.id for outer in names.around(entity) if outer.level == "region")


_TRAITS: Mapping[str, Callable[[KnownNames, Entity], frozenset[str]]] = {
    "kind": lambda _, entity: frozenset({entity.kind}),
    "flag": lambda _, entity: entity.flags,
    "level": lambda _, entity: frozenset({entity.level} if entity.level else ()),
    "within": lambda names, entity: frozenset(outer.id for outer in names.around(entity)),
    "region": _region,
    "jurisdiction": _jurisdiction,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rulebook:
    """What the rules directory says."""

    rules: tuple[Rule, ...]  # in order of their ids
    event_types: Mapping[str, EventType]
    definitions: EventTypes | None  # the patterns behind the event types, for an extractor
    calendars: Calendars
    entities: Entities | None
    faults: tuple[Fault, ...] = ()  # of what did not load, sorted
    counting: Mapping[str, Counting] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which days begin and end."""
        return ZoneInfo(self.calendars.time_zone)

    def by_id(self, rule: str) -> Rule | None:
        """Return the rule of that id."""
        return next((each for each in self.rules if each.id == rule), None)

    def dictionary(self) -> Dictionary:
        """Return what further rules may speak of."""
        return Dictionary(
            event_types=self.event_types,
            calendar=lambda name: self.counting.get(name or self.calendars.default),
            calendar_ids=tuple(self.counting),
            names=KnownNames(by_id=self.entities.by_id if self.entities else {}),
            channels=None,
        )

    def with_faults(self, more: tuple[Fault, ...]) -> "Rulebook":
        """Return the same rulebook with further faults."""
        return replace(self, faults=tuple(sorted({*self.faults, *more})))

    def setting(self, coverage: Coverage = NOT_KNOWN) -> Setting:
        """Return what evaluation needs."""
        return Setting(
            zone=self.zone,
            calendar=lambda name: self.counting[name],
            names=KnownNames(by_id=self.entities.by_id if self.entities else {}),
            coverage=coverage,
        )


def load_rulebook(files: Mapping[str, str], event_types: Mapping[str, EventType] | None = None) -> Rulebook:
    """Read everything under the rules directory; what has a fault is left out and named, and stops nothing else.

    Args:
        files: path → text, paths beginning with `rules/`.
        event_types: instead of those in `rules/events/`.
    """
    faults: list[Fault] = []
    calendars = _loaded(files, CALENDARS, load_calendars, faults) or _no_calendars()
    entities = _loaded(files, ENTITIES, load_entities, faults)
    counting = {name: Counting(calendar=calendar) for name, calendar in calendars.by_id.items()}
    definitions = _definitions(files, faults) if event_types is None else None
    dictionary = Dictionary(
        event_types=definitions.types if definitions else event_types or {},
        calendar=lambda name: counting.get(name or calendars.default),
        calendar_ids=tuple(counting),
        names=KnownNames(by_id=entities.by_id if entities else {}),
        channels=_channels(files, faults),
    )
    # Without event types no rule can be read, and a fault for each would hide the one that matters.
    readable = {path: files[path] for path in files if is_rule_file(path)} if dictionary.event_types else {}
    rules, rule_faults = load_rules(readable, dictionary)
    return Rulebook(
        rules=rules,
        event_types=dictionary.event_types,
        definitions=definitions,
        calendars=calendars,
        entities=entities,
        faults=tuple(sorted({*faults, *rule_faults})),
        counting=counting,
    )


def strict(rulebook: Rulebook) -> Rulebook:
    """Return a rulebook without faults.

    Raises:
        RuleFileError: with every fault it has.
    """
    if rulebook.faults:
        raise RuleFileError(rulebook.faults)
    return rulebook


def is_rule_file(path: str) -> bool:
    """Answer whether a path holds a rule: in a folder of its own under `rules/`, other than `events/`."""
    parts = path.split("/")
    return len(parts) == 3 and parts[0] == ROOT and parts[1] != "events" and path.endswith(".yaml")  # noqa: PLR2004  # rules/FOLDER/NAME.yaml


def _rule_ids(files: Mapping[str, str]) -> tuple[str, ...]:
    # By the names of the files: a rule that does not load is there all the same.
    names = (path.rsplit("/", 1)[-1].removesuffix(".yaml") for path in files if is_rule_file(path))
    return tuple(sorted(names))


def _loaded(
    files: Mapping[str, str], path: str, load: Callable[[str, str], Loaded], faults: list[Fault]
) -> Loaded | None:
    if path not in files:
        return None
    try:
        return load(files[path], path)
    except RuleFileError as error:
        faults.extend(error.faults)
        return None


def _definitions(files: Mapping[str, str], faults: list[Fault]) -> EventTypes | None:
    try:
        return load_event_types(files)
    except RuleFileError as error:
        faults.extend(error.faults)
        return None


def _channels(files: Mapping[str, str], faults: list[Fault]) -> tuple[str, ...] | None:
    if CHANNELS not in files:
        return None
    try:
        return tuple(load_channels(files, _rule_ids(files)).routes)
    except RuleFileError as error:
        faults.extend(error.faults)
        return None


def _no_calendars() -> Calendars:
    # Without calendars.yaml a business day is Monday to Friday.
    weekdays = Calendar(id="weekends_only", title="Monday to Friday", source="no calendars.yaml")
    return Calendars(time_zone=FALLBACK_ZONE, default=weekdays.id, by_id={weekdays.id: weekdays})
