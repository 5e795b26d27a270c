"""Events by type and by the words of their slots, so that a rule sees only those that it may take."""

from collections.abc import Sequence

from bot.core.model import Event, Label, Name
from bot.core.rules.clauses import slot_of
from bot.core.rules.language import Match, Rule

NOT_GIVEN = ""
"""Where events stand that do not give the slot: for them a rule's answer is a review."""


class Reach:
    """Events as rules reach them; each slot is sorted once, when the first rule asks for it."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._by_type: dict[str, list[Event]] = {}
        for event in sorted(events, key=lambda event: (event.learned, event.start, event.id)):
            self._by_type.setdefault(event.type, []).append(event)
        self._by_word: dict[tuple[str, str], dict[str, list[Event]]] = {}

    def of(self, rule: Rule) -> Sequence[Event]:
        """Return the events that a rule may take, in the order in which they were learned where it needs that."""
        if isinstance(rule.kind, Match) and rule.kind.of.when is not None and rule.kind.of.when.key is not None:
            slot, words = rule.kind.of.when.key
            lists = [
                self._words(name, slot).get(word, [])
                for name in rule.kind.of.types
                for word in (*sorted(words), NOT_GIVEN)
            ]
            return list({event.id: event for each in lists for event in each}.values()) if len(lists) > 1 else lists[0]
        found = [self._by_type[name] for name in sorted(rule.event_types) if name in self._by_type]
        if len(found) == 1:
            return found[0]
        return sorted(
            (event for each in found for event in each), key=lambda event: (event.learned, event.start, event.id)
        )

    def _words(self, name: str, slot: str) -> dict[str, list[Event]]:
        key = (name, slot)
        if key not in self._by_word:
            fetch = slot_of(slot)
            sorted_out: dict[str, list[Event]] = {}
            for event in self._by_type.get(name, ()):
                for word in _words_of(fetch(event)):
                    sorted_out.setdefault(word, []).append(event)
            self._by_word[key] = sorted_out
        return self._by_word[key]


def _words_of(value: object) -> tuple[str, ...]:
    if isinstance(value, Label):
        return (value.value,)
    if isinstance(value, Name):
        return (value.id,)
    if isinstance(value, tuple):
        return tuple(label.value for label in value)
    return (NOT_GIVEN,)
