"""The pipeline a good engineer would build from popular parts, over a folder of pages.

trafilatura takes the text, spaCy's Matcher finds our triggers, dateparser reads the dates of the sentences that hit,
rule-engine judges the events by the label clauses of our rules, SQLAlchemy's ORM stores articles, events and alerts, 50
articles a transaction. It fills no slots, knows no stance and no background, merges nothing: less work than ours. Runs
in an environment made from requirements-pipeline.txt; reads one JSON object, prints one.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import rule_engine  # type: ignore[import-not-found,unused-ignore] # in the peers' environment
import trafilatura
from dateparser.search import search_dates
from matcher import reader  # type: ignore[import-not-found,unused-ignore] # beside this file
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

BATCH = 50  # articles a transaction: where the ORM is at its best


class Base(DeclarativeBase):
    """The peer's tables."""


class Article(Base):
    """A page that was read."""

    __tablename__ = "peer_article"
    path: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    published: Mapped[str | None]
    text: Mapped[str]
    events: Mapped[list["Event"]] = relationship()


class Event(Base):
    """A trigger that was found."""

    __tablename__ = "peer_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    article: Mapped[str] = mapped_column(ForeignKey("peer_article.path"))
    type: Mapped[str]
    status: Mapped[str]
    sentence: Mapped[str]
    happened: Mapped[datetime | None]
    alerts: Mapped[list["Alert"]] = relationship()


class Alert(Base):
    """A rule that was met."""

    __tablename__ = "peer_alert"
    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[int] = mapped_column(ForeignKey("peer_event.id"))
    rule: Mapped[str]


class Pipeline:
    """Triggers and rules, compiled once."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.triggers: list[list[str]] = asked["triggers"]
        self.language, self.matcher = reader([phrase for _, _, phrase in self.triggers], asked["lists"])
        self.rules = [(name, rule_engine.Rule(text)) for name, text in asked["rules"]]

    def read(self, path: Path) -> Article | None:
        """Return what a page tells; None where there is no text in it."""
        body = path.read_text("utf-8")
        kept = json.loads(trafilatura.extract(body, output_format="json", with_metadata=True) or "{}")
        if not kept:
            return None
        events = list(self.events(kept["text"]))
        return Article(path=str(path), title=kept["title"], published=kept["date"], text=kept["text"], events=events)

    def events(self, text: str) -> Iterator[Event]:
        """Yield an event for each trigger, with the rules that it meets."""
        document = self.language(text)
        dates: dict[int, datetime | None] = {}
        seen: set[tuple[int, str, str]] = set()
        for number, start, _ in self.matcher(document):
            sentence = document[start].sent
            type_, status, _phrase = self.triggers[int(self.language.vocab.strings[number])]
            if (sentence.start, type_, status) in seen:
                continue
            seen.add((sentence.start, type_, status))
            if sentence.start not in dates:
                found = search_dates(sentence.text, languages=["en"])
                dates[sentence.start] = found[0][1] if found else None
            told = {"type": type_, "status": status, "background": False}
            alerts = [Alert(rule=name) for name, rule in self.rules if rule.matches(told)]
            happened = dates[sentence.start]
            yield Event(type=type_, status=status, sentence=sentence.text, happened=happened, alerts=alerts)


def main() -> None:
    asked = json.load(sys.stdin)
    engine = create_engine(asked["url"])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    pipeline, counts = Pipeline(asked), [0, 0, 0]
    wall, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(asked["paths"]), BATCH):
        with Session(engine) as session, session.begin():
            for path in asked["paths"][first : first + BATCH]:
                article = pipeline.read(Path(path))
                if article is not None:
                    session.add(article)
                    counts[0] += 1
                    counts[1] += len(article.events)
                    counts[2] += sum(len(event.alerts) for event in article.events)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "counts": counts}
    Base.metadata.drop_all(engine)
    print(json.dumps(spent))


main()
