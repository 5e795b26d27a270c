"""Sources on the web: feeds, sitemaps, index pages and single watched pages, read through the guarded fetch."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from bot.core.model import Article, Precision, Rejected, When
from bot.sources.articles import Desk, Found, make_article, page_date, stated_date
from bot.sources.failures import FailureKind, FetchError
from bot.sources.fetch import FEED, PAGE, SITEMAP, BodyKind, Fetched, Fetcher, inflated
from bot.sources.identity import canonical_url, text_sha
from bot.sources.page_checks import why_no_article
from bot.sources.parsed import MIN_SUMMARY_CHARS, Entry, Listing, Page
from bot.sources.parser_process import KilledError, ParseError, ParserProcess
from bot.sources.politeness import Robots
from bot.sources.polling import MAX_SEEN, Memory, SourceState, Visit, validators
from bot.sources.source_list import SourceEntry

MAX_PAGES_PER_READ = 50  # the rest waits for the next read
READ_SECONDS = 240.0  # for one source; the rest waits for the next read
MAX_CHILD_SITEMAPS = 5
MAX_TRIES = 3  # of one page that fails in passing
MIN_PAGE_CHARS = 200  # a page with less is worth less than a summary that is longer
_MAX_FUTURE = timedelta(days=1)
_MAX_AGE = re.compile(r"(?:s-)?max-?age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_PASSING = (
    FailureKind.DNS,
    FailureKind.UNREACHABLE,
    FailureKind.TIMEOUT,
    FailureKind.CUT_OFF,
    FailureKind.SERVER_ERROR,
    FailureKind.RATE_LIMITED,
)
_BODY_KINDS = {"feed": FEED, "sitemap": SITEMAP, "index": PAGE, "page": PAGE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What every web source works with."""

    fetcher: Fetcher
    parser: ParserProcess
    robots: Robots
    desk: Desk


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """One listed entry with what its page gave."""

    entry: Entry
    url: str  # where the page stood in the end
    page: Page | None
    reason: str  # why there is no page; "" when there is
    passing: bool = False  # a later try may succeed
    rest_until: datetime | None = None  # the site asks to be left alone
    is_rate_limited: bool = False


