"""The figures of benchmarks/extraction.py, so that they cannot fall without a word."""

from collections.abc import Mapping
from datetime import date

import pytest
import yaml

from benchmarks.extraction import (
    ROOT,
    Reader,
    Tally,
    make_article,
    read_cases,
    score_alerts,
    score_corpus,
    score_events,
    score_seeds,
)
from bot.core.model import Event, Label, Quantity, Stance

WORDINGS = ROOT / "tests" / "wordings" / "access.yaml"
UNREAL = {Stance.REQUIRED, Stance.PLANNED, Stance.HYPOTHETICAL, Stance.DENIED}
NO_BREACH = {"proposed", "conditional", "completed", "due", "ordered", "filed"}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def _sum(tallies: Mapping[str, Tally]) -> Tally:
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    return total


def test_the_rules_find_what_must_fire_in_the_cases_and_little_else(reader: Reader) -> None:
    by_article, by_event = (_sum(tallies) for tallies in score_alerts(read_cases(), reader))
    assert by_article.recall >= 0.95
    assert by_article.precision >= 0.97
    assert by_event.recall >= 0.90
    assert by_event.precision >= 0.92
    assert by_event.near <= by_event.nears * 0.01


def test_events_of_the_cases_are_found_with_the_right_values(reader: Reader) -> None:
    tallies = score_events(read_cases(), reader)
    assert tallies["types, all"].recall >= 0.84
    assert tallies["read again, type precision"].precision >= 0.90
    assert tallies["date"].recall >= 0.84
    assert tallies["stance"].recall >= 0.90
    assert tallies["wait"].recall >= 0.97
    assert tallies["count"].recall >= 0.95
    assert tallies["amount"].recall >= 0.95


def test_every_alert_of_the_corpus_is_found_and_next_to_nothing_else(reader: Reader) -> None:
    alerts, never = score_corpus(reader)
    assert alerts.missed == 0, alerts.notes
    assert alerts.wrong <= 1, alerts.notes
    assert never.near <= 1, never.notes


def test_no_trap_of_the_seeds_is_stepped_into(reader: Reader) -> None:
    tallies = score_seeds(reader)
    if tallies is None:
        pytest.skip("the verbatim seeds are not beside the project")
    assert tallies["traps"].near == 0, tallies["traps"].notes
    assert tallies["core events"].right >= 39
    assert tallies["stance"].right >= 36
    assert tallies["dates"].right >= 20


def _events(reader: Reader, text: str) -> tuple[Event, ...]:
    return reader.extract(make_article(text, text, published=date(2025, 3, 5), publisher="", role="media", region=None))


def _fits(event: Event, wanted: Mapping[str, object]) -> bool:
    for slot, value in wanted.items():
        found = event.slots.get(slot)
        if slot == "wait":
            number, unit = str(value).split()
            if not (isinstance(found, Quantity) and found.unit == unit and float(number) in (found.low, found.high)):
                return False
        elif slot not in ("text", "any") and not (isinstance(found, Label) and found.value == value):
            return False
    return True


def _is_real(event: Event) -> bool:
    status = event.slots.get("status")
    return event.stance not in UNREAL and not event.background and getattr(status, "value", "") not in NO_BREACH


def test_wordings_of_other_countries_and_sectors_are_read(reader: Reader) -> None:
    wordings = yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))
    rows = [(kind, row) for kind, both in wordings.items() for row in both["expect"]]
    missed = [
        row["text"]
        for kind, row in rows
        if not any(event.type == kind and _fits(event, row) for event in _events(reader, row["text"]))
    ]
    assert len(missed) <= len(rows) * 0.07, missed


def test_what_only_looks_like_it_is_not_read_as_real(reader: Reader) -> None:
    wordings = yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))
    rows = [(kind, text) for kind, both in wordings.items() if kind != "legal_standard" for text in both["none"]]
    wrong = [
        text for kind, text in rows if any(event.type == kind and _is_real(event) for event in _events(reader, text))
    ]
    assert wrong == []
