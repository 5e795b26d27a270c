"""What the sender needs of the stored queue: a small Protocol that the history's outbox fits by shape.

A row waits, is being sent (claimed under a lease), is unclear (Slack may have it: look before sending again), is sent
(with Slack's receipt), stuck (a person must act) or snoozed (a person wants to hear of it later). A claim skips a
channel in which another row is being sent under a live lease, that is paused, or that is blocked. Rows of one channel
go out in the order they were stored, but a row that is put off lets later ones pass, except those of the same alert:
what an alert's thread says must not change places.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.model import Blocked, Claimed, Delivery, Receipt


class Outbox(Protocol):
    """The stored queue. Every method is one short transaction; none is held while Slack is spoken to."""

    def claim(self, worker: str, now: datetime, lease: timedelta) -> Claimed | None:
        """Take the oldest row that is due of a channel that is free, commit it as being sent, and return it.

        A row whose lease ran out comes back as unclear.
        """
        ...

    def renew(self, claimed: Claimed, until: datetime) -> bool:
        """Keep a claim until then. False when it was lost meanwhile: another sender has the row, or had it."""
        ...

    def sent(self, claimed: Claimed, receipt: Receipt, now: datetime, free_at: datetime) -> bool:
        """Store the receipt; the channel is free again at `free_at`. False when the claim was lost meanwhile."""
        ...

    def postpone(  # noqa: D102 - the arguments say it
        self, claimed: Claimed, *, until: datetime, error: str, unclear: bool, looks: int, free_at: datetime
    ) -> bool: ...

    def give_up(self, claimed: Claimed, error: str) -> bool:
        """Mark the row as stuck: kept, shown, never tried again by itself."""
        ...

    def snooze(self, claimed: Claimed, *, until: datetime | None, note: str) -> bool:
        """Hold the row back until then, or (None) until its alert is woken: it stands in nobody's way meanwhile."""
        ...

    def wake(self, alert: str) -> int:
        """Let everything go that is held back of an alert, only the newest of it in the channel; return how much."""
        ...

    def wake_due(self, now: datetime) -> int:
        """Let everything go that was held back until now; return how much it was."""
        ...

    def pause(self, channel: str, until: datetime) -> None:
        """Keep a channel quiet until then."""
        ...

    def block(self, channel: str, code: str, note: str, now: datetime, probe_at: datetime) -> bool:
        """Stop a channel until it is unblocked. True when it was not blocked before."""
        ...

    def unblock(self, channel: str) -> None:
        """Let a channel's rows go again."""
        ...

    def blocked(self) -> Sequence[Blocked]:
        """Return the channels that are stopped."""
        ...

    def due_probes(self, now: datetime, next_probe: datetime) -> Sequence[Blocked]:
        """Return the stopped channels that should be asked about now, and note when to ask again."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next row may be claimed (`now` when one is due), None when no row is open.

        Rows of blocked channels do not count: nobody knows when they will be due.
        """
        ...

    def waiting(self, channel: str | None) -> Sequence[Delivery]:
        """Return the rows that Slack cannot have (state waiting), oldest first; of every channel for None."""
        ...

    def untold(self) -> Sequence[Delivery]:
        """Return the rows not proven to be in Slack, edits apart, that nobody was told of in another way."""
        ...

    def told_elsewhere(self, deliveries: Sequence[Delivery]) -> None:
        """Remember that a person heard of these rows in another way."""
        ...

    def posted_since(self, channel: str, since: datetime) -> int:
        """Count the new messages (posts and broadcasts) sent to a channel since then."""
        ...

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Store rows; rows that are there already stay as they are."""
        ...

    def bundle(self, digest: Delivery, members: Sequence[str]) -> None:
        """Store a digest ahead of its channel's queue and make the members, still waiting posts, replies to it."""
        ...

    def reroot(self, root: str, receipt: Receipt) -> None:
        """Let what belonged to a root's thread follow another message, since the root is gone from Slack."""
        ...
