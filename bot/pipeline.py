"""Collect → assess → record → deliver, over Protocols that the edges fit by shape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.model import Alert, Article, Assessed, Delivery, Event, Masthead, Recorded, Rejected, Wanted

EVERYTHING = Wanted()

Judge = Callable[[Sequence[Event], Mapping[str, Masthead]], Sequence[Alert]]
"""From every event that matters, and the mastheads of their articles by key, to every alert as it stands: pure."""

Plan = Callable[[Alert, int], Sequence[Delivery]]
"""From an alert and the index of a change that nobody was told of to the messages that tell it: pure."""


class Source(Protocol):
    """Where articles come from."""

    id: str

    def read(self, learned: datetime | None) -> Iterator[Article | Rejected]:
        """Yield what is there; `learned` None means each article counts as learned on its publication (backfill)."""
        ...


class History(Protocol):
    """The stored past."""

    def record(
        self,
        assessed: Sequence[Assessed],
        judge: Judge | None,
        plan: Plan | None,
        wanted: Wanted = EVERYTHING,
        *,
        until: datetime | None = None,
    ) -> Recorded:
        """Write articles, events, alerts and deliveries in one transaction.

        With `judge` None (a backfill's chunk) only articles and events are written, with a durable mark that they are
        still to be judged; with `plan` None no delivery is made. `judge` runs inside the transaction, under a lock that
        one writer holds at a time, and is given the stored events that are `wanted` together with the new ones. A
        stored alert that lies within `wanted` and that the judge does not give again is withdrawn.

        Args:
            assessed: articles with their events, in any order.
            judge: None leaves judging to a later `rejudge`.
            plan: None makes no deliveries.
            wanted: what the judge needs to see.
            until: the moment as of which the judge judges; remembered, so that no later judge knows less.
        """
        ...

    def rejudge(
        self, judge: Judge, plan: Plan | None, wanted: Wanted = EVERYTHING, *, until: datetime | None = None
    ) -> Recorded:
        """Judge what is stored (timers, new rules, the end of a backfill) in one transaction."""
        ...

    def newest(self) -> datetime | None:
        """Return the last moment the history knows: when it last learned something, or until when it was judged.

        A judge that knows less than that would take back what timers did since. None for an empty history.
        """
        ...
