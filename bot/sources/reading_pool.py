"""Reads several web sources side by side, so that a slow one holds up none of the others."""

import queue
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from bot.core.model import Article, Rejected
from bot.sources.reading import Reader
from bot.sources.source_list import SourceEntry

AT_ONCE = 8  # sources; most of the time goes by in waiting for servers
AT_ONCE_PER_HOST = 2  # of one host: its visits are spaced anyhow, and other hosts are not to wait for them

Claim = TypeVar("Claim")


@dataclass(frozen=True, kw_only=True, slots=True)
class Read(Generic[Claim]):
    """One source that was read to its end."""

    entry: SourceEntry
    claim: Claim  # what the caller gave along
    reader: Reader  # to be closed once the articles are stored
    found: tuple[Article | Rejected, ...]
    error: Exception | None = None  # a fault of the bot's own, not of the source


class ReadingPool(Generic[Claim]):
    """Threads that read, one for each source in hand; what they found is taken out by whoever asks.

    The threads are daemons: what they have in hand when the bot ends was not recorded, and is read again.
    """

    def __init__(self, *, at_once: int = AT_ONCE, per_host: int = AT_ONCE_PER_HOST) -> None:
        self._at_once = at_once
        self._per_host = per_host
        self._done: queue.SimpleQueue[Read[Claim]] = queue.SimpleQueue()
        self._hosts: dict[str, str] = {}  # of the sources in hand

    @property
    def is_busy(self) -> bool:
        """Say whether anything is in hand."""
        return bool(self._hosts)

    def startable(self, entries: Iterable[SourceEntry]) -> list[str]:
        """Return the ids of those that may be started now: there is a thread, and their host is not busy enough."""
        if len(self._hosts) >= self._at_once:
            return []
        busy = Counter(self._hosts.values())
        return [entry.id for entry in entries if entry.id not in self._hosts and busy[_host(entry)] < self._per_host]

    def start(self, entry: SourceEntry, claim: Claim, reader: Reader, learned: datetime) -> None:
        """Begin to read a source in a thread of its own."""
        self._hosts[entry.id] = _host(entry)
        thread = threading.Thread(
            target=self._read, args=(entry, claim, reader, learned), name=f"read {entry.id}", daemon=True
        )
        thread.start()

    def finished(self, seconds: float) -> Iterator[Read[Claim]]:
        """Yield what is read to its end; wait so long for the first."""
        while self._hosts:
            try:
                read = self._done.get(timeout=seconds)
            except queue.Empty:
                return
            del self._hosts[read.entry.id]
            seconds = 0.0
            yield read

    def _read(self, entry: SourceEntry, claim: Claim, reader: Reader, learned: datetime) -> None:
        found: tuple[Article | Rejected, ...] = ()
        fault: Exception | None = None
        try:
            found = tuple(reader.read(learned))
        except Exception as error:  # noqa: BLE001  # it is the recorder's to log and to tell
            fault = error
        self._done.put(Read(entry=entry, claim=claim, reader=reader, found=found, error=fault))


def _host(entry: SourceEntry) -> str:
    return (urlsplit(entry.place).hostname or "").lower()
