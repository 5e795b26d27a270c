"""Which messages tell a change of an alert, and where: from alert and channels to rows for the outbox."""

import json
from collections.abc import Sequence
from uuid import UUID, uuid5

from bot.core.messages.alerts import change_message, root_message
from bot.core.messages.buttons import Decision
from bot.core.messages.channels import Channels, Place, UpdateStyle
from bot.core.messages.notices import digest_line, digest_message
from bot.core.messages.standing import Standing, at
from bot.core.model import Action, Alert, ChangeKind, Delivery, Message, Outcome

# Names every delivery for ever: a changed value would post everything again.
_NAMESPACE = UUID("6f1f2a0e-5d0c-5a51-9a53-1d9b6c1f7f0b")

_ENDING = frozenset({ChangeKind.CLEARED, ChangeKind.WITHDRAWN})
_LOUD = _ENDING | {ChangeKind.OPENED, ChangeKind.RAISED, ChangeKind.REMINDED}


def plan(alert: Alert, revision: int, channels: Channels) -> tuple[Delivery, ...]:
    """Return the messages that tell `alert.changes[revision]`, one row for each channel and action.

    Deterministic: the same change gives the same rows with the same ids, whenever and wherever it is planned. Reviews
    and drafts give none; they are counted in digests.
    """
    if alert.outcome is not Outcome.ALERT or alert.status != "active":
        return ()
    return tuple(
        delivery
        for place in channels.places(alert.channel)
        if _is_told(alert, revision, place, channels)
        for delivery in _told_in(alert, revision, place, channels)
    )


def plan_digest(alerts: Sequence[Alert], channels: Channels, key: str, reason: str) -> tuple[Delivery, ...]:
    """Return one message per channel that bundles alerts nobody was told of one by one (the end of a backfill).

    Args:
        alerts: reviews and drafts among them are counted, not listed.
        channels: where each alert belongs.
        key: what names the bundle, such as the backfill's id: the same key never makes a second message.
        reason: why they come together, one sentence.
    """
    by_channel: dict[str, list[Alert]] = {}
    for alert in alerts:
        for place in channels.places(alert.channel):
            if alert.status == "active" and alert.severity.rank >= place.floor.rank:
                by_channel.setdefault(place.channel, []).append(alert)
    return tuple(
        notice(f"digest:{key}", channel, _bundle(key, bundled, reason)) for channel, bundled in by_channel.items()
    )


def notice(key: str, channel: str, told: Message) -> Delivery:
    """Return a message that belongs to no alert; the same key and channel never make a second one."""
    return Delivery(
        id=_id("notice", key, channel), alert=None, revision=0, channel=channel, action=Action.POST, message=told
    )


def notice_edit(key: str, channel: str, told: Message, step: str) -> Delivery:
    """Return an edit of what `notice` posted under the same key; `step` names the edit ("fixed")."""
    row = notice(key, channel, told)
    return Delivery(
        id=_id("notice", key, channel, step),
        alert=None,
        revision=0,
        channel=channel,
        action=Action.EDIT,
        message=told,
        thread_of=row.id,
    )


def decision_edit(root: Delivery, decision: Decision) -> Delivery:
    """Return the edit that shows a decision on a root; the sender adds what was decided when it sends it.

    Args:
        root: the row that opened the thread, with the message it shows now.
        decision: what was pressed.
    """
    return Delivery(
        id=_id("decision", decision.key, root.channel),
        alert=root.alert,
        revision=root.revision,
        channel=root.channel,
        action=Action.EDIT,
        message=root.message,
        thread_of=root.id,
    )


def _told_in(alert: Alert, revision: int, place: Place, channels: Channels) -> list[Delivery]:
    standing, root = at(alert, revision), _root_revision(alert, revision, place, channels)
    root_id = _id(alert.id, str(root), place.channel, Action.POST.value)
    if root == revision:
        told = root_message(standing, place.mentions_for(standing.severity))
        return [_row(standing, place, Action.POST, told, None)]
    edit = _row(standing, place, Action.EDIT, root_message(standing), root_id)
    action = _action(standing, place.updates)
    return [edit, _row(standing, place, action, change_message(standing), None if action is Action.POST else root_id)]


def _action(standing: Standing, style: UpdateStyle) -> Action:
    if style is UpdateStyle.CHANNEL:
        return Action.POST
    is_news = standing.verdict_changed or standing.is_correction or standing.is_reopened
    if style is UpdateStyle.BOTH or standing.change.kind in _LOUD or is_news:
        return Action.BROADCAST
    return Action.REPLY


def _root_revision(alert: Alert, revision: int, place: Place, channels: Channels) -> int:
    """Return the first change that this place was told of: its message is the root."""
    return next(index for index in range(revision + 1) if _is_told(alert, index, place, channels))


def _is_told(alert: Alert, revision: int, place: Place, channels: Channels) -> bool:
    """Say whether a change passes the severity floor and the snoozes.

    Once an alert stands in a channel, less severe changes are told too, and its end even through a snooze: what is
    shown must stay true.
    """
    kind = alert.changes[revision].kind
    heard = any(
        change.severity.rank >= place.floor.rank and not _is_snoozed(alert, index, channels)
        for index, change in enumerate(alert.changes[: revision + 1])
        if change.kind not in _ENDING
    )
    return heard and (kind in _ENDING or not _is_snoozed(alert, revision, channels))


def _is_snoozed(alert: Alert, revision: int, channels: Channels) -> bool:
    change = alert.changes[revision]
    snooze = channels.snooze_for(alert.rule, change.on)
    return snooze is not None and not (snooze.wakes_when_raised and change.kind is ChangeKind.RAISED)


def _row(standing: Standing, place: Place, action: Action, told: Message, thread_of: str | None) -> Delivery:
    return Delivery(
        id=_id(standing.alert.id, str(standing.revision), place.channel, action.value),
        alert=standing.alert.id,
        revision=standing.revision,
        channel=place.channel,
        action=action,
        message=told,
        thread_of=thread_of,
    )


def _bundle(key: str, bundled: Sequence[Alert], reason: str) -> Message:
    alerts = [alert for alert in bundled if alert.outcome is Outcome.ALERT]
    ordered = sorted(alerts, key=lambda alert: (-alert.severity.rank, alert.opened_on, alert.id))
    reviews = sum(alert.outcome is Outcome.REVIEW for alert in bundled)
    return digest_message(key, [digest_line(alert) for alert in ordered], reason, reviews=reviews)


def _id(*parts: str) -> str:
    return str(uuid5(_NAMESPACE, json.dumps(parts)))
