"""The outbox: what is to be told, in the order of each channel, claimed by one sender at a time.

    waiting ──claim──► sending ──receipt──► sent
       ▲                 │  │
       ├──── postpone ───┘  ├── no clear answer, or the lease ran out ──► unclear ──claim──► sending (look first)
       │                    ├── given up ──► stuck ──retry──► waiting
       └──────── wake ──────┴── snoozed by a person ──► snoozed

A claim commits before Slack is called, and no transaction is open while it is. Completing names the claim it completes
(its number of attempts), so a sender that was away too long changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, Row, text

from bot.core.model import Action, Blocked, Claimed, Delivery, Message, Receipt
from bot.history.alerts import read_posts, tie_to_roots, write_deliveries
from bot.history.database import libpq_address

_DELIVERY = "delivery.id, alert, revision, channel, action, text, blocks, thread_of"

# The head of a channel is its first row that is due: one that is put off lets later ones pass, but not those of the
# same alert, whose thread would tell its steps out of order. One row of a channel is sent at a time.
# A reply waits for its root; only where the root is stuck it goes without, since news must not wait for a person.
_DUE = """
  delivery.state IN ('waiting', 'sending', 'unclear')
  AND (
    thread_of IS NULL OR EXISTS (
      SELECT FROM delivery AS root
      WHERE root.id = delivery.thread_of AND (root.receipt IS NOT NULL OR root.state = 'stuck')
    )
  )
  AND NOT EXISTS (
    SELECT FROM delivery AS earlier
    WHERE earlier.alert = delivery.alert AND earlier.channel = delivery.channel AND earlier.seq < delivery.seq
      AND earlier.state IN ('waiting', 'sending', 'unclear') AND earlier.id <> coalesce(delivery.thread_of, '')
  )
"""
_CLAIM = text(f"""
WITH head AS (
  SELECT first.id, first.state FROM channel CROSS JOIN LATERAL (
    SELECT id, seq, state FROM delivery
    WHERE delivery.channel = channel.name AND {_DUE}
      AND CASE WHEN state = 'sending' THEN lease_until < :now ELSE coalesce(delivery.not_before <= :now, true) END
    ORDER BY seq LIMIT 1
  ) AS first
  WHERE channel.blocked_since IS NULL AND coalesce(channel.not_before <= :now, true)
    AND NOT EXISTS (
      SELECT FROM delivery AS busy
      WHERE busy.channel = channel.name AND busy.state = 'sending' AND busy.lease_until >= :now
    )
  ORDER BY first.seq LIMIT 1
  FOR NO KEY UPDATE OF channel SKIP LOCKED
)
UPDATE delivery SET
  state = 'sending', attempts = delivery.attempts + 1, last_attempt = :now,
  first_attempt = coalesce(delivery.first_attempt, :now),
  lease_owner = :worker, lease_until = :until, not_before = NULL
FROM head LEFT JOIN delivery AS claimed ON claimed.id = head.id
  LEFT JOIN delivery AS root ON root.id = claimed.thread_of
WHERE delivery.id = head.id AND delivery.state = head.state
  AND (delivery.state <> 'sending' OR delivery.lease_until < :now)
RETURNING delivery.id, delivery.alert, delivery.revision, delivery.channel, delivery.action, delivery.text,
  delivery.blocks, delivery.thread_of, delivery.attempts, delivery.looks, head.state <> 'waiting' AS unclear,
  delivery.first_attempt, root.receipt AS root_receipt, root.receipt_channel AS root_channel
""")  # noqa: S608 - constants only
# As _DUE, for all rows at once and in one pass: asking each row for earlier ones would be quadratic.
_NEXT_DUE = text("""
SELECT min(greatest(
  CASE queued.state WHEN 'sending' THEN queued.lease_until
    ELSE coalesce(queued.not_before, CAST(:now AS timestamptz)) END,
  coalesce(channel.not_before, CAST(:now AS timestamptz))
)) FROM (
  SELECT alert, channel, state, thread_of, not_before, lease_until,
    row_number() OVER (PARTITION BY alert, channel ORDER BY seq) AS place
  FROM delivery WHERE state IN ('waiting', 'sending', 'unclear')
) AS queued JOIN channel ON channel.name = queued.channel
WHERE channel.blocked_since IS NULL AND (queued.alert IS NULL OR queued.place = 1) AND (
  queued.thread_of IS NULL OR EXISTS (
    SELECT FROM delivery AS root
    WHERE root.id = queued.thread_of AND (root.receipt IS NOT NULL OR root.state = 'stuck')
  )
)
""")

# Whoever changes a delivery that is in the queue holds its channel first: one order of locks, no deadlock.
_LOCK_CHANNEL = text("SELECT FROM channel WHERE name = :channel FOR NO KEY UPDATE")

_HELD = "id = :id AND state = 'sending' AND attempts = :attempts"

_RENEW = text(f"UPDATE delivery SET lease_until = :until WHERE {_HELD}")  # noqa: S608 - constants only
_SENT = text(f"""
UPDATE delivery SET state = 'sent', receipt = :receipt, receipt_channel = :receipt_channel, sent_at = :now, looks = 0,
  lease_owner = NULL, lease_until = NULL, last_error = NULL
