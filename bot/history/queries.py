"""Answers for the commands: alerts with what was told, articles, single events, counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.core.model import Alert, Article, Change, Event, Outcome, Outline
from bot.history.codec import clean, decode_alert, decode_article, decode_change, decode_event, decode_evidence
from bot.history.events import CURSOR_ROWS


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertFilter:
    """Which alerts to read; None is all."""

    rule: str | None = None
    since: date | None = None  # opened on this day or later, in event time
    until: date | None = None  # opened on this day or earlier
    outcome: str | None = None  # "alert" or "review"
    state: str | None = None  # "open", "cleared" or "withdrawn"
    severities: frozenset[str] | None = None
    ids: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedStep:
    """A change as it was stored."""

    revision: int
    change: Change
    superseded: bool  # was told, and no longer follows from the history
    stored_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A delivery, as it stands."""

    id: str
    revision: int
    channel: str
    action: str
    state: str  # "waiting", "sending", "unclear", "sent", "stuck" or "snoozed"
    receipt: str | None
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Disposition:
    """What a person decided about an alert."""

    alert: str
    kind: str  # "acknowledged", "snoozed", "false_alarm" or "undone"
    by: str
    at: datetime
    action_key: str  # one click counts once
    until: datetime | None = None  # of a snooze; None: until the alert changes
    note: str = ""
    revision: int | None = None  # what the person saw when they pressed


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAlert:
    """An alert with everything that is stored of it."""

    alert: Alert  # as it stands: its changes are those that still follow, oldest first
    log: tuple[LoggedStep, ...]  # every change ever stored, by revision
    deliveries: tuple[Sent, ...]  # in the order of telling
    dispositions: tuple[Disposition, ...]  # oldest first


PAGE = 500  # alerts whose logs are read in one go

_READ_LOGS = text("""
SELECT alert, revision, payload::text AS payload, superseded, stored_at FROM alert_change
WHERE alert = ANY(:ids) ORDER BY alert, revision
""")
_READ_DELIVERIES = text("""
SELECT alert, id, revision, channel, action, state, receipt, last_error FROM delivery
WHERE alert = ANY(:ids) ORDER BY seq
""")
_READ_DISPOSITIONS = text("""
SELECT alert, kind, by_person, at, until, note, action_key, revision FROM disposition WHERE alert = ANY(:ids)
ORDER BY at, id
""")
_READ_VERSIONS_IN_USE = text("""
SELECT rule, array_agg(DISTINCT rule_version) AS versions FROM alert WHERE NOT lapsed GROUP BY rule
""")
_READ_OUTLINES = text("""
SELECT rule, fingerprint, outcome, state, opened_on, payload->>'says' AS says,
  payload#>>'{citations,0,sentence}' AS sentence
FROM alert WHERE rule = ANY(:rules)
""")

_READ_VERSIONS = """
SELECT version.payload::text AS payload, version.text,
  row_number() OVER (PARTITION BY version.article ORDER BY version.learned, version.text_sha) AS number
FROM article_version AS version
"""
_READ_ARTICLE = text(f"{_READ_VERSIONS} WHERE version.article = :key ORDER BY number")
_READ_STANDING = """
SELECT version.payload::text AS payload, version.text, article.versions AS number
FROM article JOIN article_version AS version ON version.article = article.key AND version.text_sha = article.text_sha
"""
_READ_EVENT = text("""
SELECT payload::text AS payload, retracted, evidence::text AS evidence FROM event
WHERE id = :id ORDER BY learned, article LIMIT 1
""")
_READ_EVENTS_OF = text("""
SELECT payload::text AS payload, retracted, evidence::text AS evidence FROM event
WHERE article = :key ORDER BY learned, id
""")
_DECIDE = text("""
INSERT INTO disposition (alert, kind, by_person, at, until, note, action_key)
SELECT :alert, :kind, :by, :at, :until, :note, :action_key WHERE EXISTS (SELECT FROM alert WHERE id = :alert)
ON CONFLICT DO NOTHING
""")


