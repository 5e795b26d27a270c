"""`contradiction`: two articles disagree.

On a slot of one story (numbers that cannot both hold, words that cannot both hold), between two kinds of claim
(`against`), or between a stated length and the days that the calendar counts (`measured_from`). Copies of one article
never disagree.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.core.lengths import CALENDAR_DAYS
from bot.core.model import Clause, Event, Label, Name, Outcome, Quantity, SlotValue, Stance, When
from bot.core.rules.clauses import Fetch, slot_of
from bot.core.rules.compare import shown
from bot.core.rules.finding import Board, Finding, State
from bot.core.rules.language import HAPPENED, SINCE, Contradiction, Rule
from bot.core.rules.partition import Course, Member, Partition, partitions, quoted
from bot.core.rules.setting import Setting
from bot.core.rules.stated_age import age_in, fits
from bot.core.stories import Neighbours, can_both_hold, origin_of

Pair = tuple[Event, Event, str]
"""Two events and what they disagree on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContradictionCase:
    """One history under a `contradiction` rule."""

    partition: Partition
    kind: Contradiction
    same: tuple[Fetch, ...]  # what must be given and agree
    by: tuple[Fetch, ...]  # in one of which the two must differ

    def walk(self, until: datetime) -> "StoryWalk | AgeWalk":  # noqa: ARG002  # a case's form
        """Return a walk from the beginning: time alone brings no contradiction."""
        return StoryWalk(self) if self.kind.measured_from is None else AgeWalk(self)

    def may_disagree(self) -> bool:
        """Answer whether it holds two tellings that differ at all; most hold none and need no walk."""
        kind, part = self.kind, self.partition
        told, other = part.members_of(kind.of), kind.against or kind.measured_from
        if other is not None:
            return bool(told) and bool(part.members_of(other))
        if self.same:
            told = tuple([member for member in told if self.common(member.event) is not None])
        if kind.opposites:
            words = frozenset[str]().union(*(self._words(member.event) for member in told))
            return any(words.issuperset(pair) for pair in kind.opposites)
        fetches = (slot_of(name) for name in kind.slots)
        return any(len({_compared(fetch(member.event)) for member in told} - {None}) > 1 for fetch in fetches)

    # On a slot of one story

    def is_one_story(self, one: Event, other: Event) -> bool:
        """Answer whether two events tell of the same, as this rule takes it."""
        part, kind = self.partition, self.kind
        if not all(_agree(fetch(one), fetch(other)) for fetch in self.same):
            return False
        if kind.opposites and self._pairs_of(one).isdisjoint(self._pairs_of(other)):
            return False
        told_apart = abs((part.told(one) - part.told(other)).days)
        if kind.ahead_within_days is not None and (_is_ahead(one) or _is_ahead(other)):
            return told_apart <= kind.ahead_within_days
        if kind.compare == HAPPENED and one.happened is not None and other.happened is not None:
            apart = max(one.happened.first, other.happened.first) - min(one.happened.last, other.happened.last)
            return apart.days <= kind.apart_days
        return told_apart <= kind.within_days

    def tellings(self) -> tuple[Member, ...]:
        """Return the members that tell of what may clash: of words that exclude each other, those with one of them."""
        told = self.partition.members_of(self.kind.of, self.kind.against)
        return tuple([each for each in told if self._pairs_of(each.event)]) if self.kind.opposites else told

    def _pairs_of(self, event: Event) -> frozenset[int]:
        words = self._words(event)
        return frozenset(place for place, pair in enumerate(self.kind.opposites) if not words.isdisjoint(pair))

    def common(self, event: Event) -> tuple[object, ...] | None:
        """Return the words that every telling of the same has; None where what must be given is not."""
        values = [fetch(event) for fetch in self.same]
        if None in values:
            return None
        return tuple(_word(value) for value in values if isinstance(value, Label | Name))

    def disagreement(self, one: Event, other: Event) -> str:
        """Return what two tellings of one story disagree on, "" where they do not."""
        if not self._two_voices(one, other):
            return ""
        if self.kind.against is not None:
            part = self.partition
            ours, theirs = part.taken(self.kind.of), part.taken(self.kind.against)
            return "opposite claims" if one.id in ours and other.id in theirs else ""
        return self._differ(one, other)

    def _two_voices(self, one: Event, other: Event) -> bool:
        if origin_of(one) == origin_of(other):
            return False
        return not self.by or any(_word(fetch(one)) != _word(fetch(other)) for fetch in self.by)

    def _differ(self, one: Event, other: Event) -> str:
        if self.kind.opposites:
            mine, theirs = self._words(one), self._words(other)
            for a, b in self.kind.opposites:
                for left, right in ((mine, theirs), (theirs, mine)):
                    if a in left and b in right and self._at_once(*((one, other) if left is mine else (other, one))):
                        return f"{a.replace('_', ' ')} against {b.replace('_', ' ')}"
            return ""
        for name in self.kind.slots:
            fetch = slot_of(name)
            if why := disagree(fetch(one), fetch(other)):
                return f"{name.replace('_', ' ')}: {why}"
        return ""

    def _at_once(self, still: Event, done: Event) -> bool:
        # What is done stays done: it is denied only by what is told after its day.
        return self.kind.compare != SINCE or self.partition.told(still) > self.partition.day(done)

    def _words(self, event: Event) -> frozenset[str]:
        words: set[str] = set()
        for name in self.kind.slots:
            value = slot_of(name)(event)
            labels = value if isinstance(value, tuple) else (value,)
            words.update(label.value for label in labels if isinstance(label, Label))
        return frozenset(words)

    # Between a stated length and the calendar

    def age_of(self, event: Event) -> Quantity | None:
        """Return the length that an event states, where it can be held against a calendar."""
        age = slot_of(self.kind.slots[0])(event) or age_in(event)
        return age if isinstance(age, Quantity) and age.unit in CALENDAR_DAYS else None

    def misfit(self, event: Event, age: Quantity, starts: Sequence[Event]) -> Finding | None:
        """Return that a stated length does not fit the days since the start, of which these are the last tellings."""
        start = self._best_start(starts)
        why = self._misfit(start, event, age)
        return self.finding((event, start), (event, start, why), event) if why else None

    def _best_start(self, starts: Sequence[Event]) -> Event:
        # Of several tellings of the latest start the one that knows the day best: "in October" is a retelling.
        return min(starts, key=lambda start: (_days_wide(start), start.learned, start.id))

    def _misfit(self, start: Event, event: Event, age: Quantity) -> str:
        began = start.happened
        if began is None:
            return ""
        told = event.published
        is_ahead = event.happened is not None and told is not None and event.happened.first > told.last
        at = event.happened if is_ahead else told
        if at is None or fits(age, (at.first - began.last).days, (at.last - began.first).days):
            return ""
        return f"{(at.last - began.first).days + 1} days counted from {began.first}"

    def finding(self, events: Iterable[Event], last: Pair, anchor: Event) -> Finding:
        """Return what a disagreement says.

        Args:
            events: all that disagree.
            last: the two that came last.
            anchor: the story's first event.
        """
        part = self.partition
        ordered = tuple(sorted(events, key=lambda event: (event.learned, event.start, event.id)))
        one, other, why = last
        theirs = self._value(other) if self.kind.measured_from is None else why
        values = " against ".join(dict.fromkeys((self._value(one), theirs)))
        newest = ordered[-1]
        doubted = ordered if part.doors else ()
        missing = tuple(dict.fromkeys(doubt for event in doubted for doubt in part.doubts(event)))
        return Finding(
            fingerprint=part.fingerprint(*(("review",) if missing else ()), f"{part.day(anchor)}/{anchor.id[:6]}"),
            outcome=Outcome.REVIEW if missing else Outcome.ALERT,
            severity=part.severity(ordered),
            state=State.OPEN,
            on=part.told(newest),
            says=part.render(newest, {"values": values, "count": str(len(ordered))}),
            reason=f"{why}: {quoted(one)} against {quoted(other)}",
            events=ordered,
            why=lambda: (Clause(slot="values", text=f"{why}: {values}", met=True),),
            missing=missing,
        )

    def _value(self, event: Event) -> str:
        """Return what an event says: "held (union)", or its words where none of the slots is given."""
        values = [shown(value) for name in self.kind.slots if (value := slot_of(name)(event)) not in {None, ()}]
        if not values:
            return f"“{event.quote}”"
        return f"{values[0]} ({', '.join(values[1:])})" if len(values) > 1 else values[0]


