"""Whatever a text holds, a quote is the article's own words, nothing is raised, and cost grows with length only."""

import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Precision, When
from bot.core.text.entities import load_entities

RULES = Path(__file__).parents[2] / "rules"
FILES = {f"rules/events/{path.name}": path.read_text("utf-8") for path in (RULES / "events").glob("*.yaml")}
EXTRACTOR = Extractor(load_event_types(FILES), load_entities((RULES / "entities.yaml").read_text("utf-8")))
TELLING = (
    "The union and the hospital met Monday. Management offered no new proposals.\n"
    "Nurses walked out on Tuesday. No further talks are scheduled. They meet a federal mediator on Friday.\n"
    "Patients wait six weeks for an appointment. The state fined the plan $50 million."
)
PIECES = (
    *TELLING.split(" "),
    *("\u00a0", "\u200b", "e\u0301", "“", "”", '"', "’", "\n", "\r\n", "\u2028", "İ", "ß", "ﬁ", "日本語", "\U0001f600"),
    *("א", "\u202e", "\u00ad", "…", "—", "•", "\t", "5,000", "$", "%", "(", ")", "?", "!", ";", "\x00", "\x85"),
)


def article(text: str) -> Article:
    day = date(2025, 1, 15)
    return Article(
        key="text:1",
        text=text,
        title="",
        source="test",
        learned=datetime(2025, 1, 15, tzinfo=UTC),
        published=When(first=day, last=day, precision=Precision.DAY, basis="metadata"),
    )


def check(text: str) -> int:
    events = EXTRACTOR.extract(article(text))
    for event in events:
        assert event.quote == text[event.start : event.end]
        assert event.sentence == text[event.sentence_start : event.sentence_start + len(event.sentence)]
        assert all(0 <= proof.start <= proof.end <= len(text) for proof in event.evidence)
    return len(events)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=80))
def test_every_quote_is_the_articles_own_words(pieces: list[str]) -> None:
    text = " ".join(pieces).encode("utf-8", "replace").decode()
    check(f"{TELLING}\n{text}")
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("strike" * 170_000, id="a megabyte without a space"),
        pytest.param("walkout-strike-ended," * 40_000, id="triggers without a space"),
        pytest.param('"' * 100_000 + TELLING, id="100,000 quotes"),
        pytest.param("“" * 100_000, id="100,000 opening quotes"),
        pytest.param("nurses \u202e\u0301日本 " * 20_000, id="mixed scripts"),
        pytest.param("\u00a0".join(TELLING.split(" ")), id="spaces that do not break"),
        pytest.param("\u200b".join(TELLING), id="a zero-width space after each letter"),
        pytest.param("strike " * 50_000, id="one word, over and over"),
        pytest.param("no " * 50_000, id="a short word, over and over"),
        pytest.param("", id="nothing"),
        pytest.param("\n" * 10_000, id="blank lines"),
    ],
)
def test_hostile_text_is_read_without_an_exception(text: str) -> None:
    check(text)


def test_spaces_that_do_not_break_hide_no_event() -> None:
    assert check(TELLING) == check(TELLING.replace(" ", "\u00a0"))


@pytest.mark.parametrize("unit", ["strikes ended;", "a" * 50, "no offer was made and talks ended ", f"{TELLING}\n"])
def test_cost_grows_with_length_and_not_with_its_square(unit: str) -> None:
    small, large = unit * (20_000 // len(unit)), unit * (160_000 // len(unit))
    check(small)
    assert _seconds(large) < 40 * max(_seconds(small), 0.002)  # eight times the text; the square would be 64 times


def _seconds(text: str) -> float:
    taken = []
    for _ in range(2):
        before = time.process_time()
        EXTRACTOR.extract(article(text))
        taken.append(time.process_time() - before)
    return min(taken)
