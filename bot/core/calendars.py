"""Business days: which days count, how many lie between two dates, how many a length of time can hold.

Lengths without a start date are judged by interval arithmetic over every start date: thirty calendar days hold 17 to 22
business days of the `ca_state` calendar, so they are over a limit of 10 and may or may not be over one of 20.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from math import ceil, floor
from operator import sub
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.days import FORMS, DayOfYear, day_rule
from bot.core.lengths import UNIT_DAYS
from bot.core.marked_yaml import Faults, Node, parse, suggestion
from bot.core.model import Quantity

FIRST_YEAR, LAST_YEAR = 1990, 2060  # the years whose holidays are known to a calendar
SATURDAY, SUNDAY = 5, 6
SHIFTS = ("nothing", "day before", "day after", "next free day")
LONGEST_SCANNED_DAYS = 800  # lengths beyond this are bounded by their share of weekdays instead of a scan

# From and to which length n months reach: any twelve are a year.
_DAYS_OF_MONTHS = ((0, 0), (28, 31), (59, 62), (89, 92), (120, 123), (150, 153), (181, 184), (212, 215), (242, 245),
                   (273, 276), (303, 306), (334, 337))  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """Which days are business days: Monday to Friday without the holidays."""

    id: str
    title: str
    source: str  # the law or list the holidays come from
    holidays: Mapping[date, str] = field(default_factory=dict)  # day off → name, FIRST_YEAR to LAST_YEAR
    weekday_holidays: tuple[int, ...] = ()  # ordinals of the holidays from Monday to Friday, in order

    def is_business_day(self, day: date) -> bool:
        """Tell whether `day` counts."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def business_days(self, start: date, end: date) -> int:
        """Count the business days after `start` up to and including `end`; negative when `end` comes first."""
        if end < start:
            return -self.business_days(end, start)
        first, last = start.toordinal() + 1, end.toordinal()
        off = bisect_right(self.weekday_holidays, last) - bisect_left(self.weekday_holidays, first)
        return _weekdays_up_to(last) - _weekdays_up_to(first - 1) - off

    def add(self, start: date, days: int) -> date:
        """Return the day on which the `days`th business day after `start` falls; `start` itself is not counted."""
        day = start + timedelta(days=days * 7 // 5)
        while self.business_days(start, day) >= days and day > start:
            day -= timedelta(days=1)
        while self.business_days(start, day) < days or not (self.is_business_day(day) or days == 0):
            day += timedelta(days=1)
        return day


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendars:
    """What `rules/calendars.yaml` says."""

    time_zone: str  # IANA name
    default: str  # id of the calendar used where none is named
    by_id: Mapping[str, Calendar]

    def named(self, calendar: str | None) -> Calendar:
        """Return the calendar with that id, or the default one for None."""
        return self.by_id[calendar or self.default]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holiday:
    name: str
    rule: DayOfYear | None
    dates: tuple[date, ...]
    first_year: int
    last_year: int
    shifts: tuple[str, str]  # on Saturday, on Sunday


def business_day_bounds(quantity: Quantity, calendar: Calendar) -> tuple[float | None, float | None]:
    """Return the fewest and the most business days that the stated length can hold, whenever it begins.

    The bound of the quantity ("up to", "more than") is left to the caller.

    Returns:
        (low, high) for the lower and the upper stated number; None where the article states no number.

    Raises:
        ValueError: when the unit is no unit of time.
    """
    low = None if quantity.low is None else _bounds(quantity.low, quantity.unit, calendar)[0]
    high = None if quantity.high is None else _bounds(quantity.high, quantity.unit, calendar)[1]
    return low, high


def load_calendars(text: str, path: str = "rules/calendars.yaml") -> Calendars:
    """Read the calendars of a rulebook.

    Raises:
        RuleFileError: with every fault of the file.
    """
    faults = Faults()
    root = _Mapping(parse(text, path), faults, ("time_zone", "default", "calendars"))
    calendars = {id_: _calendar(id_, node, faults) for id_, node in root.mapping("calendars").items()}
    loaded = Calendars(time_zone=_time_zone(root, faults), default=_default(root, calendars, faults), by_id=calendars)
    faults.raise_if_any()
    return loaded


def _weekdays_up_to(ordinal: int) -> int:
    # Ordinal 1 (0001-01-01) is a Monday.
    weeks, days = divmod(ordinal, 7)
    return weeks * 5 + min(days, 5)


def _bounds(number: float, unit: str, calendar: Calendar) -> tuple[float, float]:
    if unit == "business_day":
        return number, number
    shortest, longest = _calendar_days(number, unit)
    return _fewest_and_most(floor(shortest), calendar)[0], _fewest_and_most(ceil(longest), calendar)[1]


def _calendar_days(number: float, unit: str) -> tuple[float, float]:
    if unit == "month":
        years, months = divmod(floor(number), 12)
        least, most = _DAYS_OF_MONTHS[months]
        part = (number % 1) * 30
        return years * 365 + least + part, years * 366 + most + part
    if unit not in UNIT_DAYS:
        raise ValueError(f"'{unit}' is no unit of time; expected business_day, {', '.join(UNIT_DAYS)}")
    shortest, longest = UNIT_DAYS[unit]
    return number * shortest, number * longest


@lru_cache(maxsize=4096)
def _scan(days: int, holidays: tuple[int, ...]) -> tuple[int, int]:
    counted = _counted(holidays)
    held = list(map(sub, counted[days:], counted))
    return min(held), max(held)


@lru_cache(maxsize=64)
def _counted(holidays: tuple[int, ...]) -> tuple[int, ...]:
    # Business days of the calendar before each day from FIRST_YEAR to LAST_YEAR, as a running total.
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    off = frozenset(holidays)
    return tuple(accumulate((day - 1) % 7 < SATURDAY and day not in off for day in range(first, last + 1)))


def _fewest_and_most(days: int, calendar: Calendar) -> tuple[int, int]:
    if days <= LONGEST_SCANNED_DAYS:
        return _scan(days, calendar.weekday_holidays)
    per_year = max(1, len(calendar.weekday_holidays) // (LAST_YEAR - FIRST_YEAR + 1) + 4)
    most = days * 5 // 7 + 5
    return most - 10 - per_year * (days // 365 + 1), most


class _Mapping:
    """A mapping node whose faults are collected."""

    def __init__(self, node: Node, faults: Faults, known: tuple[str, ...] = ()) -> None:
        self.node, self.faults = node, faults
        self.values = node.value if isinstance(node.value, dict) else {}
        if not isinstance(node.value, dict):
            faults.add(node, "expected keys with values here")
        for key, place in node.keys.items():
            if known and key not in known:
                faults.add(place, f"unknown key '{key}'{suggestion(key, known) or '; known: ' + ', '.join(known)}")

    def text(self, key: str, *, default: str | None = None, one_of: tuple[str, ...] = ()) -> str:
        """Return a required word, or `default` where it may be left out; "" after a fault."""
        node = self.values.get(key)
        if node is None:
            if default is None:
                self.faults.add(self.node, f"'{key}' is missing")
            return default or ""
        if not isinstance(node.value, str) or not node.value.strip():
            self.faults.add(node, f"'{key}' must be one value")
            return default or ""
        if one_of and node.value not in one_of:
            close = suggestion(node.value, one_of) or "; expected " + " | ".join(one_of)
            self.faults.add(node, f"'{key}' cannot be '{node.value}'{close}")
        return node.value

    def year(self, key: str, default: int) -> int:
        """Return a year, or `default` where none is given."""
        node = self.values.get(key)
        if node is None:
            return default
        if isinstance(node.value, str) and node.value.isdecimal() and len(node.value) == len("2025"):
            return int(node.value)
        self.faults.add(node, f"'{key}' must be a year such as 2023")
        return default

    def list(self, key: str) -> list[Node]:
        """Return the nodes of a list, none when it is absent."""
        node = self.values.get(key)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.faults.add(node, f"'{key}' must be a list")
            return []
        return node.value

    def mapping(self, key: str) -> dict[str, Node]:
        """Return the nodes of a required mapping."""
        node = self.values.get(key)
        if node is None or not isinstance(node.value, dict) or not node.value:
            self.faults.add(node or self.node, f"'{key}' must have at least one entry")
            return {}
        return node.value


def _time_zone(root: _Mapping, faults: Faults) -> str:
    name = root.text("time_zone")
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults.add(root.values["time_zone"], f"no time zone is called '{name}'; expected one like Europe/London")
    return name


def _default(root: _Mapping, calendars: Mapping[str, Calendar], faults: Faults) -> str:
    name = root.text("default")
    if name and name not in calendars:
        close = suggestion(name, tuple(calendars))
        faults.add(root.values["default"], f"no calendar is called '{name}'{close}")
    return name


def _calendar(id_: str, node: Node, faults: Faults) -> Calendar:
    known = ("title", "source", "on_saturday", "on_sunday", "holidays")
    entry = _Mapping(node, faults, known)
    shifts = (
        entry.text("on_saturday", default="nothing", one_of=SHIFTS),
        entry.text("on_sunday", default="nothing", one_of=SHIFTS),
    )
    holidays = [_holiday(part, faults, shifts) for part in entry.list("holidays")]
    days = _days_off([holiday for holiday in holidays if holiday is not None])
    ordinals = tuple(sorted(day.toordinal() for day in days if day.weekday() < SATURDAY))
    return Calendar(
        id=id_, title=entry.text("title"), source=entry.text("source"), holidays=days, weekday_holidays=ordinals
    )


def _holiday(node: Node, faults: Faults, shifts: tuple[str, str]) -> _Holiday | None:
    known = ("name", "on", "dates", "from", "to", "on_saturday", "on_sunday")
    entry = _Mapping(node, faults, known)
    if not entry.values:
        return None
    words = entry.text("on", default="")
    rule = day_rule(words) if words else None
    if words and rule is None:
        faults.add(entry.values["on"], f"'{words}' names no day; expected a form like {FORMS}")
    dates = tuple(day for part in entry.list("dates") if (day := _date(part, faults)))
    if not words and not entry.list("dates"):
        faults.add(node, "'on' or 'dates' is missing: when is this holiday?")
    return _Holiday(
        name=entry.text("name"),
        rule=rule,
        dates=dates,
        first_year=entry.year("from", FIRST_YEAR),
        last_year=entry.year("to", LAST_YEAR),
        shifts=(
            entry.text("on_saturday", default=shifts[0], one_of=SHIFTS),
            entry.text("on_sunday", default=shifts[1], one_of=SHIFTS),
        ),
    )


def _date(node: Node, faults: Faults) -> date | None:
    try:
        return date.fromisoformat(node.value if isinstance(node.value, str) else "")
    except ValueError:
        faults.add(node, "expected a day like 2025-01-29")
        return None


def _days_off(holidays: list[_Holiday]) -> dict[date, str]:
    stated = sorted((day, place) for place, holiday in enumerate(holidays) for day in _stated(holiday))
    kept: dict[date, str] = {day: holidays[place].name for day, place in stated if _shift(day, holidays[place]) == ""}
    for day, place in stated:
        shift = _shift(day, holidays[place])
        if shift == "nothing":
            kept.setdefault(day, holidays[place].name)
        elif shift:
            kept.setdefault(_moved(day, shift, kept), f"{holidays[place].name} (observed)")
    return kept


def _stated(holiday: _Holiday) -> Iterator[date]:
    yield from holiday.dates
    if holiday.rule is not None:
        for year in range(max(holiday.first_year, FIRST_YEAR), min(holiday.last_year, LAST_YEAR) + 1):
            yield holiday.rule(year)


def _shift(day: date, holiday: _Holiday) -> str:
    # "" on Monday to Friday: such a holiday stays where it is.
    return {SATURDAY: holiday.shifts[0], SUNDAY: holiday.shifts[1]}.get(day.weekday(), "")


def _moved(day: date, shift: str, taken: Mapping[date, str]) -> date:
    if shift == "day before":
        return day - timedelta(days=1)
    moved = day + timedelta(days=1)
    while shift == "next free day" and (moved.weekday() >= SATURDAY or moved in taken):
        moved += timedelta(days=1)
    return moved
