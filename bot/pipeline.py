"""Collect → assess → record → deliver, over Protocols that the edges fit by shape."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from typing import Protocol

from bot.core.copies import make_prints
from bot.core.model import Alert, Article, Assessed, Delivery, Event, Masthead, Recorded, Rejected, Wanted

EVERYTHING = Wanted()

CHUNK_ARTICLES = 200  # articles in one transaction; 50 to 500 write equally fast (benchmarks/write.py)

Extract = Callable[[Article], tuple[Event, ...]]
"""From an article to the events it tells: pure."""

Judge = Callable[[Sequence[Event], Mapping[str, Masthead]], Sequence[Alert]]
"""From every event that matters, and the mastheads of their articles by key, to every alert as it stands: pure."""

Narrowed = tuple[Judge, Wanted]
"""A judge of fewer rules with what it needs to see: enough where news is added, and nothing that was known changes."""

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
        narrowed: Narrowed | None = None,
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
            until: the moment as of which the judge judges; remembered. Where another judge was further already (a clock
                that is ahead), nothing is judged and the mark is left: a judge that knows less would take back alerts.
            narrowed: takes the place of `judge` and `wanted` where the articles only add events.
        """
        ...

    def rejudge(
        self,
        judge_at: Callable[[datetime], Judge],
        plan: Plan | None,
        wanted: Wanted = EVERYTHING,
        *,
        now: datetime | None = None,
    ) -> Recorded:
        """Judge what is stored (timers, new rules, the end of a backfill) in one transaction.

        As of `now`, or of the last moment the history knows where that is later (or `now` is None); a history that
        knows none has nothing to judge.
        """
        ...

    def newest(self) -> datetime | None:
        """Return the last moment the history knows: when it last learned something, or until when it was judged.

        A judge that knows less than that would take back what timers did since. None for an empty history.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What came of reading a source."""

    recorded: Recorded
    rejected: tuple[Rejected, ...]


def assess(article: Article, extract: Extract) -> Assessed:
    """Return the article with the events in it; text in a language that the patterns do not know has none."""
    events = extract(article) if article.language == "en" else ()
    return Assessed(article=article, events=events, prints=make_prints(article.text) if events else frozenset())


def ingest(
    readings: Iterable[Article | Rejected],
    *,
    extract: Extract,
    history: History,
    judge: Judge | None,
    plan: Plan | None,
    until: datetime | None = None,
    narrow: Callable[[Sequence[Assessed]], Narrowed | None] = lambda _assessed: None,
    on_read: Callable[[int], None] = lambda _count: None,
) -> Ingested:
    """Take articles from reading to record, a chunk at a time.

    Args:
        readings: articles, and what could not be read as one.
        extract: finds the events of an article.
        history: where they are kept.
        judge: makes alerts of events; None leaves that to a later `rejudge`.
        plan: makes messages of alerts; None posts nothing.
        until: the moment as of which the judge judges.
        narrow: gives the judge that is enough where a chunk only adds events, if any is.
        on_read: told the number of readings of each chunk once it is recorded, for a progress bar.
    """
    total, rejected = Recorded(), list[Rejected]()
    for chunk in _chunks(readings, CHUNK_ARTICLES):
        articles = [reading for reading in chunk if isinstance(reading, Article)]
        rejected.extend(reading for reading in chunk if isinstance(reading, Rejected))
        if articles:
            assessed = [assess(article, extract) for article in articles]
            total = total_of(total, history.record(assessed, judge, plan, until=until, narrowed=narrow(assessed)))
        on_read(len(chunk))
    return Ingested(recorded=total, rejected=tuple(rejected))


def total_of(one: Recorded, other: Recorded) -> Recorded:
    """Return the sum of what two calls recorded."""
    return Recorded(**{part.name: getattr(one, part.name) + getattr(other, part.name) for part in fields(Recorded)})


def _chunks(readings: Iterable[Article | Rejected], size: int) -> Iterator[list[Article | Rejected]]:
    iterator = iter(readings)
    while chunk := list(islice(iterator, size)):
        yield chunk