def stream_alerts(connection: Connection, chosen: AlertFilter, newest: int | None = None) -> Iterator[StoredAlert]:
    """Read alerts in order of the day they opened, then rule, then fingerprint.

    Args:
        connection: to the history.
        chosen: which alerts.
        newest: only so many, those that opened last.
    """
    conditions, parameters = _alert_conditions(chosen)
    read = f"SELECT id, payload, opened_on, rule, fingerprint FROM alert WHERE {conditions}"  # noqa: S608 - constants only
    if newest is not None:
        read += " ORDER BY opened_on DESC, rule DESC, fingerprint DESC LIMIT :newest"
        parameters = {**parameters, "newest": newest}
    query = text(f"""
        SELECT id, payload::text AS payload FROM ({read}) AS alert ORDER BY opened_on, rule, fingerprint
    """)  # noqa: S608 - constants only
    rows = connection.execute(query, parameters, execution_options={"yield_per": PAGE})
    for page in rows.partitions():
        yield from _complete(connection, page)


def read_alert(connection: Connection, name: str) -> StoredAlert | None:
    """Read one alert by its id or, where there is no such id, by its fingerprint."""
    query = text("SELECT id, payload::text AS payload FROM alert WHERE id = :name OR fingerprint = :name ORDER BY id")
    rows = connection.execute(query, {"name": clean(name)}).all()
    return next(_complete(connection, rows[:1]), None)


def read_versions_in_use(connection: Connection) -> dict[str, frozenset[str]]:
    """Read which versions of its rule the alerts of each rule name; alerts that lapsed are left out."""
    return {row.rule: frozenset(row.versions) for row in connection.execute(_READ_VERSIONS_IN_USE)}


def read_outlines(connection: Connection, rules: Iterable[str]) -> Iterator[Outline]:
    """Read the alerts of some rules, without their lives and citations, in no order."""
    rows = connection.execute(_READ_OUTLINES, {"rules": sorted(rules)}, execution_options={"yield_per": CURSOR_ROWS})
    for row in rows:
        yield Outline(**{**row._asdict(), "outcome": Outcome(row.outcome), "sentence": row.sentence or ""})


def count_alerts(connection: Connection, chosen: AlertFilter) -> dict[str, int]:
    """Count the chosen alerts of each rule that has any."""
    conditions, parameters = _alert_conditions(chosen)
    query = text(f"SELECT rule, count(*) AS alerts FROM alert WHERE {conditions} GROUP BY rule ORDER BY rule")  # noqa: S608 - constants only
    return {row.rule: row.alerts for row in connection.execute(query, parameters)}


def as_listed(stored: StoredAlert) -> dict[str, object]:
    """Give an alert as `bot alerts --json` prints it."""
    alert = stored.alert
    articles = (citation.url or citation.path or citation.article for citation in alert.citations)
    return {
        "id": alert.id,
        "rule": alert.rule,
        "outcome": alert.outcome.value,
        "severity": alert.severity.value,
        "state": alert.state,
        "fingerprint": alert.fingerprint,
        "opened_on": alert.opened_on.isoformat(),
        "says": alert.says,
        "quote": alert.citations[0].quote if alert.citations else "",
        "articles": list(dict.fromkeys(articles)),
        "deliveries": [
            {"channel": sent.channel, "state": sent.state, "receipt": sent.receipt} for sent in stored.deliveries
        ],
    }


def read_versions(connection: Connection, key: str) -> list[Article]:
    """Read every version of an article, oldest first; none of an article that is not known."""
    return [_article(row) for row in connection.execute(_READ_ARTICLE, {"key": clean(key)})]


