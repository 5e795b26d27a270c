"""Reads stored events back: whole for judging, one by one for streaming."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.core.model import Event, Masthead, Wanted
from bot.history.codec import decode_event, decode_when

CURSOR_ROWS = 2_000  # rows fetched at a time: a few megabytes

_IN_ORDER = attrgetter("learned", "article", "id")


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events to read; None is all."""

    types: frozenset[str] | None = None
    organisations: frozenset[str] | None = None  # ids; events about nobody in particular always come along
    since: date | None = None  # first day that may have happened
    until: date | None = None  # last day, inclusive


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
    only when no article says it any more.
    """
    chosen = EventFilter(types=wanted.types, organisations=wanted.organisations)
    with _without_collector():
        told: dict[str, Event] = {}
        for event in sorted(stream_events(connection, chosen), key=_IN_ORDER):
            first = told.setdefault(event.id, event)
            if first is not event and _outlasts(event, first):
                told[event.id] = replace(first, retracted=event.retracted)
        return list(told.values())


def _outlasts(event: Event, other: Event) -> bool:
    if other.retracted is None:
        return False
    return event.retracted is None or event.retracted > other.retracted


def load_mastheads(connection: Connection, wanted: Wanted) -> Mapping[str, Masthead]:
    """Read what citations say of the articles that the wanted events come from."""
    conditions, parameters = _conditions(EventFilter(types=wanted.types, organisations=wanted.organisations))
    query = text(f"""
        SELECT article.key, version.title, version.publisher, version.payload ->> 'published' AS published,
          version.url, version.path
        FROM article JOIN article_version AS version
          ON version.article = article.key AND version.text_sha = article.text_sha
        WHERE EXISTS (SELECT FROM event WHERE event.article = article.key AND {conditions})
    """)  # noqa: S608 - constants only
    rows = connection.execute(query, parameters, execution_options={"yield_per": CURSOR_ROWS})
    with _without_collector():
        return Mastheads({row[0]: row for row in rows})


class Mastheads(Mapping[str, Masthead]):
    """Mastheads by article, made when they are asked for: of a million articles a few are cited."""

    def __init__(self, row_by_key: Mapping[str, Row[Any]]) -> None:
        self._row_by_key = row_by_key

    def __getitem__(self, key: str) -> Masthead:
        row = self._row_by_key[key]
        return Masthead(
            key=key,
            title=row.title,
            publisher=row.publisher,
            published=decode_when(row.published) if row.published else None,
            url=row.url,
            path=row.path,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._row_by_key)

    def __len__(self) -> int:
        return len(self._row_by_key)


def _conditions(chosen: EventFilter) -> tuple[str, dict[str, Any]]:
    conditions = ["true"]
    if chosen.types is not None:
        conditions.append("event.type = ANY(:types)")
    if chosen.organisations is not None:
        conditions.append("(event.organisation = ANY(:organisations) OR event.organisation IS NULL)")
    if chosen.since is not None:
        conditions.append("event.happened_last >= :since")
    if chosen.until is not None:
        conditions.append("event.happened_first <= :until")
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
def _without_collector() -> Iterator[None]:
    """Keep Python's cycle collector from walking a million new values again and again; none of them is a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
