"""The ledger of backfills: what is to be read, in chunks that any process may claim, each done exactly once.

Rows and done mark are one transaction; a process that dies leaves its chunk to the next, one that was away too long
finds that its claim is gone and writes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from bot.core.model import Recorded, Rejected
from bot.history.codec import clean
from bot.history.rows import document

MAX_ATTEMPTS = 5  # a chunk that ended five workers is broken, not unlucky
BATCH = 5_000  # chunks written in one statement

# Places are found while they are written: where the archives are large, minutes pass between two batches.
_MAY_BE_IDLE = text("SET LOCAL idle_in_transaction_session_timeout = 0")
_OPEN = text("""
INSERT INTO backfill (id, started, arguments) VALUES (:id, :now, CAST(:arguments AS json)) ON CONFLICT DO NOTHING
""")
_ADD_CHUNKS = text("""
INSERT INTO backfill_chunk (backfill, number, place)
SELECT :id, number, place FROM json_to_recordset(:chunks) AS chunk (number integer, place json)
""")
# Until the server knows how many there are, it sorts all that are open for each claim: 78 ms of 100,000, not 0.1.
_COUNT_CHUNKS = text("ANALYZE backfill_chunk")
_FAIL_HOPELESS = text("""
WITH hopeless AS (
  SELECT number FROM backfill_chunk
  WHERE backfill = :id AND state = 'working' AND lease_until < :now AND attempts >= :max_attempts
  FOR UPDATE SKIP LOCKED
)
UPDATE backfill_chunk AS chunk SET
  state = 'failed', last_error = coalesce(last_error, 'each worker that read it died')
FROM hopeless WHERE chunk.backfill = :id AND chunk.number = hopeless.number
""")
_CLAIM = text("""
WITH next AS (
  SELECT number FROM backfill_chunk
  WHERE backfill = :id AND state IN ('waiting', 'working') AND (state = 'waiting' OR lease_until < :now)
  ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE backfill_chunk AS chunk SET
  state = 'working', attempts = attempts + 1, lease_owner = :worker, lease_until = :until
FROM next WHERE chunk.backfill = :id AND chunk.number = next.number
RETURNING chunk.number, chunk.place::text AS place, chunk.attempts
""")
_HELD = "backfill = :id AND number = :number AND state = 'working' AND attempts = :attempts"
# While its rows are written nobody else takes it, however long that takes.
_HOLD = text(f"SELECT true FROM backfill_chunk WHERE {_HELD} FOR UPDATE")  # noqa: S608 - constants only
_RENEW = text(f"UPDATE backfill_chunk SET lease_until = :until WHERE {_HELD}")  # noqa: S608 - constants only
_FINISH = text(f"""
UPDATE backfill_chunk SET state = 'done', done_at = :now, articles = :articles, versions = :versions, known = :known,
  events = :events, rejects = :rejects, last_error = NULL, lease_owner = NULL, lease_until = NULL
WHERE {_HELD}
""")  # noqa: S608 - constants only
_RELEASE = text("UPDATE backfill_chunk SET lease_until = '-infinity' WHERE backfill = :id AND state = 'working'")
_FAIL = text(f"""
UPDATE backfill_chunk SET state = CASE WHEN attempts >= :max_attempts THEN 'failed' ELSE 'waiting' END,
  last_error = :error, lease_owner = NULL, lease_until = NULL
WHERE {_HELD}
""")  # noqa: S608 - constants only
_ADD_REJECTS = text("""
INSERT INTO reject (backfill, chunk, place, reason)
SELECT :id, :number, place, reason FROM json_to_recordset(:rejects) AS reject (place text, reason text)
""")
_PROGRESS = text("""
SELECT count(*) AS chunks, count(*) FILTER (WHERE state = 'done') AS done,
  count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'working') AS working,
  coalesce(sum(articles), 0) AS articles, coalesce(sum(versions), 0) AS versions, coalesce(sum(known), 0) AS known,
  coalesce(sum(events), 0) AS events, coalesce(sum(rejects), 0) AS rejects
