import json
import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, Engine

from bot.history.database import libpq_address
from bot.history.store import Store
from tests.factories import assess, judge_simply, make_article

ROOT = Path(__file__).parents[3]


def run(database: URL, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": libpq_address(database)}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_stored_is_written_for_other_programs(database: URL, store: Store, tmp_path: Path) -> None:
    store.record([assess(make_article())], judge_simply, None)
    lines = run(database, "export", "alerts").stdout.splitlines()
    assert [json.loads(line)["fingerprint"] for line in lines] == ["long-wait|harbor-health"]
    table = tmp_path / "events.csv"
    assert run(database, "export", "events", "--format", "csv", "--to", str(table)).returncode == 0
    assert table.read_text(encoding="utf-8").startswith("id,article,type,")


def test_an_article_is_forgotten_by_its_address(database: URL, engine: Engine, store: Store) -> None:
    article = make_article()
    store.record([assess(article)], judge_simply, None)
    order = ("forget", "--article", article.key, "--by", "anna", "--why", "order of a court")
    done = run(database, *order)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "forgotten: 1 articles, 1 events, 1 alerts; 0 other alerts stay without their words",
    )
    assert run(database, "export", "articles").stdout == ""
    assert run(database, *order).returncode == 1
    assert run(database, "forget", "--by", "anna", "--why", "x").returncode == 2
    assert engine.pool.status()
