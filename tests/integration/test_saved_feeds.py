"""Feeds that were saved to files are read entry by entry, and what is none is named."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Article, Rejected
from bot.sources.archives import cut, read_piece
from bot.sources.articles import Desk
from bot.sources.parser_process import ParserProcess
from tests.site import NOW

DESK = Desk(read_at=NOW)
FEED = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Harbor Times</title>
<item><title>Talks end early</title><link>https://harbor.example/1</link>
  <pubDate>Wed, 05 Mar 2025 20:00:00 GMT</pubDate>
  <description>The union said that Lakeside Health offered no new proposals and left.</description></item>
<item><title>Short</title><link>https://harbor.example/2</link><description>Read more</description></item>
</channel></rss>"""
SITEMAP = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as running:
        yield running


def read(place: Path, parser: ParserProcess) -> list[Article | Rejected]:
    return [reading for piece in cut([place]) for reading in read_piece(piece, desk=DESK, parser=parser)]


def test_each_entry_is_an_article_of_its_own_day_and_publisher(tmp_path: Path, parser: ParserProcess) -> None:
    (tmp_path / "harbor.rss").write_text(FEED, encoding="utf-8")
    article, short = read(tmp_path, parser)
    assert isinstance(article, Article)
    assert article.published is not None
    assert (article.url, article.publisher, article.judged) == ("https://harbor.example/1", "Harbor Times", "summary")
    assert (article.published.first.isoformat(), article.learned.isoformat()) == (
        "2025-03-05",
        "2025-03-05T20:00:00+00:00",
    )
    assert isinstance(short, Rejected)
    assert "9 characters" in short.reason
    assert read(tmp_path / "harbor.rss", parser)[0] == replace(article, source="feed:harbor.rss")


def test_what_is_no_feed_is_named(tmp_path: Path, parser: ParserProcess) -> None:
    (tmp_path / "sitemap.xml").write_text(SITEMAP, encoding="utf-8")
    (rejected,) = read(tmp_path, parser)
    assert isinstance(rejected, Rejected)
    assert rejected.place.endswith("sitemap.xml")
