"""A team's own Dask cluster as the engine of a backfill.

A task is one chunk's turn: it names no chunk, it takes the next one from the ledger. What it gives stays in the
database, so a lost worker, a task that is run twice or a dead scheduler costs time and nothing else.
"""

import atexit
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache

from distributed import Client

from bot.backfill import Reader
from bot.cli import delivery, past, wiring
from bot.errors import BotError
from bot.sources.parser_process import ParserProcess

TASK_ATTEMPTS = 3  # of a task whose worker died; the chunk itself has more
PATIENCE_SECONDS = 30  # for the scheduler to answer
LOOK_SECONDS = 0.5  # how often the progress is looked at


def do_on_cluster(address: str, name: str, chunks: int, look: Callable[[], object]) -> None:
    """Let the cluster's workers do the chunks of a backfill; what they leave is left in the ledger.

    Raises:
        BotError: when the optional package is missing or nobody answers at the address.
    """
    try:
        client = Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError) as error:
        raise BotError(f"no Dask scheduler answers at {address}: {error}; check the address") from error
    with client:
        turns = client.map(_take_turn, range(chunks), backfill=name, pure=False, retries=TASK_ATTEMPTS)
        while any(turn.status == "pending" for turn in turns) and client.status == "running":
            time.sleep(LOOK_SECONDS)
            look()


def _take_turn(_number: int, backfill: str) -> bool:
    """Do the next chunk, on a worker of the cluster."""
    return _reader(backfill).do_next(backfill)


@cache
def _reader(backfill: str) -> Reader:
    """Open the history once in each worker process; it stays open as long as the process does."""
    stack = ExitStack()
    atexit.register(stack.close)
    house = stack.enter_context(wiring.open_house(wiring.load_settings()))
    parser = stack.enter_context(ParserProcess())
    return past.reader_for(house, backfill, parser, delivery.worker_name())
