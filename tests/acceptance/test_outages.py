"""The database goes away under a backfill, or has no room, or two do the same at once: nothing lost, nothing twice."""

import random
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from string import ascii_lowercase

import pytest
from sqlalchemy import URL

from bot.history import embedded
from bot.history.database import open_engine
from bot.history.embedded import EmbeddedServer
from bot.history.schema import migrate
from tests.conftest import FAST_INITDB, FAST_SETTINGS, postgres_binaries, scratch_folder
from tests.fault_trials import (
    FILES,
    NEVER,
    Told,
    ask,
    assert_same,
    assert_whole,
    at,
    is_connected,
    migrated,
    told,
    unfinished,
    wait_until,
)
from tests.ready_bot import ReadyBot, Started

ROOM_BYTES = 1_300_000  # a file may grow to; the server's log of writes is in files of 1 MB
LINES, WORDS = 400, 500  # of articles that need more room than that


def start(folder: Path) -> EmbeddedServer:
    return embedded.start(
        folder, binaries=postgres_binaries(), settings=FAST_SETTINGS, initdb=FAST_INITDB, shelter=folder / "shelter"
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder() as folder, start(folder) as server:
        engine = open_engine(server.url, pooled=False)
        migrate(engine)
        server.stop()
        yield folder


def chunks_done(url: URL) -> int:
    return int(str(ask(open_engine(url, application="onlooker", pooled=False), DONE)))


DONE = "SELECT count(*) FROM backfill_chunk WHERE state = 'done'"


def begin(bot: ReadyBot, url: URL) -> Started:
    """Start a backfill and wait until it is at work."""
    process = bot.start(at(url), "backfill", *FILES, "--post", "none", "--workers", "1")
    assert wait_until(lambda: chunks_done(url) > 2, process)
    return process


def test_a_backfill_goes_on_when_its_server_was_stopped_and_started(
    bot: ReadyBot, folder: Path, expected: Told
) -> None:
    with start(folder) as server:
        process = begin(bot, server.url)
    NEVER.wait(0.5)  # nobody answers meanwhile
    with start(folder) as again:
        assert process.wait() == 0
        assert_same(told(bot, at(again.url)), expected)
        assert_whole(open_engine(again.url, pooled=False))


@contextmanager
def proxy(target: Path) -> Iterator[tuple[int, set[socket.socket]]]:
    """Pass loopback connections on to a server's socket; give the port, and the sockets, for cutting."""
    alive: set[socket.socket] = set()

    def copy(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while passed := source.recv(65_536):
                sink.sendall(passed)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(target))
                alive.update((client, server))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=copy, args=ends, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], alive
        listener.shutdown(socket.SHUT_RDWR)
    for end in alive:
        end.close()


def test_a_backfill_goes_on_whenever_its_connections_are_cut(bot: ReadyBot, postgres: URL, expected: Told) -> None:
    chance = random.Random(4)  # noqa: S311 - instants, not secrets
    with migrated(postgres) as url, proxy(Path(str(url.query["host"])) / ".s.PGSQL.5432") as (port, alive):
        through = URL.create("postgresql", username="postgres", host="127.0.0.1", port=port, database=url.database)
        process = bot.start(at(through), "backfill", *FILES, "--post", "none", "--workers", "1")
        assert wait_until(lambda: is_connected(url), process)
        for _ in range(12):
            NEVER.wait(chance.uniform(0.0, 0.3))
            for end in list(alive):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        status = process.wait()
        if status != 0 and (began := unfinished(url)):  # it was cut before it could begin to wait
            bot.run(at(url), "backfill", "--resume", began, "--workers", "1")
        elif status != 0:
            bot.run(at(url), "backfill", *FILES, "--post", "none", "--workers", "1")
        assert_same(told(bot, at(url)), expected)
        assert_whole(open_engine(url, pooled=False))


@contextmanager
def little_room() -> Iterator[None]:
    """Let no file of a server that is started meanwhile grow beyond a limit, as a disk without room would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_ends_a_backfill_with_its_reason_and_room_lets_it_go_on(
    bot: ReadyBot, folder: Path, tmp_path: Path
) -> None:
    chance = random.Random(1)  # noqa: S311 - words, not secrets
    words = ["".join(chance.choices(ascii_lowercase, k=9)) for _ in range(20_000)]
    lines = (" ".join(chance.choices(words, k=WORDS)) for _ in range(LINES))
    corpus = tmp_path / "large.jsonl"
    corpus.write_text("".join(f'{{"text": "{line}"}}\n' for line in lines), encoding="utf-8")
    log = tmp_path / "log"
    with little_room():
        cramped = start(folder)
    with cramped:
        place = at(cramped.url)
        ended = bot.start(place, "backfill", str(corpus), "--post", "none", "--workers", "1", log=log).wait()
        assert (ended, "cannot go on" in (said := log.read_text("utf-8"))) == (1, True), said
        began = unfinished(cramped.url)
        assert f"bot backfill --resume {began}" in bot.run(place, "status")
    with start(folder) as roomy:
        bot.run(at(roomy.url), "backfill", "--resume", str(began), "--workers", "1")
        engine = open_engine(roomy.url, pooled=False)
        assert ask(engine, "SELECT count(*) FROM article") == LINES
        assert_whole(engine)


def test_two_backfills_of_the_same_at_once_leave_what_one_leaves(bot: ReadyBot, postgres: URL, expected: Told) -> None:
    with migrated(postgres) as url:
        words = ("backfill", *FILES, "--post", "none", "--workers", "1")
        running = [bot.start(at(url), *words) for _ in range(2)]
        assert [process.wait() for process in running] == [0, 0]
        assert_same(told(bot, at(url)), expected)
        assert_whole(open_engine(url, pooled=False))


def test_two_migrations_at_once_end_with_one_schema_and_say_so(bot: ReadyBot, fresh_database: URL) -> None:
    running = [bot.start(at(fresh_database), "migrate") for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert "nothing to do" in bot.run(at(fresh_database), "migrate")
