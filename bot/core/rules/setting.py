"""What surrounds a rule while it is evaluated: time zone, calendars, names, and when the sources were read."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.core.model import Event
from bot.core.rules.compare import Registry
from bot.core.rules.intervals import BusinessDays

DaysTold = Mapping[str, tuple[date, ...]]
"""By organisation, the local days on which it was spoken of, in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A source was read on each of these days."""

    source: str
    first: date
    last: date  # inclusive
    is_archive: bool = False  # read from end to end by a backfill: what it does not tell, it does not hold


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """When which source was read; without it, nobody knows whether anyone was looking."""

    readings: tuple[Reading, ...] = ()
    always: bool = False  # every source was read every day, as when a whole corpus is replayed
    told: DaysTold | None = None  # when organisations were spoken of; None: as the events tell that are judged

    def covers(self, first: date, last: date, *, archives_only: bool = False) -> bool:
        """Answer whether, on each day of the window, a source (or an archive of one) was read."""
        if self.always:
            return True
        day = first
        for reading in sorted(self.readings, key=lambda reading: (reading.first, reading.last)):
            if archives_only and not reading.is_archive:
                continue
            if reading.first <= day <= reading.last:
                day = reading.last + timedelta(days=1)
        return day > last


NOT_LOOKING = "we were not looking: no source that brings news was read on every day of this time"
NOT_SPOKEN_OF = "we were not looking: the sources were read, but none of them spoke of the subject in this time"

ALWAYS_READ = Coverage(always=True)
NOT_KNOWN = Coverage()


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What evaluation needs besides the rule and the events."""

    zone: ZoneInfo
    calendar: Callable[[str], BusinessDays]
    names: Registry
    coverage: Coverage = NOT_KNOWN
    days_told: DaysTold = field(default_factory=dict)
    source_of: Callable[[Event], str] = lambda event: event.publisher

    def why_unseen(self, first: date, last: date, organisation: str | None, *, spoken_from: date) -> str:
        """Return why nobody can say that nothing happened in a window; "" when it can be said.

        Args:
            first: of the window.
            last: of the window, inclusive.
            organisation: its subject; None where the rule does not keep organisations apart.
            spoken_from: the subject must have been spoken of between this day and the last.
        """
        if self.coverage.covers(first, last, archives_only=True):
            return ""
        if not self.coverage.covers(first, last):
            return NOT_LOOKING
        days = self.days_told.get(organisation, ()) if organisation else (last,)
        place = bisect_left(days, spoken_from)
        return "" if place < len(days) and days[place] <= last else NOT_SPOKEN_OF


def days_told(events: Iterable[Event], zone: ZoneInfo) -> DaysTold:
    """Return the local days on which each organisation was spoken of, in order."""
    days: dict[str, set[date]] = {}
    for event in events:
        if event.organisation is not None:
            days.setdefault(event.organisation.id, set()).add(event.learned.astimezone(zone).date())
    return {organisation: tuple(sorted(found)) for organisation, found in days.items()}
