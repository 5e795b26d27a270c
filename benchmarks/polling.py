"""500 feeds on loopback, read by the worker's own collector into PostgreSQL: CPU a visit, rounds, publication to event.

    python -m benchmarks.polling [--sources N]

Every feed stands for a host of its own (an address of the loopback network) and lists ten articles. One round reads
them all for the first time (the baseline), a second finds nothing new (conditional requests); a third has one feed that
does not answer for as long as the others are read, and twenty that have published an article each, whose way to stored
events is timed from the start of the round. The collector is that of `bot run`: sources claimed in the database (the
built-in server, in a temporary folder), read side by side, recorded and judged as they come in. The sites run in a
process of their own, on the same processors. Visits to one host are spaced by no pause.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from bot.cli import wiring
from bot.cli.collecting import Collector, Online
from bot.cli.work import PARSERS
from bot.history import embedded
from bot.history.database import open_engine
from bot.history.schema import migrate
from bot.settings import Settings
from bot.sources.parser_process import ParserProcess
from bot.sources.politeness import HostPace
from bot.sources.source_list import SourceEntry, SourceList

ROOT = Path(__file__).parents[1]
PUBLISHING = 20  # feeds that bring an article in the third round
SITE = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from tests.site import Answer, html_answer, html_page, running_site
published = {}
silent = set()
speak = threading.Event()
HEADERS = {"Content-Type": "application/rss+xml"}

def item(site, name, day):
    place = f"http://127.0.0.1:{site.port}/p/{name}"
    return (f"<item><title>Story {name}</title><link>{place}</link><guid>{name}</guid>"
            f"<pubDate>{day}</pubDate><description>The talks brought no offer.</description></item>")

def feed(site, request):
    number = request.path.rsplit("/", 1)[1]
    if number in silent:
        speak.wait(60)
    extra = published.get(number, "")
    tag = f'"{number}-{len(extra)}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(status=304, headers={"ETag": tag})
    old = "".join(item(site, f"{number}-{n}", "Thu, 02 Jan 2025 10:00:00 GMT") for n in range(10))
    body = f"<rss version='2.0'><channel><title>Feed {number}</title>{extra}{old}</channel></rss>"
    return Answer(body=body.encode(), headers={**HEADERS, "ETag": tag})

with running_site("0.0.0.0") as site:
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
        if day == "silent":
            silent.add(number)
        elif day == "speak":
            speak.set()
        else:
            published[number] = item(site, f"{number}-new", day)
        print("published", flush=True)
"""


def cpu_now(parser: ParserProcess) -> float:
    """Return the CPU seconds of this process and of the parsers."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + sum(map(_cpu_of, parser.worker_pids))


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sources", type=int, default=500)
    count = arguments.parse_args().sources
    with closing(Publisher()) as site, ParserProcess(workers=PARSERS) as parser:
        measure(count, parser, site)


class Publisher:
    """The sites, in a process of their own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SITE, str(ROOT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self._answer())

    def tell(self, number: int, what: str) -> None:
        """Add an article of a day to one feed, or have a feed be silent, or all speak again."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{number}|{what}\n")
            self._process.stdin.flush()
        self._answer()

    def close(self) -> None:
        """Stop."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> str:
        return self._process.stdout.readline() if self._process.stdout is not None else ""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A collector with its sources."""

    collector: Collector
    engine: Engine
    parser: ParserProcess
    count: int

    def round(self, name: str) -> float:
        """Read every source once, and say what it took."""
        self.collector.make_due()
        before, started = cpu_now(self.parser), time.monotonic()
        fresh = self.collector.collect()
        seconds = time.monotonic() - started
        cpu = (cpu_now(self.parser) - before) / self.count * 1_000
        print(f"{name}: {self.count} sources, {fresh} articles in {seconds:.1f} s, {cpu:.1f} ms CPU a source")
        return seconds

    def last_read(self) -> int:
        """Return how many sources were read with articles so far."""
        with self.engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM fetch_log WHERE articles_new > 0")) or 0)


@contextmanager
def opened(count: int, parser: ParserProcess, port: int) -> Iterator[Bench]:
    hosts = [f"127.0.{number // 250 + 1}.{number % 250 + 1}" for number in range(count)]
    entries = tuple(
        SourceEntry(id=f"feed:{number}", kind="feed", place=f"http://{host}:{port}/feed/{number}")
        for number, host in enumerate(hosts)
    )
    listed = SourceList(sources=entries, allowed=frozenset((host, port) for host in (*hosts, "127.0.0.1")))
    rules, read = replace(wiring.load_rules(ROOT / "rules"), sources=listed), Settings()
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        engine = open_engine(server.url)
        migrate(engine)
        house = wiring.House(settings=read, rules=rules, engine=engine)
        online = Online(read, parser, HostPace(spacing_seconds=0))
        collector = Collector(house, "benchmark", online, threading.Event())
        yield Bench(collector=collector, engine=engine, parser=parser, count=count)
        engine.dispose()


def measure(count: int, parser: ParserProcess, site: Publisher) -> None:
    parser.page(b"<html><p>warm</p></html>")
    with opened(count, parser, site.port) as bench:
        bench.round("first round (baseline, full answers)")
        bench.round("second round (304)")
        for number in range(PUBLISHING):
            site.tell(number, f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT")
        site.tell(count - 1, "silent")
        publish_and_record(bench, site)
    print(f"peak of the bot's process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000:.0f} MB")


def publish_and_record(bench: Bench, site: Publisher) -> None:
    """Time how long articles take to stored events while one source does not answer."""
    started = time.monotonic()
    taken: list[float] = []

    def watch() -> None:
        while len(taken) < PUBLISHING:
            taken.extend([time.monotonic() - started] * (bench.last_read() - len(taken)))
            time.sleep(0.02)
        site.tell(0, "speak")

    watching = threading.Thread(target=watch)
    watching.start()
    bench.round("third round (20 articles, one source that hangs until they are stored)")
    watching.join()
    with bench.engine.connect() as connection:
        events = connection.scalar(text("SELECT count(*) FROM event"))
    print(
        f"from the start of that round to stored events: median {taken[len(taken) // 2]:.2f} s, "
        f"last {taken[-1]:.2f} s ({len(taken)} articles, {events} events)"
    )


if __name__ == "__main__":
    main()
