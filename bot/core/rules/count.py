"""`count`: at least so many different events in a window. Retellings of one event count once.

A number that is reached only together with events that may count or not is a review.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.finding import Board, Finding, State, repeats
from bot.core.rules.judge import Bench, bench, open_points
from bot.core.rules.language import Count, Rule
from bot.core.rules.news import end_of_day
from bot.core.rules.partition import Course, Member, Partition, partitions, quoted
from bot.core.rules.setting import Setting
from bot.core.stories import Neighbours, may_be_one_story, origin_of, same_story


@dataclass(frozen=True, kw_only=True, slots=True)
class CountCase:
    """One history under a `count` rule."""

    partition: Partition
    kind: Count
    bench: Bench

    def walk(self, until: datetime) -> "CountWalk":  # noqa: ARG002  # a case's form
        """Return a walk from the beginning."""
        return CountWalk(self)

    def runs(self, events: Sequence[Event]) -> list[list[Event]]:
        """Return the runs of different events, in order of their days, that reach the number."""
        days = [self.partition.day(event) for event in events]
        window = timedelta(days=self.kind.within_days)
        runs: list[list[Event]] = []
        end = 0
        for last in range(self.kind.at_least - 1, len(events)):
            first = last - self.kind.at_least + 1
            if days[last] - days[first] > window:
                continue
            if runs and first < end:
                runs[-1].extend(events[end : last + 1])
            else:
                runs.append(list(events[first : last + 1]))
            end = last + 1
        return runs

    def ends(self, run: Sequence[Event]) -> date:
        """Return the day with which a run is over, when nothing is added to it."""
        return self.partition.day(run[-1]) + timedelta(days=self.kind.within_days)

    def finding(self, run: Sequence[Event], until: date) -> Finding:
        """Return what a run says at the end of a day: a review where it rests on an event that may not count."""
        part = self.partition
        opener = min(run, key=lambda event: (event.learned, event.id))
        ends = self.ends(run)
        over = ends <= until
        newest = max(run, key=lambda event: (event.learned, event.id))
        extra = {"count": str(len(run)), "since": str(part.day(run[0])), "until": str(part.day(run[-1]))}
        missing = self._missing(run)
        line = f"{len(run)} in {self.kind.within_days} days (limit {self.kind.at_least})"
        told = f"{line}, the latest {quoted(newest)}"
        reason = f"no more within {self.kind.within_days} days" if over else "; open: ".join((told, *missing[:1]))
        opened = f"{part.day(opener)}/{opener.id[:6]}"
        return Finding(
            fingerprint=part.fingerprint(*(("review",) if missing else ()), opened),
            outcome=Outcome.REVIEW if missing else Outcome.ALERT,
            severity=max((self.bench.severity(event) for event in run), key=lambda each: each.rank),
            state=State.CLEARED if over else State.OPEN,
            on=ends if over else part.told(newest),
            says=part.render(newest, extra),
            reason=reason,
            events=tuple(sorted(run, key=lambda event: (event.learned, event.id))),
            why=lambda: (Clause(slot="count", text=line, met=None if missing else True),),
            missing=missing,
        )

    def _missing(self, run: Sequence[Event]) -> tuple[str, ...]:
        judged = (self.bench.judge(event) for event in run)
        doubts = (doubt for each in judged if each.outcome is Outcome.REVIEW for doubt in open_points(each.clauses))
        return tuple(dict.fromkeys(doubts))


class _Line:
    """The different events among those that are taken up, along a line of days."""

    def __init__(self, members: Sequence[Member], part: Partition) -> None:
        self._members, self._part = members, part
        self._near, self._by_origin = Neighbours(), dict[str, list[int]]()
        self._line: list[tuple[date, datetime, str, int]] = []

    def add(self, number: int) -> bool:
        """Take an event up when it is another one than all that were there before; answer whether it is."""
        event = self._members[number].event
        if self._is_retold(event):
            return False
        self._near.add(number, event, self._part.told(event))
        self._by_origin.setdefault(origin_of(event), []).append(number)
        insort(self._line, (self._part.day(event), event.learned, event.id, number))
        return True

    def events(self) -> list[Event]:
        """Return the events in order of their days."""
        return [self._members[number].event for _, _, _, number in self._line]

    def _is_retold(self, event: Event) -> bool:
        setting, members = self._part.setting, self._members
        if any(repeats(event, members[other].event) for other in self._by_origin.get(origin_of(event), ())):
            return True
        near = may_be_one_story(event, self._near, setting.zone)
        return any(same_story(members[other].event, event, setting.names, setting.zone) for other in near)


class CountWalk:
    """The runs among the events that count, and those that would be runs if what may count did."""

    def __init__(self, case: CountCase) -> None:
        self.board = Board()
        self._case, self._part = case, case.partition
        judged = [(each, case.bench.outcome(each.event)) for each in case.partition.members]
        self._members = tuple(each for each, outcome in judged if outcome is not Outcome.NO_ALERT)
        outcomes = [outcome for _, outcome in judged if outcome is not Outcome.NO_ALERT]
        self._sure = frozenset(number for number, outcome in enumerate(outcomes) if outcome is Outcome.ALERT)
        self._course = Course(self._members)
        self._due: list[tuple[date, int]] = []  # runs, by the day with which they are over
        self._runs: list[list[Event]] = []
        self._forget()

    def _forget(self) -> None:
        self._counted = _Line(self._members, self._part)
        self._possible = _Line(self._members, self._part)  # those that count among them

    def upcoming(self) -> datetime | None:
        """Return when something is learned or taken back, or a run is over."""
        moment = self._course.upcoming()
        over = end_of_day(self._due[0][0], self._part.setting.zone) if self._due else None
        return min((each for each in (moment, over) if each is not None), default=None)

    def advance(self, as_of: datetime) -> None:
        """Bring the board to an instant."""
        turn, over = self._course.take(as_of), self._part.last_day_over(as_of)
        if not turn.is_growth:
            self._forget()
        added = [self._add(number) for number in (turn.came if turn.is_growth else self._course.known)]
        if any(added) or not turn.is_growth:
            self._run(over)
        while self._due and self._due[0][0] <= over:
            _, number = heappop(self._due)
            if number < len(self._runs):
                self.board.put((number,), self._case.finding(self._runs[number], over))

    def _add(self, number: int) -> bool:
        is_sure = number in self._sure and self._counted.add(number)
        is_possible = len(self._sure) < len(self._members) and self._possible.add(number)
        return is_sure or is_possible

    def _found(self) -> list[list[Event]]:
        """Return the runs of what counts, then those that rest on what may count and share nothing with them."""
        runs = self._case.runs(self._counted.events())
        if len(self._sure) == len(self._members):
            return runs
        alerted = {event.id for run in runs for event in run}
        possible = self._case.runs(self._possible.events())
        return [*runs, *(run for run in possible if not any(event.id in alerted for event in run))]

    def _run(self, over: date) -> None:
        runs = self._found()
        for number, run in enumerate(runs):
            if number >= len(self._runs) or self._runs[number] != run:
                self.board.put((number,), self._case.finding(run, over))
                if (ends := self._case.ends(run)) > over:
                    heappush(self._due, (ends, number))
        for number in range(len(runs), len(self._runs)):
            self.board.put((number,), None)
        self._runs = runs


def counts(rule: Rule, events: Sequence[Event], setting: Setting) -> list[CountCase]:
    """Return the histories of a `count` rule."""
    if not isinstance(rule.kind, Count):
        raise TypeError(f"{rule.id} is no count rule")
    seat = bench(rule, setting.names)
    return [CountCase(partition=part, kind=rule.kind, bench=seat) for part in partitions(rule, events, setting)]
