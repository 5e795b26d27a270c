"""A file that changes between two backfills is a new version of its article."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL

ROOT = Path(__file__).parents[2]
TEXT = "OAKLAND - On Monday, March 3, 2025, the union said that no further bargaining sessions are scheduled.\n"


def bot(database: URL, *words: str) -> str:
    environment = {**os.environ, "DATABASE_URL": database.render_as_string(hide_password=False)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_changed_file_is_a_version_and_the_same_file_is_nothing_new(tmp_path: Path, fresh_database: URL) -> None:
    bot(fresh_database, "migrate")
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    assert "1 new articles, 0 new versions" in bot(fresh_database, "backfill", str(tmp_path))
    assert "Nothing is new" in bot(fresh_database, "backfill", str(tmp_path))
    path.write_text(TEXT + "\nCorrection: one session is scheduled for Friday.\n")
    assert "0 new articles, 1 new versions" in bot(fresh_database, "backfill", str(tmp_path))
