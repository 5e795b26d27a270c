"""`contradiction`: two articles disagree.

On a slot of one story (numbers that cannot both hold, words that cannot both hold), between two kinds of claim
(`against`), or between a stated length and the days that the calendar counts (`measured_from`). Copies of one article
never disagree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from bot.core.model import Clause, Event, Label, Name, Outcome, Quantity, SlotValue, When
from bot.core.rules.clauses import slot_of
from bot.core.rules.compare import shown
from bot.core.rules.finding import Finding, State
from bot.core.rules.intervals import DAYS
from bot.core.rules.language import HAPPENED, SINCE, Contradiction, Rule
from bot.core.rules.partition import Partition, partitions, quoted
from bot.core.rules.setting import Setting
from bot.core.rules.stated_age import age_in, fits
from bot.core.stories import can_both_hold, origin_of

Pair = tuple[Event, Event, str]
"""Two events and what they disagree on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContradictionCase:
    """One history under a `contradiction` rule."""

    partition: Partition
    kind: Contradiction

    def instants(self, until: datetime) -> Iterable[datetime]:  # noqa: ARG002  # a case's form
        """Return when something was learned or taken back: time alone brings no contradiction."""
        return self.partition.instants()

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return every disagreement."""
        known = self.partition.known(as_of)
        if self.kind.measured_from is not None:
            return self._ages(known)
        if self.kind.against is not None:
            return [finding for group in self._claims(known) if (finding := self._clash(group)) is not None]
        groups = self._stories(self.partition.of(self.kind.of, known))
        return [finding for group in groups if (finding := self._disagreement(group)) is not None]

    # On a slot of one story

    def _stories(self, events: Sequence[Event]) -> list[list[Event]]:
        groups: list[list[Event]] = []
        for event in events:
            home = next((group for group in groups if any(self._one_story(other, event) for other in group)), None)
            if home is None:
                groups.append([event])
            else:
                home.append(event)
        return groups

    def _one_story(self, one: Event, other: Event) -> bool:
        part = self.partition
        if not all(_agree(slot_of(name)(one), slot_of(name)(other)) for name in self.kind.same):
            return False
        if self.kind.compare == HAPPENED and one.happened is not None and other.happened is not None:
            return one.happened.first <= other.happened.last and other.happened.first <= one.happened.last
        return abs((part.told(one) - part.told(other)).days) <= self.kind.within_days

    def _disagreement(self, group: Sequence[Event]) -> Finding | None:
        pairs = [
            (one, other, why)
            for one, other in combinations(group, 2)
            if self._two_voices(one, other) and self._one_story(one, other) and (why := self._differ(one, other))
        ]
        return self._finding(pairs, group[0]) if pairs else None

    def _two_voices(self, one: Event, other: Event) -> bool:
        if origin_of(one) == origin_of(other):
            return False
        fetches = [slot_of(name) for name in self.kind.by]
        return not fetches or any(_word(fetch(one)) != _word(fetch(other)) for fetch in fetches)

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

    # Between two kinds of claim

    def _claims(self, known: Sequence[Event]) -> list[list[Event]]:
        part = self.partition
        ours = {event.id for event in part.of(self.kind.of, known)}
        theirs = {event.id for event in part.of(self.kind.against, known)}
        claims = [event for event in known if event.id in ours | theirs]
        groups: list[list[Event]] = []
        for event in claims:
            near = [group for group in groups if any(self._one_period(other, event) for other in group)]
            if near:
                near[-1].append(event)
            else:
                groups.append([event])
        return groups

    def _one_period(self, one: Event, other: Event) -> bool:
        part = self.partition
        return abs((part.told(one) - part.told(other)).days) <= self.kind.within_days

    def _clash(self, group: Sequence[Event]) -> Finding | None:
        part = self.partition
        ours, theirs = part.of(self.kind.of, group), part.of(self.kind.against, group)
        pairs = [
            (one, other, "opposite claims")
            for one in ours
            for other in theirs
            if self._two_voices(one, other) and self._one_period(one, other)
        ]
        return self._finding(pairs, group[0]) if pairs else None

    # Between a stated length and the calendar

    def _ages(self, known: Sequence[Event]) -> list[Finding]:
        part = self.partition
        starts = sorted(
            (event for event in part.of(self.kind.measured_from, known) if event.happened is not None),
            key=lambda event: (part.day(event), event.learned),
        )
        found = []
        for event in part.of(self.kind.of, known):
            before = [start for start in starts if part.day(start) <= part.told(event) and start.id != event.id]
            age = slot_of(self.kind.slots[0])(event) or age_in(event)
            if not before or not isinstance(age, Quantity) or age.unit not in DAYS:
                continue
            start = self._best_start(before)
            why = self._misfit(start, event, age)
            if why:
                found.append(self._finding([(event, start, why)], event))
        return found

    def _best_start(self, starts: Sequence[Event]) -> Event:
        # Of several tellings of the latest start the one that knows the day best: "in October" is a retelling.
        latest = self.partition.day(starts[-1])
        near = [start for start in starts if (latest - self.partition.day(start)).days <= self.kind.within_days]
        return min(near, key=lambda start: (_days_wide(start), start.learned, start.id))

    def _misfit(self, start: Event, event: Event, age: Quantity) -> str:
        began = start.happened
        if began is None:
            return ""
        told = event.published
        is_ahead = event.happened is not None and told is not None and event.happened.first > told.last
        at = event.happened if is_ahead else told
        if at is None or fits(age, (at.first - began.last).days, (at.last - began.first).days):
            return ""
        return f"{age.text} stated, {(at.last - began.first).days + 1} days counted from {began.first}"

    def _finding(self, pairs: Sequence[Pair], anchor: Event) -> Finding:
        part = self.partition
        events = tuple({event.id: event for pair in pairs for event in pair[:2]}.values())
        ordered = tuple(sorted(events, key=lambda event: (event.learned, event.start, event.id)))
        one, other, why = pairs[-1]
        values = " against ".join(dict.fromkeys(self._value(event) for event in (one, other)))
        newest = ordered[-1]
        missing = tuple(dict.fromkeys(doubt for event in ordered for doubt in part.doubts(event)))
        return Finding(
            fingerprint=part.fingerprint(*(("review",) if missing else ()), f"{part.day(anchor)}/{anchor.id[:6]}"),
            outcome=Outcome.REVIEW if missing else Outcome.ALERT,
            severity=part.severity(ordered),
            state=State.OPEN,
            on=part.told(newest),
            says=part.render(newest, {"values": values, "count": str(len(events))}),
            reason=f"{why}: {quoted(one)} against {quoted(other)}",
            events=ordered,
            why=lambda: (Clause(slot="values", text=f"{why}: {values}", met=True),),
            missing=missing,
        )

    def _value(self, event: Event) -> str:
        values = [shown(value) for name in self.kind.slots if (value := slot_of(name)(event)) not in {None, ()}]
        return ", ".join(values) if values else f"“{event.quote}”"


def contradictions(rule: Rule, events: Sequence[Event], setting: Setting) -> list[ContradictionCase]:
    """Return the histories of a `contradiction` rule."""
    if not isinstance(rule.kind, Contradiction):
        raise TypeError(f"{rule.id} is no contradiction rule")
    return [ContradictionCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]


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
