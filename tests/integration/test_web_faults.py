"""What can go wrong on the web: for each fault, what is stored and what a person is told.

A row is a fault of the list (a feed that lists one article with a summary) or of the page behind it.
"""

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.core.model import Article, Rejected
from bot.sources.articles import Desk
from bot.sources.parser_process import ParserProcess
from bot.sources.politeness import HostPace, Robots
from bot.sources.polling import SourceState, after_visit
from bot.sources.source_list import SourceEntry
from bot.sources.web import Tools, WebSource
from tests.site import NOW, Answer, Request, Site, fetcher_for, gzipped, html_answer, html_page, running_site

SUMMARY = "The union said on Thursday that no further sessions are scheduled."
TEXT, SUMMARY_ONLY, NOTHING = "text", "summary", "nothing"  # what is stored
EMPTY_SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>'
XML = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html"}


def item(title: str = "Story a", link: str = "LINK", extra: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>a</guid>"
        f"<pubDate>Thu, 27 Feb 2025 10:00:00 -0800</pubDate><description>{SUMMARY}</description>{extra}</item>"
    )


def channel(items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{head}<rss version="2.0"><channel><title>Ledger</title>{items}</channel></rss>'


def feed(text: str | None = None, *, encoding: str = "utf-8", **more: object) -> Answer:
    body = (channel(item()) if text is None else text).encode(encoding)
    return replace(Answer(body=body, headers=XML), **more)  # type: ignore[arg-type]


def raw(*chunks: bytes, then_hang: bool = False) -> Answer:
    def write(out: Callable[[bytes], object], closing: threading.Event) -> None:
        for chunk in chunks:
            out(chunk)
        if then_hang:
            closing.wait(10)

    return Answer(raw=write)


def drip() -> Answer:
    def write(out: Callable[[bytes], object], closing: threading.Event) -> None:
        out(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while not closing.wait(0.05):
            out(b"<")

    return Answer(raw=write)


def body_page(text: str) -> Answer:
    return html_answer(
        f"<html><head><title>Story a</title></head><body><article>{text}</article></body></html>".encode()
    )


def paragraphs(count: int = 8) -> str:
    return "".join(
        f"<p>Paragraph {n}: the union told reporters that day {n} of talks brought no offer.</p>" for n in range(count)
    )


GOOD = html_answer(html_page("Story a"))
BIG_TABLE = "<table>" + "".join(f"<tr><td>{n}</td><td>x{n}</td></tr>" for n in range(20_000)) + "</table>"


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str
    stored: str  # TEXT, SUMMARY_ONLY or NOTHING
    told: str = ""  # words that a person is told
    page: Answer | Callable[[Request], Answer] = GOOD
    list: Answer | Callable[[Request], Answer] = field(default_factory=feed)
    condition: str = "healthy"


def page_row(name: str, told: str, page: Answer, stored: str = SUMMARY_ONLY) -> Row:
    return Row(name=name, page=page, stored=stored, told=told)


def list_row(name: str, answer: Answer, told: str, condition: str = "failing") -> Row:
    return Row(name=name, list=answer, told=told, condition=condition, stored=NOTHING)


def odd_list(name: str, answer: Answer, stored: str = TEXT, told: str = "") -> Row:
    return Row(name=name, list=answer, told=told, stored=stored)


ROWS = [
    # the page behind an entry: the feed's own words stand in for it
    page_row("400", "answered 400", Answer(status=400)),
    page_row("401", "refuses the bot (401)", Answer(status=401)),
    page_row("402 pay", "refuses the bot (402)", Answer(status=402)),
    page_row("403 blocked", "refuses the bot (403)", Answer(status=403, body=html_page("Denied"))),
    page_row("404", "nothing at this address", Answer(status=404, body=html_page("Not found"))),
    page_row("410 gone", "given up for good", Answer(status=410)),
    page_row("418", "answered 418", Answer(status=418)),
    page_row("429", "fewer visits (429)", Answer(status=429, body=b"slow down")),
    page_row("451 law", "refuses the bot (451)", Answer(status=451)),
    page_row("500 with a page", "in trouble (500)", Answer(status=500, body=html_page("Story a"), headers=HTML)),
    page_row("502", "in trouble (502)", Answer(status=502)),
    page_row("503", "in trouble (503)", Answer(status=503)),
    page_row("504", "in trouble (504)", Answer(status=504)),
    page_row("204 without body", "answered 204", Answer(status=204)),
    page_row("206 part of a page", "answered 206", Answer(status=206, body=html_page("Story a"), headers=HTML)),
    page_row("304 without a question", "'unchanged' to a question", Answer(status=304)),
    page_row("redirect circle", "in a circle", Answer(status=302, headers={"Location": "/a"})),
    page_row(
        "redirect to a private address",
        "private or shared",
        Answer(status=302, headers={"Location": "http://10.0.0.1/"}),
    ),
    page_row(
        "redirect to a file", "only http and https", Answer(status=302, headers={"Location": "file:///etc/passwd"})
    ),
    page_row("redirect without a place", "answered 302", Answer(status=302)),
    page_row("drip of bytes", "too slow", drip()),
    page_row("silence", "too slow", raw(then_hang=True)),
    page_row(
        "headers, then silence",
        "too slow",
        raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>", then_hang=True),
    ),
    page_row("closed at once", "broken off", raw()),
    page_row("no HTTP", "no HTTP", raw(b"220 mail.example ESMTP\r\n")),
    page_row("broken off", "broken off", Answer(body=b"<p>half", headers={**HTML, "Content-Length": "9000"})),
    page_row("endless header", "broken off", raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n")),
    page_row("bad chunk", "broken off", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    page_row("too long", "more than 3 MB", html_answer(b"<p>" + b"x" * 3_100_000)),
    page_row(
        "length that lies", "more than 3 MB", Answer(body=b"x", headers={**HTML, "Content-Length": "99999999999"})
    ),
    page_row("gzip bomb", "more than 3 MB", gzipped(bytes(40_000_000))),
    page_row(
        "broken gzip",
        "middle of its packing",
        Answer(body=gzip.compress(b"x" * 500)[:-9], headers={"Content-Encoding": "gzip"}),
    ),
    page_row("brotli", "packed as 'br'", Answer(body=b"\x0b\x02", headers={**HTML, "Content-Encoding": "br"})),
    page_row(
        "PDF said to be a PDF",
        "'application/pdf', no page",
        Answer(body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
    ),
    page_row("PDF said to be a page", "this is a PDF", html_answer(b"%PDF-1.7\n1 0 obj")),
    page_row("picture", "'image/png', no page", Answer(body=b"\x89PNG", headers={"Content-Type": "image/png"})),
    page_row("empty", "no article text", html_answer(b"")),
    page_row(
        "markup without words", "no article text", html_answer(b"<html><body><script>render()</script></body></html>")
    ),
    page_row("challenge", "proof of a human", body_page("<p>Checking your browser before accessing the site.</p>")),
    page_row("error said with 200", "missing or broken", body_page("<h1>404</h1><p>Page not found</p>")),
    page_row("maintenance said with 200", "missing or broken", body_page("<p>The site is down for maintenance.</p>")),
    page_row(
        "paywall stub",
        "only the opening is free",
        body_page("<p>Therapists said.</p><p>Subscribe to continue reading.</p>"),
    ),
    page_row(
        "cookie wall",
        "consent notice",
        body_page(
            "<p>We and our 812 partners use cookies and personal data. Your consent to these cookies and tracking is "
            "asked for by our vendors. Manage preferences or accept all cookies.</p>"
        ),
    ),
    page_row("nested divs", "no article text", html_answer(b"<div>" * 100_000 + b"x")),
    page_row("shorter than the summary", "", body_page("<p>Read it all.</p>")),
    # the page is odd, and readable
    page_row(
        "huge table", "", html_answer(f"<article><h1>Story a</h1>{paragraphs()}</article>{BIG_TABLE}".encode()), TEXT
    ),
    page_row("gzip", "", gzipped(html_page("Story a")), TEXT),
    page_row("redirect", "", Answer(status=301, headers={"Location": "/moved"}), TEXT),
    page_row("no content type", "", Answer(body=html_page("Story a")), TEXT),
    page_row(
        "wrong charset", "", Answer(body=html_page("Story a"), headers={"Content-Type": "text/html; charset=x-9"}), TEXT
    ),
    page_row(
        "cp1252 said to be utf-8",
        "",
        html_answer(html_page("Story a", extra="<p>“no”</p>").decode().encode("cp1252")),
        TEXT,
    ),
    page_row("NUL in the text", "", html_answer(html_page("Story a").replace(b"union", b"uni\0on")), TEXT),
    page_row("lone surrogate", "", html_answer(html_page("Story a", extra="<p>&#xD800; and more of it</p>")), TEXT),
    page_row("unclosed tags", "", html_answer(html_page("Story a").replace(b"</p>", b"")), TEXT),
    page_row("date in the future", "", html_answer(html_page("Story a", published="2031-01-01T00:00:00Z")), TEXT),
    # the list itself
    list_row("list: 403", Answer(status=403), "refuses the bot (403)", "blocked"),
    list_row("list: 404", Answer(status=404), "nothing at this address (404)"),
    list_row("list: 410", Answer(status=410), "given up for good (410)"),
    list_row("list: 429", Answer(status=429, headers={"Retry-After": "3600"}), "fewer visits (429)"),
    list_row("list: 500", Answer(status=500), "the server is in trouble (500)"),
    list_row("list: 503 with a wish", Answer(status=503, headers={"Retry-After": "60"}), "fewer visits (503)"),
    list_row("list: a web page", GOOD, "this is a web page, no feed"),
    list_row("list: empty", feed(""), "the answer is empty, no feed"),
    list_row("list: a sitemap", feed(EMPTY_SITEMAP), "this is a sitemap"),
    list_row("list: broken JSON", feed('{"items": ['), "broken JSON"),
    list_row("list: other JSON", feed('{"error": "no"}'), "no JSON feed"),
    list_row("list: noise", feed("just words"), "no feed that can be read"),
    list_row("list: PDF", Answer(body=b"%PDF-1.7", headers={"Content-Type": "text/xml"}), "this is a PDF"),
    list_row("list: picture", Answer(body=b"x", headers={"Content-Type": "image/gif"}), "no feed"),
    list_row("list: bomb", replace(gzipped(bytes(60_000_000)), headers={**XML, "Content-Encoding": "gzip"}), "10 MB"),
    list_row("list: broken off", feed(headers={**XML, "Content-Length": "90000"}), "broken off"),
    list_row("list: silence", raw(then_hang=True), "too slow"),
    list_row("list: redirect circle", Answer(status=302, headers={"Location": "/feed"}), "circle"),
    list_row(
        "list: slow to parse",
        feed(channel(item(extra="<author>" + "a" * 90_000 + "(((</author>"))),
        "not read within",
    ),
    # the list is odd, and readable
    list_row("list: no articles", feed(channel("")), "", "healthy"),
    odd_list(
        "list: moved for good",
        Answer(status=301, headers={"Location": "/feed2"}),
        told="moved for good to",
    ),
    odd_list("list: words before the XML", feed("\n  " + channel(item()))),
    odd_list("list: undeclared entity", feed(channel(item("Story&nbsp;a")))),
    odd_list("list: unclosed tag", feed(channel(item("Story <b>a")))),
    odd_list("list: cp1252 said to be utf-8", feed(channel(item("“Story” a")), encoding="cp1252")),
    odd_list(
        "list: utf-8 said to be utf-16",
        feed(channel(item(), '<?xml version="1.0" encoding="utf-16"?>')),
    ),
    odd_list(
        "list: external entity",
        feed(channel(item("&x;"), '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    ),
    odd_list("list: link that is no address", feed(channel(item(link="javascript:alert(1)"))), SUMMARY_ONLY),
    odd_list("list: link to a private address", feed(channel(item(link="http://192.168.0.1/a"))), SUMMARY_ONLY),
    odd_list("list: robots forbid the page", feed(), SUMMARY_ONLY),
]
FORBIDDING = Answer(body=b"User-agent: *\nDisallow: /a\n", headers={"Content-Type": "text/plain"})


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


class HastyParser(ParserProcess):
    """Gives a feed one second, so that the test of a slow one is quick."""

    def ask(self, task: str, body: bytes, seconds: float, **options: object) -> dict[str, object]:
        return super().ask(task, body, min(seconds, 5.0 if task == "page" else 1.0), **options)


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with HastyParser() as running:
        running.page(html_page("warm"))
        yield running


def _served(answer: Answer | Callable[[Request], Answer], site: Site) -> Answer | Callable[[Request], Answer]:
    if not isinstance(answer, Answer) or b"LINK" not in answer.body:
        return answer
    return replace(answer, body=answer.body.replace(b"LINK", site.url("/a").encode()))


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_each_fault_leaves_what_can_be_trusted_and_tells_a_person(row: Row, site: Site, parser: ParserProcess) -> None:
    site.routes = {"/feed": _served(row.list, site), "/feed2": _served(feed(), site), "/a": row.page, "/moved": GOOD}
    if "robots" in row.name:
        site.routes["/robots.txt"] = FORBIDDING
    fetcher = fetcher_for(site, deadline_seconds=1.0)
    robots = Robots(fetcher, parser, HostPace(spacing_seconds=0), "test-bot")
    tools = Tools(fetcher=fetcher, parser=parser, robots=robots, desk=Desk(read_at=NOW))
    entry = SourceEntry(id="feed:x", kind="feed", place=site.url("/feed"))
    state = SourceState(id=entry.id, first_read=NOW - timedelta(days=9), last_new_article=NOW - timedelta(days=1))
    source = WebSource(entry, state, tools, NOW)
    found = list(source.read(NOW))
    after = after_visit(state, source.visit, entry, 0.0)

    articles = [one for one in found if isinstance(one, Article)]
    assert [article.judged for article in articles] == ([] if row.stored == NOTHING else [row.stored])
    for article in articles:
        assert article.text.encode().decode() == article.text
        assert "\x00" not in article.text
        assert "root:" not in article.text
        assert (SUMMARY in article.text) == (row.stored == SUMMARY_ONLY)
        assert article.published is not None
        assert article.published.first.year == 2025
    rejected = " ".join(one.reason for one in found if isinstance(one, Rejected))
    assert after.condition == row.condition
    assert row.told in f"{rejected} {after.note}"


def test_the_table_is_long_enough_and_says_each_thing_once() -> None:
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)