WHERE {_HELD}
""")  # noqa: S608 - constants only
_POSTPONE = text(f"""
UPDATE delivery SET state = :state, not_before = :until, looks = :looks, last_error = :error,
  lease_owner = NULL, lease_until = NULL
WHERE {_HELD}
""")  # noqa: S608 - constants only
_GIVE_UP = text(f"""
UPDATE delivery SET state = 'stuck', last_error = :error, lease_owner = NULL, lease_until = NULL WHERE {_HELD}
""")  # noqa: S608 - constants only
_SNOOZE = text(f"""
UPDATE delivery SET state = 'snoozed', not_before = :until, looks = 0, last_error = :error,
  lease_owner = NULL, lease_until = NULL
WHERE {_HELD}
""")  # noqa: S608 - constants only
# What was held back is told in its order, but only the newest of it in the channel too.
_WAKE = """
UPDATE delivery SET state = 'waiting', not_before = NULL, last_error = NULL,
  action = CASE WHEN action = 'broadcast' AND EXISTS (
    SELECT FROM delivery AS later
    WHERE later.alert = delivery.alert AND later.channel = delivery.channel AND later.seq > delivery.seq
      AND later.action = 'broadcast' AND later.state IN ('snoozed', 'waiting', 'sending')
  ) THEN 'reply' ELSE action END
WHERE state = 'snoozed' AND """
_WAKE_ALERT = text(f"{_WAKE} alert = :alert")
_WAKE_DUE = text(f"{_WAKE} not_before <= :now")
_REROUTE = text(f"""
UPDATE delivery SET state = 'waiting', channel = :channel, thread_of = NULL, attempts = 0, looks = 0,
  action = CASE action WHEN 'edit' THEN 'edit' ELSE 'post' END,
  first_attempt = NULL, not_before = NULL, lease_owner = NULL, lease_until = NULL
WHERE {_HELD} AND NOT EXISTS (
  SELECT FROM delivery AS other
  WHERE other.alert = delivery.alert AND other.revision = delivery.revision AND other.channel = :channel
)
""")  # noqa: S608 - constants only

_ADD_CHANNEL = text("INSERT INTO channel (name) VALUES (:channel) ON CONFLICT DO NOTHING")
_QUIET = text("UPDATE channel SET not_before = greatest(not_before, :until) WHERE name = :channel")
_BLOCK = text("""
UPDATE channel SET blocked_since = :now, blocked_code = :code, blocked_note = :note, probe_not_before = :probe_at
WHERE name = :channel AND blocked_since IS NULL
""")
_UNBLOCK = text("""
UPDATE channel SET blocked_since = NULL, blocked_code = NULL, blocked_note = '', probe_not_before = NULL
WHERE name = :channel
""")
_WAITING_IN = """(
  SELECT count(*) FROM delivery
  WHERE delivery.channel = channel.name AND state IN ('waiting', 'sending', 'unclear')
) AS waiting"""
_BLOCKED = text(f"""
SELECT name, blocked_code, blocked_since, {_WAITING_IN} FROM channel WHERE blocked_since IS NOT NULL ORDER BY name
""")  # noqa: S608 - constants only
_DUE_PROBES = text(f"""
UPDATE channel SET probe_not_before = :next_probe WHERE blocked_since IS NOT NULL AND probe_not_before <= :now
RETURNING name, blocked_code, blocked_since, {_WAITING_IN}
""")  # noqa: S608 - constants only

_WAITING = text(f"""
SELECT {_DELIVERY} FROM delivery
WHERE (CAST(:channel AS text) IS NULL OR channel = :channel) AND state = 'waiting' ORDER BY seq
""")  # noqa: S608 - constants only
_UNTOLD = text(f"""
SELECT {_DELIVERY} FROM delivery
WHERE state IN ('waiting', 'unclear') AND action <> 'edit' AND NOT told_elsewhere ORDER BY seq
""")  # noqa: S608 - constants only
_TOLD_ELSEWHERE = text("UPDATE delivery SET told_elsewhere = true WHERE id = ANY(:ids)")
_POSTED_SINCE = text("""
SELECT count(*) FROM delivery
WHERE channel = :channel AND action IN ('post', 'broadcast') AND state = 'sent' AND sent_at >= :since
""")
_PUT_FIRST = text("""
UPDATE delivery SET seq = (
  SELECT coalesce(min(seq) - 1, delivery.seq) FROM delivery AS queued
  WHERE queued.channel = delivery.channel AND queued.state IN ('waiting', 'sending', 'unclear')
) WHERE id = :id AND attempts = 0
""")
_FOLD = text("""
UPDATE delivery SET action = 'reply', thread_of = :digest
WHERE id = ANY(:members) AND state = 'waiting' AND action = 'post'
""")
_REROOT = text("UPDATE delivery SET receipt = :receipt, receipt_channel = :receipt_channel WHERE id = :root")
_RETRY = text("""
UPDATE delivery SET state = CASE WHEN first_attempt IS NULL THEN 'waiting' ELSE 'unclear' END,
  not_before = NULL, looks = 0