FROM backfill_chunk WHERE backfill = :id
""")
_READ = "SELECT id, started, judged, finished, arguments::text AS arguments FROM backfill"
_READ_ONE = text(f"{_READ} WHERE id = :id")
_READ_OPEN = text(f"{_READ} WHERE finished IS NULL ORDER BY started")
_MARK_JUDGED = text("UPDATE backfill SET judged = coalesce(judged, :now) WHERE id = :id")
_MARK_FINISHED = text("UPDATE backfill SET finished = coalesce(finished, :now) WHERE id = :id")
_REOPEN = text("""
UPDATE backfill_chunk SET state = 'waiting', attempts = 0 WHERE backfill = :id AND state = 'failed'
""")
_READ_REJECTS = text("SELECT place, reason FROM reject WHERE backfill = :id ORDER BY chunk, id")
_READ_PLACES = text("SELECT place::text FROM backfill_chunk WHERE backfill = :id ORDER BY number")
_READ_FAILED = text("""
SELECT number, place::text AS place, last_error FROM backfill_chunk
WHERE backfill = :id AND state = 'failed' ORDER BY number
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Backfill:
    """One backfill, as it stands."""

    id: str
    started: datetime
    judged: datetime | None  # None: its alerts are still to be derived
    finished: datetime | None
    arguments: str  # JSON, as the backfill wrote them


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedChunk:
    """A chunk that one worker reads now."""

    backfill: str
    number: int
    place: str  # JSON, as the backfill wrote it
    attempts: int  # claims so far, this one among them; also the fencing token


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedChunk:
    """A chunk that was given up."""

    number: int
    place: str  # JSON
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a backfill is."""

    chunks: int
    done: int
    failed: int
    working: int
    articles: int
    versions: int
    known: int
    events: int
    rejects: int

    @property
    def is_read(self) -> bool:
        """Say whether no chunk is left to read."""
        return self.done + self.failed == self.chunks


class Ledger:
    """The stored ledger; every method is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, backfill: str, arguments: str, places: Iterable[str], now: datetime) -> bool:
        """Write down a backfill with all its chunks; False when it was there already, and nothing is changed.

        Args:
            backfill: its id.
            arguments: JSON, whatever a resumed run needs to know.
            places: JSON for each chunk, whatever its reader needs to know; numbered from 0.
            now: when it starts.
        """
        with self._engine.begin() as connection:
            connection.execute(_MAY_BE_IDLE)
            opened = {"id": backfill, "now": now, "arguments": clean(arguments)}
            if connection.execute(_OPEN, opened).rowcount == 0:
                return False
            numbered = iter(enumerate(places))
            while batch := list(islice(numbered, BATCH)):
                rows = document({"number": number, "place": clean(place).encode()} for number, place in batch)
                connection.execute(_ADD_CHUNKS, {"id": backfill, "chunks": rows})
            connection.execute(_COUNT_CHUNKS)
        return True

    def claim(self, backfill: str, worker: str, now: datetime, lease: timedelta) -> ClaimedChunk | None:
        """Take the next chunk that waits or whose worker went silent; None when there is none to take."""
        with self._engine.begin() as connection:
            connection.execute(_FAIL_HOPELESS, {"id": backfill, "now": now, "max_attempts": MAX_ATTEMPTS})
            parameters = {"id": backfill, "worker": worker, "now": now, "until": now + lease}
            row = connection.execute(_CLAIM, parameters).one_or_none()
        if row is None:
            return None
        return ClaimedChunk(backfill=backfill, number=row.number, place=row.place, attempts=row.attempts)

    def renew(self, claimed: ClaimedChunk, until: datetime) -> bool:
        """Keep a claim for longer; False when it was lost."""
        with self._engine.begin() as connection:
            return connection.execute(_RENEW, {**_key(claimed), "until": until}).rowcount == 1

    def release(self, backfill: str) -> int:
        """Free what workers that are gone had claimed; return how many chunks.

        A worker that is not gone after all finds its claim lost, and writes nothing.
        """
        return self._run(_RELEASE, id=backfill)

    def fail(self, claimed: ClaimedChunk, error: str) -> bool:
        """Give a chunk back with the reason; after `MAX_ATTEMPTS` it is given up. False when the claim was lost."""
        with self._engine.begin() as connection:
            parameters = {**_key(claimed), "error": clean(error), "max_attempts": MAX_ATTEMPTS}
            return connection.execute(_FAIL, parameters).rowcount == 1

    def progress(self, backfill: str) -> Progress:
        """Add up what the chunks say."""
        with self._engine.connect() as connection:
            return Progress(**connection.execute(_PROGRESS, {"id": backfill}).one()._asdict())

    def read(self, backfill: str) -> Backfill | None:
        """Read one backfill."""
        with self._engine.connect() as connection:
            row = connection.execute(_READ_ONE, {"id": backfill}).one_or_none()
        return None if row is None else _backfill(row)

    def unfinished(self) -> list[Backfill]:
        """Read the backfills that did not come to their end, oldest first."""
        with self._engine.connect() as connection:
            return [_backfill(row) for row in connection.execute(_READ_OPEN)]

    def places(self, backfill: str) -> Iterator[str]:
        """Read the places of all chunks, in order."""
        with self._engine.connect() as connection:
            rows = connection.execute(_READ_PLACES, {"id": backfill}, execution_options={"yield_per": BATCH})
            yield from rows.scalars()

    def mark_judged(self, backfill: str, now: datetime) -> None:
        """Note that the alerts of a backfill are derived."""
        self._run(_MARK_JUDGED, id=backfill, now=now)

    def mark_finished(self, backfill: str, now: datetime) -> None:
        """Note that nothing is left to do."""
        self._run(_MARK_FINISHED, id=backfill, now=now)

    def reopen_failed(self, backfill: str) -> int:
        """Let the chunks that were given up be tried again; return how many."""
        return self._run(_REOPEN, id=backfill)

    def rejects(self, backfill: str) -> Iterator[Rejected]:
        """Read what could not be read as an article, in order."""
        with self._engine.connect() as connection:
            rows = connection.execute(_READ_REJECTS, {"id": backfill}, execution_options={"yield_per": BATCH})
            for row in rows:
                yield Rejected(place=row.place, reason=row.reason)

    def failed(self, backfill: str) -> list[FailedChunk]:
        """Read the chunks that were given up."""
        with self._engine.connect() as connection:
            rows = connection.execute(_READ_FAILED, {"id": backfill})
            return [FailedChunk(number=row.number, place=row.place, error=row.last_error or "") for row in rows]

    def _run(self, statement: Any, **values: object) -> int:  # noqa: ANN401 - SQLAlchemy's own type
        with self._engine.begin() as connection:
            return connection.execute(statement, values).rowcount


