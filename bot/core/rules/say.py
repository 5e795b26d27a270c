"""The sentence of an alert: the rule's template with the event's own words."""

import re
from collections.abc import Mapping

from bot.core.model import Event
from bot.core.rules.clauses import slot_of
from bot.core.rules.compare import shown

_HOLE = re.compile(r"\{([^{}]+)\}")
QUOTE = "quote"  # the words that an alert rests on
_UNNAMED = {
    "organisation": "an organisation not named",
    "counterparty": "a party not named",
    "agency": "an agency not named",
    "region": "region not given",
}


def render(template: str, event: Event | None, extra: Mapping[str, str] | None = None) -> str:
    """Fill a template; a slot that is not given is said to be so."""
    known = extra or {}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name in known:
            return known[name]
        if name == QUOTE and event is not None:
            return event.quote
        value = slot_of(name)(event) if event is not None else None
        if value is None or value == ():
            return _UNNAMED.get(name, f"{name.replace('_', ' ')} not given")
        return shown(value)

    return _HOLE.sub(fill, template)
