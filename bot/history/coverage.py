"""On which days each source was read: what an absence may be claimed of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """A source was read on each of these days."""

    source: str
    first: date
    last: date  # inclusive
    is_archive: bool = False  # read from end to end by a backfill


# A source that is read and brings nothing for longer than it should is silent: it is no witness of a day.
_DAYS_READ = text("""
SELECT source, CAST(at AT TIME ZONE :zone AS date) AS day, bool_or(articles_new > 0) AS brought FROM fetch_log
WHERE outcome IN ('ok', 'unchanged') GROUP BY source, day ORDER BY source, day
""")
_ARCHIVES = text("SELECT name, value ->> 0 AS first, value ->> 1 AS last FROM setting WHERE name LIKE 'covered:%'")
_NOTE = text("""
INSERT INTO setting (name, value) VALUES (:name, json_build_array(CAST(:first AS text), CAST(:last AS text)))
ON CONFLICT (name) DO UPDATE SET value = json_build_array(
  least(setting.value ->> 0, excluded.value ->> 0), greatest(setting.value ->> 1, excluded.value ->> 1))
""")

_REACH = text("""
SELECT min(published_first) AS first, max(published_last) AS last FROM article_version WHERE source = ANY(:sources)
""")


def read_coverage(connection: Connection, zone: str, expect: Callable[[str], timedelta]) -> tuple[Covered, ...]:
    """Read what was covered: by the worker, day by day, and by backfills, from end to end.

    Args:
        connection: to the history.
        zone: in which a day is a day.
        expect: how long a source may bring nothing new before it counts as silent, by its id.
    """
    rows = connection.execute(_DAYS_READ, {"zone": zone})
    days = _days_with_news(((row.source, row.day, bool(row.brought)) for row in rows), expect)
    archives = (
        Covered(
            source=row.name.removeprefix("covered:"),
            first=date.fromisoformat(row.first),
            last=date.fromisoformat(row.last),
            is_archive=True,
        )
        for row in connection.execute(_ARCHIVES)
    )
    return (*_runs(days), *archives)


def note_archive(connection: Connection, covered: Covered) -> None:
    """Remember that a backfill has read a source's whole past between two days."""
    values = {
        "name": f"covered:{covered.source}",
        "first": covered.first.isoformat(),
        "last": covered.last.isoformat(),
    }
    connection.execute(_NOTE, values)


def _days_with_news(
    days: Iterable[tuple[str, date, bool]], expect: Callable[[str], timedelta]
) -> Iterator[tuple[str, date]]:
    """Yield the days on which a source was no longer silent than it may be; a source's first day is its baseline."""
    current, heard = "", date.min
    for source, day, brought in days:
        if brought or source != current:
            current, heard = source, day
        if day - heard <= expect(source):
            yield source, day


def _runs(days: Iterable[tuple[str, date]]) -> Iterator[Covered]:
    """Join neighbouring days; `days` come by source and in order."""
    run: Covered | None = None
    for source, day in days:
        if run is not None and run.source == source and day - run.last <= timedelta(days=1):
            run = Covered(source=source, first=run.first, last=day)
            continue
        if run is not None:
            yield run
        run = Covered(source=source, first=day, last=day)
    if run is not None:
        yield run


def note_backfill(connection: Connection, backfill: str, sources: Iterable[str]) -> None:
    """Remember that a backfill has read the past of its sources from their first to their last article."""
    row = connection.execute(_REACH, {"sources": sorted(set(sources))}).one()
    if row.first is not None:
        note_archive(connection, Covered(source=f"backfill:{backfill}", first=row.first, last=row.last))
