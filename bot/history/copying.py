"""Which stored articles are copies of which: worked out anew for the days around whatever came, went or changed.

What is said of an article rests on the articles of the thirty days before it and on nothing else, so only the thirty
days after a change are looked at again, and the answer is the same whatever the order or the batch of writing. Only a
judge looks, under the lock that one judge holds at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from bot.core.copies import WINDOW, Printed, first_originals, nearest_originals
from bot.history.codec import decode_prints
from bot.history.rows import document

DAY = timedelta(days=1)
CURSOR_ROWS = 1_000  # articles fetched at a time: a megabyte of prints

SLICE = timedelta(days=120)  # settled in one transaction before a backfill is judged: some seconds of work

Range = tuple[date, date]
"""First and last day, inclusive."""

_MARK = text("""
INSERT INTO uncompared (days)
SELECT array_agg(DISTINCT day) FROM article_version WHERE article = ANY(:keys) AND prints IS NOT NULL
HAVING count(*) > 0
""")
_MARK_DAYS = text("INSERT INTO uncompared (days) VALUES (CAST(:days AS date[]))")
_READ_MARKS = text("SELECT id, days FROM uncompared")
_IS_SETTLED = text("SELECT NOT EXISTS (SELECT FROM uncompared)")
_CLEAR_MARKS = text("DELETE FROM uncompared WHERE id = ANY(:ids)")
_READ_PRINTS = text("""
SELECT article, min(day) AS on_day, array_agg(prints) AS prints FROM article_version
WHERE prints IS NOT NULL
  AND article IN (SELECT article FROM article_version WHERE prints IS NOT NULL AND day BETWEEN :first AND :last)
GROUP BY article ORDER BY on_day, article
""")
_READ_COPIES = text("SELECT article, origin FROM article_copy")
_DROP = text("DELETE FROM article_copy WHERE article = ANY(:keys)")
_WRITE = text("""
INSERT INTO article_copy (article, origin)
SELECT article, origin FROM json_to_recordset(:copies) AS copy (article text, origin text)
ON CONFLICT (article) DO UPDATE SET origin = excluded.origin
""")
_FORGET = text("DELETE FROM article_copy WHERE article = ANY(:keys) OR origin = ANY(:keys)")
_READ_ORGANISATIONS = text("""
SELECT DISTINCT organisation FROM event WHERE article = ANY(:keys) AND organisation IS NOT NULL
""")


def mark_uncompared(connection: Connection, keys: Sequence[str]) -> None:
    """Have the days of these articles looked at again: before and after whatever changes their days or words."""
    connection.execute(_MARK, {"keys": list(keys)})


def forget_copies(connection: Connection, keys: Sequence[str]) -> None:
    """Drop what is stored of articles that are about to be forgotten; what they hid is looked at again."""
    mark_uncompared(connection, keys)
    connection.execute(_FORGET, {"keys": list(keys)})


def read_origins(connection: Connection) -> dict[str, str]:
    """Return the first article of its group for each article that is a copy."""
    return first_originals(_stored(connection))


@dataclass(frozen=True, kw_only=True, slots=True)
class Regrouped:
    """Articles that are copies of another article than before, or of none, or no longer of none."""

    articles: frozenset[str] = frozenset()  # their keys
    organisations: frozenset[str] = frozenset()  # about which they tell anything


def is_settled(connection: Connection) -> bool:
    """Say whether copies were looked for everywhere."""
    return connection.scalar(_IS_SETTLED) is True


def settle_copies(connection: Connection) -> Regrouped:
    """Bring the copies up to date; give what was regrouped.

    The marks are read before the articles, so that what is committed in between keeps its mark.
    """
    marks = connection.execute(_READ_MARKS).all()
    if not marks:
        return Regrouped()
    regrouped = _settle_ranges(connection, _ranges({day for mark in marks for day in mark.days}))
    connection.execute(_CLEAR_MARKS, {"ids": [mark.id for mark in marks]})
    return regrouped


def _settle_ranges(connection: Connection, ranges: Sequence[Range]) -> Regrouped:
    before = _stored(connection)
    after = dict(before)
    for first, last in ranges:
        _settle(connection, first, last, after)
    _store(connection, before, after)
    regrouped = {key for key, _ in first_originals(before).items() ^ first_originals(after).items()}
    if not regrouped:
        return Regrouped()
    organisations = connection.scalars(_READ_ORGANISATIONS, {"keys": sorted(regrouped)})
    return Regrouped(articles=frozenset(regrouped), organisations=frozenset(organisations))


def settle_slice(connection: Connection) -> tuple[bool, Regrouped]:
    """Bring the oldest days that need it up to date, and leave a mark for the others.

    Returns:
        Whether anything is left to do, and what `settle_copies` gives.
    """
    marks = connection.execute(_READ_MARKS).all()
    days = {day for mark in marks for day in mark.days}
    if not days:
        return False, Regrouped()
    first = min(days)
    last = min(first + SLICE, _ranges(days)[0][1])
    regrouped = _settle_ranges(connection, [(first, last)])
    connection.execute(_CLEAR_MARKS, {"ids": [mark.id for mark in marks]})
    left = {max(day, last + DAY) for day in days if day + WINDOW > last}
    if left:
        connection.execute(_MARK_DAYS, {"days": sorted(left)})
    return bool(left), regrouped


def _settle(connection: Connection, first: date, last: date, origin_by_copy: dict[str, str]) -> None:
    """Look for copies among the articles from `first` to `last`."""

    def noted() -> Iterator[Printed]:
        for article in _printed(connection, first - WINDOW, last):
            if first <= article.on <= last:
                origin_by_copy.pop(article.key, None)
                inside.add(article.key)
            yield article

    inside: set[str] = set()
    for copy in nearest_originals(noted()):
        if copy.key in inside:
            origin_by_copy[copy.key] = copy.origin


def _printed(connection: Connection, first: date, last: date) -> Iterator[Printed]:
    days = {"first": first, "last": last}
    for row in connection.execute(_READ_PRINTS, days, execution_options={"yield_per": CURSOR_ROWS}):
        yield Printed(key=row.article, on=row.on_day, prints=frozenset().union(*map(decode_prints, row.prints)))


def _ranges(days: set[date]) -> list[Range]:
    """Return the days that a change on one of these may concern, as ranges that do not touch."""
    ranges: list[Range] = []
    for day in sorted(days):
        if ranges and day <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], day + WINDOW)
        else:
            ranges.append((day, day + WINDOW))
    return ranges


def _stored(connection: Connection) -> dict[str, str]:
    return {row.article: row.origin for row in connection.execute(_READ_COPIES)}


def _store(connection: Connection, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    gone = sorted(before.keys() - after.keys())
    changed = sorted(after.items() - before.items())
    if gone:
        connection.execute(_DROP, {"keys": gone})
    if changed:
        copies = document({"article": key, "origin": origin} for key, origin in changed)
        connection.execute(_WRITE, {"copies": copies})
