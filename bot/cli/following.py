"""Edits of rule files while the worker runs: taken up without a restart, told when they do not load."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from types import TracebackType
from typing import Self

from bot.cli import wiring
from bot.core.messages.notices import rule_fault_message, rule_fixed_message
from bot.core.messages.planning import notice, notice_edit
from bot.core.model import Delivery
from bot.errors import Fault, RuleFileError
from bot.rule_files import KeptRules, changes

log = logging.getLogger(__name__)


class RuleWatch:
    """Follows a rules directory in a thread of its own.

    Args:
        directory: RULES_DIR.
        channel: where operators are told; None tells only the log.
        use: takes up new rules.
        tell: puts a notice for operators into the outbox.
        at_work: surrounds each look.
    """

    def __init__(
        self,
        directory: Path,
        *,
        channel: str | None,
        use: Callable[[wiring.Rules], None],
        tell: Callable[[Sequence[Delivery]], None],
        at_work: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._kept = KeptRules(directory=directory)
        self._running = self._kept.refresh()
        self._loaded = wiring.now()
        self._told: tuple[Fault, ...] = ()
        self._channel = channel
        self._use = use
        self._tell = tell
        self._at_work = at_work
        self._stop = Signal()
        self._thread = Thread(target=self._follow, name="rules", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def look(self) -> None:
        """Read the directory again, take up what loads, and tell once what does not."""
        book = self._kept.refresh()
        try:
            if book is not self._running and not book.faults:
                self._use(wiring.rules_of(book, self._kept.good))
                self._running, self._loaded = book, wiring.now()
                log.info("rules_loaded", extra={"fields": {"rules": len(book.rules)}})
        except RuleFileError as error:
            self._report(error.faults)
            return
        self._report(self._kept.faults)

    def _follow(self) -> None:
        for _ in changes(self._kept.directory, self._stop):
            with self._at_work():
                self.look()

    def _report(self, faults: tuple[Fault, ...]) -> None:
        if faults == self._told:
            return
        for fault in faults:
            log.error("rule_fault", extra={"fields": {"fault": str(fault)}})
        if self._channel is not None:
            self._tell(self._notices(faults, self._channel))
        self._told = faults

    def _notices(self, faults: tuple[Fault, ...], channel: str) -> Sequence[Delivery]:
        running = f"the rules loaded on {self._loaded:%d %b %Y %H:%M} UTC"
        if faults:
            return (notice(_key(faults), channel, rule_fault_message(faults, running)),)
        before = notice(_key(self._told), channel, rule_fault_message(self._told, running))
        paths = sorted({fault.path for fault in self._told})
        fixed = rule_fixed_message(paths, self._loaded)
        return (notice_edit(_key(self._told), before.channel, fixed, f"fixed:{self._loaded:%Y%m%dT%H%M%S}"),)


def _key(faults: Sequence[Fault]) -> str:
    return "rules:" + "|".join(str(fault) for fault in faults)
