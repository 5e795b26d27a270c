"""The weekly summary is told once, from Monday morning on, also when nothing happened."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, Engine, text

from bot.cli.checkup import findings
from bot.cli.summing_up import tell_week
from bot.cli.wiring import House, load_rules
from bot.history.outbox import Outbox
from bot.settings import Settings
from tests.integration.history.conftest import database, engine, migrated_template

__all__ = ["database", "engine", "migrated_template"]  # fixtures

ROOT = Path(__file__).parents[3]
SUNDAY = datetime(2026, 10, 11, 20, tzinfo=UTC)
EARLY_MONDAY = datetime(2026, 10, 12, 14, 30, tzinfo=UTC)  # 07:30 in California
MONDAY = datetime(2026, 10, 12, 15, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 10, 13, 8, tzinfo=UTC)


@pytest.fixture
def house(engine: Engine, database: URL) -> House:
    settings = Settings(database_url=SecretStr(database.render_as_string(hide_password=False)))
    return House(settings=settings, rules=load_rules(ROOT / "rules"), engine=engine)


def test_a_week_is_told_once_and_says_what_was_read_even_when_nothing_happened(house: House) -> None:
    assert tell_week(house, SUNDAY) is None, "set up in this week: there is no week before it"
    assert tell_week(house, EARLY_MONDAY) is None, "not before eight"
    told = tell_week(house, MONDAY)
    assert told is not None
    assert told.message.text.startswith("Week of 5 Oct to 11 Oct 2026: 0 alerts")
    assert "0 articles read from 0 sources." in told.message.blocks
    assert tell_week(house, TUESDAY) is None
    assert [row.channel for row in Outbox(house.engine).waiting(None)] == ["console"]


def test_doctor_names_every_fault_of_the_rules_and_of_the_sources_and_goes_on(
    engine: Engine, database: URL, tmp_path: Path
) -> None:
    copytree(ROOT / "rules", tmp_path / "rules")
    channels = tmp_path / "rules" / "channels.yaml"
    snooze = "snoozes:\n  - {rule: strike-stared, until: 2027-01-15, reason: recess}"
    channels.write_text(channels.read_text("utf-8").replace("snoozes: []", snooze), encoding="utf-8")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO source (id, condition, note) VALUES ('feed:harbor', 'blocked', '403')"))
    address = SecretStr(database.render_as_string(hide_password=False))
    found = list(findings(Settings(database_url=address, rules_dir=tmp_path / "rules")))
    told = [f"{one.subject}: {one.words}" for one in found if not one.is_fine]
    assert len(told) == 2
    assert told[0].endswith("no rule is called 'strike-stared'; did you mean 'strike-started'?")
    assert told[1] == "sources: feed:harbor is blocked: 403; what to do: bot sources check feed:harbor"
    assert [one.subject for one in found if one.is_fine] == ["settings", "database", "slack"]


def test_a_bot_that_slept_over_monday_tells_on_the_first_day_it_is_awake(house: House) -> None:
    tell_week(house, SUNDAY)
    assert tell_week(house, TUESDAY) is not None
