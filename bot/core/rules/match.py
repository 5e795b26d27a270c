"""`match`: one event meets the clauses.

Events of one key that lie close together are one alert (an episode); the first one learned opens it. With `story` among
`once_per` an episode is one story: the same thing told by several articles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from bot.core.model import Event, Outcome, Severity
from bot.core.rules.finding import Finding, Retold, State
from bot.core.rules.judge import Bench, bench, open_points
from bot.core.rules.language import STORY, Rule
from bot.core.rules.news import event_day, told_on
from bot.core.rules.say import render
from bot.core.rules.setting import Setting
from bot.core.rules.worse import is_worse
from bot.core.stories import Key, memberships, same_story


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """Events of one key and outcome that are one alert."""

    bench: Bench
    setting: Setting
    key: Key
    outcome: Outcome
    events: tuple[Event, ...]  # in the order in which they were learned
    fingerprint: str  # what makes the alert unique

    def instants(self, until: datetime) -> Iterable[datetime]:
        """Return when its events were learned, and taken back."""
        for event in self.events:
            yield event.learned
            if event.retracted is not None and event.retracted <= until:
                yield event.retracted

    def walk(self, until: datetime) -> Retold:
        """Return a walk from the beginning."""
        return Retold(self.instants(until), self.findings)

    def findings(self, as_of: datetime) -> Sequence[Finding]:
        """Return the alert as of a moment, none when nothing carries it."""
        alive = [event for event in self.events if is_known(event, as_of)]
        if not alive:
            return ()
        severity, shown = self._worst(alive)
        missing = open_points(self.bench.clauses(shown)) if self.outcome is Outcome.REVIEW else ()
        return (
            Finding(
                fingerprint=self.fingerprint,
                outcome=self.outcome,
                severity=severity,
                state=State.OPEN,
                on=told_on(alive[-1], self.setting.zone),
                says=render(self.bench.rule.alert.say, shown),
                reason=_reason(alive, missing),
                events=tuple(alive),
                why=partial(self.bench.clauses, shown),
                missing=missing,
            ),
        )

    def _worst(self, alive: Sequence[Event]) -> tuple[Severity, Event]:
        """Return the severity, and the event that goes furthest beyond the limits, or the first."""
        if len(alive) == 1:
            return self.bench.severity(alive[0]), alive[0]
        found = [(self.bench.severity(event), event) for event in alive]
        severity, worst = max(found, key=lambda each: each[0].rank)
        for own, event in found:
            if own is severity and event is not worst and is_worse(self.bench.selector.when, event, worst):
                worst = event
        return severity, worst


def episodes(rule: Rule, events: Iterable[Event], setting: Setting) -> list[Episode]:
    """Return the alerts and reviews of a `match` rule as histories of their own.

    Args:
        rule: a `match` rule.
        events: in the order in which they were learned.
        setting: what surrounds it.
    """
    seat = bench(rule, setting.names)
    fired = [(event, outcome) for event in events if (outcome := seat.outcome(event)) is not Outcome.NO_ALERT]
    per = tuple(name for name in rule.alert.once_per if name != STORY)
    where = memberships([event for event, _ in fired], per, setting.names, setting.zone)
    groups: dict[tuple[Key, Outcome], list[_Open]] = {}
    for (event, outcome), place in zip(fired, where, strict=True):
        group = groups.setdefault((place.key(event.learned), outcome), [])
        day = event_day(event, setting.zone)
        home = next((each for each in reversed(group) if _belongs(event, day, each, rule, setting)), None)
        if home is None:
            group.append(_Open(day=day, events=[event]))
        else:
            home.events.append(event)
    return [
        Episode(
            bench=seat,
            setting=setting,
            key=key,
            outcome=outcome,
            events=tuple(episode.events),
            fingerprint=_fingerprint(rule, key, outcome, episode.events[0], setting),
        )
        for (key, outcome), group in groups.items()
        for episode in group
    ]


@dataclass(frozen=True, slots=True)
class _Open:
    day: date  # of the event that opened it
    events: list[Event]


def _fingerprint(rule: Rule, key: Key, outcome: Outcome, first: Event, setting: Setting) -> str:
    parts = (rule.id, *(value or "?" for value in key), f"{told_on(first, setting.zone)}/{first.id[:6]}")
    return " | ".join(("review", *parts) if outcome is Outcome.REVIEW else parts)


def is_known(event: Event, as_of: datetime) -> bool:
    """Answer whether an event has been learned and not been taken back."""
    return event.learned <= as_of and (event.retracted is None or event.retracted > as_of)


def _belongs(event: Event, day: date, episode: _Open, rule: Rule, setting: Setting) -> bool:
    told = episode.events
    if not any(is_known(other, event.learned) for other in told):
        return any(other.article == event.article and other.type == event.type for other in told)
    again = rule.alert.again_after_days
    if again is not None and abs((day - episode.day).days) >= again:
        return False
    if STORY not in rule.alert.once_per:
        return True
    return any(same_story(other, event, setting.names, setting.zone) for other in told)


def _reason(alive: list[Event], missing: tuple[str, ...]) -> str:
    latest = alive[-1]
    by = f" ({latest.publisher})" if latest.publisher else ""
    words = f"“{latest.quote}”{by}"
    return f"{words}; open: {'; '.join(missing)}" if missing else words
