"""Writes articles, their versions and their events: new ones in one statement, known ones by comparing first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from hashlib import sha256

from sqlalchemy import Connection, text

from bot.core.model import Assessed, Event
from bot.history.codec import clean, encode_article, encode_event, encode_evidence, encode_prints
from bot.history.copying import mark_uncompared
from bot.history.rows import Cell, document, moment

CHUNK = 500  # articles in one statement; the rate is flat from 50 to 500

_VERSION_COLUMNS = (
    "article text, text_sha text, learned timestamptz, rank text, source text, url text, path text, title text, "
    "publisher text, published_first date, published_last date, published_precision text, payload json, "
    "prints bytea, text text"
)
_EVENT_COLUMNS = (
    "article text, text_sha text, id text, type text, organisation text, counterparty text, region text, stance text, "
    "happened_first date, happened_last date, happened_precision text, learned timestamptz, payload json, evidence json"
)


def _names(columns: str) -> str:
    return ", ".join(column.split()[0] for column in columns.split(", "))


_INSERT_EVENTS = f"""
  INSERT INTO event ({_names(_EVENT_COLUMNS)})
  SELECT {_names(_EVENT_COLUMNS)} FROM json_to_recordset(:events) AS told ({_EVENT_COLUMNS})
"""  # noqa: S608 - constants only

_WRITE_NEW = text(f"""
WITH version AS (
  SELECT * FROM json_to_recordset(:versions) AS version ({_VERSION_COLUMNS})
), fresh AS (
  INSERT INTO article (key, text_sha, versions, first_learned)
  SELECT article, text_sha, 1, learned FROM version ORDER BY article
  ON CONFLICT (key) DO NOTHING
  RETURNING key
), stored_version AS (
  INSERT INTO article_version ({_names(_VERSION_COLUMNS)})
  SELECT {_names(_VERSION_COLUMNS)} FROM version WHERE article IN (SELECT key FROM fresh)
  RETURNING day, prints IS NOT NULL AS is_printed
), uncompared_days AS (
  INSERT INTO uncompared (days) SELECT array_agg(DISTINCT day) FROM stored_version WHERE is_printed HAVING count(*) > 0
), stored_event AS (
  {_INSERT_EVENTS} WHERE article IN (SELECT key FROM fresh)
  ON CONFLICT DO NOTHING RETURNING article
)
SELECT key, (SELECT count(*) FROM stored_event) AS events FROM fresh
""")  # noqa: S608 - constants only

_HAS_FORGOTTEN = text("""
SELECT EXISTS (SELECT FROM forgotten) AS has_any,
  (SELECT CAST(value #>> '{}' AS date) FROM setting WHERE name = 'kept_from') AS kept_from
""")
_READ_FORGOTTEN = text("SELECT key_sha FROM forgotten WHERE key_sha = ANY(:digests)")

_LOCK_KNOWN = text("SELECT key FROM article WHERE key = ANY(:keys) ORDER BY key FOR UPDATE")
_READ_KNOWN = text("SELECT article, text_sha, rank FROM article_version WHERE article = ANY(:keys)")

_WRITE_VERSIONS = text(f"""
INSERT INTO article_version ({_names(_VERSION_COLUMNS)})
SELECT {_names(_VERSION_COLUMNS)} FROM json_to_recordset(:versions) AS version ({_VERSION_COLUMNS})
ON CONFLICT (article, text_sha) DO UPDATE SET
  learned = excluded.learned, rank = excluded.rank, source = excluded.source, url = excluded.url, path = excluded.path,
  title = excluded.title, publisher = excluded.publisher, published_first = excluded.published_first,
  published_last = excluded.published_last, published_precision = excluded.published_precision,
  payload = excluded.payload, prints = excluded.prints
""")  # noqa: S608 - constants only

_FORGET_READINGS = text("""
DELETE FROM event USING json_to_recordset(:readings) AS reading (article text, text_sha text)
WHERE event.article = reading.article AND event.text_sha = reading.text_sha
""")

_WRITE_EVENTS = text(f"{_INSERT_EVENTS} ON CONFLICT DO NOTHING")

# A version stands until the next one was learned; what it told is retracted at that moment.
_RETRACT = text("""
UPDATE event SET retracted = version.until
FROM (
  SELECT article, text_sha, lead(learned) OVER (PARTITION BY article ORDER BY learned, text_sha) AS until
  FROM article_version WHERE article = ANY(:keys)
) AS version
WHERE event.article = version.article AND event.text_sha = version.text_sha
  AND event.retracted IS DISTINCT FROM version.until
RETURNING event.organisation
""")
_STAND = text("""
UPDATE article SET text_sha = newest.text_sha, versions = newest.versions, first_learned = newest.first_learned
FROM (
  SELECT DISTINCT ON (article) article, text_sha,
    count(*) OVER (PARTITION BY article) AS versions, min(learned) OVER (PARTITION BY article) AS first_learned
  FROM article_version WHERE article = ANY(:keys) ORDER BY article, learned DESC, text_sha DESC
) AS newest
WHERE article.key = newest.article
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What a batch of articles changed."""

    articles: int = 0
    versions: int = 0
    known: int = 0
    events: int = 0
    retracted_organisations: frozenset[str] = frozenset()  # of events that ceased to stand, or stand again

    @property
    def matters(self) -> bool:
        """Say whether a judge would see anything it has not seen."""
        return self.events > 0 or self.versions > 0 or bool(self.retracted_organisations)

    def plus(self, other: "Written") -> "Written":
        """Add up."""
        return Written(
            articles=self.articles + other.articles,
            versions=self.versions + other.versions,
            known=self.known + other.known,
            events=self.events + other.events,
            retracted_organisations=self.retracted_organisations | other.retracted_organisations,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """One assessed article with what decides between readings."""

    key: str
    text_sha: str
    rank: str
    assessed: Assessed

    @property
    def day(self) -> date:
        """Return when it came out, or was learned; as the column of that name has it."""
        article = self.assessed.article
        return article.published.first if article.published else article.learned.astimezone(UTC).date()


def write_articles(connection: Connection, assessed: Sequence[Assessed]) -> Written:
    """Write a batch inside the caller's transaction; the result does not depend on the order of batches.

    Of several readings of one text under one key the earliest learned stands. Another text under a known key is a new
    version, placed by the moment it was learned; what the version before it told is retracted at that moment.
    """
    readings = sorted((_read(one) for one in assessed), key=lambda reading: (reading.key, reading.rank))
    readings = _without_forgotten(connection, readings)
    written = Written()
    for start in range(0, len(readings), CHUNK):
        written = written.plus(_write_chunk(connection, readings[start : start + CHUNK]))
    return written


def key_digest(key: str) -> str:
    """Name an article that was forgotten without saying which it was."""
    return sha256(clean(key).encode()).hexdigest()


def _without_forgotten(connection: Connection, readings: list[_Reading]) -> list[_Reading]:
    """Leave out what a person had forgotten, and what is older than what is kept; most histories keep everything."""
    known = connection.execute(_HAS_FORGOTTEN).one()
    if known.kept_from is not None:
        readings = [reading for reading in readings if reading.day >= known.kept_from]
    if not known.has_any:
        return readings
    digest_by_key = {reading.key: key_digest(reading.key) for reading in readings}
    forgotten = set(connection.scalars(_READ_FORGOTTEN, {"digests": sorted(digest_by_key.values())}))
    return [reading for reading in readings if digest_by_key[reading.key] not in forgotten]


def _read(assessed: Assessed) -> _Reading:
    article = assessed.article
    place = article.path or article.url or ""
    rank = f"{moment(article.learned)}|{article.source}|{place}|{article.title}"
    text_sha = article.text_sha or sha256(article.text.encode(errors="replace")).hexdigest()
    return _Reading(key=clean(article.key), text_sha=text_sha, rank=clean(rank), assessed=assessed)


def _write_chunk(connection: Connection, readings: Sequence[_Reading]) -> Written:
    """Write a chunk: look at what is known first, so that reading a whole corpus again costs next to nothing."""
    rank_by_version = _read_ranks(connection, readings)
    known_keys = {key for key, _ in rank_by_version}
    new = [reading for reading in readings if reading.key not in known_keys]
    fresh, written = _write_new(connection, new) if new else (set(), Written())
    rest = [reading for reading in readings if id(reading) not in fresh]
    return written.plus(_write_rest(connection, rest, rank_by_version)) if rest else written


def _write_new(connection: Connection, readings: Sequence[_Reading]) -> tuple[set[int], Written]:
    """Write articles that nobody knew a moment ago; give the readings (by `id`) that made it."""
    first_by_key: dict[str, _Reading] = {}
    for reading in readings:
        first_by_key.setdefault(reading.key, reading)
    firsts = list(first_by_key.values())
    parameters = {"versions": _version_document(firsts), "events": _event_document(firsts)}
    stored = connection.execute(_WRITE_NEW, parameters).all()
    fresh = {id(first_by_key[row.key]) for row in stored}
    return fresh, Written(articles=len(fresh), events=stored[0].events if stored else 0)


def _write_rest(
    connection: Connection, readings: Sequence[_Reading], rank_by_version: Mapping[tuple[str, str], str]
) -> Written:
    if not _better_readings(readings, rank_by_version):
        return Written(known=len(readings))
    return _write_known(connection, readings)


def _read_ranks(connection: Connection, readings: Sequence[_Reading]) -> dict[tuple[str, str], str]:
    rows = connection.execute(_READ_KNOWN, {"keys": sorted({reading.key for reading in readings})})
    return {(row.article, row.text_sha): row.rank for row in rows}


def _write_known(connection: Connection, readings: Sequence[_Reading]) -> Written:
    keys = sorted({reading.key for reading in readings})
    connection.execute(_LOCK_KNOWN, {"keys": keys})
    rank_by_version = _read_ranks(connection, readings)
    better = _better_readings(readings, rank_by_version)
    if not better:
        return Written(known=len(readings))
    new = [reading for reading in better if (reading.key, reading.text_sha) not in rank_by_version]
    events, organisations = _write_better(connection, better)
    return Written(
        versions=len(new),
        known=len(readings) - len(new),
        events=events if new else 0,
        retracted_organisations=organisations,
    )


def _better_readings(readings: Iterable[_Reading], rank_by_version: Mapping[tuple[str, str], str]) -> list[_Reading]:
    """Keep the readings of texts that are new, or that were learned earlier than the stored reading."""
    best: dict[tuple[str, str], _Reading] = {}
    for reading in readings:
        version = (reading.key, reading.text_sha)
        stored = rank_by_version.get(version)
        if (stored is None or reading.rank < stored) and (version not in best or reading.rank < best[version].rank):
            best[version] = reading
    return list(best.values())


def settle_versions(connection: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Work out anew which version of each article stands; give the organisations of events that this changed."""
    retracted = connection.execute(_RETRACT, {"keys": list(keys)}).scalars().all()
    connection.execute(_STAND, {"keys": list(keys)})
    return frozenset(name for name in retracted if name)


def _write_better(connection: Connection, readings: Sequence[_Reading]) -> tuple[int, frozenset[str]]:
    keys = sorted({reading.key for reading in readings})
    mark_uncompared(connection, keys)
    connection.execute(_WRITE_VERSIONS, {"versions": _version_document(readings)})
    mark_uncompared(connection, keys)
    versions = document({"article": reading.key, "text_sha": reading.text_sha} for reading in readings)
    connection.execute(_FORGET_READINGS, {"readings": versions})
    events = connection.execute(_WRITE_EVENTS, {"events": _event_document(readings)}).rowcount
    return events, settle_versions(connection, keys)


def _version_document(readings: Iterable[_Reading]) -> str:
    return document(_version_row(reading) for reading in readings)


def _version_row(reading: _Reading) -> dict[str, Cell]:
    article = reading.assessed.article
    published = article.published
    return {
        "article": reading.key,
        "text_sha": reading.text_sha,
        "learned": article.learned,
        "rank": reading.rank,
        "source": article.source,
        "url": article.url,
        "path": article.path,
        "title": article.title,
        "publisher": article.publisher,
        "published_first": published.first if published else None,
        "published_last": published.last if published else None,
        "published_precision": published.precision if published else None,
        "payload": encode_article(article),
        "prints": encode_prints(reading.assessed.prints),
        "text": article.text,
    }


def _event_document(readings: Iterable[_Reading]) -> str:
    return document(_event_row(reading, event) for reading in readings for event in reading.assessed.events)


def _event_row(reading: _Reading, event: Event) -> dict[str, Cell]:
    happened = event.happened
    return {
        "article": reading.key,
        "text_sha": reading.text_sha,
        "id": event.id,
        "type": event.type,
        "organisation": event.organisation.id if event.organisation else None,
        "counterparty": event.counterparty.id if event.counterparty else None,
        "region": event.region.id if event.region else None,
        "stance": event.stance,
        "happened_first": happened.first if happened else None,
        "happened_last": happened.last if happened else None,
        "happened_precision": happened.precision if happened else None,
        "learned": event.learned,
        "payload": encode_event(event),
        "evidence": encode_evidence(event.evidence),
    }
