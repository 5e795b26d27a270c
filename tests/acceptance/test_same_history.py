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

ROOT = Path(__file__).parents[2]
FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "corpus").rglob("*.md"))
SECONDS = 180.0  # a limit for one command, not a wait

Told = list[tuple[str, ...]]


def environment(database: URL) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}
    return {**kept, "DATABASE_URL": database.render_as_string(hide_password=False)}


def bot(database: URL, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told(database: URL) -> Told:
    """Return every alert with its words, as `bot alerts` tells them."""
    keys = ("id", "rule", "outcome", "severity", "state", "opened_on", "says", "quote")
    lines = bot(database, "alerts", "--json").splitlines()
    return [tuple(str(alert[key]) for key in keys) for alert in map(json.loads, lines)]


@pytest.fixture
def database(fresh_database: URL) -> URL:
    engine = open_engine(fresh_database)
    migrate(engine)
    engine.dispose()
    return fresh_database


@pytest.fixture(scope="session")
def expected(postgres: URL) -> Iterator[Told]:
    """Give what one process makes of the corpus in one go."""
    from tests.conftest import new_database  # noqa: PLC0415 - a plain function there, no fixture

    with new_database(postgres) as url:
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        bot(url, "backfill", "corpus", "--post", "none", "--workers", "1")
        yield told(url)


def assert_same(found: Told, expected: Told) -> None:
    assert sorted(set(found) - set(expected)) == []
    assert sorted(set(expected) - set(found)) == []
    assert found == expected


def test_the_corpus_gives_alerts_and_a_second_time_nothing_new(database: URL, expected: Told) -> None:
    assert len(expected) > 30
    bot(database, "backfill", "corpus", "--post", "none", "--workers", "1")
    bot(database, "backfill", "corpus", "--post", "none", "--workers", "1")
    assert_same(told(database), expected)


def test_two_processes_and_many_chunks_give_the_same(database: URL, expected: Told) -> None:
    bot(database, "backfill", *FILES, "--post", "none", "--workers", "2")
    assert_same(told(database), expected)


def test_the_order_of_reading_and_the_number_of_runs_make_no_difference(database: URL, expected: Told) -> None:
    shuffled = random.Random(7).sample(FILES, len(FILES))  # noqa: S311 - an order, not a secret
    for part in (shuffled[:20], shuffled[20:23], shuffled[23:]):
        bot(database, "backfill", *part, "--post", "none", "--workers", "1")
    assert_same(told(database), expected)


def test_articles_that_come_one_by_one_as_they_are_published_give_the_same(database: URL, expected: Told) -> None:
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
    assert_same(told(database), expected)


@contextmanager
def running(database: URL, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process group of its own, so that it can be killed with its children."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env=environment(database),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def chunks_done(database: URL) -> int:
    engine = open_engine(database, pooled=False)
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM backfill_chunk WHERE state = 'done'")) or 0)


def wait_for_chunks(database: URL, at_least: int, process: subprocess.Popen[str]) -> None:
    while chunks_done(database) < at_least:
        assert process.poll() is None, "the backfill ended before it was to be killed"


@pytest.mark.parametrize("at_least", [1, 30])
def test_a_backfill_that_is_killed_goes_on_where_it_ended(database: URL, expected: Told, at_least: int) -> None:
    with running(database, "backfill", *FILES, "--post", "none", "--workers", "2") as process:
        wait_for_chunks(database, at_least, process)
        os.killpg(process.pid, signal.SIGKILL)
    engine = open_engine(database, pooled=False)
    with engine.connect() as connection:
        name = connection.scalar(text("SELECT id FROM backfill"))
    bot(database, "backfill", "--resume", str(name), "--workers", "1")
    assert_same(told(database), expected)


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
    database: URL, expected: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.render_as_string(hide_password=False))  # the cluster's own setting
    with (
        cluster() as (address, workers, scheduler),
        running(database, "backfill", *FILES, "--post", "none", "--dask", address) as process,
    ):
        wait_for_chunks(database, 3, process)
        os.kill(workers[0], signal.SIGKILL)
        wait_for_chunks(database, 12, process)
        os.killpg(scheduler.pid, signal.SIGKILL)
        process.wait(SECONDS)
        assert process.returncode == 0
    assert_same(told(database), expected)
