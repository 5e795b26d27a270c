"""Commands in processes of their own that start in a blink: forks of one process that has everything loaded.

Run as a program it is that process: it takes one JSON object a line, forks, and answers with the pid; `wait` gives the
exit status of a fork that ended. What is killed is a real process that does what `bot` does; only imports and rules
come from its parent.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
SECONDS = 180.0  # a limit for one command, not a wait

Place = dict[str, str]
"""What tells a command where its history is: variables of its environment."""


class ReadyBot:
    """The process that forks, for as long as the block lasts."""

    def __init__(self, *rules: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ready_bot", *map(str, (ROOT / "rules", *rules))],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(SECONDS)
        self._process.stdout.close()

    def start(self, place: Place, *words: str, log: Path | None = None) -> "Started":
        """Start a command in a process group of its own."""
        asked = {"words": words, "place": place, "log": str(log or os.devnull)}
        return Started(bot=self, pid=int(self.ask(asked)))

    def run(self, place: Place, *words: str, status: int = 0) -> str:
        """Run a command to its end and return what it wrote."""
        with tempfile.NamedTemporaryFile() as log:
            ended = self.start(place, *words, log=Path(log.name)).wait()
            said = Path(log.name).read_text(encoding="utf-8")
        assert ended == status, said
        return said

    def ask(self, question: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass(frozen=True, kw_only=True)
class Started:
    """A command that runs, or ran."""

    bot: ReadyBot
    pid: int

    def wait(self, seconds: float = SECONDS) -> int | None:
        """Return the exit status, negative for a signal; None when it still runs after so many seconds."""
        watched = os.pidfd_open(self.pid)
        try:
            ended = select.select([watched], [], [], seconds)[0]
        finally:
            os.close(watched)
        return self.bot.ask({"wait": self.pid}) if ended else None

    @property
    def is_over(self) -> bool:
        """Say whether it ended, without waiting."""
        watched = os.pidfd_open(self.pid)
        try:
            return bool(select.select([watched], [], [], 0)[0])
        finally:
            os.close(watched)

    def kill(self) -> None:
        """End it with its children."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def killed_at(self, seconds: float) -> bool:
        """Kill it, unless it comes to its end before that instant."""
        if self.wait(seconds) is not None:
            return False
        self.kill()
        return True


def main() -> None:
    from bot.cli import past, state, wiring, work  # noqa: F401, PLC0415 - what the forks need

    load = wiring.load_rules = cache(wiring.load_rules)
    for folder in sys.argv[1:]:
        _ = load(Path(folder)).extractor
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        else:
            answer = os.fork() or _become(asked)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _become(asked: dict[str, Any]) -> int:
    from bot.cli import main as bot  # noqa: PLC0415 - loaded by now

    os.setsid()
    log, nothing = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), os.open(os.devnull, os.O_RDONLY)
    for number, stream in enumerate((nothing, log, log)):
        os.dup2(stream, number)
    for name in [name for name in os.environ if name.startswith(("SLACK_", "DATABASE_", "DATA_", "RULES_"))]:
        del os.environ[name]
    os.environ.update({"RULES_DIR": str(ROOT / "rules"), **asked["place"]})
    sys.argv = ["bot", *asked["words"]]
    status = 1
    try:
        bot()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
