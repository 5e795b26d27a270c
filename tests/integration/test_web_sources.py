"""Feeds, sitemaps, index pages and watched pages, from a site on loopback to articles."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.core.model import Article, Precision, Rejected
from bot.sources.articles import Desk
from bot.sources.parser_process import KilledError, ParserProcess
from bot.sources.politeness import HostPace, Robots
from bot.sources.polling import Condition, SourceState, Visit, after_visit
from bot.sources.source_list import SourceEntry
from bot.sources.web import Tools, WebSource
from tests.site import NOW, Answer, Request, Site, fetcher_for, html_answer, html_page, running_site


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as running:
        yield running


@pytest.fixture
def tools(site: Site, parser: ParserProcess) -> Tools:
    fetcher = fetcher_for(site)
    pace = HostPace(spacing_seconds=0)
    return Tools(
        fetcher=fetcher, parser=parser, robots=Robots(fetcher, parser, pace, "test-bot"), desk=Desk(read_at=NOW)
    )


def rss(
    site: Site, *names: str, day: int = 27, summary: str = "What the union said about the talks, in short."
) -> Answer:
    entries = "".join(
        f"<item><title>Story {name}</title><link>{site.url(f'/{name}')}</link><guid>{name}</guid>"
        f"<pubDate>Thu, {day} Feb 2025 10:00:00 -0800</pubDate><description>{summary} {name}</description></item>"
        for name in names
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Ledger</title>{entries}</channel></rss>'
    return Answer(body=body.encode(), headers={"Content-Type": "application/rss+xml", "ETag": f'"{len(body)}"'})


def entry(site: Site, kind: str = "feed", path: str = "/feed", **more: Any) -> SourceEntry:  # noqa: ANN401  # any field of an entry
    return replace(SourceEntry(id=f"{kind}:ledger", kind=kind, place=site.url(path)), **more)


def known(place: SourceEntry) -> SourceState:
    """A source whose baseline was taken long ago."""
    return SourceState(id=place.id, first_read=NOW - timedelta(days=90), last_new_article=NOW - timedelta(days=1))


def visit(
    place: SourceEntry, state: SourceState, tools: Tools, now: datetime = NOW
) -> tuple[list[Article | Rejected], Visit, SourceState]:
    source = WebSource(place, state, tools, now)
    found = list(source.read(now))
    return found, source.visit, after_visit(state, source.visit, place, 0.0)


def articles(found: list[Article | Rejected]) -> list[Article]:
    return [one for one in found if isinstance(one, Article)]


def test_a_feed_gives_the_articles_behind_its_links(site: Site, tools: Tools) -> None:
    site.routes |= {
        "/feed": rss(site, "a", "b"),
        "/a": html_answer(html_page("Story a")),
        "/b": html_answer(html_page("Story b")),
    }
    found, seen, _state = visit(entry(site), known(entry(site)), tools)
    first = articles(found)[0]
    assert [article.title for article in articles(found)] == ["Story a", "Story b"]
    assert first.text.startswith("Story a\nPart 1 of Story a")
    assert "Home page" not in first.text
    assert first.judged == "text"
    assert first.source == "feed:ledger"
    assert first.publisher == "Valley Ledger"
    assert first.published is not None
    assert first.published.instant == datetime(2025, 2, 27, 18, tzinfo=UTC)
    assert first.published.basis == "feed"
    assert (seen.outcome, seen.seen, seen.new) == ("ok", 2, 2)


def test_the_robots_file_is_asked_first_and_obeyed(site: Site, tools: Tools) -> None:
    site.routes |= {
        "/robots.txt": Answer(
            body=b"\xef\xbb\xbfUser-agent: *\nDisallow: /private\n", headers={"Content-Type": "text/plain"}
        ),
        "/feed": rss(site, "private/a"),
        "/private/a": html_answer(html_page("Story a")),
    }
    found, _seen, _state = visit(entry(site), known(entry(site)), tools)
    assert site.paths() == ["/robots.txt", "/feed"]
    assert articles(found)[0].judged == "summary"


def test_a_site_whose_robots_file_is_broken_is_not_read(site: Site, tools: Tools) -> None:
    site.routes |= {"/robots.txt": Answer(status=500), "/feed": rss(site, "a")}
    found, seen, state = visit(entry(site), known(entry(site)), tools)
    assert seen.outcome == "blocked_by_robots"
    assert state.condition == Condition.BLOCKED
    assert "robots.txt is broken" in str(found[0])
    assert site.paths() == ["/robots.txt"]


def test_what_was_read_is_not_read_again_and_validators_are_sent(site: Site, tools: Tools) -> None:
    site.routes |= {"/feed": rss(site, "a"), "/a": html_answer(html_page("Story a"))}
    _found, _seen, state = visit(entry(site), known(entry(site)), tools)
    site.routes["/feed"] = Answer(status=304, headers={"ETag": '"new"'})
    found, seen, later = visit(entry(site), state, tools, NOW + timedelta(hours=1))
    assert found == []
    assert seen.outcome == "unchanged"
    assert site.asked[-1].headers["if-none-match"] == state.memory.etag
    assert later.memory.etag == '"new"'
    assert later.memory.seen == state.memory.seen


def test_a_server_that_says_unchanged_for_ever_is_asked_unconditionally_once_a_day(site: Site, tools: Tools) -> None:
    def stubborn(request: Request) -> Answer:
        return Answer(status=304) if "if-none-match" in request.headers else rss(site, "a", "b")

    site.routes |= {"/feed": stubborn, "/a": html_answer(html_page("Story a")), "/b": html_answer(html_page("Story b"))}
    old = known(entry(site))
    old = replace(old, memory=replace(old.memory, etag='"old"', full_at=NOW - timedelta(hours=23)))
    found, _seen, state = visit(entry(site), old, tools)
    assert found == []
    found, _seen, _state = visit(entry(site), state, tools, NOW + timedelta(hours=2))
    assert len(articles(found)) == 2


def test_the_first_read_is_a_baseline_and_no_flood(site: Site, tools: Tools) -> None:
    site.routes |= {"/feed": rss(site, "old", day=3), "/old": html_answer(html_page("Old"))}
    found, seen, state = visit(entry(site), SourceState(id="feed:ledger"), tools)
    assert found == []
    assert (seen.seen, seen.new) == (1, 0)
    site.routes |= {"/feed": rss(site, "old", "fresh", day=3), "/fresh": html_answer(html_page("Fresh"))}
    found, _seen, _state = visit(entry(site), state, tools, NOW + timedelta(hours=1))
    assert [article.title for article in articles(found)] == ["Fresh"]


def test_since_says_how_far_the_baseline_looks_back(site: Site, tools: Tools) -> None:
    site.routes |= {"/feed": rss(site, "old", day=6), "/old": html_answer(html_page("Old"))}
    place = entry(site, since=date(2025, 2, 1))
    found, _seen, _state = visit(place, SourceState(id=place.id), tools)
    assert len(articles(found)) == 1


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Answer(status=403), "refuses the bot (403)"),
        (Answer(status=404), "nothing at this address"),
        (Answer(body=b"%PDF-1.4", headers={"Content-Type": "application/pdf"}), "no page"),
        (html_answer(b"<html><title>Just a moment...</title><p>Checking your browser</p></html>"), "challenge"),
        (
            html_answer(b"<html><title>Story a</title><article><p>Subscribe to continue reading.</p></article></html>"),
            "paywall",
        ),
    ],
)
def test_the_feeds_own_words_are_judged_when_the_page_cannot_be_read(
    site: Site, tools: Tools, page: Answer, reason: str
) -> None:
    site.routes |= {"/feed": rss(site, "a"), "/a": page}
    (article,) = articles(visit(entry(site), known(entry(site)), tools)[0])
    assert article.judged == "summary"
    assert article.text == "Story a\n\nWhat the union said about the talks, in short. a"
    site.routes["/feed"] = rss(site, "b", summary="")
    site.routes["/b"] = page
    (rejected,) = visit(entry(site), known(entry(site)), tools)[0]
    assert isinstance(rejected, Rejected)
    assert reason in rejected.reason


def test_a_page_that_fails_in_passing_is_tried_again_and_becomes_a_version(site: Site, tools: Tools) -> None:
    site.routes |= {"/feed": rss(site, "a"), "/a": Answer(status=502)}
    (first,), _seen, state = visit(entry(site), known(entry(site)), tools)
    site.routes["/a"] = html_answer(html_page("Story a"))
    (second,), _seen, state = visit(entry(site), state, tools, NOW + timedelta(hours=1))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.judged, second.judged) == ("summary", "text")
    assert first.key == second.key
    assert visit(entry(site), state, tools, NOW + timedelta(hours=2))[0] == []


def test_a_page_is_not_tried_for_ever(site: Site, tools: Tools) -> None:
    site.routes |= {"/feed": rss(site, "a"), "/a": Answer(status=502)}
    state = known(entry(site))
    for hour in range(6):
        state = visit(entry(site), state, tools, NOW + timedelta(hours=hour))[2]
    assert site.paths().count("/a") == 3


def test_the_same_wall_at_several_addresses_is_no_article(site: Site, tools: Tools) -> None:
    wall = html_page("Welcome to our renewed site", 6)
    site.routes |= {"/feed": rss(site, "a", "b", "c"), "/a": html_answer(wall), "/b": html_answer(wall)}
    site.routes["/c"] = html_answer(html_page("Story c"))
    found, _seen, _state = visit(entry(site), known(entry(site)), tools)
    assert [article.judged for article in articles(found)] == ["summary", "summary", "text"]


def test_an_edited_entry_is_read_again_under_the_same_name(site: Site, tools: Tools) -> None:
    site.routes |= {"/feed": rss(site, "a"), "/a": html_answer(html_page("Story a"))}
    (first,), _seen, state = visit(entry(site), known(entry(site)), tools)
    site.routes |= {"/feed": rss(site, "a", summary="Corrected:"), "/a": html_answer(html_page("Story a", 7))}
    (second,), _seen, _state = visit(entry(site), state, tools, NOW + timedelta(hours=1))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert first.key == second.key
    assert first.text_sha != second.text_sha


def test_a_json_feed_is_read(site: Site, tools: Tools) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Ledger",
        "items": [
            {
                "id": 7,
                "url": "/a",
                "title": "Story a",
                "date_published": "2025-02-27T10:00:00-08:00",
                "content_html": "<p>x",
            }
        ],
    }
    site.routes |= {
        "/feed": Answer(body=json.dumps(feed).encode(), headers={"Content-Type": "application/feed+json"}),
        "/a": html_answer(html_page("Story a")),
    }
    (article,) = articles(visit(entry(site), known(entry(site)), tools)[0])
    assert article.published is not None
    assert article.published.precision is Precision.INSTANT


def test_a_news_sitemap_gives_titles_and_dates(site: Site, tools: Tools) -> None:
    inner = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        f"<loc>{site.url('/a')}</loc><news:news><news:publication><news:name>Ledger</news:name></news:publication>"
        "<news:publication_date>2025-02-28</news:publication_date><news:title>Story a</news:title></news:news></url>"
        "</urlset>"
    )
    outer = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap>'
        f"<loc>{site.url('/news.xml')}</loc></sitemap></sitemapindex>"
    )
    xml = {"Content-Type": "application/xml"}
    site.routes |= {
        "/sitemap.xml": Answer(body=outer.encode(), headers=xml),
        "/news.xml": Answer(body=inner.encode(), headers=xml),
        "/a": html_answer(html_page("Story a", published="")),
    }
    place = entry(site, "sitemap", "/sitemap.xml")
    (article,) = articles(visit(place, SourceState(id=place.id), tools)[0])
    assert article.published is not None
    assert (article.published.first, article.published.basis) == (date(2025, 2, 28), "sitemap")


def test_an_index_page_is_read_by_its_selector(site: Site, tools: Tools) -> None:
    page = (
        '<html><ul class="releases"><li><a href="/a">Story a</a> <span>February 27, 2025</span></li></ul>'
        '<a href="/about">About</a></html>'
    )
    site.routes |= {"/news": html_answer(page.encode()), "/a": html_answer(html_page("Story a", published=""))}
    place = entry(site, "index", "/news", select="ul.releases li", date="span")
    (article,) = articles(visit(place, SourceState(id=place.id), tools)[0])
    assert article.published is not None
    assert (article.published.first, article.published.basis) == (date(2025, 2, 27), "index page")
    assert "/about" not in site.paths()


def test_a_changed_layout_is_noticed(site: Site, tools: Tools) -> None:
    site.routes["/news"] = html_answer(b"<html><div class='cards'><a href='/a'>Story a</a></div></html>")
    place = entry(site, "index", "/news", select="ul.releases li a")
    found, seen, state = visit(place, known(place), tools)
    assert seen.outcome == "wrong_layout"
    assert state.condition == Condition.LAYOUT_CHANGED
    assert isinstance(found[0], Rejected)


def test_a_watched_page_gives_a_version_when_it_changes(site: Site, tools: Tools) -> None:
    site.routes["/status"] = html_answer(html_page("Where talks stand"))
    place = entry(site, "page", "/status")
    (first,), _seen, state = visit(place, SourceState(id=place.id), tools)
    assert visit(place, state, tools, NOW + timedelta(hours=1))[0] == []
    site.routes["/status"] = html_answer(html_page("Where talks stand", 8))
    (second,), _seen, _state = visit(place, state, tools, NOW + timedelta(hours=2))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert first.key == second.key


def test_a_web_page_where_a_feed_is_due_is_said_to_be_one(site: Site, tools: Tools) -> None:
    site.routes["/feed"] = html_answer(html_page("Not a feed"))
    found, seen, state = visit(entry(site), known(entry(site)), tools)
    assert "this is a web page, no feed" in str(found[0])
    assert (seen.outcome, state.condition) == ("unreadable", Condition.FAILING)


def test_another_language_is_kept_and_named(site: Site, tools: Tools) -> None:
    page = (
        "<html><article><h1>La huelga sigue</h1><p>Los trabajadores de la salud mental siguen en huelga en el sur de "
        "California y no hay nuevas reuniones para este mes, según el sindicato que los representa en las "
        "negociaciones con la empresa. La empresa dice que los pacientes no esperan más de lo que manda la ley."
        "</p></article></html>"
    )
    site.routes |= {"/feed": rss(site, "a"), "/a": html_answer(page.encode())}
    (article,) = articles(visit(entry(site), known(entry(site)), tools)[0])
    assert article.language == "es"


def test_an_article_keeps_its_identity_when_its_headline_and_address_change(site: Site, tools: Tools) -> None:
    named = rss(site, "a")
    named = replace(named, body=named.body.replace(b"<guid>", b'<guid isPermaLink="false">'))
    site.routes |= {"/feed": named, "/a": html_answer(html_page("Story a"))}
    (first,), _seen, state = visit(entry(site), known(entry(site)), tools)
    moved = named.body.replace(b"/a</link>", b"/better</link>").replace(b"Story", b"Tale")
    site.routes |= {"/feed": replace(named, body=moved), "/better": html_answer(html_page("Better story", 7))}
    (second,), _seen, state = visit(entry(site), state, tools, NOW + timedelta(hours=1))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (second.key, second.url) == (first.key, site.url("/better"))
    assert visit(entry(site), state, tools, NOW + timedelta(hours=2))[0] == []


class SlowFeeds(ParserProcess):
    """Gives a feed half a second and counts what is parsed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def ask(self, task: str, body: bytes, seconds: float, **options: object) -> dict[str, object]:
        self.asked += task == "feed"
        return super().ask(task, body, 0.5 if task == "feed" else seconds, **options)


