"""The worker as a process, a watched folder, and Slack over real HTTP: one article, one message, whatever dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Self

import pytest

from tests.fake_slack import BOT_TOKEN, FakeSlack, Json, Planned

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0  # for a process to start its database and to post; a limit, not a wait

ARTICLE = """---
title: "Clinic chain brings nothing to the table"
publisher: Harbor Times
published: 2025-03-06
region: Southern California
---

Lakeside Health and the Harbor Nurses Union met on Wednesday. The union said that Lakeside Health offered no new
proposals and ended the bargaining session early. No further sessions are scheduled.
"""

SOURCES = """sources:
  - folder: {inbox}
    every: 1 second
"""


class WatchedSlack(FakeSlack):
    """A fake that says when something was posted, and can stop the poster before it learns of it."""

    def __init__(self) -> None:
        super().__init__()
        self.posted = threading.Event()
        self.stop_poster: int | None = None  # pid of who is stopped the moment its post is taken

    def answer(self, method: str, sent: Json, token: str) -> tuple[Json, Planned | None]:
        answered = super().answer(method, sent, token)
        if method == "chat.postMessage":
            if self.stop_poster is not None:
                os.kill(self.stop_poster, signal.SIGSTOP)
            self.posted.set()
        return answered


class RunningWorker:
    """`bot run` in a process of its own, its log line by line."""

    def __init__(self, folder: Path, slack_url: str) -> None:
        environment = {
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "RULES_DIR": str(folder / "rules"),
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": slack_url,
        }
        environment.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        self._lines: list[str] = []
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def wait_for(self, words: str) -> str:
        """Return the first line with the words."""
        with self._news:
            self._news.wait_for(lambda: self._line_with(words) or self._ended, PATIENCE_SECONDS)
        line = self._line_with(words)
        assert line is not None, f"no line with {words!r}; the worker said:\n{''.join(self._lines)}"
        return line

    def _line_with(self, words: str) -> str | None:
        return next((line for line in self._lines if words in line), None)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


@pytest.fixture
def slack() -> Iterator[WatchedSlack]:
    with WatchedSlack() as slack:
        yield slack


@pytest.fixture
def place(tmp_path: Path) -> Path:
    copytree(ROOT / "rules", tmp_path / "rules")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "rules" / "sources.yaml").write_text(SOURCES.format(inbox=tmp_path / "inbox"), encoding="utf-8")
    return tmp_path


def drop(place: Path) -> None:
    """Put the article into the watched folder in one step, as a careful program does."""
    written = place / "article.tmp"
    written.write_text(ARTICLE, encoding="utf-8")
    written.rename(place / "inbox" / "article.md")


def alerts_in(slack: FakeSlack, rule: str) -> list[Json]:
    return [said for said in slack.visible() if rule in str(said)]


def test_an_article_becomes_one_message_and_a_killed_worker_never_makes_it_two(
    slack: WatchedSlack, place: Path
) -> None:
    with RunningWorker(place, slack.url) as worker:
        worker.wait_for("worker_started")
        slack.stop_poster = worker.process.pid
        drop(place)
        assert slack.posted.wait(PATIENCE_SECONDS)
        worker.process.kill()  # Slack has answered, nothing is committed
        slack.stop_poster = None
    with RunningWorker(place, slack.url) as again:
        again.wait_for("found in Slack")
        again.process.terminate()
        assert again.process.wait(PATIENCE_SECONDS) == 0
    assert len(alerts_in(slack, "session-no-new-proposals")) == 1
    assert "no new proposals" in str(alerts_in(slack, "session-no-new-proposals")[0])


def test_an_edited_rule_is_taken_up_and_a_broken_one_is_told_while_the_worker_runs(
    slack: WatchedSlack, place: Path
) -> None:
    rule = place / "rules" / "bargaining" / "session-no-new-proposals.yaml"
    good = rule.read_text(encoding="utf-8")
    with RunningWorker(place, slack.url) as worker:
        worker.wait_for("worker_started")
        rule.write_text(good.replace("severity: medium", "severity: enormous"), encoding="utf-8")
        assert "session-no-new-proposals.yaml:" in worker.wait_for("rule_fault")
        rule.write_text(good.replace("severity: medium", "severity: critical"), encoding="utf-8")
        worker.wait_for("rules_loaded")
        drop(place)
        assert slack.posted.wait(PATIENCE_SECONDS)
        worker.wait_for("message_delivered")
        worker.process.terminate()
        assert worker.process.wait(PATIENCE_SECONDS) == 0
    assert "Rule files with 1 fault" in str(slack.all_messages("compliance-ops")) or "Fixed" in str(
        slack.all_messages("compliance-ops")
    )
