"""The history in other hands: JSON Lines for programs, CSV for spreadsheets, Parquet for analysis."""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from bot.core.model import Article, Event
from bot.errors import BotError
from bot.history.codec import encode_article, encode_event
from bot.history.events import EventFilter, stream_events
from bot.history.queries import AlertFilter, as_listed, stream_alerts, stream_articles

# A spreadsheet runs a cell that starts with one of these as a formula; an apostrophe in front makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


PARQUET_ROWS = 5_000  # in one batch: some megabytes
_KINDS = {
    "day": ("opened_on", "happened_from", "happened_to", "published_from", "published_to"),
    "instant": ("learned", "retracted"),
    "number": ("version", "characters"),
}


class Kind(StrEnum):
    """What can be exported."""

    ALERTS = "alerts"
    EVENTS = "events"
    ARTICLES = "articles"


class Form(StrEnum):
    """How it is written."""

    JSON_LINES = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def export(connection: Connection, kind: Kind, form: Form, out: TextIO) -> int:
    """Write everything of one kind, a row at a time; return how many rows.

    JSON Lines have every field; CSV has the columns that a table can hold, with a line of names first.
    """
    if form is Form.JSON_LINES:
        return _write_lines(_documents(connection, kind), out)
    return _write_table(_rows(connection, kind), out)


def export_parquet(connection: Connection, kind: Kind, target: Path) -> int:
    """Write everything of one kind to a Parquet file, some thousand rows at a time; return how many rows.

    The columns are those of the CSV, days and instants as such.

    Raises:
        BotError: when the optional package is missing.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an optional package of 40 MB
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError as error:
        raise BotError("--format parquet needs the package pyarrow: .venv/bin/pip install pyarrow") from error
    types = {"day": pa.date32(), "instant": pa.timestamp("us", tz="UTC"), "number": pa.int64(), "text": pa.string()}
    schema = pa.schema([(name, types[_column_kind(name)]) for name in _COLUMNS[kind]])
    rows, count = _rows(connection, kind), 0
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := [_typed(row) for row in islice(rows, PARQUET_ROWS)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))
            count += len(batch)
    return count


def _column_kind(name: str) -> str:
    return next((kind for kind, names in _KINDS.items() if name in names), "text")


def _typed(row: Mapping[str, object]) -> dict[str, object]:
    return {name: _typed_cell(_column_kind(name), cell) for name, cell in row.items()}


def _typed_cell(kind: str, cell: object) -> object:
    if kind == "day":
        return date.fromisoformat(str(cell)) if cell else None
    if kind == "instant":
        return datetime.fromisoformat(str(cell)) if cell else None
    return cell


def _write_lines(documents: Iterator[str], out: TextIO) -> int:
    count = 0
    for line in documents:
        out.write(line + "\n")
        count += 1
    return count


def _write_table(rows: Iterator[Mapping[str, object]], out: TextIO) -> int:
    table, count = csv.writer(out), 0
    for row in rows:
        if count == 0:
            table.writerow(row)
        table.writerow([_cell(cell) for cell in row.values()])
        count += 1
    return count


def _documents(connection: Connection, kind: Kind) -> Iterator[str]:
    if kind is Kind.ALERTS:
        for stored in stream_alerts(connection, AlertFilter()):
            yield json.dumps(as_listed(stored), ensure_ascii=False)
    elif kind is Kind.EVENTS:
        for event in stream_events(connection, EventFilter()):
            retracted = event.retracted.isoformat() if event.retracted else None
            yield json.dumps({**json.loads(encode_event(event)), "retracted": retracted}, ensure_ascii=False)
    else:
        for article in stream_articles(connection):
            yield json.dumps({**json.loads(encode_article(article)), "text": article.text}, ensure_ascii=False)


def _rows(connection: Connection, kind: Kind) -> Iterator[Mapping[str, object]]:
    if kind is Kind.ALERTS:
        for stored in stream_alerts(connection, AlertFilter()):
            listed = as_listed(stored)
            told = [f"{sent.channel}: {sent.state}" for sent in stored.deliveries]
            articles = [citation.url or citation.path or citation.article for citation in stored.alert.citations]
            yield {**listed, "articles": " ".join(dict.fromkeys(articles)), "deliveries": "; ".join(told)}
    elif kind is Kind.EVENTS:
        yield from map(_event_row, stream_events(connection, EventFilter()))
    else:
        yield from map(_article_row, stream_articles(connection))


def _event_row(event: Event) -> Mapping[str, object]:
    happened = event.happened
    return {
        "id": event.id,
        "article": event.article,
        "type": event.type,
        "stance": event.stance.value,
        "organisation": event.organisation.id if event.organisation else "",
        "counterparty": event.counterparty.id if event.counterparty else "",
        "region": event.region.id if event.region else "",
        "happened_from": happened.first.isoformat() if happened else "",
        "happened_to": happened.last.isoformat() if happened else "",
        "happened_precision": happened.precision.value if happened else "",
        "learned": event.learned.isoformat(),
        "retracted": event.retracted.isoformat() if event.retracted else "",
        "quote": event.quote,
        "sentence": event.sentence,
    }


def _article_row(article: Article) -> Mapping[str, object]:
    published = article.published
    return {
        "key": article.key,
        "source": article.source,
        "title": article.title,
        "publisher": article.publisher,
        "url": article.url or "",
        "path": article.path or "",
        "published_from": published.first.isoformat() if published else "",
        "published_to": published.last.isoformat() if published else "",
        "published_precision": published.precision.value if published else "",
        "learned": article.learned.isoformat(),
        "version": article.version,
        "characters": len(article.text),
    }


def _cell(cell: object) -> str:
    words = str(cell)
    return f"'{words}" if words.startswith(_FORMULA_STARTS) else words


_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ALERTS: (
        "id", "rule", "outcome", "severity", "state", "fingerprint", "opened_on", "says", "quote", "articles",
        "deliveries",
    ),
    Kind.EVENTS: (
        "id", "article", "type", "stance", "organisation", "counterparty", "region", "happened_from", "happened_to",
        "happened_precision", "learned", "retracted", "quote", "sentence",
    ),
    Kind.ARTICLES: (
        "key", "source", "title", "publisher", "url", "path", "published_from", "published_to", "published_precision",
        "learned", "version", "characters",
    ),
}  # fmt: skip
