"""`rules/channels.yaml`: which Slack channel a name in a rule means, and how loud, when and for whom it speaks."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.core.marked_yaml import Faults, Node, parse, suggestion
from bot.core.messages.alerts import Mention
from bot.core.model import Severity

PATH = "rules/channels.yaml"
CONSOLE = "console"  # where alerts go when there is no token
DEFAULT_ZONE = "America/Los_Angeles"

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHANNEL = re.compile(r"#[a-z0-9\w][\w.-]{0,79}|[CGD][A-Z0-9]{6,20}")
_PERSON = re.compile(r"[UW][A-Z0-9]{5,20}")
_GROUP = re.compile(r"S[A-Z0-9]{5,20}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_T = TypeVar("_T")


class UpdateStyle(StrEnum):
    """Where the steps of an alert's life are told."""

    THREAD = "thread"  # in the thread; in the channel too when the verdict changed
    BOTH = "thread and channel"  # every step in both
    CHANNEL = "channel"  # each step a message of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """When a channel may be spoken to; what comes outside waits for the opening and comes as one digest."""

    opens: time  # local
    closes: time  # local, after `opens`
    days: frozenset[int]  # 0 is Monday
    at_once: Severity  # this severity and above never wait


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One Slack channel with the policy of the name that led to it."""

    channel: str  # "#name", a channel id, or "console"
    floor: Severity = Severity.INFO  # less severe alerts are stored, not posted here
    updates: UpdateStyle = UpdateStyle.THREAD
    mentions: Mapping[Severity, tuple[Mention, ...]] = field(default_factory=dict)
    hours: Hours | None = None  # None: at any hour

    def mentions_for(self, severity: Severity) -> tuple[Mention, ...]:
        """Return whom a root of this severity calls: the entry for it, or for the nearest lower one."""
        named = [own for own in self.mentions if own.rank <= severity.rank]
        return self.mentions[max(named, key=lambda own: own.rank)] if named else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Snooze:
    """A time-bound decision not to tell of one rule."""

    rule: str
    until: date  # the first day on which it is told again, in the file's time zone
    reason: str
    wakes_when_raised: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Channels:
    """Everything `channels.yaml` says."""

    routes: Mapping[str, tuple[Place, ...]]  # name in rules → places
    default: str = "alerts"  # the route of a name that is not there
    ops: str | None = None  # channel for notices to operators
    fallback: str | None = None  # where alerts go while their own channel is closed to us
    zone: str = DEFAULT_ZONE
    snoozes: tuple[Snooze, ...] = ()

    def places(self, name: str) -> tuple[Place, ...]:
        """Return where alerts for a name go; an unknown name goes to the default, never nowhere."""
        known = self.routes.get(name) or self.routes.get(self.default)
        return known or (Place(channel=self.ops or CONSOLE),)

    def snooze_for(self, rule: str, on: date) -> Snooze | None:
        """Return the snooze that keeps a rule quiet on a day."""
        return next((snooze for snooze in self.snoozes if snooze.rule == rule and on < snooze.until), None)

    def opening(self, channel: str, severity: Severity | None, now: datetime) -> datetime | None:
        """Return when the channel may be spoken to again, None when it may be now."""
        hours = next(
            (place.hours for places in self.routes.values() for place in places if place.channel == channel), None
        )
        if hours is None or (severity is not None and severity.rank >= hours.at_once.rank):
            return None
        return _opening(hours, ZoneInfo(self.zone), now)

    def on_console(self) -> "Channels":
        """Return the same names, all leading to the console: what holds without a token."""
        here = {
            name: (replace(min(places, key=lambda place: place.floor.rank), channel=CONSOLE, hours=None, mentions={}),)
            for name, places in self.routes.items()
        }
        return replace(self, routes=here, ops=CONSOLE, fallback=None)


def load_channels(files: Mapping[str, str], rules: Collection[str] | None = None) -> Channels:
    """Read the channels out of the rule files.

    Args:
        files: path → text; without `rules/channels.yaml` every alert goes to the console.
        rules: the ids that a snooze may name; None where they are not known, so not checked.

    Raises:
        RuleFileError: with every fault of the file.
    """
    path = next((name for name in files if name == PATH or name.endswith("/channels.yaml")), None)
    if path is None:
        return Channels(routes={"alerts": (Place(channel=CONSOLE),)}, ops=CONSOLE)
    faults = Faults()
    channels = _read(parse(files[path], path), rules, faults)
    faults.raise_if_any()
    return channels


def _read(root: Node, rules: Collection[str] | None, faults: Faults) -> Channels:
    parts = _mapping(
        root, faults, ("zone", "default", "ops", "fallback", "channels", "snoozes"), required=("channels",)
    )
    routes = _routes(parts.get("channels"), faults)
    default = _word(parts.get("default"), "alerts")
    if routes and default not in routes:
        place = parts.get("default") or root
        hint = suggestion(default, tuple(routes))
        faults.add(place, f"default '{default}' is no name under channels{hint}; write default: {next(iter(routes))}")
    _one_set_of_hours(routes, parts.get("channels"), faults)
    return Channels(
        routes=routes,
        default=default,
        ops=_channel(parts.get("ops"), faults) or None,
        fallback=_channel(parts.get("fallback"), faults) or None,
        zone=_zone(parts.get("zone"), faults),
        snoozes=tuple(_snooze(node, rules, faults) for node in _listed(parts.get("snoozes"), faults)),
    )


def _routes(node: Node | None, faults: Faults) -> dict[str, tuple[Place, ...]]:
    if node is None:
        return {}
    if not isinstance(node.value, dict) or not node.value:
        faults.add(node, "channels holds names, each with 'to:' a Slack channel")
        return {}
    return {name: _places(child, faults) for name, child in node.value.items()}


def _places(node: Node, faults: Faults) -> tuple[Place, ...]:
    parts = _mapping(node, faults, ("to", "from", "mention", "updates", "hours"), required=("to",))
    place = Place(
        channel="",
        floor=_choice(parts.get("from"), Severity, Severity.INFO, faults),
        updates=_choice(parts.get("updates"), UpdateStyle, UpdateStyle.THREAD, faults),
        mentions=_mentions(parts.get("mention"), faults),
        hours=_hours(parts.get("hours"), faults),
    )
    named = (_channel(child, faults) for child in _one_or_more(parts.get("to")))
    return tuple(replace(place, channel=channel) for channel in dict.fromkeys(named) if channel)


def _mentions(node: Node | None, faults: Faults) -> dict[Severity, tuple[Mention, ...]]:
    if node is None:
        return {}
    by_severity = _mapping(node, faults, tuple(Severity))
    return {
        Severity(word): tuple(mention for child in _one_or_more(whom) if (mention := _mention(child, faults)))
        for word, whom in by_severity.items()
    }


def _mention(node: Node, faults: Faults) -> Mention | None:
    word = _word(node, "").removeprefix("@")
    if word in ("here", "channel", "everyone"):
        return Mention(kind="broadcast", target=word)
    if _PERSON.fullmatch(word):
        return Mention(kind="user", target=word)
    if _GROUP.fullmatch(word):
        return Mention(kind="usergroup", target=word)
    faults.add(
        node, f"'{word}' cannot be mentioned; write here, channel, everyone, a member id (U…) or a group id (S…)"
    )
    return None


def _hours(node: Node | None, faults: Faults) -> Hours | None:
    if node is None:
        return None
    parts = _mapping(node, faults, ("days", "open", "close", "at_once"), required=("open", "close"))
    opens, closes = _clock(parts.get("open"), faults), _clock(parts.get("close"), faults)
    days = frozenset(_day(child, faults) for child in _one_or_more(parts.get("days"))) or frozenset(range(5))
    at_once = _choice(parts.get("at_once"), Severity, Severity.CRITICAL, faults)
    if opens is None or closes is None:
        return None
    if closes <= opens:
        faults.add(parts["close"], f"close {closes:%H:%M} must be after open {opens:%H:%M}")
    return Hours(opens=opens, closes=closes, days=days, at_once=at_once)


def _day(node: Node, faults: Faults) -> int:
    word = _word(node, "").lower()
    if word in _DAYS:
        return _DAYS.index(word)
    faults.add(node, f"'{word}' is no day; write {', '.join(_DAYS)} (numbers are not taken: weeks start differently)")
    return 0


def _clock(node: Node | None, faults: Faults) -> time | None:
    if node is None:
        return None
    found = _CLOCK.fullmatch(_word(node, ""))
    if found is None:
        faults.add(node, f"'{_word(node, '')}' is no time of day; write it as 08:00 or 17:30")
        return None
    return time(int(found.group(1)), int(found.group(2)))


def _snooze(node: Node, rules: Collection[str] | None, faults: Faults) -> Snooze:
    parts = _mapping(node, faults, ("rule", "until", "reason", "wakes"), required=("rule", "until", "reason"))
    rule = _word(parts.get("rule"), "")
    if "rule" in parts and rules is not None and rule not in rules:
        hint = suggestion(rule, tuple(rules)) or "; `bot rules lint` lists them all"
        faults.add(parts["rule"], f"no rule is called '{rule}'{hint}")
    wakes = parts.get("wakes")
    if wakes is not None and _word(wakes, "") != "when raised":
        faults.add(wakes, f"wakes: '{_word(wakes, '')}' is not known; write wakes: when raised")
    return Snooze(
        rule=rule,
        until=_date(parts.get("until"), faults),
        reason=_word(parts.get("reason"), ""),
        wakes_when_raised=wakes is not None,
    )


def _date(node: Node | None, faults: Faults) -> date:
    if node is None:
        return date.min
    try:
        return date.fromisoformat(_word(node, ""))
    except ValueError:
        faults.add(node, f"'{_word(node, '')}' is no date; write it as 2025-03-31")
        return date.min


def _zone(node: Node | None, faults: Faults) -> str:
    name = _word(node, DEFAULT_ZONE)
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        if node is not None:
            faults.add(node, f"time zone '{name}' is not known; write a name such as {DEFAULT_ZONE} or Europe/London")
        return DEFAULT_ZONE
    return name


def _channel(node: Node | None, faults: Faults) -> str:
    if node is None:
        return ""
    word = _word(node, "")
    if word == CONSOLE or _CHANNEL.fullmatch(word):
        return word
    why = "; in YAML a name with # needs quotes" if not word else ""
    faults.add(node, f"'{word}' is no Slack channel; write \"#name\" or an id such as C0123456789{why}")
    return ""


def _one_set_of_hours(routes: Mapping[str, tuple[Place, ...]], node: Node | None, faults: Faults) -> None:
    seen: dict[str, tuple[str, Hours | None]] = {}
    for name, places in routes.items():
        for place in places:
            first_name, hours = seen.setdefault(place.channel, (name, place.hours))
            if hours != place.hours and node is not None and isinstance(node.value, dict):
                message = (
                    f"{place.channel} has other hours here than under '{first_name}'; one channel has one set of hours"
                )
                faults.add(node.value[name], message)


def _opening(hours: Hours, zone: ZoneInfo, now: datetime) -> datetime | None:
    local = now.astimezone(zone)
    for later in range(8):
        day = local.date() + timedelta(days=later)
        if day.weekday() not in hours.days:
            continue
        opens = datetime.combine(day, hours.opens, tzinfo=zone)
        if local < opens:
            return opens.astimezone(UTC)
        if local < datetime.combine(day, hours.closes, tzinfo=zone):
            return None
    return None


def _mapping(node: Node, faults: Faults, known: tuple[str, ...], *, required: tuple[str, ...] = ()) -> dict[str, Node]:
    if not isinstance(node.value, dict):
        faults.add(node, f"expected a mapping with {', '.join(known)}")
        return {}
    for key in node.value:
        if key not in known:
            faults.add(
                node.keys[key], f"'{key}' is not known here{suggestion(key, known)}; expected {', '.join(known)}"
            )
    for key in required:
        if key not in node.value:
            faults.add(node, f"'{key}' is missing")
    return {key: child for key, child in node.value.items() if key in known}


def _choice(node: Node | None, kinds: Callable[[str], _T], otherwise: _T, faults: Faults) -> _T:
    if node is None:
        return otherwise
    word = _word(node, "")
    try:
        return kinds(word)
    except ValueError:
        known = tuple(str(kind) for kind in type(otherwise))  # type: ignore[attr-defined]
        faults.add(node, f"'{word}' is not known{suggestion(word, known)}; expected {', '.join(known)}")
        return otherwise


def _one_or_more(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.value if isinstance(node.value, list) else [node]


def _listed(node: Node | None, faults: Faults) -> list[Node]:
    if node is None:
        return []
    if isinstance(node.value, list):
        return node.value
    faults.add(node, "expected a list: one '- ' for each")
    return []


def _word(node: Node | None, otherwise: str) -> str:
    return node.value.strip() if node is not None and isinstance(node.value, str) else otherwise
