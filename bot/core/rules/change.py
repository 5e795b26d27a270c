"""`change`: a slot of a story takes a new value, compared within each party's own words where `by` asks for it."""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.clauses import slot_of
from bot.core.rules.compare import shown
from bot.core.rules.contradiction import disagree
from bot.core.rules.finding import Board, Finding, State
from bot.core.rules.language import Rule, ValueChange
from bot.core.rules.partition import Course, Partition, partitions, quoted
from bot.core.rules.setting import Setting

_Entry = tuple[date, datetime, str, int, str, int]  # the day of an event, what orders those of one day, its number


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeCase:
    """One history under a `change` rule."""

    partition: Partition
    kind: ValueChange

    def walk(self, until: datetime) -> "ChangeWalk":  # noqa: ARG002  # a case's form
        """Return a walk from the beginning: time alone changes no value."""
        return ChangeWalk(self)

    def steps(self, line: Iterable[Event]) -> Iterator[tuple[Event, ...]]:
        """Yield each step along a line of days: the last telling of one value, and all tellings of the next."""
        value = slot_of(self.kind.slot)
        groups: list[list[Event]] = []
        for event in line:
            if groups and not disagree(value(groups[-1][-1]), value(event)):
                groups[-1].append(event)
            else:
                groups.append([event])
        for before, after in pairwise(groups):
            yield (before[-1], *after)

    def finding(self, speaker: str, step: tuple[Event, ...]) -> Finding:
        """Return what one step of one party's words says."""
        part = self.partition
        value = slot_of(self.kind.slot)
        before, *after = step
        opener = after[0]
        values = f"{shown(value(before))} → {shown(value(opener))}"
        missing = tuple(dict.fromkeys(doubt for event in step for doubt in part.doubts(event)))
        parts = (*(("review",) if missing else ()), *((speaker,) if speaker else ()))
        return Finding(
            fingerprint=part.fingerprint(*parts, f"{part.day(opener)}/{opener.id[:6]}"),
            outcome=Outcome.REVIEW if missing else Outcome.ALERT,
            severity=part.severity(after),
            state=State.OPEN,
            on=part.told(after[-1]),
            says=part.render(opener, {"values": values}),
            reason="; ".join((f"{quoted(before)}, then {quoted(opener)}", *missing)),
            events=(opener, before, *after[1:]),
            why=lambda: (Clause(slot=self.kind.slot, text=values, met=None if missing else True),),
            missing=missing,
        )


class ChangeWalk:
    """Each party's words along a line of days; where they change, its steps are worked out again."""

    def __init__(self, case: ChangeCase) -> None:
        self.board = Board()
        self._case, self._part, value = case, case.partition, slot_of(case.kind.slot)
        voice = slot_of(case.kind.by) if case.kind.by else None
        members = case.partition.members_of(case.kind.of)
        self._members = [each for each in members if value(each.event) is not None and self._part.is_dated(each.event)]
        self._speakers = [shown(voice(each.event)) if voice else "" for each in self._members]
        self._course = Course(self._members)
        self._lines: dict[str, list[_Entry]] = {}
        self._steps: dict[str, list[tuple[Event, ...]]] = {}

    def upcoming(self) -> datetime | None:
        """Return when something is learned or taken back next."""
        return self._course.upcoming()

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant."""
        turn = self._course.take(as_of)
        for number in turn.left:
            line, entry = self._place(number)
            line.remove(entry)
        for number in turn.came:
            insort(*self._place(number))
        for speaker in {self._speakers[number] for number in (*turn.left, *turn.came)}:
            self._retell(speaker)

    def _place(self, number: int) -> tuple[list[_Entry], _Entry]:
        event = self._members[number].event
        line = self._lines.setdefault(self._speakers[number], [])
        return line, (self._part.day(event), event.learned, event.article, event.start, event.id, number)

    def _retell(self, speaker: str) -> None:
        before = self._steps.get(speaker, [])
        line = (self._members[entry[-1]].event for entry in self._lines[speaker])
        steps = self._steps[speaker] = list(self._case.steps(line))
        for number, step in enumerate(steps):
            if number >= len(before) or before[number] != step:
                self.board.put((speaker, number), self._case.finding(speaker, step))
        for number in range(len(steps), len(before)):
            self.board.put((speaker, number), None)


def changes(rule: Rule, events: Sequence[Event], setting: Setting) -> list[ChangeCase]:
    """Return the histories of a `change` rule."""
    if not isinstance(rule.kind, ValueChange):
        raise TypeError(f"{rule.id} is no change rule")
    return [ChangeCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]