def test_a_feed_that_kills_the_parser_is_quarantined_and_the_next_is_read_within_a_second(site: Site) -> None:
    author = "<author>" + "a" * 60_000 + "(((" + "</author>"
    hostile = f"<rss version='2.0'><channel><title>x</title><item>{author}</item></channel></rss>"
    site.routes["/feed"] = Answer(body=hostile.encode(), headers={"Content-Type": "text/xml"})
    with SlowFeeds() as parser:
        parser.page(html_page("Warm"))
        fetcher = fetcher_for(site)
        robots = Robots(fetcher, parser, HostPace(spacing_seconds=0), "test-bot")
        tools = Tools(fetcher=fetcher, parser=parser, robots=robots, desk=Desk(read_at=NOW))
        (rejected,), seen, state = visit(entry(site), known(entry(site)), tools)
        killed = time.monotonic()
        assert parser.page(html_page("Next")).title == "Next"
        assert time.monotonic() - killed < 1
        assert "was not read within 0.5 seconds" in str(rejected)
        assert (seen.outcome, state.condition) == ("unreadable", Condition.FAILING)
        (again,), _seen, state = visit(entry(site), state, tools, NOW + timedelta(hours=1))
        assert "killed the parser when it was last read" in str(again)
        assert parser.asked == 1
        site.routes |= {"/feed": rss(site, "a"), "/a": html_answer(html_page("Story a"))}
        found, _seen, _state = visit(entry(site), state, tools, NOW + timedelta(hours=2))
        assert len(articles(found)) == 1


def test_a_page_that_takes_its_parser_long_holds_up_no_other() -> None:
    hostile = b"<rss version='2.0'><channel><item><author>" + b"a" * 60_000 + b"(((</author></item></channel></rss>"
    with ParserProcess(workers=2) as parser:
        parser.page(html_page("Warm"))
        results: list[str] = []

        def read_hostile() -> None:
            with pytest.raises(KilledError):
                parser.ask("feed", hostile, 4.0, url="", content_type="")
            results.append("hostile")

        slow = threading.Thread(target=read_hostile)
        slow.start()
        results.append(parser.page(html_page("Other")).title)
        slow.join()
        assert results == ["Other", "hostile"]
