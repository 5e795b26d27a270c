"""Reading rules/events/: what is understood, and every fault with its place."""

import pytest

from bot.core.events.load import load_event_types
from bot.core.model import SlotKind
from bot.errors import RuleFileError

WORDS = "WORKER: [nurse~, driver~]\n"
PATH = "rules/events/strike.yaml"
HEAD = (
    "event: strike\nslots:\n  status: {kind: label, values: [started, ended]}\n  people: {kind: count, of: [$WORKER]}\n"
)


def faults(body: str, head: str = HEAD) -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        load_event_types({"rules/events/_words.yaml": WORDS, PATH: head + body})
    return [str(fault) for fault in caught.value.faults]


def test_an_event_type_is_read_with_its_slots() -> None:
    body = "patterns:\n  - match: $WORKER walk~ out\n    set: {status: started}\n"
    types = load_event_types({"rules/events/_words.yaml": WORDS, PATH: HEAD + body, "rules/other.yaml": "]["})
    strike = types.types["strike"]
    assert strike.path == PATH
    assert strike.slots["status"].values == ("started", "ended")
    assert strike.slots["people"].kind is SlotKind.COUNT
    assert types.definitions["strike"].patterns[0].triggers[0].place == "strike.yaml:6"


def test_the_event_types_are_read_anew_when_their_files_change_and_for_nothing_else() -> None:
    files = {"rules/events/_words.yaml": WORDS, PATH: HEAD + "patterns: [walk~ out]\n"}
    types = load_event_types(files)
    assert load_event_types({**files, "rules/strike/x.yaml": "rule: x"}) is types
    assert load_event_types({**files, PATH: HEAD + "patterns: [walked out]\n"}) is not types


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pattern: [a strike]\npatterns: [a strike]\n", "5:1: 'pattern' is not known here; did you mean 'patterns'?"),
        ("", "1:1: 'patterns' is missing: at least one entry with 'match' or 'near'"),
        ("patterns:\n  - unless: [strike]\n", "6:5: a pattern needs 'match' or 'near'"),
        (
            "patterns:\n  - match: <peeple:COUNT> nurses\n",
            "6:12: '<peeple:COUNT> nurses' keeps 'peeple', which is no slot here; did you mean 'people'?",
        ),
        ("patterns: [in on]\n", "5:12: 'in on' has no word of three letters that must occur; add one"),
        (
            "patterns:\n  - match: strike\n    requires: {article: [$WORKER], at_least: 2}\n",
            "7:46: 'at_least' is 2 of 1 phrases; a list counts as one",
        ),
        (
            "patterns:\n  - match: strike\n    set: {status: startd}\n",
            "7:19: 'startd' is no value of 'status'; did you mean 'started'?",
        ),
        (
            "patterns:\n  - match: strike\n    set: {state: on}\n",
            "7:11: this event has no slot 'state'; did you mean 'status'?",
        ),
        (
            "patterns:\n  - match: strike\n    stance: planed\n",
            "7:13: 'planed' is no stance; did you mean 'planned'?",
        ),
        (
            "patterns: [strike]\nexamples:\n  - {text: A strike., expect: {statuss: ended}}\n",
            "7:32: this event has no slot 'statuss'; did you mean 'status'?",
        ),
        (
            "patterns: [strike]\nexamples:\n  - {text: A strike., published: yesterday}\n",
            "7:34: 'yesterday' is no date; write 2025-01-31",
        ),
        (
            "patterns:\n  - near: {all: [strike, $WORKER], within: soon}\n",
            "6:44: 'within' is a number of words from 0 to 40",
        ),
        ("patterns: [$WORKERS out]\n", "5:12: there is no list $WORKERS; did you mean 'WORKER'?"),
        (
            "words: {WORKER: [porter]}\npatterns: [strike]\n",
            "5:9: list WORKER stands in rules/events/_words.yaml:1 already",
        ),
        ("words: {crew: [porter]}\npatterns: [strike]\n", "5:9: list 'crew' needs a name in capitals, like PICKET"),
    ],
)
def test_a_fault_is_told_with_its_place_and_a_suggestion(body: str, expected: str) -> None:
    assert f"{PATH}:{expected}" in faults(body)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            "event: stryke\npatterns: [strike]\n",
            "1:8: event 'stryke' stands in the file strike.yaml; give both the same name",
        ),
        ("patterns: [strike]\n", "1:1: 'event' is missing: the name of the type, the same as the file's"),
        (
            "event: strike\nslots: {people: {kind: counted}}\npatterns: [strike]\n",
            "2:24: 'counted' is no kind of slot; did you mean 'count'?",
        ),
        (
            "event: strike\nslots: {status: {kind: label}}\npatterns: [strike]\n",
            "2:17: slot 'status' is a label: list its 'values'",
        ),
        (
            "event: strike\nslots: {region: {kind: name}}\npatterns: [strike]\n",
            "2:17: every event has a slot 'region'; give this one another name",
        ),
    ],
)
def test_a_fault_of_the_declaration_is_told_with_its_place(head: str, expected: str) -> None:
    assert f"{PATH}:{expected}" in faults("", head)


def test_a_phrase_too_large_to_search_for_is_told_with_its_place() -> None:
    words = ", ".join(f"w{number}{'x' * 60}" for number in range(1_000))
    near = "near: {all: [$MANY, strike, walkout, $MANY], within: 4}"
    files = {PATH: f"event: strike\nwords: {{MANY: [{words}]}}\npatterns:\n  - {near}\n"}
    with pytest.raises(RuleFileError) as caught:
        load_event_types(files)
    assert f"{PATH}:4:11: 'near 4: $MANY + strike + walkout + $MANY' is too large to search for" in str(caught.value)


def test_all_faults_of_all_files_come_in_one_go() -> None:
    files = {
        "rules/events/_words.yaml": "WORKER: [Nurse]\n",
        "rules/events/one.yaml": "event: two\npatterns: [in]\n",
        "rules/events/three.yaml": "a: [",
    }
    with pytest.raises(RuleFileError) as caught:
        load_event_types(files)
    assert {fault.path for fault in caught.value.faults} == set(files)


def test_stance_cues_are_read_and_checked() -> None:
    stance = "stance:\n  - {set: planned, cues: [will, due to], span: 6, until: [but], never: [strike]}\n"
    files = {"rules/events/_stance.yaml": stance, PATH: "event: strike\npatterns: [strike]\n"}
    (cue,) = load_event_types(files).stance
    assert (cue.span, cue.direction, cue.never) == (6, "forward", frozenset({"strike"}))
    with pytest.raises(RuleFileError) as caught:
        load_event_types({**files, "rules/events/_stance.yaml": "stance:\n  - {cues: [will], only: [stryke]}\n"})
    assert "either 'set: STANCE' or 'ignore: true'" in str(caught.value)
