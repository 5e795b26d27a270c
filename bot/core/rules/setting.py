"""What surrounds a rule while it is evaluated: time zone, calendars, names, and when the sources were read."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.core.model import Event
from bot.core.rules.compare import Registry
from bot.core.rules.intervals import BusinessDays


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A source was read on each of these days."""

    source: str
    first: date
    last: date  # inclusive


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """When which source was read; without it, nobody knows whether anyone was looking."""

    readings: tuple[Reading, ...] = ()
    always: bool = False  # every source was read every day, as when a whole corpus is replayed

    def covers(self, first: date, last: date, sources: Collection[str] = ()) -> bool:
        """Answer whether, on each day of the window, one of the sources (any, where none is named) was read."""
        if self.always:
            return True
        day = first
        for reading in sorted(self.readings, key=lambda reading: (reading.first, reading.last)):
            if sources and reading.source not in sources:
                continue
            if reading.first <= day <= reading.last:
                day = reading.last + timedelta(days=1)
        return day > last


ALWAYS_READ = Coverage(always=True)
NOT_KNOWN = Coverage()


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What evaluation needs besides the rule and the events."""

    zone: ZoneInfo
    calendar: Callable[[str], BusinessDays]
    names: Registry
    coverage: Coverage = NOT_KNOWN
    source_of: Callable[[Event], str] = lambda event: event.publisher
