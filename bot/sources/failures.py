"""Why something on the web was not read, in kinds for the schedule and words for a person."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from bot.errors import SourceError

_MAX_URL_CHARS = 2_000  # what servers take


class FailureKind(StrEnum):
    """Why nothing was fetched; the source's health is told from it."""

    BAD_URL = "bad_url"
    REFUSED_ADDRESS = "refused_address"
    DNS = "dns"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    CUT_OFF = "cut_off"
    TOO_BIG = "too_big"
    BAD_ENCODING = "bad_encoding"
    WRONG_TYPE = "wrong_type"
    REDIRECT_LOOP = "redirect_loop"
    BLOCKED_BY_ROBOTS = "blocked_by_robots"
    BLOCKED_BY_SITE = "blocked_by_site"
    NOT_FOUND = "not_found"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    BAD_ANSWER = "bad_answer"
    UNREADABLE = "unreadable"  # fetched, and no feed, list or article
    WRONG_LAYOUT = "wrong_layout"  # fetched, and the selector picks nothing
    BOT_FAULT = "bot_fault"  # the bot itself failed on it


class FetchError(SourceError):
    """Nothing was fetched; `kind` says why for the schedule, the message says why for a person."""

    def __init__(self, kind: FailureKind, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.until = until  # aware UTC: do not come back earlier


def checked_url(url: str) -> str:
    """Return an address the bot may ask: http or https, a host, no name and password.

    Raises:
        FetchError: when it is none.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise FetchError(FailureKind.BAD_URL, f"the address cannot be read: {error}") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise FetchError(FailureKind.BAD_URL, f"only http and https are read, not '{parts.scheme or url[:20]}'")
    if not host or len(url) > _MAX_URL_CHARS or any(ord(char) < 33 for char in url.strip()):  # noqa: PLR2004  # control codes, space
        raise FetchError(FailureKind.BAD_URL, "the address has no host, a space in it, or is too long")
    netloc = f"[{host}]{port}" if ":" in host else f"{host}{port}"
    return urlunsplit((parts.scheme.lower(), netloc, parts.path or "/", parts.query, ""))
