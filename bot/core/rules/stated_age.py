"""Does a stated age fit the calendar: "in its 19th week", "day 47", "exactly 21 weeks", "nearly four months"."""

import re

from bot.core.lengths import CALENDAR_DAYS
from bot.core.model import Bound, Event, Quantity

_ORDINAL = re.compile(
    r"\b(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b", re.IGNORECASE
)
_DAY_NUMBER = re.compile(r"\bday\s+\d+", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:about|around|some|roughly|nearly|almost|approaching|soon|close to|more than|over|at least|up to|under)\b",
    re.IGNORECASE,
)


def fits(age: Quantity, fewest_days: int, most_days: int) -> bool:
    """Answer whether a stated age can be right for something that began so many days before.

    The first day counts as day 1. An ordinal names the unit that is under way; a plain number may be counted with or
    without the last unit; a hedged one may be off by less than one unit.

    Args:
        age: as stated, in days, weeks, months, quarters or years.
        fewest_days: whole days between the start and the day that the age is stated for, at least.
        most_days: the same, at most.
    """
    if age.low is None or age.high is None:
        return True
    shortest, longest = CALENDAR_DAYS[age.unit]
    if _ORDINAL.search(age.text) or _DAY_NUMBER.search(age.text):
        # The 19th week runs from 18 full weeks up to 19.
        return (age.low - 1) * shortest <= most_days and fewest_days < age.high * longest
    if age.bound in {Bound.AT_LEAST, Bound.MORE_THAN}:
        return most_days + 1 >= age.low * shortest
    slack = _slack(age, shortest)
    return age.low * shortest - slack <= most_days + 1 and fewest_days <= age.high * longest + slack


def _slack(age: Quantity, unit_days: int) -> int:
    if _HEDGE.search(age.text) or age.bound is not Bound.EXACT:
        return unit_days - 1
    # "Two months" said on the 66th day rounds down; "exactly 21 weeks" does not.
    return 1


def age_in(event: Event) -> Quantity | None:
    """Return the age that the event's own words state: "in their 24th week", "Day 47", "exactly 21 weeks"."""
    near = event.sentence[max(0, event.start - event.sentence_start - _NEAR) :]
    for pattern in _AGES:
        match = pattern.search(near)
        if match and (number := _number(match["number"])) is not None:
            unit = match["unit"].lower().removesuffix("s")
            return Quantity(text=match[0], start=-1, end=-1, low=number, high=number, unit=unit)
    return None


def _number(word: str) -> int | None:
    digits = re.match(r"\d+", word)
    if digits:
        return int(digits[0])
    return _ORDINALS.index(word.lower()) + 1 if word.lower() in _ORDINALS else None


_NEAR = 60  # characters before the quote in which its age may stand
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
)  # fmt: skip
_NTH = rf"\d+(?:st|nd|rd|th)|{'|'.join(_ORDINALS)}"
_UNIT = r"(?P<unit>days?|weeks?|months?)"
_AGES = (
    re.compile(rf"\b(?:in|into|enter\w*|of) (?:its|the|their|our) (?P<number>{_NTH}) {_UNIT}\b", re.IGNORECASE),
    re.compile(r"\b(?P<unit>day|week|month) (?P<number>\d+)\b", re.IGNORECASE),
    re.compile(rf"\bexactly (?P<number>\d+) {_UNIT}\b", re.IGNORECASE),
)
