"""Feeds that were saved to files: the archive of a feed, for backfills. Nothing is fetched: their own text is read."""

from collections.abc import Iterator
from pathlib import Path

from bot.core.model import Article, Rejected
from bot.errors import SourceError
from bot.sources.articles import Desk, Found, make_article, stated_date
from bot.sources.files import read_capped
from bot.sources.parsed import MIN_SUMMARY_CHARS, Entry, Listing
from bot.sources.parser_process import ParseError, ParserProcess

FEED_SUFFIXES = (".rss", ".atom", ".xml")
MAX_FEED_BYTES = 10_000_000  # years of a blog in one file; a feed that is fetched may have half of it
MAX_ENTRIES = 2_000  # as many as the parser gives


def is_saved_feed(path: Path) -> bool:
    """Return whether a file's name is that of a feed."""
    return path.name.lower().endswith(FEED_SUFFIXES)


def read_saved_feed(path: Path, *, desk: Desk, parser: ParserProcess, source: str) -> Iterator[Article | Rejected]:
    """Yield an article for each entry, by the text that the feed has of it, or why it is none."""
    place = path.as_posix()
    try:
        listing = parser.feed(read_capped(path, MAX_FEED_BYTES))
    except (ParseError, SourceError) as error:
        yield Rejected(place=place, reason=str(error))
        return
    except OSError as error:
        yield Rejected(place=place, reason=f"cannot be read: {error.strerror or error}")
        return
    for number, entry in enumerate(listing.entries, start=1):
        yield _article(entry, listing, f"{place}#{number}", source, desk)
    if len(listing.entries) >= MAX_ENTRIES:
        yield Rejected(place=place, reason=f"only the first {MAX_ENTRIES:,} entries are read; split the file")


def _article(entry: Entry, listing: Listing, place: str, source: str, desk: Desk) -> Article | Rejected:
    text = entry.summary.strip()
    if len(text) < MIN_SUMMARY_CHARS:
        return Rejected(place=place, reason=f"the feed has {len(text)} characters of its text, too few to judge")
    stated = entry.published or entry.updated
    found = Found(
        text=text if entry.title in text[: 2 * len(entry.title) + 200] else f"{entry.title}\n\n{text}",
        source=source,
        title=entry.title,
        published=stated_date(stated) if stated else None,
        publisher=entry.publisher or listing.title,
        url=entry.url or None,
        path=place,
        language=listing.language,
        judged="summary",
    )
    try:
        return make_article(found, desk, None)
    except SourceError as error:
        return Rejected(place=place, reason=str(error))
