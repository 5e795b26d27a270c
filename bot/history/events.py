"""Reads stored events back: whole for judging, one by one for streaming."""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, text

from bot.core.model import Event, Masthead, Wanted
from bot.history.codec import decode_article, decode_event
from bot.history.copying import read_origins

if TYPE_CHECKING:
    import psycopg

CURSOR_ROWS = 2_000  # rows fetched at a time: a few megabytes

_COUNT_ABOUT = text("SELECT reltuples FROM pg_class WHERE oid = CAST('event' AS regclass)")

_IN_ORDER = attrgetter("learned", "start", "id", "article")  # as rules take them; what has one id has one start


# The same words under two addresses are one event, told when they were learned first, as `load_events` gives them: what
# later ones told is taken off, which an index tells without looking at every event.
_READ_DAYS_TOLD = text("""
WITH again AS (
  SELECT organisation, CAST(learned AT TIME ZONE :zone AS date) AS day, count(*) AS events FROM (
    SELECT organisation, learned, row_number() OVER (PARTITION BY id ORDER BY learned, article) AS place FROM event
    WHERE id IN (SELECT id FROM event GROUP BY id HAVING count(*) > 1)
  ) AS told WHERE place > 1 GROUP BY organisation, day
), spoken AS (
  SELECT organisation, CAST(learned AT TIME ZONE :zone AS date) AS day, count(*) AS events FROM event
  WHERE organisation IS NOT NULL GROUP BY organisation, day
)
SELECT spoken.organisation, spoken.day FROM spoken LEFT JOIN again USING (organisation, day)
WHERE spoken.events > coalesce(again.events, 0) ORDER BY spoken.organisation, spoken.day
""")
_COUNT_BY_TYPE = text("SELECT type, count(*) AS events FROM event GROUP BY type ORDER BY type")
_LEARNED_ON = "CAST(event.learned AT TIME ZONE 'UTC' AS date)"


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events to read; None is all."""

    types: frozenset[str] | None = None
    organisations: frozenset[str] | None = None  # ids; events about nobody in particular always come along
    since: date | None = None  # first day on which it may have happened, or was learned where no day is known
    until: date | None = None  # last day, inclusive


def count_about(connection: Connection) -> int:
    """Return how many events are stored, as the server last estimated: at once, however many they are."""
    return int(connection.scalar(_COUNT_ABOUT) or 0)


def stream_events(connection: Connection, chosen: EventFilter) -> Iterator[Event]:
    """Read events through a cursor on the server, in no order; retracted ones come with their moment."""
    conditions, parameters = _conditions(chosen)
    query = text(f"SELECT payload::text, retracted FROM event WHERE {conditions}")  # noqa: S608 - constants only
    rows = connection.execute(query, parameters, execution_options={"yield_per": CURSOR_ROWS})
    for payload, retracted in rows:
        yield decode_event(payload, retracted)


def load_events(connection: Connection, wanted: Wanted) -> list[Event]:
    """Read every event that a judgement wants, in order of learning.

    The same words under two addresses are one event: it is given once, as it was learned first, and it is retracted
    only when no article says it any more. What a copy tells names the first article of its group as its origin.
    """
    conditions, parameters = _conditions(EventFilter(types=wanted.types, organisations=wanted.organisations))
    for name in parameters:
        conditions = conditions.replace(f":{name}", f"%({name})s")
    query = f"SELECT payload::text, retracted FROM event WHERE {conditions}"  # noqa: S608 - constants only
    rows = _copied(connection, query, parameters, ("bytea", "timestamptz"))
    with without_collector():
        decoded = [decode_event(payload, retracted) for payload, retracted in rows]
        decoded.sort(key=_IN_ORDER)
        told: dict[str, Event] = {}
        for event in decoded:
            first = told.setdefault(event.id, event)
            if first is not event and _outlasts(event, first):
                told[event.id] = replace(first, retracted=event.retracted)
        origins = read_origins(connection)
        return [_with_origin(event, origins) for event in told.values()] if origins else list(told.values())


def _with_origin(event: Event, origins: Mapping[str, str]) -> Event:
    origin = origins.get(event.article)
    return event if origin is None else replace(event, origin=origin)


def _outlasts(event: Event, other: Event) -> bool:
    if other.retracted is None:
        return False
    return event.retracted is None or event.retracted > other.retracted


def read_days_told(connection: Connection, zone: str) -> dict[str, tuple[date, ...]]:
    """Read the local days on which each organisation was spoken of, in order."""
    days: dict[str, list[date]] = {}
    for row in connection.execute(_READ_DAYS_TOLD, {"zone": zone}):
        days.setdefault(row.organisation, []).append(row.day)
    return {organisation: tuple(found) for organisation, found in days.items()}


def count_by_type(connection: Connection) -> dict[str, int]:
    """Count the stored events of each type."""
    return {row.type: row.events for row in connection.execute(_COUNT_BY_TYPE)}


def load_mastheads(connection: Connection, articles: Collection[str]) -> Mapping[str, Masthead]:
    """Read what citations say of articles, by their keys."""
    query = """
        SELECT version.article, version.payload::text FROM unnest(CAST(%(articles)s AS text[])) AS told (key)
        JOIN article ON article.key = told.key
        JOIN article_version AS version ON version.article = article.key AND version.text_sha = article.text_sha
    """
    with without_collector():
        return Mastheads(dict(_copied(connection, query, {"articles": list(articles)}, ("text", "bytea"))))


class Mastheads(Mapping[str, Masthead]):
    """Mastheads by article, made when they are asked for: of a million articles a few are cited."""

    def __init__(self, payload_by_key: Mapping[str, bytes]) -> None:
        self._payload_by_key = payload_by_key

    def __getitem__(self, key: str) -> Masthead:
        article = decode_article(self._payload_by_key[key], "")
        return Masthead(
            key=key,
            title=article.title,
            publisher=article.publisher,
            published=article.published,
            url=article.url,
            path=article.path,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._payload_by_key)

    def __len__(self) -> int:
        return len(self._payload_by_key)


def _copied(
    connection: Connection, query: str, parameters: Mapping[str, Any], types: Sequence[str]
) -> Iterator[tuple[Any, Any]]:
    """Read rows by COPY, which runs ahead in the server while rows are decoded here: a third less of our time."""
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", parameters) as copy:
        copy.set_types(types)
        yield from copy.rows()


def _conditions(chosen: EventFilter) -> tuple[str, dict[str, Any]]:
    conditions = ["true"]
    if chosen.types is not None:
        conditions.append("event.type = ANY(:types)")
    if chosen.organisations is not None:
        conditions.append("(event.organisation = ANY(:organisations) OR event.organisation IS NULL)")
    if chosen.since is not None:
        conditions.append(f"coalesce(event.happened_last, {_LEARNED_ON}) >= :since")
    if chosen.until is not None:
        conditions.append(f"coalesce(event.happened_first, {_LEARNED_ON}) <= :until")
    parameters = {
        "types": sorted(chosen.types or ()),
        "organisations": sorted(chosen.organisations or ()),
        "since": chosen.since,
        "until": chosen.until,
    }
    return " AND ".join(conditions), {
        name: value for name, value in parameters.items() if f":{name}" in " ".join(conditions)
    }


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python's cycle collector from walking a million new values again and again; none of them is a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
