"""Sends what stands in the outbox: one claim, one call, one receipt; after an unclear answer it looks first.

A step is: claim and commit, decide, renew the claim, call Slack once, store what came of it. Killed anywhere in
between, the row's lease runs out and the next sender looks the message up by its mark; one that hangs for so long finds
its claim gone and does not call. Nothing is ever dropped: a row ends as sent, or waits, or is stuck and named to a
person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from html import unescape

from bot.core.messages import (
    CONSOLE,
    Channels,
    Verdict,
    continued,
    maybe_repeated,
    notice,
    notice_edit,
    plain_form,
    severity_of,
    with_buttons,
)
from bot.core.messages.buttons import alert_of, snooze_words
from bot.core.messages.notices import DigestLine, blocked_message, digest_message, operator_message, unblocked_message
from bot.core.messages.variants import first_link, marked_for, read_blocks, tells_a_step, without_mentions
from bot.core.messages.words import MARKS, counted
from bot.core.model import Action, Blocked, Claimed, Delivery, Message, Receipt, Severity
from bot.slack.client import Api
from bot.slack.lookup import Lookup, metadata_of, own_ts, parent_of
from bot.slack.outbox import Outbox
from bot.slack.replies import Answer, Course, Decision, classify
from bot.slack.second_path import SecondPath

SPACING = timedelta(seconds=1.1)  # Slack: about one message a second and channel
LEASE = timedelta(seconds=60)  # longer than a call with its time limit, longer than Slack's history lags
LOOKS = 2  # look-ups that must come back empty before a message counts as not there
LOOK_AGAIN = timedelta(seconds=30)
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 45, 120, 300, 900))
CHANNEL_REST = timedelta(seconds=30)  # at most this long a channel rests after a failed call
GIVE_UP_AFTER = timedelta(hours=24)
GIVE_UP_ATTEMPTS = 20  # and at least so many claims: a row that waited for a closed channel was not tried in vain
PROBE = timedelta(minutes=10)  # how often a closed channel is asked about
APP_PROBE = timedelta(minutes=1)  # how often a refused app asks whether it may again
DIGEST_ABOVE = 10  # posts waiting for one channel
BURST_POSTS, BURST = 5, timedelta(minutes=10)  # more new alerts than this in the time come as one digest
GATHER = timedelta(seconds=30)  # how long an alert above that waits for others to come with it

Clock = Callable[[], datetime]
VerdictOf = Callable[[str], Verdict]
"""What people have decided about an alert."""


class Did(StrEnum):
    """What one step came to."""

    NOTHING = "nothing was due"
    SENT = "sent"
    FOUND = "found in Slack"
    POSTPONED = "postponed"
    BUNDLED = "bundled"
    SNOOZED = "snoozed"
    BLOCKED = "channel blocked"
    STOPPED = "app stopped"
    STUCK = "stuck"
    LOST = "claim lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step, for the log."""

    did: Did
    delivery: str = ""
    channel: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """Slack refuses the whole app."""

    code: str
    fix: str
    since: datetime
    probe_at: datetime