def stream_articles(
    connection: Connection, *, keys: Iterable[str] | None = None, source: str | None = None
) -> Iterator[Article]:
    """Read the standing version of articles, in order of their keys."""
    conditions = ["true"]
    if keys is not None:
        conditions.append("article.key = ANY(:keys)")
    if source is not None:
        conditions.append("version.source = :source")
    query = text(f"{_READ_STANDING} WHERE {' AND '.join(conditions)} ORDER BY article.key")
    given = {"keys": None if keys is None else [clean(key) for key in keys], "source": source}
    parameters = {name: value for name, value in given.items() if value is not None}
    for row in connection.execute(query, parameters, execution_options={"yield_per": CURSOR_ROWS}):
        yield _article(row)


def read_event(connection: Connection, id_: str) -> Event | None:
    """Read one event with its evidence; of the same words in several articles, as it was learned first."""
    row = connection.execute(_READ_EVENT, {"id": id_}).one_or_none()
    return None if row is None else _event(row)


def read_events_of(connection: Connection, key: str) -> list[Event]:
    """Read the events of all versions of an article, with their evidence."""
    return [_event(row) for row in connection.execute(_READ_EVENTS_OF, {"key": clean(key)})]


def decide(connection: Connection, disposition: Disposition) -> bool:
    """Store what a person decided; False when it is stored already or there is no such alert."""
    values = {
        "alert": disposition.alert,
        "kind": disposition.kind,
        "by": clean(disposition.by),
        "at": disposition.at,
        "until": disposition.until,
        "note": clean(disposition.note),
        "action_key": clean(disposition.action_key),
    }
    return connection.execute(_DECIDE, values).rowcount == 1


def _alert_conditions(chosen: AlertFilter) -> tuple[str, dict[str, Any]]:
    terms = {
        "rule": ("rule = :rule", chosen.rule),
        "since": ("opened_on >= :since", chosen.since),
        "until": ("opened_on <= :until", chosen.until),
        "outcome": ("outcome = :outcome", chosen.outcome),
        "state": ("state = :state", chosen.state),
        "severities": ("severity = ANY(:severities)", chosen.severities and sorted(chosen.severities)),
        "ids": ("id = ANY(:ids)", None if chosen.ids is None else sorted(chosen.ids)),
    }
    used = {name: (condition, value) for name, (condition, value) in terms.items() if value is not None}
    conditions = " AND ".join(condition for condition, _ in used.values())
    return conditions or "true", {name: value for name, (_, value) in used.items()}


def _complete(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[StoredAlert]:
    ids = {"ids": [row.id for row in rows]}
    steps, sent, decided = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in connection.execute(_READ_LOGS, ids):
        steps[row.alert].append(_step(row))
    for row in connection.execute(_READ_DELIVERIES, ids):
        sent[row.alert].append(_sent(row))
    for row in connection.execute(_READ_DISPOSITIONS, ids):
        decided[row.alert].append(_disposition(row))
    for row in rows:
        standing = sorted((step for step in steps[row.id] if not step.superseded), key=lambda step: step.change.at)
        yield StoredAlert(
            alert=decode_alert(row.payload, tuple(step.change for step in standing)),
            log=tuple(steps[row.id]),
            deliveries=tuple(sent[row.id]),
            dispositions=tuple(decided[row.id]),
        )


def _step(row: Row[Any]) -> LoggedStep:
    return LoggedStep(
        revision=row.revision,
        change=decode_change(row.payload),
        superseded=row.superseded,
        stored_at=row.stored_at,
    )


def _sent(row: Row[Any]) -> Sent:
    return Sent(
        id=row.id,
        revision=row.revision,
        channel=row.channel,
        action=row.action,
        state=row.state,
        receipt=row.receipt,
        error=row.last_error,
    )


def _disposition(row: Row[Any]) -> Disposition:
    return Disposition(
        alert=row.alert,
        kind=row.kind,
        by=row.by_person,
        at=row.at,
        action_key=row.action_key,
        until=row.until,
        note=row.note,
        revision=row.revision,
    )


def _article(row: Row[Any]) -> Article:
    return replace(decode_article(row.payload, row.text), version=row.number)


def _event(row: Row[Any]) -> Event:
    return replace(decode_event(row.payload, row.retracted), evidence=decode_evidence(row.evidence))
