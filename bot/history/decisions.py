"""What people decided about alerts by pressing buttons, and where the alerts they decided about stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from bot.core.messages.buttons import Decision, DecisionKind, Verdict, verdict_of
from bot.core.messages.standing import has_changed
from bot.core.model import Action, Delivery, Message
from bot.history.codec import decode_change

# A button does not always say which revision its message showed; then it was the newest that is stored.
_DECIDE = text("""
INSERT INTO disposition (alert, kind, by_person, at, until, action_key, revision)
SELECT :alert, :kind, :by, :at, :until, :key,
  coalesce(:seen, (SELECT max(revision) FROM alert_change WHERE alert_change.alert = :alert))
WHERE EXISTS (SELECT FROM alert WHERE id = :alert)
ON CONFLICT DO NOTHING
""")
# Another snooze: what an earlier one holds back is held as long as this one says.
_HOLD_ANEW = text("UPDATE delivery SET not_before = :until WHERE alert = :alert AND state = 'snoozed'")
_MADE = text("""
SELECT alert, kind, by_person, at, until, action_key, revision FROM disposition WHERE alert = :alert ORDER BY at, id
""")
_SNOOZED = text("""
SELECT alert, says, until, revision FROM (
  SELECT DISTINCT ON (alert) alert, until, revision FROM disposition WHERE kind = 'snoozed'
  ORDER BY alert, at DESC, id DESC
) AS last JOIN (SELECT id, payload ->> 'says' AS says, opened_on FROM alert WHERE state = 'open') AS known
  ON known.id = last.alert
WHERE until IS NULL OR until > :now ORDER BY opened_on, alert
""")
_CHANGES = text("SELECT payload::text AS payload FROM alert_change WHERE alert = :alert ORDER BY revision")
# The root is the first row of an alert in a channel; what it shows now is what the newest edit said.
_ROOTS = text("""
SELECT DISTINCT ON (root.channel) root.id, root.revision, root.channel, shown.text, shown.blocks
FROM delivery AS root CROSS JOIN LATERAL (
  SELECT text, blocks FROM delivery
  WHERE id = root.id OR (alert = root.alert AND thread_of = root.id AND action = 'edit')
  ORDER BY revision DESC, (action = 'edit') DESC LIMIT 1
) AS shown
WHERE root.alert = :alert AND root.receipt IS NOT NULL AND root.action <> 'edit'
ORDER BY root.channel, root.seq
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Snoozed:
    """An open alert of which nobody is told at present, because a person wanted it so."""

    alert: str
    says: str
    until: datetime | None  # None: until it changes


def read_snoozed(connection: Connection, now: datetime) -> list[Snoozed]:
    """Read the open alerts that are snoozed at a moment, in order of date."""
    rows = connection.execute(_SNOOZED, {"now": now}).all()
    return [
        Snoozed(alert=row.alert, says=row.says, until=row.until)
        for row in rows
        if row.until is not None or not _has_changed(connection, row.alert, row.revision or 0)
    ]


def _has_changed(connection: Connection, alert: str, seen: int) -> bool:
    changes = [decode_change(row.payload) for row in connection.execute(_CHANGES, {"alert": alert})]
    return has_changed(changes, seen)


class Decisions:
    """Decisions in PostgreSQL; every method is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def decide(self, decision: Decision) -> bool:
        """Store a press; False when it is stored already or there is no such alert."""
        values = {
            "alert": decision.alert,
            "kind": decision.kind.value,
            "by": decision.by,
            "at": decision.at,
            "until": decision.until,
            "key": decision.key,
            "seen": decision.seen,
        }
        with self._engine.begin() as connection:
            is_new = connection.execute(_DECIDE, values).rowcount == 1
            if is_new and decision.kind is DecisionKind.SNOOZED:
                connection.execute(_HOLD_ANEW, {"alert": decision.alert, "until": decision.until})
        return is_new

    def verdict(self, alert: str) -> Verdict:
        """Return what holds for an alert now."""
        with self._engine.connect() as connection:
            verdict = verdict_of(list(_decisions(connection, alert)))
            snoozed = verdict.snoozed
            if snoozed is None or snoozed.until is not None:
                return verdict
            return replace(verdict, woken=_has_changed(connection, alert, snoozed.seen or 0))

    def roots(self, alert: str) -> Sequence[Delivery]:
        """Return the row that opened the alert's thread in each channel, with the message it shows now."""
        with self._engine.connect() as connection:
            rows = connection.execute(_ROOTS, {"alert": alert}).all()
        return [
            Delivery(
                id=row.id,
                alert=alert,
                revision=row.revision,
                channel=row.channel,
                action=Action.POST,
                message=Message(text=row.text, blocks=row.blocks),
            )
            for row in rows
        ]


def _decisions(connection: Connection, alert: str) -> Iterator[Decision]:
    for row in connection.execute(_MADE, {"alert": alert}):
        yield Decision(
            alert=row.alert,
            kind=DecisionKind(row.kind),
            by=row.by_person,
            at=row.at,
            key=row.action_key,
            until=row.until,
            seen=row.revision,
        )
