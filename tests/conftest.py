"""One PostgreSQL server for the whole run, and databases of their own for the tests that want one.

TEST_DATABASE_URL takes a server that runs already (it must allow CREATE DATABASE); POSTGRES_BIN takes other binaries.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from bot.history import embedded

# The same examples in every run, on machines of any speed; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

FAST_SETTINGS = {  # durable against nothing: the tests' data is thrown away
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "max_connections": "100",
}
FAST_INITDB = ("--no-sync", "--wal-segsize=1")
ROOM_BYTES = 200_000_000  # a cluster is 28 MB; a container's /dev/shm is often 64 MB in all


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder that every user may enter, in memory where there is room."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a name of its own
    in_memory = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="bot-tests-", dir=memory if in_memory else None))
    folder.chmod(0o755)  # the server of root's tests runs as another user
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "database: wants the run's PostgreSQL server (given by itself)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for test in items:
        if "postgres" in getattr(test, "fixturenames", ()):
            test.add_marker("database")


def postgres_binaries() -> Path | None:
    """Give the binaries that this run is about; None for the wheel's."""
    named = os.environ.get("POSTGRES_BIN")
    return Path(named) if named else None


def _execute(server: URL, statement: sql.Composed) -> None:
    with psycopg.connect(server.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.autocommit = True
        connection.execute(statement)


@contextmanager
def new_database(server: URL, *, template: str | None = None) -> Iterator[URL]:
    """Give the address of a database that exists only inside the block: empty, or a copy of `template`."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(
        server,
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template or "template0")),
    )
    try:
        yield server.set(database=name)
    finally:
        _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """Give the address of the run's server: its maintenance database."""
    running = os.environ.get("TEST_DATABASE_URL")
    if running:
        yield make_url(running).set(drivername="postgresql+psycopg")
        return
    with (
        scratch_folder() as folder,
        embedded.start(
            folder,
            binaries=postgres_binaries(),
            settings=FAST_SETTINGS,
            initdb=FAST_INITDB,
            shelter=folder / "shelter",
        ) as server,
    ):
        yield server.url


@pytest.fixture(scope="session")
def database_url(postgres: URL) -> Iterator[URL]:
    """Give the address of one database for the whole run; its tests roll back what they do."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture
def fresh_database(postgres: URL) -> Iterator[URL]:
    """Give the address of an empty database of this test's own."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture
def fresh_engine(fresh_database: URL) -> Iterator[Engine]:
    """Give an engine on an empty database of this test's own."""
    engine = create_engine(fresh_database, poolclass=NullPool)
    yield engine
    engine.dispose()
