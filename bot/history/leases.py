"""Who does what: the worker that leads the schedule, the workers that live, the sources that one of them reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import Connection, Engine, text

from bot.core.model import Delivery
from bot.history.alerts import write_deliveries
from bot.history.codec import clean
from bot.history.database import LEADER_LOCK, libpq_address, own_name


class Leadership:
    """The right to run the schedule, held by one worker of a database as long as its connection lives.

    The lock lives in a connection of its own that no pool may hand to others or keep open.
    """

    def __init__(self, engine: Engine) -> None:
        self._address = libpq_address(engine.url)
        self._connection: psycopg.Connection | None = None

    def holds(self) -> bool:
        """Take the lead if it is free, or make sure that it is still held; ask before each run of the schedule."""
        try:
            if self._connection is None:
                return self._take()
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let another worker lead."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _take(self) -> bool:
        connection = psycopg.connect(
            self._address,
            autocommit=True,
            application_name=own_name(),
            # A leader whose network is gone notices within seconds, and the server frees its lock as fast. One that
            # hangs keeps both until another worker ends its connections (Workers.bury).
            options="-c statement_timeout=5s "
            "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)).fetchone()
        if row is None or not row[0]:
            connection.close()
            return False
        self._connection = connection
        return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A process that serves."""

    id: str
    host: str
    pid: int
    started: datetime
    leads: bool = False
    doing: str = ""  # the unit in hand, "" for none
    heartbeat: datetime | None = None  # last sign of life, by the database's clock


_BEAT = text("""
INSERT INTO worker (id, host, pid, started, heartbeat, leads, doing)
VALUES (:id, :host, :pid, :started, clock_timestamp(), :leads, :doing)
ON CONFLICT (id) DO UPDATE SET heartbeat = excluded.heartbeat, leads = excluded.leads, doing = excluded.doing
""")
_LEAVE = text("DELETE FROM worker WHERE id = ANY(:ids)")
_SILENT = text("SELECT id FROM worker WHERE heartbeat < clock_timestamp() - CAST(:silent AS interval) ORDER BY id")
# A process that was started since may have the same number and machine, as in a container: it keeps its connections.
_DISCONNECT = text("""
SELECT pg_terminate_backend(session.pid, 1000) FROM worker JOIN pg_stat_activity AS session
  ON session.application_name = left(format('bot %s %s', worker.pid, worker.host), 63)
WHERE worker.id = ANY(:ids) AND NOT EXISTS (
    SELECT FROM worker AS living
    WHERE living.pid = worker.pid AND living.host = worker.host AND living.id <> ALL(:ids)
  ) AND session.datname = current_database() AND session.usename = current_user AND session.pid <> pg_backend_pid()
""")
# What a worker had in hand is free again; whoever takes it next finds the claim as it was and looks before repeating.
_RELEASE = (
    text("UPDATE delivery SET lease_until = '-infinity' WHERE lease_owner = ANY(:ids) AND state = 'sending'"),
    text("UPDATE source SET lease_until = '-infinity' WHERE lease_owner = ANY(:ids)"),
    text("UPDATE backfill_chunk SET lease_until = '-infinity' WHERE lease_owner = ANY(:ids) AND state = 'working'"),
)
_NOTE_HUNG = text("""
INSERT INTO setting (name, value)
VALUES ('last_hung', json_build_object('worker', CAST(:worker AS text), 'jobs', CAST(:jobs AS text[]), 'at', now()))
ON CONFLICT (name) DO UPDATE SET value = excluded.value
""")
READ_WORKERS = text("SELECT id, host, pid, started, leads, doing, heartbeat FROM worker ORDER BY started, id")


class Workers:
    """The register of workers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def beat(self, worker: Worker) -> None:
        """Give a sign of life."""
        values = {
            "id": worker.id,
            "host": worker.host,
            "pid": worker.pid,
            "started": worker.started,
            "leads": worker.leads,
            "doing": clean(worker.doing),
        }
        with self._engine.begin() as connection:
            connection.execute(_BEAT, values)

    def leave(self, worker: str) -> None:
        """Take a worker that stops, or is known to be dead, out of the register, and free what it had in hand."""
        with self._engine.begin() as connection:
            _take_out(connection, [worker])

    def bury(self, silent: timedelta) -> Sequence[str]:
        """Take out the workers that gave no sign for so long, as `leave` does, and end their connections.

        With its connections a hung worker loses the lead, the judges' lock and whatever else it holds in a transaction;
        should it wake, it finds them gone and its claims lost.

        Returns:
            Who was taken out.
        """
        with self._engine.begin() as connection:
            gone = list(connection.scalars(_SILENT, {"silent": silent}))
            connection.execute(_DISCONNECT, {"ids": gone})
            _take_out(connection, gone)
        return gone

    def give_up(self, worker: str, jobs: Sequence[str]) -> None:
        """Take out a worker of this process whose threads hang: end its other connections, free what it had in hand.

        Args:
            worker: its id.
            jobs: what its threads were at, for whoever asks for the status.
        """
        with self._engine.begin() as connection:
            connection.execute(_DISCONNECT, {"ids": [worker]})
            _take_out(connection, [worker])
            connection.execute(_NOTE_HUNG, {"worker": worker, "jobs": list(jobs)})

    def living(self) -> list[Worker]:
        """Read the register, oldest first."""
        with self._engine.connect() as connection:
            return [Worker(**row._asdict()) for row in connection.execute(READ_WORKERS)]


def _take_out(connection: Connection, ids: list[str]) -> None:
    for statement in (*_RELEASE, _LEAVE):
        connection.execute(statement, {"ids": ids})


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedSource:
    """A source that one worker reads now, with what is remembered of it."""

    id: str
    token: int  # fencing: grows with every claim
    memory: str  # JSON: validators and whatever else the reader keeps between reads
    failures: float  # in a row, fractional
    condition: str  # as the last reading left it
    note: str
    next_attempt: datetime | None  # when it was due; None: at once
    first_read: datetime | None  # None: this is the baseline
    last_attempt: datetime | None  # before this one
    last_ok: datetime | None
    last_new_article: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What came of reading a source once."""

    outcome: str  # "ok", "unchanged", or the kind of failure
    condition: str  # of the source, in words: "healthy", "quiet", "failing", "blocked", …
    next_attempt: datetime
    memory: str = "{}"  # JSON
    failures: float = 0.0
    note: str = ""
    articles_seen: int = 0
    articles_new: int = 0
    wire_bytes: int = 0
    seconds: float = 0.0

    @property
    def is_ok(self) -> bool:
        """Say whether the source answered."""
        return self.outcome in ("ok", "unchanged")


