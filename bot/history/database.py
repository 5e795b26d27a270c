"""The way to PostgreSQL: one engine a process, limits set at connect, sessions in UTC."""

import os
import socket

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from bot.errors import StoreAwayError, StoreError

# Advisory locks of this program, in one place so that no two are the same. Any 64-bit number does.
MIGRATION_LOCK = 7_214_001  # one migration at a time
JUDGE_LOCK = 7_214_002  # one judge at a time
LEADER_LOCK = 7_214_003  # one schedule at a time

STATEMENT_SECONDS = 120  # the largest statement is one chunk or one batch of a cursor: milliseconds to seconds
LOCK_SECONDS = 60  # a writer waits for another writer's chunk, never longer
IDLE_SECONDS = 60  # inside a transaction: a hung process loses its locks
JUDGE_SECONDS = 3_600  # judging works inside the transaction: a million events took a busy machine 14 minutes

POOL_SIZE = 5  # connections kept; threads beyond this open their own and close them
CONNECT_SECONDS = 10

# SQLSTATE classes and codes of a server that cannot go on, whatever is asked of it (PostgreSQL, appendix A).
_SERVER_TROUBLE = ("53", "58", "XX", "25006", "42501")  # resources, system, internal; read-only; not allowed


def parse_url(url: str | URL) -> URL:
    """Read a database address as libpq and most hosts write it.

    Raises:
        StoreError: when it is no address of a PostgreSQL database; the message does not repeat the password.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "DATABASE_URL cannot be read; expected postgresql://user:password@host:port/database"
        ) from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreError(f"DATABASE_URL names a {parsed.get_backend_name()} database; only PostgreSQL is supported")
    return parsed.set(drivername="postgresql+psycopg")


def own_name() -> str:
    """Return how the server shows the connections of this process: by this name others end them when it hangs."""
    return f"bot {os.getpid()} {socket.gethostname()}"


def open_engine(url: str | URL, *, application: str | None = None, pooled: bool = True) -> Engine:
    """Open an engine whose every connection has the limits and UTC set when it connects.

    Args:
        url: as `parse_url` takes it.
        application: shown in pg_stat_activity; `own_name` where none is given.
        pooled: False gives a connection of its own to each caller and closes it after use.
    """
    parsed = parse_url(url)
    given = parsed.query.get("options", "")
    limits = (
        f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s "
        f"-c idle_in_transaction_session_timeout={IDLE_SECONDS}s -c timezone=UTC -c jit=off"
    )
    options = f"{given if isinstance(given, str) else ' '.join(given)} {limits}".strip()
    arguments = {"options": options, "application_name": application or own_name(), "connect_timeout": CONNECT_SECONDS}
    address = parsed.difference_update_query(["options"])
    if pooled:
        engine = create_engine(
            address, pool_pre_ping=True, pool_size=POOL_SIZE, max_overflow=20, connect_args=arguments
        )
    else:
        engine = create_engine(address, poolclass=NullPool, connect_args=arguments)
    event.listen(engine, "handle_error", _name_trouble)
    return engine


def take_time(connection: Connection) -> None:
    """Let this transaction take as long as judging takes: between its statements everything is judged."""
    for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = '{JUDGE_SECONDS}s'"))


def wait_for_judges(connection: Connection) -> None:
    """Wait until no judge is at work, and let none begin before the transaction ends."""
    take_time(connection)
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": JUDGE_LOCK})


def _name_trouble(context: ExceptionContext) -> None:
    """Turn a database that cannot be reached, or that went away, into an error that says what to do."""
    if context.is_pre_ping or context.engine is None:
        return
    url = context.engine.url
    place = f"the database '{url.database}' at {url.host or url.query.get('host') or 'the local socket'}"
    reason = str(context.original_exception).strip().splitlines()[-1:]
    if context.connection is None:
        message = f"{place} cannot be reached: {' '.join(reason)}; check that it runs, and DATABASE_URL"
        raise StoreAwayError(message) from context.original_exception
    if context.is_disconnect:
        message = f"{place} went away: {' '.join(reason)}; what was not committed is done again when it is back"
        raise StoreAwayError(message) from context.original_exception
    if str(getattr(context.original_exception, "sqlstate", "")).startswith(_SERVER_TROUBLE):
        message = f"{place} cannot go on: {_first_line(context.original_exception)}; nothing of this step was stored"
        raise StoreError(message) from context.original_exception


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).splitlines()), "it gives no reason")


def libpq_address(url: URL) -> str:
    """Write an engine's address as libpq reads it, password and all: for connections that no pool may hold."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
