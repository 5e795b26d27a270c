"""Opens what a person or `rules/sources.yaml` names, whatever kind of source it is."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.core.model import Article, Rejected
from bot.sources.articles import Desk
from bot.sources.failures import FailureKind
from bot.sources.files import FolderSource
from bot.sources.parser_process import ParserProcess
from bot.sources.polling import HealthNotice, SourceState, Visit, after_visit, health_notice, noted
from bot.sources.source_list import SourceEntry
from bot.sources.warc import WarcSource, is_archive
from bot.sources.web import Tools, WebSource


class OpenSource(Protocol):
    """A source that is read once."""

    id: str

    def read(self, learned: datetime | None) -> Iterator[Article | Rejected]:
        """Yield what is new."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """What one read of a source leaves behind: to be stored once its articles are."""

    visit: Visit
    state: SourceState
    notice: HealthNotice | None  # what an operator is to be told


class Reader:
    """Reads one source once, and then says what came of it.

    `close` comes after the articles are stored: what a source has "seen" must never outlive what was made of it.
    """

    def __init__(
        self,
        entry: SourceEntry,
        state: SourceState,
        tools: Tools,
        now: datetime,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = entry.id
        self._entry = entry
        self._state = state
        self._now = now
        self._monotonic = monotonic
        self._seconds = 0.0
        self._source = open_source(entry, state, tools, now)

    def read(self, learned: datetime | None) -> Iterator[Article | Rejected]:
        """Yield what is new; see `pipeline.Source`."""
        started = self._monotonic()
        try:
            yield from self._source.read(learned)
        finally:
            self._seconds = self._monotonic() - started

    def close(self, jitter: float) -> Closed:
        """Return what came of the read; `jitter` is 0 to 1, drawn by the caller."""
        visit = getattr(self._source, "visit", None) or Visit(source=self.id, at=self._now, memory=self._state.memory)
        return self._closed(visit, jitter)

    def close_broken(self, error: Exception, jitter: float) -> Closed:
        """Return what is noted where the bot itself failed on a source: nothing of it counts as seen."""
        told = f"the bot failed on it, which is a fault of its own: {type(error).__name__}: {str(error)[:200]}"
        visit = Visit(source=self.id, at=self._now, outcome=FailureKind.BOT_FAULT, note=told, memory=self._state.memory)
        return self._closed(visit, jitter)

    def _closed(self, visit: Visit, jitter: float) -> Closed:
        visit = replace(visit, seconds=self._seconds)
        state = after_visit(self._state, visit, self._entry, jitter)
        notice = health_notice(self._state, state)
        return Closed(visit=visit, state=noted(state, notice), notice=notice)


def open_source(entry: SourceEntry, state: SourceState, tools: Tools, now: datetime) -> OpenSource:
    """Return a listed source, ready to be read once."""
    if entry.kind == "folder":
        path = Path(entry.place)
        return FolderSource(path, desk=tools.desk, parser=tools.parser, id=entry.id, memory=state.memory)
    if entry.kind == "warc":
        return WarcSource(Path(entry.place), desk=tools.desk, parser=tools.parser, id=entry.id)
    return WebSource(entry, state, tools, now)


def open_path(path: Path, *, desk: Desk, parser: ParserProcess) -> OpenSource:
    """Return a folder, a file or a WARC archive that a person named."""
    if is_archive(path):
        return WarcSource(path, desk=desk, parser=parser)
    return FolderSource(path, desk=desk, parser=parser)
