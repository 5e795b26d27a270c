"""The same event in many articles, and the dispute that an event belongs to.

Both are worked out from the events alone and in the order in which they were learned, so that what is known later never
rewrites what was said before, and the order or the batch in which articles were read makes no difference.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.core.model import Bound, Event, Label, Name, Quantity, When
from bot.core.rules.intervals import stated
from bot.core.rules.news import event_day, told_on

DISPUTE_SLACK_DAYS = 180  # an event without a region joins a dispute that was spoken of within half a year of it
STORY_DAYS = 10  # two undated tellings of one event lie within this many days
NUMBER_DAYS = 45  # and within this many where both give one number that no other event is likely to have
TELLING_NUMBER = 100  # "three sessions" are many; "$50 million" and "111,803" are one
WIDE_PLACES = frozenset({"state", "country"})
_PARTIES = frozenset({"organisation", "counterparty", "agency"})
_EVENT_FIELDS = frozenset(field.name for field in fields(Event))

Key = tuple[str | None, ...]
"""The ids of the values that keep histories apart; None where the article does not say."""

_Telling = tuple[datetime, date]
"""When a history was spoken of: the moment on which that was learned, and the day."""


class Places(Protocol):
    """What joining needs to know of places."""

    def trait(self, name: Name, key: str) -> frozenset[str] | None:
        """Return the values of `within` or `level` of a name; None when they are not known."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """Where an event belongs: its own key at first, and from an instant on the one it joined."""

    own: Key
    joined: Key | None = None
    since: datetime | None = None

    def key(self, as_of: datetime) -> Key:
        """Return the key as of a moment."""
        if self.joined is not None and self.since is not None and self.since <= as_of:
            return self.joined
        return self.own


def memberships(
    events: Sequence[Event], per: Sequence[str], places: Places, zone: ZoneInfo, *, by_party: bool = False
) -> list[Membership]:
    """Return where each event belongs, in the order of the events.

    An event that lacks a party or a place, or names only a wide place, joins the only history that fits it and was
    spoken of around its day, from the moment on which that is known. Where the organisation is not named, the other
    party must be: a union's bulletin on "the company" joins the only dispute that this union has there, and so does
    the statement of an employer who names the union and not itself.

    Args:
        events: that may belong together.
        per: the slots that keep histories apart.
        places: what is known of places.
        zone: in which days begin and end.
        by_party: the other party tells the organisation also where `per` does not keep the parties apart.
    """
    key_of = _key_reader(per, places)
    keys = [key_of(event) for event in events]
    alone = {key: Membership(own=key) for key in set(keys)}
    wide = {key for key in alone if _is_wide(key, per, places)}
    if not wide:
        return [alone[key] for key in keys]
    looks_at_party = "counterparty" in per or (by_party and "organisation" in per)
    told = [(event, key) for event, key in zip(events, keys, strict=True) if key and key not in wide]
    spoken = _spoken(told, zone, looks=looks_at_party)

    def membership(event: Event, own: Key) -> Membership:
        known = (own[0] or _other_party(event, looks=looks_at_party)) if own and own in wide else None
        near = spoken.get(known, {}) if known is not None else {}
        candidates = {key: tellings for key, tellings in near.items() if _fits(event, own, key, per, places)}
        return _join(event, own, candidates, zone) if candidates else alone[own]

    return [membership(event, key) for event, key in zip(events, keys, strict=True)]


def _spoken(told: Iterable[tuple[Event, Key]], zone: ZoneInfo, *, looks: bool) -> dict[str, dict[Key, list[_Telling]]]:
    """Return when each history was spoken of, by the party that tells it, in the order of learning."""
    spoken: dict[str, dict[Key, list[_Telling]]] = {}
    for event, key in sorted(told, key=_learned):
        days = sorted({event_day(event, zone), told_on(event, zone)})
        for party in {key[0], _other_party(event, looks=looks)} - {None}:
            tellings = spoken.setdefault(str(party), {}).setdefault(key, [])
            tellings.extend((event.learned, day) for day in days)
    return spoken


def _learned(told: tuple[Event, Key]) -> tuple[datetime, str]:
    return told[0].learned, told[0].id


def _other_party(event: Event, *, looks: bool) -> str | None:
    return event.counterparty.id if looks and event.counterparty is not None else None


def _join(event: Event, own: Key, spoken: Mapping[Key, list[_Telling]], zone: ZoneInfo) -> Membership:
    day = event_day(event, zone)
    known: dict[Key, datetime] = {}
    for key, tellings in spoken.items():
        near = (learned for learned, when in tellings if abs((when - day).days) <= DISPUTE_SLACK_DAYS)
        first_learned = next(near, None)  # they stand in the order in which they were learned
        if first_learned is not None:
            known[key] = max(first_learned, event.learned)
    if not known:
        return Membership(own=own)
    since = min(known.values())
    first = [key for key, moment in known.items() if moment == since]
    return Membership(own=own, joined=first[0], since=since) if len(first) == 1 else Membership(own=own)


def _fits(event: Event, own: Key, key: Key, per: Sequence[str], places: Places) -> bool:
    for name, mine, theirs in zip(per, own, key, strict=True):
        if mine is None or mine == theirs:
            continue
        place = event.region if name == "region" else None
        if place is None or theirs is None or not _holds(place, theirs, places):
            return False
    return True


def _holds(wide: Name, narrow: str, places: Places) -> bool:
    return wide.id in (places.trait(_place(narrow), "within") or frozenset())


def _place(place: str) -> Name:
    return Name(id=place, name=place, kind="place")


def _key_reader(per: Sequence[str], places: Places) -> Callable[[Event], Key]:
    """Return what reads the key that an event's own words give."""
    parts = [_part_reader(name, places) for name in per]
    if len(parts) == 1:
        only = parts[0]
        return lambda event: (only(event),)
    return lambda event: tuple([part(event) for part in parts])


