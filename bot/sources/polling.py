"""When a source is read next, and what is remembered of it: pure functions over frozen values.

Nothing is ever given up: a source that fails is asked less and less often, once a day at last, and named to a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.sources.failures import FailureKind
from bot.sources.source_list import LOCAL_KINDS, SourceEntry

MAX_WAIT = timedelta(days=1)
FULL_EVERY = timedelta(days=1)  # one unconditional request a day: some servers say "unchanged" for ever
SLOWEST = 4  # times the source's own interval: a feed of old articles is asked less often
JITTER = 0.1  # share of the wait that is added at random: sources of one host do not come in one second
MAX_SEEN = 3_000  # entries remembered per source: a feed lists 10 to 50, a news sitemap 1,000
_MANY_DUPLICATES = 0.67
_FEW_DUPLICATES = 0.33

# How much one failure counts: what passes by itself counts less. Source: mediacloud/rss-fetcher.
_WEIGHT: Mapping[FailureKind, float] = {
    FailureKind.DNS: 0.25,
    FailureKind.RATE_LIMITED: 0.5,
    FailureKind.SERVER_ERROR: 0.5,
    FailureKind.NOT_FOUND: 0.5,
    FailureKind.TIMEOUT: 0.5,
    FailureKind.CUT_OFF: 0.5,
}


class Condition(StrEnum):
    """How a source is, in words for a person."""

    NEW = "new"
    HEALTHY = "healthy"
    QUIET = "quiet"
    FAILING = "failing"
    BLOCKED = "blocked"
    LAYOUT_CHANGED = "layout changed"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What a reader keeps between reads."""

    etag: str = ""  # validators of the last answer, verbatim
    last_modified: str = ""
    body_sha: str = ""  # of the last list that was read
    quarantined: str = ""  # sha of a list that killed the parser: not parsed again
    full_at: datetime | None = None  # last unconditional request
    interval_seconds: float = 0.0  # adapted; 0 before the first read
    seen: tuple[tuple[str, str], ...] = ()  # (entry, what it was like), oldest first
    condition: str = Condition.NEW  # after the last read
    told: str = ""  # the trouble that operators know of: a Condition
    told_at: datetime | None = None  # when they were told first
    due: datetime | None = None  # when the next read was to be


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceState:
    """What is stored of one source."""

    id: str
    next_attempt: datetime | None = None  # None: at once
    first_read: datetime | None = None  # when the baseline was taken
    last_attempt: datetime | None = None
    last_ok: datetime | None = None
    last_new_article: datetime | None = None
    failures: float = 0.0  # fractional, in a row
    condition: str = Condition.NEW
    note: str = ""
    memory: Memory = Memory()


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One attempt to read a source."""

    source: str
    at: datetime
    outcome: str = "ok"  # "ok", "unchanged", or a FailureKind
    note: str = ""  # for a person
    seen: int = 0  # articles or entries the source listed
    new: int = 0  # of those never seen before
    rejected: int = 0  # of the new ones: could not be read as articles
    wire_bytes: int = 0
    seconds: float = 0.0
    wait_until: datetime | None = None  # the site's own wish: Retry-After
    keep_seconds: float = 0.0  # TTL of the feed or Cache-Control of the answer, whichever is longer
    memory: Memory = Memory()

    @property
    def failed(self) -> bool:
        """Whether nothing was read."""
        return self.outcome not in ("ok", "unchanged")

    @property
    def brought(self) -> int:
        """How many new articles there were."""
        return self.new - self.rejected


def validators(memory: Memory, now: datetime) -> tuple[str, str]:
    """Return the ETag and Last-Modified to send; empty ones once a day."""
    if memory.full_at is None or now - memory.full_at >= FULL_EVERY:
        return "", ""
    return memory.etag, memory.last_modified


def after_visit(state: SourceState, visit: Visit, entry: SourceEntry, jitter: float) -> SourceState:
    """Return the state after one attempt.

    Args:
        state: before it.
        visit: what came of it.
        entry: the source as listed.
        jitter: 0 to 1, drawn by the caller.
    """
    failures = state.failures + _WEIGHT.get(FailureKind(visit.outcome), 1.0) if visit.failed else 0.0
    interval = _interval(state, visit, entry)
    wait = _backed_off(entry.every, failures) if visit.failed else interval
    after = replace(
        state,
        last_attempt=visit.at,
        failures=failures,
        memory=replace(visit.memory, interval_seconds=interval.total_seconds()),
        next_attempt=_next_attempt(state, visit, wait, jitter),
    )
    if not visit.failed:
        after = replace(
            after,
            first_read=state.first_read or visit.at,
            last_ok=visit.at,
            last_new_article=visit.at if visit.brought else state.last_new_article,
        )
    condition, note = judge_condition(after, visit, entry)
    memory = replace(after.memory, condition=condition, due=after.next_attempt)
    return replace(after, condition=condition, note=note, memory=memory)


def judge_condition(state: SourceState, visit: Visit, entry: SourceEntry) -> tuple[Condition, str]:
    """Return how the source is, and why, in words."""
    if entry.disabled:
        return Condition.DISABLED, entry.disabled
    if visit.outcome in (FailureKind.BLOCKED_BY_SITE, FailureKind.BLOCKED_BY_ROBOTS):
        return Condition.BLOCKED, visit.note
    if visit.outcome == FailureKind.WRONG_LAYOUT:
        return Condition.LAYOUT_CHANGED, visit.note
    if visit.failed:
        since = f"since {state.last_ok:%Y-%m-%d %H:%M} UTC" if state.last_ok else "it was never read"
        return Condition.FAILING, f"{since}: {visit.note}"
    return _judge_yield(state, visit, entry)


def _judge_yield(state: SourceState, visit: Visit, entry: SourceEntry) -> tuple[Condition, str]:
    if visit.new > 1 and not visit.brought and entry.kind not in LOCAL_KINDS:
        return Condition.LAYOUT_CHANGED, f"none of {visit.new} new pages could be read as an article: {visit.note}"
    newest = state.last_new_article or state.first_read
    silence = visit.at - newest if newest is not None else timedelta()
    if silence > entry.expect:
        return Condition.QUIET, f"nothing new for {_words(silence)}; expected within {_words(entry.expect)}"
    return Condition.HEALTHY, visit.note


class Turn(StrEnum):
    """What operators are told of a source."""

    TROUBLE = "trouble"  # a spell begins: one message
    OTHER_TROUBLE = "other trouble"  # the same spell, another reason: that message is edited
    WELL = "well"  # it is over: that message is edited


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthNotice:
    """What an operator is told of a source, once."""

    source: str
    turn: Turn
    began: datetime  # when the spell was told first: names it
    condition: str
    note: str


_ALARMS = (Condition.QUIET, Condition.FAILING, Condition.BLOCKED, Condition.LAYOUT_CHANGED)
_FAILURES_BEFORE_ALARM = 2.0  # one broken connection is no news


def health_notice(before: SourceState, after: SourceState) -> HealthNotice | None:
    """Return what an operator is to be told after one attempt: a turn for the worse or the better, each once.

    A spell of trouble lasts from its first notice until the source is well; `memory.told_at` remembers it.
    """
    began = before.memory.told_at
    if began is None:
        turn = Turn.TROUBLE if _is_alarming(after) else None
    elif after.condition in (Condition.HEALTHY, Condition.DISABLED):
        turn = Turn.WELL
    else:
        turn = Turn.OTHER_TROUBLE if _is_alarming(after) and after.condition != before.memory.told else None
    began = began or after.last_attempt
    if turn is None or began is None:
        return None
    return HealthNotice(source=after.id, turn=turn, began=began, condition=after.condition, note=after.note)


def noted(after: SourceState, notice: HealthNotice | None) -> SourceState:
    """Return the state with what its notice says remembered."""
    if notice is None:
        return after
    told, told_at = ("", None) if notice.turn is Turn.WELL else (notice.condition, notice.began)
    return replace(after, memory=replace(after.memory, told=told, told_at=told_at))


def memory_to_json(memory: Memory) -> dict[str, Any]:
    """Return what is stored of a memory."""
    return {
        "etag": memory.etag,
        "last_modified": memory.last_modified,
        "body_sha": memory.body_sha,
        "quarantined": memory.quarantined,
        "full_at": memory.full_at.isoformat() if memory.full_at else None,
        "interval_seconds": memory.interval_seconds,
        "seen": [list(pair) for pair in memory.seen],
        "condition": str(memory.condition),
        "told": memory.told,
        "told_at": memory.told_at.isoformat() if memory.told_at else None,
        "due": memory.due.isoformat() if memory.due else None,
    }


def memory_from_json(stored: Mapping[str, Any]) -> Memory:
    """Return the memory that was stored; an empty one for what is not readable."""
    try:
        return _memory_of(stored)
    except (TypeError, ValueError):
        return Memory()


def _memory_of(stored: Mapping[str, Any]) -> Memory:
    full_at, told_at, due = (stored.get(name) for name in ("full_at", "told_at", "due"))
    return Memory(
        etag=str(stored.get("etag") or ""),
        last_modified=str(stored.get("last_modified") or ""),
        body_sha=str(stored.get("body_sha") or ""),
        quarantined=str(stored.get("quarantined") or ""),
        full_at=datetime.fromisoformat(full_at) if full_at else None,
        interval_seconds=float(stored.get("interval_seconds") or 0.0),
        seen=tuple((str(entry), str(mark)) for entry, mark in stored.get("seen") or ()),
        condition=str(stored.get("condition") or Condition.NEW),
        told=str(stored.get("told") or ""),
        told_at=datetime.fromisoformat(told_at) if told_at else None,
        due=datetime.fromisoformat(due) if due else None,
    )


def _is_alarming(state: SourceState) -> bool:
    return state.condition in _ALARMS and (
        state.condition != Condition.FAILING or state.failures >= _FAILURES_BEFORE_ALARM
    )


def _interval(state: SourceState, visit: Visit, entry: SourceEntry) -> timedelta:
    """Adapt the interval to the share of what was known already: between the listed one and four times that."""
    if entry.kind == "folder":
        return entry.every  # looking into a folder costs nobody anything
    interval = timedelta(seconds=state.memory.interval_seconds) or entry.every
    if visit.failed or state.first_read is None:
        return interval
    duplicates = 1 - visit.new / visit.seen if visit.seen else 1.0
    if duplicates > _MANY_DUPLICATES:
        interval *= 1.25
    elif duplicates < _FEW_DUPLICATES:
        interval /= 2
    if visit.new:  # something is happening: back to what was asked for
        interval = min(interval, entry.every)
    return min(max(interval, entry.every), max(entry.every, min(SLOWEST * entry.every, MAX_WAIT)))


def _backed_off(every: timedelta, failures: float) -> timedelta:
    return min(every * 2 ** min(failures, 12.0), max(every, MAX_WAIT))


def _next_attempt(state: SourceState, visit: Visit, wait: timedelta, jitter: float) -> datetime:
    """Count from when the read was due, so that a slow read does not push every later one back."""
    due = state.memory.due
    start = due if due is not None and visit.at - wait < due <= visit.at and not visit.failed else visit.at
    kept = max(wait, min(timedelta(seconds=visit.keep_seconds), MAX_WAIT))
    moment = max(start + kept, visit.at) + JITTER * jitter * wait
    return max(moment, visit.wait_until) if visit.wait_until else moment


def _words(length: timedelta) -> str:
    hours = length.total_seconds() / 3_600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"  # noqa: PLR2004  # two days read better
