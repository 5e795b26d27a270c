"""Writes alerts, what happened to them, and the deliveries that tell it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.core.model import Action, Alert, Change, Delivery, Outcome
from bot.history.alert_log import Addition, Logged, LoggedChange, Step, follow, lapse
from bot.history.codec import decode_alert, decode_change, encode_alert, encode_change
from bot.history.copying import read_origins
from bot.history.rows import Cell, document

CHUNK = 500  # alerts in one statement

Plan = Callable[[Alert, int], Sequence[Delivery]]

_ALERT_COLUMNS = (
    "id text, fingerprint text, rule text, rule_version text, outcome text, severity text, status text, state text, "
    "opened_on date, organisations text[], digest text, lapsed boolean, payload json"
)
_CHANGE_COLUMNS = (
    "alert text, revision integer, change_key text, kind text, happened_on date, at timestamptz, payload json"
)
_DELIVERY_COLUMNS = (
    "id text, alert text, revision integer, channel text, action text, thread_of text, text text, blocks text"
)


def _names(columns: str) -> str:
    return ", ".join(column.split()[0] for column in columns.split(", "))


_READ_STORED = "SELECT id, digest, lapsed, {decided} AS is_decided FROM alert"
_READ_LOG = "SELECT alert, revision, change_key, superseded FROM alert_change"
_OF_ALERTS = "WHERE alert IN (SELECT unnest(CAST(:ids AS text[])))"
_READ_ALERTS = text(
    "SELECT id, organisations, payload::text AS payload FROM alert WHERE id IN (SELECT unnest(CAST(:ids AS text[])))"
)
_READ_CHANGES = text("""
SELECT alert, payload::text AS payload FROM alert_change
WHERE alert IN (SELECT unnest(CAST(:ids AS text[]))) ORDER BY alert, revision
""")
_DROP_UNTOLD = text("""
DELETE FROM alert WHERE id IN (SELECT unnest(CAST(:ids AS text[])))
  AND NOT EXISTS (SELECT FROM delivery WHERE delivery.alert = alert.id)
  AND NOT EXISTS (SELECT FROM disposition WHERE disposition.alert = alert.id)
