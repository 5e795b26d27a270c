"""On which days each source was read: what an absence may be claimed of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """A source was read on each of these days."""

    source: str
    first: date
    last: date  # inclusive


_DAYS_READ = text("""
SELECT DISTINCT source, CAST(at AT TIME ZONE :zone AS date) AS day FROM fetch_log
WHERE outcome IN ('ok', 'unchanged') ORDER BY source, day
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


def read_coverage(connection: Connection, zone: str) -> tuple[Covered, ...]:
    """Read what was covered: by the worker, day by day in `zone`, and by backfills, from end to end."""
    days = ((row.source, row.day) for row in connection.execute(_DAYS_READ, {"zone": zone}))
    archives = (
        Covered(
            source=row.name.removeprefix("covered:"),
            first=date.fromisoformat(row.first),
            last=date.fromisoformat(row.last),
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
