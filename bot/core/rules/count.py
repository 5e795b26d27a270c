"""`count`: at least so many different events in a window. Retellings of one event count once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.finding import Finding, State, repeats
from bot.core.rules.judge import Bench, bench
from bot.core.rules.language import Count, Rule
from bot.core.rules.news import end_of_day
from bot.core.rules.partition import Partition, partitions, quoted
from bot.core.rules.setting import Setting
from bot.core.stories import same_story


@dataclass(frozen=True, kw_only=True, slots=True)
class CountCase:
    """One history under a `count` rule."""

    partition: Partition
    kind: Count
    bench: Bench

    def instants(self, until: datetime) -> Iterable[datetime]:
        """Return when something was learned, and when a window is over."""
        yield from self.partition.instants()
        for member in self.partition.members:
            over = self.partition.day(member.event) + timedelta(days=self.kind.within_days)
            if over <= self.partition.local_day(until):
                yield end_of_day(over, self.partition.setting.zone)

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return every run of events that reaches the number."""
        known = [event for event in self.partition.known(as_of) if self.bench.outcome(event) is Outcome.ALERT]
        return [self._finding(run, as_of) for run in self._runs(self._different(known))]

    def _different(self, known: Sequence[Event]) -> list[Event]:
        setting = self.partition.setting
        first: list[Event] = []
        for event in known:
            if not any(
                repeats(event, other) or same_story(other, event, setting.names, setting.zone) for other in first
            ):
                first.append(event)
        return sorted(first, key=lambda event: (self.partition.day(event), event.learned, event.id))

    def _runs(self, events: Sequence[Event]) -> list[list[Event]]:
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

    def _finding(self, run: list[Event], as_of: datetime) -> Finding:
        part = self.partition
        opener = min(run, key=lambda event: (event.learned, event.id))
        ends = part.day(run[-1]) + timedelta(days=self.kind.within_days)
        over = ends <= part.last_day_over(as_of)
        newest = max(run, key=lambda event: (event.learned, event.id))
        extra = {"count": str(len(run)), "since": str(part.day(run[0])), "until": str(part.day(run[-1]))}
        line = f"{len(run)} in {self.kind.within_days} days (limit {self.kind.at_least})"
        reason = f"no more within {self.kind.within_days} days" if over else f"{line}, the latest {quoted(newest)}"
        return Finding(
            fingerprint=part.fingerprint(f"{part.day(opener)}/{opener.id[:6]}"),
            outcome=Outcome.ALERT,
            severity=max((self.bench.severity(event) for event in run), key=lambda each: each.rank),
            state=State.CLEARED if over else State.OPEN,
            on=ends if over else _told(part, newest),
            says=part.render(newest, extra),
            reason=reason,
            events=tuple(sorted(run, key=lambda event: (event.learned, event.id))),
            why=lambda: (Clause(slot="count", text=line, met=True),),
        )


def counts(rule: Rule, events: Sequence[Event], setting: Setting) -> list[CountCase]:
    """Return the histories of a `count` rule."""
    if not isinstance(rule.kind, Count):
        raise TypeError(f"{rule.id} is no count rule")
    seat = bench(rule, setting.names)
    return [CountCase(partition=part, kind=rule.kind, bench=seat) for part in partitions(rule, events, setting)]


def _told(part: Partition, event: Event) -> date:
    return part.told(event)
