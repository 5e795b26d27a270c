"""A dump of the database, restored elsewhere, is the same history."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from bot.core.model import Alert, Event, Wanted
from bot.history.database import libpq_address, open_engine
from bot.history.events import load_events
from bot.history.places import find_binaries
from bot.history.queries import AlertFilter, stream_alerts
from bot.history.schema import check_schema
from bot.history.store import Store
from tests.conftest import new_database, postgres_binaries
from tests.factories import assess, judge_simply, make_article


def history(engine: Engine) -> tuple[list[Event], list[Alert]]:
    with engine.connect() as connection:
        events = load_events(connection, Wanted())
        return events, [stored.alert for stored in stream_alerts(connection, AlertFilter())]


@pytest.fixture
def elsewhere(postgres: URL) -> Iterator[URL]:
    with new_database(postgres) as url:
        yield url


def run(program: str, *arguments: str) -> None:
    subprocess.run([(postgres_binaries() or find_binaries()) / program, *arguments], check=True)


def test_a_restored_dump_is_the_same_history_and_goes_on(
    store: Store, engine: Engine, database: URL, elsewhere: URL, tmp_path: Path
) -> None:
    store.record([assess(make_article()), assess(make_article(text="New words.", day=3))], judge_simply, None)
    dump = str(tmp_path / "history.dump")
    run("pg_dump", "--format=custom", f"--file={dump}", libpq_address(database))
    run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={libpq_address(elsewhere)}", dump)
    restored = open_engine(elsewhere, pooled=False)
    check_schema(restored)
    assert history(restored) == history(engine)
    more = assess(make_article(key="https://news.example/b", text="More.", day=5))
    assert Store(restored).record([more], judge_simply, None).changes
