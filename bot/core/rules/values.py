"""Reads what a rule author writes for a value: "2 to 3 weeks", "up to 30 days", "$1.5 million", "70%", "2025-03-10"."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from bot.core.model import Bound, Label, Name, Precision, Quantity, SlotKind, SlotType, SlotValue, When

UNIT_WORDS = {
    "minute": "minute",
    "min": "minute",
    "hour": "hour",
    "day": "day",
    "calendar day": "day",
    "business day": "business_day",
    "working day": "business_day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}
UNITS = "minutes, hours, days, business days, weeks, months or years"
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3, "m": 1e6, "bn": 1e9}
_CURRENCIES = {"$": "USD", "US$": "USD", "USD": "USD", "£": "GBP", "GBP": "GBP", "€": "EUR", "EUR": "EUR"}
_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_RANGE = r"(?:to|-|–)"
_MONEY_NUMBER = re.compile(
    rf"(US\$|\$|£|€|USD|GBP|EUR)?\s*{_NUMBER}\s*(thousand|million|billion|bn|k|m)?\s*(USD|GBP|EUR)?", re.IGNORECASE
)
_COUNT_NUMBER = re.compile(rf"{_NUMBER}\s*(thousand|million|billion)?", re.IGNORECASE)
_BOUNDS = (
    ("more than ", Bound.MORE_THAN),
    ("over ", Bound.MORE_THAN),
    ("at least ", Bound.AT_LEAST),
    ("up to ", Bound.AT_MOST),
    ("at most ", Bound.AT_MOST),
    ("less than ", Bound.LESS_THAN),
    ("under ", Bound.LESS_THAN),
    ("about ", Bound.ABOUT),
)

Amount = tuple[float, float, str]
"""Low, high and unit."""


def amount(words: str, kind: SlotKind) -> Amount | str:
    """Read a number or a range with its unit, or return what is wrong with it."""
    parts = re.split(rf"\s+{_RANGE}\s+|(?<=\d)[-–](?=[$£€\d])", words.strip(), maxsplit=1)
    readers = {SlotKind.DURATION: _duration, SlotKind.MONEY: _money, SlotKind.PERCENT: _percent, SlotKind.COUNT: _count}
    read = readers[kind]
    ends = [read(part.strip()) for part in parts]
    last = ends[-1]
    if isinstance(last, str):
        return last
    first = ends[0]
    if isinstance(first, str):
        first = _bare(parts[0], last)
    if isinstance(first, str):
        return first
    if first[1] != last[1]:
        return f"'{words}' mixes the units {first[1]} and {last[1]}"
    return (first[0], last[0], last[1]) if first[0] <= last[0] else f"'{words}' runs backwards"


def length_days(words: str) -> tuple[int, bool] | str:
    """Read a length such as "14 days", "2 weeks" or "10 business days" as days and whether business days are meant."""
    read = _duration(words.strip())
    if isinstance(read, str):
        return read
    number, unit = read
    if unit == "business_day":
        return int(number), True
    days = {"day": 1, "week": 7}.get(unit)
    if days is None or number != int(number):
        return f"'{words}' is no whole number of days or weeks; write it in days"
    return int(number) * days, False


def day(words: str) -> date | None:
    """Read a day written as 2025-03-10."""
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        return None


def slot_value(words: str, slot: SlotType) -> SlotValue | str:
    """Read the value of a slot as a rule's test writes it, or return what is wrong with it."""
    read = _READERS.get(slot.kind)
    return read(words, slot) if read else _quantity(words, slot.kind)


def _labels(words: str, slot: SlotType) -> SlotValue | str:
    labels = [_label(part, slot) for part in re.split(r",\s*", words)]
    wrong = [label for label in labels if isinstance(label, str)]
    return wrong[0] if wrong else tuple(label for label in labels if isinstance(label, Label))


def _flag(words: str, _slot: SlotType) -> bool | str:
    flags = {"true": True, "yes": True, "false": False, "no": False}
    return flags.get(words.lower(), f"'{words}' is neither true nor false")


def _when(words: str, _slot: SlotType) -> When | str:
    on = day(words)
    if on is None:
        return f"'{words}' is no date; write it as 2025-03-10"
    return When(first=on, last=on, precision=Precision.DAY, basis="stated by the test", text=words)


def slug(name: str) -> str:
    """Return the id that a name without an entity gets."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _label(words: str, slot: SlotType) -> Label | str:
    word = words.strip()
    if slot.values and word not in slot.values:
        return f"'{word}' is no {slot.name}; one of {', '.join(slot.values)}"
    return Label(value=word, text=word)


def _quantity(words: str, kind: SlotKind) -> Quantity | str:
    bound, rest = Bound.EXACT, words.strip()
    for prefix, known in _BOUNDS:
        if rest.lower().startswith(prefix):
            bound, rest = known, rest[len(prefix) :]
    read = amount(rest, kind)
    if isinstance(read, str):
        return read
    low, high, unit = read
    return Quantity(text=words, start=-1, end=-1, low=low, high=high, unit=unit, bound=bound)


def _bare(words: str, last: tuple[float, str]) -> tuple[float, str] | str:
    # The first end of a range takes the unit of the second: "8 to 12 business days".
    match = re.fullmatch(_NUMBER, words.strip().lstrip("$£€"))
    return (_plain(match[1]), last[1]) if match else f"'{words}' is no number"


def _duration(words: str) -> tuple[float, str] | str:
    match = re.fullmatch(rf"{_NUMBER}[\s-]*([a-z]+(?: [a-z]+)?)", words.lower())
    if match is None:
        return f"'{words}' is no length of time; write a number and {UNITS}"
    unit = UNIT_WORDS.get(match[2]) or UNIT_WORDS.get(match[2].removesuffix("s"))
    if unit is None:
        return f"'{match[2]}' is no unit of time; write {UNITS}"
    return _plain(match[1]), unit


def _money(words: str) -> tuple[float, str] | str:
    match = _MONEY_NUMBER.fullmatch(words)
    if match is None:
        return f"'{words}' is no amount of money; write it as $1 million or £25,000"
    currency = match[1] or match[4]
    if not currency:
        return f"'{words}' has no currency; write it as ${words}, £{words} or €{words}"
    return _plain(match[2]) * _SCALES.get((match[3] or "").lower(), 1), _CURRENCIES[currency.upper()]


def _percent(words: str) -> tuple[float, str] | str:
    match = re.fullmatch(rf"{_NUMBER}\s*(?:%|percent|per cent)", words.lower())
    return (_plain(match[1]), "percent") if match else f"'{words}' is no share; write it as 70%"


def _count(words: str) -> tuple[float, str] | str:
    match = _COUNT_NUMBER.fullmatch(words)
    if match is None:
        return f"'{words}' is no count; write a number such as 100 or 2,500"
    return _plain(match[1]) * _SCALES.get((match[2] or "").lower(), 1), "count"


def _plain(digits: str) -> float:
    return float(digits.replace(",", ""))


_READERS: Mapping[SlotKind, Callable[[str, SlotType], SlotValue | str]] = {
    SlotKind.LABEL: _label,
    SlotKind.LABELS: _labels,
    SlotKind.NAME: lambda name, _: Name(id=slug(name), name=name, kind="", text=name),
    SlotKind.FLAG: _flag,
    SlotKind.DATE: _when,
}
