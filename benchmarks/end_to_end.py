"""From text files to stored alerts: `bot backfill` on two processes, beside a bare COPY and a peer's pipeline.

    python -m benchmarks.end_to_end [COUNT] [--workers N] [--peer PYTHON] [--url postgresql://…]

COUNT articles (4,000 where none is given) of benchmarks/corpus.py are read twice: all on the subject, and nine in ten
off it. The rate is that of reading, extracting and writing (first claim to last chunk, as the ledger has it); the whole
command, with starting, judging and telling, is given beside it. COPY takes the same rows into the same, emptied tables.
PYTHON is the interpreter of an environment made from peers/requirements-pipeline.txt; it reads the same articles as
pages on one core, and is compared by CPU seconds an article, so that a busy machine treats both alike.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, text

from benchmarks.corpus import write, write_files
from benchmarks.write import clear, copied_rows, opened, write_by_copy
from bot.cli import wiring
from bot.history.database import libpq_address
from bot.history.schema import migrate

ROOT = Path(__file__).resolve().parents[1]
PEER_ARTICLES = 12  # the peer takes seconds an article
_READ = text("""
SELECT sum(articles) AS articles, sum(events) AS events, extract(epoch FROM max(done_at) - (
  SELECT started FROM backfill ORDER BY started DESC LIMIT 1)) AS seconds FROM backfill_chunk
WHERE backfill = (SELECT id FROM backfill ORDER BY started DESC LIMIT 1)
""")


def backfill(engine: Engine, folder: Path, workers: int) -> tuple[float, float, float]:
    """Read a folder; give articles a second while reading, seconds of the whole command, its CPU seconds."""
    before, used = time.perf_counter(), _children_cpu()
    subprocess.run(
        [sys.executable, "-m", "bot", "backfill", str(folder), "--post", "none", "--workers", str(workers)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": libpq_address(engine.url)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    whole, cpu = time.perf_counter() - before, _children_cpu() - used
    with engine.connect() as connection:
        read = connection.execute(_READ).one()
    print(f"  {read.articles:,} articles, {read.events:,} events", flush=True)
    return float(read.articles) / float(read.seconds), whole, cpu


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def copy(engine: Engine) -> float:
    """Write the rows that stand there again by COPY; give articles a second."""
    rows = copied_rows(engine)
    with engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM article")) or 0
    clear(engine)
    before = time.perf_counter()
    write_by_copy(engine, rows)
    return count / (time.perf_counter() - before)


def peer(engine: Engine, python: str, pages: Sequence[Path]) -> dict[str, Any]:
    asked = {"url": _address(engine), "paths": [str(page) for page in pages], **question()}
    command = [python, str(ROOT / "benchmarks" / "peers" / "pipeline.py")]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def question() -> dict[str, Any]:
    """Give our triggers and the label clauses of our rules, as the peer's parts take them."""
    rules = wiring.load_rules(ROOT / "rules")
    lists: dict[str, list[str]] = {}
    for path in (ROOT / "rules" / "events").glob("*.yaml"):
        tree = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        lists |= tree if path.name.endswith("_words.yaml") else tree.get("words", {})
    types = rules.book.definitions.definitions.values() if rules.book.definitions else ()
    triggers = [
        (each.type.name, ",".join(pattern.sets.get("status", ())), line.phrase.text)
        for each in types
        for pattern in each.patterns
        for line in pattern.triggers
    ]
    return {"triggers": triggers, "lists": lists, "rules": list(_expressions())}


def _expressions() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "rules").glob("*/*.yaml")):
        tree = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        match = tree.get("match", {}) if isinstance(tree, dict) else {}
        if not isinstance(match.get("event"), str):
            continue
        status = match.get("when", {}).get("status")
        wanted = [status] if isinstance(status, str) else status if isinstance(status, list) else []
        listed = ", ".join(f'"{each}"' for each in wanted)
        found.append((tree["rule"], f'type == "{match["event"]}"' + (f" and status in [{listed}]" if wanted else "")))
    return found


def measure(engine: Engine, folder: Path, arguments: argparse.Namespace, telling: float) -> None:
    size = write_files(folder / "text", write(arguments.count, telling=telling), folder / "pages")
    name = "all on the subject" if telling == 1.0 else "nine in ten off the subject"
    print(f"{name}: {size / arguments.count:,.0f} characters an article", flush=True)
    rate, whole, cpu = backfill(engine, folder / "text", arguments.workers)
    each = cpu / arguments.count
    print(
        f"  reading {rate:,.0f} articles/s on {arguments.workers} processes; the whole command {whole:.1f} s, ", end=""
    )
    print(f"{each * 1e3:.2f} ms of our CPU an article", flush=True)
    bare = copy(engine)
    print(f"  a bare COPY of the same rows {bare:,.0f} articles/s: {bare / rate:.1f} times ours", flush=True)
    if arguments.peer:
        pages = sorted((folder / "pages").rglob("*.html"))[:PEER_ARTICLES]
        spent = peer(engine, arguments.peer, pages)
        theirs = spent["cpu"] / len(pages)
        said = "{:,} articles, {:,} events, {:,} alerts".format(*spent["counts"])
        print(
            f"  the peer ({said}) {len(pages) / spent['wall']:,.1f} articles/s, {theirs * 1e3:,.0f} ms of its CPU ",
            end="",
        )
        print(f"an article: {theirs / each:,.0f} times ours", flush=True)
    clear(engine)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=4_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peer")
    parser.add_argument("--url")
    arguments = parser.parse_args()
    with opened(arguments.url) as engine:
        migrate(engine)
        for telling in (1.0, 0.1):
            with tempfile.TemporaryDirectory() as folder:
                measure(engine, Path(folder), arguments, telling)
        engine.dispose()


if __name__ == "__main__":
    main()
