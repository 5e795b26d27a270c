"""How each source is doing, as a person reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sources.polling import Condition
from bot.sources.source_list import SourceEntry

COLUMNS = (
    "source",
    "state",
    "last read",
    "last new",
    "expected",
    "fails",
    "a day",
    "chars",
    "undated",
    "other",
    "note",
)
YIELD_DAYS = 30  # over which the figures are taken


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFigures:
    """What is stored of one source."""

    id: str
    condition: str = Condition.NEW
    note: str = ""
    last_ok: datetime | None = None
    last_new_article: datetime | None = None
    failures: float = 0.0
    articles: int = 0  # learned in the last YIELD_DAYS
    median_chars: int = 0  # of their texts
    undated: int = 0  # of them without a day of publication
    other_language: int = 0  # of them not in English: stored, not judged


def health_rows(
    entries: Iterable[SourceEntry], figures_by_id: Mapping[str, SourceFigures], now: datetime
) -> list[tuple[str, ...]]:
    """Return one row of `COLUMNS` for each source, those that need a person first."""
    stored = [(entry, figures_by_id.get(entry.id) or SourceFigures(id=entry.id)) for entry in entries]
    stored.sort(key=lambda pair: (_rank(current_condition(pair[0], pair[1], now)[0]), pair[0].id))
    return [_row(entry, figures, now) for entry, figures in stored]


def current_condition(entry: SourceEntry, figures: SourceFigures, now: datetime) -> tuple[str, str]:
    """Return the state in words as of now, and why: a worker that stands still must not leave a source healthy."""
    if entry.disabled:
        return Condition.DISABLED, entry.disabled.split(". ")[0]  # what follows says when to look again
    if figures.last_ok is None and figures.condition == Condition.NEW:
        return Condition.NEW, "not read yet: `bot run` reads it"
    overdue = 3 * max(entry.every * 4, timedelta(hours=1))
    if figures.last_ok and not figures.failures and now - figures.last_ok > overdue:
        return "not read", f"nobody has read it for {ago(figures.last_ok, now)}: is a worker running?"
    newest = figures.last_new_article
    if figures.condition == Condition.HEALTHY and newest and now - newest > entry.expect:
        return Condition.QUIET, f"nothing new for {ago(newest, now)}"
    return figures.condition, figures.note


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago something was, in the largest unit that fits twice."""
    if moment is None:
        return "never"
    seconds = max((now - moment).total_seconds(), 0.0)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _a_day(articles: int) -> str:
    each_day = articles / YIELD_DAYS
    return f"{each_day:.1f}" if each_day >= 0.1 else "<0.1"  # noqa: PLR2004  # "0.0" would say that there were none


_ORDER = (
    Condition.BLOCKED,
    Condition.LAYOUT_CHANGED,
    Condition.FAILING,
    Condition.QUIET,
    Condition.NEW,
    Condition.HEALTHY,
    Condition.DISABLED,
)


def _rank(condition: str) -> int:
    return next((rank for rank, known in enumerate(_ORDER) if known == condition), -1)


def _row(entry: SourceEntry, figures: SourceFigures, now: datetime) -> tuple[str, ...]:
    condition, note = current_condition(entry, figures, now)
    return (
        entry.id,
        condition,
        ago(figures.last_ok, now),
        ago(figures.last_new_article, now),
        f"{entry.expect.total_seconds() / 86_400:g} d" if entry.expect < timedelta(days=3_650) else "any time",
        f"{figures.failures:g}" if figures.failures else "",
        _a_day(figures.articles) if figures.articles else "",
        str(figures.median_chars) if figures.articles else "",
        f"{figures.undated / figures.articles:.0%}" if figures.articles else "",
        str(figures.other_language) if figures.other_language else "",
        note,
    )
