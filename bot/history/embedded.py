"""Our own PostgreSQL server, for whoever has none: started from the wheel's binaries, ended with the program.

One process owns the server of a data folder, by a lock that the kernel gives back when that process dies in any way.
Others attach; when the owner goes, one of them takes over, at the same address.
"""

import atexit
import fcntl
import logging
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL

from bot.errors import StoreError
from bot.history import places, postmaster
from bot.history.places import SHELTER, Place
from bot.logs import note

START_SECONDS = 120  # 826 MB of WAL took 2 s to recover here; slow disks were seen to need 36 s
POLL_SECONDS = 0.01
LOGGER = logging.getLogger(__name__)
TAKE_OVER_SECONDS = 0.25  # how often one that is attached looks whether the owner is gone

_HELD_LOCKS: set[int] = set()  # file descriptors


class EmbeddedServer:
    """A running server: owned by this process, or by another and attached to.

    Attributes:
        url: Address of its `postgres` database; it stays the same when another process takes over.
    """

    url: URL

    def __init__(
        self,
        asked: Path,
        binaries: Path,
        settings: Mapping[str, str],
        *,
        initdb: tuple[str, ...],
        shelter: Path,
        limit_seconds: float,
    ) -> None:
        self._asked = asked
        self._binaries = binaries
        self._settings = settings
        self._initdb = initdb
        self._shelter = shelter
        self._limit_seconds = limit_seconds
        self._deadline = time.monotonic() + limit_seconds
        self._made_by = os.getpid()
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._closed = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="postgres-keeper", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_owner(self) -> bool:
        """Whether the server ends with this process."""
        return self._lock is not None

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when another process owns it."""
        return self._process.pid if self._process else None

    def open(self) -> None:
        """Wait until the server answers, then see to it that it ends with this process."""
        self._keeper.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the server if this process owns it, else only stop using it."""
        if os.getpid() != self._made_by:
            return  # a fork inherits this object, not the server
        atexit.unregister(self.stop)
        self._closed.set()
        if self._process is not None:
            postmaster.stop(self._process)
        self._keeper.join()

    def _keep(self) -> None:
        """Attach or own, start again what died, take over when the owner goes.

        All of it in one thread that lives as long as the server: Linux tells a child of its parent *thread's* end.
        """
        try:
            while not self._closed.is_set():
                if self._lock is None and not self._take_lock():
                    self._attach()
                else:
                    self._own()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
            self._failure = error
        finally:
            self._release_lock()
            self._ready.set()

    def _attach(self) -> None:
        """Use the server that another process owns."""
        if not self._ready.is_set():
            sockets = postmaster.sockets_in_use(places.recorded_home(self._asked) / "cluster")
            if sockets and postmaster.answers(url := postmaster.url_of(sockets)):
                self.url = url
                self._ready.set()
            elif time.monotonic() > self._deadline:
                raise StoreError(
                    f"Another program holds {self._asked / 'owner.lock'}, but its PostgreSQL did not answer within "
                    f"{self._limit_seconds:.0f} s: end that program and try again."
                )
        self._closed.wait(TAKE_OVER_SECONDS if self._ready.is_set() else POLL_SECONDS)

    def _own(self) -> None:
        """Run the server until it ends."""
        began = time.monotonic()
        if self._ready.is_set():
            self._deadline = began + self._limit_seconds
        place = places.settle(self._asked, self._binaries, shelter=self._shelter)
        self._process = process = self._start(place)
        self._await_answer(place, process)
        level = logging.INFO if self._ready.is_set() else logging.DEBUG  # at first it is what everybody expects
        note(LOGGER, "postgres_started", level=level, pid=process.pid, seconds=round(time.monotonic() - began, 3))
        self._ready.set()
        if self._closed.is_set():
            postmaster.stop(process)
        status = process.wait()
        if not self._closed.is_set():
            note(LOGGER, "postgres_ended", level=logging.WARNING, pid=process.pid, status=status)
        places.leave(place)

    def _start(self, place: Place) -> subprocess.Popen[bytes]:
        if not place.cluster.exists():
            postmaster.initialise(place, self._initdb)
        postmaster.check_version(place)
        postmaster.end_leftovers(place, self._deadline)
        return postmaster.start(place, self._settings)

    def _await_answer(self, place: Place, process: subprocess.Popen[bytes]) -> None:
        self.url = postmaster.url_of(place.sockets)
        while not postmaster.answers(self.url):
            if process.poll() is not None and not self._closed.is_set():
                raise StoreError(f"PostgreSQL over {place.cluster} did not start: {postmaster.last_words(place.log)}")
            if time.monotonic() > self._deadline:
                postmaster.stop(process)
                raise StoreError(
                    f"PostgreSQL over {place.cluster} did not answer within {self._limit_seconds:.0f} s: "
                    f"{postmaster.last_words(place.log)}. Its log is {place.log}."
                )
            if self._closed.wait(POLL_SECONDS):
                return

    def _take_lock(self) -> bool:
        path = self._asked / "owner.lock"
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise StoreError(
                f"{path} belongs to another user: run the bot as that user, or set DATA_DIR to another folder."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        _HELD_LOCKS.add(lock)
        return True

    def _release_lock(self) -> None:
        if self._lock is not None:
            _HELD_LOCKS.discard(self._lock)
            os.close(self._lock)
            self._lock = None


def _close_locks_in_fork() -> None:
    """Leave the locks to the process that took them: a fork that outlives it must not keep them."""
    for lock in _HELD_LOCKS:
        os.close(lock)
    _HELD_LOCKS.clear()


os.register_at_fork(after_in_child=_close_locks_in_fork)


def start(
    data_dir: Path,
    *,
    binaries: Path | None = None,
    settings: Mapping[str, str] | None = None,
    initdb: tuple[str, ...] = (),
    shelter: Path = SHELTER,
    limit_seconds: float = START_SECONDS,
) -> EmbeddedServer:
    """Start the server of a data folder, or attach to the one that runs.

    Args:
        data_dir: The bot's data folder; the server keeps to `postgres/` inside it.
        binaries: Folder with `postgres` and `initdb`; None for those of the wheel.
        settings: PostgreSQL settings over `postmaster.DEFAULT_SETTINGS`; without effect on attaching.
        initdb: More options for a cluster that is made now.
        shelter: Where a server of root's goes when its user may not go to `data_dir`.
        limit_seconds: How long to wait for an answer.

    Raises:
        StoreError: what is wrong with the folder, the binaries or the server, and what to do.
    """
    server = EmbeddedServer(
        places.open_folder(data_dir),
        binaries or places.find_binaries(),
        settings or {},
        initdb=initdb,
        shelter=shelter,
        limit_seconds=limit_seconds,
    )
    server.open()
    return server
