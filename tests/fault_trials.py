"""Real processes that are ended with kill -9 at random instants, again and again, and what must hold afterwards.

Each trial keeps killing until it has killed as often as it was told, lets the work come to its end, and then looks once
whether what stands there is what an undisturbed run leaves. The instants are those of a seeded generator.
"""

import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import copytree, rmtree

from sqlalchemy import URL, Engine, text

from bot.history.database import open_engine
from bot.history.schema import migrate
from tests.conftest import new_database
from tests.fake_slack import BOT_TOKEN, FakeSlack
from tests.ready_bot import ROOT, SECONDS, Place, ReadyBot, Started

FILES = tuple(sorted(str(path.relative_to(ROOT)) for path in (ROOT / "corpus").rglob("*.md")))
GLANCE_SECONDS = 0.02
NEVER = threading.Event()
LONG_ENOUGH_SECONDS = 3.0  # a backfill of the corpus ends within it, once its database answers
IN_PROCESSES = 0.2  # the share of backfills that run in processes of their own, which take their time to start
PAGES = 150

CONNECTED = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'bot %')
"""

Told = list[tuple[str, ...]]


def at(url: URL) -> Place:
    return {"DATABASE_URL": url.render_as_string(hide_password=False)}


def told(bot: ReadyBot, place: Place) -> Told:
    """Return every alert with its words, as `bot alerts` tells them."""
    keys = ("id", "rule", "outcome", "severity", "state", "opened_on", "says", "quote")
    lines = bot.run(place, "alerts", "--json").splitlines()
    return [tuple(str(alert[key]) for key in keys) for alert in map(json.loads, lines)]


def assert_same(found: Told, expected: Told) -> None:
    assert sorted(set(found) - set(expected)) == []
    assert sorted(set(expected) - set(found)) == []
    assert found == expected


def undisturbed(bot: ReadyBot, server: URL, sources: Sequence[str] = FILES) -> Told:
    """Return what a backfill makes of some sources when nothing goes wrong."""
    with migrated(server) as url:
        bot.run(at(url), "backfill", *sources, "--post", "none", "--workers", "1")
        return told(bot, at(url))


@contextmanager
def migrated(server: URL) -> Iterator[URL]:
    with new_database(server) as url:
        engine = open_engine(url, pooled=False)
        migrate(engine)
        yield url


def ask(engine: Engine, question: str) -> object:
    with engine.connect() as connection:
        return connection.scalar(text(question))


def unfinished(url: URL) -> str | None:
    found = ask(open_engine(url, pooled=False), "SELECT id FROM backfill WHERE finished IS NULL")
    return None if found is None else str(found)


def wait_until(condition: Callable[[], object], process: Started) -> bool:
    """Wait for something to come to pass; False when the process ended first."""
    for _ in range(int(SECONDS / GLANCE_SECONDS)):
        if condition():
            return True
        if process.is_over:
            return False
        NEVER.wait(GLANCE_SECONDS)
    raise AssertionError("it did not come to pass")


def is_connected(url: URL) -> bool:
    engine = open_engine(url, application="onlooker", pooled=False)
    return bool(ask(engine, CONNECTED))


def assert_whole(engine: Engine) -> None:
    """Look for anything half done: a change without rows, rows without their article, a chunk that is neither."""
    for question in (
        "SELECT count(*) FROM alert WHERE NOT EXISTS (SELECT FROM alert_change WHERE alert_change.alert = alert.id)",
        """SELECT count(*) FROM alert_event WHERE NOT EXISTS
          (SELECT FROM event WHERE event.article = alert_event.article AND event.id = alert_event.event)""",
        """SELECT count(*) FROM article WHERE versions <>
          (SELECT count(*) FROM article_version WHERE article_version.article = article.key)""",
        "SELECT count(*) FROM backfill_chunk WHERE state <> 'done'",
        "SELECT count(*) FROM backfill WHERE finished IS NULL",
        "SELECT count(*) FROM unjudged",
    ):
        assert ask(engine, question) == 0, question


def kill_backfills(bot: ReadyBot, server: URL, expected: Told, *, kills: int, seed: int) -> int:
    """Kill a backfill with all its processes, go on with it, kill it again; return how many backfills that took."""
    chance, done, backfills = random.Random(seed), 0, 0  # noqa: S311 - instants, not secrets
    while done < kills:
        with migrated(server) as url:
            backfills += 1
            while done < kills:
                workers = "2" if chance.random() < IN_PROCESSES else "1"
                process = bot.start(at(url), "backfill", *_begun(url), "--workers", workers)
                wait_until(partial(is_connected, url), process)
                if not process.killed_at(chance.uniform(0.0, LONG_ENOUGH_SECONDS)):
                    break
                done += 1
            if began := unfinished(url):
                assert f"--resume {began}" in bot.run(at(url), "status")
            bot.run(at(url), "backfill", *_begun(url), "--workers", "1")
            assert_same(told(bot, at(url)), expected)
            assert_whole(open_engine(url, pooled=False))
    return backfills


def _begun(url: URL) -> tuple[str, ...]:
    """Return what to ask for: the backfill that was cut short, or a new one."""
    began = unfinished(url)
    return ("--resume", began) if began else (*FILES, "--post", "none")


def kill_parsers(bot: ReadyBot, server: URL, folder: Path, *, kills: int, seed: int) -> int:
    """Kill what parses pages, while pages are parsed; return how many backfills that took."""
    write_pages(folder)
    chance, done, backfills = random.Random(seed), 0, 0  # noqa: S311 - instants, not secrets
    while done < kills:
        with migrated(server) as url:
            backfills += 1
            process = bot.start(at(url), "backfill", str(folder), "--post", "none", "--workers", "1")
            while done < kills and wait_until(partial(parsers, process.pid), process):
                NEVER.wait(chance.uniform(0.0, 0.3))
                done += kill_one_of(parsers(process.pid), chance)
            assert process.wait() == 0
            engine = open_engine(url, pooled=False)
            assert ask(engine, "SELECT count(*) FROM article") == PAGES
            assert ask(engine, "SELECT count(*) FROM reject") == 0
            assert_whole(engine)
    return backfills


def kill_one_of(pids: Sequence[int], chance: random.Random) -> int:
    with suppress(ProcessLookupError, IndexError):
        os.kill(chance.choice(pids), signal.SIGKILL)
        return 1
    return 0


def write_pages(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(PAGES):
        words = " ".join(
            f"The {place} council met in room {number} about the {place} road." for place in ("north", "west")
        )
        page = (
            f"<html><head><title>Page {number}</title></head><body><article><p>{words * 6}</p></article></body></html>"
        )
        (folder / f"{number}.html").write_text(page, encoding="utf-8")


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    return []


def parsers(pid: int) -> list[int]:
    """Return the workers that parse for a process: the children of its children."""
    return [worker for nursery in children(pid) for worker in children(nursery)]


def kill_servers(bot: ReadyBot, folder: Path, expected: Told, *, kills: int, seed: int) -> int:
    """Kill the embedded server, or one of its processes, under a backfill; return how many backfills that took."""
    chance, done, backfills = random.Random(seed), 0, 0  # noqa: S311 - instants, not secrets
    place = {"DATA_DIR": str(folder)}
    log = folder.with_suffix(".log")
    while done < kills:
        rmtree(folder, ignore_errors=True)
        backfills += 1
        status: int | None = None
        while status != 0:
            process = bot.start(place, "backfill", *FILES, "--post", "none", "--workers", "1", log=log)
            while done < kills and wait_until(partial(postgres_pids, folder), process):
                NEVER.wait(chance.uniform(0.0, 2.0))
                done += kill_one_of(postgres_pids(folder), chance)
            status = process.wait()
            # Only before it began may the loss of its database end a backfill, and then it says so.
            assert status == 0 or "cannot be reached" in (said := log.read_text("utf-8")) or "went away" in said
        assert_same(told(bot, place), expected)
    return backfills


def postgres_pids(folder: Path) -> list[int]:
    """Return the processes of the embedded server of a data folder, once it takes connections."""
    home = folder / "postgres"
    moved = home / "moved-to"
    with suppress(OSError, ValueError, IndexError):
        cluster = Path(moved.read_text(encoding="utf-8").strip() if moved.exists() else home) / "cluster"
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        if lines[7].strip() == "ready":
            return [int(lines[0]), *children(int(lines[0]))]
    return []


ARTICLE = """---
title: "{name} brings nothing to the table"
publisher: Harbor Times
published: 2025-03-06
region: Southern California
---

