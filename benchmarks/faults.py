"""Ends real processes with kill -9 at random instants, and looks whether anything was lost or is there twice.

    python -m benchmarks.faults [KILLS] [--seed N]

KILLS (200 where none is given) are divided between the backfill with its processes, the worker, the parser and the
embedded server's processes; the instants are those of a seeded generator. Prints one line for each and fails loudly.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bot.history import embedded
from tests.conftest import FAST_INITDB, FAST_SETTINGS, scratch_folder
from tests.fault_trials import kill_backfills, kill_parsers, kill_servers, kill_workers, undisturbed, watched_folder
from tests.ready_bot import ReadyBot

BATCH = 25  # kills between two looks at what stands there


def report(name: str, kills: int, trial: Callable[[int, int], object], seed: int) -> None:
    before = time.perf_counter()
    for start in range(0, kills, BATCH):
        trial(min(BATCH, kills - start), seed + start)
    print(f"{name}: {kills} kills in {time.perf_counter() - before:,.0f} s, nothing lost, nothing twice", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2025)
    arguments = parser.parse_args()
    each, seed = arguments.kills // 4, arguments.seed
    with (
        scratch_folder() as folder,
        tempfile.TemporaryDirectory() as scratch,
        embedded.start(folder, settings=FAST_SETTINGS, initdb=FAST_INITDB, shelter=folder / "shelter") as server,
    ):
        place, url = Path(scratch), server.url
        rules = watched_folder(place)
        with ReadyBot(rules) as bot:
            expected = undisturbed(bot, url)
            report("parser", each, lambda kills, s: kill_parsers(bot, url, place / "p", kills=kills, seed=s), seed)
            report("backfill", each, lambda kills, s: kill_backfills(bot, url, expected, kills=kills, seed=s), seed)
            report("worker", each, lambda kills, s: kill_workers(bot, url, place, kills=kills, seed=s), seed)
            trial = partial(kill_servers, bot, place / "data", expected)
            report("embedded server", each, lambda kills, s: trial(kills=kills, seed=s), seed)


if __name__ == "__main__":
    main()
