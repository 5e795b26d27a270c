"""The environment and `.env`, checked all at once.

To add a setting: one field of `Settings` below. Its name in capitals is the variable; `make env-example` writes
`.env.example` anew, and a test holds the two together.
"""

import difflib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

POSTGRES_SCHEMES = {"postgres", "postgresql", "postgresql+psycopg"}
SIMILAR = 0.8  # difflib's ratio from which an unknown name in .env is taken for a slip
TELLING_START = re.compile(r"[a-z0-9+]+://|xox[a-z]-|xapp-", re.IGNORECASE)  # says what kind of secret, not which


def _postgres_url(value: SecretStr) -> SecretStr:
    scheme, separator, rest = value.get_secret_value().partition("://")
    if not separator or scheme not in POSTGRES_SCHEMES:
        raise ValueError("it is no PostgreSQL address")
    return SecretStr(f"postgresql+psycopg://{rest}")


def _folder(value: Path) -> Path:
    folder = value.expanduser()
    if folder.exists() and not folder.is_dir():
        raise ValueError("it is a file")
    return folder


def _existing_folder(value: Path) -> Path:
    folder = value.expanduser()
    if not folder.is_dir():
        raise ValueError("there is no such folder")
    return folder


def _postgres_binaries(value: Path) -> Path:
    folder = value.expanduser().absolute()
    if missing := [name for name in ("initdb", "postgres") if not (folder / name).is_file()]:
        raise ValueError(f"there is no {' and no '.join(missing)} in it")
    return folder


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is no web address")
    return value.rstrip("/") + "/"


def _bot_token(value: SecretStr) -> SecretStr:
    return _starting("xoxb-", value)


def _app_token(value: SecretStr) -> SecretStr:
    return _starting("xapp-", value)


def _starting(prefix: str, value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(prefix):
        raise ValueError(f"it does not start with {prefix}")
    return value


def _secret_web_address(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is no web address")
    return value


def _plain_word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]
BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
AppToken = Annotated[SecretStr, AfterValidator(_app_token)]
WebhookUrl = Annotated[SecretStr, AfterValidator(_secret_web_address)]
PostgresBinaries = Annotated[Path, AfterValidator(_postgres_binaries)]
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_plain_word)]
Form = Annotated[Literal["text", "json"], BeforeValidator(_plain_word)]


def _setting(
    default: object, meaning: str, *, expected: str, remedy: str, shown: str = "", secret: bool = False
) -> Any:  # noqa: ANN401 - as pydantic's Field, so that it fits an attribute of any type
    """Declare a setting.

    Args:
        default: Its value when the variable is absent or empty.
        meaning: What it is for; the comment in `.env.example`.
        expected: What may stand there, to end the sentence "expected …".
        remedy: What to do when something else stands there.
        shown: The value in `.env.example`; the default where there is one.
        secret: Whether the value must never be shown.
    """
    extra: dict[str, Any] = {"expected": expected, "remedy": remedy, "shown": shown or str(default), "secret": secret}
    return Field(default=default, description=meaning, json_schema_extra=extra, validate_default=True)


