"""Folders of articles: `.txt`, `.md` with front matter, `.html`."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.core.model import Article, Rejected, When
from bot.errors import RuleFileError, SourceError
from bot.sources.articles import Desk, Found, make_article, page_date, stated_date
from bot.sources.decoding import NotTextError, decode
from bot.sources.failures import FailureKind
from bot.sources.front_matter import split_front_matter
from bot.sources.page_checks import why_no_article
from bot.sources.parser_process import ParserProcess
from bot.sources.polling import Memory, Visit
from bot.sources.wrapping import unwrap_markdown, unwrap_text

MARKDOWN_SUFFIXES = (".md", ".markdown")
TEXT_SUFFIXES = (".txt", ".text", *MARKDOWN_SUFFIXES)
PAGE_SUFFIXES = (".html", ".htm", ".xhtml")
SUFFIXES = (*TEXT_SUFFIXES, *PAGE_SUFFIXES)
MAX_TEXT_BYTES = 5_000_000  # a novel has 1 MB
MAX_FILES_REMEMBERED = 20_000  # the others are read again, and found to be known
MAX_PAGE_BYTES = 3_000_000  # the largest of 1,171 real article pages had 2.4 MB; parsing takes 3 s a MB at worst


def read_article_file(
    path: Path,
    *,
    desk: Desk,
    parser: ParserProcess,
    source: str = "file",
    learned: datetime | None = None,
    shown_as: str | None = None,
    key: str = "",
) -> Article | Rejected:
    """Read one file.

    Args:
        path: the file.
        desk: zone, known publishers, a day given by a person.
        parser: reads `.html`; started only for that.
        source: id of the source.
        learned: aware UTC; None in a backfill, where an article is learned on its publication.
        shown_as: how the file is named in the article and in reasons; the path itself when None.
        key: the identity that the file's article had when it was last read: a changed file is a new version of it. An
            address in the file comes first.
    """
    place = shown_as or path.as_posix()
    try:
        found = _find(path, place, source, parser)
        article = make_article(found, desk, learned)
        return replace(article, key=key) if key and article.url is None else article
    except (NotTextError, SourceError, RuleFileError) as error:
        return Rejected(place=place, reason=str(error))
    except OSError as error:
        return Rejected(place=place, reason=f"cannot be read: {error.strerror or error}; check the file's permissions")


class FolderSource:
    """Every article file below a folder, in the order of their names; or one file.

    With a memory, files that have not changed since are passed over, and a changed file without an address keeps the
    identity it had: it is a new version. `visit` says what came of the read.
    """

    def __init__(
        self,
        root: Path,
        *,
        desk: Desk,
        parser: ParserProcess,
        id: str | None = None,  # noqa: A002  # the name the pipeline's Protocol gives it
        memory: Memory | None = None,
        key_by_path: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root
        self.id = id or f"folder:{root.name or root.as_posix()}"
        self.visit: Visit | None = None
        self._desk = desk
        self._parser = parser
        self._memory = memory or Memory()
        self._key_by_path = key_by_path or {}

    def read(self, learned: datetime | None) -> Iterator[Article | Rejected]:
        """Yield each file's article, or why it is none; `learned` None means on its publication (backfill)."""
        if not self.root.exists():
            reason = "there is no such file or folder; check the path"
            self._note(learned, {}, Counter(), outcome=FailureKind.NOT_FOUND, note=f"{self.root.as_posix()}: {reason}")
            yield Rejected(place=self.root.as_posix(), reason=reason)
            return
        before, marks = dict(self._memory.seen), dict[str, str]()
        counts: Counter[str] = Counter()
        for path in article_files(self.root):
            place = path.as_posix()
            mark, _separator, key = before.get(place, "").partition("|")
            print_now = _file_print(path)
            counts["seen"] += 1
            if mark and mark == print_now:
                marks[place] = before[place]
                continue
            found = self._read_file(path, learned, key)
            counts["new"] += 1
            counts["rejected"] += isinstance(found, Rejected)
            own_key = found.key if isinstance(found, Article) and found.url is None else key
            marks[place] = f"{print_now}|{own_key}"
            yield found
        self._note(learned, marks, counts)

    def _read_file(self, path: Path, learned: datetime | None, key: str) -> Article | Rejected:
        known = key or self._key_by_path.get(path.as_posix(), "")
        return read_article_file(path, desk=self._desk, parser=self._parser, source=self.id, learned=learned, key=known)

    def _note(
        self,
        learned: datetime | None,
        marks: dict[str, str],
        counts: Counter[str],
        *,
        outcome: str = "ok",
        note: str = "",
    ) -> None:
        self.visit = Visit(
            source=self.id,
            at=learned or self._desk.read_at,
            outcome=outcome,
            note=note,
            seen=counts["seen"],
            new=counts["new"],
            rejected=counts["rejected"],
            memory=replace(
                self._memory, seen=tuple(marks.items())[-MAX_FILES_REMEMBERED:] if marks else self._memory.seen
            ),
        )


