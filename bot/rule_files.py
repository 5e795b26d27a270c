"""Reads the rules directory."""

from collections.abc import Mapping
from pathlib import Path


def read_rule_files(folder: Path) -> Mapping[str, str]:
    """Return path → text of every YAML file."""
    return {
        f"rules/{path.relative_to(folder).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }
