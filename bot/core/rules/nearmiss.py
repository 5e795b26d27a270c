"""Why a rule did not fire: the one clause that was not met."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.judge import bench, failing_clause
from bot.core.rules.language import Match
from bot.core.rules.rulebook import Rulebook


@dataclass(frozen=True, kw_only=True, slots=True)
class NearMiss:
    """A rule that an event met in all but one clause."""

    rule: str
    place: str  # "rules/strike/strike-started.yaml:2"
    event: Event
    clause: Clause


def near_misses(events: Sequence[Event], rulebook: Rulebook) -> tuple[NearMiss, ...]:
    """Return the rules that an event failed by a single clause, in order of the text."""
    names = rulebook.setting().names
    found = []
    for rule in rulebook.rules:
        if not isinstance(rule.kind, Match):
            continue
        seat = bench(rule, names)
        for event in events:
            if event.type not in rule.event_types or seat.outcome(event) is not Outcome.NO_ALERT:
                continue
            clause = failing_clause(seat.judge(event))
            if clause is not None:
                found.append(NearMiss(rule=rule.id, place=f"{rule.path}:{rule.line}", event=event, clause=clause))
    return tuple(sorted(found, key=lambda miss: (miss.event.start, miss.rule)))