@dataclass(kw_only=True, slots=True)
class _Story:
    """Events that tell of the same, by their numbers."""

    anchor: int
    involved: set[int] = field(default_factory=set)  # those that disagree with another one
    last: tuple[int, int] = (-1, -1)  # the two of them that stand last
    why: str = ""  # what those two disagree on


class StoryWalk:
    """Stories as they grow: a new event is held against those near it only."""

    def __init__(self, case: ContradictionCase) -> None:
        self.board = Board()
        self._case, self._part = case, case.partition
        self._members = case.tellings()
        self._course = Course(self._members)
        self._forget()

    def _forget(self) -> None:
        self._near: dict[tuple[object, ...], Neighbours] = {}  # by what tellings of one story have in common
        self._stories: list[_Story] = []
        self._home: dict[int, int] = {}  # story by event

    def upcoming(self) -> datetime | None:
        """Return when something is learned or taken back next."""
        return self._course.upcoming()

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant."""
        turn = self._course.take(as_of)
        before = len(self._stories)
        if not turn.is_growth:
            self._forget()
        changed = {self._add(number) for number in (turn.came if turn.is_growth else self._course.known)}
        for place in sorted(changed):
            self.board.put((place,), self._told(self._stories[place]))
        for place in range(len(self._stories), before):
            self.board.put((place,), None)

    def _add(self, number: int) -> int:
        """Put an event into the story it belongs to; return which that is."""
        event = self._members[number].event
        common = self._case.common(event)
        near = self._near.setdefault(common, Neighbours()) if common is not None else Neighbours()
        tellings = [other for other in self._candidates(event, near) if self._is_one(other, event)]
        homes = {self._home[other] for other in tellings}
        # Claims follow one another, and the latest story is the one that goes on; the first telling of a fact holds.
        if not homes:
            self._stories.append(_Story(anchor=number))
            home = len(self._stories) - 1
        else:
            home = min(homes) if self._case.kind.against is None else max(homes)
        self._home[number] = home
        near.add(number, event, self._part.told(event))
        for other in tellings:
            if self._home[other] == home:
                self._hold_against(self._stories[home], other, number)
        return home

    def _candidates(self, event: Event, near: Neighbours) -> set[int]:
        kind, told = self._case.kind, self._part.told(event)
        if kind.against is not None or kind.compare != HAPPENED or event.happened is None:
            return set(near.told_near(told, max(kind.within_days, kind.ahead_within_days or 0)))
        slack, happened = timedelta(days=kind.apart_days), event.happened
        around = replace(happened, first=happened.first - slack, last=happened.last + slack)
        ahead = near.told_near(told, kind.ahead_within_days) if kind.ahead_within_days is not None else ()
        return {*near.happened_in(around), *near.undated_near(told, kind.within_days), *ahead}

    def _is_one(self, other: int, event: Event) -> bool:
        return self._case.kind.against is not None or self._case.is_one_story(self._members[other].event, event)

    def _hold_against(self, story: _Story, other: int, number: int) -> None:
        for one, two in self._pairs(other, number):
            if why := self._case.disagreement(self._members[one].event, self._members[two].event):
                story.involved |= {one, two}
                if (one, two) > story.last:
                    story.last, story.why = (one, two), why

    def _pairs(self, other: int, number: int) -> tuple[tuple[int, int], ...]:
        return ((other, number),) if self._case.kind.against is None else ((other, number), (number, other))

    def _told(self, story: _Story) -> Finding | None:
        if not story.involved:
            return None
        one, other = (self._members[number].event for number in story.last)
        events = (self._members[number].event for number in story.involved)
        return self._case.finding(events, (one, other, story.why), self._members[story.anchor].event)


class AgeWalk:
    """Stated lengths and the starts that they are held against, each in order of their days."""

    def __init__(self, case: ContradictionCase) -> None:
        self.board = Board()
        self._case, self._part, kind = case, case.partition, case.kind
        self._members = case.partition.members_of(kind.of, kind.measured_from)
        self._course = Course(self._members)
        self._starts: list[tuple[date, datetime, int]] = []
        self._ages: list[tuple[date, int]] = []  # by the day on which they were told
        both = case.partition.taken(kind.of) & case.partition.taken(kind.measured_from)
        self._both = frozenset(number for number, each in enumerate(self._members) if each.event.id in both)

    def upcoming(self) -> datetime | None:
        """Return when something is learned or taken back next."""
        return self._course.upcoming()

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant."""
        turn = self._course.take(as_of)
        touched: set[int] = set()
        for numbers, change in ((turn.left, _remove), (turn.came, insort)):
            for number in numbers:
                touched |= self._change(number, change)
        for number in touched:
            self.board.put((number,), self._finding(number))

    def _change(self, number: int, change: Callable[[list[Any], Any], None]) -> set[int]:
        part, kind, event = self._part, self._case.kind, self._members[number].event
        touched: set[int] = set()
        if event.happened is not None and event.id in part.taken(kind.measured_from):
            change(self._starts, (part.day(event), event.learned, number))
            touched |= self._told_since(part.day(event))
        if event.id in part.taken(kind.of) and self._case.age_of(event) is not None:
            change(self._ages, (part.told(event), number))
            touched.add(number)
        return touched

    def _told_since(self, day: date) -> set[int]:
        """Return the lengths that were told while a start on this day was among the latest."""
        slack = timedelta(days=self._case.kind.within_days)
        later = bisect_left(self._starts, (day + slack + timedelta(days=1),))
        last = self._starts[later][0] if later < len(self._starts) else date.max
        first = bisect_left(self._ages, (day,))
        # What states a length and is a start is held against the others alone.
        return {*self._both} | {
            number for _, number in self._ages[first : bisect_left(self._ages, (last, len(self._members)))]
        }

    def _finding(self, number: int) -> Finding | None:
        event = self._members[number].event
        age, told = self._case.age_of(event), self._part.told(event)
        at = bisect_left(self._ages, (told, number))
        if age is None or at == len(self._ages) or self._ages[at] != (told, number):
            return None
        latest = self._latest(told, number)
        return self._case.misfit(event, age, [self._members[start].event for start in latest]) if latest else None

    def _latest(self, told: date, number: int) -> list[int]:
        """Return the tellings of the latest start before a day, without the event itself."""
        found: list[tuple[date, int]] = []
        for at in range(bisect_left(self._starts, (told + timedelta(days=1),)) - 1, -1, -1):
            day, _, start = self._starts[at]
            if found and (found[0][0] - day).days > self._case.kind.within_days:
                break
            if start != number:
                found.append((day, start))
        return [start for _, start in found]