def _file_print(path: Path) -> str:
    """Return what changes when a file is written to; "" for one that cannot be looked at."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns:x}.{status.st_size:x}.{status.st_ino:x}"


def article_files(root: Path) -> Iterator[Path]:
    """Yield the article files below `root` by name, hidden ones left out; `root` itself when it is a file."""
    if not root.is_dir():
        yield root
        return
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                yield Path(folder, name)


def _find(path: Path, place: str, source: str, parser: ParserProcess) -> Found:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SourceError(f"'{suffix or path.name}' files are not read; give .txt, .md or .html")
    is_page = suffix in PAGE_SUFFIXES
    body = read_capped(path, MAX_PAGE_BYTES if is_page else MAX_TEXT_BYTES)
    return _page_found(body, place, source, parser) if is_page else _text_found(body, place, source)


def read_capped(path: Path, cap_bytes: int) -> bytes:
    """Return what a file holds.

    Raises:
        SourceError: when it is no ordinary file, or too large.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise SourceError("this is no ordinary file (a folder, pipe or device)")
    if status.st_size > cap_bytes:
        size, cap = status.st_size / 1e6, cap_bytes / 1e6
        raise SourceError(f"{size:.1f} MB are too much for one article; at most {cap:g} MB are read; split it")
    with path.open("rb") as stream:
        body = stream.read(cap_bytes + 1)
    if len(body) > cap_bytes:
        raise SourceError(f"the file grew past {cap_bytes / 1e6:g} MB while it was read; split it")
    return body


def _text_found(body: bytes, place: str, source: str) -> Found:
    values, text = split_front_matter(decode(body), place)
    text = (unwrap_markdown if place.lower().endswith(MARKDOWN_SUFFIXES) else unwrap_text)(text.strip())
    if not text:
        raise SourceError("there is no text in it" if body else "the file is empty")
    return Found(
        text=text,
        source=source,
        title=values.get("title", ""),
        published=_published(values, place),
        publisher=values.get("publisher", ""),
        url=values.get("url"),
        path=place,
        kind=values.get("kind", ""),
        region=values.get("region"),
        language=values.get("language", ""),
    )


def _published(values: Mapping[str, str], place: str) -> When | None:
    words = values.get("published")
    if words is None:
        return None
    published = stated_date(words)
    if published is None:
        raise SourceError(
            f"{place}: published '{words}' is no date; write it as 2025-01-16, or with an hour and offset"
        )
    return published


def _page_found(body: bytes, place: str, source: str, parser: ParserProcess) -> Found:
    page = parser.page(body)
    if reason := why_no_article(page):
        raise SourceError(reason)
    text = page.text if page.title in page.text[: 2 * len(page.title) + 200] else f"{page.title}\n\n{page.text}"
    return Found(
        text=text.strip(),
        source=source,
        title=page.title,
        published=page_date(page.published, page.published_basis),
        publisher=page.publisher,
        url=page.canonical or None,
        path=place,
        language=page.language,
    )
