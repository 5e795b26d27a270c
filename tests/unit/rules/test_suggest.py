"""A false alarm becomes a clause and a test that the rule author can apply."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import yaml

from bot.core.model import Event, Label
from bot.core.rules.suggest import Suggestion, suggest
from tests.factories import make_article, make_event

RULE = """\
rule: long-wait
match:
  event: appointment_wait
  when:
    wait: "> 10 business days"
  unless:
    stance: [required, planned]
    visit: urgent
tests:
  - text: A wait of five weeks.
    expect: alert
"""
PATH = "rules/timely-access/long-wait.yaml"
SENTENCE = 'The "surgery" list has a wait: 30 days.'


def event(**labels: str) -> Event:
    return replace(make_event(make_article()), slots={name: Label(value=value) for name, value in labels.items()})


def propose(text: str, false_alarm: Event, others: Sequence[Event] = ()) -> Suggestion:
    return suggest(PATH, text, false_alarm, others, sentence=SENTENCE, published=date(2025, 1, 16))


def test_the_clause_is_the_value_that_the_other_alerts_do_not_have() -> None:
    others = [event(service="therapy", modality="phone"), event(service="therapy", modality="phone")]
    told = propose(RULE, event(service="surgery", modality="phone"), others)
    assert told.clause == "service: surgery"
    assert told.reason == "service is surgery here, and in 0 of the 2 other alerts of the rule"
    assert "+    service: surgery\n" in told.patch


def test_the_words_become_a_test_that_reads_back_as_they_were() -> None:
    told = propose(RULE, event(service="surgery"))
    tests = yaml.safe_load(told.text)["tests"]
    assert tests[0] == {"text": SENTENCE, "published": date(2025, 1, 16), "expect": "no alert"}
    assert len(tests) == 2


def test_a_slot_the_rule_speaks_of_already_is_not_proposed_again() -> None:
    told = propose(RULE, event(visit="urgent"), [event()])
    assert "visit: urgent\n" in told.text
    assert not told.clause.startswith("visit")


def test_where_nothing_tells_it_apart_only_the_test_is_proposed() -> None:
    told = propose(RULE, event(service="therapy"), [event(service="therapy")] * 3)
    assert told.clause == ""
    assert "only the test" in told.reason
    assert told.patch.count("\n+") == 4, "three lines and the name of the file"


def test_a_rule_without_exceptions_gets_its_first_one() -> None:
    bare = RULE.replace("  unless:\n    stance: [required, planned]\n    visit: urgent\n", "")
    told = propose(bare, event(service="surgery"))
    assert yaml.safe_load(told.text)["match"]["unless"] == {"service": "surgery"}


def test_exceptions_on_one_line_are_left_to_the_author() -> None:
    flow = RULE.replace(
        "  unless:\n    stance: [required, planned]\n    visit: urgent\n", "  unless: {visit: urgent}\n"
    )
    told = propose(flow, event(service="surgery"))
    assert yaml.safe_load(told.text)["match"]["unless"] == {"visit": "urgent"}
    assert told.clause == "service: surgery"
