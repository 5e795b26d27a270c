"""Histories kept apart by `per`: the events of one organisation, one dispute, one regulator's case."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core.model import Event, Name, Severity
from bot.core.rules.judge import open_points, taker
from bot.core.rules.language import Count, Rule, Selector, Truth
from bot.core.rules.news import Gate, event_day, gates, told_on
from bot.core.rules.say import render
from bot.core.rules.setting import Setting
from bot.core.stories import Key, memberships


@dataclass(frozen=True, slots=True)
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
    doors: tuple[Gate, ...]  # where and when the rule holds
    organisation: Name | None  # as its first event names it
    chosen: Mapping[int, frozenset[str]]  # by selector, the ids of the events that it takes

    def taken(self, selector: Selector | None) -> frozenset[str]:
        """Return the ids of the events that a selector takes; none where there is no selector."""
        return frozenset() if selector is None else self.chosen[id(selector)]

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
        if event is not None and event.organisation is None and "organisation" in self.rule.per:
            event = replace(event, organisation=self.organisation)
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

    def members_of(self, *selectors: Selector | None) -> tuple[Member, ...]:
        """Return the members that one of the selectors takes."""
        taken = [self.taken(selector) for selector in selectors if selector is not None]
        if len(self.chosen) == len(taken) == 1 and not isinstance(self.rule.kind, Count):
            return self.members
        return tuple(member for member in self.members if any(member.event.id in ids for ids in taken))

    def why_unseen(self, first: date, last: date, *, spoken_from: date) -> str:
        """Return why nobody can say that nothing happened here in a window; "" when it can be said."""
        organisations = [value for name, value in zip(self.rule.per, self.key, strict=True) if name == "organisation"]
        subject = organisations[0] if organisations else None
        return self.setting.why_unseen(first, last, subject, spoken_from=spoken_from)

    def doubts(self, event: Event | None) -> tuple[str, ...]:
        """Return what of the rule's place and of its law's dates is not known of an event."""
        if event is None or not self.doors:
            return ()
        lines = (door(event) for door in self.doors)
        return open_points([line for line in lines if line is not None])

    def is_dated(self, event: Event) -> bool:
        """Answer whether an event can stand on a line of time: dated, or told as news."""
        return event.happened is not None or event.background is not True


@dataclass(frozen=True, slots=True)
class Turn:
    """Which members came and which left, by their number, in order."""

    came: tuple[int, ...]
    left: tuple[int, ...]
    is_growth: bool  # nobody left, and who came stands behind all who were there


class Course:
    """The members of a partition as they come to be known and are taken back."""

    def __init__(self, members: Sequence[Member]) -> None:
        moments = [(member.since, False, number) for number, member in enumerate(members)]
        moments += [(member.until, True, number) for number, member in enumerate(members) if member.until is not None]
        self.known: list[int] = []  # the numbers of those who are there
        self._members = members
        self._moments = sorted(moments)
        self._at = 0

    def upcoming(self) -> datetime | None:
        """Return when somebody comes or leaves next."""
        return self._moments[self._at][0] if self._at < len(self._moments) else None

    def take(self, as_of: datetime) -> Turn:
        """Return what is otherwise at an instant than it was at the last one."""
        first = self._at
        while self._at < len(self._moments) and self._moments[self._at][0] <= as_of:
            self._at += 1
        if self._at == first + 1 and self._grows_by(self._moments[first], as_of):  # nearly always
            self.known.append(self._moments[first][2])
            return Turn(came=(self._moments[first][2],), left=(), is_growth=True)
        passed = {number for _, _, number in self._moments[first : self._at]}
        now = sorted(number for number in passed if self._members[number].is_known(as_of))
        was = sorted(number for number in passed if self._has(number))
        if not was and (not now or not self.known or self.known[-1] < now[0]):
            self.known += now
            return Turn(came=tuple(now), left=(), is_growth=True)
        self.known = sorted({*self.known} - {*was} | {*now})
        both = {*now} & {*was}
        came, left = (tuple(number for number in part if number not in both) for part in (now, was))
        return Turn(came=came, left=left, is_growth=False)

    def _grows_by(self, moment: tuple[datetime, bool, int], as_of: datetime) -> bool:
        _, leaves, number = moment
        is_last = not self.known or self.known[-1] < number
        return is_last and not leaves and self._members[number].is_known(as_of)

    def _has(self, number: int) -> bool:
        at = bisect_left(self.known, number)
        return at < len(self.known) and self.known[at] == number


def partitions(rule: Rule, events: Sequence[Event], setting: Setting) -> list[Partition]:
    """Return the histories of a rule."""
    doors = gates(rule, setting.names, news=False)
    let_in = [event for event in events if _is_let_in(event, doors)] if doors else events
    relevant, chosen = _choose(rule, let_in)
    where = memberships(relevant, rule.per, setting.names, setting.zone, by_party=True)
    members: dict[Key, list[Member]] = {}
    for event, place in zip(relevant, where, strict=True):
        if place.joined is None or place.since is None:
            members.setdefault(place.own, []).append(Member(event, event.learned, event.retracted))
            continue
        if place.since > event.learned:
            until = place.since if event.retracted is None else min(place.since, event.retracted)
            members.setdefault(place.own, []).append(Member(event, event.learned, until))
        since = max(place.since, event.learned)
        members.setdefault(place.joined, []).append(Member(event, since, event.retracted))
    return [
        Partition(
            rule=rule,
            setting=setting,
            key=key,
            members=tuple(found),
            doors=doors,
            organisation=next((each.event.organisation for each in found if each.event.organisation), None),
            chosen=chosen,
        )
        for key, found in sorted_items(members)
    ]


def _choose(rule: Rule, events: Sequence[Event]) -> tuple[list[Event], dict[int, frozenset[str]]]:
    """Return the events that belong to the rule's histories, and the ids of those that each selector takes."""
    may_count = isinstance(rule.kind, Count)  # what may count makes a review
    asked: dict[str, list[tuple[list[str], Callable[[Event], Truth]]]] = {name: [] for name in rule.event_types}
    taken: dict[int, list[str]] = {id(selector): [] for selector in rule.selectors}
    for selector in rule.selectors:
        for name in frozenset(selector.types):
            asked[name].append((taken[id(selector)], taker(selector)))
    relevant: list[Event] = []
    for event in events:
        belongs = False
        for found, take in asked[event.type]:
            answer = take(event)
            if answer:
                found.append(event.id)
            belongs = belongs or answer or (may_count and answer is None)
        if belongs:
            relevant.append(event)
    return relevant, {selector: frozenset(found) for selector, found in taken.items()}


def _is_let_in(event: Event, doors: Sequence[Gate]) -> bool:
    # An unknown place or date is a doubt about the alert, which `Partition.doubts` names.
    return all(line is None or line.met is None for line in (door(event) for door in doors))


def sorted_items(members: dict[Key, list[Member]]) -> list[tuple[Key, list[Member]]]:
    """Return the histories in a fixed order."""
    return sorted(members.items(), key=lambda pair: tuple(value or "" for value in pair[0]))


def quoted(event: Event) -> str:
    """Return the words of an event and who published them, for a reason."""
    by = f" ({event.publisher}, {event.published.last})" if event.publisher and event.published else ""
    return f"“{event.quote}”{by}"
