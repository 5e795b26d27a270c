"""From rules and events to alerts, stepping through every instant at which something was learned or came due."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.model import Alert, Change, ChangeKind, Citation, Event, Masthead, Outline, Quantity
from bot.core.rules.absence import absences
from bot.core.rules.change import changes
from bot.core.rules.contradiction import contradictions
from bot.core.rules.count import counts
from bot.core.rules.deadline import deadlines
from bot.core.rules.finding import Case, Finding, Life, Step, follow, standing
from bot.core.rules.language import Absence, Contradiction, Count, Deadline, Kind, Match, Rule, ValueChange
from bot.core.rules.match import episodes
from bot.core.rules.reach import Reach
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import NOT_KNOWN, Coverage, Setting, days_told

_ID_HEX = 10  # hex digits of sha256 of the fingerprint: an alert's id

Cases = Callable[[Rule, Sequence[Event], Setting], Sequence[Case]]


def replay(
    rulebook: Rulebook,
    events: Iterable[Event],
    until: datetime,
    *,
    mastheads: Mapping[str, Masthead],
    coverage: Coverage = NOT_KNOWN,
    rules: Collection[str] | None = None,
) -> tuple[Alert, ...]:
    """Return every alert and review with its whole life up to `until`, sorted by day, rule and fingerprint.

    Args:
        rulebook: the rules.
        events: every event that matters, in any order; those learned after `until` are left out.
        until: aware; the last instant that is judged.
        mastheads: what citations say of the articles, by key; an article without one is cited by its key.
        coverage: when the sources were read.
        rules: ids, to judge only some rules.
    """
    known: dict[str, Citation] = {}
    alerts = [
        _Dress(rule=rule, mastheads=mastheads, known=known).alert(fingerprint, life)
        for rule, fingerprint, life in _lives(rulebook, events, until, coverage, rules)
    ]
    return in_order(alerts)


def in_order(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Return alerts as `replay` gives them."""
    return tuple(sorted(alerts, key=lambda alert: (alert.opened_on, alert.rule, alert.fingerprint)))


def outlines(
    rulebook: Rulebook,
    events: Iterable[Event],
    until: datetime,
    *,
    coverage: Coverage = NOT_KNOWN,
    rules: Collection[str] | None = None,
) -> Iterator[Outline]:
    """Yield what `replay` gives, in no order and without what only a reader of one alert asks for."""
    for rule, fingerprint, life in _lives(rulebook, events, until, coverage, rules):
        final, first = life.last or life.steps[-1].finding, life.steps[0]
        opener = next(iter((*first.finding.events, *final.events)), None)
        yield Outline(
            rule=rule.id,
            fingerprint=fingerprint,
            outcome=final.outcome,
            state=_state(life.steps),
            opened_on=first.on,
            says=final.says,
            sentence=opener.sentence if opener else "",
        )


def _lives(
    rulebook: Rulebook,
    events: Iterable[Event],
    until: datetime,
    coverage: Coverage,
    rules: Collection[str] | None,
) -> Iterator[tuple[Rule, str, Life]]:
    known = {event.id: event for event in events if event.learned <= until}
    reach = Reach(tuple(known.values()))
    setting = rulebook.setting(coverage)
    chosen = [rule for rule in rulebook.rules if rules is None or rule.id in rules]
    if not coverage.always and any(rule.asks_who_looked for rule in chosen):
        days = days_told(known.values(), setting.zone) if coverage.told is None else coverage.told
        setting = replace(setting, days_told=days)
    for rule in chosen:
        for case in cases_of(rule, reach.of(rule), setting):
            for fingerprint, life in follow(case, until, setting.zone).items():
                yield rule, fingerprint, life


def evaluate(rule: Rule, events: Iterable[Event], as_of: datetime, setting: Setting) -> tuple[Finding, ...]:
    """Return what a rule says as of a moment, from the events learned by then: pure, and all that there is to it."""
    known = [event for event in events if event.learned <= as_of and event.type in rule.event_types]
    known.sort(key=lambda event: (event.learned, event.start, event.id))
    return tuple(finding for case in cases_of(rule, known, setting) for finding in standing(case, as_of))


def cases_of(rule: Rule, events: Sequence[Event], setting: Setting) -> Sequence[Case]:
    """Return the histories that a rule keeps apart."""
    return _CASES[type(rule.kind)](rule, events, setting)


_CASES: Mapping[type[Kind], Cases] = {
    Match: episodes,
    Count: counts,
    Absence: absences,
    Deadline: deadlines,
    Contradiction: contradictions,
    ValueChange: changes,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dress:
    """Turns lives into alerts with citations."""

    rule: Rule
    mastheads: Mapping[str, Masthead]
    known: dict[str, Citation]  # that were made, by event: most events are cited more than once

    def alert(self, fingerprint: str, life: Life) -> Alert:
        changes = tuple(self.change(step) for step in life.steps)
        final = life.last or life.steps[-1].finding
        rule = self.rule
        return Alert(
            id="A-" + hashlib.sha256(fingerprint.encode()).hexdigest()[:_ID_HEX],
            rule=rule.id,
            rule_version=rule.version,
            rule_title=rule.title,
            fingerprint=fingerprint,
            outcome=final.outcome,
            severity=final.severity,
            status=rule.status,
            state=_state(life.steps),
            opened_on=changes[0].on,
            says=final.says,
            law=rule.law,
            channel=rule.alert.channel,
            why=final.why(),
            citations=self.citations((*life.steps[0].finding.events, *final.events, *final.material)),
            changes=changes,
            missing=final.missing,
        )

    def change(self, step: Step) -> Change:
        return Change(
            kind=step.kind,
            on=step.on,
            at=step.at,
            reason=step.reason,
            says=step.finding.says,
            severity=step.finding.severity,
            events=tuple(event.id for event in step.events),
            citations=self.citations(step.events),
        )

    def citations(self, events: Iterable[Event]) -> tuple[Citation, ...]:
        return tuple([self.citation(event) for event in {event.id: event for event in events}.values()])

    def citation(self, event: Event) -> Citation:
        made = self.known.get(event.id)
        if made is None:
            made = self.known[event.id] = cite(event, self.mastheads)
        return made


def cite(event: Event, mastheads: Mapping[str, Masthead]) -> Citation:
    """Return the words of an event with the article they stand in."""
    head = mastheads.get(event.article)
    return Citation(
        article=event.article,
        event=event.id,
        title=head.title if head else "",
        publisher=head.publisher if head else event.publisher,
        published=head.published if head else event.published,
        url=head.url if head else None,
        path=head.path if head else None,
        quote=event.quote,
        sentence=event.sentence,
        start=event.start,
        end=event.end,
        values=_values(event),
    )


def _values(event: Event) -> tuple[str, ...]:
    stated = (value.text for value in event.slots.values() if isinstance(value, Quantity))
    return tuple(sorted({words for words in stated if words and words in event.sentence and words not in event.quote}))


def _state(changes: Sequence[Step]) -> str:
    for change in reversed(changes):
        if change.kind in {ChangeKind.CLEARED, ChangeKind.WITHDRAWN}:
            return change.kind.value
        if change.kind in {ChangeKind.OPENED, ChangeKind.REMINDED}:
            return "open"
    return "open"
