"""A few of the kills that `make faults` does by the hundred: nothing is lost, nothing is there twice."""

from pathlib import Path

from sqlalchemy import URL

from tests.fault_trials import Told, kill_backfills, kill_parsers, kill_servers, kill_workers
from tests.ready_bot import ReadyBot


def test_a_backfill_that_is_killed_and_gone_on_with_gives_the_same(
    bot: ReadyBot, postgres: URL, expected: Told
) -> None:
    assert kill_backfills(bot, postgres, expected, kills=4, seed=3) > 0


def test_pages_whose_parser_is_killed_are_read_all_the_same(bot: ReadyBot, postgres: URL, tmp_path: Path) -> None:
    assert kill_parsers(bot, postgres, tmp_path / "pages", kills=6, seed=1) > 0


def test_a_backfill_outlives_the_kills_of_its_database(bot: ReadyBot, expected: Told, tmp_path: Path) -> None:
    assert kill_servers(bot, tmp_path / "data", expected, kills=3, seed=1) > 0


def test_a_worker_that_is_killed_again_and_again_tells_each_alert_once(
    bot: ReadyBot, postgres: URL, watched: Path
) -> None:
    assert kill_workers(bot, postgres, watched, kills=3, seed=1) >= 3
