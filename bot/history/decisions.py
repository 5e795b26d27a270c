"""What people decided about alerts by pressing buttons, and where the alerts they decided about stand."""

from collections.abc import Sequence

from sqlalchemy import Engine, text

from bot.core.messages.buttons import Decision, DecisionKind, Verdict, verdict_of
from bot.core.model import Action, Delivery, Message

_DECIDE = text("""
INSERT INTO disposition (alert, kind, by_person, at, until, action_key)
SELECT :alert, :kind, :by, :at, :until, :key WHERE EXISTS (SELECT FROM alert WHERE id = :alert)
ON CONFLICT DO NOTHING
""")
_MADE = text("""
SELECT alert, kind, by_person, at, until, action_key FROM disposition WHERE alert = :alert ORDER BY at, id
""")
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
        }
        with self._engine.begin() as connection:
            return connection.execute(_DECIDE, values).rowcount == 1

    def verdict(self, alert: str) -> Verdict:
        """Return what holds for an alert now."""
        with self._engine.connect() as connection:
            rows = connection.execute(_MADE, {"alert": alert}).all()
        return verdict_of(
            [
                Decision(
                    alert=row.alert,
                    kind=DecisionKind(row.kind),
                    by=row.by_person,
                    at=row.at,
                    key=row.action_key,
                    until=row.until,
                )
                for row in rows
            ]
        )

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
