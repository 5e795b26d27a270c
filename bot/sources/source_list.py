"""Reads `rules/sources.yaml`: what to read, how often, and who publishes it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from bot.core.marked_yaml import Faults, Node, parse, suggestion
from bot.sources.failures import FetchError, checked_url
from bot.sources.identity import canonical_url
from bot.sources.publishers import ROLES, Publishers

LOCAL_KINDS = ("folder", "warc")  # on this machine
KINDS = ("feed", "sitemap", "index", "page", *LOCAL_KINDS)
DEFAULT_EVERY = timedelta(minutes=30)
FOLDER_EVERY = timedelta(seconds=10)
DEFAULT_SINCE = timedelta(days=7)
DEFAULT_EXPECT = timedelta(days=7)
NEVER_QUIET = timedelta(days=36_500)  # a folder is fed by people: silence is no fault
MIN_EVERY = {"folder": timedelta(seconds=1)}  # a folder costs nobody anything
MIN_EVERY_ONLINE = timedelta(minutes=5)  # the floor that feed readers settled on
MAX_EVERY = timedelta(days=7)
_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_LENGTH = re.compile(r"(?P<number>\d{1,6})\s*(?P<unit>[a-z]+?)s?")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceEntry:
    """One source as an analyst lists it."""

    id: str  # kind and name: "feed:laist"
    kind: str  # one of KINDS
    place: str  # address or path
    every: timedelta = DEFAULT_EVERY
    since: date | timedelta = DEFAULT_SINCE  # the first read takes nothing older
    expect: timedelta = DEFAULT_EXPECT  # at least one article in so long, else the source is quiet
    select: str = ""  # index: CSS selector of the links
    date: str = ""  # index: CSS selector of the day, inside what `select` picked
    content: str = ""  # CSS selector of an article's text, where the extraction is wrong
    title: str = ""  # CSS selector of an article's headline
    publisher: str = ""
    role: str = ""  # one of publishers.ROLES
    region: str = ""
    language: str = ""
    article_kind: str = ""  # what its articles are: "news", "press_release"
    full_text: bool = True  # False: the feed's own text is judged, pages are not fetched
    disabled: str = ""  # why it is not read; "" when it is
    path: str = ""  # the file it is listed in
    line: int = 0

    def oldest(self, now: datetime) -> datetime:
        """Return the moment before which the first read takes nothing."""
        if isinstance(self.since, timedelta):
            return now - self.since
        return datetime.combine(self.since, time(), tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceList:
    """The file: its sources, and the private addresses an operator lets the bot reach."""

    sources: tuple[SourceEntry, ...]
    allowed: frozenset[tuple[str, int]] = frozenset()  # (host, port)

    def reading(self, place: str) -> SourceEntry | None:
        """Return the source that reads an address, None when none does."""
        identity = canonical_url(place) or place
        return next((entry for entry in self.sources if (canonical_url(entry.place) or entry.place) == identity), None)

    def silence(self, source: str) -> timedelta:
        """Return how long a source may bring nothing new and still be a witness that nothing happened.

        A folder may be empty for ever without being called quiet, but nobody was looking through an empty folder.
        """
        expected = next((entry.expect for entry in self.sources if entry.id == source), DEFAULT_EXPECT)
        return DEFAULT_EXPECT if expected >= NEVER_QUIET else expected

    def publishers(self, role_by_name: Mapping[str, str]) -> Publishers:
        """Return what is known of publishers: these sources', and names that are known otherwise (in lower case)."""
        online = [entry for entry in self.sources if entry.publisher and entry.kind not in LOCAL_KINDS]
        by_host = {host: entry for entry in online if (host := _host(entry.place))}
        return Publishers(
            role_by_name={
                **role_by_name,
                **{e.publisher.lower(): e.role for e in self.sources if e.publisher and e.role},
            },
            role_by_host={host: entry.role for host, entry in by_host.items() if entry.role},
            name_by_host={host: entry.publisher for host, entry in by_host.items()},
        )


