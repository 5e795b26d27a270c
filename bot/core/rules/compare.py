"""Comparisons: what a rule says of one slot, compiled into closures that answer met, not met or unknown.

wait: "> 10 business days"        wait: 2 to 3 weeks         compliance: "< 70%"
penalty: ">= $1 million"          status: [held, ended]      region: none
happened: today or later          agency: {kind: agency}     urgency: {not: urgent}
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

from bot.core.marked_yaml import Faults, Node, suggestion
from bot.core.model import Bound, Event, Label, Name, Precision, Quantity, SlotKind, SlotType, SlotValue, When
from bot.core.rules.intervals import BusinessDays, Interval, in_unit, stated
from bot.core.rules.language import Truth
from bot.core.rules.values import amount, day

READINGS = 512  # stated lengths whose answers one comparison keeps: articles repeat "two weeks" and "30 days"
NONE_WORD = "none"
GIVEN_WORD = "given"
_OPERATORS = {">": "over", ">=": "at least", "<": "under", "<=": "at most", "=": "exactly"}
_SYMBOLS = {"≥": ">=", "≤": "<="}
_RELATIVE = {
    "future": (False, False, True),
    "past": (True, False, False),
    "today": (False, True, False),
    "today or later": (False, True, True),
    "today or earlier": (True, True, False),
}
_NUMBERS = frozenset({SlotKind.DURATION, SlotKind.MONEY, SlotKind.PERCENT, SlotKind.COUNT})


class Registry(Protocol):
    """What comparisons with names need to know about them."""

    def knows(self, entity: str) -> bool:
        """Answer whether an entity has this id."""
        ...

    def ids(self) -> tuple[str, ...]:
        """Return every id."""
        ...

    def trait(self, name: Name, key: str) -> frozenset[str] | None:
        """Return the values of `kind`, `jurisdiction`, `within` or `flag` of a name; None when they are not known."""
        ...


_PARTIES = ("organisation", "counterparty", "agency")
NAME_KEYS = ("kind", "jurisdiction", "within", "flag")


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """One comparison: the answer for a value, and the line that shows how it came about."""

    truth: Callable[[SlotValue | None, Event], Truth]
    tell: Callable[[SlotValue | None, Event, Truth], str]
    english: str
    words: frozenset[str] = frozenset()  # it is met by these words or ids only; empty: not told by words


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What comparisons are compiled against."""

    calendar: BusinessDays
    names: Registry
    faults: Faults


def compile_test(node: Node, slot: SlotType, around: Surroundings, *, reaches: bool = False) -> Test | None:
    """Compile what a rule says of one slot; faults are noted, and None returned, where it means nothing.

    Args:
        node: the comparison, a list of comparisons, or a mapping with any, all or not.
        slot: what it is about.
        around: calendar, names and where faults go.
        reaches: "up to N" of this slot tells that some case reaches N.
    """
    if isinstance(node.value, list):
        if not node.value:
            around.faults.add(node, f"the list for '{slot.name}' is empty; it could never be met")
        if slot.kind is SlotKind.LABEL and node.value and all(_is_known(part, slot) for part in node.value):
            return _one_of(tuple(str(part.value) for part in node.value))
        tests = [compile_test(part, slot, around, reaches=reaches) for part in node.value]
        return _joined([test for test in tests if test is not None], "or", _any)
    if isinstance(node.value, dict):
        return _nested(node, slot, around, reaches=reaches)
    return _scalar(node, str(node.value), slot, around, reaches=reaches)


def _is_known(part: Node, slot: SlotType) -> bool:
    return part.value in slot.values


def _one_of(words: tuple[str, ...]) -> Test:
    known = frozenset(words)
    told = " or ".join(dict.fromkeys(words)).replace("_", " ")

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        return value.value in known if isinstance(value, Label) else None

    def tell(value: SlotValue | None, _event: Event, answer: Truth) -> str:
        if not isinstance(value, Label):
            return f"the article does not say; asked for {told}"
        return f"{shown(value)}, {f'is {shown(value)}' if answer else f'not {told}'}"

    return Test(truth=truth, tell=tell, english=f"is {told}", words=known)


