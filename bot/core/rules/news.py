"""Is it news, does the law apply, is it the right place: what every `match` asks before its clauses."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.model import Clause, Event, Label, Precision, Role, Stance, When
from bot.core.rules.compare import Registry
from bot.core.rules.language import Rule, Truth

_OWN_DATE = re.compile(  # a year, a day or a month is named; "Thursday" and "this week" lean on the article's day
    r"\d|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]*\b|\.)", re.IGNORECASE
)
_BEGINNINGS = frozenset({"started", "began"})  # values of `status`

Gate = Callable[[Event], Clause | None]
"""A condition that stands before the clauses; None when it holds and needs no line."""


def event_day(event: Event, zone: ZoneInfo) -> date:
    """Return the day of an event: when it took place, as far as that is past; else when it was told."""
    told = told_on(event, zone)
    if event.happened is None:
        return told
    return min(event.happened.last, told) if event.happened.first <= told else told


def told_on(event: Event, zone: ZoneInfo) -> date:
    """Return the day on which an event was told."""
    if event.published is not None:
        return event.published.last
    return event.learned.astimezone(zone).date()


def is_news(event: Event, recent_days: int) -> Truth:
    """Answer whether an event is recent at its publication, rather than told as history."""
    if event.background is True:
        return False
    if event.stance is Stance.FOUND:  # a finding is news on the day of the finding, whatever period it is about
        return True
    by_words = None if event.background is None else True
    if event.published is None or event.happened is None:
        return by_words
    return _goes_on(event) or _is_recent(event.happened, event.published, recent_days, by_words)


def _goes_on(event: Event) -> bool:
    """Answer whether it has been so since a day and still is; what began on that day did so only then."""
    status = event.slots.get("status")
    is_beginning = isinstance(status, Label) and status.value in _BEGINNINGS
    return event.happened is not None and event.happened.role is Role.SINCE and not is_beginning


def _is_recent(happened: When, told: When, recent_days: int, by_words: Truth) -> Truth:
    if (told.last - happened.first).days <= recent_days:
        return True
    if (told.first - happened.last).days > recent_days:
        return False
    # Where nobody knows the day of the article, its words alone do not make an event with a date of its own news.
    return None if told.precision is Precision.WINDOW and _OWN_DATE.search(happened.text) else by_words


def recency(recent_days: int) -> Gate:
    """Return the gate that keeps background out."""

    def gate(event: Event) -> Clause | None:
        answer = is_news(event, recent_days)
        if answer:
            return None
        if answer is None:
            return Clause(slot="happened", text="neither date nor tense tells whether this is news", met=None)
        when = f"of {event.happened.first} " if event.happened else ""
        return Clause(slot="happened", text=f"background {when}(news for {recent_days} days)", met=False)

    return gate


def in_force(rule: Rule) -> Gate:
    """Return the gate that applies the law of the day."""
    first, last = rule.in_force[0] or date.min, rule.in_force[1] or date.max

    def gate(event: Event) -> Clause | None:
        when = event.happened or event.published
        if when is None:
            return Clause(slot="happened", text=f"no date to hold against the law in force from {first}", met=None)
        if first <= when.first and when.last <= last:
            return None
        if when.last < first or when.first > last:
            return Clause(slot="happened", text=f"{when.first}: the law was not in force", met=False)
        return Clause(
            slot="happened", text=f"{when.first} to {when.last} straddles the law's first or last day", met=None
        )

    return gate


def jurisdiction(rule: Rule, names: Registry) -> Gate:
    """Return the gate that keeps a rule inside its jurisdiction: "US" holds "US-CA"."""
    wanted = rule.jurisdiction

    def gate(event: Event) -> Clause | None:
        for name in (event.region, event.organisation):
            codes = names.trait(name, "jurisdiction") if name else None
            if codes:
                if any(code == wanted or code.startswith(wanted + "-") for code in codes):
                    return None
                return Clause(slot="region", text=f"{', '.join(sorted(codes))}, not {wanted}", met=False)
        return Clause(slot="region", text=f"whether this is in {wanted} is not known", met=None)

    return gate


def certainty(event: Event) -> Clause | None:
    """Ask a person where the words around an event speak against the way it was read."""
    if not event.doubt:
        return None
    words = ", ".join(f"“{word}”" for word in event.doubt)
    return Clause(slot="doubt", text=f"words around it speak of something else: {words}", met=None)


def gates(rule: Rule, names: Registry, *, news: bool) -> tuple[Gate, ...]:
    """Return the gates of a rule."""
    found: list[Gate] = []
    if rule.jurisdiction:
        found.append(jurisdiction(rule, names))
    if rule.in_force != (None, None):
        found.append(in_force(rule))
    if news:
        found += [recency(rule.recent_days), certainty]
    return tuple(found)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day is over."""
    return start_of_day(day + timedelta(days=1), zone)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
