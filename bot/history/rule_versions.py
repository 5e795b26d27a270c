"""The rules as they were when they judged: every version that was ever in force, by content."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.history.rows import document


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleVersion:
    """One rule, word for word."""

    rule: str
    version: str  # Alert.rule_version
    path: str
    content: str


_KEEP = text("""
INSERT INTO rule_version (rule, version, path, content)
SELECT rule, version, path, content
FROM json_to_recordset(:versions) AS given (rule text, version text, path text, content text)
ORDER BY rule, version
ON CONFLICT DO NOTHING
""")
_READ = text("SELECT rule, version, path, content FROM rule_version WHERE rule = :rule AND version = :version")


def keep_rule_versions(connection: Connection, versions: Iterable[RuleVersion]) -> int:
    """Store the versions that are not stored yet; return how many."""
    rows = document(
        {"rule": one.rule, "version": one.version, "path": one.path, "content": one.content} for one in versions
    )
    return connection.execute(_KEEP, {"versions": rows}).rowcount


def read_rule_version(connection: Connection, rule: str, version: str) -> RuleVersion | None:
    """Read a rule as it was."""
    row = connection.execute(_READ, {"rule": rule, "version": version}).one_or_none()
    return None if row is None else RuleVersion(**row._asdict())
