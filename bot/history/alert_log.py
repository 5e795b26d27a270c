"""What happened to an alert, as an append-only log: pure decisions on what to add when a judgement is taken again.

A judgement gives an alert with all its changes. The log keeps what was stored before, in the order of storing, because
it may have been told: a step that no longer follows is marked, never removed, and the truth is told once in its place.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from bot.core.model import Alert, Change, ChangeKind

_TELLINGS = frozenset({ChangeKind.OPENED, ChangeKind.UPDATED, ChangeKind.REPEATED, ChangeKind.RAISED})


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedChange:
    """A change that is stored already."""

    revision: int
    key: str
    superseded: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Logged:
    """What is stored of an alert, as far as decisions need it."""

    digest: str  # of the alert as last judged
    lapsed: bool  # withdrawn because no judgement gave it any more
    changes: tuple[LoggedChange, ...]  # by revision


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """A change to be stored and told."""

    revision: int
    key: str
    change: Change


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one judgement adds to the log of one alert."""

    additions: tuple[Addition, ...] = ()
    superseded: tuple[int, ...] = ()  # revisions that no longer follow
    reinstated: tuple[int, ...] = ()  # revisions that follow again


def change_keys(changes: Iterable[Change]) -> tuple[str, ...]:
    """Name each change so that the same step of a recomputed alert has the same name.

    A step that rests on events is known by them and its day, whether it opened the alert or updated it: an article that
    arrives late may come before the one that opened it. A step without events (a timer) is known by its kind and day.
    """
    seen: Counter[str] = Counter()
    keys = []
    for change in changes:
        told = "told" if change.kind in _TELLINGS and change.events else change.kind.value
        step = f"{told}|{change.on.isoformat()}|{','.join(sorted(change.events))}"
        keys.append(sha256(f"{step}|{seen[step]}".encode()).hexdigest()[:16])
        seen[step] += 1
    return tuple(keys)


def follow(logged: Logged | None, judged: Alert, at: datetime) -> Step:
    """Decide what a judgement adds to the log of an alert that it gave.

    Args:
        logged: None for an alert that was never stored.
        judged: the alert with every change that follows from the history.
        at: the newest moment the history knows; when a correction is told, it is told as of then.
    """
    keys = change_keys(judged.changes)
    if logged is None:
        return Step(additions=_append(0, zip(keys, judged.changes, strict=True)))
    known = {change.key: change for change in logged.changes}
    revision = _next_revision(logged)
    new = [
        (key, change if _goes_on(place, keys, known) else _told_late(change))
        for place, (key, change) in enumerate(zip(keys, judged.changes, strict=True))
        if key not in known
    ]
    gone = tuple(change.revision for change in logged.changes if not change.superseded and _is_gone(change, keys))
    back = tuple(change.revision for change in logged.changes if change.key in keys and change.superseded)
    if not new and logged.lapsed:
        new = [(f"again|{revision}", _correction(judged, at, "It follows again from the stored articles and rules"))]
    elif not new and gone:
        new = [(f"corrected|{revision}", _correction(judged, at, "An earlier step no longer follows"))]
    return Step(additions=_append(revision, new), superseded=gone, reinstated=back)


def lapse(logged: Logged, stored: Alert, at: datetime, origins: Mapping[str, str]) -> Step:
    """Decide what is added to the log of an alert that a judgement gave no more: it is withdrawn, once.

    Args:
        logged: what is stored of its log.
        stored: the alert as it was stored last.
        at: the newest moment the history knows.
        origins: the first article of its group, for each article that is a copy.
    """
    if logged.lapsed:
        return Step()
    revision = _next_revision(logged)
    reason = f"It no longer follows from the stored articles and the present rules{_copies(stored, origins)}"
    withdrawn = replace(_correction(stored, at, reason), kind=ChangeKind.WITHDRAWN)
    return Step(
        additions=_append(revision, [(f"lapsed|{revision}", withdrawn)]),
        superseded=tuple(change.revision for change in logged.changes if not change.superseded),
    )


def _copies(alert: Alert, origins: Mapping[str, str]) -> str:
    """Name the words that an alert held for those of several articles, and that are copies of one."""
    by_origin: dict[str, dict[str, str]] = {}
    for citation in alert.citations:
        words = f"“{citation.quote}” ({citation.publisher or citation.article})"
        by_origin.setdefault(origins.get(citation.article, citation.article), {}).setdefault(citation.article, words)
    shared = [" and ".join(told.values()) for told in by_origin.values() if len(told) > 1]
    return f"; {'; '.join(shared)} are copies of one article" if shared else ""


def _append(revision: int, keyed: Iterable[tuple[str, Change]]) -> tuple[Addition, ...]:
    return tuple(
        Addition(revision=revision + offset, key=key, change=change) for offset, (key, change) in enumerate(keyed)
    )


def _next_revision(logged: Logged) -> int:
    return max((change.revision for change in logged.changes), default=-1) + 1


def _goes_on(place: int, keys: Sequence[str], known: Collection[str]) -> bool:
    """Say whether a step comes after all that was stored: an alert that was cleared, or only reminded of, is opened."""
    return any(key in known for key in keys[:place]) and not any(key in known for key in keys[place + 1 :])


def _told_late(change: Change) -> Change:
    """Turn an opening that is learned of late into an update: the alert was opened before."""
    if change.kind is not ChangeKind.OPENED:
        return change
    return replace(change, kind=ChangeKind.UPDATED, reason=f"Learned of later: {change.reason}")


def _is_gone(change: LoggedChange, keys: Sequence[str]) -> bool:
    """Say whether a step does not follow any more; corrections of this module stand, a lapse ends when it is judged."""
    if change.key.startswith(("again|", "corrected|")):
        return False
    return change.key not in keys


def _correction(alert: Alert, at: datetime, reason: str) -> Change:
    return Change(
        kind=ChangeKind.UPDATED,
        on=max((change.on for change in alert.changes), default=alert.opened_on),
        at=at,
        reason=reason,
        says=alert.says,
        severity=alert.severity,
        citations=alert.citations,
    )
