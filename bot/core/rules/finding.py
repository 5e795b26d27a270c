"""What a rule says at one moment, and what changes from one moment to the next.

A kind of rule answers with findings as of an instant. An alert's life is nothing but the differences between the
findings of successive instants, so nothing has to be remembered and nothing can drift.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

    def walk(self, until: datetime) -> "Walk":
        """Return a walk from the beginning, that will not go beyond `until`."""
        ...


class Walk(Protocol):
    """A case on its way through time: what one instant changes is all that is worked out at it."""

    board: "Board"

    def upcoming(self) -> datetime | None:
        """Return the next instant at which a finding may change; None when nothing more is to come."""
        ...

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant, however many instants lie in between."""
        ...


Place = tuple[int | date | str, ...]
"""Where a finding stands on its case's board; of two with one fingerprint the one of the last place counts."""


class Board:
    """What a case finds at the instant it has come to."""

    def __init__(self) -> None:
        self._by_place: dict[Place, Finding] = {}
        self._places: dict[str, list[Place]] = {}
        self._touched: dict[str, None] = {}

    def put(self, place: Place, finding: Finding | None) -> None:
        """Let a finding stand at a place, instead of what stood there; None leaves the place empty."""
        old = self._by_place.pop(place, None)
        if old is not None:
            self._places[old.fingerprint].remove(place)
            self._touched[old.fingerprint] = None
        if finding is not None:
            self._by_place[place] = finding
            self._places.setdefault(finding.fingerprint, []).append(place)
            self._touched[finding.fingerprint] = None

    def fill(self, findings: Iterable[Finding]) -> None:
        """Let these findings stand, in their order, and nothing else."""
        left = set(self._by_place)
        for number, finding in enumerate(findings):
            left.discard((number,))
            self.put((number,), finding)
        for place in left:
            self.put(place, None)

    def changes(self) -> Iterator[tuple[str, Finding | None]]:
        """Yield the fingerprints that were touched since the last call, with what they stand for now."""
        touched, self._touched = self._touched, {}
        for fingerprint in touched:
            places = self._places.get(fingerprint)
            yield fingerprint, self._by_place[max(places)] if places else None

    def standing(self) -> tuple[Finding, ...]:
        """Return every finding, in the order of their places."""
        return tuple(self._by_place[place] for place in sorted(self._by_place))


class Retold:
    """A walk that works out everything again at each instant: for cases of a few events."""

    def __init__(self, instants: Iterable[datetime], findings: Callable[[datetime], Sequence[Finding]]) -> None:
        self.board = Board()
        self._left = sorted(set(instants), reverse=True)
        self._findings = findings

    def upcoming(self) -> datetime | None:
        """Return the next instant."""
        return self._left[-1] if self._left else None

    def advance(self, as_of: datetime) -> None:
        """Fill the board anew."""
        while self._left and self._left[-1] <= as_of:
            self._left.pop()
        self.board.fill(self._findings(as_of))


def standing(case: Case, as_of: datetime) -> tuple[Finding, ...]:
    """Return what stands in a case, and what stood and was closed, as of an instant."""
    walk = case.walk(as_of)
    walk.advance(as_of)
    return walk.board.standing()


@dataclass(kw_only=True, slots=True)
class Life:
    """The steps of one fingerprint, as they are found."""

    steps: list[Step] = field(default_factory=list)
    last: Finding | None = None


def follow(case: Case, until: datetime, zone: ZoneInfo) -> Mapping[str, Life]:
    """Step through a case and return the life of each fingerprint."""
    lives: dict[str, Life] = {}
    walk = case.walk(until)
    while (instant := walk.upcoming()) is not None and instant <= until:
        walk.advance(instant)
        for fingerprint, now in walk.board.changes():
            life = lives.get(fingerprint) or Life()
            life.steps.extend(differences(life.last, now, instant, zone))
            life.last = now
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
