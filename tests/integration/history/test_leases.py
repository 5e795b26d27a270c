import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import URL, Engine, text

from bot.history.database import JUDGE_LOCK, LEADER_LOCK, libpq_address
from bot.history.leases import ClaimedSource, Leadership, Reading, Sources, Worker, Workers
from tests.integration.history.conftest import fall_silent

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)

LEAD_AND_WAIT = """
import sys
from bot.history.database import open_engine
from bot.history.leases import Leadership
leadership = Leadership(open_engine(sys.argv[1], pooled=False))
print(leadership.holds(), flush=True)
sys.stdin.read()
"""

LEAD_JUDGE_AND_WAIT = """
import os, socket, sys
from datetime import UTC, datetime
from sqlalchemy import text
from bot.errors import StoreAwayError
from bot.history.database import JUDGE_LOCK, open_engine
from bot.history.leases import Leadership, Worker, Workers
engine = open_engine(sys.argv[1])
leadership, here = Leadership(engine), {"host": socket.gethostname(), "pid": os.getpid()}
leads = leadership.holds()
try:
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({JUDGE_LOCK})"))
        Workers(engine).beat(Worker(id="hung", started=datetime.now(UTC), **here))
        print(leads, flush=True)
        sys.stdin.readline()
        connection.execute(text("SELECT 1"))
except StoreAwayError:
    print("went away", leadership.holds(), sep=", ", flush=True)
"""

READ_AND_WAIT = """
import sys
from datetime import datetime, timedelta
from bot.history.database import open_engine
from bot.history.leases import Reading, Sources
now = datetime.fromisoformat(sys.argv[2])
sources = Sources(open_engine(sys.argv[1], pooled=False))
(claimed,) = sources.claim(["feed:a"], "hung", now, timedelta(seconds=60))
print(claimed.id, flush=True)
sys.stdin.readline()
later = now + timedelta(seconds=70)
print(sources.finish(claimed, Reading(outcome="timeout", condition="failing", next_attempt=later), later), flush=True)
"""


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


@pytest.fixture
def sources(engine: Engine) -> Sources:
    register = Sources(engine)
    register.register(["feed:a", "feed:b"])
    return register


def claim_one(sources: Sources, worker: str, at: datetime) -> ClaimedSource:
    (claimed,) = sources.claim(["feed:a"], worker, at, LEASE)
    return claimed


def test_one_worker_leads(engine: Engine) -> None:
    first, second = Leadership(engine), Leadership(engine)
    assert (first.holds(), second.holds(), first.holds()) == (True, False, True)
    first.release()
    assert second.holds()
    second.release()


