"""A worker of whose threads one hangs, as a process of its own: it says so, frees what it has in hand, and ends."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Engine, text

from bot.cli.work import HUNG_STATUS
from bot.history.database import libpq_address
from bot.history.leases import Sources, Workers
from bot.history.status import read_status

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 60.0

# Its thread for deliveries claims a source, takes the lock of judges, and waits for ever.
HANG = """
import threading
from datetime import timedelta
from sqlalchemy import text
from bot.cli import wiring
from bot.cli.work import BEAT, Shift, attend
from bot.history.database import JUDGE_LOCK
from bot.history.leases import Sources, Workers
from bot.sources.parser_process import ParserProcess
from bot.worker import Job

def hang():
    shift.beat()
    sources, (me,) = Sources(house.engine), Workers(house.engine).living()
    sources.register(["feed:a"])
    assert sources.claim(["feed:a"], me.id, wiring.now(), timedelta(hours=1))
    with house.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": JUDGE_LOCK})
        print("hangs", flush=True)
        shift.watchdog.allow("deliver", timedelta(0))
        threading.Event().wait()

settings = wiring.load_settings()
with wiring.open_house(settings, reads_articles=False) as house, ParserProcess() as parser:
    stop = threading.Event()
    shift = Shift(house, parser, stop)
    jobs = [Job(name="deliver", run=hang, every=BEAT)]
    attend(shift, jobs, stop=stop, heed_seconds=0.05)
"""
SESSIONS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database "
    "WHERE datname = current_database())"
)


def test_a_worker_whose_thread_hangs_frees_what_it_holds_and_ends(database: URL, engine: Engine) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANG],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": libpq_address(database)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("hangs\n", HUNG_STATUS)
    assert "This worker ends itself: no sign of life from: deliver." in done.stderr
    assert Workers(engine).living() == []
    assert Sources(engine).claim(["feed:a"], "another", datetime.now(UTC), timedelta(minutes=1))
    with engine.connect() as connection:
        assert connection.scalar(SESSIONS) == 0
        hung = read_status(connection).last_hung
        told = connection.scalar(text("SELECT text FROM delivery"))
    assert hung is not None
    assert hung.jobs == ("deliver",)
    assert told is not None
    assert "ended itself: no sign of life from: deliver" in told
