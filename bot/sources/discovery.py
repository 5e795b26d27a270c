"""Finds the feed of a site, shows what would be read of it, and writes the entry for `rules/sources.yaml`."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from bot.core.marked_yaml import parse
from bot.core.model import Article, Rejected
from bot.errors import SourceError
from bot.sources.failures import FailureKind, FetchError, checked_url
from bot.sources.fetch import FEED, Fetched
from bot.sources.parsed import Listing
from bot.sources.parser_process import ParseError
from bot.sources.polling import Condition, Memory, SourceState, Visit, after_visit
from bot.sources.reading import open_source
from bot.sources.source_list import SourceEntry, load_sources, source_name
from bot.sources.web import Tools, WebSource

PREVIEW_ARTICLES = 5
_MAX_NAMED_FEEDS = 5
_USUAL_PLACES = ("/feed/", "/rss.xml", "/feed.xml", "/index.xml", "/atom.xml", "/feed.json")
_USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What one try of a source gave."""

    entry: SourceEntry
    visit: Visit
    condition: str
    note: str
    found: tuple[Article | Rejected, ...]  # newest first


def find_source(url: str, tools: Tools, now: datetime) -> SourceEntry:
    """Return an entry for the feed, the news sitemap or, for want of either, the page at or behind an address.

    Raises:
        SourceError: when the address cannot be read.
    """
    url = checked_url(url)
    answer = _get(url, tools, now)
    if listing := _as_feed(answer, tools):
        return _entry("feed", answer.url, listing.title)
    page = tools.parser.page(answer.body, url=answer.url, charset=answer.charset)
    for place in (*page.feeds[:_MAX_NAMED_FEEDS], *(urljoin(answer.url, usual) for usual in _USUAL_PLACES)):
        found = _try_feed(place, tools, now)
        if found is not None:
            return _entry("feed", found[0].url, page.publisher or found[1].title)
    for place in (urljoin(answer.url, usual) for usual in _USUAL_SITEMAPS):
        if _is_sitemap(place, tools, now):
            return _entry("sitemap", place, page.publisher)
    return _entry("page", answer.url, page.publisher)


def check_source(entry: SourceEntry, tools: Tools, now: datetime, *, articles: int = PREVIEW_ARTICLES) -> Checked:
    """Read the newest articles of a source as the worker would, leaving no trace."""
    state = SourceState(id=entry.id, first_read=now)
    if entry.kind in ("folder", "warc"):
        source = open_source(entry, state, tools, now)
        found = [one for _count, one in zip(range(articles), source.read(now), strict=False)]
        visit = Visit(source=entry.id, at=now, seen=len(found), new=len(found), memory=Memory())
    else:
        web = WebSource(entry, state, tools, now, max_pages=articles, newest_first=True)
        found, visit = list(web.read(now)), web.visit
    after = after_visit(state, visit, replace(entry, disabled=""), 0.0)
    return Checked(entry=entry, visit=visit, condition=after.condition, note=after.note, found=tuple(found))


def describe_check(checked: Checked) -> str:
    """Return one sentence on what a check gave."""
    if checked.visit.failed or checked.condition in (Condition.BLOCKED, Condition.LAYOUT_CHANGED):
        return f"{checked.condition}: {checked.note}"
    good = [one for one in checked.found if isinstance(one, Article)]
    undated = sum(article.published is None for article in good)
    summaries = sum(article.judged == "summary" for article in good)
    parts = [f"lists {checked.visit.seen}", f"read {len(good)} of {len(checked.found)} tried"]
    parts += [f"{summaries} by the list's own words only"] if summaries else []
    parts += [f"{undated} without a date"] if undated else []
    return "works: " + ", ".join(parts) + (f" ({checked.note})" if checked.note else "")


def write_entry(entry: SourceEntry) -> str:
    """Return an entry as the lines that stand in `rules/sources.yaml`."""
    lines = [f"  - {entry.kind}: {_quoted(entry.place)}", f"    id: {entry.id.partition(':')[2]}"]
    if entry.publisher:
        lines.append(f"    publisher: {_quoted(entry.publisher)}")
    if entry.disabled:
        lines.append(f"    disabled: {_quoted(entry.disabled)}")
    return "\n".join(lines) + "\n"


def with_entries(text: str, entries: list[SourceEntry], path: str) -> str:
    """Return the file with entries added at the end of its list, everything else as it stands.

    Raises:
        RuleFileError: when the file, as it is or as it would be, cannot be read.
    """
    load_sources(text, path)
    written = "".join(write_entry(entry) for entry in entries)
    lines = text.splitlines()
    start, end = _lines_of_list(text, path)
    if start == 0:
        lines += ["", "sources:"]
        end = len(lines)
    elif end == start:  # `sources:` or `sources: []`
        lines[start - 1] = "sources:"
    longer = "\n".join([*lines[:end], *written.splitlines(), *lines[end:]]) + "\n"
    load_sources(longer, path)
    return longer


def _lines_of_list(text: str, path: str) -> tuple[int, int]:
    """Return the line of `sources:` (0 for none) and the last line of its list, from 1."""
    root = parse(text, path)
    if "sources" not in root.keys:
        return 0, 0
    start = root.keys["sources"].line
    listed = root.value["sources"].value if isinstance(root.value, dict) else []
    later = [key.line for key in root.keys.values() if key.line > start]
    lines = text.splitlines()
    end = min(later) - 1 if later and listed else len(lines) if listed else start
    while end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return start, end


def _entry(kind: str, place: str, publisher: str) -> SourceEntry:
    return SourceEntry(id=f"{kind}:{source_name(place)}", kind=kind, place=place, publisher=publisher.strip()[:100])


def _get(url: str, tools: Tools, now: datetime) -> Fetched:
    return tools.fetcher.get(url, FEED, now, permit=lambda place: tools.robots.permit(place, now))


def _as_feed(answer: Fetched, tools: Tools) -> Listing | None:
    if len(answer.body) > FEED.max_bytes:
        return None
    try:
        return tools.parser.feed(answer.body, url=answer.url, content_type=answer.headers.get("content-type", ""))
    except ParseError:
        return None


def _try_feed(url: str, tools: Tools, now: datetime) -> tuple[Fetched, Listing] | None:
    try:
        answer = _get(url, tools, now)
    except FetchError as error:
        if error.kind in (FailureKind.RATE_LIMITED, FailureKind.DNS, FailureKind.UNREACHABLE):
            raise
        return None
    listing = _as_feed(answer, tools)
    return (answer, listing) if listing is not None else None


def _is_sitemap(url: str, tools: Tools, now: datetime) -> bool:
    try:
        answer = _get(url, tools, now)
        return bool(tools.parser.sitemap(answer.body, url=answer.url).entries)
    except SourceError:
        return False


def _quoted(words: str) -> str:
    """Return words as YAML reads them back, in quotes."""
    plain = "".join(char if char.isprintable() else " " for char in words)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
