"""A chunk's claim lasts as long as something comes of it: the reader that hangs loses it, the slow one keeps it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from bot.backfill import LEASE, RENEW, Reader
from bot.core.model import Article, Rejected
from bot.history.ledger import Ledger, hold_chunk
from bot.history.store import Store
from tests.factories import make_article

PAGES = 40


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = datetime(2025, 1, 6, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, length: timedelta) -> None:
        self.now += length


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    opened = Ledger(engine)
    opened.open("b1", "{}", ["{}"], Clock().now)
    return opened


def reader(engine: Engine, clock: Clock, read: Iterable[Article | Rejected], worker: str = "first") -> Reader:
    return Reader(
        worker=worker,
        ledger=Ledger(engine),
        store=Store(engine),
        read=lambda _place: read,
        extract=lambda _article: (),
        clock=clock,
    )


def page(number: int) -> Article:
    return make_article(key=f"https://archive.example/{number}")


def test_a_slow_reader_keeps_its_chunk_as_long_as_something_comes(engine: Engine, ledger: Ledger) -> None:
    clock, refused = Clock(), list[bool]()

    def slow() -> Iterator[Article]:
        for number in range(PAGES):
            clock.wait(RENEW)
            refused.append(ledger.claim("b1", "second", clock.now, LEASE) is None)
            yield page(number)

    assert reader(engine, clock, slow()).do_all("b1") == 1
    assert all(refused)
    assert clock.now > Clock().now + 5 * LEASE
    assert ledger.progress("b1").articles == PAGES


def test_a_reader_that_hangs_loses_its_chunk_and_writes_nothing_when_it_wakes(engine: Engine, ledger: Ledger) -> None:
    clock, began = Clock(), Clock().now
    other = reader(engine, clock, [page(number) for number in range(PAGES)], worker="second")

    def hung() -> Iterator[Article]:
        yield make_article(key="https://hung.example/")
        assert not other.do_next("b1")
        clock.wait(LEASE + timedelta(seconds=1))
        assert other.do_next("b1")
        yield make_article(key="https://woken.example/")
        pytest.fail("it reads on although its chunk is another's")

    assert reader(engine, clock, hung()).do_next("b1")
    assert clock.now - began < timedelta(minutes=2)
    progress = ledger.progress("b1")
    assert (progress.done, progress.articles, progress.working) == (1, PAGES, 0)


def test_a_chunk_that_is_being_written_is_taken_by_nobody(engine: Engine, ledger: Ledger) -> None:
    clock = Clock()
    claimed = ledger.claim("b1", "first", clock.now, LEASE)
    assert claimed is not None
    late = clock.now + 2 * LEASE
    with engine.begin() as writing:
        assert hold_chunk(writing, claimed)
        assert ledger.claim("b1", "second", late, LEASE) is None
    assert ledger.claim("b1", "second", late, LEASE) is not None