{name} Health and the Harbor Nurses Union met on Wednesday. The union said that {name} Health offered no new
proposals and ended the bargaining session early.
"""
SOURCES = "sources:\n  - folder: {inbox}\n    every: 1 second\n"
FIRST = ("Lake", "Bay", "Hill", "Oak", "Pine", "Stone", "River", "Cedar", "Maple", "Silver")
LAST = ("side", "view", "brook", "field", "crest")


def kill_workers(bot: ReadyBot, server: URL, folder: Path, *, kills: int, seed: int) -> int:
    """Kill the worker while it reads, judges and posts; return how many messages arrived, each once.

    Args:
        folder: holds `rules`, which watch `inbox` beside them.
    """
    names = [f"{first}{last}" for first in FIRST for last in LAST]
    for old in (folder / "inbox").iterdir():
        old.unlink()
    chance = random.Random(seed)  # noqa: S311 - instants, not secrets
    with migrated(server) as url, FakeSlack() as slack:
        secrets = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.url}
        place = {**at(url), **secrets, "RULES_DIR": str(folder / "rules")}
        engine = open_engine(url, application="onlooker", pooled=False)
        for number in range(kills):
            process = bot.start(place, "run")
            assert wait_until(partial(ask, engine, "SELECT EXISTS (SELECT FROM worker)"), process)
            drop(folder, names[number % len(names)])
            assert process.killed_at(chance.uniform(0.0, 3.0))
        finish(bot.start(place, "run"), engine, dropped := min(kills, len(names)))
        return assert_told_once(engine, slack, dropped)


def finish(process: Started, engine: Engine, articles: int) -> None:
    """Let a worker come to the end of its work, and stop."""
    is_at_work = f"SELECT EXISTS (SELECT FROM worker WHERE pid = {process.pid})"  # noqa: S608 - a number of our own
    assert wait_until(partial(ask, engine, is_at_work), process)
    assert wait_until(lambda: ask(engine, "SELECT count(*) FROM article") == articles, process)
    assert wait_until(lambda: ask(engine, "SELECT count(*) FROM delivery WHERE state <> 'sent'") == 0, process)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait() == 0


def watched_folder(folder: Path) -> Path:
    """Make rules that watch an inbox beside them; return the rules."""
    copytree(ROOT / "rules", folder / "rules")
    (folder / "inbox").mkdir()
    (folder / "rules" / "sources.yaml").write_text(SOURCES.format(inbox=folder / "inbox"), encoding="utf-8")
    return folder / "rules"


def drop(folder: Path, name: str) -> None:
    """Put an article into the watched folder in one step, as a careful program does."""
    written = folder / "article.tmp"
    written.write_text(ARTICLE.format(name=name), encoding="utf-8")
    written.rename(folder / "inbox" / f"{name}.md")


def assert_told_once(engine: Engine, slack: FakeSlack, articles: int) -> int:
    marks = Counter(json.dumps(said["metadata"]) for said in slack.all_messages() if said.get("metadata"))
    assert {mark: count for mark, count in marks.items() if count > 1} == {}
    posted = ask(engine, "SELECT count(*) FROM delivery WHERE action <> 'edit' AND channel = '#compliance-alerts'")
    assert len(marks) == posted
    assert ask(engine, "SELECT count(*) FROM alert WHERE rule = 'session-no-new-proposals'") == articles
    assert ask(engine, "SELECT count(DISTINCT alert) FROM delivery JOIN alert ON alert.id = delivery.alert "
                       "WHERE rule = 'session-no-new-proposals' AND receipt IS NOT NULL") == articles  # fmt: skip
    return len(marks)
