"""Writes alerts, what happened to them, and the deliveries that tell it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.core.model import Action, Alert, Change, Delivery, Outcome, Wanted
from bot.history.alert_log import Addition, Logged, LoggedChange, Step, follow, lapse
from bot.history.codec import decode_alert, decode_change, encode_alert, encode_change
from bot.history.copying import read_origins
from bot.history.fresh import Fresh, Prepared, cited, digest_of, make_fresh, prepare, write_fresh
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
_READ_LOG = text("""
SELECT alert, revision, change_key, superseded FROM alert_change
WHERE alert IN (SELECT unnest(CAST(:ids AS text[]))) ORDER BY alert, revision
""")
_READ_STALE = text("SELECT id, digest, lapsed, true AS is_decided FROM alert WHERE rule <> ALL(:rules)")
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
class Stored:
    """What is stored of an alert, as far as it takes to see whether a judgement changes it."""

    digest: str  # of the alert as last judged
    lapsed: bool  # withdrawn because no judgement gave it any more
    is_decided: bool  # it lies within what is judged: when it is not given, it lapses


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a judgement gave, held against what is stored; another process may have made it."""

    fresh: tuple[Fresh, ...] = ()  # that were never stored, a batch from each judge
    changed: tuple[Prepared, ...] = ()  # that are stored otherwise
    stored: Mapping[str, Stored] = field(default_factory=dict)  # those that are changed or gone, by id
    gone: tuple[str, ...] = ()  # stored ones that were not given
    at: datetime | None = None  # the newest moment the history knows; None for an empty history


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


def read_stored(connection: Connection, wanted: Wanted, ids: Sequence[str]) -> dict[str, Stored]:
    """Read which alerts are stored among those that a judgement decides, and among those with these ids."""
    conditions, parameters = ["true"], dict[str, list[str]]()
    if wanted.rules is not None:
        conditions.append("rule = ANY(:rules)")
        parameters["rules"] = sorted(wanted.rules)
    if wanted.organisations is not None:
        conditions.append("organisations <@ CAST(:organisations AS text[])")
        parameters["organisations"] = sorted(wanted.organisations)
    decided = " AND ".join(conditions)
    query = _READ_STORED.format(decided=decided)
    if wanted.rules is not None or wanted.organisations is not None:
        query += f" WHERE ({decided}) OR id IN (SELECT unnest(CAST(:ids AS text[])))"
        parameters["ids"] = list(ids)
    return _stored_by_id(connection.execute(text(query), parameters))


def read_stale(connection: Connection, rules: Iterable[str]) -> dict[str, Stored]:
    """Read which alerts are stored of rules that there are no more."""
    return _stored_by_id(connection.execute(_READ_STALE, {"rules": sorted(rules)}))


def _stored_by_id(rows: Iterable[Row[Any]]) -> dict[str, Stored]:
    return {row.id: Stored(digest=row.digest, lapsed=row.lapsed, is_decided=row.is_decided) for row in rows}


def sort_out(
    alerts: Iterable[Alert], organisation_by_event: Mapping[str, str], stored: Mapping[str, Stored], at: datetime | None
) -> Given:
    """Hold what a judgement gave against what is stored.

    Args:
        alerts: what it gave.
        organisation_by_event: by Event.id, for the events that the alerts rest on.
        stored: what `read_stored` read.
        at: the newest moment the history knows.
    """
    prepared = {alert.id: prepare(alert, organisation_by_event) for alert in alerts}
    fresh = [one for id_, one in sorted(prepared.items()) if id_ not in stored]
    changed = {id_: one for id_, one in sorted(prepared.items()) if id_ in stored and _differs(one, stored[id_])}
    gone = {id_: known for id_, known in stored.items() if known.is_decided and id_ not in prepared}
    return Given(
        fresh=(make_fresh(fresh),) if fresh else (),
        changed=tuple(changed.values()),
        stored={**gone, **{id_: stored[id_] for id_ in changed}},
        gone=tuple(sorted(gone)),
        at=at,
    )


def _differs(one: Prepared, stored: Stored) -> bool:
    return stored.lapsed or one.digest != stored.digest


