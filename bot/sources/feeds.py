"""From the bytes of a feed, a sitemap or an index page to the entries it lists. Runs inside the parser process only."""

import io
import json
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser
from bs4 import BeautifulSoup, Tag
from lxml import etree, html

from bot.sources.decoding import NotTextError, clean, decode
from bot.sources.parsed import Entry, Listing

MAX_ENTRIES = 2_000  # a news sitemap may list 1,000
_MIN_YEAR = 1990
_SPACE = re.compile(r"[ \t\r\f\v]+")
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&[#\w]+;")
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_SITEMAP_NAMESPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}


class NotAFeedError(NotTextError):
    """These bytes are readable, and list nothing."""


def read_feed(body: bytes, *, url: str = "", content_type: str = "") -> Listing:
    """Return what an RSS, Atom or JSON feed lists.

    Raises:
        NotAFeedError: when it is none, with what it is instead.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(body, url)
    parsed = _parse(body, url, content_type)
    if not _is_feed(parsed):
        parsed = _parse(_XML_DECLARATION.sub(b"", decode(body).encode()), url, "")
    if not _is_feed(parsed):
        raise NotAFeedError(_what_instead(body))
    feed = parsed.feed
    entries = [_feed_entry(raw, url) for raw in parsed.entries[:MAX_ENTRIES]]
    return Listing(
        title=plain(feed.get("title", "")),
        entries=tuple(_with_own_guids(entries)),
        ttl_minutes=_minutes(str(feed.get("ttl", "")), feed),
        language=str(feed.get("language", ""))[:35].lower(),
    )


def read_sitemap(body: bytes, *, url: str = "") -> Listing:
    """Return what a sitemap, a news sitemap or a list of sitemaps lists.

    Raises:
        NotAFeedError: when it is none.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    kind = etree.QName(root).localname if root is not None else ""
    if kind == "sitemapindex":
        places = [_text_of(node, "s:loc") for node in root.iterfind("s:sitemap", _SITEMAP_NAMESPACES)]
        return Listing(children=tuple(_absolute(url, place) for place in places[:MAX_ENTRIES] if place))
    if kind != "urlset":
        raise NotAFeedError(_what_instead(body, "sitemap"))
    nodes = root.iterfind("s:url", _SITEMAP_NAMESPACES)
    entries = [_sitemap_entry(node, url) for _count, node in zip(range(MAX_ENTRIES), nodes, strict=False)]
    return Listing(entries=tuple(entry for entry in entries if entry.url))


def read_index(
    body: bytes, *, url: str = "", charset: str | None = None, selector: str = "", date: str = ""
) -> Listing:
    """Return the links of an index page that a CSS selector picks.

    Args:
        body: the page.
        url: where it came from.
        charset: what the sender declared.
        selector: picks links, or what stands around one link each.
        date: picks, inside what `selector` picked, the words that give the day.

    Raises:
        NotAFeedError: when the selector picks nothing.
    """
    soup = BeautifulSoup(decode(body, charset, markup=True), "lxml")
    entries: dict[str, Entry] = {}
    for node in soup.select(selector, limit=MAX_ENTRIES):
        link = node if node.name == "a" else node.select_one("a[href]")
        place = _absolute(url, str(link.get("href", ""))) if link else ""
        if link is None or not place or place.split("#")[0] == url.split("#", maxsplit=1)[0]:
            continue
        entry = Entry(url=place, guid=place, title=_flat(link.get_text(" ")), published=_stated_day(node, date))
        entries.setdefault(place, entry)
    if not entries:
        raise NotAFeedError(f"nothing on the page fits the selector '{selector}': the layout may have changed")
    return Listing(title=_flat(soup.title.get_text()) if soup.title else "", entries=tuple(entries.values()))


def plain(markup: str) -> str:
    """Return the words of a piece of HTML, paragraphs kept apart; plain words stay as they are."""
    if not _MARKUP.search(markup):
        return clean(markup).strip()
    try:
        tree = html.fragment_fromstring(markup, create_parent="div")
    except (etree.ParserError, ValueError):
        return ""
    for dropped in tree.xpath(".//script | .//style"):
        dropped.drop_tree()
    for block in tree.xpath(".//p | .//br | .//li | .//div | .//h1 | .//h2 | .//h3 | .//tr | .//blockquote"):
        block.tail = "\n" + (block.tail or "")
    lines = (_SPACE.sub(" ", line).strip() for line in clean(tree.text_content()).split("\n"))
    return "\n\n".join(line for line in lines if line)


def _parse(body: bytes, url: str, content_type: str) -> Any:  # noqa: ANN401  # the library's own mapping
    headers = {"content-type": content_type} if content_type else {}
    headers |= {"content-location": url} if url else {}
    # a stream, never a string: a string could be taken for an address or a file's name and be opened
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _is_feed(parsed: Any) -> bool:  # noqa: ANN401  # the library's own mapping
    return bool(parsed.get("version") or parsed.entries)


