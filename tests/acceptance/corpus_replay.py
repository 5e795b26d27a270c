"""The corpus replayed through time and held against the gold answers, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.core.events.extractor import Extractor
from bot.core.model import Alert, Article, Change, ChangeKind, Event, Masthead, Outcome
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import ALWAYS_READ
from bot.rule_files import load_directory
from bot.sources.articles import Desk, day_date, learned_on_publication
from bot.sources.files import FolderSource
from bot.sources.parser_process import ParserProcess

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
GOLD = ROOT / "tests" / "corpus_gold" / "timeline-gold.yaml"
BRIEFS = ROOT / "tests" / "corpus_gold" / "gold.yaml"
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)  # after the last brief
SPOKEN = {ChangeKind.OPENED, ChangeKind.REPEATED, ChangeKind.UPDATED, ChangeKind.RAISED, ChangeKind.REMINDED}
KEYS: Mapping[str, frozenset[str]] = {
    "kaiser-nuhw-scal-2024": frozenset({"kaiser-permanente", "nuhw", "southern-california"}),
    "kaiser-nuhw-ncal-2022": frozenset({"kaiser-permanente", "nuhw", "northern-california", "california"}),
    "kaiser-nuhw-ncal-2025": frozenset({"kaiser-permanente", "nuhw", "northern-california"}),
    "kaiser-dmhc-enforcement": frozenset({"kaiser-permanente", "dmhc", "california"}),
    "kaiser-unac-uhcp-2026": frozenset({"kaiser-permanente", "unac", "southern-california", "california"}),
    "kaiser-ebsa-2026": frozenset({"kaiser-permanente", "ebsa", "california"}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of the gold answers."""

    rule: str
    key: str
    first: date
    last: date
    state: str
    reason: str
    must: bool
    briefs: frozenset[str]  # that it rests on, "seeds/….md"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A row that came out otherwise."""

    row: Row
    found: str

    def __str__(self) -> str:
        row = self.row
        return f"{row.first}  {row.rule:28} {row.state:11} got {self.found:34} {row.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """The corpus with everything that came of it."""

    rulebook: Rulebook
    articles: tuple[Article, ...]
    events: tuple[Event, ...]
    alerts: tuple[Alert, ...]


def undated_briefs() -> Mapping[str, date]:
    """Return the briefs that carry no date, each with the day on which the gold answers put it."""
    briefs: list[dict[str, Any]] = yaml.safe_load(BRIEFS.read_text(encoding="utf-8"))["briefs"]
    return {brief["file"]: brief["published_inferred"]["best"] for brief in briefs if "published_inferred" in brief}


def replay_corpus(days: Mapping[str, date]) -> Replayed:
    """Read, extract and replay; `days` are those on which briefs without a date came out."""
    book, found = _read_corpus()
    read = tuple(_dated(article, days) for article in found)
    events = tuple(event for article in read for event in _extract(article))
    heads = {
        article.key: Masthead(
            key=article.key,
            title=article.title,
            publisher=article.publisher,
            published=article.published,
            url=article.url,
            path=article.path,
        )
        for article in read
    }
    alerts = replay(book, events, UNTIL, mastheads=heads, coverage=ALWAYS_READ)
    return Replayed(rulebook=book, articles=read, events=events, alerts=alerts)


@cache
def _read_corpus() -> tuple[Rulebook, tuple[Article, ...]]:
    book = load_directory(ROOT / "rules")
    with ParserProcess() as parser:
        desk = Desk(read_at=UNTIL, zone=book.zone)
        found = FolderSource(CORPUS, desk=desk, parser=parser).read(None)
        return book, tuple(each for each in found if isinstance(each, Article))


@cache
def _extractor() -> Extractor:
    book, _ = _read_corpus()
    if book.definitions is None or book.entities is None:
        raise ValueError([str(fault) for fault in book.faults])
    return Extractor(book.definitions, book.entities)


@cache
def _extract(article: Article) -> tuple[Event, ...]:
    return _extractor().extract(article)


def _dated(article: Article, days: Mapping[str, date]) -> Article:
    day = days.get(str(Path(article.path or "").relative_to(CORPUS)))
    if day is None:
        return article
    published = day_date(day)
    return replace(article, published=published, learned=learned_on_publication(published, Desk(read_at=UNTIL)))


def gold_rows() -> tuple[Row, ...]:
    """Return every row, the series written out."""
    gold: dict[str, Any] = yaml.safe_load(GOLD.read_text(encoding="utf-8"))
    rows = [_row(raw) for raw in gold["expect"]]
    known = {(row.rule, row.first) for row in rows}
    for series in gold["series"]:
        for place, on in enumerate(series["as_of"]):
            if (series["rule"], on) not in known and place:
                rows.append(_row({**series, "as_of": on, "state": "repeats", "strength": "must", "reason": "series"}))
    return tuple(rows)


def _row(raw: Mapping[str, Any]) -> Row:
    window = raw.get("window", {"from": raw["as_of"], "to": raw["as_of"]})
    return Row(
        rule=raw["rule"],
        key=raw["key"],
        first=window["from"],
        last=window["to"],
        state=raw["state"],
        reason=raw["reason"],
        must=raw["strength"] == "must",
        briefs=frozenset(raw.get("briefs", ())),
    )


def differences(rows: Iterable[Row], alerts: Sequence[Alert]) -> list[Difference]:
    """Return the rows that came out otherwise, in order of their days."""
    found = [difference for row in rows if (difference := _compare(row, alerts)) is not None]
    return sorted(found, key=lambda each: (each.row.rule, each.row.first))


def _compare(row: Row, alerts: Sequence[Alert]) -> Difference | None:
    ours = [alert for alert in alerts if alert.rule == row.rule and _is_key(alert, row.key)]
    told = [change for alert in ours for change in alert.changes if row.first <= change.on <= row.last]
    open_then = any(_is_open(alert, row.last) for alert in ours)
    if _holds(row.state, told, open_then=open_then):
        return None
    kinds = ", ".join(sorted({change.kind.value for change in told})) or "nothing"
    return Difference(row=row, found=f"{kinds} ({'open' if open_then else 'not open'})")


def _holds(state: str, told: Sequence[Change], *, open_then: bool) -> bool:
    kinds = {change.kind for change in told}
    answers = {
        "fires": bool(kinds & {ChangeKind.OPENED, ChangeKind.UPDATED, ChangeKind.RAISED}),
        "repeats": ChangeKind.REPEATED in kinds,
        "updates": bool(kinds & {ChangeKind.UPDATED, ChangeKind.RAISED, ChangeKind.OPENED}),
        "reminder": ChangeKind.REMINDED in kinds,
        "clears": bool(kinds & {ChangeKind.CLEARED, ChangeKind.WITHDRAWN}) and not open_then,
        "stays_open": open_then and not kinds & {ChangeKind.OPENED, ChangeKind.REPEATED, ChangeKind.REMINDED},
        "silent": not kinds & SPOKEN,
    }
    return answers[state]


def _is_key(alert: Alert, key: str) -> bool:
    # Only the values by which the rule keeps histories apart are in the fingerprint.
    if alert.outcome is Outcome.REVIEW:
        return False
    values = {part for part in alert.fingerprint.split(" | ")[1:-1] if part not in {"?", "review"}}
    return values <= KEYS[key]


def _is_open(alert: Alert, on: date) -> bool:
    past = [change.kind for change in alert.changes if change.on <= on]
    return bool(past) and past[-1] not in {ChangeKind.CLEARED, ChangeKind.WITHDRAWN}
