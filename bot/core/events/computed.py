"""Slots that are worked out from two others: the days between two dates, or whether one length is the longer.

A rule compares a slot with a limit; where two slots of one event are to be compared, the event type declares the
comparison as a slot of its own, so that the rule stays free of expressions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.lengths import UNIT_DAYS
from bot.core.model import Bound, Quantity, SlotKind, SlotValue, When

BETWEEN, LONGER = "between", "longer"
PUBLISHED = "published"  # the day of the article, which every event has
WAYS = (BETWEEN, LONGER)
_REACHES = (Bound.AT_LEAST, Bound.MORE_THAN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """How a slot gets its value from two others, where the text does not state it."""

    slot: str
    way: str  # BETWEEN: days from the first date to the second; LONGER: whether the first length exceeds the second
    first: str  # a slot, "happened" or "published"
    second: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What a way of working out takes and gives."""

    of: SlotKind
    gives: SlotKind


def work_out(
    wanted: Sequence[Computed], values: Mapping[str, SlotValue], happened: When | None, published: When | None
) -> Mapping[str, SlotValue]:
    """Return the slots that can be worked out, without those that the text states; of several ways, by the first."""
    dates = {"happened": happened, PUBLISHED: published}
    known: dict[str, SlotValue] = {**values, **{name: date for name, date in dates.items() if date is not None}}
    found: dict[str, SlotValue] = {}
    for each in wanted:
        if each.slot not in values and each.slot not in found and (value := _value(each, known)) is not None:
            found[each.slot] = value
    return found


def _value(wanted: Computed, known: Mapping[str, SlotValue]) -> SlotValue | None:
    first, second = known.get(wanted.first), known.get(wanted.second)
    if wanted.way == BETWEEN:
        if not (isinstance(first, When) and isinstance(second, When)):
            return None
        if wanted.first == PUBLISHED:
            second = _from_then_on(second, first)
        if wanted.second == PUBLISHED:
            first = _up_to_then(first, second)
        return days_between(first, second)
    return is_longer(first, second) if isinstance(first, Quantity) and isinstance(second, Quantity) else None


def _from_then_on(date: When, published: When) -> When:
    """Return the first reading of a date that names no year on or after the article's: "the next is in November"."""
    ahead = [span for span in ((date.first, date.last), *date.alternatives) if span[1] >= published.first]
    first, last = min(ahead, default=(date.first, date.last))
    return replace(date, first=first, last=last)


def _up_to_then(date: When, published: When) -> When:
    """Return the last reading of a date that names no year on or before the article's: "waiting since January"."""
    past = [span for span in ((date.first, date.last), *date.alternatives) if span[0] <= published.last]
    first, last = max(past, default=(date.first, date.last))
    return replace(date, first=first, last=last)


def days_between(first: When, second: When) -> Quantity | None:
    """Return the days from one date to a later one, as a range where one is not known to the day."""
    low, high = (second.first - first.last).days, (second.last - first.first).days
    if high < 0:
        return None
    text = f"{high} days" if low == high else f"{max(low, 0)} to {high} days"
    return Quantity(text=text, start=-1, end=-1, low=max(low, 0), high=high, unit="day")


def is_longer(first: Quantity, second: Quantity) -> bool | None:
    """Answer whether a length exceeds another; None where their units or their ranges do not decide."""
    one, other = _in_days(first), _in_days(second)
    if one is None or other is None:
        return None
    if one[0] > other[1]:
        return True
    return False if one[1] <= other[0] else None


def _in_days(length: Quantity) -> tuple[float, float] | None:
    if length.low is None or length.high is None or length.unit not in UNIT_DAYS:
        return None
    fewest, most = UNIT_DAYS[length.unit]
    # "Up to 30 days" tells of a wait that reaches 30.
    low = length.high if length.bound is Bound.AT_MOST else length.low
    return low * fewest, float("inf") if length.bound in _REACHES else length.high * most
