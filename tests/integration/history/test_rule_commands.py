"""An edited rule beside the alerts of its last version: what a preview and an explanation say."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, Engine, Row, text

from benchmarks.generated import generate
from bot.cli.previewing import compare
from bot.cli.wiring import House, load_rules
from bot.core.model import Alert, ChangeKind, Delivery, Outline, Wanted
from bot.history.database import libpq_address
from bot.history.judging import Division
from bot.history.queries import read_outlines
from bot.settings import Settings

ROOT = Path(__file__).parents[3]
RULE = "timely-access/wait-exceeds-10-business-days.yaml"
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
TOLD = "Kaiser patients in Los Angeles wait {} days for a follow-up therapy appointment."


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(copytree(ROOT / "rules", tmp_path / "rules"))


def run(database: URL, rules: Path, *arguments: str) -> str:
    environment = {**os.environ, "DATABASE_URL": libpq_address(database), "RULES_DIR": str(rules), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def edit(rules: Path, old: str, new: str) -> None:
    path = rules / RULE
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new), encoding="utf-8")


def test_a_preview_says_the_same_whatever_the_number_of_processes(database: URL, engine: Engine, rules: Path) -> None:
    settings = Settings(database_url=SecretStr(database.render_as_string(hide_password=False)), rules_dir=rules)
    house = House(settings=settings, rules=load_rules(rules, reads_articles=False), engine=engine)
    house.store.record(list(generate(60)), None, None)
    house.store.rejudge(house.judge, None, now=UNTIL)
    edit(rules, "> 10 business days", "> 40 business days")
    for path in (rules / "strike").glob("*.yaml"):
        written = re.sub(r"^recent: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        path.write_text(written + "recent: 3000 days\n", encoding="utf-8")
    house = replace(house, rules=load_rules(rules, reads_articles=False))

    alone, names = compare(house, None, processes=1)
    assert alone.gained
    assert alone.lost
    assert {"wait-exceeds-10-business-days", "strike-started"} <= set(names)
    assert compare(house, None, processes=3) == (alone, names)


TABLES = (
    "SELECT id, rule_version, outcome, state, organisations, digest, lapsed, payload::text FROM alert ORDER BY id",
    "SELECT alert, revision, change_key, superseded, payload::text FROM alert_change ORDER BY alert, revision",
    "SELECT alert, article, event FROM alert_event ORDER BY alert, article, event",
)


def alerts_of(engine: Engine) -> list[Sequence[Row[Any]]]:
    with engine.connect() as connection:
        return [connection.execute(text(table)).all() for table in TABLES]


def each_rule_apart(house: House) -> Division:
    """Divide as if there were as many processors as rules; a few forks at a time are enough."""
    rules = house.rules.book.rules
    thirds = [rules[start::3] for start in range(3)]
    return replace(
        house.division(),
        parts=lambda _counted: [
            Wanted(
                types=frozenset[str]().union(*(rule.event_types for rule in third)),
                rules=frozenset(rule.id for rule in third),
            )
            for third in thirds
        ],
    )


def test_alerts_are_the_same_whatever_the_number_of_processes_that_judge(
    database: URL, engine: Engine, rules: Path
) -> None:
    settings = Settings(database_url=SecretStr(database.render_as_string(hide_password=False)), rules_dir=rules)
    house = House(settings=settings, rules=load_rules(rules, reads_articles=False), engine=engine)
    copied = [replace(each, article=replace(each.article, key=f"{each.article.key}/again")) for each in generate(9)]
    house.store.record([*generate(60), *copied], None, None)
    house.store.settle()

    first = house.store.rejudge(house.judge, None, now=UNTIL)
    alone = alerts_of(engine)
    assert {"penalty-imposed", "appointments-cancelled"} <= {row.rule for row in outlines(engine)}
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE alert CASCADE"))
    assert house.store.rejudge(house.judge, None, now=UNTIL, division=each_rule_apart(house)) == first
    assert alerts_of(engine) == alone
    assert house.store.rejudge(house.judge, None, now=UNTIL, division=each_rule_apart(house)).changes == ()
    assert alerts_of(engine) == alone

    edit(rules, "> 10 business days", "> 40 business days")
    (rules / "regulator" / "penalty-imposed.yaml").unlink()
    edited = replace(house, rules=load_rules(rules, reads_articles=False))
    told = edited.store.rejudge(edited.judge, nobody_new, now=UNTIL, division=each_rule_apart(edited))
    assert ChangeKind.WITHDRAWN in {change.kind for _, change in told.changes}
    assert edited.store.rejudge(edited.judge, nobody_new, now=UNTIL).changes == ()


def nobody_new(_alert: Alert, _revision: int) -> Sequence[Delivery]:
    return ()


def outlines(engine: Engine) -> list[Outline]:
    with engine.connect() as connection:
        return list(read_outlines(connection, ["penalty-imposed", "appointments-cancelled"]))


def test_an_edited_rule_is_previewed_and_its_old_alerts_say_by_which_words_they_were_judged(
    database: URL, engine: Engine, rules: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, days in enumerate((30, 12)):
        head = f"---\ntitle: Told\npublisher: Harbor Times {number}\npublished: 2025-0{number + 1}-20\n---\n"
        (corpus / f"{number}.md").write_text(head + TOLD.format(days) + "\n", encoding="utf-8")
    run(database, rules, "backfill", str(corpus), "--post", "none")
    assert "0 gained, 0 lost" in run(database, rules, "rules", "preview")

    edit(rules, "> 10 business days", "> 5 business days")
    gained = run(database, rules, "rules", "preview")
    assert "+ 2025-02-20 wait-exceeds-10-business-days (alert): Kaiser Permanente: a wait of 12 days, limit" in gained
    assert f"“{TOLD.format(12)}”" in gained
    assert "1 gained, 0 lost, 1 as before" in gained

    with engine.connect() as connection:
        alert = connection.execute(text("SELECT id FROM alert WHERE rule LIKE 'wait-%'")).scalar_one()
        kept = connection.execute(text("SELECT count(*) FROM rule_version")).scalar_one()
    assert kept > 40
    told = run(database, rules, "explain", alert)
    assert "which stands at version" in told
    assert "wait: 30 days (30 day)" in told
    assert ": trigger, wait" in told
    assert '-    wait: "> 10 business days"' in told
    assert '+    wait: "> 5 business days"' in told
    assert "yes     wait: 30 days = 17 to 22 business days, > 10 business days (calendar ca_state)" in told
    assert "What it nearly set off: one clause failed" in told
    assert "no      visit: follow up, not urgent" in told

    edit(rules, "> 5 business days", "> 60 business days")
    assert "0 gained, 1 lost, 0 as before" in run(database, rules, "rules", "preview")
