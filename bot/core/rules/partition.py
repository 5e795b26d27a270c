"""Histories kept apart by `per`: the events of one organisation, one dispute, one regulator's case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.core.model import Event, Severity
from bot.core.rules.judge import open_points, selects
from bot.core.rules.language import Rule, Selector
from bot.core.rules.news import Gate, event_day, gates, told_on
from bot.core.rules.say import render
from bot.core.rules.setting import Setting
from bot.core.stories import Key, memberships


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """An event with the time during which it is known to belong here."""

    event: Event
    since: datetime
    until: datetime | None  # when it was taken back, or joined another history

    def is_known(self, as_of: datetime) -> bool:
        """Answer whether it counts as of a moment."""
        return self.since <= as_of and (self.until is None or as_of < self.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """The events of one key, in the order in which they were learned."""

    rule: Rule
    setting: Setting
    key: Key
    members: tuple[Member, ...]
    chosen: dict[int, frozenset[str]] = field(default_factory=dict)  # answers that were worked out, by selector

    def known(self, as_of: datetime) -> list[Event]:
        """Return what counts as of a moment."""
        return [member.event for member in self.members if member.is_known(as_of)]

    def instants(self) -> Iterable[datetime]:
        """Return when something was learned, joined or taken back."""
        for member in self.members:
            yield member.since
            if member.until is not None:
                yield member.until

    def of(self, selector: Selector | None, known: Sequence[Event]) -> list[Event]:
        """Return those of the known events that a selector takes."""
        if selector is None:
            return []
        if id(selector) not in self.chosen:
            taken = (member.event for member in self.members if selects(selector, member.event))
            self.chosen[id(selector)] = frozenset(event.id for event in taken)
        ids = self.chosen[id(selector)]
        return [event for event in known if event.id in ids]

    def fingerprint(self, *parts: str) -> str:
        """Return what makes an alert of this history unique."""
        return " | ".join((self.rule.id, *(value or "?" for value in self.key), *parts))

    def severity(self, events: Iterable[Event]) -> Severity:
        """Return the severity: the worst of `raise_to` that one of the events meets, else the rule's own."""
        told = tuple(events)
        for severity, condition in self.rule.alert.raise_to:
            if any(condition.truth(event) for event in told):
                return severity
        return self.rule.severity

    def render(self, event: Event | None, extra: Mapping[str, str]) -> str:
        """Return the sentence of an alert; a party that the event does not name is named as its history names it."""
        if event is not None and event.organisation is None:
            named = (member.event.organisation for member in self.members if member.event.organisation is not None)
            event = replace(event, organisation=next(named, None)) if "organisation" in self.rule.per else event
        return render(self.rule.alert.say, event, extra)

    def day(self, event: Event) -> date:
        """Return the day of an event."""
        return event_day(event, self.setting.zone)

    def told(self, event: Event) -> date:
        """Return the day on which an event was told."""
        return told_on(event, self.setting.zone)

    def local_day(self, as_of: datetime) -> date:
        """Return the local day of a moment."""
        return as_of.astimezone(self.setting.zone).date()

    def last_day_over(self, as_of: datetime) -> date:
        """Return the last local day that is over at a moment."""
        return self.local_day(as_of) - timedelta(days=1)

    def why_unseen(self, first: date, last: date, *, spoken_from: date) -> str:
        """Return why nobody can say that nothing happened here in a window; "" when it can be said."""
        organisations = [value for name, value in zip(self.rule.per, self.key, strict=True) if name == "organisation"]
        subject = organisations[0] if organisations else None
        return self.setting.why_unseen(first, last, subject, spoken_from=spoken_from)

    def doubts(self, event: Event | None) -> tuple[str, ...]:
        """Return what of the rule's place and of its law's dates is not known of an event."""
        if event is None:
            return ()
        lines = (door(event) for door in gates(self.rule, self.setting.names, news=False))
        return open_points([line for line in lines if line is not None])

    def is_dated(self, event: Event) -> bool:
        """Answer whether an event can stand on a line of time: dated, or told as news."""
        return event.happened is not None or event.background is not True


def partitions(rule: Rule, events: Sequence[Event], setting: Setting) -> list[Partition]:
    """Return the histories of a rule."""
    doors = gates(rule, setting.names, news=False)
    relevant = [event for event in events if _is_let_in(event, doors) and _is_of(event, rule)]
    where = memberships(relevant, rule.per, setting.names, setting.zone, by_party=True)
    members: dict[Key, list[Member]] = {}
    for event in relevant:
        place = where[event.id]
        moved = place.since if place.joined is not None else None
        if moved is None or moved > event.learned:
            until = min((moment for moment in (moved, event.retracted) if moment), default=None)
            members.setdefault(place.own, []).append(Member(event=event, since=event.learned, until=until))
        if place.joined is not None and moved is not None:
            since = max(moved, event.learned)
            members.setdefault(place.joined, []).append(Member(event=event, since=since, until=event.retracted))
    return [
        Partition(rule=rule, setting=setting, key=key, members=tuple(found)) for key, found in sorted_items(members)
    ]


def _is_let_in(event: Event, doors: Sequence[Gate]) -> bool:
    # An unknown place or date is a doubt about the alert, which `Partition.doubts` names.
    return all(line is None or line.met is None for line in (door(event) for door in doors))


def _is_of(event: Event, rule: Rule) -> bool:
    return any(selects(selector, event) for selector in rule.selectors)


def sorted_items(members: dict[Key, list[Member]]) -> list[tuple[Key, list[Member]]]:
    """Return the histories in a fixed order."""
    return sorted(members.items(), key=lambda pair: tuple(value or "" for value in pair[0]))


def quoted(event: Event) -> str:
    """Return the words of an event and who published them, for a reason."""
    by = f" ({event.publisher}, {event.published.last})" if event.publisher and event.published else ""
    return f"“{event.quote}”{by}"
