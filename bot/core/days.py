"""Days that a rule names: "third Monday of January", "2 days before Easter"."""

import re
from collections.abc import Callable
from datetime import date, timedelta

DayOfYear = Callable[[int], date]
"""From a year to the day that a rule names in it."""

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}

_FIXED = re.compile(rf"({'|'.join(MONTHS)}) (\d{{1,2}})")
_NTH_WEEKDAY = re.compile(rf"({'|'.join(_NTH)}) ({'|'.join(WEEKDAYS)}) of ({'|'.join(MONTHS)})")
_WEEKDAY_BEFORE = re.compile(rf"({'|'.join(WEEKDAYS)}) before ({'|'.join(MONTHS)}) (\d{{1,2}})")
_SHIFTED = re.compile(r"(?:(\d{1,2}) days?|day) (before|after) (.+)")

FORMS = '"March 31", "third Monday of January", "last Monday of May", "Monday before May 25", "2 days before Easter"'


def day_rule(words: str) -> DayOfYear | None:
    """Read the name of a day, or return None when it has none of the known forms (`FORMS`)."""
    words = " ".join(words.lower().split())
    for pattern, read in _READERS:
        if match := pattern.fullmatch(words):
            return read(match)
    return easter if words == "easter" else None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth such weekday of a month; -1 is the last one."""
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Return Easter Sunday of the western churches.

    Source: the anonymous Gregorian computus, as in Meeus, Astronomical Algorithms, chapter 8.
    """
    golden, century, of_century = year % 19, year // 100, year % 100
    shift = (century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 19 * golden + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - shift - of_century % 4) % 7
    late = (golden + 11 * shift + 22 * to_sunday) // 451
    month, day = divmod(shift + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _fixed(match: re.Match[str]) -> DayOfYear | None:
    month, day = MONTHS.index(match[1]) + 1, int(match[2])
    if not _is_day(month, day):
        return None
    return lambda year: date(year, month, day)


def _nth_weekday(match: re.Match[str]) -> DayOfYear | None:
    nth, weekday, month = _NTH[match[1]], WEEKDAYS.index(match[2]), MONTHS.index(match[3]) + 1
    return lambda year: nth_weekday(year, month, weekday, nth)


def _weekday_before(match: re.Match[str]) -> DayOfYear | None:
    weekday, month, day = WEEKDAYS.index(match[1]), MONTHS.index(match[2]) + 1, int(match[3])
    if not _is_day(month, day):
        return None

    def before(year: int) -> date:
        eve = date(year, month, day) - timedelta(days=1)
        return eve - timedelta(days=(eve.weekday() - weekday) % 7)

    return before


def _shifted(match: re.Match[str]) -> DayOfYear | None:
    inner = day_rule(match[3])
    if inner is None:
        return None
    days = int(match[1] or 1) * (1 if match[2] == "after" else -1)
    return lambda year: inner(year) + timedelta(days=days)


def _is_day(month: int, day: int) -> bool:
    # 2025 is no leap year: 29 February is not a day of every year.
    try:
        date(2025, month, day)
    except ValueError:
        return False
    return True


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], DayOfYear | None]], ...] = (
    (_FIXED, _fixed),
    (_NTH_WEEKDAY, _nth_weekday),
    (_WEEKDAY_BEFORE, _weekday_before),
    (_SHIFTED, _shifted),
)
