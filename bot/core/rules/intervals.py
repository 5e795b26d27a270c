"""Numbers as intervals: what a stated quantity can be, in the unit of the limit it is held against.

"30 days" is 17 to 22 business days; "more than 110,000" is everything above; "up to 30 days", said of waits, tells that
some wait reaches 30.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.core.lengths import LENGTH_DAYS, UNIT_DAYS
from bot.core.model import Bound, Quantity

ABOUT_SHARE = 0.1  # "about 2,400" can hold with anything within a tenth of it
TIME_UNITS = frozenset(LENGTH_DAYS)


class BusinessDays(Protocol):
    """What the comparison of durations needs of a calendar."""

    @property
    def name(self) -> str:
        """The name that answers show."""
        ...

    def bounds(self, calendar_days: int) -> tuple[int, int]:
        """Return the fewest and the most business days that so many calendar days can hold."""
        ...

    def between(self, start: date, end: date) -> int:
        """Count the business days after `start` up to and including `end`."""
        ...

    def add(self, start: date, days: int) -> date:
        """Return the day on which the `days`th business day after `start` falls."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """What a number can be; an open end leaves out the number itself."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def over(self, limit: float) -> bool | None:
        """Answer whether it lies above the limit."""
        if self.low > limit or (self.low == limit and self.low_open):
            return True
        return False if self.high <= limit else None

    def at_least(self, limit: float) -> bool | None:
        """Answer whether it lies at the limit or above."""
        if self.low >= limit:
            return True
        return False if self.high < limit or (self.high == limit and self.high_open) else None

    def inside(self, other: "Interval") -> bool | None:
        """Answer whether it lies inside the other."""
        if self.low >= other.low and self.high <= other.high:
            return True
        return None if self.meets(other) else False

    def meets(self, other: "Interval") -> bool:
        """Answer whether some number lies in both."""
        if self.low > other.high or other.low > self.high:
            return False
        if self.low == other.high:
            return not (self.low_open or other.high_open)
        if other.low == self.high:
            return not (other.low_open or self.high_open)
        return True


def stated(quantity: Quantity, *, reaches: bool = False, widen_about: bool = False) -> Interval:
    """Return what the stated number can be, in its own unit.

    Args:
        quantity: as the article states it; without any number it can be anything.
        reaches: "up to N" tells that some case reaches N, as a maximum over many does.
        widen_about: read "about N" as a tenth more or less; without it, as N.
    """
    if quantity.low is None and quantity.high is None:
        return Interval(low=0.0, high=math.inf)
    low = 0.0 if quantity.low is None else quantity.low
    high = math.inf if quantity.high is None else quantity.high
    if quantity.bound is Bound.ABOUT and widen_about:
        return Interval(low=low * (1 - ABOUT_SHARE), high=high * (1 + ABOUT_SHARE))
    if quantity.bound is Bound.AT_MOST:
        return Interval(low=high if reaches else 0.0, high=high)
    bounded = {
        Bound.AT_LEAST: Interval(low=low, high=math.inf),
        Bound.MORE_THAN: Interval(low=low, high=math.inf, low_open=True),
        Bound.LESS_THAN: Interval(low=0.0, high=high, high_open=True),
    }
    return bounded.get(quantity.bound) or Interval(low=low, high=high)


def in_unit(interval: Interval, unit: str, target: str, calendar: BusinessDays) -> Interval | None:
    """Convert between units of time; None where the units cannot be compared."""
    if unit == target:
        return interval
    if unit not in TIME_UNITS or target not in TIME_UNITS:
        return None
    if unit == "business_day":
        return _scaled_to(_business_to_calendar(interval, calendar), target)
    days = _to_days(interval, unit)
    if target == "business_day":
        return _calendar_to_business(days, calendar)
    return _scaled_to(days, target)


def _to_days(interval: Interval, unit: str) -> Interval:
    fewest, most = UNIT_DAYS[unit]
    return Interval(
        low=interval.low * fewest, high=interval.high * most, low_open=interval.low_open, high_open=interval.high_open
    )


def _scaled_to(days: Interval, target: str) -> Interval:
    fewest, most = UNIT_DAYS[target]
    return Interval(low=days.low / most, high=days.high / fewest, low_open=days.low_open, high_open=days.high_open)


def _calendar_to_business(days: Interval, calendar: BusinessDays) -> Interval:
    # More than 14 days is 15 or more for a count of whole days; 14 and a half are at least 14.
    low_days = math.floor(days.low) + (1 if days.low_open and days.low == math.floor(days.low) else 0)
    low = calendar.bounds(low_days)[0]
    if math.isinf(days.high):
        return Interval(low=low, high=math.inf)
    high_days = math.ceil(days.high) - (1 if days.high_open and days.high == math.ceil(days.high) else 0)
    return Interval(low=low, high=calendar.bounds(max(high_days, 0))[1])


def _business_to_calendar(business: Interval, calendar: BusinessDays) -> Interval:
    low = _first_enough(math.floor(business.low), lambda days: calendar.bounds(days)[1] >= business.low)
    if math.isinf(business.high):
        return Interval(low=low, high=math.inf, low_open=business.low_open)
    high = _first_enough(math.ceil(business.high), lambda days: calendar.bounds(days + 1)[0] > business.high)
    return Interval(low=low, high=high)


def _first_enough(days: int, is_enough: Callable[[int], bool]) -> int:
    """Return the first length from `days` on that is enough, in few questions however long that is."""
    if is_enough(days):
        return days
    step = 1
    while not is_enough(days + step):
        step *= 2
    lengths = range(days + step // 2, days + step + 1)
    return lengths[bisect_left(lengths, 1, key=is_enough)]
