"""The worker's collecting: sources of a site on loopback, side by side, into a database."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from bot.cli import wiring
from bot.cli.collecting import Collector, Online
from bot.history.database import open_engine
from bot.history.schema import migrate
from bot.settings import Settings
from bot.sources.parsed import Listing
from bot.sources.parser_process import ParserProcess
from bot.sources.politeness import HostPace
from bot.sources.source_list import load_sources
from tests.conftest import new_database
from tests.site import Answer, Request, Site, html_answer, html_page, running_site

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0  # a limit, not a wait


@pytest.fixture(scope="module")
def migrated(postgres: URL) -> Iterator[str]:
    with new_database(postgres) as url:
        engine = open_engine(url, pooled=False)
        migrate(engine)
        yield str(url.database)


@pytest.fixture
def engine(postgres: URL, migrated: str) -> Iterator[Engine]:
    with new_database(postgres, template=migrated) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess(workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def rules() -> wiring.Rules:
    return wiring.load_rules(ROOT / "rules")


@pytest.fixture
def sites() -> Iterator[Callable[[], Site]]:
    """Sites of hosts of their own: 127.0.0.1, 127.0.0.2 and so on."""
    opened = [running_site(f"127.0.0.{number}") for number in range(1, 5)]
    running = [each.__enter__() for each in opened]
    waiting = iter(running)
    yield lambda: next(waiting)
    for each in opened:
        each.__exit__(None, None, None)


@dataclass
class Bench:
    """A collector with a list of sources."""

    engine: Engine
    parser: ParserProcess
    rules: wiring.Rules
    stop: threading.Event

    def collector(self, listed: str, *, spacing_seconds: float = 0.0) -> Collector:
        read = Settings()
        rules = replace(self.rules, sources=load_sources(listed))
        house = wiring.House(settings=read, rules=rules, engine=self.engine)
        online = Online(read, self.parser, HostPace(spacing_seconds=spacing_seconds))
        return Collector(house, "worker-1", online, self.stop)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def bench(engine: Engine, parser: ParserProcess, rules: wiring.Rules) -> Bench:
    return Bench(engine=engine, parser=parser, rules=rules, stop=threading.Event())


def listing(*sites: tuple[Site, str]) -> str:
    lines = ["sources:"]
    for number, (site, path) in enumerate(sites):
        lines += [f"  - feed: {site.url(path)}", f"    id: source-{number}", "    since: 2025-01-01"]
    lines += ["allow:", *(f"  - {host}:{port}" for host, port in sorted({(site.host, site.port) for site, _ in sites}))]
    return "\n".join(lines) + "\n"


def feed(site: Site, name: str) -> Answer:
    entry = (
        f"<item><title>Story {name}</title><link>{site.url(f'/p/{name}')}</link><guid>{name}</guid>"
        f"<pubDate>Thu, 27 Feb 2025 10:00:00 -0800</pubDate></item>"
    )
    site.routes[f"/p/{name}"] = html_answer(html_page(f"Story {name}"))
    body = f"<rss version='2.0'><channel><title>Ledger</title>{entry}</channel></rss>"
    return Answer(body=body.encode(), headers={"Content-Type": "application/rss+xml"})


def test_a_slow_source_holds_up_no_other(bench: Bench, sites: Callable[[], Site]) -> None:
    slow, quick = sites(), sites()
    others_are_stored = threading.Event()

    def wait_for_the_others(_request: Request) -> Answer:
        others_are_stored.wait(PATIENCE_SECONDS)
        return feed(slow, "slow")

    slow.routes["/feed"] = wait_for_the_others
    for number in range(12):
        quick.routes[f"/feed{number}"] = feed(quick, str(number))
    collector = bench.collector(listing((slow, "/feed"), *((quick, f"/feed{number}") for number in range(12))))
    done: list[int] = []
    collecting = threading.Thread(target=lambda: done.append(collector.collect()))
    collecting.start()
    seen = 0
    while seen < 12 and collecting.is_alive():
        seen = len(bench.rows("SELECT FROM article_version"))
    others_are_stored.set()
    collecting.join(PATIENCE_SECONDS)
    assert seen == 12
    assert done == [13]


def test_one_host_is_asked_by_two_at_a_time_at_most(bench: Bench, sites: Callable[[], Site]) -> None:
    site = sites()
    lock, now, most = threading.Lock(), [0], [0]

    def count(request: Request) -> Answer:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        answer = feed(site, request.path.strip("/"))
        with lock:
            now[0] -= 1
        return answer

    for number in range(8):
        site.routes[f"/f{number}"] = count
    assert bench.collector(listing(*((site, f"/f{number}") for number in range(8)))).collect() == 8
    assert most[0] <= 2


def test_what_is_read_live_is_learned_when_it_is_read(bench: Bench, sites: Callable[[], Site]) -> None:
    site = sites()
    site.routes |= {"/feed": feed(site, "a"), "/p/a": html_answer(html_page("Story a", published=""))}
    before = wiring.now()
    bench.collector(listing((site, "/feed"))).collect()
    ((learned, published),) = bench.rows("SELECT learned, published_last FROM article_version")
    assert before <= learned <= wiring.now()  # type: ignore[operator]
    assert str(published) == "2025-02-27"


def test_a_fault_of_the_bot_itself_stops_one_source_and_is_told(
    bench: Bench, sites: Callable[[], Site], caplog: pytest.LogCaptureFixture
) -> None:
    class FaultyParser(ParserProcess):
        def feed(self, body: bytes, *, url: str = "", content_type: str = "") -> Listing:
            return super().feed(body, url=url, content_type=content_type) if b"bad" not in body else next(iter([]))

    good, bad = sites(), sites()
    good.routes["/feed"] = feed(good, "good")
    bad.routes["/feed"] = feed(bad, "bad")
    with FaultyParser() as parser:
        collector = replace(bench, parser=parser).collector(listing((good, "/feed"), (bad, "/feed")))
        assert collector.collect() == 1
    assert bench.rows("SELECT id, condition FROM source ORDER BY id") == [
        ("feed:source-0", "healthy"),
        ("feed:source-1", "failing"),
    ]
    assert "a fault of its own" in str(bench.rows("SELECT note FROM source WHERE condition = 'failing'"))
    assert "source_broken" in caplog.text


def test_a_worker_that_ends_leaves_what_it_was_reading_to_the_next(bench: Bench, sites: Callable[[], Site]) -> None:
    site = sites()
    asked, release = threading.Event(), threading.Event()

    def hang(_request: Request) -> Answer:
        asked.set()
        release.wait(PATIENCE_SECONDS)
        return Answer(status=500)

    site.routes["/feed"] = hang
    collector = bench.collector(listing((site, "/feed")))
    collecting = threading.Thread(target=collector.collect)
    collecting.start()
    assert asked.wait(PATIENCE_SECONDS)
    bench.stop.set()
    collecting.join(PATIENCE_SECONDS)
    release.set()
    assert not collecting.is_alive()
    assert bench.rows("SELECT outcome FROM fetch_log") == []
    assert bench.rows("SELECT last_ok FROM source") == [(None,)]


def test_what_is_remembered_is_sent_with_the_next_question(bench: Bench, sites: Callable[[], Site]) -> None:
    site = sites()
    answer = feed(site, "a")
    validators = {"ETag": '"1"', "Last-Modified": "Thu, 27 Feb 2025 18:00:00 GMT"}
    site.routes["/feed"] = Answer(body=answer.body, headers={**answer.headers, **validators})
    collector = bench.collector(listing((site, "/feed")))
    collector.collect()
    site.routes["/feed"] = Answer(status=304, headers={"ETag": '"2"'})
    collector.make_due()
    assert collector.collect() == 0
    again = site.asked[-1].headers
    assert (again["if-none-match"], again["if-modified-since"]) == ('"1"', "Thu, 27 Feb 2025 18:00:00 GMT")
    ((memory,),) = bench.rows("SELECT memory::text FROM source")
    assert json.loads(str(memory))["etag"] == '"2"'


def test_operators_get_one_message_for_each_spell_of_trouble(bench: Bench, sites: Callable[[], Site]) -> None:
    site = sites()
    collector = bench.collector(listing((site, "/feed")))
    for status in (403, 403, 200, 200, 403):
        site.routes["/feed"] = feed(site, "a") if status == 200 else Answer(status=status)
        collector.make_due()
        collector.collect()
    told = bench.rows("SELECT action, text FROM delivery ORDER BY seq")
    assert [action for action, _text in told] == ["post", "edit", "post"]
    assert "Source blocked: feed:source-0. the site refuses the bot (403)" in str(told[0])
    assert "Source is back: feed:source-0" in str(told[1])
    ((root,),) = bench.rows("SELECT count(*) FROM delivery AS edit JOIN delivery AS post ON edit.thread_of = post.id")
    assert root == 1


TELLING = """<p>Lakeside Health and the Harbor Nurses Union met on Wednesday. The union said that Lakeside Health
offered no new proposals and ended the bargaining session early.</p>"""


def test_the_news_of_a_large_history_is_left_to_the_worker_that_leads(bench: Bench, sites: Callable[[], Site]) -> None:
    site = sites()
    site.routes["/feed"] = feed(site, "first")
    collector = bench.collector(listing((site, "/feed")))
    assert collector.collect() == 1  # the baseline
    assert bench.rows("SELECT count(*) FROM unjudged") == [(0,)]
    with bench.engine.begin() as connection:  # what the server estimates once it has looked
        connection.execute(text("UPDATE pg_class SET reltuples = 200000 WHERE oid = CAST('event' AS regclass)"))
        connection.execute(text("UPDATE source SET next_attempt = NULL"))
    site.routes["/feed"] = feed(site, "second")
    site.routes["/p/second"] = html_answer(html_page("Story second", extra=TELLING))
    assert collector.collect() == 1
    assert bench.rows("SELECT events > 0 FROM unjudged") == [(True,)]
