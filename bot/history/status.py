"""What the bot is doing and what waits: the answer of `bot status` and of the health page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.history.leases import READ_WORKERS, Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceState:
    """A source, as it stands."""

    id: str
    condition: str
    note: str
    next_attempt: datetime | None
    last_ok: datetime | None
    last_new_article: datetime | None
    failures: float
    read_by: str | None  # the worker that reads it now


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueState:
    """The deliveries of one channel."""

    channel: str
    count_by_state: Mapping[str, int]
    oldest_waiting: datetime | None  # when the longest waiting was stored
    blocked_code: str | None
    blocked_note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BackfillState:
    """A backfill that did not come to its end."""

    id: str
    started: datetime
    chunks: int
    done: int
    failed: int
    claimed_by: tuple[str, ...]  # the processes that read a chunk of it, as far as their claims say
    claimed_until: datetime | None  # when the last of these claims runs out
    is_judged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Hung:
    """A worker that ended itself because threads of it hung."""

    worker: str
    jobs: tuple[str, ...]  # what they were at
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """Everything at one moment."""

    workers: tuple[Worker, ...]
    sources: tuple[SourceState, ...]
    queues: tuple[QueueState, ...]
    backfills: tuple[BackfillState, ...]  # unfinished ones
    unjudged_chunks: int  # written, and no judge has seen them
    unjudged_since: datetime | None
    judged_until: datetime | None
    counts: Mapping[str, int]  # articles, versions, events, alerts, reviews
    last_hung: Hung | None


_SOURCES = text("""
SELECT id, condition, note, next_attempt, last_ok, last_new_article, failures, lease_owner AS read_by
FROM source ORDER BY id
""")
_QUEUES = text("""
SELECT name AS channel, blocked_code, blocked_note, coalesce(queue.count_by_state, '{}'::json) AS count_by_state,
  queue.oldest_waiting
FROM channel LEFT JOIN (
  SELECT channel, json_object_agg(state, rows) AS count_by_state,
    min(oldest) FILTER (WHERE state <> 'sent') AS oldest_waiting
  FROM (
    SELECT channel, state, count(*) AS rows, min(stored_at) AS oldest FROM delivery GROUP BY channel, state
  ) AS each
  GROUP BY channel
) AS queue ON queue.channel = channel.name
ORDER BY name
""")
_BACKFILLS = text("""
SELECT backfill.id, started, judged IS NOT NULL AS is_judged, count(number) AS chunks,
  count(number) FILTER (WHERE state = 'done') AS done, count(number) FILTER (WHERE state = 'failed') AS failed,
  coalesce(array_agg(DISTINCT lease_owner) FILTER (WHERE state = 'working'), '{}') AS claimed_by,
  max(lease_until) FILTER (WHERE state = 'working' AND lease_until > '-infinity') AS claimed_until
FROM backfill LEFT JOIN backfill_chunk ON backfill_chunk.backfill = backfill.id
WHERE finished IS NULL GROUP BY backfill.id ORDER BY started
""")
_UNJUDGED = text("SELECT count(*) AS chunks, min(since) AS since FROM unjudged")
_JUDGED_UNTIL = text("SELECT (value #>> '{}')::timestamptz FROM setting WHERE name = 'judged_until'")
_COUNTS = text("""
SELECT (SELECT count(*) FROM article) AS articles, (SELECT count(*) FROM article_version) AS versions,
  (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM alert WHERE outcome = 'alert') AS alerts,
  (SELECT count(*) FROM alert WHERE outcome = 'review') AS reviews
""")
_READ_SETTING = text("SELECT value::text FROM setting WHERE name = :name")
_WRITE_SETTING = text("""
INSERT INTO setting (name, value) VALUES (:name, CAST(:value AS json))
ON CONFLICT (name) DO UPDATE SET value = excluded.value
""")


def read_status(connection: Connection) -> Status:
    """Read everything at one moment."""
    unjudged = connection.execute(_UNJUDGED).one()
    return Status(
        workers=tuple(Worker(**row._asdict()) for row in connection.execute(READ_WORKERS)),
        sources=tuple(SourceState(**row._asdict()) for row in connection.execute(_SOURCES)),
        queues=tuple(QueueState(**row._asdict()) for row in connection.execute(_QUEUES)),
        backfills=tuple(_backfill(row) for row in connection.execute(_BACKFILLS)),
        unjudged_chunks=unjudged.chunks,
        unjudged_since=unjudged.since,
        judged_until=connection.scalar(_JUDGED_UNTIL),
        counts=connection.execute(_COUNTS).one()._asdict(),
        last_hung=_last_hung(connection),
    )


def _last_hung(connection: Connection) -> Hung | None:
    noted = read_setting(connection, "last_hung")
    if noted is None:
        return None
    return Hung(worker=noted["worker"], jobs=tuple(noted["jobs"]), at=datetime.fromisoformat(noted["at"]))


def _backfill(row: Row[Any]) -> BackfillState:
    return BackfillState(**{**row._asdict(), "claimed_by": tuple(row.claimed_by)})


def read_setting(connection: Connection, name: str) -> Any:  # noqa: ANN401 - whatever was written, as JSON reads it
    """Read what `write_setting` wrote, None where nothing was."""
    written = connection.scalar(_READ_SETTING, {"name": name})
    return None if written is None else json.loads(written)


def write_setting(connection: Connection, name: str, value: object) -> None:
    """Remember a small value that JSON can hold."""
    connection.execute(_WRITE_SETTING, {"name": name, "value": json.dumps(value)})
