"""Reading sources when they are due: claimed in the database, read, recorded, and noted how they are."""

import json
import logging
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from bot import __version__
from bot.cli import wiring
from bot.core.messages.notices import SourceTrouble, source_back_message, source_trouble_message
from bot.core.messages.planning import notice, notice_edit
from bot.core.model import Article, Delivery, Rejected
from bot.errors import StoreError
from bot.history.events import count_about
from bot.history.leases import ClaimedSource, Reading, Sources
from bot.pipeline import Ingested, ingest
from bot.settings import Settings
from bot.sources.fetch import Fetcher, FetchRules
from bot.sources.parser_process import ParserProcess
from bot.sources.politeness import HostPace, Robots
from bot.sources.polling import HealthNotice, SourceState, Turn, Visit, memory_from_json, memory_to_json
from bot.sources.reading import Closed, Reader
from bot.sources.reading_pool import Read, ReadingPool
from bot.sources.source_list import LOCAL_KINDS, SourceEntry
from bot.sources.web import Tools

log = logging.getLogger(__name__)

PRODUCT = "care-access-monitor"
LEASE = timedelta(minutes=10)  # longer than one source takes: 50 pages at 5 s each
JUDGED_AT_ONCE = 100_000  # stored events; to judge so many takes some seconds, and each reading with news would wait
LOOK_SECONDS = 0.25  # how long finished readings are waited for before it is asked again what is due
_OF_THE_DATABASE = (SQLAlchemyError, psycopg.Error, StoreError)


class Collector:
    """Reads what is due; one for each worker.

    Web sources are read side by side in threads; everything is recorded by the thread that collects. Folders are read
    by that thread too, since they are long and quick.
    """

    def __init__(
        self,
        house: wiring.House,
        worker: str,
        tools: "Online",
        stop: threading.Event,
        sign: Callable[[], None] = lambda: None,
    ) -> None:
        self._sign = sign  # of life: there may always be something to read
        self._house = house
        self._worker = worker
        self._online = tools
        self._register = Sources(house.engine)
        self._pool: ReadingPool[ClaimedSource] = ReadingPool()
        self._stop = stop

    def use(self, house: wiring.House) -> None:
        """Take up newer rules."""
        self._house = house

    def make_due(self) -> None:
        """Let every source be read at the next chance."""
        self._register.register(self._entries())
        self._register.make_due(self._entries())

    def collect(self) -> int:
        """Read until nothing is due and nothing is being read, or the worker ends; return how many articles were new.

        What is being read when the worker ends is not recorded, and read again by whoever comes next.
        """
        fresh, registered = 0, frozenset[str]()
        while not self._stop.is_set():
            self._sign()
            listed = frozenset(self._entries())
            if listed != registered:  # at first, and when the list was edited meanwhile
                self._register.register(listed)
                registered = listed
            fresh += self._read_local()
            self._start_online()
            if not self._pool.is_busy:
                break
            for read in self._pool.finished(LOOK_SECONDS):
                fresh += self._record_online(read)
        return fresh

    def _entries(self) -> dict[str, SourceEntry]:
        return {entry.id: entry for entry in self._house.rules.sources.sources if not entry.disabled}

    def _read_local(self) -> int:
        """Read the folders that are due and that nobody else reads, one after another."""
        entries = {id_: entry for id_, entry in self._entries().items() if entry.kind in LOCAL_KINDS}
        fresh = 0
        for claimed in self._register.claim(entries, self._worker, wiring.now(), LEASE):
            entry, now = entries[claimed.id], wiring.now()
            reader = self._reader(entry, claimed, now)
            fresh += self._record(entry, claimed, reader, reader.read(now), now)
        return fresh

    def _start_online(self) -> None:
        """Claim web sources that are due, one by one, as long as there is a thread for one."""
        entries = {id_: entry for id_, entry in self._entries().items() if entry.kind not in LOCAL_KINDS}
        while startable := self._pool.startable(entries.values()):
            claims = self._register.claim(startable, self._worker, wiring.now(), LEASE, limit=1)
            for claimed in claims:
                entry, now = entries[claimed.id], wiring.now()
                self._pool.start(entry, claimed, self._reader(entry, claimed, now), now)
            if not claims:
                return

    def _reader(self, entry: SourceEntry, claimed: ClaimedSource, now: datetime) -> Reader:
        return Reader(entry, _state_of(claimed), self._online.tools(self._house.rules, now), now)

    def _record_online(self, read: Read[ClaimedSource]) -> int:
        if read.error is not None:
            self._finish_broken(read.entry, read.claim, read.reader, read.error)
            return 0
        now = wiring.now()  # others were recorded and judged since the reading began: it is learned now
        found = (replace(one, learned=now) if isinstance(one, Article) else one for one in read.found)
        return self._record(read.entry, read.claim, read.reader, found, now)

    def _record(
        self,
        entry: SourceEntry,
        claimed: ClaimedSource,
        reader: Reader,
        found: Iterable[Article | Rejected],
        now: datetime,
    ) -> int:
        is_baseline = claimed.first_read is None and entry.kind != "folder"
        try:
            ingested = self._ingest(found, now, is_baseline=is_baseline)
        except _OF_THE_DATABASE:
            raise
        except Exception as error:  # noqa: BLE001  # one source stops itself, and no other
            self._finish_broken(entry, claimed, reader, error)
            return 0
        closed = reader.close(random.random())  # noqa: S311 - spreads visits, guards nothing
        self._finish(entry, claimed, closed)
        _note(entry, ingested, closed.visit)
        return _fresh(ingested)

    def _finish_broken(self, entry: SourceEntry, claimed: ClaimedSource, reader: Reader, error: Exception) -> None:
        log.error("source_broken", extra={"fields": {"source": entry.id}}, exc_info=error)
        self._finish(entry, claimed, reader.close_broken(error, random.random()))  # noqa: S311 - as above

    def _ingest(self, found: Iterable[Article | Rejected], now: datetime, *, is_baseline: bool) -> Ingested:
        """Record what a source gives; what stands there at its first reading is known after it, and told to nobody.

        In a large history the news is marked as not judged: the worker that leads judges all of it together.
        """
        house = self._house
        return ingest(
            found,
            extract=house.rules.extractor.extract,
            history=house.store,
            judge=house.judge(now) if is_baseline or self._is_judged_at_once() else None,
            plan=None if is_baseline else house.rules.plan(on_console=not house.speaks_to_slack),
            until=now,
            narrow=partial(house.narrow, now),
            on_read=lambda _count: self._sign(),
        )

    def _is_judged_at_once(self) -> bool:
        with self._house.engine.connect() as connection:
            return count_about(connection) <= JUDGED_AT_ONCE

    def _finish(self, entry: SourceEntry, claimed: ClaimedSource, closed: Closed) -> None:
        visit, after = closed.visit, closed.state
        reading = Reading(
            outcome=visit.outcome,
            condition=after.condition,
            next_attempt=after.next_attempt or visit.at + entry.every,
            memory=json.dumps(memory_to_json(after.memory)),
            failures=after.failures,
            note=after.note,
            articles_seen=visit.seen,
            articles_new=visit.brought,
            wire_bytes=visit.wire_bytes,
            seconds=visit.seconds,
        )
        tell = self._told(entry, closed.notice, after) if closed.notice is not None else ()
        self._register.finish(claimed, reading, visit.at, tell)

    def _told(self, entry: SourceEntry, told: HealthNotice, after: SourceState) -> Sequence[Delivery]:
        """Return what operators are told: one message for each spell of trouble, edited when it changes and ends."""
        channels, zone = self._house.rules.channels, self._house.rules.book.zone
        channel = channels.ops if self._house.speaks_to_slack else channels.on_console().ops
        if channel is None:
            return ()
        key = f"source:{entry.id}:{told.began.isoformat()}"
        trouble = SourceTrouble(
            source=entry.id,
            condition=told.condition,
            reason=told.note,
            last_new=after.last_new_article.astimezone(zone).date() if after.last_new_article else None,
            expected_days=entry.expect / timedelta(days=1),
        )
        if told.turn is Turn.TROUBLE:
            return (notice(key, channel, source_trouble_message(trouble)),)
        now = after.last_attempt or told.began
        is_well = told.turn is Turn.WELL
        back = source_back_message(entry.id, now.astimezone(zone).date())
        message = back if is_well else source_trouble_message(trouble)
        return (notice_edit(key, channel, message, f"{told.condition}:{now.isoformat()}"),)


