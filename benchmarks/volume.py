"""What a history costs as it grows: rate of writing, memory, size, time of the analyst's questions.

    python -m benchmarks.volume [COUNT …] [--url postgresql://…] [--judge]

Each COUNT (10,000 and 100,000 where none is given; 1,000,000 takes its time) is the number of articles stored when the
figures are taken; the history grows from one to the next. --judge also runs the rules again over everything.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.generated import generate
from benchmarks.write import CHUNK, opened
from bot.core.model import Alert, Event, Masthead, Wanted
from bot.history.events import EventFilter, load_events, stream_events
from bot.history.queries import AlertFilter, read_event, read_versions, stream_alerts
from bot.history.schema import migrate
from bot.history.status import read_status
from bot.history.store import Store

COUNTS = (10_000, 100_000)
GENERATED = 5_000  # articles made at a time, outside the clock


def grow(engine: Engine, first: int, last: int) -> float:
    """Write the articles from `first` to before `last`; give the seconds that writing took."""
    store, seconds = Store(engine), 0.0
    for start in range(first, last, GENERATED):
        assessed = list(generate(min(GENERATED, last - start), start=start))
        before = time.perf_counter()
        for offset in range(0, len(assessed), CHUNK):
            store.record(assessed[offset : offset + CHUNK], None, None)
        seconds += time.perf_counter() - before
    return seconds


def resident_mb(field: str = "VmRSS") -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return float("nan")


def milliseconds(ask: Callable[[], object], *, runs: int = 5) -> float:
    """Give the middle of a few runs."""
    taken = []
    for _ in range(runs):
        before = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - before)
    return sorted(taken)[runs // 2] * 1_000


def questions(engine: Engine) -> Mapping[str, Callable[[], object]]:
    with engine.connect() as connection:
        key, id_ = connection.execute(text("SELECT article, id FROM event LIMIT 1")).one()

    def some_events() -> int:
        chosen = EventFilter(types=frozenset({"strike"}), organisations=frozenset({"plan-7"}))
        with engine.connect() as connection:
            return sum(1 for _ in stream_events(connection, chosen))

    def explain() -> object:
        with engine.connect() as connection:
            return read_event(connection, id_), read_versions(connection, key)

    def alerts() -> int:
        with engine.connect() as connection:
            return sum(1 for _ in stream_alerts(connection, AlertFilter(since=date(2025, 6, 1))))

    def status() -> object:
        with engine.connect() as connection:
            return read_status(connection)

    return {"events of one plan": some_events, "explain": explain, "alerts since June": alerts, "status": status}


def judge_nothing(_events: Sequence[Event], _mastheads: Mapping[str, Masthead]) -> tuple[Alert, ...]:
    """Stand for a judge that finds nothing: what is measured is the reading."""
    return ()


def read_everything(engine: Engine) -> str:
    before, own = time.perf_counter(), time.process_time()
    with engine.connect() as connection:
        events = load_events(connection, Wanted())
    seconds, cpu = time.perf_counter() - before, time.process_time() - own
    each = cpu / max(1, len(events)) * 1e6
    return f"{len(events):,} events read in {seconds:.1f} s ({each:.0f} us of our CPU each, {resident_mb():,.0f} MB)"


def figures(engine: Engine, count: int, written: int, seconds: float, *, judge: bool) -> None:
    with engine.connect() as connection:
        size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
    print(f"{count:>9,} articles: {written / seconds:,.0f} articles/s, {resident_mb():,.0f} MB resident, ", end="")
    print(f"{size / count / 1_024:.1f} kB an article ({size / 1e9:.2f} GB)")
    for name, ask in questions(engine).items():
        print(f"{'':10}{name}: {milliseconds(ask):.1f} ms")
    if judge:
        print(f"{'':10}{read_everything(engine)}")
        before = time.perf_counter()
        Store(engine).rejudge(judge_nothing, None, until=datetime.now(UTC))
        print(f"{'':10}everything handed to a judge in {time.perf_counter() - before:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int)
    parser.add_argument("--url")
    parser.add_argument("--judge", action="store_true")
    arguments = parser.parse_args()
    with opened(arguments.url) as engine:
        migrate(engine)
        stored = 0
        for count in sorted(arguments.counts or COUNTS):
            seconds = grow(engine, stored, count)
            figures(engine, count, count - stored, seconds, judge=arguments.judge)
            stored = count
        engine.dispose()


if __name__ == "__main__":
    main()
