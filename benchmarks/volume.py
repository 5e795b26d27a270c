"""What a history costs as it grows: rate of writing, memory, size, copies, judging, time of the analyst's questions.

    python -m benchmarks.volume [COUNT …] [--url postgresql://…] [--telling SHARE] [--keep FOLDER] [--no-judge]

Each COUNT (10,000 and 100,000 where none is given; 1,000,000 takes half an hour) is the number of articles stored when
the figures are taken; the history grows from one to the next. A quarter of the articles tells something, three to six
events each, one in ten of them news: about as many events as articles. The rules are those of rules/, the questions are
the commands themselves, each in a process of its own. --keep leaves the database in a folder.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, text

from benchmarks.generated import generate
from benchmarks.write import CHUNK, opened
from bot.cli import wiring
from bot.core.model import Wanted
from bot.core.rules.setting import ALWAYS_READ
from bot.history import embedded
from bot.history.database import libpq_address, open_engine
from bot.history.events import load_events
from bot.history.schema import migrate
from bot.history.store import Store

ROOT = Path(__file__).resolve().parents[1]
COUNTS = (10_000, 100_000)
GENERATED = 2_000  # articles made at a time, outside the clock
TELLING = 0.25
TABLES = ("article", "article_version", "article_copy", "event", "alert", "alert_change", "alert_event")


class Spent(NamedTuple):
    """Seconds by the clock, of our CPU, of the CPU of the server's process that serves us."""

    clock: float
    ours: float
    server: float


def grow(engine: Engine, first: int, last: int, telling: float) -> Iterator[Spent]:
    """Write the articles from `first` to before `last`; yield what each part took."""
    store = Store(engine)
    for start in range(first, last, GENERATED):
        assessed = list(generate(min(GENERATED, last - start), start=start, telling=telling))
        before = spent(engine)
        for offset in range(0, len(assessed), CHUNK):
            store.record(assessed[offset : offset + CHUNK], None, None)
        yield Spent(*(now - then for now, then in zip(spent(engine), before, strict=True)))


def spent(engine: Engine) -> Spent:
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        server = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:  # the server is on another machine
        server = float("nan")
    return Spent(time.perf_counter(), time.process_time(), server)


def told(count: int, parts: Sequence[Spent], written: int) -> None:
    """Tell the rate of all parts and of the last tenth, which is that of a history of this size."""
    last = parts[-max(len(parts) // 10, 1) :]
    tail = sum(part.clock for part in last) / (written * len(last) / len(parts))
    clock, ours, server = (sum(kind) / written for kind in zip(*parts, strict=True))
    end = [sum(kind) / (written * len(last) / len(parts)) * 1e6 for kind in zip(*last, strict=True)]
    print(f"{datetime.now().astimezone():%H:%M} {count:>9,} articles: {1 / clock:,.0f} articles/s written, ", end="")
    print(f"{ours * 1e6:,.0f} + {server * 1e6:,.0f} µs of CPU an article (ours + the server's); ", end="")
    print(f"the last tenth {1 / tail:,.0f} articles/s, {end[1]:,.0f} + {end[2]:,.0f} µs; ", end="")
    print(f"load {os.getloadavg()[0]:.1f}, {resident_mb():,.0f} MB resident", flush=True)


def resident_mb() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def in_own_process(engine: Engine, *words: str) -> tuple[float, float, int]:
    """Run a command; give its seconds, its peak of memory in MB, and the lines it wrote."""
    before = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": libpq_address(engine.url)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        lines = sum(1 for _ in process.stdout)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return time.perf_counter() - before, used.ru_maxrss / 1024, lines


def ask(engine: Engine, *words: str) -> None:
    seconds, peak, lines = in_own_process(engine, "-m", "bot", *words)
    print(f"{'':10}bot {' '.join(words)}: {seconds:.2f} s, {lines:,} lines, {peak:,.0f} MB at the most", flush=True)


def question(engine: Engine, *, judges: bool) -> None:
    """Ask what an analyst asks."""
    ask(engine, "alerts")
    with engine.connect() as connection:
        newest = connection.scalar(text("SELECT max(opened_on) FROM alert"))
        alert = connection.scalar(text("SELECT id FROM alert WHERE opened_on = :day LIMIT 1"), {"day": newest})
    if newest is not None:
        ask(engine, "alerts", "--json", "--since", str(newest - timedelta(days=7)))
        ask(engine, "explain", str(alert))
    ask(engine, "status")
    if judges:
        ask(engine, "rules", "preview")


def judge(engine: Engine) -> None:
    """Judge everything as a backfill does, in a process of its own."""
    seconds, peak, _ = in_own_process(engine, "-m", "benchmarks.volume", "--judge-only")
    print(f"{'':10}everything judged in {seconds:.1f} s in all, {peak:,.0f} MB at the most", flush=True)


def judge_here() -> None:
    engine = open_engine(os.environ["DATABASE_URL"])
    rules, store = wiring.load_rules(ROOT / "rules"), Store(engine)
    say, before = sys.stderr.write, time.perf_counter()
    with engine.connect() as connection:
        count = len(load_events(connection, Wanted()))
    say(f"{'':10}{count:,} events read in {time.perf_counter() - before:.1f} s\n")
    before = time.perf_counter()
    judged = store.rejudge(lambda until: rules.judge(until, ALWAYS_READ), None)
    say(f"{'':10}{len(rules.book.rules)} rules judged and stored in {time.perf_counter() - before:.1f} s: ")
    say(f"{judged.alerts:,} alerts, {judged.reviews:,} reviews, {len(judged.changes):,} changes\n")


def settle(engine: Engine) -> None:
    before = time.perf_counter()
    Store(engine).settle()
    print(f"{'':10}copies found in {time.perf_counter() - before:.1f} s, {resident_mb():,.0f} MB resident", flush=True)


def sizes(engine: Engine, count: int) -> None:
    with engine.connect() as connection:
        whole = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
        parts = {
            table: connection.scalar(text("SELECT pg_total_relation_size(CAST(:name AS regclass))"), {"name": table})
            for table in TABLES
        }
    said = ", ".join(f"{table} {size / count:,.0f}" for table, size in parts.items() if size)
    print(f"{'':10}{whole / 1e9:.2f} GB, {whole / count:,.0f} bytes an article: {said}", flush=True)


@contextmanager
def opened_at(url: str | None, keep: Path | None) -> Iterator[Engine]:
    if keep is None:
        with opened(url) as engine:
            yield engine
        return
    with embedded.start(keep) as server:
        yield open_engine(server.url)


def measure(counts: Sequence[int], engine: Engine, telling: float, *, judges: bool) -> None:
    migrate(engine)
    with engine.connect() as connection:
        stored = connection.scalar(text("SELECT count(*) FROM article")) or 0
    for count in counts:
        if count > stored:
            told(count, list(grow(engine, stored, count, telling)), count - stored)
        settle(engine)
        if judges:
            judge(engine)
        sizes(engine, count)
        question(engine, judges=judges)
        stored = max(stored, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int)
    parser.add_argument("--url")
    parser.add_argument("--telling", type=float, default=TELLING)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--no-judge", action="store_true", help="leave out what reads every event")
    parser.add_argument("--judge-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.judge_only:
        judge_here()
        return
    with opened_at(arguments.url, arguments.keep) as engine:
        measure(sorted(arguments.counts or COUNTS), engine, arguments.telling, judges=not arguments.no_judge)
        engine.dispose()


if __name__ == "__main__":
    main()
