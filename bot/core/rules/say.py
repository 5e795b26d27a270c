"""The sentence of an alert: the rule's template with the event's own words.

A template is words with `{slot}` for a value, `{slot|words}` for a value or other words where it is not given,
`{slot:day/days}` for the word that fits its number, and `[…]` around what is left out where a value in it is not given.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.core.model import Event, Quantity, SlotValue
from bot.core.rules.clauses import slot_of
from bot.core.rules.compare import shown
from bot.core.rules.intervals import TIME_UNITS

QUOTE = "quote"  # the words that an alert rests on
_UNNAMED = {
    "organisation": "an organisation not named",
    "counterparty": "a party not named",
    "agency": "an agency not named",
    "region": "region not given",
}
_TOKEN = re.compile(r"\{([^{}]*)\}|([\[\]{}])|[^\[\]{}]+")
_HOLE = re.compile(r"(?P<name>\w+)(?:\|(?P<otherwise>[^|:]+)|:(?P<one>[^/|:]+)/(?P<many>[^/|:]+))?")
# "30-day" and "two to three-week" stand before a noun; a sentence needs "30 days" and "two to three weeks".
_BEFORE_A_NOUN = re.compile(
    r"(?P<number>.*?[^\W_])[-\u2010\u2011\u2013 ](?P<business>(?:business|working)[-\u2010\u2011 ])?"
    r"(?P<unit>minute|hour|day|week|month|year)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"(?:\d(?:st|nd|rd|th)|\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hole:
    """A place for a value."""

    name: str  # of a slot, or of what the kind of rule knows
    otherwise: str  # shown where the value is not given, "" for the words that say so
    forms: tuple[str, str] | None  # instead of the value: the word for one, and for any other number


Part = str | Hole | tuple[str | Hole, ...]
"""Words, a value, or what is shown only where each of its values is given."""


class TemplateError(ValueError):
    """A template that cannot be read; its words say why and what to write."""


@lru_cache(maxsize=4096)
def read_template(template: str) -> tuple[Part, ...]:
    """Return the parts of a template.

    Raises:
        TemplateError: when it is not built as a template is.
    """
    parts: list[Part] = []
    inside: list[str | Hole] | None = None
    for match in _TOKEN.finditer(template):
        target = parts if inside is None else inside
        if match[1] is not None:
            target.append(_hole(match[1]))
        elif match[2] is None:
            target.append(match[0])
        elif match[2] == "[" and inside is None:
            inside = []
        elif match[2] == "]" and inside is not None:
            parts.append(_optional(inside))
            inside = None
        else:
            raise TemplateError(_STRAY[match[2]])
    if inside is not None:
        raise TemplateError("has a bracket that is not closed")
    return tuple(parts)


_STRAY = {
    "[": "has a bracket inside brackets; close the first one before",
    "]": "has a bracket that was not opened",
    "{": "has a brace that is not closed",
    "}": "has a brace that was not opened",
}


def _optional(inside: list[str | Hole]) -> tuple[str | Hole, ...]:
    if not any(isinstance(part, Hole) for part in inside):
        raise TemplateError("has brackets without a value in them; brackets hold what needs one, as in [ to {agency}]")
    return tuple(inside)


def _hole(words: str) -> Hole:
    match = _HOLE.fullmatch(words)
    if match is None:
        raise TemplateError(
            f"cannot read {{{words}}}; write {{slot}}, {{slot|words where it is not given}} or {{days:day/days}}"
        )
    forms = (match["one"], match["many"]) if match["one"] else None
    return Hole(name=match["name"], otherwise=match["otherwise"] or "", forms=forms)


def holes(template: str) -> Iterator[Hole]:
    """Yield the places for values, in their order."""
    for part in read_template(template):
        for inner in part if isinstance(part, tuple) else (part,):
            if isinstance(inner, Hole):
                yield inner


def render(template: str, event: Event | None, extra: Mapping[str, str] | None = None) -> str:
    """Fill a template; a value that is not given is said to be so, where the template has no other words for it."""
    values = _Values(event, extra or {})
    words = []
    for part in read_template(template):
        if not isinstance(part, tuple):
            words.append(values.fill(part))
        elif all(isinstance(inner, str) or values.is_given(inner.name) for inner in part):
            words.extend(values.fill(inner) for inner in part)
    return "".join(words)


class _Values:
    """What may be said of an event."""

    def __init__(self, event: Event | None, extra: Mapping[str, str]) -> None:
        self._event, self._extra = event, extra

    def is_given(self, name: str) -> bool:
        if name in self._extra:
            return self._extra[name] != ""
        return (name == QUOTE and self._event is not None) or self._value(name) not in {None, ()}

    def fill(self, part: str | Hole) -> str:
        if isinstance(part, str):
            return part
        if part.forms is not None:
            return part.forms[0 if self._is_one(part.name) else 1]
        if part.name in self._extra:
            return self._extra[part.name] or part.otherwise
        if part.name == QUOTE and self._event is not None:
            return self._event.quote
        value = self._value(part.name)
        if value is None or value == ():
            return part.otherwise or _UNNAMED.get(part.name, f"{part.name.replace('_', ' ')} not given")
        return _noun(value) if isinstance(value, Quantity) else shown(value)

    def _value(self, name: str) -> SlotValue | None:
        return slot_of(name)(self._event) if self._event is not None else None

    def _is_one(self, name: str) -> bool:
        if name in self._extra:
            return self._extra[name] == "1"
        value = self._value(name)
        return isinstance(value, Quantity) and value.low == value.high == 1


def _noun(value: Quantity) -> str:
    """Return the words of a number, a length as it stands without a noun behind it."""
    match = _BEFORE_A_NOUN.fullmatch(value.text) if value.unit in TIME_UNITS else None
    if match is None or _ORDINAL.search(match["number"]):
        return shown(value)
    is_many = any(end is not None and end > 1 for end in (value.low, value.high))
    return f"{match['number']} {'business ' if match['business'] else ''}{match['unit']}{'s' if is_many else ''}"
