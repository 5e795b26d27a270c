"""How far a long run is: a bar in a terminal, a plain line now and then where the output goes elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

PLAIN_EVERY_SECONDS = 5.0


class Gauge:
    """Shows `done` of `total` steps and the articles read so far, with their rate."""

    def __init__(self, out: Console, total: int) -> None:
        self._out = out
        self._total = total
        self._began = self._last_line = time.monotonic()
        columns = (TextColumn("Reading"), BarColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=out, disable=not out.is_terminal)
        self._task = self._bar.add_task("", total=total, said="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, done: int, articles: int) -> None:
        """Show that `done` steps are done and `articles` articles were read."""
        now = time.monotonic()
        rate = articles / max(now - self._began, 0.001)
        said = f"{articles:,} articles, {rate:,.0f}/s"
        self._bar.update(self._task, completed=done, said=said)
        if not self._out.is_terminal and now - self._last_line >= PLAIN_EVERY_SECONDS:
            self._last_line = now
            left = (now - self._began) / done * (self._total - done) if done else 0.0
            self._out.print(f"{done} of {self._total} chunks, {said}, {left:,.0f} s left", markup=False)