class Settings(BaseSettings):
    """What an operator decides, read from the environment first and from `.env` second."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: PostgresUrl | None = _setting(
        None,
        "Your PostgreSQL server, 15 or later. Without it the bot starts one of its own inside DATA_DIR.",
        expected="postgresql://USER:PASSWORD@HOST:5432/DATABASE",
        remedy="copy the address from your database's settings, or remove the line to use the built-in server",
        shown="postgresql://bot:password@localhost:5432/bot",
        secret=True,
    )
    data_dir: Annotated[Path, AfterValidator(_folder)] = _setting(
        Path(".data"),
        "Where the bot keeps what it needs between runs: the built-in database.",
        expected="a folder, or a path where one can be made",
        remedy="name another folder",
    )
    rules_dir: Annotated[Path, AfterValidator(_existing_folder)] = _setting(
        Path("rules"),
        "Rules, event types, names, sources and channels: everything an analyst edits.",
        expected="a folder laid out like this project's rules/",
        remedy="start the bot in the project's folder, or give the folder's full path",
    )
    slack_bot_token: BotToken | None = _setting(
        None,
        "The bot token of your Slack app. Without it alerts go to the console.",
        expected="a bot token, which starts with xoxb-",
        remedy="copy the Bot User OAuth Token from your Slack app's page OAuth & Permissions",
        shown="xoxb-…",
        secret=True,
    )
    slack_app_token: AppToken | None = _setting(
        None,
        "The app-level token of your Slack app (Socket Mode): only for buttons in messages.",
        expected="an app-level token, which starts with xapp-",
        remedy="make one with the scope connections:write on your Slack app's page Basic Information",
        shown="xapp-…",
        secret=True,
    )
    slack_api_url: Annotated[str, AfterValidator(_web_address)] = _setting(
        "https://slack.com/api/",
        "Where Slack's Web API is. Change it only to talk to a test server.",
        expected="an address that starts with https:// or http://",
        remedy="remove the line to talk to Slack itself",
    )
    alert_webhook_url: WebhookUrl | None = _setting(
        None,
        "Where to tell a person when Slack itself refuses the bot: an address that takes a JSON post with a text.",
        expected="an address that starts with https:// or http://",
        remedy="copy the address from the service that is to take the message, or remove the line",
        shown="https://example.org/hooks/…",
        secret=True,
    )
    alert_mail_to: str = _setting(
        "",
        "The same by e-mail: who gets it. Needs ALERT_MAIL_SERVER.",
        expected="an e-mail address",
        remedy="write an e-mail address, or remove the line",
        shown="you@example.org",
    )
    alert_mail_server: str = _setting(
        "",
        "The mail server that takes such messages from this machine.",
        expected="HOST or HOST:PORT",
        remedy="ask who runs your mail, or remove the line",
        shown="mail.example.org:25",
    )
    postgres_bin: PostgresBinaries | None = _setting(
        None,
        "Binaries for the built-in server, instead of the PostgreSQL 18 that is installed with the bot.",
        expected="a folder with the programs initdb and postgres",
        remedy="remove the line to use the binaries that come with the bot",
        shown="/usr/lib/postgresql/15/bin",
    )
    keep_days: int = _setting(
        0,
        "How many days an article is kept after it came out; what rests on older ones goes too. 0 keeps all.",
        expected="a number of days, such as 1830 for five years, or 0",
        remedy="write a number, or remove the line to keep everything",
        shown="1830",
    )
    contact: str = _setting(
        "",
        "An e-mail address or page that the sites you read can turn to; it stands in the bot's user agent.",
        expected="an e-mail address or the address of a page",
        remedy="write how a site's owner can reach you",
        shown="you@example.org",
    )
    log_level: Level = _setting(
        "info",
        "How much to log: debug, info, warning or error.",
        expected="debug, info, warning or error",
        remedy="write one of these words, or remove the line",
    )
    log_format: Form = _setting(
        "text",
        "How to log: text for people, json for machines. One line for each piece of work, on standard error.",
        expected="text or json",
        remedy="write one of these words, or remove the line",
    )

    @model_validator(mode="before")
    @classmethod
    def _absent_when_empty(cls, given: dict[str, object]) -> dict[str, object]:
        """Take an empty variable as none, also where it hides one of `.env`: `SLACK_BOT_TOKEN= make run` is safe."""
        return {name: value for name, value in given.items() if value != ""}


def load(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: every fault in one go, secrets masked.
    """
    faults = list(_slips(env_file))
    try:
        settings = Settings(_env_file=env_file, _env_file_encoding="utf-8")  # type: ignore[call-arg] # pydantic's own
    except ValidationError as error:
        settings = None
        faults = [*(_fault(details) for details in error.errors()), *faults]
    if settings is None or faults:  # raised here, unchained: the error underneath holds the secrets
        raise SettingsError("\n".join(faults))
    return settings


def variables() -> dict[str, dict[str, Any]]:
    """Return for each environment variable what is declared of it, in the order of declaration."""
    return {
        name.upper(): {"meaning": field.description, **cast("dict[str, Any]", field.json_schema_extra)}
        for name, field in Settings.model_fields.items()
    }


def example() -> str:
    """Return what `.env.example` must hold."""
    paragraphs = ["# Copy this file to .env and take away the # before what you want to set."]
    for name, declared in variables().items():
        comment = textwrap.fill(declared["meaning"], width=110, initial_indent="# ", subsequent_indent="# ")
        paragraphs.append(f"{comment}\n#{name}={declared['shown']}")
    return "\n\n".join(paragraphs) + "\n"


def _fault(details: ErrorDetails) -> str:
    name = str(details["loc"][0]).upper()
    declared = variables()[name]
    given = str(details["input"])
    start = TELLING_START.match(given)
    shown = f"{start.group() if start else ''}***" if declared["secret"] else repr(given)
    reason = details.get("ctx", {}).get("error")
    because = f" ({reason})" if isinstance(reason, ValueError) else ""
    return f"{name} is {shown}{because}; expected {declared['expected']}: {declared['remedy']}."


def _slips(env_file: Path | None) -> Iterator[str]:
    """Yield what is wrong with `.env` as a file: unreadable, or a name that nearly is a setting."""
    if env_file is None or not env_file.is_file():
        return
    try:
        names = dotenv_values(env_file, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{env_file} cannot be read ({error}): save it as UTF-8 text that you may read.") from None
    known = variables()
    for name in names:
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=SIMILAR)
        if close and name.upper() not in known:
            yield f"{name} in {env_file} is no setting; did you mean {close[0]}? Correct the name or remove the line."
