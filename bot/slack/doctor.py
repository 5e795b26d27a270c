"""What is wrong with the way to Slack, and what to do about each fault."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.core.messages import CONSOLE, Channels
from bot.core.model import Message
from bot.slack.client import Api
from bot.slack.lookup import Lookup
from bot.slack.replies import Answer, classify

# What the bot calls, and the scope Slack asks for it (docs.slack.dev/reference/methods).
SCOPES: Mapping[str, str] = {
    "chat:write": "posting and editing alerts",
    "channels:read": "finding public channels by name",
    "groups:read": "finding private channels by name",
    "channels:history": "looking up whether a message arrived (public channels)",
    "groups:history": "looking up whether a message arrived (private channels)",
    "files:write": "the picture of the weekly summary",
    "files:read": "the picture of the weekly summary",
}
CLOCK_TOLERANCE = timedelta(seconds=60)  # less than the margin of a look-up


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was checked."""

    ok: bool
    subject: str  # what was looked at
    told: str  # what was found
    fix: str = ""  # what to do, "" when all is well


def examine(
    api: Api, channels: Channels, templates: Iterable[tuple[str, Message]], now: datetime
) -> tuple[Finding, ...]:
    """Check token, scopes, clock, channels and our own message templates.

    Args:
        api: Slack.
        channels: every channel of the file is looked at, once.
        templates: name and message of what the bot sends; Slack's own validator judges them.
        now: the moment, to compare with Slack's clock.
    """
    answer = api.call("auth.test", {})
    token = _token(answer)
    if not token.ok:
        return (token,)
    lookup = Lookup(api)
    return (
        token,
        *_scopes(answer),
        *_clock(answer, now),
        *(_channel(api, lookup, name) for name in _names(channels)),
        *(_template(api, name, told) for name, told in templates),
    )


def examine_buttons(api: Api) -> Finding:
    """Check the app token, with which presses of buttons are listened to; no connection is made.

    Args:
        api: Slack under the app token.
    """
    answer = api.call("apps.connections.open", {})
    if answer.ok:
        return Finding(ok=True, subject="buttons", told="the app token opens Socket Mode")
    decision = classify(answer, needs_ts=False)
    fix = (
        "check SLACK_APP_TOKEN: Basic Information > App-Level Tokens, scope connections:write, with Socket Mode on; "
        "without it, leave it empty, and alerts come without buttons"
    )
    return Finding(ok=False, subject="buttons", told=decision.reason, fix=fix)


def _token(answer: Answer) -> Finding:
    if answer.ok:
        return Finding(ok=True, subject="token", told=f"works in the workspace {answer.text('team')}")
    decision = classify(answer, needs_ts=False)
    fix = decision.fix or "check the network, SLACK_API_URL and any proxy between here and Slack"
    return Finding(ok=False, subject="token", told=decision.reason, fix=fix)


def _scopes(answer: Answer) -> list[Finding]:
    if not answer.scopes:
        return []
    has = {scope.strip() for scope in answer.scopes.split(",")}
    missing = [scope for scope in SCOPES if scope not in has]
    if not missing:
        return [Finding(ok=True, subject="scopes", told="everything that is needed")]
    fix = "add it under OAuth & Permissions in the app's settings, then Reinstall to Workspace"
    return [
        Finding(ok=False, subject=f"scope {scope}", told=f"missing; needed for {SCOPES[scope]}", fix=fix)
        for scope in missing
    ]


def _clock(answer: Answer, now: datetime) -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.date)
    except ValueError:
        return []
    apart = abs(now - theirs)
    if apart <= CLOCK_TOLERANCE:
        return [Finding(ok=True, subject="clock", told="agrees with Slack's")]
    told = f"{apart.total_seconds():.0f} s away from Slack's"
    return [Finding(ok=False, subject="clock", told=told, fix="turn on time synchronisation (NTP) on this machine")]


def _names(channels: Channels) -> list[str]:
    routed = [place.channel for places in channels.routes.values() for place in places]
    named = [*routed, channels.ops or "", channels.fallback or ""]
    return [name for name in dict.fromkeys(named) if name and name != CONSOLE]


def _channel(api: Api, lookup: Lookup, name: str) -> Finding:
    known = lookup.channel_id(name)
    answer = known if isinstance(known, Answer) else api.call("conversations.info", {"channel": known})
    facts = (answer.payload or {}).get("channel")
    subject = f"channel {name}"
    if not answer.ok or not isinstance(facts, dict):
        decision = classify(answer, needs_ts=False)
        return Finding(ok=False, subject=subject, told=decision.reason, fix=decision.fix)
    if facts.get("is_archived"):
        return _refused(subject, "is_archived")
    if not facts.get("is_member"):
        return _refused(subject, "not_in_channel")
    return Finding(ok=True, subject=subject, told="open to us")


def _refused(subject: str, code: str) -> Finding:
    return Finding(ok=False, subject=subject, told=code, fix=classify(Answer(error=code)).fix)


def _template(api: Api, name: str, told: Message) -> Finding:
    answer = api.call("blocks.validate", {"blocks": told.blocks})
    subject = f"message {name}"
    if answer.ok:
        return Finding(ok=True, subject=subject, told="taken by Slack's validator")
    fix = "this is a fault of the program: please report it with the line above"
    detail = f": {answer.detail}" if answer.detail else ""
    return Finding(ok=False, subject=subject, told=f"{classify(answer, needs_ts=False).reason}{detail}", fix=fix)


def as_json(findings: Iterable[Finding]) -> str:
    """Return the findings for a program, one object a line."""
    rows = ({"ok": one.ok, "subject": one.subject, "told": one.told, "fix": one.fix} for one in findings)
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