def _nested(node: Node, slot: SlotType, around: Surroundings, *, reaches: bool) -> Test | None:
    values = node.value if isinstance(node.value, dict) else {}
    if slot.kind is SlotKind.NAME and set(values) <= set(NAME_KEYS) and values:
        return _name_traits(values, slot, around)
    if len(values) != 1 or not set(values) <= {"any", "all", "not"}:
        known = ["any", "all", "not", *(NAME_KEYS if slot.kind is SlotKind.NAME else ())]
        wrong = next((key for key in values if key not in known), "")
        hint = suggestion(wrong, known) or f"; expected one of {', '.join(known)}"
        around.faults.add(node.keys.get(wrong, node), f"'{wrong}' cannot stand under '{slot.name}'{hint}")
        return None
    key, child = next(iter(values.items()))
    if key == "not":
        inner = compile_test(child, slot, around, reaches=reaches)
        return None if inner is None else _negated(inner)
    if not isinstance(child.value, list):
        around.faults.add(child, f"'{key}' needs a list")
        return None
    tests = [compile_test(part, slot, around, reaches=reaches) for part in child.value]
    found = [test for test in tests if test is not None]
    return _joined(found, "or" if key == "any" else "and", _any if key == "any" else _all)


def _scalar(node: Node, words: str, slot: SlotType, around: Surroundings, *, reaches: bool) -> Test | None:
    words = words.strip()
    if words == NONE_WORD:
        return Test(truth=lambda value, _: _is_absent(value), tell=_tell_given, english="is not given")
    if words == GIVEN_WORD:
        return Test(truth=lambda value, _: not _is_absent(value), tell=_tell_given, english="is given")
    if slot.kind in _NUMBERS:
        return _number(node, words, slot, around, reaches=reaches)
    readers: Mapping[SlotKind, Callable[[Node, str, SlotType, Surroundings], Test | None]] = {
        SlotKind.LABEL: _label,
        SlotKind.LABELS: _label,
        SlotKind.NAME: _name,
        SlotKind.FLAG: _flag,
        SlotKind.DATE: _date,
    }
    return readers[slot.kind](node, words, slot, around)


def _is_absent(value: SlotValue | None) -> bool:
    return value is None or value == ()


def _tell_given(value: SlotValue | None, _event: Event, _truth: Truth) -> str:
    return "not given" if _is_absent(value) else f"given: {shown(value)}"


def shown(value: SlotValue | None) -> str:
    """Return a slot's value in the article's words where it has them."""
    if value is None or value == ():
        return "not given"
    return _SHOWN[type(value)](value)


_PREFIX = {Precision.YEAR: 4, Precision.MONTH: 7}  # characters of 2025-03-10 that a year and a month have


def _days_shown(when: When) -> str:
    first, last = str(when.first), str(when.last)
    length = _PREFIX.get(when.precision, len(first))
    if first[:length] == last[:length]:
        return first[:length]
    return f"{first} to {last}"


_SHOWN: Mapping[type, Callable[..., str]] = {
    bool: lambda flag: "yes" if flag else "no",
    Quantity: lambda quantity: quantity.text or f"{quantity.low:g} {quantity.unit}",
    When: _days_shown,
    Name: lambda name: name.name,
    Label: lambda label: label.value.replace("_", " "),
    tuple: lambda labels: ", ".join(label.value.replace("_", " ") for label in labels),
}


# Joining


def _any(answers: list[Truth]) -> Truth:
    if True in answers:
        return True
    return None if None in answers else False


def _all(answers: list[Truth]) -> Truth:
    if False in answers:
        return False
    return None if None in answers else True


