"""What stands in deploy/ names settings, files and commands that exist."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = set(settings.variables())
PYTHONS_OWN = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
COMPOSE_OWN = {"POSTGRES_PASSWORD"}
OPT = "/opt/care-access-monitor"


def _dockerfile() -> list[list[str]]:
    """Give each instruction as words, the variables of ENV as words of their own."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line and not line.startswith("#")]


def _compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def _unit() -> list[tuple[str, str]]:
    lines = (DEPLOY / "care-access-monitor.service").read_text(encoding="utf-8").splitlines()
    return [(key, value) for key, _, value in (line.partition("=") for line in lines if line and line[0] not in "#[")]


def test_the_image_sets_nothing_but_settings() -> None:
    named = {word.partition("=")[0] for first, *words in _dockerfile() if first == "ENV" for word in words}
    assert named <= SETTINGS | PYTHONS_OWN
    assert "DATA_DIR" in named


def test_the_image_runs_the_worker_and_not_as_root() -> None:
    instructions = _dockerfile()
    users = [words[1] for words in instructions if words[0] == "USER"]
    started = [" ".join(words[1:]) for words in instructions if words[0] in {"ENTRYPOINT", "CMD"}]
    assert users == ["bot"]
    assert started == ["[python, -m, bot]", "[run]"]
    assert instructions.index(["USER", "bot"]) > max(
        index for index, words in enumerate(instructions) if words[0] == "RUN"
    )


def test_the_image_installs_only_what_the_lock_names() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("pip install") == text.count("--require-hashes --only-binary :all:") == 1
    assert "://" not in text


def test_the_image_copies_what_exists_and_what_the_context_lets_through() -> None:
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {words[1] for words in _dockerfile() if words[0] == "COPY" and not words[1].startswith("--")}
    assert copied == let_through
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_compose_gives_the_bot_nothing_but_settings() -> None:
    services = _compose()["services"]
    assert set(services) == {"database", "migrate", "bot"}
    for name in ("migrate", "bot"):
        assert set(services[name]["environment"]) <= SETTINGS
        assert services[name]["command"] == [{"migrate": "migrate", "bot": "run"}[name]]
        assert services[name]["read_only"] is True


def test_compose_asks_only_for_variables_that_a_person_can_know() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) <= SETTINGS | COMPOSE_OWN


def test_compose_holds_no_secret() -> None:
    for service in _compose()["services"].values():
        for name, value in service["environment"].items():
            if name in {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "POSTGRES_PASSWORD"}:
                assert value.startswith("${")


def test_the_bot_waits_for_a_migrated_database() -> None:
    assert _compose()["services"]["bot"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_the_unit_sets_nothing_but_settings_and_runs_the_worker_after_migrating() -> None:
    unit = _unit()
    assert {value.partition("=")[0] for key, value in unit if key == "Environment"} <= SETTINGS
    assert [value for key, value in unit if key.startswith("ExecStart")] == [
        f"{OPT}/.venv/bin/python -m bot migrate",
        f"{OPT}/.venv/bin/python -m bot run",
    ]
    assert dict(unit)["User"] != "root"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine to read its unit")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "care-access-monitor.service"
    written = (DEPLOY / unit.name).read_text(encoding="utf-8")
    unit.write_text(written.replace(f"{OPT}/.venv/bin/python", "/bin/true"), encoding="utf-8")
    checked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    about_it = [line for line in checked.stderr.splitlines() if unit.name in line]
    assert (checked.returncode, about_it) == (0, [])


def test_the_slack_app_has_the_rights_that_sending_and_looking_up_need_and_no_more() -> None:
    manifest = yaml.safe_load((DEPLOY / "slack-app-manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["oauth_config"]["scopes"]["bot"] == [
        "chat:write",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
        "files:write",
        "files:read",
    ]
