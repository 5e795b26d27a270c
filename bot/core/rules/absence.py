"""`absence`: nothing of a kind for so long, while something is open.

Counted from the last one. It fires at the end of the day on which the time is up, again after each `again_after`, and
is cleared by the next one or by the end of what is watched. With none to count from it is a review, and so it is
where nobody was looking.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.finding import Board, Finding, State
from bot.core.rules.language import Absence, Rule
from bot.core.rules.news import end_of_day, start_of_day
from bot.core.rules.partition import Course, Partition, partitions, quoted
from bot.core.rules.setting import Setting

NOTHING_TO_COUNT_FROM = "no earlier one is known, so there is nothing to count from"

Place = tuple[date, bool, date]
"""A gap's place: the watch's first day, whether it is the time before all that is known, the day counted from."""
_Entry = tuple[datetime, str, int]  # when an event was learned, its id, its number among the members


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """A time during which the absence matters."""

    first: date
    last: date | None  # None: still open
    opened_by: Event | None
    closed_by: Event | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """The time from one event to the next, inside a watch."""

    base: Event | None
    base_day: date
    fires_on: date
    ends_on: date | None
    ended_by: Event | None
    watch: Watch


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceCase:
    """One history under an `absence` rule."""

    partition: Partition
    kind: Absence

    def walk(self, until: datetime) -> "AbsenceWalk":  # noqa: ARG002  # a case's form
        """Return a walk from the beginning."""
        return AbsenceWalk(self)

    def gap(self, watch: Watch, base: Event | None, following: Event | None) -> Gap | None:
        """Return the time from one event to the next as far as it lies in a watch; None when it is not too long."""
        part = self.partition
        base_day = part.day(base) if base is not None else watch.first
        fires_on = max(base_day + timedelta(days=self.kind.for_days), watch.first)
        ended_by = following
        ends_on = part.day(following) if following is not None else None
        if watch.last is not None and (ends_on is None or watch.last < ends_on):
            ends_on, ended_by = watch.last, watch.closed_by
        if ends_on is not None and ends_on <= fires_on:
            return None
        return Gap(base=base, base_day=base_day, fires_on=fires_on, ends_on=ends_on, ended_by=ended_by, watch=watch)

    def finding(self, gap: Gap, until: date) -> Finding:
        """Return what a gap that is too long says at the end of a day."""
        part, rule = self.partition, self.partition.rule
        again = rule.alert.again_after_days
        repeats = (until - gap.fires_on).days // again if again and gap.ends_on is None else 0
        on = gap.fires_on + timedelta(days=repeats * (again or 0))
        missing = (*self._missing(gap), *part.doubts(gap.watch.opened_by or gap.base))
        outcome = Outcome.REVIEW if missing else Outcome.ALERT
        days = (on - gap.base_day).days
        reason = f"{days} days since {gap.base_day}" + (f": {quoted(gap.base)}" if gap.base else "")
        if gap.ended_by is not None and gap.ends_on is not None:
            on, reason = max(gap.ends_on, part.told(gap.ended_by)), f"ended by {quoted(gap.ended_by)}"
        events = tuple(event for event in (gap.base, gap.watch.opened_by) if event is not None)
        since = str(gap.base_day)
        extra = {"days": str(days), "since": since, "until": str(on)}
        shown = gap.watch.opened_by or gap.base
        text = f"none for {days} days since {since} (limit {self.kind.for_days})"
        return Finding(
            fingerprint=part.fingerprint(*(("review",) if missing else ()), f"since {since}"),
            outcome=outcome,
            severity=part.severity(events),
            state=State.OPEN if gap.ends_on is None else State.CLEARED,
            on=on,
            says=part.render(shown, extra),
            reason="; ".join((reason, *missing)),
            events=events,
            why=lambda: (Clause(slot="for", text=text, met=None if missing else True),),
            repeats=repeats,
            missing=missing,
        )

    def _missing(self, gap: Gap) -> tuple[str, ...]:
        if gap.base is None:
            return (NOTHING_TO_COUNT_FROM,)
        if not self.kind.only_if_covered:
            return ()
        first = gap.base_day + timedelta(days=1)
        told_again = self.partition.told(gap.base) + timedelta(days=1)  # its own telling proves no watching
        why = self.partition.why_unseen(first, gap.fires_on, spoken_from=max(first, told_again))
        return (why,) if why else ()


class AbsenceWalk:
    """Gaps and watches along a line of days; an event changes only those that its day touches."""

    def __init__(self, case: AbsenceCase) -> None:
        self.board = Board()
        self._case, self._part = case, case.partition
        self._course = Course(case.partition.members)
        self._later: list[tuple[date, int]] = []  # members that are told before their day, by day
        self._due: list[tuple[date, Place]] = []  # gaps, by the day at whose end they fire or fire again
        self._days: list[date] = []  # on which there was one, in order
        self._told: dict[date, list[_Entry]] = {}
        self._line: list[tuple[date, int, _Entry]] = []  # what opens (0) and closes (1) a watch, in order
        always = Watch(first=date.min, last=None, opened_by=None, closed_by=None)
        self._watches = [always] if case.kind.started_by is None else []
        self._gaps: dict[Place, Gap] = {}
        self._dirty: dict[Place, None] = {}

    def upcoming(self) -> datetime | None:
        """Return when something is learned or taken back, when a day begins that was told of, when time is up."""
        zone, moments = self._part.setting.zone, [self._course.upcoming()]
        if self._later:
            moments.append(start_of_day(self._later[0][0], zone))
        if self._due:
            moments.append(end_of_day(self._due[0][0], zone))
        return min((moment for moment in moments if moment is not None), default=None)

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant."""
        turn, today = self._course.take(as_of), self._part.local_day(as_of)
        for number in turn.left:
            self._leave(number)
        for number in turn.came:
            self._come(number, today)
        while self._later and self._later[0][0] <= today:
            self._add_base(heappop(self._later)[1])
        over = today - timedelta(days=1)
        while self._due and self._due[0][0] <= over:
            self._dirty[heappop(self._due)[1]] = None
        for place in self._dirty:
            self._show(place, over)
        self._dirty.clear()

    def _show(self, place: Place, over: date) -> None:
        gap = self._gaps.get(place)
        if gap is None or gap.fires_on > over:
            self.board.put(place, None)
            if gap is not None:
                heappush(self._due, (gap.fires_on, place))
            return
        finding = self._case.finding(gap, over)
        self.board.put(place, finding)
        again = self._part.rule.alert.again_after_days
        if again and gap.ends_on is None:
            heappush(self._due, (gap.fires_on + timedelta(days=(finding.repeats + 1) * again), place))

    # Who comes and who leaves

    def _come(self, number: int, today: date) -> None:
        event = self._part.members[number].event
        for entry in self._entries(number):
            insort(self._line, entry)
            self._rewatch(entry[0])
        # Only what has a day of its own can be counted from: "talks have gone nowhere" tells of no meeting today.
        if event.happened is not None and event.id in self._part.taken(self._case.kind.of):
            if self._part.day(event) > today:
                heappush(self._later, (self._part.day(event), number))
            else:
                self._add_base(number)

    def _leave(self, number: int) -> None:
        event = self._part.members[number].event
        for entry in self._entries(number):
            del self._line[bisect_left(self._line, entry)]
            self._rewatch(entry[0])
        day = self._part.day(event)
        if (day, number) in self._later:
            self._later.remove((day, number))
            heapify(self._later)
        elif event.happened is not None and event.id in self._part.taken(self._case.kind.of):
            self._drop_base(day, (event.learned, event.id, number))

    def _entries(self, number: int) -> list[tuple[date, int, _Entry]]:
        part, kind, event = self._part, self._case.kind, self._part.members[number].event
        if kind.started_by is None or not part.is_dated(event):
            return []
        day, entry = part.day(event), (event.learned, event.id, number)
        found = []
        if event.id in part.taken(kind.started_by):
            found.append((_first_day(event, day), 0, entry))
        if event.id in part.taken(kind.ended_by):
            found.append((day, 1, entry))
        return found

    # What is counted from

    def _add_base(self, number: int) -> None:
        event = self._part.members[number].event
        day, entry = self._part.day(event), (event.learned, event.id, number)
        told = self._told.setdefault(day, [])
        insort(told, entry)
        if len(told) == 1:
            insort(self._days, day)
        if told[0] == entry:
            self._touch(day)

    def _drop_base(self, day: date, entry: _Entry) -> None:
        told = self._told[day]
        was_first = told[0] == entry
        told.remove(entry)
        if not told:
            del self._told[day], self._days[bisect_left(self._days, day)]
        if was_first:
            self._touch(day)

    def _touch(self, day: date) -> None:
        """Work out again what ends on a day, what is counted from it, and what was before it was known."""
        at = bisect_left(self._days, day)
        before = self._days[at - 1] if at else None
        after = bisect_right(self._days, day)
        next_day = self._days[after] if after < len(self._days) else None
        for watch in self._watches_between(before, next_day):
            for place in (_place(watch, before), _place(watch, day)):
                self._set(place, self._gap(watch, place))

    def _watches_between(self, after: date | None, before: date | None) -> Sequence[Watch]:
        """Return the watches that last beyond one day and begin before another."""
        first, last = 0, len(self._watches)
        if after is not None:
            first = max(bisect_right(self._watches, after, key=_first_of) - 1, 0)
        if before is not None:
            last = bisect_left(self._watches, before, key=_first_of)
        return self._watches[first:last]

    def _set(self, place: Place, gap: Gap | None) -> None:
        self._dirty[place] = None
        if gap is None:
            self._gaps.pop(place, None)
        else:
            self._gaps[place] = gap

    def _gap(self, watch: Watch, place: Place) -> Gap | None:
        _, is_before_all, day = place
        at = 0 if is_before_all else bisect_right(self._days, day)
        following = self._base(self._days[at]) if at < len(self._days) else None
        if not is_before_all:
            return self._case.gap(watch, self._base(day), following) if day in self._told else None
        is_open_before = watch.opened_by is not None and (not self._days or self._days[0] > watch.first)
        return self._case.gap(watch, None, following) if is_open_before else None

    def _base(self, day: date) -> Event:
        return self._part.members[self._told[day][0][2]].event

    # When it matters

    def _rewatch(self, day: date) -> None:
        """Make the watches anew that an entry of a day can change: those that were not over before it."""
        kept = len(self._watches)
        while kept and not self._is_over_before(self._watches[kept - 1], day):
            kept -= 1
        for watch in self._watches[kept:]:
            for place in self._places_of(watch):
                self._set(place, None)
        before = self._watches[kept - 1] if kept else None
        start = bisect_right(self._line, (before.last, 2), key=_place_of) if before is not None and before.last else 0
        line = [(on, order, self._part.members[entry[2]].event) for on, order, entry in self._line[start:]]
        self._watches[kept:] = _watches_along(line, before)
        for watch in self._watches[kept:]:
            for place in self._places_of(watch):
                self._set(place, self._gap(watch, place))

    @staticmethod
    def _is_over_before(watch: Watch, day: date) -> bool:
        return watch.last is not None and watch.last < day

    def _places_of(self, watch: Watch) -> list[Place]:
        first = max(bisect_right(self._days, watch.first) - 1, 0)
        last = len(self._days) if watch.last is None else bisect_right(self._days, watch.last)
        return [*(_place(watch, day) for day in self._days[first:last]), _place(watch, None)]


def absences(rule: Rule, events: Sequence[Event], setting: Setting) -> list[AbsenceCase]:
    """Return the histories of an `absence` rule."""
    if not isinstance(rule.kind, Absence):
        raise TypeError(f"{rule.id} is no absence rule")
    return [AbsenceCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]


def _first_day(event: Event, day: date) -> date:
    return min(event.happened.first, day) if event.happened is not None else day


def _watches_along(line: Sequence[tuple[date, int, Event]], before: Watch | None) -> list[Watch]:
    watches: list[Watch] = []
    for day, closes, event in line:
        latest = watches[-1] if watches else before
        if closes and latest is not None and latest.last is None:
            closed = Watch(first=latest.first, last=day, opened_by=latest.opened_by, closed_by=event)
            watches[-1] = closed
        elif not closes and (latest is None or (latest.last is not None and day > latest.last)):
            watches.append(Watch(first=day, last=None, opened_by=event, closed_by=None))
    return watches


def _place(watch: Watch, day: date | None) -> Place:
    return (watch.first, day is None, day or watch.first)


def _first_of(watch: Watch) -> date:
    return watch.first


def _place_of(entry: tuple[date, int, _Entry]) -> tuple[date, int]:
    return entry[:2]