def load_sources(text: str, path: str = "rules/sources.yaml") -> SourceList:
    """Return the sources a file lists.

    Raises:
        RuleFileError: with every fault of the file.
    """
    root = parse(text, path)
    faults = Faults()
    top = _mapping(root, faults, ("sources", "allow"), "the file")
    listed = top.get("sources")
    nodes = listed.value if listed is not None and isinstance(listed.value, list) else []
    if listed is not None and listed.value and not isinstance(listed.value, list):
        faults.add(listed, "'sources' is a list: each entry begins with '- feed: …' or another kind")
    entries = [entry for node in nodes if (entry := _entry(node, faults)) is not None]
    _refuse_twins(entries, nodes, faults)
    allowed = _allowed(top.get("allow"), faults)
    faults.raise_if_any()
    return SourceList(sources=tuple(entries), allowed=allowed)


def parse_length(words: str) -> timedelta | None:
    """Return a length of time written as "30 minutes" or "1 day", None when it is none."""
    match = _LENGTH.fullmatch(words.strip().lower())
    seconds = _UNITS.get(match["unit"], 0) if match else 0
    return timedelta(seconds=int(match["number"]) * seconds) if match and seconds and int(match["number"]) else None


def source_name(place: str, *, is_folder: bool = False) -> str:
    """Return a name for a source that was given none: its folder's name, or its host without www."""
    words = PurePosixPath(place).name if is_folder else (_host(place) or place)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] or "source"


def free_id(kind: str, place: str, taken: Collection[str]) -> str:
    """Return an id that no other source has: its host, with a number where the host has another source."""
    name = f"{kind}:{source_name(place)}"
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (name, *numbered) if one not in taken)


_TEXT_KEYS = ("id", "publisher", "region", "language", "kind", "disabled", "select", "date", "content", "title")
_KEYS = (*KINDS, *_TEXT_KEYS, "role", "every", "since", "expect", "full_text")
_SELECTORS = ("select", "date", "content", "title")


def _entry(node: Node, faults: Faults) -> SourceEntry | None:
    before = len(faults.all)
    values = _mapping(node, faults, _KEYS, "a source")
    kinds = [kind for kind in KINDS if kind in values]
    if len(kinds) != 1:
        faults.add(node, f"a source has exactly one of {', '.join(KINDS)}; this one has {len(kinds)}")
        return None
    kind = kinds[0]
    words = {key: _text(values[key], faults, key) for key in (*_TEXT_KEYS, kind) if key in values}
    place = _place(kind, values[kind], words[kind], faults)
    for key in _SELECTORS:
        if key in values:
            _check_selector(values[key], words[key], key, faults)
    if kind == "index" and not words.get("select"):
        faults.add(values[kind], "an index needs `select`, the CSS selector of its links")
    is_local = kind in LOCAL_KINDS
    name = words.get("id") or source_name(place, is_folder=is_local)
    if not _ID.fullmatch(name):
        faults.add(values.get("id", node), f"id '{name}': use small letters, digits and hyphens")
    every = _length(values.get("every"), faults, "every", FOLDER_EVERY if is_local else DEFAULT_EVERY)
    least = MIN_EVERY.get(kind, MIN_EVERY_ONLINE)
    if not least <= every <= MAX_EVERY:
        faults.add(values["every"], f"every: between {least} and {MAX_EVERY}")
    entry = SourceEntry(
        id=f"{kind}:{name}",
        kind=kind,
        place=place,
        every=every,
        since=_since(values.get("since"), faults),
        expect=_length(values.get("expect"), faults, "expect", NEVER_QUIET if is_local else DEFAULT_EXPECT),
        select=words.get("select", ""),
        date=words.get("date", ""),
        content=words.get("content", ""),
        title=words.get("title", ""),
        publisher=words.get("publisher", ""),
        role=_choice(values.get("role"), ROLES, "role", faults),
        region=words.get("region", ""),
        language=words.get("language", ""),
        article_kind=words.get("kind", ""),
        full_text=_flag(values.get("full_text"), faults, default=True),
        disabled=words.get("disabled", ""),
        path=node.path,
        line=node.line,
    )
    return entry if len(faults.all) == before else None


def _mapping(node: Node, faults: Faults, known: tuple[str, ...], what: str) -> Mapping[str, Node]:
    if not isinstance(node.value, dict):
        faults.add(node, f"{what} is written as `key: value` lines")
        return {}
    for key, place in node.keys.items():
        if key not in known:
            faults.add(place, f"{what} has no key '{key}'{suggestion(key, list(known))}")
    return node.value


