"""What the words of `bot backfill` ask for: a window of days, how much is told, no trace at all."""

import json
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from bot.history.database import open_engine
from bot.history.schema import migrate
from tests.fault_trials import ask, at
from tests.ready_bot import ReadyBot

TOLD = "Kaiser patients in Los Angeles wait 30 days for a follow-up therapy appointment."


@pytest.fixture
def engine(fresh_database: URL) -> Engine:
    engine = open_engine(fresh_database, pooled=False)
    migrate(engine)
    return engine


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """Give an article of January, two of March in a file of lines, and what is no article."""
    folder = tmp_path / "past"
    folder.mkdir()
    head = "---\npublished: 2025-01-20\npublisher: Bay Post\n---\n"
    (folder / "january.md").write_text(f"{head}{TOLD}\n", encoding="utf-8")
    days = ("2025-03-10", "2025-03-11")
    lines = [json.dumps({"text": f"{TOLD} Letter {day[-2:]}.", "title": day, "published": day}) for day in days]
    (folder / "march.jsonl").write_text("\n".join([*lines, "{no json"]), encoding="utf-8")
    return folder


def test_what_cannot_be_read_is_counted_named_and_written_down(
    bot: ReadyBot, engine: Engine, fresh_database: URL, past: Path, tmp_path: Path
) -> None:
    place = {**at(fresh_database), "DATA_DIR": str(tmp_path / "data")}
    said = bot.run(place, "backfill", str(past), "--post", "digest", status=1)
    assert "3 new articles" in said
    assert "not read: " in said
    (listed,) = (tmp_path / "data" / "rejects").glob("*.jsonl")
    (reject,) = map(json.loads, listed.read_text(encoding="utf-8").splitlines())
    assert "march.jsonl" in reject["place"]
    assert reject["reason"]
    assert "wait-exceeds-10-business-days" in said
    assert ask(engine, "SELECT count(*) FROM delivery WHERE alert IS NULL") == 1
    assert ask(engine, "SELECT count(*) FROM delivery WHERE alert IS NOT NULL") == 0
    assert "Nothing is new" in bot.run(place, "backfill", "--stored")
    assert ask(engine, "SELECT count(*) FROM delivery") == 1


def test_only_what_came_out_in_the_window_is_read_and_each_alert_is_told_where_all_are_asked_for(
    bot: ReadyBot, engine: Engine, fresh_database: URL, past: Path, tmp_path: Path
) -> None:
    place = {**at(fresh_database), "DATA_DIR": str(tmp_path / "data")}
    window = ("--from", "2025-01-01", "--to", "2025-01-31")
    assert "1 new articles" in bot.run(place, "backfill", str(past), *window, "--post", "all", status=1)
    told = ask(engine, "SELECT count(DISTINCT alert) FROM delivery WHERE alert IS NOT NULL")
    assert told == ask(engine, "SELECT count(*) FROM alert WHERE outcome = 'alert' AND status = 'active'") != 0


def test_a_rehearsal_stores_nothing_and_shows_the_table(
    bot: ReadyBot, engine: Engine, fresh_database: URL, past: Path, tmp_path: Path
) -> None:
    place = {**at(fresh_database), "DATA_DIR": str(tmp_path / "data")}
    said = bot.run(place, "backfill", str(past), "--dry-run", status=1)
    assert "nothing was stored and nobody was told" in said
    assert "wait-exceeds-10-business-days" in said
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM article")) == 0