def _joined(tests: list[Test], word: str, join: Callable[[list[Truth]], Truth]) -> Test | None:
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]

    def truth(value: SlotValue | None, event: Event) -> Truth:
        return join([test.truth(value, event) for test in tests])

    def tell(value: SlotValue | None, event: Event, answer: Truth) -> str:
        deciding = next((test for test in tests if test.truth(value, event) is answer), tests[0])
        return deciding.tell(value, event, answer)

    english = f" {word} ".join(dict.fromkeys(_without_is(test.english, place) for place, test in enumerate(tests)))
    words = frozenset().union(*(test.words for test in tests)) if all(test.words for test in tests) else frozenset()
    return Test(truth=truth, tell=tell, english=english, words=words if word == "or" else frozenset())


def _without_is(english: str, place: int) -> str:
    return english.removeprefix("is ") if place else english


def _negated(inner: Test) -> Test:
    def truth(value: SlotValue | None, event: Event) -> Truth:
        answer = inner.truth(value, event)
        return None if answer is None else not answer

    def tell(value: SlotValue | None, event: Event, answer: Truth) -> str:
        return inner.tell(value, event, None if answer is None else not answer)

    return Test(truth=truth, tell=tell, english=f"is not {inner.english.removeprefix('is ')}")


# Numbers


def _signed(words: str) -> tuple[str, str]:
    for symbol, plain in _SYMBOLS.items():
        words = words.replace(symbol, plain)
    match = re.match(r"(>=|<=|>|<|=)?\s*", words)
    return ("=", words) if match is None else (match[1] or "=", words[match.end() :])


def _number(node: Node, words: str, slot: SlotType, around: Surroundings, *, reaches: bool) -> Test | None:
    operator, rest = _signed(words)
    read = amount(rest, slot.kind)
    if isinstance(read, str):
        around.faults.add(node, f"'{slot.name}' is a {slot.kind.value}: {read}")
        return None
    low, high, unit = read
    if low != high and operator != "=":
        around.faults.add(node, f"'{words}': a range takes no '{operator}'; write one number")
        return None
    limit = Interval(low=low, high=high)
    decide, quick = _decider(operator, limit), _QUICK[operator]
    calendar = around.calendar

    def reading(quantity: Quantity) -> Interval | None:
        return in_unit(stated(quantity, reaches=reaches), quantity.unit, unit, calendar)

    converted = _remembered(reading, decide)

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        if value.__class__ is not Quantity or not isinstance(value, Quantity):
            return None
        if value.bound is Bound.EXACT and value.unit == unit and value.low is not None and value.high is not None:
            return quick(value.low, value.high, low, high)  # most are plain numbers in the limit's own unit
        if value.low is None and value.high is None:
            return None
        return converted(value.low, value.high, value.unit, value.bound)

    def tell(value: SlotValue | None, _event: Event, answer: Truth) -> str:
        if not isinstance(value, Quantity):
            return f"the article does not say; asked for {rest if operator == '=' else f'{operator} {rest}'}"
        interval = reading(value)
        asked = _Asked(unit=unit, operator=operator, limit=rest, calendar=calendar)
        return _told(value, interval, answer, asked)

    english = f"is {rest}" if operator == "=" else f"is {_OPERATORS[operator]} {rest}"
    return Test(truth=truth, tell=tell, english=english)


def _remembered(
    reading: Callable[[Quantity], Interval | None], decide: Callable[[Interval], Truth]
) -> Callable[[float | None, float | None, str, Bound], Truth]:
    @lru_cache(maxsize=READINGS)
    def answer(low: float | None, high: float | None, unit: str, bound: Bound) -> Truth:
        interval = reading(Quantity(text="", start=-1, end=-1, low=low, high=high, unit=unit, bound=bound))
        return None if interval is None else decide(interval)

    return answer


def _decider(operator: str, limit: Interval) -> Callable[[Interval], Truth]:
    number = limit.low
    deciders: Mapping[str, Callable[[Interval], Truth]] = {
        ">": lambda interval: interval.over(number),
        ">=": lambda interval: interval.at_least(number),
        "<": lambda interval: _opposite(interval.at_least(number)),
        "<=": lambda interval: _opposite(interval.over(number)),
        "=": lambda interval: interval.inside(limit),
    }
    return deciders[operator]


