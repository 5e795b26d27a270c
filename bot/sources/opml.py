"""Lists of feeds as other readers write them (OPML), in and out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from bot.errors import SourceError
from bot.sources.failures import FetchError, checked_url
from bot.sources.identity import canonical_url
from bot.sources.source_list import SourceEntry, free_id

MAX_OPML_BYTES = 5_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """One feed of a list."""

    url: str
    title: str
    home: str = ""


def read_opml(body: bytes) -> tuple[tuple[Subscription, ...], tuple[str, ...]]:
    """Return the feeds of an OPML file, each once, and what was left out with its reason.

    Raises:
        SourceError: when it is no OPML file.
    """
    if len(body) > MAX_OPML_BYTES:
        raise SourceError(
            f"{len(body) / 1e6:.1f} MB are no list of feeds; at most {MAX_OPML_BYTES / 1e6:g} MB are read"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"this is no OPML file: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise SourceError("this is no OPML file: its first element is not <opml>")
    found: dict[str, Subscription] = {}
    left_out: list[str] = []
    for node in root.iter("outline"):
        attributes = {str(name).lower(): str(value).strip() for name, value in node.attrib.items()}
        url = attributes.get("xmlurl", "")
        if not url:
            continue  # a folder of the other reader
        try:
            checked = checked_url(url)
        except FetchError as error:
            left_out.append(f"{url}: {error}")
            continue
        title = attributes.get("title") or attributes.get("text") or checked
        found.setdefault(checked, Subscription(url=checked, title=title, home=attributes.get("htmlurl", "")))
    return tuple(found.values()), tuple(left_out)


def new_entries(subscriptions: Iterable[Subscription], listed: Sequence[SourceEntry]) -> list[SourceEntry]:
    """Return an entry for each feed that is not listed yet, disabled until somebody has tried it."""
    known = {canonical_url(entry.place) for entry in listed}
    ids = {entry.id for entry in listed}
    entries: list[SourceEntry] = []
    for subscription in subscriptions:
        identity = canonical_url(subscription.url)
        if identity in known:
            continue
        free = free_id("feed", subscription.url, ids)
        known.add(identity)
        ids.add(free)
        title = subscription.title[:100]
        reason = "imported, not tried yet"
        entries.append(SourceEntry(id=free, kind="feed", place=subscription.url, publisher=title, disabled=reason))
    return entries


def write_opml(entries: Iterable[SourceEntry]) -> bytes:
    """Return the feeds among `entries` as an OPML file."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources of the access monitor"
    body = etree.SubElement(root, "body")
    for entry in entries:
        if entry.kind == "feed":
            name = entry.publisher or entry.id.partition(":")[2]
            etree.SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=entry.place)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return written
