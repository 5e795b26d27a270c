"""The stored past: what was read is recorded with all that follows from it, in one transaction."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine, text

from bot.core.model import Alert, Assessed, Change, Delivery, Recorded, Rejected, Wanted
from bot.history.alerts import Given, Plan, Told, write_alerts, write_deliveries
from bot.history.articles import Written, write_articles
from bot.history.copying import Regrouped, is_settled, settle_copies, settle_slice
from bot.history.database import wait_for_judges
from bot.history.forgetting import Forgotten, Order, forget_before, trim_fetch_log
from bot.history.judging import Division, Judge, judge_divided, judge_here
from bot.history.ledger import ClaimedChunk, finish_chunk, hold_chunk

Bundle = Callable[[Sequence[tuple[Alert, Change]]], Sequence[Delivery]]
JudgeAt = Callable[[datetime], Judge]
"""From the moment as of which to judge to the judge that knows what was learned up to it."""

EVERYTHING = Wanted()

_MARK_UNJUDGED = text("INSERT INTO unjudged (events) VALUES (:events)")
_READ_UNJUDGED = text("SELECT id FROM unjudged")
_CLEAR_UNJUDGED = text("DELETE FROM unjudged WHERE id = ANY(:ids)")
_REMEMBER_UNTIL = text("""
INSERT INTO setting (name, value) VALUES ('judged_until', to_json(CAST(:until AS timestamptz)))
ON CONFLICT (name) DO UPDATE SET value =
  to_json(greatest((setting.value #>> '{}')::timestamptz, (excluded.value #>> '{}')::timestamptz))
""")
_READ_JUDGED_UNTIL = text("SELECT (value #>> '{}')::timestamptz FROM setting WHERE name = 'judged_until'")
_READ_NEWEST = text("""
SELECT greatest(
  (SELECT max(learned) FROM article_version),
  (SELECT (value #>> '{}')::timestamptz FROM setting WHERE name = 'judged_until')
)
""")


class Store:
    """A history in PostgreSQL; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self,
        assessed: Sequence[Assessed],
        judge: Judge | None,
        plan: Plan | None,
        wanted: Wanted = EVERYTHING,
        *,
        until: datetime | None = None,
        narrowed: tuple[Judge, Wanted] | None = None,
    ) -> Recorded:
        """Write articles, events, alerts and deliveries in one transaction (see `pipeline.History`)."""
        with self._engine.begin() as connection:
            written = write_articles(connection, assessed)
            if judge is None or not written.matters:
                mark_unjudged(connection, written)
                return recorded(written, Told())
            marks = _take_judges_lock(connection)
            if _is_stale(connection, until):
                mark_unjudged(connection, written)
                return recorded(written, Told())
            regrouped = settle_copies(connection)
            if narrowed is not None and _only_adds(written, regrouped, assessed):
                judge, wanted = narrowed
            else:
                wanted = _widened(wanted, written.retracted_organisations | regrouped.organisations)
            return recorded(written, _judge(connection, judge, plan, wanted, until=until, marks=marks))

    def record_chunk(
        self, claimed: ClaimedChunk, assessed: Sequence[Assessed], rejected: Sequence[Rejected], now: datetime
    ) -> Recorded | None:
        """Write a backfill's chunk and its done mark in one transaction; None when the claim was lost meanwhile."""
        with self._engine.begin() as connection:
            if not hold_chunk(connection, claimed):
                return None
            written = write_articles(connection, assessed)
            mark_unjudged(connection, written)
            finish_chunk(connection, claimed, recorded(written, Told()), rejected, now)
        return recorded(written, Told())

    def rejudge(
        self,
        judge_at: JudgeAt,
        plan: Plan | None,
        wanted: Wanted = EVERYTHING,
        *,
        now: datetime | None = None,
        bundle: Bundle | None = None,
        division: Division | None = None,
    ) -> Recorded:
        """Judge what is stored in one transaction (see `pipeline.History`).

        Args:
            judge_at: gives the judge.
            plan: as `record` takes it.
            wanted: as `record` takes it.
            now: the moment it is.
            bundle: makes messages of all changes together, written in the same transaction.
            division: shares a judgement of everything out among processes, where no copies are left to be found.
        """
        with self._engine.begin() as connection:
            marks = _take_judges_lock(connection)
            until = _no_earlier_than_known(connection, now)
            if until is None:
                return Recorded()
            if division is not None and wanted == EVERYTHING and is_settled(connection):
                given = judge_divided(connection, division, until)
                told = _write(connection, given, plan, wanted, until=until, marks=marks)
            else:
                wanted = _widened(wanted, settle_copies(connection).organisations)
                told = _judge(connection, judge_at(until), plan, wanted, until=until, marks=marks)
            if bundle is not None:
                write_deliveries(connection, bundle(told.changes))
            return recorded(Written(), told)

    def settle(self) -> None:
        """Find the copies among what was written, some months in each transaction, so that a judge need not.

        What is regrouped is marked as not judged; other judges may come in between.
        """
        is_left = True
        while is_left:
            with self._engine.begin() as connection:
                _take_judges_lock(connection)
                is_left, regrouped = settle_slice(connection)
                if regrouped.organisations:
                    connection.execute(_MARK_UNJUDGED, {"events": 0})

    def retain(self, before: date, order: Order, judge_at: JudgeAt) -> Forgotten:
        """Forget what came out before a day and judge what is left, in one transaction; nobody is told of it."""
        with self._engine.begin() as connection:
            marks = _take_judges_lock(connection)
            until = _no_earlier_than_known(connection, order.now) or order.now
            forgotten = forget_before(connection, before, order)
            if forgotten.articles:
                marks = [*marks, *_marks(connection)]
                settle_copies(connection)
                _judge(connection, judge_at(until), None, EVERYTHING, until=until, marks=marks)
        return forgotten

    def trim_readings(self, before: datetime, zone: str) -> int:
        """Drop single readings of sources before a moment, but for one witness of each local day."""
        with self._engine.begin() as connection:
            return trim_fetch_log(connection, before, zone)

    def is_judged(self) -> bool:
        """Say whether every stored event was judged."""
        with self._engine.connect() as connection:
            return connection.scalar(text("SELECT NOT EXISTS (SELECT FROM unjudged)")) is True

    def newest(self) -> datetime | None:
        """Return the last moment the history knows (see `pipeline.History`)."""
        with self._engine.connect() as connection:
            return _newest(connection)


def mark_unjudged(connection: Connection, written: Written) -> None:
    """Leave a mark that outlives this program when something was written that a judge has not seen."""
    if written.matters:
        connection.execute(_MARK_UNJUDGED, {"events": written.events})


def _only_adds(written: Written, regrouped: Regrouped, assessed: Sequence[Assessed]) -> bool:
    """Say whether events came, and nothing that was known before was taken back, changed or held for a copy."""
    if written.versions or written.retracted_organisations:
        return False
    return regrouped.articles <= {each.article.key for each in assessed}


def _widened(wanted: Wanted, organisations: frozenset[str]) -> Wanted:
    """Add whom retracted events and regrouped articles are about: their alerts may not stand any more."""
    if wanted.organisations is None:
        return wanted
    return Wanted(types=wanted.types, organisations=wanted.organisations | organisations, rules=wanted.rules)


def _is_stale(connection: Connection, until: datetime | None) -> bool:
    """Say whether another judge, on a later clock, knew more already: this one would take back what that one told."""
    known: datetime | None = connection.scalar(_READ_JUDGED_UNTIL)
    return until is not None and known is not None and until < known


def _newest(connection: Connection) -> datetime | None:
    newest: datetime | None = connection.scalar(_READ_NEWEST)
    return newest


def _no_earlier_than_known(connection: Connection, now: datetime | None) -> datetime | None:
    """Return now, or the last moment the history knows where that is later: asked for under the judges' lock.

    While this judge waited for the lock another one, on a later clock, may have judged; as of an earlier moment this
    one would take back what that one told.
    """
    known = _newest(connection)
    return max(now, known) if now and known else now or known


def _judge(
    connection: Connection,
    judge: Judge,
    plan: Plan | None,
    wanted: Wanted,
    *,
    until: datetime | None,
    marks: Sequence[int],
) -> Told:
    return _write(connection, judge_here(connection, judge, wanted), plan, wanted, until=until, marks=marks)


def _write(
    connection: Connection,
    given: Given,
    plan: Plan | None,
    wanted: Wanted,
    *,
    until: datetime | None,
    marks: Sequence[int],
) -> Told:
    told = write_alerts(connection, given, plan)
    if wanted.organisations is None and wanted.rules is None:
        connection.execute(_CLEAR_UNJUDGED, {"ids": list(marks)})
    if until is not None:
        connection.execute(_REMEMBER_UNTIL, {"until": until})
    return told


def _take_judges_lock(connection: Connection) -> list[int]:
    """Wait until no other judge is at work; return the marks of what was written before and never judged.

    The marks are read before the events, so that a chunk committed in between keeps its mark.
    """
    wait_for_judges(connection)
    return _marks(connection)


def _marks(connection: Connection) -> list[int]:
    return list(connection.scalars(_READ_UNJUDGED))


def recorded(written: Written, told: Told) -> Recorded:
    """Put together what the articles and what the alerts changed."""
    return Recorded(
        articles=written.articles,
        versions=written.versions,
        known=written.known,
        events=written.events,
        alerts=told.alerts,
        reviews=told.reviews,
        changes=told.changes,
        deliveries=told.deliveries,
    )