WHERE state = 'stuck' AND (CAST(:id AS text) IS NULL OR id = :id)
""")


class Outbox:
    """The stored queue; every method is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, worker: str, now: datetime, lease: timedelta) -> Claimed | None:
        """Take the oldest row that is due of a channel that is free, commit it as being sent, and return it.

        A row whose lease ran out comes back as unclear.
        """
        parameters = {"worker": worker, "now": now, "until": now + lease}
        with self._engine.begin() as connection:
            row = connection.execute(_CLAIM, parameters).one_or_none()
        return None if row is None else _claimed(row)

    def renew(self, claimed: Claimed, until: datetime) -> bool:
        """Keep a claim until then. False when it was lost meanwhile."""
        return self._complete(_RENEW, claimed, None, until=until)

    def sent(self, claimed: Claimed, receipt: Receipt, now: datetime, free_at: datetime) -> bool:
        """Store the receipt; the channel is free again at `free_at`. False when the claim was lost meanwhile."""
        stored = {"receipt": receipt.ts, "receipt_channel": receipt.channel, "now": now}
        return self._complete(_SENT, claimed, free_at, **stored)

    def postpone(
        self, claimed: Claimed, *, until: datetime, error: str, unclear: bool, looks: int, free_at: datetime
    ) -> bool:
        """Let the row be claimed again later, as unclear where Slack may have it. False when the claim was lost."""
        state = "unclear" if unclear else "waiting"
        return self._complete(_POSTPONE, claimed, free_at, state=state, until=until, error=error, looks=looks)

    def give_up(self, claimed: Claimed, error: str) -> bool:
        """Mark the row as stuck: kept, shown, never tried again by itself."""
        return self._complete(_GIVE_UP, claimed, None, error=error)

    def snooze(self, claimed: Claimed, *, until: datetime | None, note: str) -> bool:
        """Hold the row back until then, or until its alert is woken. False when the claim was lost."""
        return self._complete(_SNOOZE, claimed, None, until=until, error=note)

    def wake(self, alert: str) -> int:
        """Let everything go that is held back of an alert; return how much it was."""
        return self._run(_WAKE_ALERT, alert=alert)

    def wake_due(self, now: datetime) -> int:
        """Let everything go that was held back until now; return how much it was."""
        return self._run(_WAKE_DUE, now=now)

    def reroute(self, claimed: Claimed, channel: str) -> None:
        """Give a claimed row to another channel; its thread there starts with it.

        Where that channel is told of the same change anyway, the row is given up instead.
        """
        with self._engine.begin() as connection:
            connection.execute(_ADD_CHANNEL, {"channel": channel})
            connection.execute(_LOCK_CHANNEL, {"channel": claimed.delivery.channel})
            held = {"id": claimed.delivery.id, "attempts": claimed.attempts}
            if connection.execute(_REROUTE, {**held, "channel": channel}).rowcount == 0:
                connection.execute(_GIVE_UP, {**held, "error": f"told in {channel} by a delivery of its own"})

    def reroot(self, root: str, receipt: Receipt) -> None:
        """Let what belonged to a root's thread follow another message, since the root is gone from Slack."""
        self._run(_REROOT, root=root, receipt=receipt.ts, receipt_channel=receipt.channel)

    def pause(self, channel: str, until: datetime) -> None:
        """Keep a channel quiet until then."""
        self._run(_QUIET, channel=channel, until=until)

    def block(self, channel: str, code: str, note: str, now: datetime, probe_at: datetime) -> bool:
        """Stop a channel until it is unblocked. True when it was not blocked before."""
        return self._run(_BLOCK, channel=channel, code=code, note=note, now=now, probe_at=probe_at) == 1

    def unblock(self, channel: str) -> None:
        """Let a channel's rows go again."""
        self._run(_UNBLOCK, channel=channel)

    def blocked(self) -> Sequence[Blocked]:
        """Return the channels that are stopped."""
        with self._engine.connect() as connection:
            return [_blocked(row) for row in connection.execute(_BLOCKED)]

    def due_probes(self, now: datetime, next_probe: datetime) -> Sequence[Blocked]:
        """Return the stopped channels that should be asked about now, and note when to ask again."""
        with self._engine.begin() as connection:
            return [_blocked(row) for row in connection.execute(_DUE_PROBES, {"now": now, "next_probe": next_probe})]

    def waiting(self, channel: str | None) -> Sequence[Delivery]:
        """Return the rows that Slack cannot have (state waiting), oldest first; of every channel for None."""
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(_WAITING, {"channel": channel})]

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next row may be claimed (`now` when one is due), None when no row is open.

        Rows of blocked channels do not count: nobody knows when they will be due.
        """
        with self._engine.connect() as connection:
            due: datetime | None = connection.scalar(_NEXT_DUE, {"now": now})
        return due

    def untold(self) -> Sequence[Delivery]:
        """Return the rows that are not proven to be in Slack and that nobody was told of in another way."""
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(_UNTOLD)]

    def told_elsewhere(self, deliveries: Sequence[Delivery]) -> None:
        """Remember that a person heard of these rows in another way; they keep waiting for Slack."""
        self._run(_TOLD_ELSEWHERE, ids=[row.id for row in deliveries])

    def posted_since(self, channel: str, since: datetime) -> int:
        """Count the new messages (posts and broadcasts) sent to a channel since then."""
        with self._engine.connect() as connection:
            return connection.scalar(_POSTED_SINCE, {"channel": channel, "since": since}) or 0

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Store rows; rows that are there already stay as they are."""
        with self._engine.begin() as connection:
            write_deliveries(connection, tie_to_roots(deliveries, read_posts(connection, deliveries)))

    def bundle(self, digest: Delivery, members: Sequence[str]) -> None:
        """Store a digest ahead of its channel's queue and make the members, still waiting posts, replies to it."""
        with self._engine.begin() as connection:
            write_deliveries(connection, [digest])
            connection.execute(_LOCK_CHANNEL, {"channel": digest.channel})
            connection.execute(_PUT_FIRST, {"id": digest.id})
            connection.execute(_FOLD, {"digest": digest.id, "members": [id_ for id_ in members if id_ != digest.id]})

    def retry(self, delivery: str | None = None) -> int:
        """Let a stuck row, or all of them, be tried again; return how many."""
        return self._run(_RETRY, id=delivery)

    def _complete(self, statement: Any, claimed: Claimed, free_at: datetime | None, **values: object) -> bool:  # noqa: ANN401 - SQLAlchemy's own type
        delivery = claimed.delivery
        with self._engine.begin() as connection:
            connection.execute(_LOCK_CHANNEL, {"channel": delivery.channel})
            held = connection.execute(statement, {**values, "id": delivery.id, "attempts": claimed.attempts}).rowcount
            if held and free_at is not None:
                connection.execute(_QUIET, {"channel": delivery.channel, "until": free_at})
        return held == 1

    def _run(self, statement: Any, **values: object) -> int:  # noqa: ANN401 - as above
        with self._engine.begin() as connection:
            if "channel" in values:
                connection.execute(_ADD_CHANNEL, {"channel": values["channel"]})
            return connection.execute(statement, values).rowcount