class Online:
    """What reading the web takes, kept as long as the worker: robots.txt is not asked anew for each source."""

    def __init__(self, read: Settings, parser: ParserProcess, pace: HostPace | None = None) -> None:
        self._agent = f"{PRODUCT}/{__version__} ({read.contact or 'no contact given'})"
        self._parser = parser
        self._pace = pace or HostPace()
        self._allowed: frozenset[tuple[str, int]] | None = None
        self._fetcher: Fetcher | None = None
        self._robots: Robots | None = None

    def tools(self, rules: wiring.Rules, now: datetime) -> Tools:
        """Return the tools for one reading, under the addresses that the rules allow now."""
        allowed = rules.sources.allowed
        if self._fetcher is None or self._robots is None or allowed != self._allowed:
            self._allowed = allowed
            self._fetcher = Fetcher(FetchRules(user_agent=self._agent, allowed=allowed))
            self._robots = Robots(self._fetcher, self._parser, self._pace, PRODUCT)
        return Tools(fetcher=self._fetcher, parser=self._parser, robots=self._robots, desk=wiring.desk(rules, now))


def _state_of(claimed: ClaimedSource) -> SourceState:
    return SourceState(
        id=claimed.id,
        first_read=claimed.first_read,
        last_ok=claimed.last_ok,
        last_new_article=claimed.last_new_article,
        failures=claimed.failures,
        memory=memory_from_json(json.loads(claimed.memory)),
    )


def _fresh(ingested: Ingested) -> int:
    return ingested.recorded.articles + ingested.recorded.versions


def _note(entry: SourceEntry, ingested: Ingested, visit: Visit) -> None:
    recorded = ingested.recorded
    log.info(
        "source_read",
        extra={
            "fields": {
                "source": entry.id,
                "outcome": visit.outcome,
                "new": recorded.articles,
                "versions": recorded.versions,
                "known": recorded.known,
                "rejected": len(ingested.rejected),
                "alerts": recorded.alerts,
                "seconds": round(visit.seconds, 3),
            }
        },
    )
    for each in ingested.rejected:
        log.warning(
            "article_rejected", extra={"fields": {"source": entry.id, "place": each.place, "reason": each.reason}}
        )
