"""The shipped rules: proved by their own tests, pinned down against small lies, and known to the schema."""

import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.core.events.extractor import Extractor
from bot.core.events.load import load_declarations
from bot.core.model import Outcome
from bot.core.rules.lint import warnings
from bot.core.rules.mutation import score
from bot.core.rules.proof import Extract, prove
from bot.core.rules.readback import read_back
from bot.core.rules.reference import generated_files
from bot.core.rules.rulebook import Rulebook, is_rule_file, load_rulebook, strict
from bot.rule_files import read_rule_files

RULES = Path(__file__).parents[3] / "rules"
FILES = dict(read_rule_files(RULES))
RULE_PATHS = sorted(path for path in FILES if is_rule_file(path))
FIRST = {
    "wait-exceeds-10-business-days",
    "session-no-new-proposals",
    "no-sessions-scheduled",
    "appointments-cancelled",
    "group-therapy-stopped",
    "penalty-imposed",
    "corrective-action-overdue",
    "mediation-scheduled",
    "strike-started",
    "strike-ended",
    "regulator-complaint",
    "regulator-is-monitoring",
    "offer-to-resume-talks",
    "officials-step-in",
    "session-cancelled-or-postponed",
}


@cache
def pack() -> tuple[Rulebook, Extract]:
    book = strict(load_rulebook(FILES))
    if book.definitions is None or book.entities is None:
        raise AssertionError("the shipped rules have event types and entities")
    return book, Extractor(book.definitions, book.entities).extract


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILES_ON_DISK["rule.schema.json"]))


FILES_ON_DISK = {name: (RULES / name).read_text(encoding="utf-8") for name in ("rule.schema.json", "REFERENCE.md")}


def test_rules_are_the_same_whether_or_not_the_patterns_behind_the_event_types_are_read() -> None:
    book, declared = pack()[0], load_declarations(FILES)
    assert declared == book.event_types
    unread = strict(load_rulebook(FILES, declared))
    assert unread.definitions is None
    assert [(rule.id, rule.version) for rule in unread.rules] == [(rule.id, rule.version) for rule in book.rules]


def test_the_first_rules_are_there() -> None:
    assert {rule.id for rule in pack()[0].rules} >= FIRST


@pytest.mark.parametrize("path", RULE_PATHS)
def test_the_tests_of_a_rule_hold(path: str) -> None:
    book, extract = pack()
    rule = next(rule for rule in book.rules if rule.path == path)
    failed = [
        f"{path}:{proof.test.line}: expected {proof.test.expect}, got {proof.outcome}"
        for proof in prove(rule, book, extract)
        if not proof.holds
    ]
    assert failed == []


@pytest.mark.parametrize("path", RULE_PATHS)
def test_no_small_lie_about_a_rule_goes_unnoticed(path: str) -> None:
    book, extract = pack()
    rule = next(rule for rule in book.rules if rule.path == path)
    result = score(rule, FILES[path], book, extract, book.dictionary())
    assert result.survivors == ()


@pytest.mark.parametrize("path", RULE_PATHS)
def test_the_schema_knows_every_shipped_rule(path: str) -> None:
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator().iter_errors(yaml.load(FILES[path], Loader=yaml.BaseLoader))  # noqa: S506  # BaseLoader makes strings only
    ]
    assert errors == []


def test_nothing_in_the_pack_needs_a_warning() -> None:
    assert [str(warning) for warning in warnings(pack()[0])] == []


def test_every_rule_reads_as_one_sentence() -> None:
    for rule in pack()[0].rules:
        sentence = read_back(rule)
        assert sentence.startswith("When ")
        assert sentence.endswith(".")


def test_every_rule_expects_an_alert_and_a_silence() -> None:
    for rule in pack()[0].rules:
        assert {test.expect for test in rule.tests} >= {Outcome.ALERT, Outcome.NO_ALERT}, rule.id


@pytest.mark.parametrize("name", sorted(FILES_ON_DISK))
def test_the_generated_files_are_up_to_date(name: str) -> None:
    assert FILES_ON_DISK[name] == generated_files(pack()[0])[name], "run: bot rules schema"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"severity": "hihg"}, "an unknown severity"),
        ({"severty": "high"}, "an unknown key"),
        ({"match": {"event": "apointment_wait"}}, "an unknown event type"),
        ({"match": {"event": "appointment_wait", "when": {"wiat": "> 10 days"}}}, "an unknown slot"),
        ({"match": {"event": "appointment_wait", "when": {"wait": "> 10"}}}, "a limit without a unit"),
        ({"match": {"event": "appointment_wait", "when": {"visit": "urgnt"}}}, "an unknown label"),
        ({"match": {"event": "penalty", "when": {"wait": "> 10 days"}}}, "a slot of another event type"),
        ({"alert": {"say": "x"}}, "no channel"),
        ({"alert": {"channel": "x", "say": "x", "again_after": "soon"}}, "a length that is none"),
        ({"in_force": {"from": "July"}}, "a day that is none"),
        ({"change": {"of": {"event": "strike"}, "slot": "length"}}, "two kinds"),
        ({"tests": [{"event": {"wait": "3 days"}, "expect": "alarm"}]}, "an unknown outcome"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_schema_underlines_what_the_loader_refuses(change: dict[str, object], reason: str) -> None:
    good = yaml.load(FILES["rules/timely-access/wait-exceeds-10-business-days.yaml"], Loader=yaml.BaseLoader)  # noqa: S506  # BaseLoader makes strings only
    assert list(validator().iter_errors(good)) == []
    assert list(validator().iter_errors({**good, **change})) != [], reason
