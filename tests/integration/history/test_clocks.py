"""Workers whose clocks jump by hours, forward and back: leases run out early or late, and nothing is done twice."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from bot.core.model import Action, Claimed, Delivery, Message, Receipt
from bot.history.leases import ClaimedSource, Reading, Sources, Worker, Workers
from bot.history.ledger import ClaimedChunk, Ledger
from bot.history.outbox import Outbox
from bot.history.store import Store
from tests.factories import assess, make_article
from tests.integration.history.conftest import fall_silent

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
JUMP_HOURS = 3.0
STEPS = 400  # of which the work takes a few dozen
CHUNKS = 8


class JumpingClock:
    """Goes on by a minute at each look, and at times jumps."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._now = NOW

    def __call__(self) -> datetime:
        self._now += timedelta(minutes=1)
        if self._chance.random() < 0.2:
            self._now += timedelta(hours=self._chance.uniform(-JUMP_HOURS, JUMP_HOURS))
        return self._now


@pytest.mark.parametrize("seed", range(6))
def test_chunks_are_written_once_whatever_the_clocks_say(engine: Engine, store: Store, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's order
    ledger, written = Ledger(engine), Counter[int]()
    ledger.open("b", "{}", [str(number) for number in range(CHUNKS)], NOW)
    clocks = [JumpingClock(chance) for _ in range(3)]
    held: dict[int, ClaimedChunk] = {}
    for _ in range(STEPS):
        worker = chance.randrange(3)
        claimed = held.pop(worker, None)
        if claimed is None:
            claimed = ledger.claim("b", f"w{worker}", clocks[worker](), LEASE)
            held |= {worker: claimed} if claimed else {}
        elif chance.random() < 0.8:  # else it dies, with its claim
            article = assess(make_article(key=f"https://news.example/{claimed.number}", text=f"No. {claimed.number}"))
            written[claimed.number] += store.record_chunk(claimed, [article], [], clocks[worker]()) is not None
    failed = {chunk.number for chunk in ledger.failed("b")}
    while claimed := ledger.claim("b", "last", NOW + timedelta(days=9), LEASE):
        article = assess(make_article(key=f"https://news.example/{claimed.number}", text=f"No. {claimed.number}"))
        written[claimed.number] += store.record_chunk(claimed, [article], [], NOW) is not None
    assert written == Counter(set(range(CHUNKS)) - failed)
    assert ledger.progress("b").is_read
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM article")) == len(written)


@pytest.mark.parametrize("seed", range(6))
def test_a_message_is_marked_as_sent_once_and_looked_for_before_it_is_sent_again(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's order
    outbox, shown = Outbox(engine), Counter[str]()
    outbox.add([_delivery(number) for number in range(CHUNKS)])
    clocks = [JumpingClock(chance) for _ in range(3)]
    held: dict[int, Claimed] = {}
    for step in range(STEPS * 2):
        worker = chance.randrange(3)
        claimed = held.pop(worker, None)
        if claimed is None:
            late = NOW + timedelta(days=9)
            claimed = outbox.claim(f"w{worker}", late if step > STEPS else clocks[worker](), LEASE)
            if claimed is not None:  # a sender calls at once after its claim, and looks first where it is unclear
                held[worker] = claimed
                shown[claimed.delivery.id] += not (claimed.unclear and shown[claimed.delivery.id])
        elif chance.random() < 0.8 or step > STEPS:  # else it dies before it learns of it
            at = clocks[worker]()
            outbox.sent(claimed, Receipt(channel="C", ts="1"), at, at)
    assert shown == Counter(f"{number:03}" for number in range(CHUNKS))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery WHERE state = 'sent'")) == CHUNKS


def _delivery(number: int) -> Delivery:
    message = Message(text="told", blocks="[]")
    return Delivery(
        id=f"{number:03}", alert=None, revision=0, channel=f"C{number % 2}", action=Action.POST, message=message
    )


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_source_read_on_a_clock_that_jumps_has_one_reader_whose_note_counts(engine: Engine, hours: int) -> None:
    sources = Sources(engine)
    sources.register(["a"])
    jumped = NOW + timedelta(hours=hours)
    (first,) = sources.claim(["a"], "w1", NOW, LEASE)
    second: list[ClaimedSource] = list(sources.claim(["a"], "w2", jumped, LEASE))
    assert bool(second) is (hours > 0)  # only to a clock that is ahead has the lease run out
    note = Reading(outcome="ok", condition="healthy", next_attempt=NOW + timedelta(hours=1))
    assert sources.finish(first, note, NOW) is (not second)
    assert [sources.finish(each, note, jumped) for each in second] == [True] * len(second)


def test_workers_buried_too_early_are_back_at_their_next_sign(engine: Engine) -> None:
    workers, ledger = Workers(engine), Ledger(engine)
    ledger.open("b", "{}", ["0"], NOW)
    hung = Worker(id="w1", host="h", pid=1, started=NOW)
    workers.beat(hung)
    claimed = ledger.claim("b", "w1", NOW, LEASE)
    assert claimed is not None
    fall_silent(engine, hours=2)
    assert workers.bury(timedelta(hours=1)) == ["w1"]  # and frees what it had in hand
    other = ledger.claim("b", "w2", NOW, LEASE)
    assert other is not None
    assert Store(engine).record_chunk(claimed, [], [], NOW) is None
    assert Store(engine).record_chunk(other, [], [], NOW) is not None
    workers.beat(hung)
    assert [worker.id for worker in workers.living()] == ["w1"]
