"""Same history, same alerts: by one process or many, in any order, cut short or not, live or afterwards."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from bot.cli import wiring
from bot.core.model import Article
from bot.core.rules.setting import ALWAYS_READ
from bot.history.database import open_engine
from bot.history.schema import migrate
from bot.history.store import Store
from bot.pipeline import assess
from bot.sources.archives import cut, read_piece
from bot.sources.parser_process import ParserProcess
from tests.fault_trials import FILES, Told, assert_same, at, told
from tests.ready_bot import ROOT, ReadyBot, Started


@pytest.fixture
def database(fresh_database: URL) -> URL:
    engine = open_engine(fresh_database)
    migrate(engine)
    engine.dispose()
    return fresh_database


def test_the_corpus_gives_alerts_and_a_second_time_nothing_new(bot: ReadyBot, database: URL, expected: Told) -> None:
    assert len(expected) > 30
    bot.run(at(database), "backfill", "corpus", "--post", "none", "--workers", "1")
    bot.run(at(database), "backfill", "corpus", "--post", "none", "--workers", "1")
    assert_same(told(bot, at(database)), expected)


def test_two_processes_and_many_chunks_give_the_same(bot: ReadyBot, database: URL, expected: Told) -> None:
    bot.run(at(database), "backfill", *FILES, "--post", "none", "--workers", "2")
    assert_same(told(bot, at(database)), expected)


def test_the_order_of_reading_and_the_number_of_runs_make_no_difference(
    bot: ReadyBot, database: URL, expected: Told
) -> None:
    shuffled = random.Random(7).sample(FILES, len(FILES))  # noqa: S311 - an order, not a secret
    for part in (shuffled[:20], shuffled[20:23], shuffled[23:]):
        bot.run(at(database), "backfill", *part, "--post", "none", "--workers", "1")
    assert_same(told(bot, at(database)), expected)


def test_articles_that_come_one_by_one_as_they_are_published_give_the_same(
    bot: ReadyBot, database: URL, expected: Told
) -> None:
    rules = wiring.load_rules(ROOT / "rules")
    desk = wiring.desk(rules, wiring.now())
    with ParserProcess() as parser:
        readings = [each for piece in cut([Path("corpus")]) for each in read_piece(piece, desk=desk, parser=parser)]
    articles = sorted(
        (each for each in readings if isinstance(each, Article)), key=lambda each: (each.learned, each.key)
    )
    engine = open_engine(database)
    store = Store(engine)
    for article in articles:
        judge = rules.judge(article.learned, ALWAYS_READ)
        store.record([assess(article, rules.extractor.extract)], judge, None, until=article.learned)
    engine.dispose()
    assert_same(told(bot, at(database)), expected)


def chunks_done(database: URL) -> int:
    engine = open_engine(database, pooled=False)
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM backfill_chunk WHERE state = 'done'")) or 0)


def wait_for_chunks(database: URL, at_least: int, process: Started) -> None:
    while chunks_done(database) < at_least:
        assert not process.is_over, "the backfill ended before it was to be killed"


@contextmanager
def cluster() -> Iterator[tuple[str, list[int], subprocess.Popen[str]]]:
    """Give a Dask cluster's address, the pids of its workers and the process of its scheduler."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "dask_cluster.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield said["address"], said["workers"], process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_cluster_that_loses_a_worker_and_then_its_scheduler_gives_the_same(
    bot: ReadyBot, database: URL, expected: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.render_as_string(hide_password=False))  # the cluster's own setting
    with cluster() as (address, workers, scheduler):
        process = bot.start(at(database), "backfill", *FILES, "--post", "none", "--dask", address)
        wait_for_chunks(database, 3, process)
        os.kill(workers[0], signal.SIGKILL)
        wait_for_chunks(database, 12, process)
        os.killpg(scheduler.pid, signal.SIGKILL)
        assert process.wait() == 0
    assert_same(told(bot, at(database)), expected)