RETURNING id
""")
_READ_POSTS = text("""
SELECT alert, channel, id FROM delivery
WHERE action = 'post' AND (
  alert IN (SELECT unnest(CAST(:alerts AS text[]))) OR id IN (SELECT unnest(CAST(:ids AS text[])))
) ORDER BY seq
""")

_WRITE = text(f"""
WITH stored_alert AS (
  INSERT INTO alert ({_names(_ALERT_COLUMNS)})
  SELECT {_names(_ALERT_COLUMNS)} FROM json_to_recordset(:alerts) AS judged ({_ALERT_COLUMNS}) ORDER BY id
  ON CONFLICT (id) DO UPDATE SET
    rule_version = excluded.rule_version, outcome = excluded.outcome, severity = excluded.severity,
    status = excluded.status, state = excluded.state, opened_on = excluded.opened_on,
    organisations = excluded.organisations, digest = excluded.digest, lapsed = excluded.lapsed,
    payload = excluded.payload
), stored_change AS (
  INSERT INTO alert_change ({_names(_CHANGE_COLUMNS)})
  SELECT {_names(_CHANGE_COLUMNS)} FROM json_to_recordset(:changes) AS change ({_CHANGE_COLUMNS})
), marked AS (
  UPDATE alert_change SET superseded = mark.superseded
  FROM json_to_recordset(:marks) AS mark (alert text, revision integer, superseded boolean)
  WHERE alert_change.alert = mark.alert AND alert_change.revision = mark.revision
)
INSERT INTO alert_event (alert, article, event)
SELECT alert, article, event FROM json_to_recordset(:events) AS cited (alert text, article text, event text)
ON CONFLICT DO NOTHING
""")  # noqa: S608 - constants only

_WRITE_DELIVERIES = text(f"""
WITH planned AS (
  SELECT * FROM json_to_recordset(:deliveries) AS planned ({_DELIVERY_COLUMNS}, place integer)
), stored_channel AS (
  INSERT INTO channel (name) SELECT DISTINCT channel FROM planned ORDER BY channel ON CONFLICT DO NOTHING
)
INSERT INTO delivery ({_names(_DELIVERY_COLUMNS)})
SELECT {_names(_DELIVERY_COLUMNS)} FROM planned ORDER BY place
ON CONFLICT DO NOTHING
""")  # noqa: S608 - constants only
_WAKE = text("SELECT pg_notify('bot_outbox', '')")


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What a judgement gave, and how far it reaches."""

    alerts: Sequence[Alert]
    at: datetime | None  # the newest moment the history knows; None for an empty history
    organisation_by_event: Mapping[str, str]  # by Event.id, for the events that the alerts rest on
    rules: frozenset[str] | None = None  # alerts of other rules stay as they are; None: all are decided
    organisations: frozenset[str] | None = None  # alerts that rest on others stay as they are; None: all are decided


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What writing the alerts changed."""

    alerts: int = 0  # new, reviews not counted
    reviews: int = 0  # new
    changes: tuple[tuple[Alert, Change], ...] = ()
    deliveries: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decided:
    """One alert with what is to be written of it."""

    alert: Alert
    step: Step
    digest: str
    organisations: tuple[str, ...]
    is_new: bool
    lapsed: bool = False


def write_alerts(connection: Connection, judged: Judged, plan: Plan | None) -> Told:
    """Write what a judgement adds, and one delivery for each change and channel that `plan` names."""
    decided = _decide_all(connection, judged, tells=plan is not None)
    for start in range(0, len(decided), CHUNK):
        connection.execute(_WRITE, _documents(decided[start : start + CHUNK]))
    logs = _read_logs(connection, decided)
    deliveries = write_deliveries(connection, _plan_all(connection, decided, logs, plan)) if plan else 0
    new = [one.alert.outcome for one in decided if one.is_new]
    changes = [(logs[one.alert.id], addition.change) for one in decided for addition in one.step.additions]
    return Told(
        alerts=new.count(Outcome.ALERT),
        reviews=new.count(Outcome.REVIEW),
        changes=tuple(sorted(changes, key=lambda pair: (pair[1].at, pair[0].id))),
        deliveries=deliveries,
    )


def write_deliveries(connection: Connection, deliveries: Iterable[Delivery]) -> int:
    """Put messages into the outbox, in this order; one that is there already is left as it is."""
    rows = [_delivery_row(delivery, place) for place, delivery in enumerate(deliveries)]
    if not rows:
        return 0
    stored = connection.execute(_WRITE_DELIVERIES, {"deliveries": document(rows)}).rowcount
    connection.execute(_WAKE)
    return stored


def _decide_all(connection: Connection, judged: Judged, *, tells: bool) -> list[_Decided]:
    by_id = {alert.id: alert for alert in judged.alerts}
    logged_by_id, is_decided = _read_logged(connection, judged, sorted(by_id))
    if not tells:
        untold = _drop_untold(connection, _outdated(by_id, logged_by_id, is_decided))
        logged_by_id = {id_: logged for id_, logged in logged_by_id.items() if id_ not in untold}
        is_decided -= untold
    missing = sorted(is_decided - by_id.keys())
    vanished = [id_ for id_ in missing if not logged_by_id[id_].lapsed]
    decided = [_decide(alert, logged_by_id.get(id_), judged) for id_, alert in sorted(by_id.items())]
    decided += _decide_vanished(connection, vanished, logged_by_id, judged.at)
    return [one for one in decided if _matters(one, logged_by_id.get(one.alert.id))]


def _outdated(by_id: Mapping[str, Alert], logged_by_id: Mapping[str, Logged], is_decided: frozenset[str]) -> list[str]:
    """Return the stored alerts that this judgement gives otherwise, or gives no more."""
    gone = is_decided - by_id.keys()
    changed = {
        id_ for id_, alert in by_id.items() if id_ in logged_by_id and logged_by_id[id_].digest != _digest(alert)
    }
    return sorted(gone | changed)


def _drop_untold(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Take out those of the alerts that nobody was told of and nobody decided on: they are written anew, if at all."""
    return frozenset(connection.scalars(_DROP_UNTOLD, {"ids": list(ids)})) if ids else frozenset()


def _matters(decided: _Decided, logged: Logged | None) -> bool:
    return (
        logged is None or decided.digest != logged.digest or decided.step != Step() or decided.lapsed != logged.lapsed
    )


