"""Alerts that were never stored: made ready as lines of COPY, in any process, and written as they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection

from bot.core.model import Alert
from bot.history.alert_log import change_keys
from bot.history.codec import clean, encode_alert, encode_change
from bot.history.rows import moment

if TYPE_CHECKING:
    import psycopg

ALERT_COLUMNS = (
    "id, fingerprint, rule, rule_version, outcome, severity, status, state, opened_on, organisations, digest, payload"
)
CHANGE_COLUMNS = "alert, revision, change_key, kind, happened_on, at, payload"
EVENT_COLUMNS = "alert, article, event"

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """An alert with what takes long to work out of it."""

    alert: Alert
    organisations: tuple[str, ...]  # of the events it rests on
    digest: str
    payload: bytes
    change_payloads: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fresh:
    """New alerts with their lines for the tables."""

    alerts: tuple[Alert, ...]
    alert_lines: bytes
    change_lines: bytes
    event_lines: bytes


def prepare(alert: Alert, organisation_by_event: Mapping[str, str]) -> Prepared:
    """Encode an alert; `organisation_by_event` is asked for the events that it rests on."""
    payload, changes = encode_alert(alert), tuple(map(encode_change, alert.changes))
    organisations = {organisation_by_event[event] for _, event in cited(alert) if event in organisation_by_event}
    return Prepared(
        alert=alert,
        organisations=tuple(sorted(organisations)),
        digest=_digest(payload, changes),
        payload=payload,
        change_payloads=changes,
    )


def digest_of(alert: Alert) -> str:
    """Return what is equal where nothing about an alert changed."""
    return _digest(encode_alert(alert), map(encode_change, alert.changes))


def cited(alert: Alert) -> set[tuple[str, str]]:
    """Give the article and event of every citation an alert ever showed."""
    shown = {(citation.article, citation.event) for citation in alert.citations}
    return shown.union(*[{(each.article, each.event) for each in change.citations} for change in alert.changes])


def make_fresh(prepared: Sequence[Prepared]) -> Fresh:
    """Write the lines of alerts that were never stored."""
    return Fresh(
        alerts=tuple([one.alert for one in prepared]),
        alert_lines=b"".join([_alert_line(one) for one in prepared]),
        change_lines=b"".join([line for one in prepared for line in _change_lines(one)]),
        event_lines=b"".join([_line(one.alert.id, *told) for one in prepared for told in sorted(cited(one.alert))]),
    )


def write_fresh(connection: Connection, fresh: Fresh) -> None:
    """Write new alerts with what happened to them and what they rest on."""
    _copy(connection, f"alert ({ALERT_COLUMNS})", fresh.alert_lines)
    _copy(connection, f"alert_change ({CHANGE_COLUMNS})", fresh.change_lines)
    _copy(connection, f"alert_event ({EVENT_COLUMNS})", fresh.event_lines)


def _copy(connection: Connection, table: str, lines: bytes) -> None:
    if not lines:
        return
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
        copy.write(lines)


def _alert_line(one: Prepared) -> bytes:
    alert = one.alert
    return _line(
        alert.id,
        alert.fingerprint,
        alert.rule,
        alert.rule_version,
        alert.outcome,
        alert.severity,
        alert.status,
        alert.state,
        alert.opened_on.isoformat(),
        _array(one.organisations),
        one.digest,
        one.payload,
    )


def _change_lines(one: Prepared) -> Iterable[bytes]:
    changes = one.alert.changes
    named = zip(change_keys(changes), changes, one.change_payloads, strict=True)
    for revision, (key, change, payload) in enumerate(named):
        on, at = change.on.isoformat(), moment(change.at)
        yield _line(one.alert.id, str(revision), key, change.kind, on, at, payload)


def _array(values: Iterable[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _line(*cells: str | bytes) -> bytes:
    """Write a row as COPY reads it in its text format; bytes are JSON, which holds no bare tab or line end."""
    return b"\t".join([_word(cell) if isinstance(cell, str) else cell.replace(b"\\", rb"\\") for cell in cells]) + b"\n"


def _word(cell: str) -> bytes:
    words = clean(cell)
    return (words.translate(_ESCAPED) if _SPECIAL.search(words) else words).encode()


def _digest(payload: bytes, changes: Iterable[bytes]) -> str:
    return sha256(payload + b"".join(changes)).hexdigest()[:16]