class Sender:
    """Delivers for one worker; several of them may share an outbox.

    Args:
        api: Slack, or None without a token: then only the console channel is served.
        outbox: the stored queue.
        channels: hours, ops and fallback channel.
        clock: the moment, aware UTC.
        worker: how claims are signed.
        show: draws a message of the console channel.
        second_path: how to reach a person when Slack refuses the app.
        verdict_of: what people decided about an alert.
        has_buttons: whether somebody listens for presses, so that there may be something to press.
    """

    def __init__(
        self,
        api: Api | None,
        outbox: Outbox,
        *,
        channels: Channels,
        clock: Clock,
        worker: str,
        show: Callable[[Delivery], None] | None = None,
        second_path: SecondPath | None = None,
        verdict_of: VerdictOf | None = None,
        has_buttons: bool = True,
    ) -> None:
        self._api = api
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._worker = worker
        self._show = show
        self._second_path = second_path
        self._verdict_of = verdict_of
        self._has_buttons = has_buttons
        self._lookup = Lookup(api) if api else None
        self._has_told_elsewhere = False
        self.stopped: Stopped | None = None

    def use(self, channels: Channels) -> None:
        """Take up a newer channels file."""
        self._channels = channels

    def step(self) -> Step:
        """Do one unit of work."""
        now = self._clock()
        if self.stopped and not self._may_send_again(self.stopped, now):
            return Step(did=Did.NOTHING, reason=f"Slack refuses the app: {self.stopped.code}")
        self._probe(now)
        claimed = self._outbox.claim(self._worker, now, LEASE)
        if claimed is None:
            return Step(did=Did.NOTHING)
        step = self._deliver(claimed, now)
        return replace(step, delivery=claimed.delivery.id, channel=claimed.delivery.channel)

    def deliver_due(self, limit: int = 10_000) -> tuple[Step, ...]:
        """Step until nothing is due."""
        self._outbox.wake_due(self._clock())
        steps: list[Step] = []
        while len(steps) < limit and (step := self.step()).did is not Did.NOTHING:
            steps.append(step)
        return tuple(steps)

    def seconds_to_next(self) -> float | None:
        """Return how long it is until a row is due; None when none is, or none may be sent."""
        now = self._clock()
        due = None if self.stopped else self._outbox.next_due(now)
        return None if due is None else (due - now).total_seconds()

    def deliver_all(self, sleep: Callable[[float], None], patience: timedelta) -> tuple[Step, ...]:
        """Step until no row is open, waiting for those that are due within `patience` (a run without a worker)."""
        steps, until = list(self.deliver_due()), self._clock() + patience
        while not self.stopped and (due := self._outbox.next_due(self._clock())) is not None and due <= until:
            sleep(max((due - self._clock()).total_seconds(), 0.01))
            steps += self.deliver_due()
        return tuple(steps)

    # One row.

    def _deliver(self, claimed: Claimed, now: datetime) -> Step:
        if claimed.delivery.channel == CONSOLE:
            return self._draw(claimed, now)
        if self._api is None or self._lookup is None:
            return self._put_off(claimed, now + BACK_OFF[-1], "no SLACK_BOT_TOKEN is set")
        if claimed.unclear:
            return self._look_up(claimed, self._lookup, now)
        return self._snoozed(claimed, now) or self._tell(claimed, now, self._api)

    def _tell(self, claimed: Claimed, now: datetime, api: Api) -> Step:
        opening = self._channels.opening(claimed.delivery.channel, severity_of(claimed.delivery.message), now)
        if opening is not None:
            return self._put_off(claimed, opening, "outside the channel's hours")
        if not _may_bundle(claimed.delivery):
            return self._send(claimed, self._formed(claimed), api)
        others = self._others(claimed.delivery)
        is_burst = self._outbox.posted_since(claimed.delivery.channel, now - BURST) + others + 1 > BURST_POSTS
        if is_burst and others < DIGEST_ABOVE and _may_wait(claimed, now):
            return self._put_off(claimed, claimed.first_attempt + GATHER, "many alerts: waits for others to come with")
        if others and (is_burst or others >= DIGEST_ABOVE or self._was_held(claimed)):
            return self._bundle(claimed, now)
        return self._send(claimed, self._formed(claimed), api)

    def _draw(self, claimed: Claimed, now: datetime) -> Step:
        if self._show is not None:
            self._show(claimed.delivery)
        receipt = Receipt(channel=CONSOLE, ts=f"{CONSOLE}:{claimed.delivery.id}")
        self._outbox.sent(claimed, receipt, now, now)
        return Step(did=Did.SENT, reason="shown on the console")

    def _look_up(self, claimed: Claimed, lookup: Lookup, now: datetime) -> Step:
        told = self._formed(claimed)
        looked = lookup.find(claimed, told)
        if looked.receipt is not None:
            self._outbox.sent(claimed, looked.receipt, now, now)
            self._follow_new_root(claimed, looked.receipt)
            return Step(did=Did.FOUND, reason="its mark was found in Slack")
        if looked.failure is not None:
            return self._could_not_look(claimed, looked.failure, now)
        if claimed.looks + 1 < LOOKS and not looked.stands_unedited:  # an edit made twice is one edit
            return self._postpone(claimed, now + LOOK_AGAIN, "not found yet", unclear=True, looks=claimed.looks + 1)
        return self._send(claimed, told, self._known_api())

    def _could_not_look(self, claimed: Claimed, failure: Answer, now: datetime) -> Step:
        decision = classify(failure, needs_ts=False)
        if failure.error in ("missing_scope", "no_permission"):
            noted = maybe_repeated(self._formed(claimed))
            return self._send(claimed, noted, self._known_api())
        if decision.course in (Course.BLOCK_CHANNEL, Course.STOP_APP):
            return self._follow(claimed, decision, now)
        wait = max(timedelta(seconds=decision.wait_seconds), LOOK_AGAIN)
        return self._postpone(claimed, now + wait, f"look-up: {decision.reason}", unclear=True, looks=claimed.looks)

    def _send(self, claimed: Claimed, told: Message, api: Api) -> Step:
        if not self._outbox.renew(claimed, self._clock() + LEASE):
            return Step(did=Did.LOST, reason="this worker was away for too long; another one has the message")
        method, arguments = _call_for(claimed, told)
        answer = api.call(method, arguments)
        decision = classify(answer)
        now = self._clock()
        if decision.course is Course.STORE_RECEIPT:
            return self._store(claimed, _receipt(claimed, answer), now)
        if decision.course is Course.SEND_PLAIN:
            return self._send_plain(claimed, told, api, decision)
        if decision.course is Course.NEW_ROOT and claimed.root is not None:
            return self._send_new_root(claimed, told, api)
        if decision.course is Course.TELL_IN_THREAD and claimed.root is not None:
            return self._send(_as_broadcast(claimed), told, api)
        return self._follow(claimed, decision, now)

    def _store(self, claimed: Claimed, receipt: Receipt, now: datetime) -> Step:
        self._outbox.sent(claimed, receipt, now, now + SPACING)
        self._follow_new_root(claimed, receipt)
        return Step(did=Did.SENT)

    def _follow_new_root(self, claimed: Claimed, receipt: Receipt) -> None:
        """Let a thread continue below the message that stands in for its lost root."""
        row = claimed.delivery
        is_in_old_thread = "/" in receipt.ts or (claimed.root is not None and own_ts(claimed.root) == receipt.ts)
        if row.thread_of and row.action is not Action.POST and not is_in_old_thread:
            self._outbox.reroot(row.thread_of, receipt)

    def _send_plain(self, claimed: Claimed, told: Message, api: Api, decision: Decision) -> Step:
        """Send words only, at once: it is our fault that Slack refused the blocks, not the alert's."""
        if claimed.delivery.alert is not None:  # a refused notice must not make another notice
            self._tell_ops(
                f"refused:{claimed.delivery.id}", "A message was refused and sent without its form", decision
            )
        if not told.blocks:
            self._outbox.give_up(claimed, decision.reason)
            return Step(did=Did.STUCK, reason=decision.reason)
        return self._send(claimed, plain_form(told), api)

    def _send_new_root(self, claimed: Claimed, told: Message, api: Api) -> Step:
        orphan = replace(claimed, root=None)
        return self._send(orphan, continued(told, claimed.delivery.alert or "an earlier message"), api)

    def _follow(self, claimed: Claimed, decision: Decision, now: datetime) -> Step:
        """Do what a decision says that leaves the row unsent."""
        if decision.course is Course.BLOCK_CHANNEL:
            return self._block(claimed, decision, now)
        if decision.course is Course.STOP_APP:
            return self._stop(claimed, decision, now)
        if decision.tells_ops:
            self._tell_ops(f"{decision.reason[:40]}:{now:%Y-%m-%d}", "Slack cannot be used as usual", decision)
        if decision.course is Course.PAUSE_CHANNEL:
            free_at = now + timedelta(seconds=decision.wait_seconds)
            # Slack is said to have shown what it refused so (2017, unproven): looked up like any unclear answer.
            until = max(free_at, now + LOOK_AGAIN)
            self._outbox.postpone(claimed, until=until, error=decision.reason, unclear=True, looks=0, free_at=free_at)
            return Step(did=Did.POSTPONED, reason=decision.reason)
        if now - claimed.first_attempt > GIVE_UP_AFTER and claimed.attempts > GIVE_UP_ATTEMPTS:
            return self._give_up(claimed, decision)
        is_unclear = decision.course is Course.LOOK_UP or claimed.unclear
        wait = max(back_off(claimed.attempts), timedelta(seconds=decision.wait_seconds))
        return self._postpone(claimed, now + wait, decision.reason, unclear=is_unclear, looks=0)

    def _give_up(self, claimed: Claimed, decision: Decision) -> Step:
        self._outbox.give_up(claimed, decision.reason)
        if claimed.delivery.alert is None:
            return Step(did=Did.STUCK, reason=decision.reason)
        fix = "when the cause is gone: bot deliveries retry"
        self._tell_ops(
            f"stuck:{claimed.delivery.id}", "A message could not be delivered for 24 hours", replace(decision, fix=fix)
        )
        return Step(did=Did.STUCK, reason=decision.reason)

    def _put_off(self, claimed: Claimed, until: datetime, reason: str) -> Step:
        now = self._clock()
        self._outbox.postpone(
            claimed, until=until, error=reason, unclear=claimed.unclear, looks=claimed.looks, free_at=now
        )
        return Step(did=Did.POSTPONED, reason=reason)

    def _postpone(self, claimed: Claimed, until: datetime, reason: str, *, unclear: bool, looks: int) -> Step:
        now = self._clock()
        rest = min(until, now + CHANNEL_REST) if looks == 0 else now
        self._outbox.postpone(claimed, until=until, error=reason, unclear=unclear, looks=looks, free_at=rest)
        return Step(did=Did.POSTPONED, reason=reason)

    def _known_api(self) -> Api:
        if self._api is None:
            raise RuntimeError("a look-up was made without Slack")
        return self._api

    # Floods.

    def _others(self, row: Delivery) -> int:
        """Count the posts that wait in the channel besides this one."""
        return sum(_may_bundle(other) for other in self._outbox.waiting(row.channel) if other.id != row.id)

    def _was_held(self, claimed: Claimed) -> bool:
        """Say whether a post was first to be sent outside the channel's hours."""
        row = claimed.delivery
        return self._channels.opening(row.channel, severity_of(row.message), claimed.first_attempt) is not None

    def _bundle(self, claimed: Claimed, now: datetime) -> Step:
        row = claimed.delivery
        self._outbox.postpone(claimed, until=now, error="bundled", unclear=False, looks=0, free_at=now)
        members = [other for other in self._outbox.waiting(row.channel) if _may_bundle(other)]
        ordered = sorted(members, key=lambda member: -_rank(member))
        lines = [DigestLine(text=_verdict_words(member), url=first_link(member.message)) for member in ordered]
        reason = "Many alerts came at once, so that they are in one message; each one is in the thread below."
        told = digest_message(f"bundle:{row.id}", lines, reason, see_all="the thread below")
        self._outbox.bundle(notice(f"bundle:{row.id}", row.channel, told), [member.id for member in members])
        return Step(did=Did.BUNDLED, reason=f"{len(members)} posts in one digest")

    # Closed channels and a refused app.

    def _block(self, claimed: Claimed, decision: Decision, now: datetime) -> Step:
        channel = claimed.delivery.channel
        is_new = self._outbox.block(channel, decision.reason, decision.fix, now, now + PROBE)
        self._outbox.postpone(
            claimed, until=now, error=decision.reason, unclear=claimed.unclear, looks=claimed.looks, free_at=now
        )
        if is_new:
            waiting = len(self._outbox.waiting(channel))
            told = blocked_message(channel, decision.reason, decision.fix, waiting)
            self._notify_ops(_blocked_key(channel, now), told, otherwise=f"{told.text}")
        self._copy_to_fallback(channel)
        return Step(did=Did.BLOCKED, reason=decision.reason)

    def _probe(self, now: datetime) -> None:
        """Ask about closed channels now and then, and open those that take messages again."""
        if self._api is None or self._lookup is None:
            return
        for blocked in self._outbox.due_probes(now, now + PROBE):
            if self._takes_messages(blocked.channel, self._api, self._lookup):
                self._outbox.unblock(blocked.channel)
                self._tell_open(blocked)
            else:
                self._copy_to_fallback(blocked.channel)

    def _takes_messages(self, channel: str, api: Api, lookup: Lookup) -> bool:
        known = lookup.channel_id(channel)
        if isinstance(known, Answer):
            return False
        answer = api.call("conversations.info", {"channel": known})
        facts = (answer.payload or {}).get("channel")
        is_open = isinstance(facts, dict) and bool(facts.get("is_member")) and not facts.get("is_archived")
        return is_open or answer.error == "missing_scope"  # without the right to look, trying is the only way

    def _tell_open(self, blocked: Blocked) -> None:
        ops = self._channels.ops
        if ops and ops != blocked.channel:
            told = unblocked_message(blocked.channel, blocked.code, blocked.waiting)
            self._outbox.add([notice_edit(_blocked_key(blocked.channel, blocked.since), ops, told, "open")])

    def _copy_to_fallback(self, channel: str) -> None:
        """Show a closed channel's alerts elsewhere too; the rows themselves keep waiting for their own channel."""
        fallback = self._channels.fallback
        if not fallback or fallback == channel:
            return
        rows = [
            row for row in self._outbox.waiting(channel) if row.alert and row.action in (Action.POST, Action.BROADCAST)
        ]
        copies = [notice(f"for:{row.id}", fallback, marked_for(row.message, channel)) for row in rows]
        if copies:
            self._outbox.add(copies)

    def _stop(self, claimed: Claimed, decision: Decision, now: datetime) -> Step:
        self.stopped = Stopped(code=decision.reason, fix=decision.fix, since=now, probe_at=now + APP_PROBE)
        self._outbox.postpone(
            claimed, until=now, error=decision.reason, unclear=claimed.unclear, looks=claimed.looks, free_at=now
        )
        self._tell_elsewhere(self.stopped)
        return Step(did=Did.STOPPED, reason=f"{decision.reason}: {decision.fix}")

    def _may_send_again(self, stopped: Stopped, now: datetime) -> bool:
        if now < stopped.probe_at or self._api is None:
            return False
        if self._api.call("auth.test", {}).ok:
            self.stopped = None
            return True
        self.stopped = replace(stopped, probe_at=now + APP_PROBE)
        self._tell_elsewhere(self.stopped)
        return False

    def _tell_elsewhere(self, stopped: Stopped) -> None:
        """Give what waits to the second path, each message once."""
        if self._second_path is None:
            return
        rows = self._outbox.untold()
        if not rows and self._has_told_elsewhere:
            return
        told = "\n\n".join(plain_form(row.message).text for row in rows)
        subject = f"Slack refuses the compliance bot ({stopped.code}); {counted(len(rows), 'message')} more to tell"
        if self._second_path.tell(subject, f"What to do: {stopped.fix}\nNothing is lost.\n\n{told}"):
            self._outbox.told_elsewhere(rows)
            self._has_told_elsewhere = True

    # Notices.

    def _tell_ops(self, key: str, title: str, decision: Decision) -> None:
        told = operator_message(key, title, decision.reason, decision.fix)
        self._notify_ops(key, told, otherwise=f"{title}: {decision.reason}")

    def _notify_ops(self, key: str, told: Message, *, otherwise: str) -> None:
        if self._channels.ops:
            self._outbox.add([notice(key, self._channels.ops, told)])
        is_closed = self._channels.ops in {blocked.channel for blocked in self._outbox.blocked()}
        if (self._channels.ops is None or is_closed) and self._second_path is not None:
            self._second_path.tell(told.text, otherwise)

    def _formed(self, claimed: Claimed) -> Message:
        """Return the message in the form that Slack gets today."""
        row = claimed.delivery
        told = row.message if row.action in (Action.POST, Action.EDIT) else without_mentions(row.message)
        if claimed.root is None and row.action is not Action.POST and row.alert:
            told = continued(told, row.alert)
        alert = alert_of(told) if row.action in (Action.POST, Action.EDIT) else None
        if self._verdict_of is not None and self._has_buttons and alert is not None:
            return with_buttons(told, alert, self._verdict_of(alert), self._clock())
        return told

    def _snoozed(self, claimed: Claimed, now: datetime) -> Step | None:
        """Hold back what a person does not want to hear now; let go what was held back before something newer is told.

        The root is edited meanwhile: nobody is called by that, and what stands in the channel stays true.
        """
        row = claimed.delivery
        if self._verdict_of is None or row.alert is None or not tells_a_step(row.message) or row.action is Action.EDIT:
            return None
        verdict = self._verdict_of(row.alert)
        if verdict.snoozed is None:
            return None
        if verdict.is_quiet(now):
            until = verdict.snoozed.until
            note = f"snoozed {snooze_words(until)} by {verdict.snoozed.by}"
            self._outbox.snooze(claimed, until=until, note=note)
            return Step(did=Did.SNOOZED, reason=note)
        if self._outbox.wake(row.alert) == 0:
            return None
        return self._put_off(claimed, now, "told after what was snoozed")


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after so many claims."""
    return BACK_OFF[min(max(attempts, 1), len(BACK_OFF)) - 1]


def _call_for(claimed: Claimed, told: Message) -> tuple[str, Mapping[str, object]]:
    """Return the method and its arguments; a row whose root is nowhere becomes a message of its own."""
    row, root = claimed.delivery, claimed.root
    shown: dict[str, object] = {"text": told.text, "parse": "none", "blocks": read_blocks(told) or None}
    if row.action is Action.EDIT and root is not None:
        return "chat.update", {**shown, "channel": root.channel, "ts": own_ts(root)}
    posted = {
        **shown,
        "channel": root.channel if root else row.channel,
        "metadata": metadata_of(row),
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if row.action in (Action.REPLY, Action.BROADCAST) and root is not None:
        posted |= {"thread_ts": parent_of(root), "reply_broadcast": row.action is Action.BROADCAST}
    return "chat.postMessage", posted


def _receipt(claimed: Claimed, answer: Answer) -> Receipt:
    row, root = claimed.delivery, claimed.root
    ts, channel = answer.text("ts"), answer.text("channel") or row.channel
    if row.action is Action.EDIT and root is not None:
        return Receipt(channel=channel, ts=ts)
    is_in_thread = root is not None and row.action is not Action.POST
    return Receipt(channel=channel, ts=f"{ts}/{parent_of(root)}" if is_in_thread and root is not None else ts)


def _as_broadcast(claimed: Claimed) -> Claimed:
    return replace(claimed, delivery=replace(claimed.delivery, action=Action.BROADCAST))


def _may_bundle(row: Delivery) -> bool:
    return row.action is Action.POST and row.alert is not None and severity_of(row.message) is not None


def _may_wait(claimed: Claimed, now: datetime) -> bool:
    """Say whether an alert may still wait for others; the worst never waits."""
    return now < claimed.first_attempt + GATHER and severity_of(claimed.delivery.message) is not Severity.CRITICAL


def _rank(row: Delivery) -> int:
    return (severity_of(row.message) or Severity.INFO).rank


def _verdict_words(row: Delivery) -> str:
    mark = MARKS[severity_of(row.message) or Severity.INFO]
    return f"{mark} {unescape(row.message.text)}".replace("\u200b", "")


def _blocked_key(channel: str, since: datetime) -> str:
    return f"blocked:{channel}:{since.isoformat()}"
