"""`deadline`: something due did not happen; reminders before, repeats after, closed when met, re-armed when moved."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from bot.core.model import Clause, Event, Outcome, Precision, When
from bot.core.rules.clauses import slot_of
from bot.core.rules.finding import Board, Finding, State
from bot.core.rules.language import Deadline, Rule
from bot.core.rules.news import end_of_day, is_news, start_of_day
from bot.core.rules.partition import Course, Partition, partitions, quoted
from bot.core.rules.setting import Setting
from bot.core.stories import Neighbours

SATURDAY = 5  # date.weekday()
NO_DATE = date.max  # put off without a new day
UNDECIDED = "happened: neither date nor tense tells whether this is news"
UNPLACED = -1  # where on the board those stand that have no day
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


_Entry = tuple[date, datetime, str, int]
"""The day of an event, when it was learned, its id, its number among the members."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What was told of a clock after it was set."""

    met: Event | None
    met_at: _Entry | None
    broken: Event | None  # broken off after it was met
    material: tuple[Event, ...]
    stage: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unplaced:
    """Something due on a day that nobody knows."""

    tellings: tuple[Event, ...]
    doubt: str  # what the first does not say
    resolved_by: Event | None  # told since: its day, or that it came about


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineCase:
    """One history under a `deadline` rule."""

    partition: Partition
    kind: Deadline

    def walk(self, until: datetime) -> "DeadlineWalk":
        """Return a walk from the beginning."""
        return DeadlineWalk(self, until)

    def last_look(self, until: datetime) -> datetime | None:
        """Return the last instant at which a reminder is looked after: it tells how long it is until the day."""
        if not self.kind.remind_days and self.kind.moved_by is None:
            return None
        part, again = self.partition, self.partition.rule.alert.again_after_days
        over, today, zone = part.last_day_over(until), part.local_day(until), part.setting.zone
        moments = [moment for member in part.members for moment in (member.since, member.until) if moment is not None]
        for day in {day for member in part.members for day in self.due_days(member.event) if day != NO_DATE}:
            marks = (day - timedelta(days=before) for before in self.kind.remind_days)
            moments += [start_of_day(mark, zone) for mark in marks if mark <= today]
            fires_on = day + timedelta(days=self.kind.grace_days)
            if fires_on <= over:
                repeats = (over - fires_on).days // again if again else 0
                moments.append(end_of_day(fires_on + timedelta(days=repeats * (again or 0)), zone))
        return max((moment for moment in moments if moment <= until), default=None)

    def moments_after(self, due: Due, finding: Finding, as_of: datetime, until: datetime) -> Iterator[datetime]:
        """Yield when a clock has to be looked at again although nothing is told."""
        part, zone = self.partition, self.partition.setting.zone
        last, again = part.local_day(until), part.rule.alert.again_after_days
        if finding.state is State.AHEAD:
            days = (day for day in (due.day, *(day for day, _ in due.earlier)) if day != NO_DATE)
            marks = [day - timedelta(days=before) for day in days for before in self.kind.remind_days]
            yield from (start_of_day(mark, zone) for mark in marks if part.local_day(as_of) < mark <= last)
        fires_on = due.day + timedelta(days=self.kind.grace_days) if due.day != NO_DATE else NO_DATE
        if finding.state is State.OPEN and again:
            fires_on += timedelta(days=(finding.repeats + 1) * again)
        if part.last_day_over(as_of) < fires_on < last:
            yield end_of_day(fires_on, zone)

    # Which clocks are set

    def due_days(self, event: Event) -> tuple[date, ...]:
        """Return the days on which something is due by an event's words."""
        days = []
        if event.type in self.kind.starts_with.types:
            days.append(self.due(event))
        if self.kind.moved_by is not None and event.type in self.kind.moved_by.types:
            days.append(self.moved_to(event))
        return tuple(day for day in days if day is not None)

    def due(self, event: Event) -> date | None:
        """Return the day on which what an event starts is due; None when it does not say."""
        if self.kind.due_slot is not None:
            value = slot_of(self.kind.due_slot)(event)
            return _due_day(value) if isinstance(value, When) else None
        length = self.kind.due_days or 0
        start = self.partition.day(event)
        if not self.kind.due_business:
            return start + timedelta(days=length)
        return self.partition.setting.calendar(self.partition.rule.calendar).add(start, length)

    def moved_to(self, event: Event) -> date:
        """Return the day to which an event moves what was due."""
        value = slot_of(self.kind.due_slot)(event) if self.kind.due_slot else None
        told = self.partition.told(event)
        return _due_day(value) if isinstance(value, When) and value.first >= told else NO_DATE

    def doubt(self, event: Event, due: date | None) -> str:
        """Return what is not known of an event that may have set a clock; "" when it did, or surely did not."""
        news = is_news(event, self.partition.rule.recent_days)
        if news is False or (due is not None and self.kind.due_slot is not None and due < self.partition.told(event)):
            return ""
        if due is None:
            return f"{self.kind.due_slot}: the article does not say"
        return "" if news else UNDECIDED

    def sets_a_clock(self, event: Event, due: date) -> bool:
        """Answer whether an event is the first telling of something due, rather than a look back."""
        # A day that was past when it was told is a look back, not a promise.
        if self.kind.due_slot is not None and due < self.partition.told(event):
            return False
        return is_news(event, self.partition.rule.recent_days) is True

    def clock(self, group: Sequence[Event], moves: Iterable[Event]) -> Due:
        """Return the clock that some tellings set, as the moves, in order of their telling, left it."""
        part = self.partition
        first_day = self.due(group[0]) or NO_DATE
        by_slot = self.kind.due_slot is not None
        anchor = part.told(group[0]) if by_slot else part.day(group[0])
        day, moved, earlier = first_day, [], []
        for move in moves:
            told, new_day = part.told(move), self.moved_to(move)
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

    def finding(self, due: Due, heard: "Heard", as_of: datetime) -> Finding:
        """Return what a clock says, by what was heard of it up to an instant."""
        stands = self._standing(due, heard.met, heard.broken, as_of)
        return self._told(due, stands, heard.material, heard.stage)

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
        return _Standing(
            State.AHEAD,
            part.local_day(as_of),
            f"due {due.day}, in {left} {'day' if left == 1 else 'days'}{moved}",
            overdue=False,
        )

    def _reminders(self, due: Due, on: date) -> int:
        learned = self.partition.local_day(due.tellings[0].learned)
        count = 0
        for day, told in (*due.earlier, (due.day, NO_DATE)):
            if day == NO_DATE:
                continue
            marks = (day - timedelta(days=before) for before in self.kind.remind_days)
            count += sum(learned <= mark <= min(on, told) for mark in marks)
        return count

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

    def unplaced(self, start: "Unplaced") -> Finding:
        """Return the review of what is due on a day that nobody knows."""
        part, first, since = self.partition, start.tellings[0], start.resolved_by
        missing = (start.doubt, *part.doubts(first))
        open_since, due = f"open: {'; '.join(missing)}", self.due(first)
        return Finding(
            fingerprint=part.fingerprint("review", f"no day/{first.id[:6]}"),
            outcome=Outcome.REVIEW,
            severity=part.severity(start.tellings),
            state=State.OPEN if since is None else State.CLEARED,
            on=part.told(since or first),
            says=part.render(first, {"due": str(due or "a day not told"), "days": "0", "stage": self.kind.otherwise}),
            reason=open_since if since is None else f"told since: {quoted(since)}",
            events=start.tellings,
            why=lambda: (Clause(slot="due", text=start.doubt, met=None),),
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


class DeadlineWalk:
    """The clocks that were set, each looked at when something is told that touches it, or when its time has come."""

    def __init__(self, case: DeadlineCase, until: datetime) -> None:
        self.board = Board()
        self._case, self._part = case, case.partition
        self._members = case.partition.members
        self._course = Course(self._members)
        self._until, self._last_look = until, case.last_look(until)
        self._unplaced: list[Unplaced] = []
        self._forget()

    def _forget(self) -> None:
        self._later: list[tuple[date, int, bool]] = []  # who is told before their day, or counted before they came out
        self._timers: list[tuple[datetime, int]] = []  # when a clock has to be looked at again
        self._groups: list[list[Event]] = []  # tellings, by clock
        self._by_due: dict[date, int] = {}  # clock by its first due day
        self._near = Neighbours()  # first tellings, by clock
        self._clocks: list[Due] = []
        self._meets: list[_Entry] = []
        self._breaks: list[_Entry] = []
        self._moves: list[tuple[date, str, int]] = []
        self._added: list[list[int]] = [[] for _ in (self._case.kind.told_by, *self._case.kind.stages)]
        self._heard: dict[int, Heard] = {}
        self._dirty: set[int] = set()
        self._doubted: list[tuple[int, str]] = []  # who may have set a clock, with what is not known

    def upcoming(self) -> datetime | None:
        """Return when something is learned or taken back, when a day that was told of begins, when time is up."""
        moments = [self._course.upcoming(), self._last_look]
        if self._later:
            moments.append(start_of_day(self._later[0][0], self._part.setting.zone))
        if self._timers:
            moments.append(self._timers[0][0])
        return min((moment for moment in moments if moment is not None), default=None)

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant."""
        turn, today = self._course.take(as_of), self._part.local_day(as_of)
        before = len(self._clocks)
        if not turn.is_growth:
            self._forget()
        for number in turn.came if turn.is_growth else self._course.known:
            self._come(number, today)
        while self._later and self._later[0][0] <= today:
            _, number, is_counted = heappop(self._later)
            if is_counted:
                self._tell(today)
            else:
                self._count(number, today)
        while self._timers and self._timers[0][0] <= as_of:
            self._dirty.add(heappop(self._timers)[1])
        if self._last_look is not None and self._last_look <= as_of:
            self._last_look = None
            self._dirty.update(range(len(self._clocks)))  # how long it is until then is told as of the last look
        for clock in sorted(self._dirty):
            self._look(clock, as_of)
        self._dirty.clear()
        for clock in range(len(self._clocks), before):
            self.board.put((clock,), None)
        if self._doubted or self._unplaced:
            self._place_doubts()

    def _place_doubts(self) -> None:
        """Keep one review for what is due on a day nobody knows, until something is told that settles it."""
        before, self._unplaced = self._unplaced, self._gathered()
        for number, start in enumerate(self._unplaced):
            if before[number : number + 1] != [start]:
                self.board.put((UNPLACED, number), self._case.unplaced(start))
        for number in range(len(self._unplaced), len(before)):
            self.board.put((UNPLACED, number), None)

    def _gathered(self) -> list[Unplaced]:
        found: list[Unplaced] = []
        settled_on = date.min
        for number, doubt in self._doubted:
            event = self._members[number].event
            told = self._part.told(event)
            if found and (found[-1].resolved_by is None or told <= settled_on):
                found[-1] = replace(found[-1], tellings=(*found[-1].tellings, event))
            elif not any(due.anchor <= told <= due.day for due in self._clocks):
                settled = self._settled(told)
                settled_on = self._part.told(settled) if settled is not None else date.max
                found.append(Unplaced(tellings=(event,), doubt=doubt, resolved_by=settled))
        return found

    def _settled(self, told: date) -> Event | None:
        """Return what was told first, on a day or after it, of a day or of what was due."""
        starts = (group[0] for group in self._groups if self._part.told(group[0]) >= told)
        first = bisect_left(self._meets, (told,))
        meets = (self._members[entry[3]].event for entry in self._meets[first : first + 1])
        return min((*starts, *meets), key=lambda event: (self._part.told(event), *_by_learning(event)), default=None)

    def _look(self, clock: int, as_of: datetime) -> None:
        due = self._clocks[clock]
        heard = self._heard[clock] = self._hear(due, self._part.local_day(as_of))
        finding = self._case.finding(due, heard, as_of)
        self.board.put((clock,), finding)
        for moment in self._case.moments_after(due, finding, as_of, self._until):
            heappush(self._timers, (moment, clock))

    # What is told

    def _come(self, number: int, today: date) -> None:
        part, kind, event = self._part, self._case.kind, self._members[number].event
        if event.id in part.taken(kind.starts_with):
            self._start(number, event)
        if event.id in part.taken(kind.broken_by):
            insort(self._breaks, self._entry(number, event))
            self._dirty.update(clock for clock, heard in self._heard.items() if heard.met_at or heard.broken)
        if event.id in part.taken(kind.moved_by):
            insort(self._moves, (part.told(event), event.id, number))
            self._move(part.told(event))
        self._count(number, today)

    def _count(self, number: int, today: date) -> None:
        """Let an event meet, or add to, what is due, from its day on."""
        part, kind, event = self._part, self._case.kind, self._members[number].event
        day, told = part.day(event), part.told(event)
        selectors = (kind.told_by, *(stage.after for stage in kind.stages))
        adds_to = [place for place, each in enumerate(selectors) if event.id in part.taken(each)]
        is_meeting = event.id in part.taken(kind.met_by) and part.is_dated(event)
        if (is_meeting or adds_to) and day > today:
            heappush(self._later, (day, number, False))
            return
        if is_meeting:
            entry = self._entry(number, event)
            insort(self._meets, entry)
            self._dirty.update(clock for clock, due in enumerate(self._clocks) if self._is_met_by(clock, due, entry))
        for place in adds_to:
            insort(self._added[place], number)
        if adds_to:
            self._tell(told)
            if told > today:
                heappush(self._later, (told, number, True))

    def _tell(self, told: date) -> None:
        self._dirty.update(clock for clock, due in enumerate(self._clocks) if due.anchor <= told)

    def _is_met_by(self, clock: int, due: Due, entry: _Entry) -> bool:
        heard = self._heard.get(clock)
        if entry[0] < due.anchor or heard is None:
            return heard is None
        return heard.met_at is None or heard.broken is not None or entry < heard.met_at

    def _entry(self, number: int, event: Event) -> _Entry:
        return (self._part.day(event), event.learned, event.id, number)

    # Which clocks are set

    def _start(self, number: int, event: Event) -> None:
        due = self._case.due(event)
        home = self._home(event, due) if due is not None else None
        if due is None or (home is None and not self._case.sets_a_clock(event, due)):
            if doubt := self._case.doubt(event, due):
                insort(self._doubted, (number, doubt))
        elif home is not None:
            self._groups[home].append(event)
            self._clocks[home] = self._clock(home)
            self._dirty.add(home)
        else:
            home = len(self._groups)
            self._groups.append([event])
            self._clocks.append(self._clock(home))
            self._dirty.add(home)
            self._by_due.setdefault(due, home)
            self._near.add(home, event, self._part.told(event))

    def _home(self, event: Event, due: date) -> int | None:
        homes = [self._by_due[due]] if due in self._by_due else []
        if self._case.kind.due_slot is None and event.happened is not None:
            near = self._near.happened_in(event.happened)
            homes += [clock for clock in near if _overlap(self._groups[clock][0].happened, event.happened)]
        return min(homes, default=None)

    def _clock(self, clock: int) -> Due:
        return self._case.clock(self._groups[clock], (self._members[number].event for _, _, number in self._moves))

    def _move(self, told: date) -> None:
        for clock, due in enumerate(self._clocks):
            latest = max(due.day, *(day for day, _ in due.earlier), due.first_day)
            if due.anchor <= told and (told <= latest or told <= latest + LATE_MOVE):
                self._clocks[clock] = self._clock(clock)
                self._dirty.add(clock)

    # What is known of a clock

    def _hear(self, due: Due, today: date) -> Heard:
        first = bisect_left(self._meets, (due.anchor,))
        broken = self._broken(first)
        if broken is not None:
            first = bisect_left(self._meets, (self._part.day(broken) + timedelta(days=1),), lo=first)
        met_at = self._meets[first] if first < len(self._meets) else None
        met = self._members[met_at[3]].event if met_at is not None else None
        return Heard(
            met=met,
            met_at=met_at,
            broken=broken,
            material=self._material(due, today if met is None else min(today, self._part.told(met))),
            stage=self._stage(due),
        )

    def _broken(self, first: int) -> Event | None:
        if first == len(self._meets):
            return None
        day = self._meets[first][0]
        after = day + timedelta(days=self._case.kind.broken_within_days + 1)
        near = self._breaks[bisect_left(self._breaks, (day,)) : bisect_left(self._breaks, (after,))]
        return min((self._members[entry[3]].event for entry in near), key=_by_learning, default=None)

    def _material(self, due: Due, last: date) -> tuple[Event, ...]:
        told = (self._members[number].event for numbers in self._added for number in numbers)
        tellings = {event.id for event in due.tellings}
        after = (event for event in told if due.anchor < self._part.told(event) <= last and event.id not in tellings)
        return tuple({event.id: event for event in after}.values())

    def _stage(self, due: Due) -> str:
        part, kind = self._part, self._case.kind
        for stage, numbers in zip(reversed(kind.stages), reversed(self._added), strict=False):
            events = (self._members[number].event for number in numbers)
            if any(part.is_dated(event) and part.day(event) >= due.anchor for event in events):
                return stage.say
        return kind.otherwise


def deadlines(rule: Rule, events: Sequence[Event], setting: Setting) -> list[DeadlineCase]:
    """Return the histories of a `deadline` rule."""
    if not isinstance(rule.kind, Deadline):
        raise TypeError(f"{rule.id} is no deadline rule")
    return [DeadlineCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]


def _overlap(one: When | None, other: When | None) -> bool:
    return one is not None and other is not None and one.first <= other.last and other.first <= one.last


def _by_learning(event: Event) -> tuple[datetime, str]:
    return event.learned, event.id


def _due_day(when: When) -> date:
    # A promise for a week is due on its Friday: offices file on working days.
    if when.precision is Precision.WEEK and when.last.weekday() >= SATURDAY:
        return when.last - timedelta(days=when.last.weekday() - SATURDAY + 1)
    return when.last
