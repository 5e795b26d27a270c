"""Processes that hang with work in hand: others take it over, and what wakes again changes nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Engine, text

from bot.history.database import open_engine
from tests.fault_trials import (
    FILES,
    Told,
    ask,
    assert_same,
    assert_whole,
    at,
    children,
    drop,
    migrated,
    told,
    wait_until,
)
from tests.ready_bot import ReadyBot, Started

GONE_FOR = "make_interval(hours => 1)"


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def leads(engine: Engine, worker: Started) -> bool:
    return ask(engine, f"SELECT leads FROM worker WHERE pid = {worker.pid}") is True  # noqa: S608 - a number of our own


def follows(engine: Engine, worker: Started) -> bool:
    return ask(engine, f"SELECT leads FROM worker WHERE pid = {worker.pid}") is False  # noqa: S608 - as above


def test_a_leader_that_hangs_is_followed_by_another_and_follows_it_when_it_wakes(
    bot: ReadyBot, postgres: URL, watched: Path
) -> None:
    with migrated(postgres) as url:
        place = {**at(url), "RULES_DIR": str(watched / "rules")}
        engine = open_engine(url, application="onlooker", pooled=False)
        first = bot.start(place, "run")
        assert wait_until(partial(leads, engine, first), first)
        with stopped(first.pid):
            change(engine, f"UPDATE worker SET heartbeat = heartbeat - {GONE_FOR}")  # noqa: S608 - a constant
            drop(watched, "Bayview")
            second = bot.start(place, "run")
            assert wait_until(partial(leads, engine, second), second)
            assert wait_until(partial(ask, engine, "SELECT EXISTS (SELECT FROM alert)"), second)
        assert wait_until(partial(follows, engine, first), first)
        assert leads(engine, second)
        for worker in (first, second):
            os.kill(worker.pid, signal.SIGTERM)
        assert [worker.wait() for worker in (first, second)] == [0, 0]
        assert ask(engine, "SELECT count(*) FROM article") == 1
        assert_whole(engine)


AT_WORK = "SELECT EXISTS (SELECT FROM backfill_chunk WHERE state = 'working')"
RUN_OUT = "UPDATE backfill_chunk SET lease_until = '-infinity' WHERE state = 'working'"


def readers(pid: int) -> list[int]:
    """Return the processes that read chunks for a backfill."""
    return [child for child in children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_a_process_of_a_backfill_that_hangs_loses_its_chunk_and_the_others_come_to_the_end(
    bot: ReadyBot, postgres: URL, expected: Told
) -> None:
    with migrated(postgres) as url:
        engine = open_engine(url, application="onlooker", pooled=False)
        backfill = bot.start(at(url), "backfill", *FILES, "--post", "none", "--workers", "2")
        assert wait_until(partial(ask, engine, AT_WORK), backfill)
        os.kill(readers(backfill.pid)[0], signal.SIGSTOP)
        change(engine, RUN_OUT)
        assert backfill.wait() == 0
        assert_same(told(bot, at(url)), expected)
        assert_whole(engine)
