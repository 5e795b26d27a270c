"""What the page for rule authors says is true."""

import re
from pathlib import Path

from bot.core.events.extractor import Extractor
from bot.core.rules.mutation import score
from bot.core.rules.proof import prove
from bot.core.rules.rulebook import is_rule_file, load_rulebook, strict
from bot.rule_files import read_rule_files

RULES = Path(__file__).parents[3] / "rules"
PAGE = (RULES / "README.md").read_text(encoding="utf-8")
PATH = "rules/timely-access/long-intake.yaml"


def test_the_first_rule_loads_and_its_tests_hold() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    book = strict(load_rulebook({**read_rule_files(RULES), PATH: text}))
    rule = book.by_id("long-intake")
    assert rule is not None
    assert book.definitions is not None
    assert book.entities is not None
    extract = Extractor(book.definitions, book.entities).extract
    assert [proof.outcome for proof in prove(rule, book, extract)] == [test.expect for test in rule.tests]
    assert score(rule, text, book, extract, book.dictionary()).mutants > 0


def test_every_rule_of_the_pack_stands_in_the_table() -> None:
    linked = set(re.findall(r"\]\(([a-z-]+/[a-z0-9-]+\.yaml)\)", PAGE))
    shipped = {path.removeprefix("rules/") for path in read_rule_files(RULES) if is_rule_file(path)}
    assert linked == shipped


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (RULES / target).is_file(), target
