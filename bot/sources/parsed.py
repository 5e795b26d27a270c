"""What the parser process gives back: plain values, without the libraries that make them."""

from dataclasses import dataclass
from typing import Any

MIN_SUMMARY_CHARS = 40  # of an entry's text; "Read more" is no text


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What one page says, as plain values that travel between processes."""

    text: str
    title: str = ""
    publisher: str = ""
    published: str = ""  # ISO 8601: an instant with offset, or a day
    published_basis: str = ""  # where it stood: "page metadata", "page layout"
    canonical: str = ""  # the address the page gives as its own
    language: str = ""  # of the html element
    feeds: tuple[str, ...] = ()  # addresses of feeds the page names
    paywalled: bool = False  # the page declares that this text is not all of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One article as a list names it."""

    url: str  # absolute, http or https; "" when the entry has none
    guid: str = ""  # what the publisher calls it; unique within its list
    title: str = ""
    published: str = ""  # ISO 8601: an instant with offset, or a day
    updated: str = ""
    summary: str = ""  # plain text: the longest the list gives
    publisher: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What a feed, sitemap or index page lists."""

    title: str = ""
    entries: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()  # further sitemaps
    ttl_minutes: int = 0  # how long the publisher wants it kept; 0 when not said
    language: str = ""


def page_from_json(reply: dict[str, Any]) -> Page:
    """Return the page whose fields came as JSON."""
    return Page(**{**reply, "feeds": tuple(reply["feeds"])})


def listing_from_json(reply: dict[str, Any]) -> Listing:
    """Return the listing whose fields came as JSON."""
    entries = tuple(Entry(**entry) for entry in reply["entries"])
    return Listing(**{**reply, "entries": entries, "children": tuple(reply["children"])})
