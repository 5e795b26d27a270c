"""The seam to Slack's SDK: every way a call can end becomes an `Answer`; nothing is retried here.

The SDK's own retries are off: with them a lost answer ends in two visible messages.
"""

import errno
import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import Protocol
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from bot.slack.replies import Answer, Lost

TIMEOUT_SECONDS = 15
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Api(Protocol):
    """One call to Slack."""

    def call(self, method: str, arguments: Mapping[str, object]) -> Answer:
        """Make the call once; never raises for anything Slack or the network does."""
        ...


def web_client(token: str, base_url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> WebClient:
    """Return the SDK's client without retries; a proxy of the environment is not used towards loopback."""
    client = WebClient(
        token=token,
        base_url=base_url,
        timeout=timeout_seconds,  # type: ignore[arg-type]  # it goes to urllib, which takes fractions
        retry_handlers=[],
    )
    if urlsplit(base_url).hostname in LOOPBACK:
        client.proxy = None
    return client


class SlackApi:
    """Slack through its SDK."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def call(self, method: str, arguments: Mapping[str, object]) -> Answer:
        """Make the call once; every failure comes back as an answer."""
        kept = {name: value for name, value in arguments.items() if value is not None}
        try:
            response = (
                self._client.api_call(method, json=kept)
                if "blocks" in kept or "metadata" in kept
                else (self._client.api_call(method, params=kept))
            )
        except SlackApiError as error:
            return _refused(error)
        except (SlackClientError, OSError, http.client.HTTPException) as error:
            return lost_answer(error)
        return _answered(response.data, response.status_code, response.headers)


def lost_answer(error: Exception) -> Answer:
    """Say how a call ended that no answer came to; only what is certain never to have reached Slack says so."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Answer(lost=Lost.CERTIFICATE, detail=str(getattr(cause, "verify_message", "")))
    if _never_connected(cause):
        return Answer(lost=Lost.NEVER_CONNECTED, detail=type(cause).__name__)
    if isinstance(cause, TimeoutError):
        return Answer(lost=Lost.TIMEOUT, detail=type(cause).__name__)
    return Answer(lost=Lost.DROPPED, detail=type(cause).__name__)


def _never_connected(cause: Exception) -> bool:

    unreachable = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
    is_unreachable = isinstance(cause, OSError) and cause.errno in unreachable
    return isinstance(cause, (ConnectionRefusedError, socket.gaierror)) or is_unreachable


def _refused(error: SlackApiError) -> Answer:
    response = error.response
    status, headers = getattr(response, "status_code", 200), getattr(response, "headers", {})
    return _answered(getattr(response, "data", None), status, headers)


def _answered(body: object, status: int, headers: Mapping[str, object]) -> Answer:
    lower = {str(name).lower(): _first(value) for name, value in headers.items()}
    payload = body if isinstance(body, dict) else {}
    return Answer(
        ok=payload.get("ok") is True,
        status=status,
        error=str(payload.get("error") or ""),
        retry_after=lower.get("retry-after", ""),
        detail=_detail(payload),
        scopes=lower.get("x-oauth-scopes", ""),
        date=lower.get("date", ""),
        payload=payload,
    )


def _first(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value)


def _detail(payload: Mapping[str, object]) -> str:
    metadata = payload.get("response_metadata")
    told = metadata.get("messages") if isinstance(metadata, dict) else None
    parts = [str(part) for part in told] if isinstance(told, list) else []
    needed = payload.get("needed")
    return "; ".join([*parts, *([f"needed: {needed}"] if needed else [])])[:500]