_QUICK: Mapping[str, Callable[[float, float, float, float], Truth]] = {
    ">": lambda low, high, limit, _: True if low > limit else False if high <= limit else None,
    ">=": lambda low, high, limit, _: True if low >= limit else False if high < limit else None,
    "<": lambda low, high, limit, _: True if high < limit else False if low >= limit else None,
    "<=": lambda low, high, limit, _: True if high <= limit else False if low > limit else None,
    "=": lambda low, high, first, last: (
        True if first <= low and high <= last else None if low <= last and first <= high else False
    ),
}


def _opposite(answer: Truth) -> Truth:
    return None if answer is None else not answer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    unit: str
    operator: str
    limit: str
    calendar: BusinessDays

    def __str__(self) -> str:
        return self.limit if self.operator == "=" else f"{self.operator} {self.limit}"


def _told(value: Quantity, interval: Interval | None, answer: Truth, asked: _Asked) -> str:
    words = value.text or f"{value.low:g} {value.unit}"
    if interval is None:
        return f"{words} cannot be held against {asked}: {value.unit} is no {asked.unit}"
    converted = asked.unit != value.unit
    by = f" (calendar {asked.calendar.name})" if converted and "business_day" in {asked.unit, value.unit} else ""
    reading = _reading(words, interval, asked) if converted else words
    if answer is None:
        return f"{reading} straddles {asked}{by}"
    return f"{reading}, {'' if answer else 'not '}{asked}{by}"


def _reading(words: str, interval: Interval, asked: _Asked) -> str:
    plural = asked.unit.replace("_", " ") + "s"
    if interval.low == interval.high:
        return f"{words} = {interval.low:g} {plural}"
    if math.isinf(interval.high):
        return f"{words} ≥ {interval.low:g} {plural}"
    return f"{words} = {interval.low:g} to {interval.high:g} {plural}"


# Words


def _label(node: Node, words: str, slot: SlotType, around: Surroundings) -> Test | None:
    if slot.values and words not in slot.values:
        hint = suggestion(words, slot.values) or f"; one of {', '.join(slot.values)}"
        around.faults.add(node, f"'{words}' is no value of '{slot.name}'{hint}")
        return None

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        if isinstance(value, tuple):
            return any(label.value == words for label in value)
        if isinstance(value, Label):
            return value.value == words
        return False if slot.kind is SlotKind.LABELS else None

    def tell(value: SlotValue | None, _event: Event, answer: Truth) -> str:
        if answer is None:
            return f"the article does not say; asked for {words}"
        return f"{shown(value)}, {'is' if answer else 'not'} {words.replace('_', ' ')}"

    return Test(truth=truth, tell=tell, english=f"is {words.replace('_', ' ')}", words=frozenset({words}))


def _name(node: Node, words: str, slot: SlotType, around: Surroundings) -> Test | None:
    if not around.names.knows(words):
        hint = suggestion(words, around.names.ids()) or "; see rules/entities.yaml"
        around.faults.add(node, f"'{words}' is no entity{hint}")
        return None

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        if not isinstance(value, Name):
            return None
        within = around.names.trait(value, "within") or frozenset()
        return value.id == words or words in within

    # A place is also met by what lies within it, so its id alone does not tell.
    exact = frozenset({words}) if slot.name in _PARTIES else frozenset()
    return Test(truth=truth, tell=_tell_name(f"is {words}"), english=f"is {words} ({slot.name})", words=exact)


def _tell_name(asked: str) -> Callable[[SlotValue | None, Event, Truth], str]:
    def tell(value: SlotValue | None, _event: Event, answer: Truth) -> str:
        if answer is None:
            return f"{shown(value)}; asked: {asked}"
        return f"{shown(value)}: {asked if answer else asked.replace('is ', 'is not ', 1)}"

    return tell


