"""Writers that die at any step, judges at the same time, batches in any order: the history stays whole."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import URL, Engine, event, text

from bot.core.model import Action, Alert, Assessed, Change, Delivery, Message
from bot.history.database import open_engine
from bot.history.ledger import Ledger
from bot.history.queries import AlertFilter, Sent, stream_alerts
from bot.history.store import Store
from tests.conftest import new_database
from tests.factories import always, assess, judge_simply, make_article

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)
LEASE = timedelta(minutes=1)
NEVER = 1_000_000  # more steps than the writer has
INSTANTS = 24  # of about 50 at which the writer of these tests can die


def plan(alert: Alert, revision: int) -> tuple[Delivery, ...]:
    row = str(uuid5(NAMESPACE_URL, f"{alert.id} {revision}"))
    message = Message(text=alert.changes[revision].says, blocks="")
    return (Delivery(id=row, alert=alert.id, revision=revision, channel="C1", action=Action.POST, message=message),)


def article(number: int, version: str = "first") -> Assessed:
    made = make_article(key=f"https://news.example/{number}", text=f"{version} words of {number}", day=number)
    return assess(made, organisation=f"health-{number % 3}")


def write(url: URL, attempt: int = 0) -> None:
    """Do a bit of everything that writes; doing it again finishes what an earlier try left."""
    engine = open_engine(url, pooled=False)
    store, ledger = Store(engine), Ledger(engine)
    store.record([article(0), article(1)], judge_simply, plan)
    store.record([article(2), article(2, "second"), article(1)], judge_simply, plan)
    ledger.open("b1", "{}", ["3", "4"], NOW)
    moment = NOW + timedelta(hours=attempt)  # by then the leases of an earlier try have run out
    while claimed := ledger.claim("b1", "worker", moment, LEASE):
        store.record_chunk(claimed, [article(int(claimed.place)), article(0)], [], moment)
    ledger.mark_finished("b1", NOW)
    store.rejudge(always(judge_simply), plan)


def listing(engine: Engine) -> list[tuple[Alert, list[Change], tuple[Sent, ...]]]:
    with engine.connect() as connection:
        return [
            (stored.alert, [step.change for step in stored.log], stored.deliveries)
            for stored in stream_alerts(connection, AlertFilter())
        ]


def run_and_die(url: URL, attempt: int, instant: int) -> bool:
    """Run the writer in a process of its own that is killed at its nth step; False when it came to its end first."""
    child = os.fork()
    if child == 0:  # nothing of the parent's is used or cleaned up
        steps = iter(range(1, 1_000_000))

        def step(*_: object) -> None:
            if next(steps) == instant:
                os.kill(os.getpid(), signal.SIGKILL)

        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, step)
        status = 1
        try:
            write(url, attempt)
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert ended in (0, signal.SIGKILL)
    return ended == signal.SIGKILL


@pytest.fixture(scope="session")
def whole(postgres: URL, migrated_template: str) -> Iterator[list[tuple[Alert, list[Change], tuple[Sent, ...]]]]:
    """Give what stands in the end when nothing goes wrong."""
    with new_database(postgres, template=migrated_template) as url:
        write(url)
        engine = open_engine(url, pooled=False)
        yield listing(engine)
        engine.dispose()


def assert_nothing_is_half_done(engine: Engine) -> None:
    with engine.connect() as connection:
        without_delivery = text("""
            SELECT count(*) FROM alert_change LEFT JOIN delivery USING (alert, revision) WHERE delivery.id IS NULL
        """)
        assert connection.scalar(without_delivery) == 0
        unseen = text("""
            SELECT count(*) FROM event LEFT JOIN alert_event ON alert_event.event = event.id
            WHERE alert_event.event IS NULL AND retracted IS NULL AND NOT EXISTS (SELECT FROM unjudged)
        """)
        assert connection.scalar(unseen) == 0
        done_without_rows = text("""
            SELECT count(*) FROM backfill_chunk
            WHERE state = 'done' AND NOT EXISTS (SELECT FROM article WHERE key LIKE '%/' || (place #>> '{}'))
        """)
        assert connection.scalar(done_without_rows) == 0


@pytest.mark.parametrize("seed", range(INSTANTS))
def test_a_writer_killed_at_any_step_loses_nothing_and_repeats_nothing(
    database: URL, engine: Engine, whole: list[tuple[Alert, list[Change], tuple[Sent, ...]]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - which step is no secret
    steps = [2 * seed + 1, chance.randrange(1, 60), NEVER]
    for attempt, instant in enumerate(steps):
        died = run_and_die(database, attempt, instant)
        assert died or attempt > 0
        assert_nothing_is_half_done(engine)
    assert listing(engine) == whole


def test_writers_at_the_same_time_leave_what_one_would_have_left(database: URL, engine: Engine) -> None:
    articles = [article(number, version) for number in range(12) for version in ("first", "second")]

    def run(own: list[Assessed]) -> None:
        store = Store(open_engine(database, pooled=False))
        for start in range(0, len(own), 3):
            store.record(own[start : start + 3], judge_simply, plan)

    shuffled = [random.Random(number).sample(articles, len(articles)) for number in range(4)]  # noqa: S311 - a test's order
    threads = [threading.Thread(target=run, args=(own,)) for own in shuffled]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store(engine)
    assert store.rejudge(always(judge_simply), plan).changes == ()
    with engine.connect() as connection:
        alerts = [stored.alert for stored in stream_alerts(connection, AlertFilter())]
        assert connection.scalar(text("SELECT count(*) FROM article_version")) == 24
        told = text("SELECT count(*) FROM alert_change LEFT JOIN delivery USING (alert, revision) WHERE id IS NULL")
        assert connection.scalar(told) == 0
    assert [len(alert.citations) for alert in alerts] == [4, 4, 4]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_batches_give_the_same_alerts(store: Store, engine: Engine, seed: int) -> None:
    articles = [article(number, version) for number in range(8) for version in ("first", "second")]
    store.record(articles, None, None)
    store.rejudge(always(judge_simply), plan)
    expected = listing(engine)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE article, alert CASCADE"))
    chance = random.Random(seed)  # noqa: S311 - a test's order
    chance.shuffle(articles)
    while articles:
        size = chance.randrange(1, 6)
        store.record(articles[:size], None, None)
        del articles[:size]
    store.rejudge(always(judge_simply), plan)
    alerts = listing(engine)
    assert [part[:2] for part in alerts] == [part[:2] for part in expected]