def hold_chunk(connection: Connection, claimed: ClaimedChunk) -> bool:
    """Keep a chunk from others until the transaction that writes its rows has ended; False when the claim was lost."""
    return connection.scalar(_HOLD, _key(claimed)) is True


def finish_chunk(
    connection: Connection, claimed: ClaimedChunk, recorded: Recorded, rejected: Sequence[Rejected], now: datetime
) -> bool:
    """Mark a chunk as done inside the transaction that wrote its rows; False when the claim was lost: roll back."""
    counts = {
        "articles": recorded.articles,
        "versions": recorded.versions,
        "known": recorded.known,
        "events": recorded.events,
        "rejects": len(rejected),
    }
    if connection.execute(_FINISH, {**_key(claimed), **counts, "now": now}).rowcount == 0:
        return False
    if rejected:
        rows = document({"place": one.place, "reason": one.reason} for one in rejected)
        where = {"id": claimed.backfill, "number": claimed.number}
        connection.execute(_ADD_REJECTS, {**where, "rejects": rows})
    return True


def _key(claimed: ClaimedChunk) -> dict[str, object]:
    return {"id": claimed.backfill, "number": claimed.number, "attempts": claimed.attempts}


def _backfill(row: Row[Any]) -> Backfill:
    return Backfill(id=row.id, started=row.started, judged=row.judged, finished=row.finished, arguments=row.arguments)
