"""Forgets an article or a source, as the law at times requires: its words, its events, the alerts that rest on it.

An alert that rests on other articles too stays, without the forgotten words, and is judged anew. What Slack shows
already is outside: the receipts are given back, so that a person can have those messages deleted.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, text

from bot.core.model import Change, Citation, Receipt
from bot.history.articles import key_digest, settle_versions
from bot.history.codec import clean, decode_alert, decode_change, encode_alert, encode_change
from bot.history.copying import forget_copies
from bot.history.database import wait_for_judges
from bot.history.rows import document

BATCH = 1_000  # articles forgotten at a time

Told = tuple[str, str]
"""One event as one article tells it: the article's key and the event's id."""

_KEYS_OF_SOURCE = text("""
SELECT article, bool_and(source = :source) AS is_whole FROM article_version
WHERE article IN (SELECT article FROM article_version WHERE source = :source) GROUP BY article ORDER BY article
""")
_LOCK = text("SELECT key FROM article WHERE key = ANY(:keys) ORDER BY key FOR UPDATE")
_TOLD = text("""
SELECT event.article, event.id FROM event JOIN article_version AS version
  ON version.article = event.article AND version.text_sha = event.text_sha
WHERE event.article = ANY(:keys) AND (CAST(:source AS text) IS NULL OR version.source = :source)
""")
_DELETE_VERSIONS = text("DELETE FROM article_version WHERE source = :source AND article = ANY(:keys)")
_DELETE_ARTICLES = text("DELETE FROM article WHERE key = ANY(:keys)")
_RESTS = text("""
SELECT alert, article, event FROM alert_event
WHERE alert IN (SELECT alert FROM alert_event WHERE article = ANY(:keys)) ORDER BY alert
""")
_READ_ALERT = text("SELECT payload::text FROM alert WHERE id = :alert")
_RECEIPTS = text("""
SELECT receipt_channel, receipt FROM delivery WHERE alert = ANY(:alerts) AND receipt IS NOT NULL ORDER BY seq
""")
_DELETE_ALERTS = text("DELETE FROM alert WHERE id = ANY(:alerts)")
_CHANGES = text("SELECT revision, payload::text AS payload FROM alert_change WHERE alert = :alert")
_SCRUB_ALERT = text("UPDATE alert SET payload = CAST(:payload AS json), digest = '' WHERE id = :alert")
_SCRUB_CHANGES = text("""
UPDATE alert_change SET payload = scrubbed.payload
FROM json_to_recordset(:changes) AS scrubbed (revision integer, payload json)
WHERE alert_change.alert = :alert AND alert_change.revision = scrubbed.revision
""")
_SCRUB_DELIVERIES = text("UPDATE delivery SET text = :says, blocks = '' WHERE alert = :alert")
_SCRUB_LINKS = text("""
DELETE FROM alert_event USING json_to_recordset(:told) AS told (article text, event text)
WHERE alert_event.article = told.article AND alert_event.event = told.event
""")
_REMEMBER = text("""
INSERT INTO forgotten (key_sha, at)
SELECT key_sha, :now FROM json_to_recordset(:digests) AS forgotten (key_sha text) ON CONFLICT DO NOTHING
""")
_DELETE_SOURCE = text("DELETE FROM source WHERE id = :source")
_DELETE_FETCHES = text("DELETE FROM fetch_log WHERE source = :source")
_MARK_UNJUDGED = text("INSERT INTO unjudged (events) VALUES (:events)")
_AUDIT = text("""
INSERT INTO audit (at, by_person, action, note) VALUES (:now, :by, :action, CAST(:note AS json))
""")
_OLD = text("""
SELECT article FROM article_version GROUP BY article HAVING max(day) < :before ORDER BY article
""")
_KEEP_FROM = text("""
INSERT INTO setting (name, value) VALUES ('kept_from', to_json(CAST(:before AS text)))
ON CONFLICT (name) DO UPDATE SET value = to_json(greatest(setting.value #>> '{}', excluded.value #>> '{}'))
""")
# One good reading of each source and local day is kept, one that brought news where there was one: it is the witness
# that somebody was looking on that day.
_TRIM_FETCHES = text("""
DELETE FROM fetch_log WHERE at < :before AND id NOT IN (
  SELECT DISTINCT ON (source, CAST(at AT TIME ZONE :zone AS date)) id FROM fetch_log
  WHERE at < :before AND outcome IN ('ok', 'unchanged')
  ORDER BY source, CAST(at AT TIME ZONE :zone AS date), articles_new > 0 DESC, id
)
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Who wants something forgotten, when and why; kept in the audit."""

    by: str
    why: str
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What was forgotten."""

    articles: int
    events: int
    alerts: int  # that rested on nothing else
    scrubbed: int  # alerts that stay without the forgotten words
    receipts: tuple[Receipt, ...]  # messages that still show them in Slack

    def plus(self, other: "Forgotten") -> "Forgotten":
        """Add up."""
        return Forgotten(
            articles=self.articles + other.articles,
            events=self.events + other.events,
            alerts=self.alerts + other.alerts,
            scrubbed=self.scrubbed + other.scrubbed,
            receipts=self.receipts + other.receipts,
        )


NOTHING = Forgotten(articles=0, events=0, alerts=0, scrubbed=0, receipts=())


def forget_article(connection: Connection, key: str, order: Order) -> Forgotten:
    """Forget one article in all its versions, for good: it is not read in again.

    A judge that has read it already is waited for, so that no alert on it is written afterwards.
    """
    wait_for_judges(connection)
    keys = [clean(key)]
    connection.execute(_LOCK, {"keys": keys})
    alerts = _forget_alerts(connection, keys, _told(connection, keys))
    forgotten = _forget_articles(connection, keys, alerts, order)
    _write_audit(connection, "forget article", {"article": key_digest(key)}, forgotten, order)
    return forgotten


def forget_source(connection: Connection, source: str, order: Order) -> Forgotten:
    """Forget, as `forget_article`, all that came from a source alone, and its versions of what others told too."""
    wait_for_judges(connection)
    rows = connection.execute(_KEYS_OF_SOURCE, {"source": source}).all()
    keys = [row.article for row in rows]
    shared = [row.article for row in rows if not row.is_whole]
    connection.execute(_LOCK, {"keys": keys})
    alerts = _forget_alerts(connection, keys, _told(connection, keys, source))
    forget_copies(connection, shared)
    connection.execute(_DELETE_VERSIONS, {"source": source, "keys": shared})
    settle_versions(connection, shared)
    forgotten = _forget_articles(connection, [row.article for row in rows if row.is_whole], alerts, order)
    connection.execute(_DELETE_FETCHES, {"source": source})
    connection.execute(_DELETE_SOURCE, {"source": source})
    _write_audit(connection, "forget source", {"source": source}, forgotten, order)
    return forgotten


def forget_before(connection: Connection, before: date, order: Order) -> Forgotten:
    """Forget every article that came out before a day; none from before that day is read in any more."""
    connection.execute(_KEEP_FROM, {"before": before.isoformat()})
    keys, forgotten = list(connection.scalars(_OLD, {"before": before})), NOTHING
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        connection.execute(_LOCK, {"keys": batch})
        alerts = _forget_alerts(connection, batch, _told(connection, batch))
        forgotten = forgotten.plus(_forget_articles(connection, batch, alerts, order, by_name=False))
    if keys:
        _write_audit(connection, "forget before", {"before": before.isoformat()}, forgotten, order)
    return forgotten


def trim_fetch_log(connection: Connection, before: datetime, zone: str) -> int:
    """Drop single readings of sources before a moment, but for one witness of each day; return how many went."""
    return connection.execute(_TRIM_FETCHES, {"before": before, "zone": zone}).rowcount


@dataclass(frozen=True, kw_only=True, slots=True)
class _Alerts:
    """What became of the alerts that rested on forgotten events."""

    events: int
    deleted: int
    scrubbed: int
    receipts: tuple[Receipt, ...]


def _told(connection: Connection, keys: Sequence[str], source: str | None = None) -> frozenset[Told]:
    rows = connection.execute(_TOLD, {"keys": list(keys), "source": source})
    return frozenset((row.article, row.id) for row in rows)


def _forget_alerts(connection: Connection, keys: Sequence[str], told: frozenset[Told]) -> _Alerts:
    """Delete the alerts that rest on these events alone, and take their words out of the others."""
    rests: defaultdict[str, set[Told]] = defaultdict(set)
    for row in connection.execute(_RESTS, {"keys": list(keys)}):
        rests[row.alert].add((row.article, row.event))
    touched = [alert for alert, events in rests.items() if events & told]
    whole = [alert for alert in touched if rests[alert] <= told]
    receipts = connection.execute(_RECEIPTS, {"alerts": touched}).all()
    connection.execute(_DELETE_ALERTS, {"alerts": whole})
    for alert in touched:
        if not rests[alert] <= told:
            _scrub(connection, alert, told)
    links = document({"article": article, "event": event} for article, event in sorted(told))
    connection.execute(_SCRUB_LINKS, {"told": links})
    return _Alerts(
        events=len(told),
        deleted=len(whole),
        scrubbed=len(touched) - len(whole),
        receipts=tuple(Receipt(channel=row.receipt_channel, ts=row.receipt) for row in receipts),
    )


def _forget_articles(
    connection: Connection, keys: Sequence[str], alerts: _Alerts, order: Order, *, by_name: bool = True
) -> Forgotten:
    """Delete articles; `by_name` remembers each, so that it is never read in again."""
    forget_copies(connection, keys)
    articles = connection.execute(_DELETE_ARTICLES, {"keys": list(keys)}).rowcount
    if by_name:
        digests = document({"key_sha": key_digest(key)} for key in keys)
        connection.execute(_REMEMBER, {"digests": digests, "now": order.now})
    connection.execute(_MARK_UNJUDGED, {"events": alerts.events})
    return Forgotten(
        articles=articles,
        events=alerts.events,
        alerts=alerts.deleted,
        scrubbed=alerts.scrubbed,
        receipts=alerts.receipts,
    )


def _scrub(connection: Connection, alert: str, told: frozenset[Told]) -> None:
    """Take the words of some events out of an alert, its changes and its messages."""
    stored = decode_alert(connection.execute(_READ_ALERT, {"alert": alert}).scalar_one())
    kept = replace(stored, citations=_kept(stored.citations, told))
    connection.execute(_SCRUB_ALERT, {"alert": alert, "payload": encode_alert(kept).decode()})
    changes = [
        {"revision": row.revision, "payload": encode_change(_scrubbed(decode_change(row.payload), told))}
        for row in connection.execute(_CHANGES, {"alert": alert})
    ]
    connection.execute(_SCRUB_CHANGES, {"alert": alert, "changes": document(changes)})
    connection.execute(_SCRUB_DELIVERIES, {"alert": alert, "says": clean(stored.says)})


def _scrubbed(change: Change, told: frozenset[Told]) -> Change:
    kept = _kept(change.citations, told)
    if kept == change.citations:
        return change
    return replace(change, citations=kept, reason="What caused this was forgotten", says="")


def _kept(citations: Sequence[Citation], told: frozenset[Told]) -> tuple[Citation, ...]:
    return tuple(citation for citation in citations if (citation.article, citation.event) not in told)


def _write_audit(connection: Connection, action: str, what: dict[str, str], forgotten: Forgotten, order: Order) -> None:
    counts = {"articles": forgotten.articles, "events": forgotten.events, "alerts": forgotten.alerts}
    note = document([{**what, **counts, "why": order.why}])[1:-1]
    values = {"now": order.now, "by": clean(order.by), "action": action, "note": note}
    connection.execute(_AUDIT, values)
