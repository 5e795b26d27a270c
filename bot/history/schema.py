"""The schema's version: brought up to date by `migrate`, checked by everything that serves."""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from bot.errors import SchemaError
from bot.history.database import MIGRATION_LOCK

SCHEMA_VERSION = "0003"  # the newest file of migrations/versions; a test keeps the two equal
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(engine: Engine) -> str:
    """Bring the schema up to date in one transaction; a second migration at the same time waits and finds it done.

    Returns:
        The version the schema had before, "" for an empty database.

    Raises:
        SchemaError: when the database is newer than this program.
    """
    with engine.begin() as connection:
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        before = read_version(connection)
        if before > SCHEMA_VERSION:
            raise SchemaError(_newer(before))
        if before != SCHEMA_VERSION:
            _upgrade(connection)
    return before


def check_schema(engine: Engine) -> None:
    """Refuse a schema that is not the one this program was written for.

    Raises:
        SchemaError: says which version is there, which is needed and what to do.
    """
    with engine.connect() as connection:
        version = read_version(connection)
    if version > SCHEMA_VERSION:
        raise SchemaError(_newer(version))
    if version < SCHEMA_VERSION:
        there = f"has schema {version}" if version else "is empty"
        raise SchemaError(f"the database {there}; this program needs schema {SCHEMA_VERSION}; run: bot migrate")


def read_version(connection: Connection) -> str:
    """Return the version stored in the database, "" when no migration was ever run."""
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return ""
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(version or "")


def _newer(version: str) -> str:
    return (
        f"the database has schema {version}; this program knows schemas up to {SCHEMA_VERSION}; "
        "start the newer program, or point DATABASE_URL at another database"
    )


def _upgrade(connection: Connection) -> None:
    # Alembic costs a third of a second to import; only a migration pays for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