def contradictions(rule: Rule, events: Sequence[Event], setting: Setting) -> list[ContradictionCase]:
    """Return the histories of a `contradiction` rule."""
    if not isinstance(rule.kind, Contradiction):
        raise TypeError(f"{rule.id} is no contradiction rule")
    kind = rule.kind
    same, by = (tuple(slot_of(name) for name in names) for names in (kind.same, kind.by))
    cases = (
        ContradictionCase(partition=part, kind=kind, same=same, by=by) for part in partitions(rule, events, setting)
    )
    return [case for case in cases if case.may_disagree()]


def _compared(value: SlotValue | None) -> object:
    """Return what `disagree` looks at in a value, None where there is none."""
    match value:
        case Quantity():
            return value.low, value.high, value.unit, value.per, value.bound
        case When():
            return value.first, value.last
        case _:
            return _word(value)


def _remove(numbered: list[Any], entry: Any) -> None:  # noqa: ANN401  # as insort takes them
    del numbered[bisect_left(numbered, entry)]


def _agree(one: SlotValue | None, other: SlotValue | None) -> bool:
    return one is not None and other is not None and not disagree(one, other)


def disagree(one: SlotValue | None, other: SlotValue | None) -> str:
    """Return how two values exclude each other, "" when both can hold or one is not given."""
    match one, other:
        case Quantity(), Quantity():
            return _numbers_disagree(one, other)
        case When(), When():
            apart = one.last < other.first or other.last < one.first
            return f"{shown(one)} against {shown(other)}" if apart else ""
        case (Label(), Label()) | (Name(), Name()):
            return f"{shown(one)} against {shown(other)}" if _word(one) != _word(other) else ""
        case bool(), bool():
            return f"{shown(one)} against {shown(other)}" if one is not other else ""
        case _:
            return ""


def _is_ahead(event: Event) -> bool:
    """Answer whether an event speaks of what is to come."""
    is_later = (
        event.happened is not None and event.published is not None and event.happened.first > event.published.last
    )
    return is_later or event.stance is Stance.PLANNED


def _days_wide(event: Event) -> int:
    return (event.happened.last - event.happened.first).days if event.happened is not None else 0


def lost_digit(one: float, other: float) -> bool:
    """Answer whether one number is the other with a digit left out: 11,803 and 111,803."""
    short, long = sorted((f"{one:.0f}", f"{other:.0f}"), key=len)
    return len(long) == len(short) + 1 and any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def _numbers_disagree(one: Quantity, other: Quantity) -> str:
    if one.unit != other.unit or one.per != other.per or can_both_hold(one, other):
        return ""
    hint = ""
    if one.low is not None and other.low is not None and lost_digit(one.low, other.low):
        hint = " (one may lack a digit of the other)"
    return f"{one.text} against {other.text}{hint}"


def _word(value: SlotValue | date | None) -> object:
    if isinstance(value, Label):
        return value.value
    return value.id if isinstance(value, Name) else value
