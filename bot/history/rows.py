"""Rows on their way into PostgreSQL: one JSON document a statement, read there by json_to_recordset."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from bot.history.codec import clean

Cell = str | int | float | bool | date | datetime | bytes | list[str] | None
"""One value of a row; bytes are JSON already written."""

_write = json.JSONEncoder(ensure_ascii=False).encode


def document(rows: Iterable[Mapping[str, Cell]]) -> str:
    """Write rows as one JSON array."""
    return "[" + ",".join(_row(row) for row in rows) + "]"


def moment(instant: datetime) -> str:
    """Write an instant so that instants sort as text: always UTC, always microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _row(row: Mapping[str, Cell]) -> str:
    return "{" + ",".join(f'"{name}":{_cell(cell)}' for name, cell in row.items()) + "}"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, str):
        return _write(clean(cell))
    if isinstance(cell, bytes):
        return cell.decode()
    if isinstance(cell, datetime):
        return f'"{moment(cell)}"'
    if isinstance(cell, date):
        return f'"{cell.isoformat()}"'
    return _write([clean(part) for part in cell] if isinstance(cell, list) else cell)
