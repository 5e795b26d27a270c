"""`bot sources`: the table, adding, checking, and other readers' lists."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.sources import Office, make_app
from bot.sources.articles import Desk
from bot.sources.health import SourceFigures
from bot.sources.opml import new_entries, read_opml, write_opml
from bot.sources.parser_process import ParserProcess
from bot.sources.politeness import HostPace, Robots
from bot.sources.source_list import SourceList, load_sources
from bot.sources.web import Tools
from tests.site import NOW, Answer, Site, fetcher_for, html_answer, html_page, running_site

RSS = (
    '<rss version="2.0"><channel><title>Ledger</title><item><title>Story a</title><link>{url}</link>'
    "<pubDate>Thu, 27 Feb 2025 10:00:00 -0800</pubDate><description>Short.</description></item></channel></rss>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        running.routes |= {
            "/": html_answer(
                html_page("Front page").replace(
                    b"</head>", b'<link rel="alternate" type="application/rss+xml" href="/news.rss"></head>'
                )
            ),
            "/news.rss": Answer(
                body=RSS.format(url=running.url("/a")).encode(), headers={"Content-Type": "application/rss+xml"}
            ),
            "/a": html_answer(html_page("Story a")),
        }
        yield running


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as running:
        yield running


class Bench:
    """Runs the commands against a list of sources and a loopback site."""

    def __init__(self, site: Site, parser: ParserProcess, path: Path) -> None:
        fetcher = fetcher_for(site)
        robots = Robots(fetcher, parser, HostPace(spacing_seconds=0), "test-bot")
        self.path = path
        self.figures: Mapping[str, SourceFigures] = {}
        self._tools = Tools(fetcher=fetcher, parser=parser, robots=robots, desk=Desk(read_at=NOW))

    @contextmanager
    def office(self) -> Iterator[Office]:
        yield Office(listed=self.listed(), path=self.path, tools=self._tools, now=NOW, figures=lambda: self.figures)

    def listed(self) -> SourceList:
        return load_sources(self.path.read_text(encoding="utf-8")) if self.path.exists() else SourceList(sources=())

    def run(self, *words: str) -> tuple[int, str]:
        result = CliRunner().invoke(make_app(self.office), list(words))
        return result.exit_code, result.output


@pytest.fixture
def bench(site: Site, parser: ParserProcess, tmp_path: Path) -> Bench:
    return Bench(site, parser, tmp_path / "sources.yaml")


def test_adding_a_site_finds_its_feed_and_shows_what_would_be_read(bench: Bench, site: Site) -> None:
    bench.path.write_text("# ours\nsources:\n  - folder: inbox\n\n# the end\nallow: []\n")
    status, output = bench.run("add", site.url())
    assert status == 0, output
    assert "feed at" in output
    assert "2025-02-27 (feed) · Valley Ledger (media) · Story a" in output
    assert [entry.kind for entry in bench.listed().sources] == ["folder", "feed"]
    assert bench.listed().sources[1].place == site.url("/news.rss")
    assert bench.path.read_text().startswith("# ours\n")
    assert "# the end\nallow: []" in bench.path.read_text()


def test_a_site_that_is_listed_already_is_not_added_again(bench: Bench, site: Site) -> None:
    assert bench.run("add", site.url())[0] == 0
    written = bench.path.read_text()
    status, output = bench.run("add", site.url())
    assert status == 0
    assert f"{site.url('/news.rss')} is listed already, as feed:127-0-0-1 on line 2" in output
    bench.path.write_text(written + "    disabled: too loud\n")
    assert "it is disabled (too loud): take the `disabled` line away" in bench.run("add", site.url())[1]
    assert bench.path.read_text().startswith(written)


def test_a_second_feed_of_a_host_gets_a_name_of_its_own(bench: Bench, site: Site) -> None:
    site.routes["/other.rss"] = site.routes["/news.rss"]
    for path in ("/news.rss", "/other.rss"):
        assert bench.run("add", site.url(path))[0] == 0
    assert [entry.id for entry in bench.listed().sources] == ["feed:127-0-0-1", "feed:127-0-0-1-2"]


@pytest.mark.parametrize("before", [None, "sources: []\n", "sources:\n", "allow: []\n"])
def test_an_entry_can_be_added_to_any_list(bench: Bench, site: Site, before: str | None) -> None:
    if before is not None:
        bench.path.write_text(before)
    assert bench.run("add", site.url("/news.rss"))[0] == 0
    assert [entry.kind for entry in bench.listed().sources] == ["feed"]


def test_a_dry_run_writes_nothing(bench: Bench, site: Site) -> None:
    assert bench.run("add", "--dry-run", site.url())[0] == 0
    assert not bench.path.exists()


def test_a_site_without_a_feed_is_watched_as_a_page(bench: Bench, site: Site) -> None:
    site.routes = {"/": html_answer(html_page("Only a page"))}
    output = bench.run("add", site.url())[1]
    assert "page at" in output
    assert "`index:` for `page:`" in output


def test_checking_says_what_each_source_gives_and_tries_disabled_ones(bench: Bench, site: Site) -> None:
    bench.path.write_text(
        f"sources:\n  - feed: {site.url('/news.rss')}\n    id: good\n    disabled: not tried\n"
        f"  - feed: {site.url('/gone')}\n    id: bad\n"
    )
    status, output = bench.run("check")
    assert "feed:good (disabled): works: lists 1, read 1 of 1 tried" in output
    assert "feed:bad: failing" in output
    assert "there is nothing at this address (404)" in output
    assert status == 1
    assert bench.run("check", "good")[0] == 0
    assert "no such source" in bench.run("check", "nobody")[1]


def test_the_table_puts_first_what_needs_a_person(bench: Bench) -> None:
    bench.path.write_text(
        "sources:\n  - feed: https://a.example/\n    id: fine\n  - feed: https://b.example/\n    id: blocked\n"
        "  - feed: https://c.example/\n    id: silent\n"
        "  - feed: https://d.example/\n    id: off\n    disabled: too loud\n"
    )
    hour = timedelta(hours=1)
    bench.figures = {
        "feed:fine": SourceFigures(
            id="feed:fine", condition="healthy", last_ok=NOW - hour, last_new_article=NOW - 3 * hour,
            articles=45, median_chars=3200, undated=9, other_language=2,
        ),
        "feed:blocked": SourceFigures(id="feed:blocked", condition="blocked", note="403", failures=3.5),
        "feed:silent": SourceFigures(
            id="feed:silent", condition="healthy", last_ok=NOW - hour, last_new_article=NOW - timedelta(days=9)
        ),
    }  # fmt: skip
    status, output = bench.run()
    assert status == 0
    rows = [line.split() for line in output.splitlines()]
    assert [row[0] for row in rows[1:5]] == ["feed:blocked", "feed:silent", "feed:fine", "feed:off"]
    assert "1.5" in output
    assert "20%" in output
    assert "nothing new for 9 d" in output
    assert "too loud" in output


def test_other_readers_lists_come_in_and_go_out(bench: Bench, tmp_path: Path) -> None:
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        '<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml version="2.0"><body>'
        '<outline text="Health"><outline type="rss" text="A &x;" xmlUrl="https://a.example/feed"/>'
        '<outline text="A again" xmlUrl="https://www.a.example/feed/"/><outline xmlUrl="ftp://b.example/"/>'
        '<outline title="C: &quot;news&quot;" xmlUrl="https://a.example/feed2"/></outline></body></opml>'
    )
    status, output = bench.run("import", str(opml))
    assert status == 0, output
    assert "2 added" in output
    assert "only http and https" in output
    first, second = bench.listed().sources
    assert (first.id, first.disabled) == ("feed:a-example", "imported, not tried yet")
    assert second.publisher == 'C: "news"'
    assert "root:" not in bench.path.read_text()
    again, _left_out = read_opml(bench.run("export")[1].encode())
    assert [one.url for one in again] == ["https://a.example/feed", "https://a.example/feed2"]
    assert new_entries(again, bench.listed().sources) == []
    assert b"outline" in write_opml(bench.listed().sources)


def test_what_is_no_list_of_feeds_is_refused(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "x.opml"
    path.write_text("<html></html>")
    assert bench.run("import", str(path))[0] != 0
