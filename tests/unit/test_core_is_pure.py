"""The core imports nothing that could do I/O, read a clock or log."""

import ast
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "bot" / "core"

ALLOWED = {
    "__future__", "abc", "array", "bisect", "calendar", "collections", "dataclasses", "datetime", "difflib", "enum",
    "fractions", "functools", "hashlib", "heapq", "html", "itertools", "json", "math", "operator", "re", "string",
    "textwrap", "types", "typing", "unicodedata", "urllib.parse", "uuid", "zoneinfo",
    "numpy", "re2", "yaml",
    "bot.core", "bot.errors",
}  # fmt: skip
FORBIDDEN_CALLS = {"now", "today", "utcnow", "open", "print", "input", "getenv"}


def _imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def _is_allowed(name: str) -> bool:
    return any(name == allowed or name.startswith(allowed + ".") for allowed in ALLOWED)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_core_imports_only_what_cannot_touch_the_world(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert sorted(name for name in _imported(tree) if not _is_allowed(name)) == []


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_core_reads_no_clock_and_no_file(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert called & FORBIDDEN_CALLS == set()
