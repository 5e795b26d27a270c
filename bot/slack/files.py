"""Uploading a picture privately, so that a message may show it. At most once: Slack gives files no mark to look up.

The three steps are those of Slack's second upload interface; the older one is retired.
"""

import json
from collections.abc import Callable
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from bot.slack.client import LOOPBACK, TIMEOUT_SECONDS, Api

POLLS = 10  # until Slack has looked at the file
POLL_SECONDS = 1.0
MAX_ALT_CHARS = 1000  # Slack, alt_txt of a file


def upload_picture(api: Api, png: bytes, *, name: str, alt: str, sleep: Callable[[float], None]) -> str | None:
    """Return Slack's id of the file once a message may show it, None when it cannot be had: then words must do."""
    asked = api.call(
        "files.getUploadURLExternal", {"filename": name, "length": len(png), "alt_txt": alt[:MAX_ALT_CHARS]}
    )
    file_id = asked.text("file_id")
    if not asked.ok or not _send(asked.text("upload_url"), png):
        return None
    done = api.call("files.completeUploadExternal", {"files": json.dumps([{"id": file_id, "title": name}])})
    return file_id if done.ok and _is_ready(api, file_id, sleep) else None


def _send(url: str, content: bytes) -> bool:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return False
    opener = build_opener(ProxyHandler({})) if parts.hostname in LOOPBACK else build_opener()
    try:
        with opener.open(Request(url, data=content), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except (URLError, OSError):
        return False


def _is_ready(api: Api, file_id: str, sleep: Callable[[float], None]) -> bool:
    for _ in range(POLLS):
        answer = api.call("files.info", {"file": file_id})
        facts = (answer.payload or {}).get("file")
        if isinstance(facts, dict) and facts.get("mimetype"):
            return True
        sleep(POLL_SECONDS)
    return False
