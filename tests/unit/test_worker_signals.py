import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.worker import Job, serve, stop_on_signals

SIGNALS = (signal.SIGTERM, signal.SIGINT)
PATIENCE_SECONDS = 20.0


@pytest.fixture(autouse=True)
def _restored_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, found in before.items():
        signal.signal(number, found)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_the_worker_wherever_it_interrupts_its_waiting(number: signal.Signals) -> None:
    stop = stop_on_signals()
    with stop._cond:  # type: ignore[attr-defined] # noqa: SLF001 - where a wait that is just beginning stands
        signal.raise_signal(number)
    assert stop.wait(10)


def test_a_signal_that_another_thread_takes_ends_the_worker_too() -> None:
    stop, gave_up = stop_on_signals(), threading.Event()

    def give_up() -> None:
        gave_up.set()
        stop.set()

    def take_signal() -> None:
        if stop._cond._waiters:  # type: ignore[attr-defined] # noqa: SLF001 - the main thread waits by now
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    patience = threading.Timer(PATIENCE_SECONDS, give_up)
    patience.start()
    jobs = [Job(name="take signal", run=take_signal, every=timedelta(milliseconds=50))]
    serve(jobs, stop=stop, clock=lambda: datetime.now(UTC))
    patience.cancel()
    assert not gave_up.is_set()
