from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from bot.core.model import Rejected
from bot.history.ledger import MAX_ATTEMPTS, ClaimedChunk, Ledger
from bot.history.store import Store
from tests.factories import assess, make_article

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    opened = Ledger(engine)
    opened.open("b1", '{"paths": ["corpus"]}', ['{"file": 0}', '{"file": 1}'], NOW)
    return opened


def claim(ledger: Ledger, at: datetime = NOW) -> ClaimedChunk:
    claimed = ledger.claim("b1", "worker-1", at, LEASE)
    assert claimed is not None
    return claimed


def test_a_backfill_is_opened_once(ledger: Ledger) -> None:
    assert not ledger.open("b1", "{}", ['{"other": 1}'] * 9, NOW)
    assert ledger.progress("b1").chunks == 2
    assert [backfill.arguments for backfill in ledger.unfinished()] == ['{"paths": ["corpus"]}']


def test_chunks_are_claimed_in_order_each_by_one(ledger: Ledger) -> None:
    assert [claim(ledger).place, claim(ledger).place] == ['{"file": 0}', '{"file": 1}']
    assert ledger.claim("b1", "worker-2", seconds(59), LEASE) is None


def test_a_chunk_is_written_and_done_together(ledger: Ledger, store: Store) -> None:
    rejected = [Rejected(place="bad.txt", reason="it is empty")]
    recorded = store.record_chunk(claim(ledger), [assess(make_article())], rejected, seconds(1))
    assert recorded is not None
    progress = ledger.progress("b1")
    assert (progress.done, progress.articles, progress.events, progress.rejects) == (1, 1, 1, 1)
    assert list(ledger.rejects("b1")) == rejected
    assert not store.is_judged()


def test_a_worker_that_was_away_too_long_writes_nothing(ledger: Ledger, store: Store) -> None:
    slow = claim(ledger)
    again = claim(ledger, seconds(61))
    assert again.number == slow.number
    assert store.record_chunk(slow, [assess(make_article(key="https://late.example/"))], [], seconds(62)) is None
    assert not ledger.renew(slow, seconds(200))
    assert store.record_chunk(again, [assess(make_article())], [], seconds(62)) is not None
    assert store.newest() == make_article().learned
    assert ledger.progress("b1").articles == 1


def test_a_claim_can_be_kept_for_longer(ledger: Ledger) -> None:
    claimed = claim(ledger)
    assert ledger.renew(claimed, seconds(120))
    assert claim(ledger, seconds(61)).number != claimed.number


def test_a_chunk_that_fails_comes_back_and_is_given_up_in_the_end(ledger: Ledger) -> None:
    for _ in range(MAX_ATTEMPTS):
        claimed = claim(ledger)
        assert claimed.number == 0
        assert ledger.fail(claimed, "ValueError: no such record")
    assert claim(ledger).number == 1
    assert [(chunk.number, chunk.error) for chunk in ledger.failed("b1")] == [(0, "ValueError: no such record")]
    assert ledger.reopen_failed("b1") == 1
    assert claim(ledger).number == 0


def test_a_chunk_that_kills_its_workers_is_given_up(ledger: Ledger) -> None:
    for attempt in range(MAX_ATTEMPTS):
        assert claim(ledger, seconds(61 * attempt)).number == 0
    assert claim(ledger, seconds(61 * MAX_ATTEMPTS)).number == 1
    assert ledger.progress("b1").failed == 1


def test_a_backfill_ends_when_it_is_judged_and_finished(ledger: Ledger) -> None:
    ledger.mark_judged("b1", seconds(1))
    ledger.mark_finished("b1", seconds(2))
    ledger.mark_finished("b1", seconds(3))
    read = ledger.read("b1")
    assert read is not None
    assert (read.judged, read.finished) == (seconds(1), seconds(2))
    assert ledger.unfinished() == []
