"""How long units of time are."""

from collections.abc import Mapping

_HOUR = 1 / 24
_MINUTE = 1 / 60 / 24

CALENDAR_DAYS: Mapping[str, tuple[int, int]] = {
    "day": (1, 1),
    "week": (7, 7),
    "month": (28, 31),
    "quarter": (90, 92),
    "year": (365, 366),
}
"""Calendar days in a unit, fewest and most."""

UNIT_DAYS: Mapping[str, tuple[float, float]] = {**CALENDAR_DAYS, "hour": (_HOUR, _HOUR), "minute": (_MINUTE, _MINUTE)}
"""The same, of units of the clock too."""

LENGTH_DAYS: Mapping[str, tuple[float, float]] = {**UNIT_DAYS, "business_day": (1.0, 2.0)}
"""The same, and of business days: one calendar day within a week, two over a weekend or a holiday."""