_REGISTER = text("INSERT INTO source (id) SELECT unnest(CAST(:ids AS text[])) ON CONFLICT DO NOTHING")
_CLAIM_SOURCES = text("""
WITH due AS (
  SELECT id, last_attempt FROM source
  WHERE id = ANY(:ids) AND coalesce(next_attempt <= :now, true) AND coalesce(lease_until < :now, true)
  ORDER BY next_attempt NULLS FIRST, id LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE source SET lease_owner = :worker, lease_until = :until, lease_token = lease_token + 1, last_attempt = :now
FROM due WHERE source.id = due.id
RETURNING source.id, lease_token AS token, memory::text AS memory, failures, condition, note, next_attempt, first_read,
  due.last_attempt, last_ok, last_new_article
""")
_FINISH_SOURCE = text("""
UPDATE source SET lease_owner = NULL, lease_until = NULL, next_attempt = :next_attempt, condition = :condition,
  note = :note, memory = CAST(:memory AS json), failures = :failures,
  first_read = CASE WHEN :is_ok THEN coalesce(first_read, :now) ELSE first_read END,
  last_ok = CASE WHEN :is_ok THEN :now ELSE last_ok END,
  last_new_article = CASE WHEN :articles_new > 0 THEN :now ELSE last_new_article END
WHERE id = :id AND lease_token = :token AND lease_owner IS NOT NULL
""")
# A reading that gave nothing new is one line a hour, however often it is made: a folder is looked at every second.
_LOG_FETCH = text("""
INSERT INTO fetch_log (source, at, outcome, note, articles_seen, articles_new, wire_bytes, seconds)
SELECT :id, :now, :outcome, :note, :articles_seen, :articles_new, :wire_bytes, :seconds
WHERE :articles_new > 0 OR NOT :is_ok OR NOT EXISTS (
  SELECT FROM fetch_log WHERE source = :id AND at > CAST(:now AS timestamptz) - interval '1 hour'
    AND date_trunc('hour', at) = date_trunc('hour', CAST(:now AS timestamptz))
    AND outcome IN ('ok', 'unchanged') AND articles_new = 0
)
""")
_READ_DUE_NOW = text("UPDATE source SET next_attempt = NULL WHERE id = ANY(:ids)")


class Sources:
    """The register of sources: which is due, who reads it, what came of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def register(self, ids: Iterable[str]) -> None:
        """Make sources known; a new one is due at once."""
        with self._engine.begin() as connection:
            connection.execute(_REGISTER, {"ids": sorted(set(ids))})

    def claim(
        self, ids: Iterable[str], worker: str, now: datetime, lease: timedelta, limit: int = 20
    ) -> Sequence[ClaimedSource]:
        """Take the sources among `ids` that are due and that nobody reads, longest due first."""
        parameters = {"ids": sorted(set(ids)), "worker": worker, "now": now, "until": now + lease, "limit": limit}
        with self._engine.begin() as connection:
            return [ClaimedSource(**row._asdict()) for row in connection.execute(_CLAIM_SOURCES, parameters)]

    def finish(self, claimed: ClaimedSource, reading: Reading, now: datetime, tell: Sequence[Delivery] = ()) -> bool:
        """Note what came of a reading, when the next is due, and what operators are told of it, in one transaction.

        Returns:
            False when the claim was lost meanwhile: nothing is noted then, and nobody told.
        """
        values = {
            "id": claimed.id,
            "token": claimed.token,
            "now": now,
            "is_ok": reading.is_ok,
            "outcome": reading.outcome,
            "condition": reading.condition,
            "next_attempt": reading.next_attempt,
            "memory": clean(reading.memory),
            "failures": reading.failures,
            "note": clean(reading.note),
            "articles_seen": reading.articles_seen,
            "articles_new": reading.articles_new,
            "wire_bytes": reading.wire_bytes,
            "seconds": reading.seconds,
        }
        with self._engine.begin() as connection:
            held = connection.execute(_FINISH_SOURCE, values).rowcount == 1
            if held:
                connection.execute(_LOG_FETCH, values)
                write_deliveries(connection, tell)
        return held

    def make_due(self, ids: Iterable[str]) -> None:
        """Let sources be read at the next chance."""
        with self._engine.begin() as connection:
            connection.execute(_READ_DUE_NOW, {"ids": sorted(set(ids))})