def _decide(alert: Alert, logged: Logged | None, judged: Judged) -> _Decided:
    cited = {event for _, event in _cited(alert)}
    organisations = {judged.organisation_by_event[event] for event in cited if event in judged.organisation_by_event}
    return _Decided(
        alert=alert,
        step=follow(logged, alert, judged.at or alert.changes[-1].at),
        digest=_digest(alert),
        organisations=tuple(sorted(organisations)),
        is_new=logged is None,
    )


def _decide_vanished(
    connection: Connection, ids: Sequence[str], logged_by_id: Mapping[str, Logged], at: datetime | None
) -> Iterator[_Decided]:
    rows = connection.execute(_READ_ALERTS, {"ids": list(ids)}).all() if ids else []
    logs = _stored_logs(connection, ids)
    origins = read_origins(connection) if rows else {}
    for row in rows:
        stored = decode_alert(row.payload, logs[row.id])
        withdrawn = replace(stored, state="withdrawn")
        yield _Decided(
            alert=withdrawn,
            step=lapse(logged_by_id[row.id], stored, at or stored.changes[-1].at, origins),
            digest=_digest(withdrawn),
            organisations=tuple(row.organisations),
            is_new=False,
            lapsed=True,
        )


def _read_logged(
    connection: Connection, judged: Judged, ids: Sequence[str]
) -> tuple[dict[str, Logged], frozenset[str]]:
    """Read the logs of the alerts that were given and of those that might have been, and say which those are."""
    stored = _read_stored(connection, judged, ids)
    # Where everything is decided, everything is read: one pass over the table, no list of names to compare.
    of_these, parameters = (_OF_ALERTS, {"ids": [row.id for row in stored]}) if _is_partial(judged) else ("", {})
    changes: defaultdict[str, list[LoggedChange]] = defaultdict(list)
    for row in connection.execute(text(f"{_READ_LOG} {of_these} ORDER BY alert, revision"), parameters):
        change = LoggedChange(revision=row.revision, key=row.change_key, superseded=row.superseded)
        changes[row.alert].append(change)
    logged = {row.id: Logged(digest=row.digest, lapsed=row.lapsed, changes=tuple(changes[row.id])) for row in stored}
    return logged, frozenset(row.id for row in stored if row.is_decided)


def _read_stored(connection: Connection, judged: Judged, ids: Sequence[str]) -> Sequence[Row[Any]]:
    if not _is_partial(judged):
        return connection.execute(text(_READ_STORED.format(decided="true"))).all()
    conditions, parameters = ["true"], dict[str, list[str]]()
    if judged.rules is not None:
        conditions.append("rule = ANY(:rules)")
        parameters["rules"] = sorted(judged.rules)
    if judged.organisations is not None:
        conditions.append("organisations <@ CAST(:organisations AS text[])")
        parameters["organisations"] = sorted(judged.organisations)
    decided = " AND ".join(conditions)
    query = f"{_READ_STORED.format(decided=decided)} WHERE ({decided}) OR id IN (SELECT unnest(CAST(:ids AS text[])))"
    return connection.execute(text(query), {**parameters, "ids": list(ids)}).all()


def _is_partial(judged: Judged) -> bool:
    return judged.rules is not None or judged.organisations is not None


def _read_logs(connection: Connection, decided: Sequence[_Decided]) -> dict[str, Alert]:
    """Give each alert with its whole log, as it is told: what was stored before and what was added now."""
    known = [one.alert.id for one in decided if not one.is_new and one.step.additions]
    logs = _stored_logs(connection, known)
    return {one.alert.id: replace(one.alert, changes=logs.get(one.alert.id, one.alert.changes)) for one in decided}


def _stored_logs(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Change, ...]]:
    changes: defaultdict[str, list[Change]] = defaultdict(list)
    if ids:
        for row in connection.execute(_READ_CHANGES, {"ids": list(ids)}):
            changes[row.alert].append(decode_change(row.payload))
    return {alert: tuple(log) for alert, log in changes.items()}


def _plan_all(
    connection: Connection, decided: Sequence[_Decided], logs: Mapping[str, Alert], plan: Plan
) -> list[Delivery]:
    additions = [(one.alert.id, addition) for one in decided for addition in one.step.additions]
    additions.sort(key=lambda pair: (pair[1].change.at, pair[0], pair[1].revision))
    planned = [delivery for alert, addition in additions for delivery in plan(logs[alert], addition.revision)]
    return tie_to_roots(planned, read_posts(connection, planned))


