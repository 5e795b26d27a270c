"""What `bot events lint` finds, and how a trace reads."""

from datetime import UTC, datetime

from bot.core.events.explain import explain_trace
from bot.core.events.extractor import Extractor
from bot.core.events.lint import lint_event_types
from bot.core.events.load import load_event_types
from bot.core.model import Article
from bot.core.text.entities import load_entities

RULES = """event: strike
words: {UNUSED: [porter~], CREW: [nurse~]}
slots: {status: {kind: label, values: [started, ended]}}
patterns:
  - match: [$CREW walk~ out, walked out]
    set: {status: started}
  - match: walked out
    unless: [walked out of]
  - match: strike ended
    set: {status: ended}
examples: [Nurses walked out.]
"""
NOBODY = load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n")
EXTRACTOR = Extractor(load_event_types({"rules/events/strike.yaml": RULES}), NOBODY)


def test_lint_names_unused_lists_repeated_and_unexercised_patterns() -> None:
    assert [str(fault) for fault in lint_event_types(EXTRACTOR)] == [
        "rules/events/strike.yaml:2:9: list UNUSED is used by no pattern; delete it or write $UNUSED somewhere",
        "rules/events/strike.yaml:7:12: 'walked out' is never reached: it stands on line 5 already",
        "rules/events/strike.yaml:9:12: no example exercises this pattern of strike; add one to 'examples'",
    ]


def test_a_trace_is_told_line_by_line() -> None:
    article = Article(
        key="a",
        text="They walked out of it.",
        title="",
        source="test",
        learned=datetime(2025, 1, 1, tzinfo=UTC),
        published=None,
    )
    assert list(explain_trace(EXTRACTOR.trace(article))) == [
        "   1  They walked out of it.",
        "      strike: “walked out” by strike.yaml:5 (walked out): yes",
        "      strike: “walked out” by strike.yaml:7 (walked out): no: unless 'walked out of' (strike.yaml:8)",
    ]
