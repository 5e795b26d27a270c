"""What the page for rule authors says is true."""

import re
from functools import cache
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app as bot
from bot.core.events.extractor import Extractor
from bot.core.model import Outcome
from bot.core.rules.load import load_rules
from bot.core.rules.mutation import Score, score
from bot.core.rules.proof import Extract, prove
from bot.core.rules.rulebook import Rulebook, is_rule_file, load_rulebook, strict
from bot.rule_files import read_rule_files

RULES = Path(__file__).parents[3] / "rules"
PAGE = (RULES / "README.md").read_text(encoding="utf-8")
PATH = "rules/timely-access/long-intake.yaml"


@cache
def pack() -> tuple[Rulebook, Extract]:
    book = strict(load_rulebook(read_rule_files(RULES)))
    if book.definitions is None or book.entities is None:
        raise AssertionError("the shipped rules have event types and entities")
    return book, cache(Extractor(book.definitions, book.entities).extract)


def proved(text: str) -> tuple[list[Outcome], Score]:
    """Return what the rule's tests come to, and which mutants they miss."""
    book, extract = pack()
    (rule,), faults = load_rules({PATH: text}, book.dictionary())
    assert faults == ()
    assert all(proof.holds for proof in prove(rule, book, extract))
    return [test.expect for test in rule.tests], score(rule, text, book, extract, book.dictionary())


def test_the_first_rule_is_proved_as_the_page_says_step_by_step() -> None:
    rule, more = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    outcomes, before = proved(rule)
    assert set(outcomes) == {Outcome.ALERT, Outcome.NO_ALERT, Outcome.REVIEW}
    assert re.findall(r"    not noticed: (.*)", PAGE) == list(before.survivors)
    assert f"long-intake: {before.share:.0%} of {before.mutants} mutants noticed" in PAGE
    _, after = proved(rule + more)
    assert after.survivors == ()


def test_the_commands_of_the_page_are_commands() -> None:
    for words in re.findall(r"^\$ bot (.*)$", PAGE, re.MULTILINE):
        command = words.split()
        asked = CliRunner().invoke(bot, [*command[:2], "--help"])
        assert asked.exit_code == 0, words
        assert all(option in asked.output for option in command if option.startswith("--")), words


def test_every_rule_of_the_pack_stands_in_the_table() -> None:
    linked = set(re.findall(r"\]\(([a-z-]+/[a-z0-9-]+\.yaml)\)", PAGE))
    shipped = {path.removeprefix("rules/") for path in read_rule_files(RULES) if is_rule_file(path)}
    assert linked == shipped


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (RULES / target).is_file(), target
