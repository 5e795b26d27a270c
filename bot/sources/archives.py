"""The past in pieces: what a backfill reads, cut into chunks that any process can read on its own."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from bot.core.model import Article, Rejected, When
from bot.errors import SourceError
from bot.sources.articles import Desk, Found, make_article, stated_date
from bot.sources.files import article_files, read_article_file
from bot.sources.parser_process import ParserProcess
from bot.sources.saved_feeds import is_saved_feed, read_saved_feed
from bot.sources.warc import WarcSource, cut_archive, is_archive

CHUNK_FILES = 200  # about a quarter of a second of work, and one transaction
CHUNK_LINES = 200
CHUNK_PAGES = 200
LINE_SUFFIXES = (".jsonl", ".ndjson")
MAX_LINE_BYTES = 5_000_000  # as for a text file
_TEXT_KEYS = ("text", "title", "publisher", "published", "url", "kind", "region", "language")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One chunk of a backfill: some files, or a stretch of an archive or of a file of lines."""

    source: str  # id: "folder:corpus"
    files: tuple[str, ...]
    start: int = 0  # first byte, in a file of lines or an archive
    lines: int = 0  # how many lines; 0 for whole files
    first_line: int = 1  # number of the first line
    records: int = 0  # how many of an archive; 0 for all from the first byte

    @property
    def article_files(self) -> list[str]:
        """Return those of its files that hold one article each, as their articles name them."""
        paths = [] if self.lines else [Path(name) for name in self.files]
        return [path.as_posix() for path in paths if not is_archive(path) and not is_saved_feed(path)]

    def to_json(self) -> str:
        """Return the form that is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, stored: str) -> "Piece":
        """Return what was stored."""
        values = json.loads(stored)
        return cls(**{**values, "files": tuple(values["files"])})


def cut(paths: Iterable[Path]) -> Iterator[Piece]:
    """Cut folders, files, WARC archives, saved feeds and files of JSON lines into pieces; only lengths are looked at.

    Raises:
        SourceError: when a path is not there; nothing is cut then.
    """
    named = list(paths)
    if missing := [str(path) for path in named if not path.exists()]:
        raise SourceError(f"there is no such file or folder: {', '.join(missing)}; check the path")
    for path in named:
        yield from _cut_one(path)


def read_piece(
    piece: Piece, *, desk: Desk, parser: ParserProcess, key_by_path: Mapping[str, str] | None = None
) -> Iterator[Article | Rejected]:
    """Yield what a piece holds, each article learned on its publication.

    Args:
        piece: one chunk.
        desk: what every reader works with.
        parser: reads pages.
        key_by_path: identities of files that were read before, so that a changed one is a new version.
    """
    if piece.lines:
        yield from _read_lines(piece, desk)
        return
    for name in piece.files:
        path = Path(name)
        if is_archive(path):
            archive = WarcSource(
                path, desk=desk, parser=parser, id=piece.source, start_offset=piece.start, records=piece.records
            )
            yield from archive.read(None)
        elif is_saved_feed(path):
            yield from read_saved_feed(path, desk=desk, parser=parser, source=piece.source)
        else:
            key = (key_by_path or {}).get(path.as_posix(), "")
            yield read_article_file(path, desk=desk, parser=parser, source=piece.source, key=key)


def _cut_one(path: Path) -> Iterator[Piece]:
    if _has_lines(path) and not path.is_dir():
        yield from _cut_lines(path, f"lines:{path.name}")
    elif is_archive(path) and not path.is_dir():
        yield from _cut_archive(path, f"warc:{path.name}")
    elif is_saved_feed(path) and not path.is_dir():
        yield Piece(source=f"feed:{path.name}", files=(str(path),))
    else:
        yield from _cut_folder(path, f"folder:{path.name or path}")


def _cut_folder(folder: Path, source: str) -> Iterator[Piece]:
    """Cut a folder, or a single article file; archives, feeds and files of lines in it come after the article files."""
    files = (str(file) for file in article_files(folder))
    while chunk := tuple(islice(files, CHUNK_FILES)):
        yield Piece(source=source, files=chunk)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        if _has_lines(path):
            yield from _cut_lines(path, source)
        elif is_archive(path):
            yield from _cut_archive(path, source)
        elif is_saved_feed(path):
            yield Piece(source=source, files=(str(path),))


def _has_lines(path: Path) -> bool:
    return path.name.lower().endswith(LINE_SUFFIXES)


def _cut_archive(path: Path, source: str) -> Iterator[Piece]:
    for start, records in cut_archive(path, CHUNK_PAGES):
        yield Piece(source=source, files=(str(path),), start=start, records=records)


def _cut_lines(path: Path, source: str) -> Iterator[Piece]:
    start, at, number = 0, 0, 0
    with path.open("rb") as stream:
        for line in stream:
            at += len(line)
            number += 1
            if number % CHUNK_LINES == 0:
                first = number - CHUNK_LINES + 1
                yield Piece(source=source, files=(str(path),), start=start, lines=CHUNK_LINES, first_line=first)
                start = at
    if left := number % CHUNK_LINES:
        yield Piece(source=source, files=(str(path),), start=start, lines=left, first_line=number - left + 1)


def _read_lines(piece: Piece, desk: Desk) -> Iterator[Article | Rejected]:
    path = Path(piece.files[0])
    with path.open("rb") as stream:
        stream.seek(piece.start)
        for number, line in enumerate(islice(stream, piece.lines), start=piece.first_line):
            if line.strip():
                yield _read_line(line, f"{path.as_posix()}:{number}", piece.source, desk)


def _read_line(line: bytes, place: str, source: str, desk: Desk) -> Article | Rejected:
    try:
        return make_article(_found(line, place, source), desk, None)
    except SourceError as error:
        return Rejected(place=place, reason=str(error))


def _found(line: bytes, place: str, source: str) -> Found:
    if len(line) > MAX_LINE_BYTES:
        raise SourceError(f"the line has {len(line):,} bytes; at most {MAX_LINE_BYTES:,} are read")
    try:
        values = json.loads(line)
    except ValueError as error:
        raise SourceError(f"not readable as JSON: {error}; expected one object per line") from error
    if not isinstance(values, dict) or not isinstance(values.get("text"), str) or not values["text"].strip():
        raise SourceError('expected an object with "text"; "title", "publisher", "published", "url" help')
    words = {key: str(values[key]) for key in _TEXT_KEYS if values.get(key) is not None}
    return Found(
        text=words["text"].replace("\x00", "").encode("utf-8", "replace").decode(),
        source=source,
        title=words.get("title", ""),
        published=_day(words),
        publisher=words.get("publisher", ""),
        url=words.get("url"),
        path=place,
        kind=words.get("kind", ""),
        region=words.get("region"),
        language=words.get("language", ""),
    )


def _day(words: dict[str, str]) -> When | None:
    if "published" not in words:
        return None
    when = stated_date(words["published"])
    if when is None:
        raise SourceError(f"published is '{words['published']}'; expected a day such as 2025-03-05")
    return when