class Doorbell:
    """Wakes a sender when something was put into the outbox; only a hint, the queue is what counts."""

    def __init__(self, engine: Engine) -> None:
        self._address = libpq_address(engine.url)
        self._connection: psycopg.Connection | None = None

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until the bell rings; False when the time is over first. A lost connection counts as a ring."""
        try:
            connection = self._listening()
            return any(True for _ in connection.notifies(timeout=timeout_seconds, stop_after=1))
        except psycopg.OperationalError:
            self.close()
            return True

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(self._address, autocommit=True, application_name="bot doorbell")
            self._connection.execute("LISTEN bot_outbox")
        return self._connection


def _claimed(row: Row[Any]) -> Claimed:
    root = Receipt(channel=row.root_channel, ts=row.root_receipt) if row.root_receipt is not None else None
    return Claimed(
        delivery=_delivery(row),
        attempts=row.attempts,
        looks=row.looks,
        unclear=row.unclear,
        first_attempt=row.first_attempt,
        root=root,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        alert=row.alert,
        revision=row.revision,
        channel=row.channel,
        action=Action(row.action),
        message=Message(text=row.text, blocks=row.blocks),
        thread_of=row.thread_of,
    )


def _blocked(row: Row[Any]) -> Blocked:
    return Blocked(channel=row.name, code=row.blocked_code, since=row.blocked_since, waiting=row.waiting)
