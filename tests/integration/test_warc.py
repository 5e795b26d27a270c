import gzip
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bot.core.model import Article, Rejected
from bot.sources.archives import cut, read_piece
from bot.sources.articles import Desk
from bot.sources.parser_process import ParserProcess
from bot.sources.reading import open_path
from bot.sources.warc import WarcSource, cut_archive
from tests.site import NOW, html_page

DESK = Desk(read_at=NOW)


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as running:
        yield running


Http = tuple[list[tuple[str, str]], bytes, str]


def chunked(body: bytes) -> bytes:
    parts = [body[start : start + 700] for start in range(0, len(body), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def record(kind: str, url: str, content: bytes) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2025-03-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid4()}>\r\nContent-Type: application/http; msgtype={kind}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


def archive(path: Path, pages: dict[str, Http]) -> Path:
    pack = gzip.compress if path.name.endswith(".gz") else bytes
    with path.open("wb") as stream:
        for url, (headers, body, status) in pages.items():
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
            stream.write(pack(record("request", url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")))
            stream.write(pack(record("response", url, f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)))
    return path


HTML = ("Content-Type", "text/html; charset=utf-8")
PAGES = {
    "https://x.example/plain": ([HTML], html_page("Plain"), "200 OK"),
    "https://x.example/gzip": ([HTML, ("Content-Encoding", "gzip")], gzip.compress(html_page("Packed")), "200 OK"),
    "https://x.example/both": (
        [HTML, ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")],
        chunked(gzip.compress(html_page("Both"))),
        "200 OK",
    ),
    "https://x.example/gone": ([HTML], html_page("Gone"), "404 Not Found"),
    "https://x.example/logo": ([("Content-Type", "image/png")], b"\x89PNG", "200 OK"),
    "https://x.example/wall": ([HTML], b"<title>Just a moment...</title><p>Checking your browser", "200 OK"),
    "https://x.example/last": ([HTML], html_page("Last"), "200 OK"),
}


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_every_archived_page_is_read_whatever_its_packing(tmp_path: Path, parser: ParserProcess, name: str) -> None:
    source = open_path(archive(tmp_path / name, PAGES), desk=DESK, parser=parser)
    assert isinstance(source, WarcSource)
    found = list(source.read(None))
    articles = [one for one in found if isinstance(one, Article)]
    assert [article.title for article in articles] == ["Plain", "Packed", "Both", "Last"]
    assert articles[0].key == "https://x.example/plain"
    assert articles[0].learned == datetime(2025, 1, 16, 17, tzinfo=UTC)
    (rejected,) = [one for one in found if isinstance(one, Rejected)]
    assert "challenge" in rejected.reason
    assert (source.requests, source.responses) == (7, 7)


def test_an_archive_that_ends_in_the_middle_is_named_and_what_came_before_is_kept(
    tmp_path: Path, parser: ParserProcess
) -> None:
    path = archive(tmp_path / "a.warc.gz", PAGES)
    path.write_bytes(path.read_bytes()[:-300])
    found = list(WarcSource(path, desk=DESK, parser=parser).read(None))
    assert [one.title for one in found if isinstance(one, Article)][:3] == ["Plain", "Packed", "Both"]
    assert isinstance(found[-1], Rejected)
    assert "archive" in found[-1].reason


@pytest.mark.parametrize("name", ["pages.warc", "pages.warc.gz"])
def test_an_archive_is_read_in_stretches_as_it_is_read_whole(tmp_path: Path, parser: ParserProcess, name: str) -> None:
    pages: dict[str, Http] = {
        f"https://x.example/{number}": ([HTML], html_page(f"No. {number}"), "200 OK") for number in range(7)
    }
    path = archive(tmp_path / name, pages)
    stretches = list(cut_archive(path, 3))
    assert [records for _, records in stretches] == [6, 6, 0]  # a question and an answer for each page
    sources = [WarcSource(path, desk=DESK, parser=parser, start_offset=at, records=count) for at, count in stretches]
    found = [reading for source in sources for reading in source.read(None)]
    assert found == list(WarcSource(path, desk=DESK, parser=parser).read(None))
    assert len(found) == len(pages)


def test_a_damaged_archive_is_cut_up_to_the_damage(tmp_path: Path, parser: ParserProcess) -> None:
    pages: dict[str, Http] = {f"https://x.example/{n}": ([HTML], html_page(f"No. {n}"), "200 OK") for n in range(7)}
    path = archive(tmp_path / "pages.warc.gz", pages)
    path.write_bytes(path.read_bytes()[:-40])
    sources = [
        WarcSource(path, desk=DESK, parser=parser, start_offset=start, records=count)
        for start, count in cut_archive(path, 3)
    ]
    found = [reading for source in sources for reading in source.read(None)]
    assert [type(reading) for reading in found[:6]] == [Article] * 6
    assert any(isinstance(reading, Rejected) for reading in found[6:])


def test_a_folder_gives_its_archives_and_files_of_lines_too(tmp_path: Path, parser: ParserProcess) -> None:
    path = archive(tmp_path / "pages.warc", PAGES)
    pages = list(WarcSource(path, desk=DESK, parser=parser).read(None))
    (tmp_path / "lines.jsonl").write_text('{"text": "The council met."}\n{"text": "It met again."}\n', encoding="utf-8")
    (tmp_path / "page.txt").write_text("The council did not meet.", encoding="utf-8")
    found = [reading for piece in cut([tmp_path]) for reading in read_piece(piece, desk=DESK, parser=parser)]
    assert len(found) == len(pages) + 3


def test_lost_answers_are_counted(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(record("request", "https://x.example/", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") * 3)
    (rejected,) = WarcSource(path, desk=DESK, parser=parser).read(None)
    assert isinstance(rejected, Rejected)
    assert "3 requests, but 0 answers" in rejected.reason


def test_reading_can_begin_again_where_it_stopped(tmp_path: Path, parser: ParserProcess) -> None:
    path = archive(tmp_path / "a.warc.gz", PAGES)
    first = WarcSource(path, desk=DESK, parser=parser)
    reading = first.read(None)
    next(reading)
    next(reading)
    rest = WarcSource(path, desk=DESK, parser=parser, start_offset=first.offset).read(None)
    assert [one.title for one in rest if isinstance(one, Article)] == ["Packed", "Both", "Last"]


@pytest.mark.parametrize("body", [b"", b"no archive at all\r\n\r\n" * 20])
def test_what_is_no_archive_gives_no_article(tmp_path: Path, parser: ParserProcess, body: bytes) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(body)
    assert all(isinstance(one, Rejected) for one in WarcSource(path, desk=DESK, parser=parser).read(None))


def test_no_parser_of_foreign_bytes_is_loaded_into_the_bots_own_process() -> None:
    code = (
        "import sys; import bot.sources.files, bot.sources.web, bot.sources.discovery, bot.sources.politeness; "
        "print([name for name in ('feedparser', 'lxml', 'trafilatura', 'htmldate', 'bs4') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
