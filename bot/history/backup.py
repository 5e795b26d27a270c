"""The whole history in one file, and back: pg_dump and pg_restore, with the binaries that come with the bot."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import URL, Engine, text

from bot.errors import StoreError
from bot.history.database import libpq_address
from bot.history.schema import check_schema

_IS_MADE = text("SELECT to_regclass('article') IS NOT NULL")
_HOLDS_ROWS = text("SELECT EXISTS (SELECT FROM article) OR EXISTS (SELECT FROM alert) OR EXISTS (SELECT FROM audit)")


def back_up(engine: Engine, target: Path, binaries: Path) -> int:
    """Write the database to a file in PostgreSQL's own archive form; return how many bytes.

    It is one consistent moment, whoever works meanwhile. The file takes its name only when it is complete, and only
    its owner may read it.

    Raises:
        StoreError: with what pg_dump said.
    """
    fresh = target.with_name(f"{target.name}.part")
    fresh.touch(mode=0o600)
    _run(engine.url, binaries / "pg_dump", "--format=custom", "--no-owner", f"--file={fresh}")
    fresh.replace(target)
    return target.stat().st_size


def restore(engine: Engine, source: Path, binaries: Path) -> None:
    """Read a file of `back_up` into a database that holds no history.

    All of it or nothing, in one transaction.

    Raises:
        StoreError: when the database holds a history already, or with what pg_restore said.
        SchemaError: when the file is of an older or newer program; it is restored then.
    """
    if not source.is_file():
        raise StoreError(f"there is no file {source}; name one that `bot backup` wrote")
    with engine.connect() as connection:
        if connection.scalar(_IS_MADE) and connection.scalar(_HOLDS_ROWS):
            raise StoreError(
                "the database holds a history already; restore into an empty one (DATABASE_URL or DATA_DIR)"
            )
    _run(
        engine.url, binaries / "pg_restore", "--no-owner", "--clean", "--if-exists", "--single-transaction",
        "--exit-on-error", f"--dbname={_plain(engine.url)}", str(source),
    )  # fmt: skip
    check_schema(engine)


def _run(url: URL, program: Path, *words: str) -> None:
    if not program.exists():
        raise StoreError(
            f"there is no program {program}; set POSTGRES_BIN to a folder that has it (PostgreSQL's client)"
        )
    command = [str(program), *words]
    if program.name == "pg_dump":
        command.append(f"--dbname={_plain(url)}")
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell
        command, env={**os.environ, **secret}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        hint = (
            "; for a server older than these programs set POSTGRES_BIN to its own" if "parameter" in done.stderr else ""
        )
        raise StoreError(f"{program.name} ended with {done.returncode}: {done.stderr.strip()[-500:]}{hint}")


def _plain(url: URL) -> str:
    """Write the address without its password, which other users could see among the words of a command."""
    return libpq_address(url.set(password=None) if url.password else url)
