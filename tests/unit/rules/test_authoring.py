"""What a rule author types: lint, test, new."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app as bot
from bot.cli.authoring import app
from bot.core.rules.lint import warnings
from bot.core.rules.load import load_rules
from bot.core.rules.proof import prove
from bot.core.rules.rulebook import Rulebook, load_rulebook
from bot.core.rules.shape import KINDS
from bot.core.rules.template import new_rule
from bot.rule_files import load_directory, read_rule_files
from tests.event_factories import event_type

SHIPPED = Path(__file__).parents[3] / "rules"
SHARED = ("rules/calendars.yaml", "rules/channels.yaml", "rules/entities.yaml")
OTHERS = {path: text for path, text in read_rule_files(SHIPPED).items() if path in SHARED}


@cache
def shipped() -> Rulebook:
    return load_directory(SHIPPED)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "rules"))


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_lint_reads_each_rule_back_and_ends_with_0(directory: Path) -> None:
    status, words = call("lint", "--rules", str(directory))
    assert status == 0
    assert "When an article tells of a strike where status is started → high alert in strike" in words


def test_lint_names_every_fault_and_ends_with_2(directory: Path) -> None:
    path = directory / "strike" / "strike-ended.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("event: strike", "event: stirke"), encoding="utf-8")
    status, words = call("lint", "--rules", str(directory))
    assert status == 2
    assert "rules/strike/strike-ended.yaml:7:10: there is no event type 'stirke'; did you mean 'strike'?" in words


def test_a_rule_that_is_not_proved_is_warned_of(directory: Path) -> None:
    path = directory / "strike" / "strike-ended.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("tests:")[0], encoding="utf-8")
    _, words = call("lint", "--rules", str(directory))
    assert "rules/strike/strike-ended.yaml:2:1: no test expects an alert" in words
    assert "rules/strike/strike-ended.yaml:2:1: no test expects silence" in words


def test_a_test_that_fails_is_named_with_its_line_and_ends_with_1(directory: Path) -> None:
    path = directory / "strike" / "strike-ended.yaml"
    path.write_text(
        path.read_text(encoding="utf-8") + "  - event: {status: suspended}\n    expect: alert\n", encoding="utf-8"
    )
    line = len(path.read_text(encoding="utf-8").splitlines()) - 1
    status, words = call("test", "strike-ended", "--rules", str(directory))
    assert status == 1
    assert f"rules/strike/strike-ended.yaml:{line}: expected alert, got no alert" in words


def test_mutants_that_no_test_notices_are_listed(directory: Path) -> None:
    path = directory / "strike" / "agreement-reached.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  - event: {status: ratified}\n    expect: alert\n", ""), encoding="utf-8")
    _, words = call("test", "agreement-reached", "--mutate", "--rules", str(directory))
    assert "agreement-reached:" in words
    assert "mutants noticed" in words


def test_a_new_rule_loads_and_is_a_draft_with_three_tests(directory: Path) -> None:
    status, words = call("new", "timely-access/my-rule", "--event", "appointment_wait", "--rules", str(directory))
    assert status == 0
    assert "bot rules test my-rule" in words
    status, words = call("lint", "--rules", str(directory))
    assert status == 0
    assert "my-rule (" in words
    assert "draft, never posted" in words


def test_a_new_rule_never_overwrites_one_that_is_there(directory: Path) -> None:
    before = (directory / "strike" / "strike-ended.yaml").read_text(encoding="utf-8")
    status, _ = call("new", "strike/strike-ended", "--event", "strike", "--rules", str(directory))
    assert status == 1
    assert (directory / "strike" / "strike-ended.yaml").read_text(encoding="utf-8") == before


def test_the_generated_files_can_be_checked(directory: Path) -> None:
    assert call("schema", "--check", "--rules", str(directory))[0] == 0
    (directory / "REFERENCE.md").write_text("old", encoding="utf-8")
    assert call("schema", "--check", "--rules", str(directory))[0] == 1
    assert call("schema", "--rules", str(directory))[0] == 0
    assert call("schema", "--check", "--rules", str(directory))[0] == 0


def test_trying_a_text_names_the_one_clause_by_which_a_rule_stayed_silent(tmp_path: Path) -> None:
    text = tmp_path / "told.txt"
    text.write_text("Kaiser patients wait 12 days for a follow-up therapy appointment.", encoding="utf-8")
    tried = CliRunner().invoke(bot, ["try", str(text), "--published", "2025-02-20"], env={"RULES_DIR": str(SHIPPED)})
    assert tried.exit_code == 0, tried.output
    assert "nearly  wait-exceeds-10-business-days (rules/timely-access/wait-exceeds-10-business-days.yaml:2)" in (
        tried.output
    )
    assert "not > 10 business days (calendar ca_state)" in tried.output


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", ["appointment_wait", "mediation", "penalty"])
def test_a_new_rule_of_every_kind_loads_and_what_is_filled_in_for_its_author_holds(kind: str, event: str) -> None:
    text = new_rule("my-rule", shipped().event_types[event], channel="alerts", form=kind)
    (rule,), faults = load_rules({"rules/regulator/my-rule.yaml": text}, shipped().dictionary())
    assert faults == ()
    book = replace(shipped(), rules=(rule,))
    assert [
        str(proof.test) for proof in prove(rule, book, lambda _: ()) if not proof.holds and not proof.test.text
    ] == []
    assert "the template's words still stand" in str(warnings(book)[0])


@pytest.mark.parametrize(
    ("statuses", "warned"), [("[filed, issued]", False), ("[filed, issued, dismissed, settled, withdrawn]", True)]
)
def test_a_list_of_every_value_is_called_dead(statuses: str, *, warned: bool) -> None:
    types = {"complaint": event_type("complaint", status="label:filed issued dismissed settled withdrawn")}
    text = (
        "rule: my-rule\ntitle: x\nwhy: x\n"
        f"match: {{event: complaint, when: {{status: {statuses}}}}}\nalert: {{channel: alerts, say: x}}\n"
    )
    book = load_rulebook({**OTHERS, "rules/regulator/my-rule.yaml": text}, types)
    assert book.faults == ()
    dead = [str(each) for each in warnings(book) if "names every value" in str(each)]
    assert len(dead) == warned
    assert all(
        each.startswith("rules/regulator/my-rule.yaml:4:1: 'status' names every value there is") for each in dead
    )


def test_lint_of_one_rule_speaks_of_that_rule_only(directory: Path) -> None:
    status, words = call("lint", "strike-ended", "strike-endet", "--rules", str(directory))
    assert status == 0
    assert [line.partition(" ")[0] for line in words.splitlines()] == ["strike-ended", "no", str(len(shipped().rules))]
    assert "no rule that loads is called strike-endet" in words
