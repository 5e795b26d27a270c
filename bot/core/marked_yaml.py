"""YAML that knows where each value stands: every scalar is a string with its line and column.

The reader of a file decides what a scalar means (`NO`, `10:30` and `on` stay words), so nothing is guessed.
Refused with a fault: duplicate keys, unknown tags, anchors beyond a bound, files beyond a size, depth beyond a bound.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

import yaml

from bot.errors import Fault, RuleFileError

MAX_FILE_CHARS = 1_000_000  # a rule file a person edits is a few kB; beyond this it is a mistake
MAX_ALIASES = 20  # aliases in one file; enough to share a list, too few for a billion laughs
_QUOTES = ("'", '"')
_NO_KEYS: "dict[str, Node]" = {}  # shared by every value that is no mapping
MAX_DEPTH = 40  # nested levels

_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml's where it is built in
    """Reads without guessing types: every plain scalar is a string."""

    def resolve(self, kind: type, value: object, implicit: object) -> str:  # noqa: ARG002  # PyYAML's form
        if kind is yaml.ScalarNode:
            return _STR
        return _MAP if kind is yaml.MappingNode else _SEQ

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        """Keep no path: nothing is resolved by it."""

    def ascend_resolver(self) -> None:
        """Keep no path: nothing is resolved by it."""


_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
)


class Node(NamedTuple):  # a tuple, because a pack has tens of thousands: a frozen dataclass takes five times as long
    """A value of a YAML file with its place: a string, a list of nodes, or a mapping of nodes."""

    path: str
    line: int  # from 1
    column: int  # from 1
    value: "str | list[Node] | dict[str, Node]"
    keys: "dict[str, Node]"  # for a mapping: where each key stands
    quoted: bool = False  # a scalar in quotes: never a number, a date or a flag
    end_line: int = 0  # last line the value covers

    def fault(self, message: str) -> Fault:
        """Return a fault at this place."""
        return Fault(path=self.path, line=self.line, column=self.column, message=message)


class Faults:
    """Collects every fault of a load, so that a person sees them all in one go."""

    def __init__(self) -> None:
        self.all: list[Fault] = []

    def add(self, node: Node, message: str) -> None:
        """Note a fault at `node`."""
        self.all.append(node.fault(message))

    def extend(self, faults: tuple[Fault, ...]) -> None:
        """Note faults found elsewhere."""
        self.all.extend(faults)

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            RuleFileError: when at least one fault was noted.
        """
        if self.all:
            raise RuleFileError(tuple(self.all))


def parse(text: str, path: str, found: Faults | None = None) -> Node:
    """Read one YAML document into nodes with places.

    Args:
        text: the file's content; an empty document is a mapping without keys.
        path: how the file is called in faults.
        found: takes the faults that leave the rest readable, so that a caller can name what is behind them.

    Raises:
        RuleFileError: with every fault that keeps the file from being read.
    """
    if len(text) > MAX_FILE_CHARS:
        message = f"the file has {len(text):,} characters; at most {MAX_FILE_CHARS:,} are read; split it"
        raise RuleFileError((Fault(path=path, line=1, column=1, message=message),))
    loader = _Loader(text)
    try:
        aliases = _count_aliases(text)
        if aliases > MAX_ALIASES:
            message = f"{aliases} aliases (*name); at most {MAX_ALIASES} are allowed; write the values out"
            raise RuleFileError((Fault(path=path, line=1, column=1, message=message),))
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        raise RuleFileError((_syntax_fault(error, text, path),)) from error
    finally:
        loader.dispose()
    if root is None:
        return Node(path=path, line=1, column=1, value={}, keys={})
    faults = Faults() if found is None else found
    node = _convert(root, path, faults, depth=0)
    if found is None:
        faults.raise_if_any()
    return node


def suggestion(word: str, known: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """Return "; did you mean 'x'?" when a known word is close, else ""."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def _count_aliases(text: str) -> int:
    if "*" not in text:
        return 0
    return sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader))


# What a person most often did where the parser says this; it knows only what it did not expect.
_ADVICE = (
    ("cannot start any token", "a value that begins with this sign needs quotes"),
    ("expected comment or line break", 'a value that begins with > or | needs quotes, such as "> 10 days"'),
    ("could not find expected ':'", "the line before has no colon after its key, or a quote is not closed"),
    ("mapping values are not allowed", "a value with a colon in it needs quotes around all of it"),
    ("end of stream", "a quote that was opened is not closed"),
    (
        "did not find expected ',' or",
        "a bracket is not closed, or a value with a comma, quote or bracket in it needs quotes",
    ),
    ("did not find expected key", "the indentation does not fit the lines above, or words follow a closing quote"),
    ("expected <block end>", "the indentation does not fit the lines above"),
)


def _advice(problem: str, line: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "; a tab stands here: indent with spaces"
    return next((f"; {words}" for sign, words in _ADVICE if sign in problem), "")


def _syntax_fault(error: yaml.YAMLError, text: str, path: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    here = next(iter(text.splitlines()[line - 1 : line]), "")
    return Fault(
        path=path, line=line, column=column, message=f"not readable as YAML: {problem}{_advice(problem, here)}"
    )


def _convert(raw: yaml.Node, path: str, faults: Faults, *, depth: int) -> Node:
    start = raw.start_mark
    line, column, end_line = start.line + 1, start.column + 1, raw.end_mark.line + 1
    if depth > MAX_DEPTH or raw.tag not in _TAGS:
        place = Node(path, line, column, "", {}, end_line=end_line)
        deep = f"nested more than {MAX_DEPTH} levels deep"
        faults.add(place, deep if depth > MAX_DEPTH else f"tag {raw.tag} is not allowed; write a plain value")
        return place
    if isinstance(raw, yaml.ScalarNode):
        return Node(path, line, column, raw.value, _NO_KEYS, raw.style in _QUOTES, end_line)
    if isinstance(raw, yaml.SequenceNode):
        parts = [_convert(child, path, faults, depth=depth + 1) for child in raw.value]
        return Node(path, line, column, parts, _NO_KEYS, end_line=end_line)
    values, keys = _convert_pairs(raw, path, faults, depth)
    return Node(path, line, column, values, keys, end_line=end_line)


def _convert_pairs(raw: yaml.Node, path: str, faults: Faults, depth: int) -> tuple[dict[str, Node], dict[str, Node]]:
    values: dict[str, Node] = {}
    keys: dict[str, Node] = {}
    for raw_key, raw_value in raw.value:
        key = _convert(raw_key, path, faults, depth=depth + 1)
        if not isinstance(key.value, str):
            faults.add(key, "a key must be a plain word")
            continue
        if key.value in values:
            faults.add(key, f"key '{key.value}' stands twice; first on line {keys[key.value].line}")
            continue
        keys[key.value] = key
        values[key.value] = _convert(raw_value, path, faults, depth=depth + 1)
    return values, keys