def _part_reader(name: str, places: Places) -> Callable[[Event], str | None]:
    if name == "region":
        return _region_reader(places)
    if name not in _PARTIES:
        return lambda event: _value(event, name)
    fetch: Callable[[Event], Name | None] = attrgetter(name)

    def party(event: Event) -> str | None:
        value = fetch(event)
        return None if value is None else value.id

    return party


def _region_reader(places: Places) -> Callable[[Event], str | None]:
    known: dict[str, str] = {}  # a few places are told of again and again

    def region(event: Event) -> str | None:
        place = event.region
        if place is None:
            return None
        if place.id not in known:
            known[place.id] = _region(place, places)
        return known[place.id]

    return region


def _is_wide(key: Key, per: Sequence[str], places: Places) -> bool:
    for name, value in zip(per, key, strict=True):
        if value is None or name not in _EVENT_FIELDS:  # a slot of its own: nobody joins by that
            return True
        if name == "region" and WIDE_PLACES & (places.trait(_place(value), "level") or frozenset()):
            return True
    return False


def _value(event: Event, name: str) -> str | None:
    value = getattr(event, name) if name in _EVENT_FIELDS else event.slots.get(name)
    if isinstance(value, Name):
        return value.id
    if isinstance(value, Label):
        return value.value
    if isinstance(value, Quantity):
        return value.text
    return None if value is None else str(value)


def _region(place: Name, places: Places) -> str:
    # A town counts as the region around it, where one is known.
    around = places.trait(place, "region")
    return min(around) if around else place.id


# Stories: one event in many articles


class Neighbours:
    """Numbered events by the days on which they were told and happened, so that few of many have to be looked at."""

    def __init__(self) -> None:
        self._told: list[tuple[date, int]] = []
        self._undated: list[tuple[date, int]] = []  # when they were told
        self._began: dict[int, list[tuple[date, int]]] = {}  # by how long it may be: see `_length`

    def add(self, number: int, event: Event, told: date) -> None:
        """Take an event up; a later one has a higher number."""
        insort(self._told, (told, number))
        if event.happened is None:
            insort(self._undated, (told, number))
        else:
            insort(self._began.setdefault(_length(event.happened), []), (event.happened.first, number))

    def told_near(self, told: date, days: int) -> Iterator[int]:
        """Yield those that were told within so many days."""
        return _between(self._told, told, days, days)

    def undated_near(self, told: date, days: int) -> Iterator[int]:
        """Yield those that were told within so many days, and of which nobody knows when they happened."""
        return _between(self._undated, told, days, days)

    def happened_in(self, when: When) -> Iterator[int]:
        """Yield those that may have happened at the same time, and some more."""
        days = (when.last - when.first).days
        for length, began in self._began.items():
            yield from _between(began, when.first, 1 << length, days)


