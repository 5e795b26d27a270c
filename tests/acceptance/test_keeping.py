"""The history in one file and back, on the server that comes with the bot."""

from pathlib import Path

import pytest

from tests.fault_trials import told
from tests.ready_bot import Place, ReadyBot


@pytest.fixture
def filled(bot: ReadyBot, tmp_path: Path) -> Place:
    place = {"DATA_DIR": str(tmp_path / "data")}
    bot.run(place, "backfill", "corpus/seeds", "--post", "none", "--workers", "1")
    return place


def test_a_backup_read_into_an_empty_folder_is_the_same_history_and_never_overwrites_one(
    bot: ReadyBot, filled: Place, tmp_path: Path
) -> None:
    dump, elsewhere = tmp_path / "history.dump", {"DATA_DIR": str(tmp_path / "elsewhere")}
    bot.run(filled, "backup", str(dump))
    assert dump.stat().st_mode & 0o077 == 0
    assert "5 articles" in bot.run(elsewhere, "restore", str(dump))
    assert told(bot, elsewhere) == told(bot, filled) != []
    assert "holds a history already" in bot.run(filled, "restore", str(dump), status=1)
    assert "no file" in bot.run(elsewhere, "restore", str(tmp_path / "nothing"), status=1)


def test_a_history_is_forgotten_up_to_a_day_and_written_as_parquet(
    bot: ReadyBot, filled: Place, tmp_path: Path
) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - slow to import, and only this test needs it

    order = ("--by", "anna", "--why", "no longer needed")
    assert "forgotten: 4 articles" in bot.run(filled, "forget", "--before", "2025-01-01", *order)
    table = tmp_path / "articles.parquet"
    bot.run(filled, "export", "articles", "--format", "parquet", "--to", str(table))
    read = parquet.read_table(table)
    assert (read.num_rows, str(read.schema.field("published_from").type)) == (1, "date32[day]")
    assert min(read["published_from"].to_pylist()).year == 2025