def _text(node: Node, faults: Faults, key: str) -> str:
    if not isinstance(node.value, str):
        faults.add(node, f"{key}: one line of text is expected")
        return ""
    return node.value.strip()


def _place(kind: str, node: Node, words: str, faults: Faults) -> str:
    if kind in LOCAL_KINDS:
        if not words or "\x00" in words:
            faults.add(node, f"{kind}: a path is expected")
        return words
    try:
        checked_url(words)
    except FetchError as error:
        faults.add(node, f"{kind}: {error}")
    return words


_SIMPLE = r"""(?=[a-z*.#\[])(?:[a-z][a-z0-9]*|\*)?(?:[.#][A-Za-z][\w-]*|\[[a-z-]+(?:[*^$]?="[^"\\]*")?\])*"""
_PLAIN_SELECTOR = re.compile(rf"{_SIMPLE}(?:(?:\s*[>,]\s*|\s+){_SIMPLE})*")  # "main li.news a[href*="/press/"]"


def _check_selector(node: Node, words: str, key: str, faults: Faults) -> None:
    if _PLAIN_SELECTOR.fullmatch(words):
        return
    import soupsieve  # noqa: PLC0415  # takes a quarter of a second, and only selectors out of the ordinary need it

    try:
        soupsieve.compile(words)
    except (soupsieve.SelectorSyntaxError, NotImplementedError) as error:
        faults.add(node, f"{key}: '{words}' is no CSS selector: {str(error).splitlines()[0]}")


def _length(node: Node | None, faults: Faults, key: str, default: timedelta) -> timedelta:
    if node is None:
        return default
    length = parse_length(_text(node, faults, key))
    if length is None:
        faults.add(node, f"{key}: write a length such as `30 minutes`, `6 hours` or `1 day`")
        return default
    return length


def _since(node: Node | None, faults: Faults) -> date | timedelta:
    if node is None:
        return DEFAULT_SINCE
    words = _text(node, faults, "since")
    if length := parse_length(words):
        return length
    try:
        return date.fromisoformat(words)
    except ValueError:
        faults.add(node, "since: write a day such as 2025-01-16, or a length such as `30 days`")
        return DEFAULT_SINCE


def _choice(node: Node | None, choices: tuple[str, ...], key: str, faults: Faults) -> str:
    if node is None:
        return ""
    words = _text(node, faults, key)
    if words not in choices:
        faults.add(node, f"{key}: '{words}' is none of {', '.join(choices)}{suggestion(words, list(choices))}")
    return words


def _flag(node: Node | None, faults: Faults, *, default: bool) -> bool:
    if node is None:
        return default
    words = _text(node, faults, "full_text")
    if words not in ("true", "false"):
        faults.add(node, "full_text: write true or false")
    return words != "false"


def _refuse_twins(entries: list[SourceEntry], nodes: list[Node], faults: Faults) -> None:
    _refuse_same(entries, nodes, faults, lambda entry: entry.id, "is listed twice; give one of them another `id`")
    _refuse_same(
        entries,
        nodes,
        faults,
        lambda entry: (canonical_url(entry.place) or entry.place) + entry.select,
        "is read twice; a site counts every visit",
    )


def _refuse_same(
    entries: list[SourceEntry], nodes: list[Node], faults: Faults, key: Callable[[SourceEntry], str], message: str
) -> None:
    first_by_key: dict[str, SourceEntry] = {}
    for entry in entries:
        first = first_by_key.setdefault(key(entry), entry)
        if first is not entry:
            node = next(node for node in nodes if node.line == entry.line)
            faults.add(node, f"'{entry.id}' {message}; first on line {first.line}")


def _allowed(node: Node | None, faults: Faults) -> frozenset[tuple[str, int]]:
    if node is None:
        return frozenset()
    if not isinstance(node.value, list):
        faults.add(node, "allow: a list of `host:port` is expected")
        return frozenset()
    places: set[tuple[str, int]] = set()
    for child in node.value:
        host, _colon, port = _text(child, faults, "allow").rpartition(":")
        if host and port.isascii() and port.isdigit():
            places.add((host.strip("[]").lower(), int(port)))
        else:
            faults.add(child, "allow: write `host:port`, such as `wiki.example.org:443`")
    return frozenset(places)


def _host(place: str) -> str:
    return urlsplit(canonical_url(place) or "").hostname or ""
