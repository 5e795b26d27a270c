"""The child's side of `parser_process`: a nursery that has everything imported and forks one worker after another.

The nursery never looks at foreign bytes, so it cannot be killed by them; a killed worker is replaced by a fork, which
takes milliseconds, not by an import, which takes a second.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from protego import Protego

from bot.sources.decoding import NotTextError
from bot.sources.feeds import read_feed, read_index, read_sitemap
from bot.sources.pages import read_page

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

Reply = Mapping[str, Any]  # JSON: this is a wire format


def _page(body: bytes, options: dict[str, Any]) -> Reply:
    return asdict(read_page(body, **options))


def _feed(body: bytes, options: dict[str, Any]) -> Reply:
    return asdict(read_feed(body, **options))


def _sitemap(body: bytes, options: dict[str, Any]) -> Reply:
    return asdict(read_sitemap(body, **options))


def _index(body: bytes, options: dict[str, Any]) -> Reply:
    return asdict(read_index(body, **options))


def _robots(body: bytes, options: dict[str, Any]) -> Reply:
    rules = Protego.parse(body.decode("utf-8", errors="replace").removeprefix("\ufeff"))
    allowed = rules.can_fetch(options["url"], options["agent"])
    return {"allowed": bool(allowed), "delay_seconds": float(rules.crawl_delay(options["agent"]) or 0.0)}


TASKS: dict[str, Callable[[bytes, dict[str, Any]], Reply]] = {
    "page": _page,
    "feed": _feed,
    "sitemap": _sitemap,
    "index": _index,
    "robots": _robots,
}


def serve(connection: Connection) -> None:
    """Answer requests, each a JSON head and a body, until the other side hangs up."""
    while True:
        try:
            head = json.loads(connection.recv_bytes())
            body = connection.recv_bytes()
        except EOFError:
            return
        connection.send_bytes(json.dumps(_answer(head, body)).encode("ascii"))


def _answer(head: dict[str, Any], body: bytes) -> Reply:
    try:
        return {"reply": TASKS[head["task"]](body, head["options"])}
    except NotTextError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"killed": "it needed more memory than a page may take"}
    except RecursionError:
        return {"refused": "it is nested too deeply to be read"}
    except Exception as error:  # noqa: BLE001  # a parser's own fault is that page's reason, never the bot's end
        return {"refused": f"it could not be read: {type(error).__name__}: {str(error)[:200]}"}


def _become_worker(descriptor: int, memory_bytes: int) -> None:
    _die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(Connection(descriptor))


def _die_with_parent() -> None:
    # only here: the signal comes when the starting *thread* ends, and the nursery's may be a short-lived one
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def tend(control: socket.socket, memory_bytes: int) -> None:
    """Fork a worker for each connection that arrives; answer with its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to judge
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, 16, 1)
        if not message:
            return
        child = os.fork()
        if child == 0:
            control.close()
            _become_worker(descriptors[0], memory_bytes)
            os._exit(0)
        os.close(descriptors[0])
        control.sendall(child.to_bytes(8, "big"))


if __name__ == "__main__":
    tend(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
