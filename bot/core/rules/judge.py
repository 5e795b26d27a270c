"""One event under one rule: the outcome, and the clauses that led to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.core.model import Clause, Event, Outcome, Severity
from bot.core.rules.compare import Registry
from bot.core.rules.language import Match, Rule, Selector, Truth
from bot.core.rules.news import Gate, gates

OUTCOMES = {True: Outcome.ALERT, False: Outcome.NO_ALERT, None: Outcome.REVIEW}


def selects(selector: Selector, event: Event) -> Truth:
    """Answer whether a selector takes an event."""
    return taker(selector)(event)


def taker(selector: Selector) -> Callable[[Event], Truth]:
    """Return what answers whether a selector takes an event, for asking of many events."""
    types, when, unless = frozenset(selector.types), selector.when, selector.unless
    holds = when.truth if when is not None else None
    if unless is None:
        return partial(_holds, types, holds) if holds is not None else lambda event: event.type in types
    barred, excepted = unless.stances, unless.truth

    def take(event: Event) -> Truth:
        if event.type not in types or event.stance in barred:
            return False
        answer = True if holds is None else holds(event)
        if answer is False:
            return False
        exception = excepted(event)
        if exception is None:
            return None
        return False if exception else answer

    return take


def _holds(types: frozenset[str], holds: Callable[[Event], Truth], event: Event) -> Truth:
    return holds(event) if event.type in types else False


def explain_selector(selector: Selector, event: Event) -> tuple[Clause, ...]:
    """Return the clauses of a selector with their answers; exceptions only where they decide."""
    lines = list(selector.when.explain(event)) if selector.when else []
    if selector.unless is not None and selector.unless.truth(event) is not False:
        lines += [_exception(line) for line in selector.unless.explain(event) if line.met is not False]
    return tuple(lines)


def roles(rule: Rule, event: Event) -> tuple[tuple[str, tuple[Clause, ...]], ...]:
    """Return what an event is to a rule of several parts: the keys that take it, each with its clauses."""
    if isinstance(rule.kind, Match):
        return ()
    taken = [(name, selector) for name, selector in rule.parts if selects(selector, event)]
    return tuple((name, explain_selector(selector, event)) for name, selector in taken)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What a rule makes of one event."""

    outcome: Outcome
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """A rule made ready to judge events: gates first, then clauses."""

    rule: Rule
    gates: tuple[Gate, ...]
    selector: Selector
    take: Callable[[Event], Truth]  # of the selector

    def outcome(self, event: Event) -> Outcome:
        """Return the outcome alone, as fast as it can be had."""
        answer = self.take(event)
        if answer is False:
            return Outcome.NO_ALERT
        for gate in self.gates:
            line = gate(event)
            if line is not None:
                if line.met is False:
                    return Outcome.NO_ALERT
                answer = None
        return OUTCOMES[answer]

    def judge(self, event: Event) -> Judgement:
        """Return the outcome with every clause."""
        return Judgement(outcome=self.outcome(event), clauses=self.clauses(event))

    def clauses(self, event: Event) -> tuple[Clause, ...]:
        """Return every clause with its answer."""
        lines = [line for gate in self.gates if (line := gate(event)) is not None]
        return (*explain_selector(self.selector, event), *lines)

    def severity(self, event: Event) -> Severity:
        """Return the severity: the worst of `raise_to` that the event meets."""
        for severity, condition in self.rule.alert.raise_to:
            if condition.truth(event):
                return severity
        return self.rule.severity


def bench(rule: Rule, names: Registry) -> Bench:
    """Make a `match` or `count` rule ready."""
    selector: Selector = rule.kind.of if isinstance(rule.kind, Match) else rule.selectors[0]
    return Bench(rule=rule, gates=gates(rule, names, news=True), selector=selector, take=taker(selector))


def failing_clause(judgement: Judgement) -> Clause | None:
    """Return the single clause that kept a rule from firing, when it was only one."""
    failed = [line for line in judgement.clauses if line.met is not True]
    return failed[0] if len(failed) == 1 else None


def open_points(clauses: Sequence[Clause]) -> tuple[str, ...]:
    """Return what is missing or straddles."""
    return tuple(f"{line.slot}: {line.text}" for line in clauses if line.met is None)


def _exception(line: Clause) -> Clause:
    return Clause(slot=line.slot, text=f"exception: {line.text}", met=None if line.met is None else not line.met)