def _name_traits(values: Mapping[str, Node], slot: SlotType, around: Surroundings) -> Test | None:
    wanted: dict[str, frozenset[str]] = {}
    for key, child in values.items():
        words = child.value if isinstance(child.value, list) else [child]
        if not isinstance(words, list) or not all(isinstance(word.value, str) for word in words):
            around.faults.add(child, f"'{key}' under '{slot.name}' needs a word or a list of words")
            return None
        wanted[key] = frozenset(str(word.value) for word in words)

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        if not isinstance(value, Name):
            return None
        answers: list[Truth] = []
        for key, words in wanted.items():
            held = around.names.trait(value, key)
            answers.append(None if held is None else bool(held & words))
        return _all(answers)

    asked = " and ".join(f"{key} is {' or '.join(sorted(words))}" for key, words in wanted.items())
    return Test(truth=truth, tell=_tell_name(asked), english=f"is one whose {asked}")


def _flag(node: Node, words: str, slot: SlotType, around: Surroundings) -> Test | None:
    flags = {"true": True, "yes": True, "false": False, "no": False}
    wanted = flags.get(words.lower())
    if wanted is None:
        around.faults.add(node, f"'{slot.name}' is a flag: write true or false, not '{words}'")
        return None

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        return (value is wanted) if isinstance(value, bool) else None

    def tell(value: SlotValue | None, _event: Event, _answer: Truth) -> str:
        return f"{shown(value)}; asked for {'yes' if wanted else 'no'}"

    return Test(truth=truth, tell=tell, english=f"is {'true' if wanted else 'false'}")


# Days


def _date(node: Node, words: str, slot: SlotType, around: Surroundings) -> Test | None:
    if words in _RELATIVE:
        return _relative_date(words)
    match = re.fullmatch(r"(before|after|on|since|until)?\s*(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?", words)
    first = day(match[2]) if match else None
    if match is None or first is None or (match[3] and match[1]):
        known = [*_RELATIVE, "before 2025-01-01", "2025-01-01 to 2025-06-30"]
        hint = suggestion(words, known) or f"; write {', '.join(known)}"
        around.faults.add(node, f"'{words}' is no date for '{slot.name}'{hint}")
        return None
    window = _window(match[1] or "on", first, day(match[3]) if match[3] else None)

    def truth(value: SlotValue | None, _event: Event) -> Truth:
        if not isinstance(value, When):
            return None
        if window[0] <= value.first and value.last <= window[1]:
            return True
        return None if value.first <= window[1] and window[0] <= value.last else False

    return Test(truth=truth, tell=_tell_date(words), english=f"is {words}")


def _window(word: str, first: date, last: date | None) -> tuple[date, date]:
    if last is not None:
        return first, last
    one = date.resolution
    windows = {
        "before": (date.min, first - one),
        "until": (date.min, first),
        "after": (first + one, date.max),
        "since": (first, date.max),
        "on": (first, first),
    }
    return windows[word]


def _relative_date(words: str) -> Test:
    past, same, future = _RELATIVE[words]

    def truth(value: SlotValue | None, event: Event) -> Truth:
        if not isinstance(value, When) or event.published is None:
            return None
        told = event.published
        possible = []
        if value.first < told.last:
            possible.append(past)
        if value.first <= told.last and value.last >= told.first:
            possible.append(same)
        if value.last > told.first:
            possible.append(future)
        if value.first == value.last == told.first == told.last:
            possible = [same]
        return possible[0] if len(set(possible)) == 1 else None

    return Test(truth=truth, tell=_tell_date(words), english=f"is {words} (seen from the publication)")


def _tell_date(words: str) -> Callable[[SlotValue | None, Event, Truth], str]:
    def tell(value: SlotValue | None, _event: Event, answer: Truth) -> str:
        if not isinstance(value, When):
            return f"the article does not say; asked for {words}"
        verdict = "straddles" if answer is None else "is" if answer else "is not"
        return f"{shown(value)} {verdict} {words}"

    return tell
