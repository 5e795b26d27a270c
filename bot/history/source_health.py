"""Reads how sources are doing: their state, and what they gave lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.history.codec import clean


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRow:
    """One source as stored, with figures of its articles since a moment."""

    id: str
    condition: str
    note: str
    last_ok: datetime | None
    last_new_article: datetime | None
    failures: float
    articles: int
    median_chars: int
    undated: int
    other_language: int


_READ = text("""
SELECT source.id, source.condition, source.note, source.last_ok, source.last_new_article, source.failures,
  coalesce(lately.articles, 0) AS articles, coalesce(lately.median_chars, 0)::integer AS median_chars,
  coalesce(lately.undated, 0) AS undated, coalesce(lately.other_language, 0) AS other_language
FROM source LEFT JOIN (
  SELECT source, count(*) AS articles, percentile_disc(0.5) WITHIN GROUP (ORDER BY length(text)) AS median_chars,
    count(*) FILTER (WHERE published_first IS NULL) AS undated,
    count(*) FILTER (WHERE coalesce(payload ->> 'language', 'en') <> 'en') AS other_language
  FROM article_version WHERE learned >= :since GROUP BY source
) AS lately ON lately.source = source.id
ORDER BY source.id
""")
_KEYS_BY_PATH = text("""
SELECT DISTINCT ON (path) path, article FROM article_version
WHERE path = ANY(:paths) AND source = :source AND url IS NULL ORDER BY path, learned DESC, article
""")


def read_source_health(connection: Connection, since: datetime) -> Sequence[SourceRow]:
    """Return every known source, with figures of the articles learned since a moment."""
    return [SourceRow(**row._asdict()) for row in connection.execute(_READ, {"since": since})]


def read_keys_by_path(connection: Connection, source: str, paths: Sequence[str]) -> Mapping[str, str]:
    """Return the identity of each file's article that has no address, so that a changed file is a new version."""
    wanted = {"source": source, "paths": [clean(path) for path in paths]}
    return {row.path: row.article for row in connection.execute(_KEYS_BY_PATH, wanted)}
