"""500 feeds on loopback: CPU a visit, time for a round, and from publication to a stored event.

    python -m benchmarks.polling [--sources N]

Every feed lists ten articles; one round reads them all for the first time (the baseline), a second finds nothing new
(conditional requests), then each of twenty feeds publishes an article and the third round brings it through extraction
into PostgreSQL (the built-in server, in a temporary folder). The sites run in a process of their own, on the same two
cores. Visits to one host are spaced by no pause here: every source stands for a host of its own.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bot.cli.wiring import load_rules
from bot.core.model import Article
from bot.history import embedded
from bot.history.database import open_engine
from bot.history.schema import migrate
from bot.history.store import Store
from bot.pipeline import ingest
from bot.sources.articles import Desk
from bot.sources.fetch import Fetcher, FetchRules
from bot.sources.parser_process import ParserProcess
from bot.sources.politeness import HostPace, Robots
from bot.sources.polling import SourceState
from bot.sources.reading import Reader
from bot.sources.source_list import SourceEntry
from bot.sources.web import Tools

ROOT = Path(__file__).parents[1]
THREADS = 8
SITE = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from tests.site import Answer, html_answer, html_page, running_site
published = {}
HEADERS = {"Content-Type": "application/rss+xml"}

def item(site, name, day):
    return (f"<item><title>Story {name}</title><link>{site.url('/p/' + name)}</link><guid>{name}</guid>"
            f"<pubDate>{day}</pubDate><description>The talks brought no offer.</description></item>")

def feed(site, request):
    number = request.path.rsplit("/", 1)[1]
    extra = published.get(number, "")
    tag = f'"{number}-{len(extra)}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(status=304, headers={"ETag": tag})
    old = "".join(item(site, f"{number}-{n}", "Thu, 02 Jan 2025 10:00:00 GMT") for n in range(10))
    body = f"<rss version='2.0'><channel><title>Feed {number}</title>{extra}{old}</channel></rss>"
    return Answer(body=body.encode(), headers={**HEADERS, "ETag": tag})

with running_site() as site:
    class Routes(dict):
        def get(self, path, default=None):
            if path.startswith("/feed/"):
                return lambda request: feed(site, request)
            if path.startswith("/p/"):
                return html_answer(html_page("No sessions are scheduled " + path, 12))
            return default
    site.routes = Routes()
    print(site.port, flush=True)
    for line in sys.stdin:
        number, day = line.strip().split("|")
        published[number] = item(site, f"{number}-new", day)
        print("published", flush=True)
"""


def visit(entry: SourceEntry, state: SourceState, tools: Tools, now: datetime) -> tuple[SourceState, Sequence[Article]]:
    reader = Reader(entry, state, tools, now)
    articles = [found for found in reader.read(now) if isinstance(found, Article)]
    return reader.close(0.5).state, articles


def round_of(
    entries: Sequence[SourceEntry], states: dict[str, SourceState], tools: Tools, now: datetime
) -> Sequence[Article]:
    """Read every source once, several at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda entry: visit(entry, states[entry.id], tools, now), entries))
    for entry, (state, _articles) in zip(entries, done, strict=True):
        states[entry.id] = state
    return [article for _state, articles in done for article in articles]


def cpu_now(pid: int | None) -> float:
    """Return the CPU seconds of this process and of the parser's."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() if pid else [0] * 13
    return own.ru_utime + own.ru_stime + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sources", type=int, default=500)
    count = arguments.parse_args().sources
    with closing(Publisher()) as site, ParserProcess() as parser:
        measure(count, parser, site)


class Publisher:
    """The sites, in a process of their own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SITE, str(ROOT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self._answer())

    def publish(self, number: str, day: str) -> None:
        """Add an article to one feed."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{number}|{day}\n")
            self._process.stdin.flush()
        self._answer()

    def close(self) -> None:
        """Stop."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> str:
        return self._process.stdout.readline() if self._process.stdout is not None else ""


def measure(count: int, parser: ParserProcess, site: Publisher) -> None:
    now, port = datetime.now(UTC), site.port
    fetcher = Fetcher(FetchRules(user_agent="benchmark", allowed=frozenset({("127.0.0.1", port)})))
    robots = Robots(fetcher, parser, HostPace(spacing_seconds=0), "benchmark")
    tools = Tools(fetcher=fetcher, parser=parser, robots=robots, desk=Desk(read_at=now))
    parser.page(b"<html><p>warm</p></html>")
    entries = [
        SourceEntry(id=f"feed:{n}", kind="feed", place=f"http://127.0.0.1:{port}/feed/{n}", every=timedelta(minutes=30))
        for n in range(count)
    ]
    states = {entry.id: SourceState(id=entry.id) for entry in entries}
    for name in ("first round (baseline, full answers)", "second round (304)"):
        before, started = cpu_now(parser.worker_pid), time.monotonic()
        round_of(entries, states, tools, now)
        seconds = time.monotonic() - started
        cpu = (cpu_now(parser.worker_pid) - before) / count * 1_000
        print(f"{name}: {count} sources in {seconds:.1f} s, {cpu:.1f} ms CPU a source")
        now += timedelta(hours=1)
    publish_and_record(entries, states, tools, now, site)
    print(f"peak of the bot's process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000:.0f} MB")


def publish_and_record(
    entries: Sequence[SourceEntry],
    states: dict[str, SourceState],
    tools: Tools,
    now: datetime,
    site: Publisher,
) -> None:
    """Publish an article on some feeds, and measure until its events are stored."""
    chosen = entries[:: max(len(entries) // 20, 1)][:20]
    rules = load_rules(ROOT / "rules")
    taken = []
    events = 0
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        engine = open_engine(server.url)
        migrate(engine)
        store = Store(engine)
        for entry in chosen:
            site.publish(entry.id.partition(":")[2], f"{now:%a, %d %b %Y %H:%M:%S} GMT")
            started = time.monotonic()
            reader = Reader(entry, replace(states[entry.id], first_read=now), tools, now)
            ingested = ingest(
                reader.read(now), extract=rules.extractor.extract, history=store, judge=None, plan=None, until=now
            )
            taken.append((time.monotonic() - started) * 1_000)
            events += ingested.recorded.events
        engine.dispose()
    print(
        f"publication to stored events, once the source is due: median {median(taken):.0f} ms, "
        f"slowest {max(taken):.0f} ms ({len(chosen)} articles, {events} events)"
    )


if __name__ == "__main__":
    main()