def joined(parts: Sequence[Given]) -> Given:
    """Put together what judges of different rules gave."""
    return Given(
        fresh=tuple(fresh for part in parts for fresh in part.fresh),
        changed=tuple(sorted((one for part in parts for one in part.changed), key=lambda one: one.alert.id)),
        stored={id_: known for part in parts for id_, known in part.stored.items()},
        gone=tuple(sorted(id_ for part in parts for id_ in part.gone)),
        at=max((part.at for part in parts if part.at is not None), default=None),
    )


def write_alerts(connection: Connection, given: Given, plan: Plan | None) -> Told:
    """Write what a judgement adds, and one delivery for each change and channel that `plan` names."""
    decided = _decide_all(connection, given, tells=plan is not None)
    for fresh in given.fresh:
        write_fresh(connection, fresh)
    for start in range(0, len(decided), CHUNK):
        connection.execute(_WRITE, _documents(decided[start : start + CHUNK]))
    logs = _read_logs(connection, decided)
    additions = [(logs[one.alert.id], added.revision, added.change) for one in decided for added in one.step.additions]
    fresh_alerts = [alert for fresh in given.fresh for alert in fresh.alerts]
    additions += [(alert, revision, each) for alert in fresh_alerts for revision, each in enumerate(alert.changes)]
    additions.sort(key=lambda added: (added[2].at, added[0].id, added[1]))
    new = [alert.outcome for alert in fresh_alerts] + [one.alert.outcome for one in decided if one.is_new]
    return Told(
        alerts=new.count(Outcome.ALERT),
        reviews=new.count(Outcome.REVIEW),
        changes=tuple((alert, change) for alert, _, change in additions),
        deliveries=write_deliveries(connection, _plan_all(connection, additions, plan)) if plan else 0,
    )


def write_deliveries(connection: Connection, deliveries: Iterable[Delivery]) -> int:
    """Put messages into the outbox, in this order; one that is there already is left as it is."""
    rows = [_delivery_row(delivery, place) for place, delivery in enumerate(deliveries)]
    if not rows:
        return 0
    stored = connection.execute(_WRITE_DELIVERIES, {"deliveries": document(rows)}).rowcount
    connection.execute(_WAKE)
    return stored


def _decide_all(connection: Connection, given: Given, *, tells: bool) -> list[_Decided]:
    touched = sorted(given.stored)
    untold = frozenset[str]() if tells else _drop_untold(connection, touched)
    logged_by_id = _read_logged(connection, {id_: given.stored[id_] for id_ in touched if id_ not in untold})
    vanished = [id_ for id_ in given.gone if id_ not in untold and not given.stored[id_].lapsed]
    decided = [_decide(one, logged_by_id.get(one.alert.id), given.at) for one in given.changed]
    return [*decided, *_decide_vanished(connection, vanished, logged_by_id, given.at)]


def _drop_untold(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Take out those of the alerts that nobody was told of and nobody decided on: they are written anew, if at all."""
    return frozenset(connection.scalars(_DROP_UNTOLD, {"ids": list(ids)})) if ids else frozenset()


def _decide(one: Prepared, logged: Logged | None, at: datetime | None) -> _Decided:
    return _Decided(
        alert=one.alert,
        step=follow(logged, one.alert, at or one.alert.changes[-1].at),
        digest=one.digest,
        organisations=one.organisations,
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
            digest=digest_of(withdrawn),
            organisations=tuple(row.organisations),
            is_new=False,
            lapsed=True,
        )


def _read_logged(connection: Connection, stored: Mapping[str, Stored]) -> dict[str, Logged]:
    """Read the logs of alerts that were given otherwise than they are stored, or not given."""
    changes: defaultdict[str, list[LoggedChange]] = defaultdict(list)
    for row in connection.execute(_READ_LOG, {"ids": list(stored)}) if stored else ():
        change = LoggedChange(revision=row.revision, key=row.change_key, superseded=row.superseded)
        changes[row.alert].append(change)
    return {
        id_: Logged(digest=known.digest, lapsed=known.lapsed, changes=tuple(changes[id_]))
        for id_, known in stored.items()
    }


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


def _plan_all(connection: Connection, additions: Sequence[tuple[Alert, int, Change]], plan: Plan) -> list[Delivery]:
    planned = [delivery for alert, revision, _ in additions for delivery in plan(alert, revision)]
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
            for article, event in sorted(cited(one.alert))
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
