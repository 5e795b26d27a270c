"""Collect → assess → record → deliver, over Protocols that the edges fit by shape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import Alert, Article, Assessed, Change, Delivery, Event, Masthead, Rejected

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What one call to `record` or `rejudge` changed."""

    articles: int = 0  # stored for the first time
    versions: int = 0  # new versions of known articles
    known: int = 0  # the same text was there already
    events: int = 0
    alerts: int = 0  # opened, reviews not counted
    reviews: int = 0  # opened
    changes: tuple[tuple[Alert, Change], ...] = ()  # every change stored by this call, oldest first
    deliveries: int = 0


class History(Protocol):
    """The stored past."""

    def record(self, assessed: Sequence[Assessed], judge: Judge | None, plan: Plan | None) -> Recorded:
        """Write articles, events, alerts and deliveries in one transaction.

        With `judge` None (a backfill's chunk) only articles and events are written, with a durable mark that they are
        still to be judged; with `plan` None no delivery is made. `judge` runs inside the transaction, under a lock that
        one writer holds at a time, and is given the stored events together with the new ones.
        """
        ...

    def rejudge(self, judge: Judge, plan: Plan | None) -> Recorded:
        """Judge everything stored (timers, new rules, the end of a backfill) in one transaction."""
        ...
