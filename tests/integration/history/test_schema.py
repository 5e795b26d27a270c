import threading

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, text

from bot.errors import SchemaError, StoreError
from bot.history.database import open_engine, parse_url
from bot.history.schema import MIGRATIONS, SCHEMA_VERSION, check_schema, migrate


def test_the_program_needs_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


def test_an_empty_database_is_refused_with_the_command_that_helps(fresh_database: URL) -> None:
    engine = open_engine(fresh_database, pooled=False)
    with pytest.raises(SchemaError, match=r"is empty.*run: bot migrate"):
        check_schema(engine)


def test_a_migration_run_twice_changes_nothing(fresh_database: URL) -> None:
    engine = open_engine(fresh_database, pooled=False)
    assert migrate(engine) == ""
    assert migrate(engine) == SCHEMA_VERSION
    check_schema(engine)


def test_two_migrations_at_once_end_with_one_schema(fresh_database: URL) -> None:
    before: list[str] = []

    def run() -> None:
        before.append(migrate(open_engine(fresh_database, pooled=False)))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(before) == ["", SCHEMA_VERSION]


def test_a_newer_database_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="start the newer program"):
        check_schema(engine)
    with pytest.raises(SchemaError, match="start the newer program"):
        migrate(engine)


def test_every_constraint_has_a_name_that_was_chosen(engine: Engine) -> None:
    query = text("""
        SELECT conrelid::regclass || '.' || conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
          AND conname !~ '^(pk|uq|fk|ck)_' AND conrelid::regclass::text <> 'alembic_version'
    """)
    with engine.connect() as connection:
        assert connection.scalars(query).all() == []


def test_every_key_sorts_the_same_under_every_locale(engine: Engine) -> None:
    query = text("""
        SELECT index.indexrelid::regclass || '.' || attribute.attname
        FROM pg_index AS index JOIN pg_attribute AS attribute ON attribute.attrelid = index.indexrelid
        WHERE index.indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
          AND attribute.attcollation <> 0 AND attribute.attcollation <> 'pg_catalog."C"'::regcollation
          AND index.indrelid <> 'alembic_version'::regclass
    """)
    with engine.connect() as connection:
        assert connection.scalars(query).all() == []


def test_limits_are_set_when_a_connection_is_made(engine: Engine) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
    with engine.connect() as connection:
        settings = [connection.scalar(text("SELECT current_setting(:name)"), {"name": name}) for name in names]
    assert settings == ["2min", "1min", "1min", "UTC"]


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://bot:secret@db/alerts", "postgresql+psycopg"),
        ("postgresql://bot@db/alerts", "postgresql+psycopg"),
    ],
)
def test_an_address_is_read_as_hosts_write_it(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize("url", ["not an address: secret", "mysql://bot:secret@db/alerts"])
def test_an_address_that_cannot_be_used_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        parse_url(url)
    assert "secret" not in str(raised.value)
