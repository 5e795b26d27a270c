"""Why a rule did not fire: the one clause that was not met."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Clause, Event, Outcome, SlotKind
from bot.core.rules.clauses import slots_of
from bot.core.rules.judge import Judgement, bench, failing_clause
from bot.core.rules.language import Match, Rule
from bot.core.rules.rulebook import Rulebook

_WORDS = frozenset({SlotKind.LABEL, SlotKind.LABELS, SlotKind.NAME})


@dataclass(frozen=True, kw_only=True, slots=True)
class NearMiss:
    """A rule that an event met in all but one clause."""

    rule: str
    place: str  # "rules/strike/strike-started.yaml:2"
    event: Event
    clause: Clause
    met: tuple[Clause, ...]  # what it did meet


def near_misses(events: Sequence[Event], rulebook: Rulebook) -> tuple[NearMiss, ...]:
    """Return the rules that an event failed by a single clause, in order of the text.

    A rule that asks for one word only is not nearly met by another word: it is about something else.
    """
    names = rulebook.setting().names
    found = []
    for rule in rulebook.rules:
        if not isinstance(rule.kind, Match):
            continue
        seat = bench(rule, names)
        for event in events:
            if event.type not in rule.event_types or seat.outcome(event) is not Outcome.NO_ALERT:
                continue
            miss = _near(rule, event, seat.judge(event), rulebook)
            if miss is not None:
                found.append(miss)
    return tuple(sorted(found, key=lambda miss: (miss.event.start, miss.rule)))


def _near(rule: Rule, event: Event, judgement: Judgement, rulebook: Rulebook) -> NearMiss | None:
    clause = failing_clause(judgement)
    if clause is None:
        return None
    met = tuple(line for line in judgement.clauses if line.met is True)
    if not met and _is_word(clause, event, rulebook):
        return None
    return NearMiss(rule=rule.id, place=f"{rule.path}:{rule.line}", event=event, clause=clause, met=met)


def _is_word(clause: Clause, event: Event, rulebook: Rulebook) -> bool:
    types = {name: kind.slots for name, kind in rulebook.event_types.items()}
    slot = slots_of(types, (event.type,)).get(clause.slot)
    return slot is not None and slot.kind in _WORDS and not clause.text.startswith("exception")
