"""`change`: a slot of a story takes a new value, compared within each party's own words where `by` asks for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.core.model import Clause, Event, Outcome
from bot.core.rules.clauses import slot_of
from bot.core.rules.compare import shown
from bot.core.rules.contradiction import disagree
from bot.core.rules.finding import Finding, State
from bot.core.rules.language import Rule, ValueChange
from bot.core.rules.partition import Partition, partitions, quoted
from bot.core.rules.setting import Setting


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeCase:
    """One history under a `change` rule."""

    partition: Partition
    kind: ValueChange

    def instants(self, until: datetime) -> Iterable[datetime]:  # noqa: ARG002  # a case's form
        """Return when something was learned or taken back: time alone changes no value."""
        return self.partition.instants()

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return every step from one value to the next."""
        known = self.partition.of(self.kind.of, self.partition.known(as_of))
        value, voice = slot_of(self.kind.slot), slot_of(self.kind.by) if self.kind.by else None
        lines: dict[str, list[Event]] = {}
        for event in known:
            if value(event) is not None and self.partition.is_dated(event):
                lines.setdefault(shown(voice(event)) if voice else "", []).append(event)
        return [finding for speaker in sorted(lines) for finding in self._steps(speaker, lines[speaker])]

    def _steps(self, speaker: str, events: list[Event]) -> list[Finding]:
        part = self.partition
        events.sort(key=lambda event: (part.day(event), event.learned, event.article, event.start, event.id))
        value = slot_of(self.kind.slot)
        found, groups = [], [[events[0]]]
        for event in events[1:]:
            if disagree(value(groups[-1][-1]), value(event)):
                groups.append([event])
            else:
                groups[-1].append(event)
        for before, after in pairwise(groups):
            found.append(self._finding(speaker, before[-1], after))
        return found

    def _finding(self, speaker: str, before: Event, after: list[Event]) -> Finding:
        part = self.partition
        value = slot_of(self.kind.slot)
        opener = after[0]
        values = f"{shown(value(before))} → {shown(value(opener))}"
        missing = tuple(dict.fromkeys(doubt for event in (before, *after) for doubt in part.doubts(event)))
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


def changes(rule: Rule, events: Sequence[Event], setting: Setting) -> list[ChangeCase]:
    """Return the histories of a `change` rule."""
    if not isinstance(rule.kind, ValueChange):
        raise TypeError(f"{rule.id} is no change rule")
    return [ChangeCase(partition=part, kind=rule.kind) for part in partitions(rule, events, setting)]
