"""What each answer of Slack's means for one message, for its channel and for the app.

Codes are those of docs.slack.dev/reference/methods (chat.postMessage, chat.update) and what the SDK raises. A code
nobody has listed counts as a fault of the message: it is never taken for success, and it never stops a channel.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

LOOK_AFTER_SECONDS = 30.0  # until a post shows up in Slack's history (assumed)
DEFAULT_PAUSE_SECONDS = 30.0  # a 429 without Retry-After
QUOTA_PAUSE_SECONDS = 600.0  # message_limit_exceeded: the workspace's quota, not a rate
MAX_PAUSE_SECONDS = 3600.0  # of Retry-After; a longer one is asked again after this


class Course(StrEnum):
    """What the sender does next."""

    STORE_RECEIPT = "store the receipt"
    PAUSE_CHANNEL = "pause the channel"
    TRY_AGAIN = "try again later"  # Slack never saw it
    LOOK_UP = "look it up before sending again"  # Slack may have it
    BLOCK_CHANNEL = "hold the channel's queue"
    STOP_APP = "stop all sending"
    SEND_PLAIN = "send the plain form"
    NEW_ROOT = "start a new thread"
    TELL_IN_THREAD = "tell it in the thread"


class Lost(StrEnum):
    """How a call ended without an answer."""

    NEVER_CONNECTED = "never connected"
    CERTIFICATE = "certificate refused"
    TIMEOUT = "no answer in time"
    DROPPED = "connection dropped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back from one call, in our own words."""

    ok: bool = False
    lost: Lost | None = None  # no answer came at all
    status: int = 200  # HTTP
    error: str = ""  # Slack's code, or what stood there in its place
    retry_after: str = ""  # header, as sent
    detail: str = ""  # Slack's JSON pointers, or the exception's words
    scopes: str = ""  # x-oauth-scopes header
    date: str = ""  # date header
    payload: dict[str, object] | None = None  # the JSON body

    def text(self, key: str) -> str:
        """Return a string of the body, "" when it is not there."""
        value = (self.payload or {}).get(key)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to do, and why."""

    course: Course
    reason: str  # for the row, the log and the operator
    wait_seconds: float = 0.0
    fix: str = ""  # what a person should do
    tells_ops: bool = False


_RATE = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_AMBIGUOUS = {
    "internal_error", "fatal_error", "request_timeout", "service_unavailable", "update_failed", "team_added_to_org",
    "org_login_required",
}  # fmt: skip
_DESTINATION = {
    "channel_not_found": "check the name in rules/channels.yaml; a private channel needs /invite for the bot",
    "not_in_channel": "type /invite and the bot's name in the channel",
    "is_archived": "un-archive the channel, then /invite the bot again (archiving puts bots out)",
    "is_inactive": "un-archive the channel, then /invite the bot again (archiving puts bots out)",
    "cannot_reply_to_message": "the channel's settings forbid replies; allow them or set updates: channel",
    "messages_tab_disabled": "turn on the app's Messages tab in its settings",
}
_RESTRICTED_FIX = "the workspace or channel does not let the bot post; ask its admin to allow it"
_APP = {
    "invalid_auth": "put a valid SLACK_BOT_TOKEN (xoxb-…) into the environment",
    "not_authed": "set SLACK_BOT_TOKEN",
    "account_inactive": "the app or its user was removed; install it again and set the new token",
    "token_revoked": "install the app again and set the new SLACK_BOT_TOKEN",
    "token_expired": "turn token rotation off in the app's settings, or set a fresh token",
    "missing_scope": "add the missing scope in the app's settings, then Reinstall to Workspace",
    "no_permission": "add the missing scope in the app's settings, then Reinstall to Workspace",
    "access_denied": "ask a workspace admin to approve the app",
    "ekm_access_denied": "ask a workspace admin: key management has closed the workspace to the app",
    "app_access_restricted": "ask a workspace admin to approve the app",
    "team_not_found": "the workspace is gone or the token belongs to another one",
}
_MESSAGE = {"msg_too_long", "msg_blocks_too_long", "no_text", "invalid_arguments", "markdown_text_conflict"}
_MESSAGE_STARTS = ("invalid_blocks", "metadata_", "invalid_metadata")
_THREAD_GONE = {"message_not_found", "thread_not_found"}
_EDIT_REFUSED = {"cant_update_message", "edit_window_closed"}
_CODE = re.compile(r"[a-z][a-z0-9_]*")


def classify(answer: Answer, *, needs_ts: bool = True) -> Decision:
    """Decide what one answer means.

    Args:
        answer: what came back.
        needs_ts: whether success must carry a `ts`; without one nobody knows what was posted.
    """
    if answer.lost is not None:
        return _lost(answer)
    if answer.status == 429 or answer.error in _RATE:  # noqa: PLR2004 - HTTP's Too Many Requests
        return _rate(answer)
    if answer.status >= 500:  # noqa: PLR2004 - HTTP's class of server errors
        return _look_up(f"HTTP {answer.status}")
    if answer.ok:
        is_proven = bool(answer.text("ts")) or not needs_ts
        return (
            Decision(course=Course.STORE_RECEIPT, reason="ok") if is_proven else _look_up("Slack said ok without a ts")
        )
    if not _CODE.fullmatch(answer.error):
        return _look_up("the answer was not Slack's JSON")
    return _refused(answer)


def _lost(answer: Answer) -> Decision:
    reason = f"{answer.lost}: {answer.detail}" if answer.detail else str(answer.lost)
    if answer.lost is Lost.NEVER_CONNECTED:
        return Decision(course=Course.TRY_AGAIN, reason=reason)
    if answer.lost is Lost.CERTIFICATE:
        fix = "check the machine's clock and its certificates (or the proxy in between)"
        return Decision(course=Course.TRY_AGAIN, reason=reason, fix=fix, tells_ops=True)
    return _look_up(reason)


def _look_up(reason: str) -> Decision:
    return Decision(course=Course.LOOK_UP, reason=reason, wait_seconds=LOOK_AFTER_SECONDS)


def _rate(answer: Answer) -> Decision:
    if answer.error == "message_limit_exceeded":
        fix = "the workspace has used up its messages; upgrade its plan or post less"
        return Decision(
            course=Course.PAUSE_CHANNEL, reason=answer.error, wait_seconds=QUOTA_PAUSE_SECONDS, fix=fix, tells_ops=True
        )
    return Decision(course=Course.PAUSE_CHANNEL, reason="rate limited", wait_seconds=_pause(answer.retry_after))


def _pause(retry_after: str) -> float:
    try:
        seconds = float(retry_after)
    except ValueError:
        return DEFAULT_PAUSE_SECONDS
    return min(seconds, MAX_PAUSE_SECONDS) if seconds > 0 else DEFAULT_PAUSE_SECONDS


def _refused(answer: Answer) -> Decision:
    code = answer.error
    if code in _AMBIGUOUS:
        return _look_up(code)
    if code in _DESTINATION or code.startswith("restricted_action"):
        return Decision(
            course=Course.BLOCK_CHANNEL, reason=code, fix=_DESTINATION.get(code, _RESTRICTED_FIX), tells_ops=True
        )
    if code in _APP:
        detail = f" ({answer.detail})" if answer.detail else ""
        return Decision(course=Course.STOP_APP, reason=code, fix=f"{_APP[code]}{detail}", tells_ops=True)
    if code in _THREAD_GONE:
        return Decision(course=Course.NEW_ROOT, reason=code)
    if code in _EDIT_REFUSED:
        return Decision(course=Course.TELL_IN_THREAD, reason=code)
    known = code in _MESSAGE or code.startswith(_MESSAGE_STARTS)
    reason = f"{code}{'' if known else ' (unknown code)'}{f': {answer.detail}' if answer.detail else ''}"
    fix = "this is a fault of the program: please report it with the line above"
    return Decision(course=Course.SEND_PLAIN, reason=reason, fix=fix, tells_ops=True)
