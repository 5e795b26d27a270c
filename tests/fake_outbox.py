"""An outbox in memory that behaves like the stored one, and a clock that only moves when told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core.model import Action, Blocked, Claimed, Delivery, Receipt

OPEN = ("waiting", "sending", "unclear")


class Clock:
    """Time as a test wants it."""

    def __init__(self, start: datetime = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def timestamp(self) -> float:
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Row:
    delivery: Delivery
    seq: float
    state: str = "waiting"
    attempts: int = 0
    looks: int = 0
    not_before: datetime | None = None
    first_attempt: datetime | None = None
    lease_until: datetime | None = None
    receipt: Receipt | None = None
    sent_at: datetime | None = None
    error: str = ""
    told_elsewhere: bool = False


@dataclass
class Gate:
    not_before: datetime | None = None
    blocked: Blocked | None = None
    probe_at: datetime | None = None


class MemoryOutbox:
    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.gates: dict[str, Gate] = {}

    def claim(self, worker: str, now: datetime, lease: timedelta) -> Claimed | None:  # noqa: ARG002 - one process
        for row in sorted(self.rows.values(), key=lambda row: row.seq):
            if self._is_free(row.delivery.channel, now) and self._is_due(row, now):
                unclear = row.state != "waiting"
                row.state, row.attempts, row.lease_until, row.not_before = (
                    "sending",
                    row.attempts + 1,
                    now + lease,
                    None,
                )
                row.first_attempt = row.first_attempt or now
                root = self.rows.get(row.delivery.thread_of or "")
                return Claimed(
                    delivery=row.delivery,
                    attempts=row.attempts,
                    looks=row.looks,
                    unclear=unclear,
                    first_attempt=row.first_attempt,
                    root=root.receipt if root else None,
                )
        return None

    def _is_free(self, channel: str, now: datetime) -> bool:
        gate = self._gate(channel)
        busy = any(
            row.state == "sending" and row.lease_until is not None and row.lease_until >= now
            for row in self.rows.values()
            if row.delivery.channel == channel
        )
        return not busy and gate.blocked is None and (gate.not_before is None or gate.not_before <= now)

    def _is_due(self, row: Row, now: datetime) -> bool:
        moment = row.lease_until if row.state == "sending" else row.not_before
        return self._is_next(row) and (moment is None or moment <= now)

    def _is_next(self, row: Row) -> bool:
        if row.state not in OPEN:
            return False
        thread_of = row.delivery.thread_of
        root = self.rows.get(thread_of) if thread_of else None
        if thread_of and root and root.receipt is None and root.state != "stuck":
            return False
        return not any(
            other.state in OPEN and other.seq < row.seq
            for other in self.rows.values()
            if other.delivery.alert is not None
            and (other.delivery.alert, other.delivery.channel) == (row.delivery.alert, row.delivery.channel)
        )

    def renew(self, claimed: Claimed, until: datetime) -> bool:
        row = self._held(claimed)
        if row is not None:
            row.lease_until = until
        return row is not None

    def sent(self, claimed: Claimed, receipt: Receipt, now: datetime, free_at: datetime) -> bool:
        row = self._held(claimed)
        if row is None:
            return False
        row.state, row.receipt, row.sent_at, row.error = "sent", receipt, now, ""
        self.pause(row.delivery.channel, free_at)
        return True

    def postpone(
        self, claimed: Claimed, *, until: datetime, error: str, unclear: bool, looks: int, free_at: datetime
    ) -> bool:
        row = self._held(claimed)
        if row is None:
            return False
        row.state, row.not_before, row.error = "unclear" if unclear else "waiting", until, error
        row.looks = looks
        self.pause(row.delivery.channel, free_at)
        return True

    def give_up(self, claimed: Claimed, error: str) -> bool:
        row = self._held(claimed)
        if row is None:
            return False
        row.state, row.error = "stuck", error
        return True

    def snooze(self, claimed: Claimed, *, until: datetime | None, note: str) -> bool:
        row = self._held(claimed)
        if row is None:
            return False
        row.state, row.not_before, row.error = "snoozed", until, note
        return True

    def wake(self, alert: str) -> int:
        return self._wake([row for row in self.rows.values() if row.delivery.alert == alert])

    def wake_due(self, now: datetime) -> int:
        return self._wake([row for row in self.rows.values() if row.not_before and row.not_before <= now])

    def _wake(self, rows: Sequence[Row]) -> int:
        held = [row for row in rows if row.state == "snoozed"]
        for row in held:
            loud = [
                other
                for other in self.rows.values()
                if other.delivery.alert == row.delivery.alert and other.delivery.channel == row.delivery.channel
                if other.seq > row.seq and other.delivery.action is Action.BROADCAST
                if other.state in ("snoozed", "waiting", "sending")
            ]
            if loud and row.delivery.action is Action.BROADCAST:
                row.delivery = replace(row.delivery, action=Action.REPLY)
            row.not_before, row.error = None, ""
        for row in held:
            row.state = "waiting"
        return len(held)

    def untold(self) -> Sequence[Delivery]:
        rows = sorted(self.rows.values(), key=lambda row: row.seq)
        return [
            row.delivery
            for row in rows
            if row.state in ("waiting", "unclear") and row.delivery.action is not Action.EDIT and not row.told_elsewhere
        ]

    def told_elsewhere(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self.rows[delivery.id].told_elsewhere = True

    def pause(self, channel: str, until: datetime) -> None:
        gate = self._gate(channel)
        gate.not_before = max(gate.not_before or until, until)

    def block(self, channel: str, code: str, note: str, now: datetime, probe_at: datetime) -> bool:  # noqa: ARG002 - kept by the stored one
        gate = self._gate(channel)
        if gate.blocked is not None:
            return False
        gate.blocked, gate.probe_at = Blocked(channel=channel, code=code, since=now, waiting=0), probe_at
        return True

    def unblock(self, channel: str) -> None:
        self._gate(channel).blocked = None

    def blocked(self) -> Sequence[Blocked]:
        return [self._counted(gate.blocked) for gate in self.gates.values() if gate.blocked]

    def due_probes(self, now: datetime, next_probe: datetime) -> Sequence[Blocked]:
        due = [gate for gate in self.gates.values() if gate.blocked and gate.probe_at and gate.probe_at <= now]
        for gate in due:
            gate.probe_at = next_probe
        return [self._counted(gate.blocked) for gate in due if gate.blocked]

    def next_due(self, now: datetime) -> datetime | None:
        moments = [
            max(row.lease_until or now if row.state == "sending" else row.not_before or now, gate.not_before or now)
            for row in self.rows.values()
            if self._is_next(row) and (gate := self._gate(row.delivery.channel)).blocked is None
        ]
        return min(moments, default=None)

    def waiting(self, channel: str | None) -> Sequence[Delivery]:
        rows = sorted(self.rows.values(), key=lambda row: row.seq)
        return [row.delivery for row in rows if row.state == "waiting" and channel in (None, row.delivery.channel)]

    def posted_since(self, channel: str, since: datetime) -> int:
        return sum(
            row.sent_at is not None and row.sent_at >= since and row.delivery.action in (Action.POST, Action.BROADCAST)
            for row in self.rows.values()
            if row.delivery.channel == channel
        )

    def add(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.action is Action.EDIT and delivery.thread_of not in self.rows:
                continue
            self.rows.setdefault(delivery.id, Row(delivery=delivery, seq=len(self.rows)))

    def bundle(self, digest: Delivery, members: Sequence[str]) -> None:
        first = min(self.rows[member].seq for member in members)
        self.rows.setdefault(digest.id, Row(delivery=digest, seq=first - 0.5))
        for member in members:
            row = self.rows[member]
            row.delivery = replace(row.delivery, action=Action.REPLY, thread_of=digest.id)

    def reroot(self, root: str, receipt: Receipt) -> None:
        if root in self.rows:
            self.rows[root].receipt = receipt

    def states(self) -> list[str]:
        return [row.state for row in self.rows.values()]

    def _held(self, claimed: Claimed) -> Row | None:
        row = self.rows[claimed.delivery.id]
        return row if row.state == "sending" and row.attempts == claimed.attempts else None

    def _gate(self, channel: str) -> Gate:
        return self.gates.setdefault(channel, Gate())

    def _counted(self, blocked: Blocked) -> Blocked:
        waiting = sum(row.state in OPEN for row in self.rows.values() if row.delivery.channel == blocked.channel)
        return replace(blocked, waiting=waiting)