def test_a_leader_whose_connection_is_cut_leads_no_more(engine: Engine) -> None:
    leader, follower = Leadership(engine), Leadership(engine)
    assert leader.holds()
    with psycopg.connect(libpq_address(engine.url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            (LEADER_LOCK,),
        )
    assert not leader.holds()
    assert follower.holds()
    follower.release()


def test_a_leader_that_is_killed_is_followed_by_another(engine: Engine, database: URL) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", LEAD_AND_WAIT, libpq_address(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with leader:
        assert leader.stdout is not None
        assert leader.stdout.readline() == b"True\n"
        follower = Leadership(engine)
        assert not follower.holds()
        leader.send_signal(signal.SIGKILL)
        leader.wait()
        with engine.connect() as connection:
            while connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")):
                connection.commit()
    assert follower.holds()
    follower.release()


def test_a_source_is_read_by_one_worker_at_a_time(sources: Sources) -> None:
    claimed = sources.claim(["feed:a", "feed:b", "feed:unknown"], "one", NOW, LEASE)
    assert [source.id for source in claimed] == ["feed:a", "feed:b"]
    assert sources.claim(["feed:a", "feed:b"], "two", seconds(59), LEASE) == []


def test_a_source_is_due_again_when_its_reader_said_so(sources: Sources) -> None:
    claimed = claim_one(sources, "one", NOW)
    assert (claimed.first_read, claimed.memory) == (None, "{}")
    reading = Reading(outcome="ok", condition="healthy", next_attempt=seconds(300), memory='{"etag": "x"}')
    assert sources.finish(claimed, reading, seconds(1))
    assert sources.claim(["feed:a"], "one", seconds(299), LEASE) == []
    again = claim_one(sources, "two", seconds(300))
    assert (again.first_read, again.last_ok, again.memory) == (seconds(1), seconds(1), '{"etag": "x"}')


def test_a_reader_that_was_away_too_long_changes_nothing(sources: Sources, engine: Engine) -> None:
    slow = claim_one(sources, "slow", NOW)
    quick = claim_one(sources, "quick", seconds(61))
    late = Reading(outcome="timeout", condition="failing", next_attempt=seconds(999))
    assert not sources.finish(slow, late, seconds(62))
    assert sources.finish(quick, Reading(outcome="ok", condition="healthy", next_attempt=seconds(300)), seconds(63))
    assert not sources.finish(slow, late, seconds(64))
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT outcome FROM fetch_log")).all() == ["ok"]


def test_a_reader_that_hangs_loses_its_source_and_comes_back_to_nothing(
    sources: Sources, engine: Engine, database: URL
) -> None:
    command = [sys.executable, "-c", READ_AND_WAIT, libpq_address(database), NOW.isoformat()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hung:
        assert hung.stdin is not None
        assert hung.stdout is not None
        assert hung.stdout.readline() == b"feed:a\n"
        hung.send_signal(signal.SIGSTOP)
        assert sources.claim(["feed:a"], "other", seconds(59), LEASE) == []
        other = claim_one(sources, "other", seconds(61))
        assert sources.finish(other, Reading(outcome="ok", condition="healthy", next_attempt=seconds(300)), seconds(62))
        hung.send_signal(signal.SIGCONT)
        hung.stdin.write(b"go on\n")
        hung.stdin.flush()
        assert hung.stdout.readline() == b"False\n"
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT outcome FROM fetch_log")).all() == ["ok"]
        assert connection.scalar(text("SELECT condition FROM source WHERE id = 'feed:a'")) == "healthy"


def test_the_register_shows_who_lives_and_forgets_who_went_silent(engine: Engine) -> None:
    workers = Workers(engine)
    workers.beat(Worker(id="host:1", host="host", pid=1, started=NOW))
    fall_silent(engine, hours=1)
    workers.beat(Worker(id="host:2", host="host", pid=2, started=NOW, leads=True, doing="feed:a"))
    assert [(worker.id, worker.doing, worker.leads) for worker in workers.living()] == [
        ("host:1", "", False),
        ("host:2", "feed:a", True),
    ]
    assert workers.bury(timedelta(minutes=30)) == ["host:1"]
    workers.leave("host:2")
    assert workers.living() == []


def test_a_leader_that_hangs_in_the_middle_of_judging_loses_the_lead_and_the_judges_lock(
    engine: Engine, database: URL
) -> None:
    workers, follower = Workers(engine), Leadership(engine)
    command = [sys.executable, "-c", LEAD_JUDGE_AND_WAIT, libpq_address(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hung:
        assert hung.stdin is not None
        assert hung.stdout is not None
        assert hung.stdout.readline() == b"True\n"
        hung.send_signal(signal.SIGSTOP)
        assert workers.bury(timedelta(minutes=2)) == []
        assert (follower.holds(), judges_lock_is_free(engine)) == (False, False)
        fall_silent(engine, hours=1)
        assert workers.bury(timedelta(minutes=2)) == ["hung"]
        assert (follower.holds(), judges_lock_is_free(engine)) == (True, True)
        hung.send_signal(signal.SIGCONT)
        hung.stdin.write(b"go on\n")
        hung.stdin.flush()
        assert hung.stdout.readline() == b"went away, False\n"
    assert follower.holds()
    follower.release()


def test_a_worker_that_was_started_under_the_number_of_a_hung_one_keeps_its_connections(engine: Engine) -> None:
    workers, leadership = Workers(engine), Leadership(engine)
    workers.beat(Worker(id="hung", host=socket.gethostname(), pid=os.getpid(), started=NOW))
    fall_silent(engine, hours=1)
    workers.beat(Worker(id="living", host=socket.gethostname(), pid=os.getpid(), started=NOW, leads=leadership.holds()))
    assert workers.bury(timedelta(minutes=2)) == ["hung"]
    assert leadership.holds()
    leadership.release()


def judges_lock_is_free(engine: Engine) -> bool:
    with engine.begin() as connection:
        return connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": JUDGE_LOCK}) is True
