from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError

ROOT = Path(__file__).parents[2]
TOKEN = "xoxb-1111-2222-verysecret"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in settings.variables():
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)


def _faults(env_file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        settings.load(env_file)
    return str(raised.value).splitlines()


def test_nothing_needs_to_be_set() -> None:
    found = settings.load()
    assert found.database_url is None
    assert found.data_dir == Path(".data")
    assert found.slack_api_url == "https://slack.com/api/"
    assert (found.log_level, found.log_format) == ("info", "text")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=error\nLOG_FORMAT=json\n", encoding="utf-8")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    found = settings.load()
    assert (found.log_level, found.log_format) == ("debug", "json")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("LOG_LEVEL", "")
    assert settings.load().slack_bot_token is None


def test_an_empty_variable_hides_what_the_file_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN={TOKEN}\n", encoding="utf-8")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    assert settings.load(tmp_path / ".env").slack_bot_token is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_a_postgresql_address_is_taken(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://u:p@db/x?sslmode=require")
    url = settings.load().database_url
    assert url is not None
    assert url.get_secret_value() == "postgresql+psycopg://u:p@db/x?sslmode=require"


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    for name, value in {
        "DATABASE_URL": "mysql://bot:hunter2@db/x",
        "DATA_DIR": "taken",
        "RULES_DIR": "nowhere",
        "SLACK_BOT_TOKEN": "xoxp-1111-verysecret",
        "SLACK_APP_TOKEN": TOKEN,
        "SLACK_API_URL": "slack.com",
        "POSTGRES_BIN": "rules",
        "LOG_LEVEL": "loud",
        "LOG_FORMAT": "xml",
    }.items():
        monkeypatch.setenv(name, value)
    assert _faults() == [
        (
            "DATABASE_URL is mysql://*** (it is no PostgreSQL address); expected postgresql://USER:PASSWORD@HOST:5432/"
            "DATABASE: copy the address from your database's settings, or remove the line to use the built-in server."
        ),
        "DATA_DIR is 'taken' (it is a file); expected a folder, or a path where one can be made: name another folder.",
        (
            "RULES_DIR is 'nowhere' (there is no such folder); expected a folder laid out like this project's rules/: "
            "start the bot in the project's folder, or give the folder's full path."
        ),
        (
            "SLACK_BOT_TOKEN is xoxp-*** (it does not start with xoxb-); expected a bot token, which starts with "
            "xoxb-: copy the Bot User OAuth Token from your Slack app's page OAuth & Permissions."
        ),
        (
            "SLACK_APP_TOKEN is xoxb-*** (it does not start with xapp-); expected an app-level token, which "
            "starts with xapp-: make one with the scope connections:write on your Slack app's page Basic Information."
        ),
        (
            "SLACK_API_URL is 'slack.com' (it is no web address); expected an address that starts with https:// or "
            "http://: remove the line to talk to Slack itself."
        ),
        (
            "POSTGRES_BIN is 'rules' (there is no initdb and no postgres in it); expected a folder with the programs "
            "initdb and postgres: remove the line to use the binaries that come with the bot."
        ),
        "LOG_LEVEL is 'loud'; expected debug, info, warning or error: write one of these words, or remove the line.",
        "LOG_FORMAT is 'xml'; expected text or json: write one of these words, or remove the line.",
    ]


def test_an_error_carries_no_secret_however_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", TOKEN)
    with pytest.raises(SettingsError) as raised:
        settings.load()
    assert "verysecret" not in str(raised.getrepr(style="long", chain=True))
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", "postgres://bot:verysecret@db/x")
    found = settings.load()
    assert "verysecret" not in f"{found} {found!r} {found.model_dump_json()}"
    assert found.slack_bot_token is not None
    assert found.slack_bot_token.get_secret_value() == TOKEN


def test_a_slip_in_the_file_is_named_with_its_likely_meaning(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKNE=x\nPOSTGRES_PASSWORD=compose-needs-it\n", encoding="utf-8")
    (fault,) = _faults(tmp_path / ".env")
    assert "SLACK_BOT_TOKNE" in fault
    assert "did you mean SLACK_BOT_TOKEN?" in fault


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LOG_LEVEL=\xff\xfe\n")
    (fault,) = _faults(tmp_path / ".env")
    assert "save it as UTF-8" in fault


def test_the_example_file_is_what_the_settings_declare() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == settings.example(), "run: make env-example"


def test_every_line_of_the_example_file_can_be_switched_on(tmp_path: Path) -> None:
    lines = [line for line in settings.example().splitlines() if not line.startswith("#POSTGRES_BIN")]
    switched_on = [line.removeprefix("#") if not line.startswith("# ") else line for line in lines]
    (tmp_path / ".env").write_text("\n".join(switched_on), encoding="utf-8")
    found = settings.load(tmp_path / ".env")
    assert found.database_url is not None
    assert found.slack_bot_token is not None
    assert found.log_level == "info"
