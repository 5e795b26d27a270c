"""A migrated database for each test, copied from one that is migrated once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine, text

from bot.history.database import open_engine
from bot.history.schema import migrate
from bot.history.store import Store
from tests.conftest import new_database


@pytest.fixture(scope="session")
def migrated_template(postgres: URL) -> Iterator[str]:
    """Give the name of a database with the newest schema and nothing in it."""
    with new_database(postgres) as url:
        engine = open_engine(url, pooled=False)
        migrate(engine)
        yield str(url.database)


@pytest.fixture
def database(postgres: URL, migrated_template: str) -> Iterator[URL]:
    """Give the address of a migrated database of this test's own."""
    with new_database(postgres, template=migrated_template) as url:
        yield url


@pytest.fixture
def engine(database: URL) -> Iterator[Engine]:
    engine = open_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


def fall_silent(engine: Engine, *, hours: int) -> None:
    """Let every worker's last sign of life be some hours older than it is."""
    age = text("UPDATE worker SET heartbeat = heartbeat - make_interval(hours => :hours)")
    with engine.begin() as connection:
        connection.execute(age, {"hours": hours})
