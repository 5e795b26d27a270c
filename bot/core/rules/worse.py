"""Which of two events goes further beyond a rule's limits: worse is what a limit looks for, and more of it."""

from dataclasses import replace

from bot.core.lengths import LENGTH_DAYS
from bot.core.model import Event, Quantity
from bot.core.rules.language import Condition

_FAR = 1000.0  # beyond any limit: what is still met so far out has no limit on that side


def is_worse(condition: Condition | None, event: Event, than: Event) -> bool:
    """Answer whether an event surely goes further beyond a limit of the condition than another that meets it."""
    return condition is not None and any(_goes_further(condition, slot, event, than) for slot in condition.slots)


def _goes_further(condition: Condition, slot: str, event: Event, than: Event) -> bool:
    value, other = event.slots.get(slot), than.slots.get(slot)
    if not isinstance(value, Quantity) or not isinstance(other, Quantity):
        return False
    (low, high), (other_low, other_high) = _bounds(value, other.unit), _bounds(other, value.unit)
    if low > other_high:
        return _is_limit(condition, slot, than, _FAR)
    return high < other_low and _is_limit(condition, slot, than, 1 / _FAR)


def _is_limit(condition: Condition, slot: str, event: Event, factor: float) -> bool:
    """Answer whether a slot is met on this side only: further out still, and not on the other side."""
    return _holds(condition, slot, event, factor) and not _holds(condition, slot, event, 1 / factor)


def _holds(condition: Condition, slot: str, event: Event, factor: float) -> bool:
    value = event.slots[slot]
    if not isinstance(value, Quantity) or value.low is None or value.high is None:
        return False
    far = replace(value, low=value.low * factor, high=value.high * factor)
    return condition.truth(replace(event, slots={**event.slots, slot: far})) is True


def _bounds(value: Quantity, other_unit: str) -> tuple[float, float]:
    """Return a value's bounds in the unit it has, or in days beside another unit; what cannot be compared holds all.

    Lengths in different units are only told apart where they cannot be equal.
    """
    if value.low is None or value.high is None or (value.unit != other_unit and value.unit not in LENGTH_DAYS):
        return float("-inf"), float("inf")
    if value.unit == other_unit:
        return value.low, value.high
    fewest, most = LENGTH_DAYS[value.unit]
    return value.low * fewest, value.high * most
