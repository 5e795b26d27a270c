"""How fast articles are written: `record`, a bare COPY of the same rows, and the ORM as an engineer would use it.

    python -m benchmarks.write [ARTICLES] [--url postgresql://…]

Every article has a text of 4 kB and three to six events. The server is our own with its ordinary settings (fsync on)
unless an address is given, whose database must be empty.
"""

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import JSON, DateTime, Engine, ForeignKeyConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from benchmarks.generated import generate
from bot.core.model import Assessed, Event
from bot.history import embedded
from bot.history.codec import encode_article, encode_event, encode_evidence
from bot.history.database import libpq_address, open_engine
from bot.history.schema import migrate
from bot.history.store import Store

CHUNK = 500  # articles a transaction, as a backfill writes them
ORM_BATCH = 50  # articles a transaction: where the ORM is at its best
TABLES = ("article", "article_version", "event")


class Base(DeclarativeBase):
    """The peer's tables: ours, mapped."""


class ArticleRow(Base):
    """Peer of table article."""

    __tablename__ = "article"
    key: Mapped[str] = mapped_column(primary_key=True)
    text_sha: Mapped[str]
    versions: Mapped[int]
    first_learned: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rows: Mapped[list["VersionRow"]] = relationship()


class VersionRow(Base):
    """Peer of table article_version."""

    __tablename__ = "article_version"
    article: Mapped[str] = mapped_column(primary_key=True)
    text_sha: Mapped[str] = mapped_column(primary_key=True)
    learned: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rank: Mapped[str]
    source: Mapped[str]
    url: Mapped[str | None]
    title: Mapped[str]
    publisher: Mapped[str]
    published_first: Mapped[date | None]
    published_last: Mapped[date | None]
    published_precision: Mapped[str | None]
    payload: Mapped[Any] = mapped_column(JSON)
    text: Mapped[str]
    events: Mapped[list["EventRow"]] = relationship()
    __table_args__ = (ForeignKeyConstraint(["article"], ["article.key"]),)


class EventRow(Base):
    """Peer of table event."""

    __tablename__ = "event"
    article: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    text_sha: Mapped[str]
    type: Mapped[str]
    organisation: Mapped[str | None]
    region: Mapped[str | None]
    stance: Mapped[str]
    happened_first: Mapped[date | None]
    happened_last: Mapped[date | None]
    happened_precision: Mapped[str | None]
    learned: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    payload: Mapped[Any] = mapped_column(JSON)
    evidence: Mapped[Any] = mapped_column(JSON)
    __table_args__ = (
        ForeignKeyConstraint(["article", "text_sha"], ["article_version.article", "article_version.text_sha"]),
    )


def write_by_record(engine: Engine, assessed: Sequence[Assessed]) -> None:
    store = Store(engine)
    for start in range(0, len(assessed), CHUNK):
        store.record(assessed[start : start + CHUNK], None, None)


def write_by_orm(engine: Engine, assessed: Sequence[Assessed]) -> None:
    for start in range(0, len(assessed), ORM_BATCH):
        with Session(engine) as session, session.begin():
            for one in assessed[start : start + ORM_BATCH]:
                if session.get(ArticleRow, one.article.key) is None:
                    session.add(_orm_article(one))


def _orm_article(one: Assessed) -> ArticleRow:
    article = one.article
    row = ArticleRow(key=article.key, text_sha=article.text_sha, versions=1, first_learned=article.learned)
    row.rows.append(_orm_version(one))
    return row


def _orm_version(one: Assessed) -> VersionRow:
    article, published = one.article, one.article.published
    return VersionRow(
        article=article.key,
        text_sha=article.text_sha,
        learned=article.learned,
        rank="",
        source=article.source,
        url=article.url,
        title=article.title,
        publisher=article.publisher,
        published_first=published.first if published else None,
        published_last=published.last if published else None,
        published_precision=published.precision if published else None,
        payload=json.loads(encode_article(article)),
        text=article.text,
        events=[_orm_event(event) for event in one.events],
    )


def _orm_event(event: Event) -> EventRow:
    happened = event.happened
    return EventRow(
        article=event.article,
        id=event.id,
        text_sha=event.text_sha,
        type=event.type,
        organisation=event.organisation.id if event.organisation else None,
        region=event.region.id if event.region else None,
        stance=event.stance,
        happened_first=happened.first if happened else None,
        happened_last=happened.last if happened else None,
        happened_precision=happened.precision if happened else None,
        learned=event.learned,
        payload=json.loads(encode_event(event)),
        evidence=json.loads(encode_evidence(event.evidence)),
    )


def copied_rows(engine: Engine) -> dict[str, bytes]:
    rows = {}
    with psycopg.connect(libpq_address(engine.url)) as connection:
        for table in TABLES:
            buffer = io.BytesIO()
            with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                for block in copy:
                    buffer.write(block)
            rows[table] = buffer.getvalue()
    return rows


def write_by_copy(engine: Engine, rows: dict[str, bytes]) -> None:
    with psycopg.connect(libpq_address(engine.url)) as connection:
        for table in TABLES:
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(rows[table])


def clear(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE article, article_copy, uncompared, unjudged CASCADE"))


def timed(name: str, count: int, write: Callable[[], None]) -> float:
    wall, cpu = time.perf_counter(), time.process_time()
    write()
    seconds, own = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:8} {count / seconds:9,.0f} articles/s  {own / count * 1e6:7.0f} us of our CPU an article")
    return seconds


@contextmanager
def opened(url: str | None) -> Iterator[Engine]:
    if url:
        yield open_engine(url)
        return
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        yield open_engine(server.url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", nargs="?", type=int, default=5_000)
    parser.add_argument("--url")
    arguments = parser.parse_args()
    assessed = list(generate(arguments.articles))
    count = len(assessed)
    print(f"{count:,} articles, {sum(len(one.events) for one in assessed):,} events")
    with opened(arguments.url) as engine:
        migrate(engine)
        write_by_record(engine, list(generate(1_000, seed=2)))  # warm both ends
        clear(engine)
        ours = timed("record", count, lambda: write_by_record(engine, assessed))
        rows = copied_rows(engine)
        timed("known", count, lambda: write_by_record(engine, assessed))
        clear(engine)
        bare = timed("COPY", count, lambda: write_by_copy(engine, rows))
        clear(engine)
        peer = timed("ORM", count, lambda: write_by_orm(engine, assessed))
        print(f"record is {peer / ours:.1f} times the ORM's rate and {bare / ours:.2f} of a bare COPY's")
        engine.dispose()


if __name__ == "__main__":
    main()
