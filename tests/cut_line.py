"""A line to a server of this machine that a test can cut and mend."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class CutLine:
    """Passes bytes on between whoever connects and a server, until it is cut."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._ends: list[socket.socket] = []
        self._is_cut = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def cut(self) -> None:
        """End every connection, and every new one as soon as it is made."""
        self._is_cut.set()
        for end in self._ends:
            _hang_up(end)
        self._ends.clear()

    def mend(self) -> None:
        self._is_cut.clear()

    def _serve(self) -> None:
        with suppress(OSError):  # the door is closed
            while True:
                caller, _address = self._door.accept()
                self._join(caller)

    def _join(self, caller: socket.socket) -> None:
        if self._is_cut.is_set():
            _hang_up(caller)
            return
        server = self._connect()
        self._ends += [caller, server]
        for one, other in ((caller, server), (server, caller)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cut()
        _hang_up(self._door)


def dial(folder_or_host: str, port: int) -> socket.socket:
    """Connect to a PostgreSQL server by TCP, or by its socket where a folder is named."""
    if not folder_or_host.startswith("/"):
        return socket.create_connection((folder_or_host, port))
    end = socket.socket(socket.AF_UNIX)
    end.connect(f"{folder_or_host}/.s.PGSQL.{port}")
    return end


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
    _hang_up(one)
    _hang_up(other)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
