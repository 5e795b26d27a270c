"""`bot export`, `bot forget`, `bot backup`, `bot restore`: the history in other hands, and out of all hands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from bot.cli import wiring
from bot.history.backup import back_up as write_backup
from bot.history.backup import restore as read_backup
from bot.history.export import Form, Kind, export_parquet
from bot.history.export import export as write
from bot.history.forgetting import Forgotten, Order, forget_article, forget_source
from bot.history.places import find_binaries
from bot.history.status import read_status

DONE, NOTHING_FOUND = 0, 1


def export(kind: str, form: str, target: Path | None) -> None:
    """Write everything of one kind to a file, or to standard output."""
    read = wiring.load_settings()
    with wiring.open_history(read) as engine, engine.connect() as connection:
        if Form(form) is Form.PARQUET:
            count = export_parquet(connection, Kind(kind), target or Path(f"{kind}.parquet"))
        else:
            with _opened(target) as out:
                count = write(connection, Kind(kind), Form(form), out)
    print(f"{count:,} {kind} written", file=sys.stderr)  # noqa: T201 - beside the output, not in it


def forget(*, article: str | None, source: str | None, by: str, why: str) -> int:
    """Forget an article or a source, tell what was done, and return the exit status.

    What is left is judged anew by the worker that leads, which also tells the channels what changed.
    """
    read = wiring.load_settings()
    order = Order(by=by, why=why, now=wiring.now())
    with wiring.open_history(read) as engine, engine.begin() as connection:
        if article is not None:
            forgotten = forget_article(connection, article, order)
        else:
            forgotten = forget_source(connection, source or "", order)
    for line in told(forgotten):
        print(line)  # noqa: T201 - the command's output
    return DONE if forgotten.articles or forgotten.events else NOTHING_FOUND


def forget_before(before: date, *, by: str, why: str) -> int:
    """Forget what came out before a day, tell what was done, and return the exit status."""
    with wiring.open_house(wiring.load_settings(), reads_articles=False) as house:
        order = Order(by=by, why=why, now=wiring.now())
        forgotten = house.store.retain(before, order, house.judge)
    for line in told(forgotten):
        print(line)  # noqa: T201 - the command's output
    return DONE if forgotten.articles else NOTHING_FOUND


def back_up(target: Path) -> None:
    """Write the history to a file."""
    read = wiring.load_settings()
    with wiring.open_engine_for(read) as engine:
        size = write_backup(engine, target, read.postgres_bin or find_binaries())
    print(f"{target}: {size:,} bytes; read it back into an empty database with: bot restore {target}")  # noqa: T201 - as above


def restore(source: Path) -> None:
    """Read a history from a file into an empty database."""
    read = wiring.load_settings()
    with wiring.open_engine_for(read) as engine:
        read_backup(engine, source, read.postgres_bin or find_binaries())
        with engine.connect() as connection:
            counts = read_status(connection).counts
    print(f"restored: {', '.join(f'{count:,} {name}' for name, count in counts.items())}")  # noqa: T201 - as above


def told(forgotten: Forgotten) -> Iterator[str]:
    """Say what was forgotten, and what a person still has to delete in Slack."""
    yield (
        f"forgotten: {forgotten.articles} articles, {forgotten.events} events, {forgotten.alerts} alerts; "
        f"{forgotten.scrubbed} other alerts stay without their words"
    )
    for receipt in forgotten.receipts:
        yield f"delete in Slack by hand: message {receipt.ts} in {receipt.channel}"


@contextmanager
def _opened(target: Path | None) -> Iterator[TextIO]:
    if target is None:
        yield sys.stdout
        return
    with target.open("w", encoding="utf-8", newline="") as out:
        yield out
