"""Buttons under an alert: only where somebody listens for them, since an unanswered button shows a warning."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.messages.kit import Block, clean, line, rich_text, words
from bot.core.messages.variants import read_blocks, rekeyed, revision_of
from bot.core.model import Message

ACKNOWLEDGE = "wa_acknowledge"
SNOOZE = "wa_snooze"
WAKE = "wa_wake"
FALSE_ALARM = "wa_false_alarm"
UNDO = "wa_undo"
SNOOZES = {"1d": "1 day", "7d": "7 days", "changed": "until it changes"}
_SNOOZE_LENGTHS = {"1d": timedelta(days=1), "7d": timedelta(days=7)}
_ALERT_BLOCK = re.compile(r"wa:(A-[0-9a-z]+):")
_SEEN = re.compile(r"wa:A-[0-9a-z]+:(\d{1,9})\.\d+")
_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")


class DecisionKind(StrEnum):
    """What a person can decide about an alert."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    FALSE_ALARM = "false_alarm"
    UNDONE = "undone"  # a false alarm taken back


_KIND_BY_ACTION = {
    ACKNOWLEDGE: DecisionKind.ACKNOWLEDGED,
    SNOOZE: DecisionKind.SNOOZED,
    WAKE: DecisionKind.SNOOZED,  # until now
    FALSE_ALARM: DecisionKind.FALSE_ALARM,
    UNDO: DecisionKind.UNDONE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One press of a button."""

    alert: str
    kind: DecisionKind
    by: str  # Slack user id, or in words who it was
    at: datetime  # aware UTC
    key: str  # names the press: the same one counts once
    until: datetime | None = None  # of a snooze; None: until the alert changes; `at`: an earlier snooze ends
    seen: int | None = None  # the alert's revision that the message showed, None where it does not say


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What people have decided about one alert so far."""

    acknowledged: Decision | None = None
    snoozed: Decision | None = None
    false_alarm: Decision | None = None
    step: int = 0  # how many decisions there were; block ids change with it
    woken: bool = False  # it was snoozed until it changes, and it has changed

    def is_quiet(self, now: datetime) -> bool:
        """Say whether somebody asked not to hear of this alert at this moment."""
        if self.snoozed is None:
            return False
        return not self.woken if self.snoozed.until is None else now < self.snoozed.until


def verdict_of(decisions: Sequence[Decision]) -> Verdict:
    """Return what holds after the decisions, given oldest first; the first to acknowledge stays named."""
    last = {decision.kind: decision for decision in decisions}
    first = {decision.kind: decision for decision in reversed(decisions)}
    judged = [decision for decision in decisions if decision.kind in (DecisionKind.FALSE_ALARM, DecisionKind.UNDONE)]
    return Verdict(
        acknowledged=first.get(DecisionKind.ACKNOWLEDGED),
        snoozed=last.get(DecisionKind.SNOOZED),
        false_alarm=judged[-1] if judged and judged[-1].kind is DecisionKind.FALSE_ALARM else None,
        step=len(decisions),
    )


def read_press(payload: Mapping[str, object], now: datetime) -> Decision | None:
    """Return the decision in a payload of Slack's, None when it is no press of ours.

    Who pressed is Slack's word; which alert it is about comes from the button itself or, for a list, from its block.
    """
    actions, user = payload.get("actions"), payload.get("user")
    action = actions[0] if isinstance(actions, list) and actions else None
    if not isinstance(action, dict) or not isinstance(user, dict) or payload.get("type") != "block_actions":
        return None
    kind = _KIND_BY_ACTION.get(str(action.get("action_id")))
    found = _ALERT_BLOCK.match(f"wa:{action['value']}:" if "value" in action else str(action.get("block_id")))
    if kind is None or found is None:
        return None
    chosen = action.get("selected_option")
    length = str(chosen.get("value")) if isinstance(chosen, dict) else ""
    if action["action_id"] == SNOOZE and length not in SNOOZES:
        return None
    lengths = {**_SNOOZE_LENGTHS, "": timedelta(0)} if kind is DecisionKind.SNOOZED else {}
    return Decision(
        alert=found.group(1),
        kind=kind,
        by=clean(str(user.get("id")))[:40],
        at=now,
        key=f"{found.group(1)}:{clean(str(user.get('id')))[:40]}:{clean(str(action.get('action_ts')))[:40]}",
        until=now + lengths[length] if length in lengths else None,
        seen=int(shown.group(1)) if (shown := _SEEN.fullmatch(str(action.get("block_id")))) else None,
    )


def ending_of(verdict: Verdict, now: datetime, by: str) -> Decision | None:
    """Return the decision that ends the snooze which holds now, None where none does.

    Args:
        verdict: what people decided.
        now: the moment it ends.
        by: who wants it so.
    """
    snoozed = verdict.snoozed
    if snoozed is None or not verdict.is_quiet(now):
        return None
    key = f"{snoozed.alert}:{by}:{now.isoformat()}"
    return Decision(alert=snoozed.alert, kind=DecisionKind.SNOOZED, by=by, at=now, key=key, until=now)


def alert_of(sent: Message) -> str | None:
    """Return the alert that a root message shows."""
    blocks = read_blocks(sent)
    found = _ALERT_BLOCK.match(str(blocks[0].get("block_id", ""))) if blocks else None
    return found.group(1) if found else None


def with_buttons(root: Message, alert: str, verdict: Verdict, now: datetime) -> Message:
    """Return a root with what people decided and the buttons for what they may still decide.

    Args:
        root: the message without either.
        alert: which alert it shows.
        verdict: what people decided.
        now: the moment it is shown; a snooze that is over by then is not spoken of.
    """
    blocks = read_blocks(rekeyed(root, verdict.step) if verdict.step else root)
    if not blocks:
        return root
    told = _decisions(verdict, now)
    noted = [rich_text(f"wa:{alert}:said.{verdict.step}", *told)] if told else []
    buttons: Block = {
        "type": "actions",
        "block_id": f"wa:{alert}:{revision_of(root) or 0}.{verdict.step}",
        "elements": _elements(alert, verdict, now),
    }
    return Message(text=root.text, blocks=json.dumps([*blocks, *noted, buttons], ensure_ascii=False))


def _elements(alert: str, verdict: Verdict, now: datetime) -> list[Block]:
    if verdict.false_alarm:
        return [_button(UNDO, "Not a false alarm", alert)]
    acknowledge = [] if verdict.acknowledged else [_button(ACKNOWLEDGE, "Acknowledge", alert, style="primary")]
    false_alarm = {**_button(FALSE_ALARM, "False alarm", alert), "confirm": _confirm()}
    wake = [_button(WAKE, "End snooze", alert)] if verdict.is_quiet(now) else []
    return [*acknowledge, _snooze(), *wake, false_alarm]


def _decisions(verdict: Verdict, now: datetime) -> list[Block]:
    told: list[Block] = []
    snoozed = verdict.snoozed
    if verdict.acknowledged:
        told.append(_decision([words("Acknowledged by ")], verdict.acknowledged))
    if snoozed and verdict.is_quiet(now):
        until = [words("until "), _moment(snoozed.until)] if snoozed.until else [words(SNOOZES["changed"])]
        told.append(_decision([words("Snoozed "), *until, words(" by ")], snoozed))
    if snoozed and snoozed.until == snoozed.at:
        told.append(_decision([words("Snooze ended by ")], snoozed))
    if verdict.false_alarm:
        told.append(_decision([words("⚪ False alarm, says ")], verdict.false_alarm))
    return told


def snooze_words(until: datetime | None) -> str:
    """Say how long a snooze holds."""
    return f"until {_moment_words(until)}" if until else SNOOZES["changed"]


def _decision(said: Sequence[Block], decision: Decision) -> Block:
    # A user element in an edit shows the name; Slack does not notify for edits.
    is_person = _PERSON.fullmatch(decision.by) is not None
    by: Block = {"type": "user", "user_id": decision.by} if is_person else words(decision.by)
    return line(*said, by, words(" · "), _moment(decision.at))


def _moment(at: datetime) -> Block:
    """Return a moment that each reader sees in their own time zone."""
    shown: Block = {"type": "date", "timestamp": int(at.timestamp()), "format": "{date_short} {time}"}
    return {**shown, "fallback": _moment_words(at)}


def _moment_words(at: datetime) -> str:
    return f"{at.day} {at:%b %Y %H:%M} UTC"


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
