"""Which rules news can change, and what they must see for it.

A rule sees events of its own types and of no others, and what time alone brings, it brings at the turn of a day. So
where nothing is taken back, rules that read none of the new types say for the rest of the day what they said before.
"""

from collections.abc import Collection, Iterable

from bot.core.model import Wanted
from bot.core.rules.language import Rule


def reading(rules: Iterable[Rule]) -> Wanted:
    """Return rules with all the types of events that they read."""
    listed = list(rules)
    return Wanted(
        types=frozenset[str]().union(*(rule.event_types for rule in listed)),
        rules=frozenset(rule.id for rule in listed),
    )


def touched(rules: Iterable[Rule], types: Collection[str]) -> Wanted:
    """Return the rules that read one of these types of events, with all the types that they read."""
    return reading(rule for rule in rules if not rule.event_types.isdisjoint(types))
