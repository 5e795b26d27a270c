"""The one-off: the past is read first, all of it, and judged afterwards as it would have been day by day."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.model import Article, Recorded, Rejected
from bot.pipeline import Extract, History, Ingested, Judge, Plan, ingest

Spans = Mapping[str, tuple[date, date]]
"""The first and the last day of each source's articles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a backfill did."""

    ingested: Ingested
    judged: Recorded

    @property
    def is_news(self) -> bool:
        """Say whether anything was stored that was not there before."""
        stored = self.ingested.recorded
        return bool(stored.articles or stored.versions or self.judged.changes)


def fill(
    readings: Iterable[Article | Rejected],
    *,
    extract: Extract,
    history: History,
    judge: Callable[[datetime], Judge],
    plan: Plan | None,
    before_judging: Callable[[Spans], None] = lambda _spans: None,
    on_read: Callable[[int], None] = lambda _count: None,
) -> Filled:
    """Store what was read, then judge everything stored as of the last instant at which something was learned.

    Args:
        readings: articles, each learned on its publication, in any order; and what could not be read.
        extract: finds the events of an article.
        history: where they are kept.
        judge: makes the judge of everything learned by an instant.
        plan: makes messages of alerts; None posts nothing.
        before_judging: told from which day to which each source's articles are, once they are stored.
        on_read: told the number of readings of each chunk, for a progress bar.
    """
    spans: dict[str, tuple[date, date]] = {}
    readings = _measured(readings, spans)
    ingested = ingest(readings, extract=extract, history=history, judge=None, plan=None, on_read=on_read)
    before_judging(spans)
    newest = history.newest()
    judged = history.rejudge(judge(newest), plan, until=newest) if newest else Recorded()
    return Filled(ingested=ingested, judged=judged)


def published_between(
    readings: Iterable[Article | Rejected], first: date | None, last: date | None
) -> Iterator[Article | Rejected]:
    """Leave out articles that surely came out before `first` or after `last`; an undated one stays."""
    for reading in readings:
        when = reading.published if isinstance(reading, Article) else None
        if when and ((first and when.last < first) or (last and when.first > last)):
            continue
        yield reading


def _measured(
    readings: Iterable[Article | Rejected], spans: dict[str, tuple[date, date]]
) -> Iterator[Article | Rejected]:
    """Pass readings on and note in `spans` how far their days reach."""
    for reading in readings:
        if isinstance(reading, Article) and reading.published is not None:
            when = reading.published
            first, last = spans.get(reading.source, (when.first, when.last))
            spans[reading.source] = (min(first, when.first), max(last, when.last))
        yield reading
