"""WARC files: archived pages, for backfills."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from bot.core.model import Article, Rejected
from bot.sources.articles import Desk, Found, make_article, page_date
from bot.sources.identity import canonical_url
from bot.sources.page_checks import why_no_article
from bot.sources.parser_process import ParseError, ParserProcess

WARC_SUFFIXES = (".warc", ".warc.gz")
MAX_RECORD_BYTES = 3_000_000  # as for a page that is fetched
_HTML = ("text/html", "application/xhtml")


def is_archive(path: Path) -> bool:
    """Return whether a file's name is that of a WARC archive."""
    return path.name.lower().endswith(WARC_SUFFIXES)


def cut_archive(path: Path, answers: int) -> Iterator[tuple[int, int]]:
    """Cut an archive into stretches of about so many answers that can be read on their own.

    A stretch begins with a question, where the archive keeps those, so that its answer is in the same one. An archive
    that is damaged is cut up to there: whoever reads the last stretch names the damage.

    Returns:
        First byte and number of records of each stretch; 0 records for the last one, which goes to the end.
    """
    start = count = seen = 0
    has_questions = False
    with suppress(OSError, ArchiveLoadFailed, EOFError, ValueError, zlib.error), path.open("rb") as stream:
        records = ArchiveIterator(stream, no_record_parse=True, arc2warc=True)
        for record in records:
            has_questions = has_questions or record.rec_type == "request"
            if seen >= answers and record.rec_type == ("request" if has_questions else "response"):
                yield start, count
                start, count, seen = records.offset, 0, 0
            count += 1
            seen += record.rec_type == "response"
    yield start, 0


class WarcSource:
    """Every archived page of one file, or of a stretch of it.

    Requests and responses are counted: a file that ends in the middle, or holds fewer answers than questions, is named,
    because a reader that stops early looks like an archive in which nothing happened.
    """

    def __init__(
        self,
        path: Path,
        *,
        desk: Desk,
        parser: ParserProcess,
        id: str | None = None,  # noqa: A002  # the name the pipeline's Protocol gives it
        start_offset: int = 0,
        records: int = 0,
    ) -> None:
        self.id = id or f"warc:{path.name}"
        self.path = path
        self.offset = start_offset  # of the record that is read: where to begin again
        self.responses = 0
        self.requests = 0
        self._records = records or None  # how many are read; None: to the end
        self._desk = desk
        self._parser = parser

    def read(self, learned: datetime | None) -> Iterator[Article | Rejected]:
        """Yield each archived page's article, or why it is none; `learned` None means on its publication."""
        try:
            with self.path.open("rb") as stream:
                stream.seek(self.offset)
                yield from self._read_records(stream, learned)
        except OSError as error:
            yield Rejected(place=self.path.as_posix(), reason=f"cannot be read: {error.strerror or error}")
        except (ArchiveLoadFailed, EOFError, ValueError, zlib.error) as error:
            reason = f"the archive is damaged after byte {self.offset:,}: {error}; what came before was read"
            yield Rejected(place=self.path.as_posix(), reason=reason)
        if self.requests > self.responses:
            reason = f"{self.requests} requests, but {self.responses} answers: the archive ends early or lost some"
            yield Rejected(place=self.path.as_posix(), reason=reason)

    def _read_records(self, stream: Any, learned: datetime | None) -> Iterator[Article | Rejected]:  # noqa: ANN401  # a binary file
        records = ArchiveIterator(stream, arc2warc=True)
        for record in islice(records, self._records):
            self.offset = records.offset  # not get_record_offset(): that reads the record away
            self.requests += record.rec_type == "request"
            if record.rec_type == "response":
                self.responses += 1
                found = self._read_response(record, learned)
                if found is not None:
                    yield found

    def _read_response(self, record: Any, learned: datetime | None) -> Article | Rejected | None:  # noqa: ANN401  # warcio has no types
        headers = record.http_headers
        url = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
        kind = str(headers.get_header("Content-Type") or "").lower() if headers else ""
        place = f"{self.path.as_posix()}#{self.offset} {url}"
        is_page = headers is not None and headers.get_statuscode() == "200" and kind.startswith(_HTML)
        body = record.content_stream().read(MAX_RECORD_BYTES + 1) if is_page else b""
        if _is_cut_off(record):
            return Rejected(place=place, reason="the archive ends in the middle of this record")
        if not is_page:
            return None  # redirects, pictures and errors are no articles, and no fault either
        if len(body) > MAX_RECORD_BYTES:
            return Rejected(place=place, reason=f"more than {MAX_RECORD_BYTES / 1e6:g} MB are not read as a page")
        return self._read_page(body, kind, url, place, learned)

    def _read_page(self, body: bytes, kind: str, url: str, place: str, learned: datetime | None) -> Article | Rejected:
        charset = kind.partition("charset=")[2].strip("\"' ;") or None
        try:
            page = self._parser.page(body, url=url, charset=charset)
        except ParseError as error:
            return Rejected(place=place, reason=str(error))
        if reason := why_no_article(page):
            return Rejected(place=place, reason=reason)
        found = Found(
            text=page.text if page.title in page.text[:400] else f"{page.title}\n\n{page.text}",
            source=self.id,
            title=page.title,
            published=page_date(page.published, page.published_basis),
            publisher=page.publisher,
            url=url if canonical_url(url) else None,
            path=self.path.as_posix(),
            language=page.language,
        )
        return make_article(found, self._desk, learned)


def _is_cut_off(record: Any) -> bool:  # noqa: ANN401  # warcio has no types
    """Return whether a record is shorter than it says; its rest is read for that."""
    while record.raw_stream.read(65_536):
        continue
    return bool(record.raw_stream.limit > 0)
