"""`absence`: nothing of a kind for so long, while something is open.

Counted from the last one. It fires at the end of the day on which the time is up, again after each `again_after`, and
is cleared by the next one or by the end of what is watched. With none to count from it is a review, and so it is
where nobody was looking.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.finding import Finding, State
from bot.core.rules.language import Absence, Rule
from bot.core.rules.news import end_of_day
from bot.core.rules.partition import Partition, partitions, quoted
from bot.core.rules.setting import Setting

NOTHING_TO_COUNT_FROM = "no earlier one is known, so there is nothing to count from"


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

    def instants(self, until: datetime) -> Iterable[datetime]:
        """Return when something was learned, and each end of day on which the time is up."""
        yield from self.partition.instants()
        events = [member.event for member in self.partition.members]
        zone = self.partition.setting.zone
        step = self.partition.rule.alert.again_after_days
        last = self.partition.local_day(until)
        for fires_on in {day for event in events for day in self._moments(event)}:
            day = fires_on
            while day <= last:
                yield end_of_day(day, zone)
                if not step:
                    break
                day += timedelta(days=step)

    def _moments(self, event: Event) -> tuple[date, ...]:
        day = self.partition.day(event)
        return (
            day,
            _first_day(event, day),
            day + timedelta(days=self.kind.for_days),
            _first_day(event, day) + timedelta(days=self.kind.for_days),
        )

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return every gap that is, or was, too long."""
        known = self.partition.known(as_of)
        return [
            self._finding(gap, as_of)
            for watch in self._watches(known)
            for gap in self._gaps(watch, known, self.partition.local_day(as_of))
            if gap.fires_on <= self.partition.last_day_over(as_of)
        ]

    def _watches(self, known: Sequence[Event]) -> list[Watch]:
        part, kind = self.partition, self.kind
        if kind.started_by is None:
            return [Watch(first=date.min, last=None, opened_by=None, closed_by=None)]
        starts = [(_first_day(event, part.day(event)), 0, event) for event in part.of(kind.started_by, known)]
        ends = [(part.day(event), 1, event) for event in part.of(kind.ended_by, known)]
        line = sorted(
            ((day, order, event) for day, order, event in (*starts, *ends) if part.is_dated(event)),
            key=lambda entry: (entry[0], entry[1], entry[2].learned, entry[2].id),
        )
        return _watches_along(line)

    def _gaps(self, watch: Watch, known: Sequence[Event], today: date) -> list[Gap]:
        part = self.partition
        # Only what has a day of its own can be counted from: "talks have gone nowhere" tells of no meeting today.
        dated = [event for event in part.of(self.kind.of, known) if event.happened and part.day(event) <= today]
        dated.sort(key=lambda event: (part.day(event), event.learned, event.id))
        bases = [
            event for place, event in enumerate(dated) if place == 0 or part.day(event) > part.day(dated[place - 1])
        ]
        gaps = [
            self._gap(watch, base, bases[place + 1] if place + 1 < len(bases) else None)
            for place, base in enumerate(bases)
        ]
        if watch.opened_by is not None and (not bases or part.day(bases[0]) > watch.first):
            gaps.append(self._gap(watch, None, bases[0] if bases else None))
        return [gap for gap in gaps if gap is not None]

    def _gap(self, watch: Watch, base: Event | None, following: Event | None) -> Gap | None:
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

    def _finding(self, gap: Gap, as_of: datetime) -> Finding:
        part, rule = self.partition, self.partition.rule
        again = rule.alert.again_after_days
        until = part.last_day_over(as_of)
        repeats = (until - gap.fires_on).days // again if again and gap.ends_on is None else 0
        on = gap.fires_on + timedelta(days=repeats * (again or 0))
        missing = (*self._missing(gap), *part.doubts(gap.watch.opened_by or gap.base))
        outcome = Outcome.REVIEW if missing else Outcome.ALERT
        days = (on - gap.base_day).days
        counted = quoted(gap.base) if gap.base else NOTHING_TO_COUNT_FROM
        reason = f"{days} days since {gap.base_day}: {counted}"
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


def absences(rule: Rule, events: Sequence[Event], setting: Setting) -> list[AbsenceCase]:
    """Return the histories of an `absence` rule."""
    if not isinstance(rule.kind, Absence):
        raise TypeError(f"{rule.id} is no absence rule")
    return [AbsenceCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]


def _first_day(event: Event, day: date) -> date:
    return min(event.happened.first, day) if event.happened is not None else day


def _watches_along(line: Sequence[tuple[date, int, Event]]) -> list[Watch]:
    watches: list[Watch] = []
    for day, closes, event in line:
        latest = watches[-1] if watches else None
        if closes and latest is not None and latest.last is None:
            closed = Watch(first=latest.first, last=day, opened_by=latest.opened_by, closed_by=event)
            watches[-1] = closed
        elif not closes and (latest is None or (latest.last is not None and day > latest.last)):
            watches.append(Watch(first=day, last=None, opened_by=event, closed_by=None))
    return watches
