"""Reads the rules directory, and watches it: the one place where rule files become text.

A file that cannot be used never takes its last good version with it: `KeptRules` goes on with what loaded before, file
by file, and says so.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Signal

from watchfiles import watch

from bot.core.rules.rulebook import Rulebook, load_rulebook
from bot.errors import Fault, RuleFileError

MAX_FILE_BYTES = 1_000_000  # a rule file a person edits is a few kB; beyond this it is a mistake
MAX_FILES = 20_000  # more than the largest pack by far; beyond this the directory is not one of rules
ROOT = "rules"
SETTLE_MILLISECONDS = 400  # an editor writes a file in steps; wait for the last of them

Load = Callable[[Mapping[str, str]], Rulebook]


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """What stands in a rules directory."""

    texts: Mapping[str, str]  # "rules/strike/strike-started.yaml" → its text
    faults: tuple[Fault, ...]  # files that could not be read


def read_rules(directory: Path) -> Files:
    """Read every `.yaml` file below a directory.

    Args:
        directory: RULES_DIR; its content is named as if it were called `rules/`.
    """
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    if not directory.is_dir():
        return Files(texts={}, faults=(_fault(ROOT, f"{directory} is no directory; set RULES_DIR"),))
    for number, path in enumerate(_yaml_files(directory)):
        name = f"{ROOT}/{path.relative_to(directory).as_posix()}"
        if number >= MAX_FILES:
            faults.append(_fault(ROOT, f"more than {MAX_FILES:,} files; is {directory} the rules directory?"))
            break
        text = _read(path)
        if isinstance(text, str):
            texts[name] = text
        else:
            faults.append(_fault(name, text.reason))
    return Files(texts=texts, faults=tuple(sorted(faults)))


def read_rule_files(directory: Path) -> Mapping[str, str]:
    """Return path → text of every file, for a command that refuses any fault.

    Raises:
        RuleFileError: with every file that cannot be read.
    """
    files = read_rules(directory)
    if files.faults:
        raise RuleFileError(files.faults)
    return files.texts


def load_directory(directory: Path) -> Rulebook:
    """Read a directory into a rulebook; what could not be read stands among its faults."""
    files = read_rules(directory)
    return with_faults(load_rulebook(files.texts), files.faults)


def with_faults(book: Rulebook, more: tuple[Fault, ...]) -> Rulebook:
    """Return a rulebook with further faults."""
    return book if not more else book.with_faults(more)


@dataclass(kw_only=True, slots=True)
class KeptRules:
    """The rules as they are run: each file in its last version that loaded."""

    directory: Path
    load: Load = load_rulebook
    good: dict[str, str] = field(default_factory=dict)  # path → text that loaded
    running_old: tuple[str, ...] = ()  # files whose newest version does not load
    faults: tuple[Fault, ...] = ()
    book: Rulebook | None = None

    def refresh(self) -> Rulebook:
        """Read the directory again and return the rules to run.

        `faults` says what is wrong with the newest files; `running_old` which of them run in an earlier version.
        A file that was deleted is gone.
        """
        files = read_rules(self.directory)
        unreadable = {fault.path for fault in files.faults}
        newest = self.load(files.texts)
        self.faults = tuple(sorted({*newest.faults, *files.faults}))
        bad = {fault.path for fault in self.faults}
        kept = {path: text for path, text in self.good.items() if path in bad and path in {*files.texts, *unreadable}}
        candidate = {path: text for path, text in files.texts.items() if path not in bad} | kept
        book = self.load(candidate) if bad else newest
        if book.faults and self.book is not None:
            # An old version does not go with the new ones (a slot was taken away): nothing changes until it does.
            changed = {path for path in self.good.keys() | files.texts if self.good.get(path) != files.texts.get(path)}
            self.running_old = tuple(sorted(changed & self.good.keys()))
            return self.book
        self.good, self.running_old, self.book = candidate, tuple(sorted(kept)), book
        return book


def changes(directory: Path, stop: Signal) -> Iterator[frozenset[str]]:
    """Yield the names of files that changed, until `stop` is set."""
    for batch in watch(directory, stop_event=stop, step=SETTLE_MILLISECONDS, ignore_permission_denied=True):
        touched = frozenset(Path(path).name for _, path in batch if path.endswith(".yaml"))
        if touched:
            yield touched


@dataclass(frozen=True, slots=True)
class _Unreadable:
    reason: str


def _yaml_files(directory: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(directory):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(names) if name.endswith((".yaml", ".yml")))


def _read(path: Path) -> str | _Unreadable:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            return _Unreadable(f"the file has {size:,} bytes; at most {MAX_FILE_BYTES:,} are read; split it")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _Unreadable(f"byte {error.start:,} is not UTF-8; save the file as UTF-8")
    except OSError as error:
        return _Unreadable(f"cannot be read: {error.strerror or error}")


def _fault(path: str, message: str) -> Fault:
    return Fault(path=path, line=1, column=1, message=message)
