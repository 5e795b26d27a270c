"""The weekly summary is told once, from Monday morning on, also when nothing happened."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import URL, Engine

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


def test_a_bot_that_slept_over_monday_tells_on_the_first_day_it_is_awake(house: House) -> None:
    tell_week(house, SUNDAY)
    assert tell_week(house, TUESDAY) is not None
