"""Joins the parts: reads clock, environment and rules, opens the history, and gives each command what it works with."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from bot import logs, settings
from bot.cli import side_by_side
from bot.core.events.load import load_declarations, load_event_types
from bot.core.messages.channels import Channels, load_channels
from bot.core.messages.planning import plan
from bot.core.model import Alert, Assessed, Event, Masthead, Wanted
from bot.core.rules.language import Rule
from bot.core.rules.preview import shares
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import ENTITIES, Rulebook, load_rulebook, strict
from bot.core.rules.setting import NOT_KNOWN, Coverage, Reading
from bot.core.rules.touched import reading, touched
from bot.core.text.entities import Entities, load_entities
from bot.errors import Fault, RuleFileError
from bot.history import embedded
from bot.history.coverage import read_coverage
from bot.history.database import open_engine
from bot.history.events import read_days_told, without_collector
from bot.history.judging import Division
from bot.history.outbox import Outbox
from bot.history.queries import AlertFilter, stream_alerts
from bot.history.rule_versions import RuleVersion, keep_rule_versions
from bot.history.schema import SCHEMA_VERSION, check_schema
from bot.history.schema import migrate as bring_up_to_date
from bot.history.store import Store
from bot.pipeline import Judge, Narrowed, Plan
from bot.rule_files import read_rules, with_faults
from bot.settings import Settings
from bot.sources.source_list import SourceList, load_sources

if TYPE_CHECKING:
    from bot.core.events.extractor import Extractor
    from bot.sources.articles import Desk


SHARED_FROM = 20_000  # events; a process of its own takes longer to begin than judging so many


def now() -> datetime:
    """Return the moment it is: the only clock that the commands read."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Everything that the rules directory says, ready for use."""

    book: Rulebook
    entities: Entities
    channels: Channels
    sources: SourceList
    texts: Mapping[str, str]  # of the files, by path

    @cached_property
    def extractor(self) -> "Extractor":
        """What reads events in articles; compiled when it is first asked for, as most commands read no article."""
        from bot.core.events.extractor import Extractor  # a fifth of the time in which a command begins

        return Extractor(self.book.definitions or load_event_types(self.texts), self.entities)

    @property
    def versions(self) -> tuple[RuleVersion, ...]:
        """Return each rule, word for word, as alerts name it."""
        return tuple(
            RuleVersion(rule=rule.id, version=rule.version, path=rule.path, content=self.texts[rule.path])
            for rule in self.book.rules
        )

    @property
    def names(self) -> Mapping[str, str]:
        """Return what the bodies that are known are called, by id."""
        return _names(self.book.entities)

    def judge(self, until: datetime, coverage: Coverage, rules: Collection[str] | None = None) -> Judge:
        """Return the judge that knows what was learned up to `until`.

        Args:
            until: the last instant that is judged.
            coverage: when the sources were read.
            rules: ids, to judge by some rules only.
        """

        def judge(events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> Sequence[Alert]:
            with without_collector():
                return replay(self.book, events, until, mastheads=mastheads, coverage=coverage, rules=rules)

        return judge

    def plan(self, *, on_console: bool) -> Plan:
        """Return the planner of messages; `on_console` sends them all to the terminal instead of Slack."""
        channels = self.channels.on_console() if on_console else self.channels
        return lambda alert, revision: plan(alert, revision, channels)


@dataclass(frozen=True, kw_only=True)
class House:
    """An open history with the rules that judge it."""

    settings: Settings
    rules: Rules
    engine: Engine

    @cached_property
    def store(self) -> Store:
        """Return the history."""
        return Store(self.engine)

    @cached_property
    def outbox(self) -> Outbox:
        """Return the queue of what is to be told."""
        return Outbox(self.engine)

    def judge(self, until: datetime) -> Judge:
        """Return the judge that knows what was learned up to `until`, and on which days anybody was looking."""
        _ = self.rules_kept

        def judge(events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> Sequence[Alert]:
            return self.rules.judge(until, self.coverage())(events, mastheads)  # asked only where there is news

        return judge

    def division(self) -> Division:
        """Return how a judgement of everything is shared out; only where no other thread of this program is at work.

        A fork could leave what another thread does half-way.
        """
        _ = self.rules_kept
        return Division(parts=self._parts, judge=self._judge_part, each=side_by_side.each)

    def _parts(self, counted: Mapping[str, int]) -> list[Wanted]:
        processes = side_by_side.processors() if sum(counted.values()) >= SHARED_FROM else 1
        divided = shares(self.rules.book.rules, counted, processes)
        return [reading(rules) for rules in divided]

    def _judge_part(self, connection: Connection, until: datetime, part: Wanted) -> Judge:
        rules = [rule for rule in self.rules.book.rules if part.rules is None or rule.id in part.rules]
        return self.rules.judge(until, self.coverage_for(connection, rules), part.rules)

    def coverage_for(self, connection: Connection, rules: Sequence[Rule]) -> Coverage:
        """Return who looked when, where a rule asks for that, for a judge who is not given every event."""
        if not any(rule.asks_who_looked for rule in rules):
            return NOT_KNOWN
        told = read_days_told(connection, self.rules.book.zone.key)
        return replace(self._coverage(connection), told=told)

    @cached_property
    def rules_kept(self) -> int:
        """Store the rules that judge, so that an alert's version can be read for ever; return how many were new."""
        with self.engine.begin() as connection:
            return keep_rule_versions(connection, self.rules.versions)

    def coverage(self) -> Coverage:
        """Return on which days which source was read and brought news."""
        with self.engine.connect() as connection:
            return self._coverage(connection)

    def _coverage(self, connection: Connection) -> Coverage:
        covered = read_coverage(connection, self.rules.book.zone.key, self.rules.sources.silence)
        return Coverage(
            readings=tuple(
                Reading(source=each.source, first=each.first, last=each.last, is_archive=each.is_archive)
                for each in covered
            )
        )

    def narrow(self, until: datetime, assessed: Sequence[Assessed]) -> Narrowed:
        """Return the judge of the rules that news can change, and what it needs to see.

        On which days somebody was spoken of is read of what stood before: the news is of a day that is not over, and
        whether somebody was looking is asked of days that are.
        """
        wanted = touched(self.rules.book.rules, {event.type for each in assessed for event in each.events})
        rules = [rule for rule in self.rules.book.rules if rule.id in (wanted.rules or ())]

        def judge(events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> Sequence[Alert]:
            with self.engine.connect() as connection:
                coverage = self.coverage_for(connection, rules)
            return self.rules.judge(until, coverage, wanted.rules)(events, mastheads)

        return judge, wanted

    @property
    def speaks_to_slack(self) -> bool:
        """Say whether there is a token; without one every message goes to the console."""
        return self.settings.slack_bot_token is not None


def load_settings() -> Settings:
    """Read the settings and set logging up as they say."""
    read = settings.load()
    secrets = [
        secret.get_secret_value()
        for secret in (read.database_url, read.slack_bot_token, read.slack_app_token, read.alert_webhook_url)
        if secret is not None
    ]
    logs.configure(read.log_level, read.log_format, secrets)
    return read


def load_rules(folder: Path, *, reads_articles: bool = True) -> Rules:
    """Read and compile everything under the rules directory; a command that is run by hand refuses any fault.

    Args:
        folder: the rules directory.
        reads_articles: without it the patterns stay unread, which take most of the time; their faults show elsewhere.

    Raises:
        RuleFileError: with every fault of every file that was read.
    """
    read = read_rules(folder)
    with without_collector():  # a third of the time, over thousands of nodes that all stay
        types = None if reads_articles else load_declarations(read.texts)
        return rules_of(strict(with_faults(load_rulebook(read.texts, types), read.faults)), read.texts)


def rules_of(book: Rulebook, texts: Mapping[str, str]) -> Rules:
    """Make a rulebook that has loaded ready for use.

    Raises:
        RuleFileError: when what every rule stands on is missing.
    """
    if book.entities is None:
        raise RuleFileError((_missing(ENTITIES),))
    if not book.event_types:
        raise RuleFileError((_missing("rules/events/strike.yaml"),))
    return Rules(
        book=book,
        entities=book.entities,
        channels=load_channels(texts),
        sources=_sources(texts),
        texts=texts,
    )


@contextmanager
def open_engine_for(read: Settings) -> Iterator[Engine]:
    """Give the way to the database: the one that is named, or our own server, which ends with this program."""
    if read.database_url is not None:
        engine = open_engine(read.database_url.get_secret_value())
        try:
            yield engine
        finally:
            engine.dispose()
        return
    with embedded.start(read.data_dir, binaries=read.postgres_bin) as server:
        engine = open_engine(server.url)
        try:
            bring_up_to_date(engine)  # our own server: nobody else decides when
            yield engine
        finally:
            engine.dispose()


def load_names(folder: Path) -> Mapping[str, str]:
    """Return what the bodies that are known are called, by id, for a command that needs nothing else of the rules."""
    texts = read_rules(folder).texts
    return _names(load_entities(texts[ENTITIES])) if ENTITIES in texts else {}


def _names(known: Entities | None) -> Mapping[str, str]:
    return {entity.id: entity.name for entity in known.by_id.values()} if known else {}


@contextmanager
def open_history(read: Settings) -> Iterator[Engine]:
    """Open the history for a command that needs no rules: they take seconds to load.

    Raises:
        SchemaError: as `open_house` does.
    """
    with open_engine_for(read) as engine:
        check_schema(engine)
        yield engine


@contextmanager
def open_house(read: Settings, *, reads_articles: bool = True) -> Iterator[House]:
    """Open the history under the rules.

    Args:
        read: the settings.
        reads_articles: as `load_rules` takes it.

    Raises:
        SchemaError: when the database named by DATABASE_URL needs `bot migrate` first.
    """
    rules = load_rules(read.rules_dir, reads_articles=reads_articles)
    with open_history(read) as engine:
        yield House(settings=read, rules=rules, engine=engine)


def migrate() -> str:
    """Bring the schema up to this program's; return what to tell."""
    read = load_settings()
    if read.database_url is None:
        with open_engine_for(read):
            return f"the built-in database has schema {SCHEMA_VERSION}"
    engine = open_engine(read.database_url.get_secret_value())
    before = bring_up_to_date(engine)
    engine.dispose()
    if before == SCHEMA_VERSION:
        return f"nothing to do: the database has schema {SCHEMA_VERSION}"
    return f"the database was {f'at schema {before}' if before else 'empty'} and has schema {SCHEMA_VERSION} now"


def _sources(files: Mapping[str, str]) -> SourceList:
    path = "rules/sources.yaml"
    return load_sources(files[path], path) if path in files else SourceList(sources=())


def _missing(path: str) -> Fault:
    return Fault(path=path, line=1, column=1, message="the file is missing; take it from the project's rules/ folder")


ROLE_BY_KIND = {
    "union": "union",
    "plan": "company",
    "provider": "company",
    "employer": "company",
    "agency": "regulator",
}


def desk(rules: Rules, read_at: datetime, *, published: date | None = None) -> "Desk":
    """Return what every reader of articles works with: the zone, who is known, a day that a person gave."""
    from bot.sources.articles import Desk, day_date  # as `Rules.extractor`: commands that read nothing begin sooner

    known = rules.book.entities
    roles = {
        name.lower(): ROLE_BY_KIND[entity.kind]
        for entity in (known.by_id.values() if known else ())
        if entity.kind in ROLE_BY_KIND
        for name in (entity.name, *entity.also)
    }
    return Desk(
        read_at=read_at,
        zone=rules.book.zone,
        publishers=rules.sources.publishers(roles),
        published=day_date(published, basis="given on the command line") if published else None,
    )


def stored_alerts(house: House) -> list[Alert]:
    """Return every stored alert and review, in order of date."""
    with house.engine.connect() as connection:
        return [stored.alert for stored in stream_alerts(connection, AlertFilter())]
