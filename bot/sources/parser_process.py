"""Killable processes for everything that parses foreign bytes: feedparser, lxml, trafilatura, htmldate.

A 62 KB feed can keep feedparser busy for 14 s and a 4 MB table takes trafilatura 11 s and 350 MB, so nothing of the
kind runs in the bot's own process. A body that takes too long or too much costs its worker, and the next one follows.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.errors import SourceError
from bot.sources.parsed import Listing, Page, listing_from_json, page_from_json

PAGE_SECONDS = 15.0  # the slowest of 990 real pages took 1.8 s
FEED_SECONDS = 20.0  # a 50-entry full-text feed takes 0.1 s
MEMORY_BYTES = 1_000_000_000  # address space: the libraries map 0.1 GB, hostile pages took 0.4 GB
ATTEMPTS = 3  # a worker may also die of something else: the system ran out of memory, a person ended it
_START_SECONDS = 60.0  # importing the parsers on a loaded machine
_ROOT = Path(__file__).parents[2]


class ParseError(SourceError):
    """These bytes could not be read; the reason is for a person."""


class KilledError(ParseError):
    """Reading these bytes took too long or too much memory: do not try them again."""


@dataclass(slots=True, eq=False)
class _Worker:
    connection: Connection
    pid: int


class ParserProcess:
    """Parses foreign bytes in a process that may be killed; started when first needed, safe to share by threads.

    Args:
        memory_bytes: address space that one worker may take.
        workers: how many threads may have something parsed at a time, each by a process of its own.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, workers: int = 1) -> None:
        self._memory_bytes = memory_bytes
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()  # of what follows
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def worker_pid(self) -> int | None:
        """The process id of the worker that was asked first, None before the first request."""
        return self._workers[0].pid if self._workers else None

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process ids of all workers there are."""
        return tuple(worker.pid for worker in self._workers)

    def page(
        self, body: bytes, *, url: str = "", charset: str | None = None, content: str = "", title: str = ""
    ) -> Page:
        """Return what a page says; see `pages.read_page`.

        Raises:
            ParseError: with the reason why it says nothing.
        """
        reply = self.ask("page", body, PAGE_SECONDS, url=url, charset=charset, content=content, title=title)
        return page_from_json(reply)

    def feed(self, body: bytes, *, url: str = "", content_type: str = "") -> Listing:
        """Return what a feed lists; see `feeds.read_feed`. Raises as `page`."""
        return listing_from_json(self.ask("feed", body, FEED_SECONDS, url=url, content_type=content_type))

    def sitemap(self, body: bytes, *, url: str = "") -> Listing:
        """Return what a sitemap lists; see `feeds.read_sitemap`. Raises as `page`."""
        return listing_from_json(self.ask("sitemap", body, FEED_SECONDS, url=url))

    def index(
        self, body: bytes, *, selector: str, date: str = "", url: str = "", charset: str | None = None
    ) -> Listing:
        """Return what an index page lists; see `feeds.read_index`. Raises as `page`."""
        options = {"url": url, "charset": charset, "selector": selector, "date": date}
        return listing_from_json(self.ask("index", body, PAGE_SECONDS, **options))

    def ask(self, task: str, body: bytes, seconds: float, **options: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON out, JSON in
        """Have one body parsed.

        Args:
            task: a key of `parser_worker.TASKS`.
            body: the bytes to parse.
            seconds: wall-clock limit.
            options: what else the task takes, as JSON values.

        Raises:
            ParseError: when it cannot be read.
            KilledError: when the limit of time or memory was passed.
        """
        with self._places:
            answer = self._exchange(task, body, seconds, options)
        if "reply" in answer:
            reply: dict[str, Any] = answer["reply"]
            return reply
        if "killed" in answer:
            raise KilledError(str(answer["killed"]))
        raise ParseError(str(answer["refused"]))

    def close(self) -> None:
        """End the processes; the next request starts them again."""
        with self._lock:
            for worker in self._workers:
                _end(worker)
            self._workers, self._idle = [], []
            if self._control is not None:
                self._control.close()
            if self._nursery is not None:
                self._nursery.kill()
                self._nursery.wait()
            self._control = self._nursery = None
            atexit.unregister(self.close)

    def _exchange(self, task: str, body: bytes, seconds: float, options: dict[str, Any]) -> dict[str, Any]:
        """Ask, and ask another worker where one died; bytes that end `ATTEMPTS` workers are what kills them."""
        head = json.dumps({"task": task, "options": options}).encode("ascii")
        for _ in range(ATTEMPTS):
            with suppress(EOFError):
                worker = self._hire()
                try:
                    return self._ask_worker(worker, head, body, seconds)
                except (EOFError, OSError):
                    self._dismiss(worker)
        return {"killed": f"the parser died of it {ATTEMPTS} times"}

    def _ask_worker(self, worker: _Worker, head: bytes, body: bytes, seconds: float) -> dict[str, Any]:
        worker.connection.send_bytes(head)
        worker.connection.send_bytes(body)
        if not worker.connection.poll(seconds):
            self._dismiss(worker)
            return {"killed": f"it was not read within {seconds:g} seconds"}
        answer: dict[str, Any] = json.loads(worker.connection.recv_bytes())
        if "killed" in answer:  # a worker that ran out of memory is not trusted with the next page
            self._dismiss(worker)
        else:
            self._release(worker)
        return answer

    def _hire(self) -> _Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            worker = self._new_worker()
            self._workers.append(worker)
            return worker

    def _release(self, worker: _Worker) -> None:
        with self._lock:
            if worker in self._workers:  # not ended by `close` meanwhile
                self._idle.append(worker)

    def _dismiss(self, worker: _Worker) -> None:
        with self._lock:
            # With the nursery die all its workers.
            is_orphaned = self._nursery is not None and self._nursery.poll() is not None
            for lost in (worker, *(self._idle if is_orphaned else ())):
                if lost in self._workers:
                    self._workers.remove(lost)
                    _end(lost)
            self._idle = [] if is_orphaned else self._idle

    def _new_worker(self) -> _Worker:
        if self._nursery is None or self._nursery.poll() is not None or self._control is None:
            self._start_nursery()
        control = self._control
        if control is None:  # _start_nursery sets it
            raise ParseError("the parser process is not running")
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(control, [b"worker"], [theirs.fileno()])
        pid = int.from_bytes(_receive(control, 8), "big")
        return _Worker(connection=Connection(ours.detach()), pid=pid)

    def _start_nursery(self) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(_START_SECONDS)
        with theirs:
            self._nursery = subprocess.Popen(  # noqa: S603  # our own module, no word from outside
                [sys.executable, "-m", "bot.sources.parser_worker", str(theirs.fileno()), str(self._memory_bytes)],
                pass_fds=(theirs.fileno(),),
                env={**os.environ, "PYTHONPATH": str(_ROOT), "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._control = ours
        atexit.register(self.close)


def _end(worker: _Worker) -> None:
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
    worker.connection.close()


def _receive(control: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        try:
            chunk = control.recv(size - len(received))
        except TimeoutError as error:
            raise ParseError("the parser process did not start; run `bot doctor`") from error
        if not chunk:
            raise EOFError
        received += chunk
    return received
