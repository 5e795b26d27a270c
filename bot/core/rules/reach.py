"""Events by type, by whether they are news, and by the words of their slots: a rule sees only those it may take."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from bot.core.model import Event, Label, Name
from bot.core.rules.clauses import slot_of
from bot.core.rules.language import Match, Rule
from bot.core.rules.news import is_news

NOT_GIVEN = ""
"""Where events stand that do not give the slot: for them a rule's answer is a review."""

_Sieve = tuple[str, int, frozenset[str]]
"""Type, days for which an event is news, stances that are not taken: most rules of a type share one."""

in_order = attrgetter("learned", "start", "id")


class Reach:
    """Events by their numbers in order, as rules reach them; a list is made once, when the first rule asks for it."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = sorted(events, key=in_order)
        self._by_type: dict[str, list[int]] = {}
        for number, event in enumerate(self._events):
            self._by_type.setdefault(event.type, []).append(number)
        self._by_types: dict[frozenset[str], Sequence[Event]] = {}
        self._told: dict[_Sieve, list[int]] = {}
        self._by_word: dict[tuple[_Sieve, str], dict[str, list[int]]] = {}

    def of(self, rule: Rule) -> Sequence[Event]:
        """Return the events that a rule may take, in the order in which they were learned."""
        if not isinstance(rule.kind, Match):
            return self._of_types(rule.event_types)
        of = rule.kind.of
        sieves = [(name, rule.recent_days, of.barred) for name in of.types]
        if of.when is None or of.when.key is None:
            return self._merged([self._told_by(sieve) for sieve in sieves])
        slot, words = of.when.key
        return self._merged([self._with_word(sieve, slot, word) for sieve in sieves for word in (*words, NOT_GIVEN)])

    def _of_types(self, names: frozenset[str]) -> Sequence[Event]:
        if names not in self._by_types:
            self._by_types[names] = self._merged([self._by_type.get(name, []) for name in names])
        return self._by_types[names]

    def _merged(self, lists: Sequence[list[int]]) -> Sequence[Event]:
        filled = [each for each in lists if each]
        numbers = filled[0] if len(filled) == 1 else sorted(set().union(*filled))
        return [self._events[number] for number in numbers]

    def _told_by(self, sieve: _Sieve) -> list[int]:
        if sieve not in self._told:
            name, recent_days, barred = sieve
            told = ((number, self._events[number]) for number in self._by_type.get(name, ()))
            self._told[sieve] = [
                number
                for number, event in told
                if event.stance not in barred and is_news(event, recent_days) is not False
            ]
        return self._told[sieve]

    def _with_word(self, sieve: _Sieve, slot: str, word: str) -> list[int]:
        key = (sieve, slot)
        if key not in self._by_word:
            fetch = slot_of(slot)
            self._by_word[key] = _by_word((number, fetch(self._events[number])) for number in self._told_by(sieve))
        return self._by_word[key].get(word, [])


def _by_word(values: Iterable[tuple[int, object]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, value in values:
        for word in _words_of(value):
            found.setdefault(word, []).append(number)
    return found


def _words_of(value: object) -> tuple[str, ...]:
    if isinstance(value, Label):
        return (value.value,)
    if isinstance(value, Name):
        return (value.id,)
    if isinstance(value, tuple):
        return tuple(label.value for label in value)
    return (NOT_GIVEN,)