def _length(when: When) -> int:
    return (when.last - when.first).days.bit_length()


def _between(numbered: list[tuple[date, int]], day: date, before: int, after: int) -> Iterator[int]:
    first = bisect_left(numbered, (day - timedelta(days=before),))
    last = bisect_left(numbered, (day + timedelta(days=after + 1),))
    return (number for _, number in numbered[first:last])


def same_story(one: Event, other: Event, places: Places, zone: ZoneInfo) -> str | None:
    """Return why two events are tellings of one, or None when they are not."""
    if one.type != other.type or not _parties_agree(one, other, places):
        return None
    if not _numbers_agree(one, other):
        return None
    return _times_agree(one, other, zone)


def may_be_one_story(event: Event, near: Neighbours, zone: ZoneInfo) -> Iterator[int]:
    """Yield the numbers of those events that `same_story` may find to be one with this, and some more."""
    if event.happened is None:
        yield from near.told_near(told_on(event, zone), NUMBER_DAYS)
    else:
        yield from near.happened_in(event.happened)
        yield from near.undated_near(told_on(event, zone), NUMBER_DAYS)


def origin_of(event: Event) -> str:
    """Return whose words they are: a copy speaks for the article that it copies."""
    return event.origin or event.article


def _parties_agree(one: Event, other: Event, places: Places) -> bool:
    for name in ("organisation", "counterparty", "agency"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and mine.id != theirs.id:
            return False
    if one.region is None or other.region is None:
        return True
    mine, theirs = _region(one.region, places), _region(other.region, places)
    return mine == theirs or _holds(one.region, theirs, places) or _holds(other.region, mine, places)


def _numbers_agree(one: Event, other: Event) -> bool:
    for name in one.slots.keys() & other.slots.keys():
        mine, theirs = one.slots[name], other.slots[name]
        if isinstance(mine, Quantity) and isinstance(theirs, Quantity) and not _compatible(mine, theirs):
            return False
    return True


def _compatible(one: Quantity, other: Quantity) -> bool:
    return one.unit != other.unit or can_both_hold(one, other)


def can_both_hold(one: Quantity, other: Quantity) -> bool:
    """Answer whether two stated numbers can be one number: "over 110,000" and 111,803 can."""
    return stated(one, widen_about=True).meets(stated(other, widen_about=True))


def _times_agree(one: Event, other: Event, zone: ZoneInfo) -> str | None:
    apart = abs((told_on(one, zone) - told_on(other, zone)).days)
    if one.happened is not None and other.happened is not None:
        if one.happened.first <= other.happened.last and other.happened.first <= one.happened.last:
            return f"the same time, {max(one.happened.first, other.happened.first)}"
        return None
    if apart <= STORY_DAYS:
        return f"told {apart} days apart"
    number = _shared_number(one, other)
    return f"told {apart} days apart, both with {number}" if number and apart <= NUMBER_DAYS else None


def _shared_number(one: Event, other: Event) -> str:
    for name in sorted(one.slots.keys() & other.slots.keys()):
        mine, theirs = one.slots[name], other.slots[name]
        if (
            isinstance(mine, Quantity)
            and isinstance(theirs, Quantity)
            and _is_telling(mine)
            and _are_equal(mine, theirs)
        ):
            return mine.text
    return ""


def _are_equal(one: Quantity, other: Quantity) -> bool:
    return (one.low, one.high, one.unit, one.bound) == (other.low, other.high, other.unit, other.bound)


def _is_telling(number: Quantity) -> bool:
    return number.bound is Bound.EXACT and number.low is not None and number.low >= TELLING_NUMBER