def tie_to_roots(planned: Iterable[Delivery], posts: Iterable[tuple[str | None, str, str]]) -> list[Delivery]:
    """Tie each message to the root that its alert has in its channel.

    A root may never have been posted (a backfill that told nothing): a reply then is a message of its own, the next
    one replies to it, and there is nothing to edit.

    Args:
        planned: in the order of telling.
        posts: alert, channel and id of what stands in the outbox already, oldest first.
    """
    known: set[str] = set()
    root_by_place: dict[tuple[str | None, str], str] = {}
    for alert, channel, id_ in posts:
        known.add(id_)
        root_by_place.setdefault((alert, channel), id_)
    tied = []
    for delivery in planned:
        rooted = _tie(delivery, known, root_by_place)
        if rooted is None:
            continue
        tied.append(rooted)
        if rooted.action is Action.POST:
            known.add(rooted.id)
            root_by_place.setdefault((rooted.alert, rooted.channel), rooted.id)
    return tied


def _tie(
    delivery: Delivery, known: AbstractSet[str], root_by_place: Mapping[tuple[str | None, str], str]
) -> Delivery | None:
    if delivery.action is Action.POST or delivery.thread_of in known:
        return delivery
    root = root_by_place.get((delivery.alert, delivery.channel)) if delivery.alert else None
    if root is not None:
        return replace(delivery, thread_of=root)
    return None if delivery.action is Action.EDIT else replace(delivery, action=Action.POST, thread_of=None)


def read_posts(connection: Connection, planned: Sequence[Delivery]) -> list[tuple[str | None, str, str]]:
    """Read what `tie_to_roots` needs: alert, channel and id of the posts that these messages may belong to."""
    parameters = {
        "alerts": sorted({delivery.alert for delivery in planned if delivery.alert}),
        "ids": sorted({delivery.thread_of for delivery in planned if delivery.thread_of}),
    }
    return [(row.alert, row.channel, row.id) for row in connection.execute(_READ_POSTS, parameters)]


def _documents(decided: Sequence[_Decided]) -> dict[str, str]:
    return {
        "alerts": document(_alert_row(one) for one in decided),
        "changes": document(_change_row(one.alert.id, addition) for one in decided for addition in one.step.additions),
        "marks": document(_mark_rows(decided)),
        "events": document(
            {"alert": one.alert.id, "article": article, "event": event}
            for one in decided
            for article, event in sorted(_cited(one.alert))
        ),
    }


def _alert_row(decided: _Decided) -> dict[str, Cell]:
    alert = decided.alert
    return {
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        "outcome": alert.outcome,
        "severity": alert.severity,
        "status": alert.status,
        "state": alert.state,
        "opened_on": alert.opened_on,
        "organisations": list(decided.organisations),
        "digest": decided.digest,
        "lapsed": decided.lapsed,
        "payload": encode_alert(alert),
    }


def _change_row(alert: str, addition: Addition) -> dict[str, Cell]:
    return {
        "alert": alert,
        "revision": addition.revision,
        "change_key": addition.key,
        "kind": addition.change.kind,
        "happened_on": addition.change.on,
        "at": addition.change.at,
        "payload": encode_change(addition.change),
    }


def _mark_rows(decided: Iterable[_Decided]) -> Iterator[dict[str, Cell]]:
    for one in decided:
        for revision in one.step.superseded:
            yield {"alert": one.alert.id, "revision": revision, "superseded": True}
        for revision in one.step.reinstated:
            yield {"alert": one.alert.id, "revision": revision, "superseded": False}


def _delivery_row(delivery: Delivery, place: int) -> dict[str, Cell]:
    return {
        "id": delivery.id,
        "alert": delivery.alert,
        "revision": delivery.revision,
        "channel": delivery.channel,
        "action": delivery.action,
        "thread_of": delivery.thread_of,
        "text": delivery.message.text,
        "blocks": delivery.message.blocks,
        "place": place,
    }


def _cited(alert: Alert) -> set[tuple[str, str]]:
    """Give the article and event of every citation an alert ever showed."""
    citations = [*alert.citations, *(citation for change in alert.changes for citation in change.citations)]
    return {(citation.article, citation.event) for citation in citations}


def _digest(alert: Alert) -> str:
    changes = b"".join(encode_change(change) for change in alert.changes)
    return sha256(encode_alert(alert) + changes).hexdigest()[:16]
