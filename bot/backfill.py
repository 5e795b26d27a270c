"""The one-off: the past is read first, all of it, in chunks; then it is judged as it would have been day by day.

What is to be read stands in a ledger in the database. Any process may take the next chunk; its rows and its done mark
are one transaction, so a process that dies costs nothing but its chunk's time, and a second run goes on where it ended.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.core.model import Article, Assessed, Recorded, Rejected
from bot.errors import BotError, StoreAwayError, StoreError
from bot.history.judging import Division
from bot.history.ledger import ClaimedChunk, Ledger
from bot.history.store import Bundle, Store
from bot.pipeline import Extract, Judge, Plan, assess

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)  # for a reader that gives no sign: longer than a page may take and its parser to start
RENEW = timedelta(seconds=15)  # how often a reader gives one, as long as something comes

# Between tries while the database is away: two minutes in all, in which a server restarts or a standby takes over.
PAUSES_SECONDS = (0.1, 0.2, *([0.5] * 240))

Answer = TypeVar("Answer")
Read = Callable[[str], Iterable[Article | Rejected]]
"""From a chunk's place, as it stands in the ledger, to what is there, each article learned on its publication."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """What one process needs to do chunks."""

    worker: str  # how it signs its claims
    ledger: Ledger
    store: Store
    read: Read
    extract: Extract
    clock: Callable[[], datetime]

    def do_all(self, backfill: str, on_chunk: Callable[[], object] = lambda: None) -> int:
        """Do chunks until none is left to take; return how many."""
        count = 0
        while self.do_next(backfill):
            count += 1
            on_chunk()
        return count

    def do_next(self, backfill: str) -> bool:
        """Take and do the next chunk; False when there is none to take.

        A chunk that cannot be read is given back with the reason; after some attempts the ledger gives it up. While the
        database is away it waits.
        """
        return patiently(lambda: self._try_next(backfill))

    def _try_next(self, backfill: str) -> bool:
        claimed = self.ledger.claim(backfill, self.worker, self.clock(), LEASE)
        if claimed is None:
            return False
        try:
            is_done = self._do(claimed)
        except StoreError:  # not the chunk's fault; its claim runs out, or is freed
            raise
        except (BotError, SQLAlchemyError, OSError, ValueError) as error:
            self.ledger.fail(claimed, f"{type(error).__name__}: {error}")
            return True
        if not is_done:
            log.warning("claim_lost", extra={"fields": {"backfill": claimed.backfill, "chunk": claimed.number}})
        return True

    def _do(self, claimed: ClaimedChunk) -> bool:
        """Read and write a chunk; False when the claim was lost meanwhile, and nothing is written.

        The claim is kept for longer while readings come, by the thread that reads: one that hangs loses it.
        """
        assessed, rejected, renewed = list[Assessed](), list[Rejected](), self.clock()
        for each in self.read(claimed.place):
            if isinstance(each, Article):
                assessed.append(assess(each, self.extract))
            else:
                rejected.append(each)
            if (now := self.clock()) >= renewed + RENEW:
                if not self.ledger.renew(claimed, now + LEASE):
                    return False
                renewed = now
        return self.store.record_chunk(claimed, assessed, rejected, self.clock()) is not None


def patiently(do: Callable[[], Answer], wait: Callable[[float], None] = time.sleep) -> Answer:
    """Do it, and do it again while the database is away.

    Raises:
        StoreAwayError: when it stays away for longer than all the pauses.
    """
    for pause in PAUSES_SECONDS:
        try:
            return do()
        except StoreAwayError as error:
            log.warning("database_away", extra={"fields": {"reason": str(error), "next_try_seconds": pause}})
            wait(pause)
    return do()


def judge_all(
    store: Store,
    judge: Callable[[datetime], Judge],
    plan: Plan | None,
    bundle: Bundle | None = None,
    division: Division | None = None,
) -> Recorded:
    """Judge everything stored as of the last moment the history knows, as `Store.rejudge` says."""
    store.settle()
    return store.rejudge(judge, plan, bundle=bundle, division=division)


def published_between(
    readings: Iterable[Article | Rejected], first: date | None, last: date | None
) -> Iterator[Article | Rejected]:
    """Leave out articles that surely came out before `first` or after `last`; an undated one stays."""
    for reading in readings:
        when = reading.published if isinstance(reading, Article) else None
        if when and ((first and when.last < first) or (last and when.first > last)):
            continue
        yield reading
