"""One event under one rule: the outcome, and the clauses that led to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Clause, Event, Outcome, Severity
from bot.core.rules.compare import Registry
from bot.core.rules.language import Match, Rule, Selector, Truth
from bot.core.rules.news import Gate, gates

OUTCOMES = {True: Outcome.ALERT, False: Outcome.NO_ALERT, None: Outcome.REVIEW}


def selects(selector: Selector, event: Event) -> Truth:
    """Answer whether a selector takes an event."""
    unless = selector.unless
    if event.type not in selector.types or (unless is not None and event.stance in unless.stances):
        return False
    when = True if selector.when is None else selector.when.truth(event)
    if when is False or unless is None:
        return when
    return _and(when, _not(unless.truth(event)))


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

    def outcome(self, event: Event) -> Outcome:
        """Return the outcome alone, as fast as it can be had."""
        answer = selects(self.selector, event)
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
    return Bench(rule=rule, gates=gates(rule, names, news=True), selector=selector)


def failing_clause(judgement: Judgement) -> Clause | None:
    """Return the single clause that kept a rule from firing, when it was only one."""
    failed = [line for line in judgement.clauses if line.met is not True]
    return failed[0] if len(failed) == 1 else None


def open_points(clauses: Sequence[Clause]) -> tuple[str, ...]:
    """Return what is missing or straddles."""
    return tuple(f"{line.slot}: {line.text}" for line in clauses if line.met is None)


def _exception(line: Clause) -> Clause:
    return Clause(slot=line.slot, text=f"exception: {line.text}", met=None if line.met is None else not line.met)


def _and(left: Truth, right: Truth) -> Truth:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _not(answer: Truth) -> Truth:
    return None if answer is None else not answer
