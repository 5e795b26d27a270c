"""Examples beside the patterns: the shipped ones hold, and a wrong one is told with its place."""

from pathlib import Path

import pytest

from bot.core.events.examples import example_faults, load_extractor
from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.text.entities import load_entities
from bot.errors import RuleFileError

RULES = Path(__file__).parents[2] / "rules"
NOBODY = load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n")


def test_every_shipped_example_is_read_as_its_author_says() -> None:
    files = {f"rules/events/{path.name}": path.read_text("utf-8") for path in (RULES / "events").glob("*.yaml")}
    entities = load_entities((RULES / "entities.yaml").read_text("utf-8"))
    assert [str(fault) for fault in example_faults(Extractor(load_event_types(files), entities))] == []


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        ("examples: [It rained.]", "no strike is read here; 'bot events explain' shows what was tried"),
        ("examples: [{text: They walked out., expect: {status: ended}}]", "'status' is started, expected ended"),
        ("examples: [{text: They walked out., expect: {stance: planned}}]", "'stance' is reported, expected planned"),
        ("not_examples: [They walked out.]", "a strike is read in 'walked out'; veto it with 'unless'"),
    ],
)
def test_an_example_that_does_not_hold_is_refused_with_its_place(example: str, fault: str) -> None:
    head = "event: strike\nslots: {status: {kind: label, values: [started, ended]}}\n"
    body = f"patterns:\n  - {{match: walked out, set: {{status: started}}}}\n{example}\n"
    with pytest.raises(RuleFileError) as caught:
        load_extractor({"rules/events/strike.yaml": head + body}, NOBODY)
    (found,) = caught.value.faults
    assert (found.path, found.line, found.message) == ("rules/events/strike.yaml", 5, fault)
