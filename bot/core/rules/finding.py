"""What a rule says at one moment, and what changes from one moment to the next.

A kind of rule answers with findings as of an instant. An alert's life is nothing but the differences between the
findings of successive instants, so nothing has to be remembered and nothing can drift.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.core.model import ChangeKind, Clause, Event, Outcome, Severity
from bot.core.rules.compare import shown
from bot.core.stories import origin_of


class State(StrEnum):
    """How a finding stands."""

    AHEAD = "ahead"  # due, not overdue: only reminders are told
    OPEN = "open"
    CLEARED = "cleared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What a rule says at one moment of one case."""

    fingerprint: str
    outcome: Outcome
    severity: Severity
    state: State
    on: date  # event time of what last changed it
    says: str
    reason: str  # why it stands as it does, one sentence
    events: tuple[Event, ...]  # that it rests on, first what opened it
    why: Callable[[], tuple[Clause, ...]]  # how it came about, worked out when somebody asks
    repeats: int = 0  # how many times it has come due again
    reminders: int = 0  # how many reminders have come due
    material: tuple[Event, ...] = ()  # events that add to it without carrying it
    note: str = ""  # a stage; a new one is told
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One change of an alert, before it is dressed with citations."""

    kind: ChangeKind
    on: date
    at: datetime
    reason: str
    finding: Finding
    events: tuple[Event, ...]


class Case(Protocol):
    """A history that can be judged apart from all others."""

    def instants(self, until: datetime) -> Iterable[datetime]:
        """Return every instant at which a finding may change, up to and including `until`."""
        ...

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return what stands, and what stood and was closed, as of an instant."""
        ...


@dataclass(kw_only=True, slots=True)
class Life:
    """The steps of one fingerprint, as they are found."""

    steps: list[Step] = field(default_factory=list)
    last: Finding | None = None


def follow(case: Case, until: datetime, zone: ZoneInfo) -> Mapping[str, Life]:
    """Step through a case and return the life of each fingerprint."""
    lives: dict[str, Life] = {}
    for instant in sorted(set(case.instants(until))):
        if instant > until:
            break
        current = {finding.fingerprint: finding for finding in case.findings(instant)}
        for fingerprint in (*current, *(known for known in lives if known not in current)):
            life = lives.get(fingerprint) or Life()
            life.steps.extend(differences(life.last, current.get(fingerprint), instant, zone))
            life.last = current.get(fingerprint)
            if life.steps:
                lives[fingerprint] = life
    return lives


def differences(before: Finding | None, now: Finding | None, at: datetime, zone: ZoneInfo) -> list[Step]:
    """Return the steps from one finding to the next."""
    if now is None:
        return [] if before is None else [_withdrawn(before, at, zone)]
    if before is None or (before.state is State.CLEARED and now.state is not State.CLEARED):
        return _opened(now, at)
    if now.state is State.CLEARED:
        return [] if before.state is State.CLEARED else [_step(ChangeKind.CLEARED, now, at, ())]
    if before.state is State.OPEN and now.state is State.AHEAD:  # it is due on another day
        return [_step(ChangeKind.CLEARED, now, at, _news(before, now))]
    if before.state is State.AHEAD and now.state is State.OPEN:
        return [_step(ChangeKind.OPENED, now, at, now.events)]
    return _continued(before, now, at)


def _opened(now: Finding, at: datetime) -> list[Step]:
    if now.state is State.OPEN:
        return [_step(ChangeKind.OPENED, now, at, now.events)]
    if now.state is State.AHEAD and now.reminders:
        return [_step(ChangeKind.REMINDED, now, at, now.events)]
    return []


def _continued(before: Finding, now: Finding, at: datetime) -> list[Step]:
    steps = []
    if now.severity.rank > before.severity.rank:
        steps.append(_corrected(_step(ChangeKind.RAISED, now, at, _news(before, now)), before))
    elif _news(before, now) or now.note != before.note or _lost(before, now):
        steps.append(_corrected(_step(ChangeKind.UPDATED, now, at, _news(before, now)), before))
    if now.repeats > before.repeats:
        steps.append(_step(ChangeKind.REPEATED, now, at, ()))
    if now.reminders > before.reminders:
        steps.append(_step(ChangeKind.REMINDED, now, at, ()))
    return steps


def _news(before: Finding, now: Finding) -> tuple[Event, ...]:
    # Another source, or new words of a known one; a copy of words that were shown is neither.
    told = (*before.events, *before.material)
    known = {event.id for event in told}
    fresh = [event for event in (*now.events, *now.material) if event.id not in known]
    return tuple(event for event in fresh if not any(repeats(event, other) for other in told))


def repeats(event: Event, other: Event) -> bool:
    """Answer whether another article of the same origin told this already, with all its values."""
    if event.article == other.article or event.type != other.type or origin_of(event) != origin_of(other):
        return False
    told = {name: shown(value) for name, value in other.slots.items()}
    if any(told.get(name) != shown(value) for name, value in event.slots.items()):
        return False
    return _words(event) == _words(other) or _can_be_one_time(event, other)


def _words(event: Event) -> list[str]:
    return event.quote.casefold().split()


def _can_be_one_time(event: Event, other: Event) -> bool:
    one, two = event.happened, other.happened
    return one is None or (two is not None and one.first <= two.last and two.first <= one.last)


def _lost(before: Finding, now: Finding) -> tuple[Event, ...]:
    held = {event.id for event in (*now.events, *now.material)}
    return tuple(event for event in (*before.events, *before.material) if event.id not in held)


def _corrected(step: Step, before: Finding) -> Step:
    """Keep the words that were taken back beside those that stand now."""
    gone = _taken_back(_lost(before, step.finding), step.at)
    if not gone:
        return step
    stands = step.reason if step.events else f"what is left: {step.reason}"
    return replace(step, reason=f"{_no_longer_says(gone[0])}; {stands}")


def _taken_back(events: Iterable[Event], at: datetime) -> list[Event]:
    return [event for event in events if event.retracted is not None and event.retracted <= at]


def _no_longer_says(event: Event) -> str:
    return f"{event.publisher or 'the source'} no longer says “{event.quote}”"


def _withdrawn(before: Finding, at: datetime, zone: ZoneInfo) -> Step:
    gone = _taken_back(before.events, at)
    reason = _no_longer_says(gone[0]) if gone else "what it rested on no longer holds by what is known now"
    return Step(
        kind=ChangeKind.WITHDRAWN,
        on=at.astimezone(zone).date(),
        at=at,
        reason=reason,
        finding=before,
        events=tuple(gone),
    )


def _step(kind: ChangeKind, finding: Finding, at: datetime, events: tuple[Event, ...]) -> Step:
    return Step(kind=kind, on=finding.on, at=at, reason=finding.reason, finding=finding, events=events)