class WebSource:
    """One source on the web, to be read once; `visit` then says what came of it."""

    def __init__(
        self,
        entry: SourceEntry,
        state: SourceState,
        tools: Tools,
        now: datetime,
        *,
        max_pages: int = MAX_PAGES_PER_READ,
        newest_first: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_pages = max_pages
        self._newest_first = newest_first
        self._monotonic = monotonic
        self.id = entry.id
        self.visit = Visit(source=entry.id, at=now, memory=state.memory)
        self._entry = entry
        self._state = state
        self._tools = tools
        self._now = now

    def read(self, learned: datetime | None) -> Iterator[Article | Rejected]:
        """Yield each new or changed article, or why it is none; `learned` None means on its publication."""
        try:
            answer = self._fetch_list()
            if answer.not_modified or sha256(answer.body).hexdigest() == self._state.memory.body_sha:
                self._note_unchanged(answer)
                return
            listing = self._parse(answer)
        except FetchError as error:
            self._note_failure(error.kind, str(error), until=error.until)
            yield Rejected(place=self._entry.place, reason=str(error))
            return
        except ParseError as error:
            is_index = self._entry.kind == "index" and not isinstance(error, KilledError)
            self._note_failure(FailureKind.WRONG_LAYOUT if is_index else FailureKind.UNREADABLE, str(error))
            yield Rejected(place=self._entry.place, reason=str(error))
            return
        yield from self._read_listing(answer, listing, learned)

    def _fetch_list(self) -> Fetched:
        etag, last_modified = validators(self._state.memory, self._now)
        kind = _BODY_KINDS[self._entry.kind]
        return self._get(self._entry.place, kind, etag=etag, last_modified=last_modified)

    def _get(self, url: str, kind: BodyKind, *, etag: str = "", last_modified: str = "") -> Fetched:
        return self._tools.fetcher.get(
            url,
            kind,
            self._now,
            etag=etag,
            last_modified=last_modified,
            permit=lambda place: self._tools.robots.permit(place, self._now),
        )

    def _parse(self, answer: Fetched) -> Listing:
        """Parse a list, unless the same bytes killed the parser before: such a list waits until it changes."""
        sha = sha256(answer.body).hexdigest()
        if sha == self._state.memory.quarantined:
            raise ParseError("the same list killed the parser when it was last read; it is read again when it changes")
        try:
            return self._parse_list(answer)
        except KilledError:
            self.visit = replace(self.visit, memory=replace(self._state.memory, quarantined=sha))
            raise

    def _parse_list(self, answer: Fetched) -> Listing:
        parser, entry = self._tools.parser, self._entry
        if entry.kind == "feed":
            return parser.feed(answer.body, url=answer.url, content_type=answer.headers.get("content-type", ""))
        if entry.kind == "sitemap":
            return self._parse_sitemap(answer)
        if entry.kind == "index":
            return parser.index(
                answer.body, selector=entry.select, date=entry.date, url=answer.url, charset=answer.charset
            )
        return Listing(entries=(Entry(url=answer.url, guid=answer.url),))

    def _parse_sitemap(self, answer: Fetched) -> Listing:
        listing = self._tools.parser.sitemap(unpacked(answer.body), url=answer.url)
        entries = list(listing.entries)
        for child in listing.children[:MAX_CHILD_SITEMAPS]:
            inner = self._get(child, SITEMAP)
            entries += self._tools.parser.sitemap(unpacked(inner.body), url=inner.url).entries
        return replace(listing, entries=tuple(entries))

    def _read_listing(
        self, answer: Fetched, listing: Listing, learned: datetime | None
    ) -> Iterator[Article | Rejected]:
        seen = dict(self._state.memory.seen)
        fresh = [entry for entry in listing.entries if self._is_fresh(entry, seen)]
        wanted = [entry for entry in fresh if self._is_wanted(entry)]
        wanted.sort(key=lambda entry: entry.published, reverse=self._newest_first)
        reads = list(_without_walls(self._read_batch(wanted, answer)))
        left_over = wanted[len(reads) :]
        yielded = [self._article(read, listing, learned) for read in reads]
        again = self._to_try_again(reads)
        marks = {_name_of(entry): _mark_of(entry) for entry in listing.entries} | again
        keys = {
            _name_of(read.entry): found.key
            for read, found in zip(reads, yielded, strict=True)
            if isinstance(found, Article) and _has_own_name(read.entry)
        }
        keys = {name: _key_in(mark) for name, mark in seen.items() if _key_in(mark)} | keys
        marks = {name: f"{mark} {keys[name]}" if name in keys else mark for name, mark in marks.items()}
        waiting = {_name_of(entry) for entry in left_over}
        seen = {name: mark for name, mark in seen.items() if name not in marks}  # what is listed is kept longest
        seen |= {name: mark for name, mark in marks.items() if name not in waiting}
        self._note_success(answer, listing, reads, yielded)
        self._remember_seen(answer, seen, is_whole=not again and not waiting)
        yield from yielded

    def _read_batch(self, wanted: list[Entry], answer: Fetched) -> Iterator[_Read]:
        """Read pages until there are enough for one visit, time is up, or the site asks to be left alone."""
        started = self._monotonic()
        for entry in wanted[: self._max_pages]:
            read = self._read_entry(entry, answer)
            yield read
            if read.is_rate_limited or self._monotonic() - started > READ_SECONDS:
                self.visit = replace(self.visit, wait_until=read.rest_until)
                return

    def _to_try_again(self, reads: list[_Read]) -> dict[str, str]:
        tries = {_name_of(read.entry): _tries(self._state.memory, read.entry) + 1 for read in reads if read.passing}
        return {name: f"~{count}" for name, count in tries.items() if count < MAX_TRIES}

    def _is_fresh(self, entry: Entry, seen: dict[str, str]) -> bool:
        return self._entry.kind == "page" or seen.get(_name_of(entry), "").partition(" ")[0] != _mark_of(entry)

    def _is_wanted(self, entry: Entry) -> bool:
        """Decide whether an entry is read: on the first read only what is not older than `since`."""
        if self._state.first_read is not None or self._entry.kind == "page":
            return True
        published = self._listed_date(entry.published or entry.updated)
        return published is not None and published.last >= self._entry.oldest(self._now).date()

    def _read_entry(self, entry: Entry, answer: Fetched) -> _Read:
        if self._entry.kind == "page":
            return self._read_page(entry, answer)
        if not entry.url:
            return _Read(entry=entry, url="", page=None, reason="the feed gives no address")
        if not self._entry.full_text:
            return _Read(entry=entry, url=entry.url, page=None, reason="only the feed's own text is read")
        try:
            return self._read_page(entry, self._get(entry.url, PAGE))
        except FetchError as error:
            return _Read(
                entry=entry,
                url=entry.url,
                page=None,
                reason=str(error),
                passing=error.kind in _PASSING,
                rest_until=error.until,
                is_rate_limited=error.kind is FailureKind.RATE_LIMITED,
            )

    def _read_page(self, entry: Entry, answer: Fetched) -> _Read:
        rules = self._entry
        try:
            page = self._tools.parser.page(
                answer.body, url=answer.url, charset=answer.charset, content=rules.content, title=rules.title
            )
        except ParseError as error:
            return _Read(entry=entry, url=answer.url, page=None, reason=str(error))
        return _Read(entry=entry, url=_own_url(page, answer.url), page=page, reason=why_no_article(page))

    def _article(self, read: _Read, listing: Listing, learned: datetime | None) -> Article | Rejected:
        page, entry, rules = read.page, read.entry, self._entry
        judged = _text_to_judge(read)
        if judged is None:
            return Rejected(place=read.url or rules.place, reason=read.reason or "there is no text in it")
        text, kind_of_text = judged
        title = entry.title if kind_of_text == "summary" or page is None else page.title or entry.title
        found = Found(
            text=text if title in text[: 2 * len(title) + 200] else f"{title}\n\n{text}",
            source=self.id,
            title=title,
            published=self._published(read),
            publisher=rules.publisher or entry.publisher or (page.publisher if page else "") or listing.title,
            role=rules.role,
            url=read.url or None,
            kind=rules.article_kind,
            region=rules.region or None,
            language=rules.language or (page.language if page else "") or listing.language,
            judged=kind_of_text,
        )
        article = make_article(found, self._tools.desk, learned)
        known = _key_in(dict(self._state.memory.seen).get(_name_of(entry), ""))
        return replace(article, key=known) if known else article  # the publisher's name for it outlives its address

    def _published(self, read: _Read) -> When | None:
        """Return the first instant, else the first day, of: the list's, the page's metadata, the page's layout."""
        listed = self._listed_date(read.entry.published)
        own = page_date(read.page.published, read.page.published_basis) if read.page else None
        known = [when for when in (listed, own) if when is not None and self._is_sane(when)]
        return next((when for when in known if when.precision is Precision.INSTANT), known[0] if known else None)

    def _listed_date(self, words: str) -> When | None:
        when = stated_date(words) if words else None
        return replace(when, basis={"index": "index page"}.get(self._entry.kind, self._entry.kind)) if when else None

    def _is_sane(self, when: When) -> bool:
        return when.first <= (self._now + _MAX_FUTURE).date()

    def _note_unchanged(self, answer: Fetched) -> None:
        memory = self._remember(answer, self._state.memory)
        self.visit = replace(
            self.visit, outcome="unchanged", memory=memory, wire_bytes=answer.wire_bytes, keep_seconds=_kept(answer, 0)
        )

    def _note_failure(self, kind: FailureKind, note: str, *, until: datetime | None = None) -> None:
        self.visit = replace(self.visit, outcome=kind, note=note, wait_until=until)

    def _note_success(
        self, answer: Fetched, listing: Listing, reads: list[_Read], yielded: list[Article | Rejected]
    ) -> None:
        rejected = [one for one in yielded if isinstance(one, Rejected)]
        moved = f"moved for good to {answer.moved_to}: change the entry. " if answer.moved_to else ""
        self.visit = replace(
            self.visit,
            seen=len(listing.entries),
            new=len(reads),
            rejected=len(rejected),
            note=moved + self._words_on_unread(reads),
            wire_bytes=answer.wire_bytes,
            keep_seconds=_kept(answer, listing.ttl_minutes),
        )

    def _words_on_unread(self, reads: list[_Read]) -> str:
        unread = [read.reason for read in reads if read.reason] if self._entry.full_text else []
        return f"{len(unread)} of {len(reads)} pages not read: {unread[0]}" if unread else ""

    def _remember_seen(self, answer: Fetched, seen: dict[str, str], *, is_whole: bool) -> None:
        memory = self._remember(answer, self._state.memory)
        memory = replace(memory, seen=tuple(seen.items())[-MAX_SEEN:], body_sha=sha256(answer.body).hexdigest())
        if not is_whole:  # what is left over comes again only with an unconditional answer
            memory = replace(memory, etag="", last_modified="", body_sha="")
        self.visit = replace(self.visit, memory=memory)

    def _remember(self, answer: Fetched, memory: Memory) -> Memory:
        """Store both validators of every answer, also of "unchanged": stale ones make every request unconditional."""
        unconditional = validators(memory, self._now) == ("", "")
        if answer.not_modified:
            etag = answer.headers.get("etag", memory.etag)
            last_modified = answer.headers.get("last-modified", memory.last_modified)
        else:
            etag, last_modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        full_at = self._now if unconditional else memory.full_at
        return replace(memory, etag=etag, last_modified=last_modified, full_at=full_at)


def unpacked(body: bytes) -> bytes:
    """Return what a body holds that is itself a gzip file (`sitemap.xml.gz`), within the sitemap's limit.

    Raises:
        FetchError: when it is damaged or too big.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    whole = bytearray()
    for piece in inflated([body]):
        whole += piece
        if len(whole) > SITEMAP.max_bytes:
            raise FetchError(FailureKind.TOO_BIG, f"more than {SITEMAP.max_bytes / 1e6:g} MB are not read as a sitemap")
    return bytes(whole)


def _name_of(entry: Entry) -> str:
    return sha256((entry.guid or entry.url).encode(errors="replace")).hexdigest()[:16]


def _mark_of(entry: Entry) -> str:
    said = f"{entry.title}|{entry.updated}|{entry.summary[:2_000]}"
    return sha256(said.encode(errors="replace")).hexdigest()[:12]


def _key_in(remembered: str) -> str:
    """Return the identity of the article that an entry gave, where its publisher's name for it says more than that."""
    return remembered.partition(" ")[2]


def _has_own_name(entry: Entry) -> bool:
    return bool(entry.guid) and entry.guid != entry.url


def _tries(memory: Memory, entry: Entry) -> int:
    mark = dict(memory.seen).get(_name_of(entry), "").partition(" ")[0]
    return int(mark[1:]) if mark.startswith("~") else 0


def _without_walls(reads: Iterable[_Read]) -> Iterator[_Read]:
    """Take the pages back that say the same at several addresses: a wall or an error stands in their place."""
    everything = list(reads)
    counts = Counter(text_sha(read.page.text) for read in everything if read.page and read.page.text)
    addresses = {(text_sha(read.page.text), canonical_url(read.url)) for read in everything if read.page}
    for read in everything:
        sha = text_sha(read.page.text) if read.page and read.page.text else ""
        if counts[sha] > 1 and sum(found == sha for found, _url in addresses) > 1:
            yield replace(read, page=None, reason="the same text stands at several addresses: a wall or an error page")
        else:
            yield read


def _text_to_judge(read: _Read) -> tuple[str, str] | None:
    """Return the page's text, or the list's summary where the page gave none or less, and which of them it is."""
    page_text = read.page.text.strip() if read.page and not read.reason else ""
    summary = read.entry.summary.strip()
    if page_text and (len(page_text) >= MIN_PAGE_CHARS or len(page_text) >= len(summary)):
        return page_text, "text"
    return (summary, "summary") if len(summary) >= MIN_SUMMARY_CHARS else None


def _own_url(page: Page, url: str) -> str:
    """Return the address the page calls its own, when it is one of the same site and not its front page."""
    own = urlsplit(canonical_url(page.canonical) or "")
    here = urlsplit(canonical_url(url) or "")
    is_front = own.path in ("", "/") and here.path not in ("", "/")
    return page.canonical if own.hostname and own.hostname == here.hostname and not is_front else url


def _kept(answer: Fetched, ttl_minutes: int) -> float:
    match = _MAX_AGE.search(answer.headers.get("cache-control", ""))
    return max(ttl_minutes * 60.0, float(match[1]) if match else 0.0)
