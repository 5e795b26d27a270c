"""Every command, file and link that the README names exists and does what it says."""

import json
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL_LINES = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
BOT_LINES = [line for line in SHELL_LINES if line.startswith("bot ")]
NAMED_BY_MAKE = {("demo",)}  # what `make run` calls: named by its make target
FOR_EVER = "bot run"
NEEDS_OTHERS = {  # a site, a Slack, an empty database: the commands' own tests bring one
    "bot sources add https://paper.example/",
    'bot slack test "#compliance-alerts"',
    "bot restore history.dump",
}
FEEDS = '<opml version="2.0"><body><outline type="rss" text="Paper" xmlUrl="https://paper.example/feed"/></body></opml>'
WAIT_SECONDS = 60


def _bot(*words: str) -> list[str]:
    return [sys.executable, "-m", "bot", *words]


@cache
def _commands() -> set[tuple[str, ...]]:
    """Give the path of every command that the program has, as its command line is put together."""
    top = get_command(app)
    assert isinstance(top, TyperGroup)
    paths: set[tuple[str, ...]] = set()
    for name, command in top.commands.items():
        inner = command.commands if isinstance(command, TyperGroup) else {}
        paths |= {(name, below) for below in inner} or {(name,)}
    return paths


def _command_path(line: str) -> tuple[str, ...]:
    words = shlex.split(line)[1:]
    return tuple(words[:2] if tuple(words[:2]) in _commands() else words[:1])


def test_the_readme_names_every_command_and_none_that_is_not_there() -> None:
    named = {_command_path(line) for line in BOT_LINES}
    assert named == _commands() - NAMED_BY_MAKE


@pytest.mark.parametrize("path", sorted({_command_path(line) for line in BOT_LINES}), ids=" ".join)
def test_every_option_that_the_readme_shows_is_in_the_help(path: tuple[str, ...]) -> None:
    shown = subprocess.run(_bot(*path, "--help"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    options = {word for line in BOT_LINES if _command_path(line) == path for word in re.findall(r"--[a-z-]+", line)}
    assert sorted(option for option in options if option not in shown) == []


@pytest.fixture
def environment(tmp_path: Path, fresh_database: URL) -> dict[str, str]:
    """Give the environment of a person in a fresh checkout, without Slack, on a database of the test's own."""
    for name in ("rules", "corpus"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "feeds.opml").write_text(FEEDS, encoding="utf-8")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": fresh_database.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / ".data"),
    }


def test_every_command_of_the_readme_runs_as_it_stands_there(tmp_path: Path, environment: dict[str, str]) -> None:
    lines = [line for line in BOT_LINES if line != FOR_EVER and line not in NEEDS_OTHERS]
    assert len(lines) == len(BOT_LINES) - 1 - len(NEEDS_OTHERS)
    for line in ("bot migrate", *lines):
        words = shlex.split(line)[1:]
        if "ALERT" in words:
            words[words.index("ALERT")] = _first_alert(tmp_path, environment)
        done = subprocess.run(
            _bot(*words), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
            timeout=WAIT_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip() or done.stderr.strip(), f"{line} says nothing"


def _first_alert(folder: Path, environment: dict[str, str]) -> str:
    listed = subprocess.run(
        _bot("alerts", "--json"), cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout
    return str(json.loads(listed.splitlines()[0])["id"])


def test_the_worker_runs_until_it_is_told_to_stop(tmp_path: Path, environment: dict[str, str]) -> None:
    subprocess.run(_bot("migrate"), cwd=tmp_path, env=environment, check=True, capture_output=True)
    with subprocess.Popen(
        _bot(*shlex.split(FOR_EVER)[1:]), cwd=tmp_path, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as worker:  # fmt: skip
        try:
            assert worker.stdout is not None
            assert select.select([worker.stdout], [], [], WAIT_SECONDS)[0], "it says nothing"
            worker.send_signal(signal.SIGTERM)
            said, _ = worker.communicate(timeout=WAIT_SECONDS)
            assert worker.returncode == 0, said
        finally:
            worker.kill()


def test_every_make_target_that_the_readme_names_exists() -> None:
    named = {words[-1] for line in SHELL_LINES for words in [re.findall(r"make (?:-C \S+ )?([a-z-]+)", line)] if words}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named >= {"run", "test"}
    assert named <= targets


def test_every_file_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"\]\(([^)#:]+)\)", README))
    named |= set(re.findall(r"(?<![\w/.-])(?:corpus|rules|deploy|bot)/[\w./-]*[\w/]", README))
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert missing == []
