"""The one-off: the past is read first, all of it, in chunks; then it is judged as it would have been day by day.

What is to be read stands in a ledger in the database. Any process may take the next chunk; its rows and its done mark
are one transaction, so a process that dies costs nothing but its chunk's time, and a second run goes on where it ended.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.model import Article, Recorded, Rejected
from bot.errors import BotError
from bot.history.ledger import ClaimedChunk, Ledger
from bot.history.store import Store
from bot.pipeline import Extract, Judge, Plan, assess

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # for one chunk: 200 files take a second, an archive of 10,000 pages some minutes

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

    def do_all(self, backfill: str, on_chunk: Callable[[], None] = lambda: None) -> int:
        """Do chunks until none is left to take; return how many."""
        count = 0
        while self.do_next(backfill):
            count += 1
            on_chunk()
        return count

    def do_next(self, backfill: str) -> bool:
        """Take and do the next chunk; False when there is none to take.

        A chunk that cannot be read is given back with the reason; after some attempts the ledger gives it up.
        """
        claimed = self.ledger.claim(backfill, self.worker, self.clock(), LEASE)
        if claimed is None:
            return False
        try:
            self._do(claimed)
        except (BotError, OSError, ValueError) as error:
            self.ledger.fail(claimed, f"{type(error).__name__}: {error}")
        return True

    def _do(self, claimed: ClaimedChunk) -> None:
        readings = list(self.read(claimed.place))
        assessed = [assess(each, self.extract) for each in readings if isinstance(each, Article)]
        rejected = [each for each in readings if isinstance(each, Rejected)]
        recorded = self.store.record_chunk(claimed, assessed, rejected, self.clock())
        if recorded is None:
            log.warning("claim_lost", extra={"fields": {"backfill": claimed.backfill, "chunk": claimed.number}})


def judge_all(store: Store, judge: Callable[[datetime], Judge], plan: Plan | None) -> Recorded:
    """Judge everything stored as of the last moment the history knows."""
    store.settle()
    newest = store.newest()
    return store.rejudge(judge(newest), plan, until=newest) if newest else Recorded()


def published_between(
    readings: Iterable[Article | Rejected], first: date | None, last: date | None
) -> Iterator[Article | Rejected]:
    """Leave out articles that surely came out before `first` or after `last`; an undated one stays."""
    for reading in readings:
        when = reading.published if isinstance(reading, Article) else None
        if when and ((first and when.last < first) or (last and when.first > last)):
            continue
        yield reading
