"""Buttons under an alert: only where somebody listens for them, since an unanswered button shows a warning."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.core.messages.kit import Block, clean, line, rich_text, shorten, words
from bot.core.messages.variants import read_blocks, rekeyed
from bot.core.model import Message

ACKNOWLEDGE = "wa_acknowledge"
SNOOZE = "wa_snooze"
FALSE_ALARM = "wa_false_alarm"
UNDO = "wa_undo"
SNOOZES = {"1d": "1 day", "7d": "7 days", "changed": "until it changes"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What people have decided about one alert so far."""

    acknowledged_by: str = ""  # Slack user id, "" when nobody has
    acknowledged_at: datetime | None = None  # aware UTC
    snoozed_by: str = ""
    snoozed: str = ""  # a key of SNOOZES
    false_alarm_by: str = ""
    false_alarm_at: datetime | None = None
    step: int = 0  # how many decisions there were; block ids change with it


def with_buttons(root: Message, alert: str, verdict: Verdict) -> Message:
    """Return a root with what people decided and the buttons for what they may still decide."""
    blocks = read_blocks(rekeyed(root, verdict.step) if verdict.step else root)
    if not blocks:
        return root
    told = _decisions(verdict)
    noted = [rich_text(f"wa:{alert}:said.{verdict.step}", *told)] if told else []
    buttons: Block = {
        "type": "actions",
        "block_id": f"wa:{alert}:{verdict.step}",
        "elements": _elements(alert, verdict),
    }
    return Message(text=root.text, blocks=json.dumps([*blocks, *noted, buttons], ensure_ascii=False))


def _elements(alert: str, verdict: Verdict) -> list[Block]:
    if verdict.false_alarm_by:
        return [_button(UNDO, "Not a false alarm", alert)]
    acknowledge = [] if verdict.acknowledged_by else [_button(ACKNOWLEDGE, "Acknowledge", alert, style="primary")]
    false_alarm = {**_button(FALSE_ALARM, "False alarm", alert), "confirm": _confirm()}
    return [*acknowledge, _snooze(), false_alarm]


def _decisions(verdict: Verdict) -> list[Block]:
    told: list[Block] = []
    if verdict.acknowledged_by:
        told.append(_decision("Acknowledged by ", verdict.acknowledged_by, verdict.acknowledged_at))
    if verdict.snoozed_by:
        told.append(_decision(f"Snoozed {SNOOZES.get(verdict.snoozed, '')} by ", verdict.snoozed_by, None))
    if verdict.false_alarm_by:
        told.append(_decision("⚪ False alarm, says ", verdict.false_alarm_by, verdict.false_alarm_at))
    return told


def _decision(said: str, user: str, moment: datetime | None) -> Block:
    # A user element in an edit shows the name; Slack does not notify for edits.
    runs: list[Block] = [words(said), {"type": "user", "user_id": shorten(clean(user), 40)}]
    if moment is not None:
        fallback = f"{moment:%d %b %Y %H:%M} UTC"
        shown = {"type": "date", "timestamp": int(moment.timestamp()), "format": "{date_short} {time}"}
        runs += [words(" · "), {**shown, "fallback": fallback}]
    return line(*runs)


def _button(action_id: str, text: str, alert: str, style: str = "") -> Block:
    shown = {"type": "plain_text", "text": text, "emoji": False}
    button: Block = {"type": "button", "action_id": action_id, "text": shown, "value": alert}
    return {**button, "style": style} if style else button


def _snooze() -> Block:
    options = [
        {"text": {"type": "plain_text", "text": text, "emoji": False}, "value": key} for key, text in SNOOZES.items()
    ]
    placeholder = {"type": "plain_text", "text": "Snooze", "emoji": False}
    return {"type": "static_select", "action_id": SNOOZE, "placeholder": placeholder, "options": options}


def _confirm() -> Block:
    def plain(text: str) -> Block:
        return {"type": "plain_text", "text": text, "emoji": False}

    return {
        "title": plain("False alarm?"),
        "text": plain("It stays in the history and leaves the weekly count. You can undo this."),
        "confirm": plain("Yes, false alarm"),
        "deny": plain("No"),
    }
