"""`deadline`: something due did not happen; reminders before, repeats after, closed when met, re-armed when moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.model import Clause, Event, Outcome, Precision, When
from bot.core.rules.clauses import slot_of
from bot.core.rules.finding import Finding, State
from bot.core.rules.language import Deadline, Rule
from bot.core.rules.news import end_of_day, is_news, start_of_day
from bot.core.rules.partition import Partition, partitions, quoted
from bot.core.rules.setting import Setting

SATURDAY = 5  # date.weekday()
NO_DATE = date.max  # put off without a new day
LATE_MOVE = timedelta(days=30)  # how long after a due day a new one for it may still be told


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A clock that was set: by one event, told perhaps by several."""

    tellings: tuple[Event, ...]  # first the one that was learned first
    first_day: date  # the due day as it was first told
    day: date  # as it stands, NO_DATE when put off without one
    anchor: date  # nothing before this day can meet it
    moved_by: tuple[Event, ...]
    earlier: tuple[tuple[date, date], ...]  # due days that were moved, with the day on which that was told


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineCase:
    """One history under a `deadline` rule."""

    partition: Partition
    kind: Deadline

    def instants(self, until: datetime) -> Iterable[datetime]:
        """Return when something was learned, when reminders are due and when the time is up."""
        yield from self.partition.instants()
        zone, last = self.partition.setting.zone, self.partition.local_day(until)
        again = self.partition.rule.alert.again_after_days
        days = {day for member in self.partition.members for day in self._due_days(member.event) if day != NO_DATE}
        for day in days:
            yield from (start_of_day(day - timedelta(days=before), zone) for before in self.kind.remind_days)
            over = day + timedelta(days=self.kind.grace_days)
            while over <= last:
                yield end_of_day(over, zone)
                if not again:
                    break
                over += timedelta(days=again)

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return every clock that was set, with how it stands."""
        known = self.partition.known(as_of)
        return [self._finding(due, known, as_of) for due in self._clocks(known)]

    # Which clocks are set

    def _due_days(self, event: Event) -> tuple[date, ...]:
        days = []
        if event.type in self.kind.starts_with.types:
            days.append(self._due(event))
        if self.kind.moved_by is not None and event.type in self.kind.moved_by.types:
            days.append(self._moved_to(event))
        return tuple(day for day in days if day is not None)

    def _due(self, event: Event) -> date | None:
        if self.kind.due_slot is not None:
            value = slot_of(self.kind.due_slot)(event)
            return _due_day(value) if isinstance(value, When) else None
        length = self.kind.due_days or 0
        start = self.partition.day(event)
        if not self.kind.due_business:
            return start + timedelta(days=length)
        return self.partition.setting.calendar(self.partition.rule.calendar).add(start, length)

    def _moved_to(self, event: Event) -> date:
        value = slot_of(self.kind.due_slot)(event) if self.kind.due_slot else None
        told = self.partition.told(event)
        return _due_day(value) if isinstance(value, When) and value.first >= told else NO_DATE

    def _clocks(self, known: Sequence[Event]) -> list[Due]:
        part = self.partition
        groups: list[list[Event]] = []
        for event in part.of(self.kind.starts_with, known):
            due = self._due(event)
            if due is None:
                continue
            home = next((group for group in groups if self._same_clock(group, event, due)), None)
            if home is not None:
                home.append(event)
            elif self._sets_a_clock(event, due):
                groups.append([event])
        moves = part.of(self.kind.moved_by, known)
        return [self._clock(group, moves) for group in groups]

    def _sets_a_clock(self, event: Event, due: date) -> bool:
        # A day that was past when it was told is a look back, not a promise.
        if self.kind.due_slot is not None and due < self.partition.told(event):
            return False
        return is_news(event, self.partition.rule.recent_days) is True

    def _same_clock(self, group: list[Event], event: Event, due: date) -> bool:
        first = group[0]
        if self._due(first) == due:
            return True
        if self.kind.due_slot is not None or first.happened is None or event.happened is None:
            return False
        return first.happened.first <= event.happened.last and event.happened.first <= first.happened.last

    def _clock(self, group: list[Event], moves: Sequence[Event]) -> Due:
        part = self.partition
        first_day = self._due(group[0]) or NO_DATE
        by_slot = self.kind.due_slot is not None
        anchor = part.told(group[0]) if by_slot else part.day(group[0])
        day, moved, earlier = first_day, [], []
        for move in sorted(moves, key=lambda event: (part.told(event), event.id)):
            told, new_day = part.told(move), self._moved_to(move)
            if anchor <= told <= day or (new_day != NO_DATE and day < told <= day + LATE_MOVE):
                earlier.append((day, told))
                day = new_day
                moved.append(move)
        return Due(
            tellings=tuple(group),
            first_day=first_day,
            day=day,
            anchor=anchor,
            moved_by=tuple(moved),
            earlier=tuple(earlier),
        )

    # How a clock stands

    def _finding(self, due: Due, known: Sequence[Event], as_of: datetime) -> Finding:
        part = self.partition
        meets = [event for event in part.of(self.kind.met_by, known) if self._counts(event, due.anchor, as_of)]
        meets.sort(key=lambda event: (part.day(event), event.learned, event.id))
        broken = self._broken(meets, known)
        met = next((event for event in meets if broken is None or part.day(event) > part.day(broken)), None)
        stands = self._standing(due, met, broken, as_of)
        material = self._material(due, known, as_of)
        stage = self._stage(due, known, as_of)
        return self._told(due, stands, material, stage)

    def _counts(self, event: Event, anchor: date, as_of: datetime) -> bool:
        day = self.partition.day(event)
        return self.partition.is_dated(event) and anchor <= day <= self.partition.local_day(as_of)

    def _broken(self, meets: Sequence[Event], known: Sequence[Event]) -> Event | None:
        part = self.partition
        if not meets:
            return None
        first = part.day(meets[0])
        last = first + timedelta(days=self.kind.broken_within_days)
        breaks = (event for event in part.of(self.kind.broken_by, known) if first <= part.day(event) <= last)
        return min(breaks, key=lambda event: (event.learned, event.id), default=None)

    def _standing(self, due: Due, met: Event | None, broken: Event | None, as_of: datetime) -> "_Standing":
        part = self.partition
        over = part.last_day_over(as_of)
        fires_on = due.day + timedelta(days=self.kind.grace_days) if due.day != NO_DATE else NO_DATE
        if met is not None:
            was_open = broken is not None or part.day(met) > fires_on
            told = part.told(met)
            return _Standing(State.CLEARED, told, f"met: {quoted(met)}", overdue=was_open, events=(met,))
        if broken is not None:
            return _Standing(
                State.OPEN, part.told(broken), f"broken off: {quoted(broken)}", overdue=True, events=(broken,)
            )
        if fires_on <= over:
            again = part.rule.alert.again_after_days
            repeats = (over - fires_on).days // again if again else 0
            on = fires_on + timedelta(days=repeats * (again or 0))
            return _Standing(State.OPEN, on, f"due {due.day}, nothing told by {on}", overdue=True, repeats=repeats)
        if due.day == NO_DATE:
            last = due.moved_by[-1]
            return _Standing(State.CLEARED, part.told(last), f"put off: {quoted(last)}", overdue=False, events=(last,))
        left = (due.day - part.local_day(as_of)).days
        moved = f"; moved: {quoted(due.moved_by[-1])}" if due.moved_by else ""
        return _Standing(State.AHEAD, part.local_day(as_of), f"due {due.day}, in {left} days{moved}", overdue=False)

    def _reminders(self, due: Due, on: date) -> int:
        learned = self.partition.local_day(due.tellings[0].learned)
        count = 0
        for day, told in (*due.earlier, (due.day, NO_DATE)):
            if day == NO_DATE:
                continue
            marks = (day - timedelta(days=before) for before in self.kind.remind_days)
            count += sum(learned <= mark <= min(on, told) for mark in marks)
        return count

    def _material(self, due: Due, known: Sequence[Event], as_of: datetime) -> tuple[Event, ...]:
        part = self.partition
        told = [*part.of(self.kind.told_by, known)]
        told += [event for stage in self.kind.stages for event in part.of(stage.after, known)]
        told = [event for event in told if part.told(event) > due.anchor and part.told(event) <= part.local_day(as_of)]
        tellings = {event.id for event in due.tellings}
        return tuple({event.id: event for event in told if event.id not in tellings}.values())

    def _stage(self, due: Due, known: Sequence[Event], as_of: datetime) -> str:
        part = self.partition
        reached = [
            stage.say
            for stage in self.kind.stages
            if any(self._counts(event, due.anchor, as_of) for event in part.of(stage.after, known))
        ]
        return reached[-1] if reached else self.kind.otherwise

    def _told(self, due: Due, stands: "_Standing", material: tuple[Event, ...], stage: str) -> Finding:
        part = self.partition
        missing = self._missing(due, stands)
        on = max((stands.on, *(part.told(event) for event in material))) if stands.state is State.OPEN else stands.on
        days = (stands.on - due.first_day).days if due.first_day != NO_DATE else 0
        extra = {"due": str(due.day if due.day != NO_DATE else due.first_day), "days": str(days), "stage": stage}
        carried = tuple(event for event in stands.events if stands.state is State.OPEN)
        # Retellings of the start are no news for the alert: the first one opened it.
        return Finding(
            fingerprint=part.fingerprint(*(("review",) if missing else ()), f"due {due.first_day}"),
            outcome=Outcome.REVIEW if missing else Outcome.ALERT,
            severity=part.severity((*due.tellings, *due.moved_by, *carried, *material)),
            state=stands.state,
            on=on,
            says=part.render(due.tellings[0], extra),
            reason="; ".join(part for part in (stands.reason, stage, *missing) if part),
            events=(due.tellings[0], *due.moved_by, *carried),
            why=lambda: (Clause(slot="due", text=stands.reason, met=None if missing else stands.overdue),),
            repeats=stands.repeats,
            reminders=self._reminders(due, stands.on) if stands.state is State.AHEAD else 0,
            material=material,
            note=stage,
            missing=missing,
        )

    def _missing(self, due: Due, stands: "_Standing") -> tuple[str, ...]:
        unseen = self._unseen(due, stands)
        return (*unseen, *self.partition.doubts(due.tellings[0])) if stands.overdue else ()

    def _unseen(self, due: Due, stands: "_Standing") -> tuple[str, ...]:
        if not stands.overdue or stands.events or not self.kind.only_if_covered:
            return ()
        first = self.partition.told(due.tellings[0]) + timedelta(days=1)
        last = due.day + timedelta(days=self.kind.grace_days)
        why = self.partition.why_unseen(first, last, spoken_from=first)
        return (why,) if why else ()


@dataclass(frozen=True, slots=True)
class _Standing:
    state: State
    on: date
    reason: str
    overdue: bool
    repeats: int = 0
    events: tuple[Event, ...] = ()


def deadlines(rule: Rule, events: Sequence[Event], setting: Setting) -> list[DeadlineCase]:
    """Return the histories of a `deadline` rule."""
    if not isinstance(rule.kind, Deadline):
        raise TypeError(f"{rule.id} is no deadline rule")
    return [DeadlineCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]


def _due_day(when: When) -> date:
    # A promise for a week is due on its Friday: offices file on working days.
    if when.precision is Precision.WEEK and when.last.weekday() >= SATURDAY:
        return when.last - timedelta(days=when.last.weekday() - SATURDAY + 1)
    return when.last
