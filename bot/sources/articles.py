"""From what was found, in a file, on a page or in a feed, to an `Article`."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.core.model import Article, Precision, When
from bot.core.text.publication import date_document
from bot.sources.identity import article_key, canonical_url, text_sha
from bot.sources.language import detect_language
from bot.sources.publishers import Publishers, publisher_role

DEFAULT_ZONE = ZoneInfo("America/Los_Angeles")
_NOON = time(12)  # when a day-only publication counts as learned in a backfill
_MAX_TITLE_CHARS = 200
_MIN_TITLE_WORDS = 4
_HEAD_LINES = 40  # a headline stands within the first lines, below the furniture
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_WRITTEN_DATES = (
    re.compile(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})"),
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (?P<year>\d{{4}})"),
    re.compile(rf"(?P<day>){_MONTH},? (?P<year>\d{{4}})"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What every reader of articles works with."""

    read_at: datetime  # aware UTC: the moment of reading; no article is younger
    zone: ZoneInfo = DEFAULT_ZONE  # in which a day without an hour has its noon
    publishers: Publishers = field(default_factory=Publishers)
    published: When | None = None  # the day a person gave on the command line: above all else


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One document as its source gives it, before it is an article."""

    text: str
    source: str  # id of the source
    title: str = ""
    published: When | None = None
    publisher: str = ""
    role: str = ""  # who speaks, where the source's entry says so
    url: str | None = None
    path: str | None = None
    kind: str = ""
    region: str | None = None
    language: str = ""  # as stated
    judged: str = "text"


def make_article(found: Found, desk: Desk, learned: datetime | None) -> Article:
    """Return the article.

    Args:
        found: what the source gave.
        desk: what every reader works with.
        learned: when it was read; None in a backfill, where an article is learned on its publication.
    """
    published = desk.published or found.published or _inferred_date(found.text, learned or desk.read_at, desk)
    canonical = canonical_url(found.url or "")
    host = urlsplit(canonical or "").hostname or ""
    publisher = found.publisher or desk.publishers.name_by_host.get(host, "")
    title = found.title or headline(found.text)
    return Article(
        key=article_key(found.url, found.text),
        text=found.text,
        title=title,
        source=found.source,
        learned=learned or learned_on_publication(published, desk),
        published=published,
        publisher=publisher,
        publisher_role=found.role
        or publisher_role(publisher=publisher, kind=found.kind, host=host, text=found.text, known=desk.publishers),
        url=found.url if canonical else None,
        path=found.path,
        kind=found.kind,
        region=found.region,
        language=detect_language(found.text, stated=found.language),
        text_sha=text_sha(found.text),
        judged=found.judged,
        title_end=_title_end(found.text, title),
    )


def learned_on_publication(published: When | None, desk: Desk) -> datetime:
    """Return the instant of publication, noon of its last possible day in the desk's zone, or the moment of reading."""
    if published is None:
        return desk.read_at
    if published.instant is not None:
        return published.instant
    return min(datetime.combine(published.last, _NOON, tzinfo=desk.zone).astimezone(UTC), desk.read_at)


def _inferred_date(text: str, read_at: datetime, desk: Desk) -> When | None:
    """Work out the day from the text's own words; the day of reading only bounds it."""
    return date_document(text, read_on=read_at.astimezone(desk.zone).date())


def page_date(stamp: str, basis: str) -> When | None:
    """Return the date of `pages.Page.published`, None when the page gave none."""
    if not stamp:
        return None
    moment = datetime.fromisoformat(stamp)
    return instant_date(moment, basis) if moment.tzinfo else day_date(moment.date(), basis)


def headline(text: str) -> str:
    """Return the line among the first of a text that reads like its headline, "" when none does.

    A headline is a line of its own, of four words or more, that does not end like a sentence and is no list entry,
    link, time or caption; longer lines that end like sentences follow it.
    """
    for line in text.split("\n")[:_HEAD_LINES]:
        words = line.strip()
        if len(words) > _MAX_TITLE_CHARS or re.search(r"[.!?…][\"”’')]*$", words):
            if len(words) > _MAX_TITLE_CHARS:
                return ""  # the text proper has begun
            continue
        if len(words.split()) >= _MIN_TITLE_WORDS and not re.search(r"^[•*#>|(-]|>>|»|\||https?:|[,;:]$", words):
            return words
    return ""


def stated_date(words: str) -> When | None:
    """Return the date that a person or a publishing system wrote into metadata; None when it is not readable as one.

    Read are ISO 8601, RFC 2822, "January 16, 2025", "16 January 2025", a month with its year, and a year. A day with
    two readings (01/02/2025) is not.
    """
    words = " ".join(words.split())
    return _iso_date(words) or _written_date(words) or _mail_date(words)


def instant_date(moment: datetime, basis: str = "metadata") -> When:
    """Return an aware instant as a date: the day is the one its own clock showed."""
    return When(
        first=moment.date(),
        last=moment.date(),
        precision=Precision.INSTANT,
        basis=basis,
        instant=moment.astimezone(UTC),
    )


def day_date(day: date, basis: str = "metadata") -> When:
    """Return a day as a date."""
    return When(first=day, last=day, precision=Precision.DAY, basis=basis)


def _title_end(text: str, title: str) -> int:
    start = text.find(title) if title else -1
    return start + len(title) if 0 <= start <= _HEAD_LINES * _MAX_TITLE_CHARS else 0


def _iso_date(words: str) -> When | None:
    if re.fullmatch(r"\d{4}", words):
        return _span(int(words), 1, 12, Precision.YEAR)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", words):
        return _span(int(match[1]), int(match[2]), int(match[2]), Precision.MONTH)
    if not re.match(r"\d{4}-?\d{2}-?\d{2}", words):
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return None
    return instant_date(moment) if moment.tzinfo else day_date(moment.date())


def _written_date(words: str) -> When | None:
    words = re.sub(r"^(?:mon|tue|wed|thu|fri|sat|sun)\w*\.?,? ", "", words, flags=re.IGNORECASE)
    for pattern in _WRITTEN_DATES:
        match = pattern.fullmatch(words)
        if match is None:
            continue
        month = next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(match["month"].lower()[:3])), 0)
        if not month:
            return None
        if not match["day"]:
            return _span(int(match["year"]), month, month, Precision.MONTH)
        try:
            return day_date(date(int(match["year"]), month, int(match["day"])))
        except ValueError:
            return None
    return None


def _mail_date(words: str) -> When | None:
    try:
        moment = parsedate_to_datetime(words)
    except ValueError:
        return None
    return instant_date(moment) if moment.tzinfo else day_date(moment.date())


def _span(year: int, first_month: int, last_month: int, precision: Precision) -> When | None:
    try:
        first = date(year, first_month, 1)
        after = date(year + last_month // 12, last_month % 12 + 1, 1)
    except ValueError:
        return None
    return When(first=first, last=after - timedelta(days=1), precision=precision, basis="metadata")
