"""Presses of buttons on their way into the history.

Slack is answered before anything is done, so from then on a press is ours to keep: it stands in a small file of its own
until the history has it. Neither a database that is away nor the end of the process loses it, and storing it twice is
storing it once.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from bot.core.messages import Decision, DecisionKind, decision_edit
from bot.core.model import Delivery

log = logging.getLogger(__name__)


class Decisions(Protocol):
    """Where decisions are kept."""

    def decide(self, decision: Decision) -> bool:
        """Store a press; False when it is stored already or there is no such alert."""
        ...

    def roots(self, alert: str) -> Sequence[Delivery]:
        """Return the row that opened the alert's thread in each channel, with the message it shows now."""
        ...


class Presses:
    """Takes presses, each once, whatever happens in between.

    Args:
        folder: where those are kept that are not stored yet; several workers may share it.
        decisions: where they belong.
        add: puts edits into the outbox.
    """

    def __init__(self, folder: Path, decisions: Decisions, add: Callable[[Sequence[Delivery]], None]) -> None:
        self._folder = folder
        self._decisions = decisions
        self._add = add
        self._unwritten: dict[str, Decision] = {}  # by key

    def take(self, decision: Decision) -> bool:
        """Keep a press and store it; False when the history cannot take it now, and `catch_up` has to."""
        try:
            self._keep(decision)
        except OSError as error:  # a full disk: it is kept as long as this process lives
            self._unwritten[decision.key] = decision
            log.error("press_not_kept", extra={"fields": {"alert": decision.alert, "reason": str(error)}})  # noqa: TRY400 - its trace says nothing more
        return self._store(decision)

    def catch_up(self) -> int:
        """Store what was kept, oldest first; return how many are still to be stored."""
        kept = sorted([*self._kept(), *self._unwritten.values()], key=lambda decision: decision.at)
        for done, decision in enumerate(kept):
            if not self._store(decision):
                return len(kept) - done
        return 0

    def _store(self, decision: Decision) -> bool:
        try:
            is_new = self._decisions.decide(decision)
            # Also where it is stored already: the edits may be what is missing. They have names, so none comes twice.
            self._add([decision_edit(root, decision) for root in self._decisions.roots(decision.alert)])
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being stored, it is tried again
            fields = {"alert": decision.alert, "kind": decision.kind.value, "reason": type(error).__name__}
            log.warning("press_waits", extra={"fields": fields})
            return False
        self._unwritten.pop(decision.key, None)
        with suppress(FileNotFoundError, NotADirectoryError):
            self._path(decision).unlink()
        told = {"alert": decision.alert, "kind": decision.kind.value, "is_new": is_new}
        log.info("press_taken", extra={"fields": told})
        return True

    def _keep(self, decision: Decision) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(decision)
        unfinished = path.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(_written(decision))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def _kept(self) -> Iterator[Decision]:
        for path in self._folder.glob("*.json"):
            try:
                yield _read(path.read_text(encoding="utf-8"))
            except FileNotFoundError:  # another worker has stored it
                continue
            except (ValueError, KeyError, TypeError):
                log.warning("press_unreadable", extra={"fields": {"path": path.name}})

    def _path(self, decision: Decision) -> Path:
        return self._folder / f"{sha256(decision.key.encode()).hexdigest()[:32]}.json"


def _written(decision: Decision) -> str:
    until = decision.until.isoformat() if decision.until else None
    return json.dumps(
        {
            "alert": decision.alert,
            "kind": decision.kind.value,
            "by": decision.by,
            "at": decision.at.isoformat(),
            "key": decision.key,
            "until": until,
            "seen": decision.seen,
        }
    )


def _read(written: str) -> Decision:
    fields = json.loads(written)
    until = fields["until"]
    return Decision(
        alert=fields["alert"],
        kind=DecisionKind(fields["kind"]),
        by=fields["by"],
        at=datetime.fromisoformat(fields["at"]),
        key=fields["key"],
        until=datetime.fromisoformat(until) if until else None,
        seen=fields["seen"],
    )