def _feed_entry(raw: Any, url: str) -> Entry:  # noqa: ANN401  # the library's own mapping
    texts = [part.get("value", "") for part in raw.get("content", ())] + [raw.get("summary", "")]
    source = raw.get("source") or {}
    return Entry(
        url=_absolute(url, raw.get("link", "")),
        guid=str(raw.get("id", ""))[:2_000],
        title=_flat(plain(raw.get("title", ""))),
        published=_moment(raw, "published") or _moment(raw, "created") or _moment(raw, "updated"),
        updated=_moment(raw, "updated"),
        summary=max((plain(text) for text in texts), key=len, default=""),
        publisher=_flat(plain(str(source.get("title", "")))),
    )


def _moment(raw: Any, name: str) -> str:  # noqa: ANN401  # the library's own mapping
    parsed = raw.get(f"{name}_parsed")
    if parsed is None:
        return ""
    try:
        moment = datetime.fromtimestamp(timegm(parsed), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    if moment.year < _MIN_YEAR:
        return ""
    return moment.isoformat() if ":" in str(raw.get(name, "")) else moment.date().isoformat()


def _with_own_guids(entries: list[Entry]) -> Iterator[Entry]:
    """Yield the entries with a guid each: one that several share names none of them."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.guid] = counts.get(entry.guid, 0) + 1
    for entry in entries:
        shared = counts[entry.guid] > 1 or not entry.guid
        guid = (entry.url or entry.title or entry.summary[:200]) if shared else entry.guid
        yield replace(entry, guid=guid)


def _minutes(ttl: str, feed: Any) -> int:  # noqa: ANN401  # the library's own mapping
    period = {"hourly": 60, "daily": 1_440, "weekly": 10_080}.get(str(feed.get("sy_updateperiod", "")).lower(), 0)
    frequency = str(feed.get("sy_updatefrequency", "") or "1")
    every = period // max(int(frequency), 1) if frequency.isascii() and frequency.isdigit() else period
    stated = int(ttl[:6]) if ttl.isascii() and ttl.isdigit() else 0
    return min(max(stated, every), 1_440)


def _json_feed(body: bytes, url: str) -> Listing:
    """Read https://jsonfeed.org/version/1.1, which feedparser does not."""
    try:
        feed = json.loads(decode(body))
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(f"this is broken JSON, no feed: {error}") from error
    listed = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(listed, list):
        raise NotAFeedError("this is JSON, but no JSON feed (it lists no items)")
    entries = [_json_entry(raw, url) for raw in listed[:MAX_ENTRIES] if isinstance(raw, dict)]
    return Listing(
        title=_flat(str(feed.get("title") or "")),
        entries=tuple(_with_own_guids(entries)),
        language=str(feed.get("language") or "")[:35].lower(),
    )


def _json_entry(raw: dict[str, Any], url: str) -> Entry:
    texts = [
        str(raw.get("content_text") or ""),
        plain(str(raw.get("content_html") or "")),
        str(raw.get("summary") or ""),
    ]
    return Entry(
        url=_absolute(url, str(raw.get("url") or raw.get("external_url") or "")),
        guid=str(raw.get("id") or "")[:2_000],
        title=_flat(clean(str(raw.get("title") or ""))),
        published=_iso(str(raw.get("date_published") or raw.get("date_modified") or "")),
        updated=_iso(str(raw.get("date_modified") or "")),
        summary=clean(max(texts, key=len)),
    )


def _sitemap_entry(node: Any, url: str) -> Entry:  # noqa: ANN401  # lxml has no types
    place = _absolute(url, _text_of(node, "s:loc"))
    return Entry(
        url=place,
        guid=place,
        title=_text_of(node, "n:news/n:title"),
        published=_iso(_text_of(node, "n:news/n:publication_date")),
        updated=_iso(_text_of(node, "s:lastmod")),
        publisher=_text_of(node, "n:news/n:publication/n:name"),
    )


def _text_of(node: Any, path: str) -> str:  # noqa: ANN401  # lxml has no types
    return _flat(clean(node.findtext(path, "", _SITEMAP_NAMESPACES)))


def _iso(words: str) -> str:
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError:
        return ""
    if moment.year < _MIN_YEAR:
        return ""
    return moment.isoformat() if moment.tzinfo else moment.date().isoformat()


def _stated_day(node: Tag, selector: str) -> str:
    found = node.select_one(selector) if selector else node.select_one("time")
    if found is None:
        return ""
    return _iso(str(found.get("datetime", ""))) or _flat(found.get_text(" "))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _absolute(base: str, link: str) -> str:
    try:
        found = urljoin(base, link.strip())
    except ValueError:
        return ""
    return found if found.startswith(("http://", "https://")) else ""


def _what_instead(body: bytes, wanted: str = "feed") -> str:
    start = body[:2_000].lower()
    if not body.strip():
        return f"the answer is empty, no {wanted}"
    if b"<html" in start or b"<!doctype html" in start:
        return f"this is a web page, no {wanted}: the {wanted} was moved or is blocked"
    if b"<urlset" in start or b"<sitemapindex" in start:
        return "this is a sitemap, no feed; list it as `sitemap:`"
    return f"this is no {wanted} that can be read"
