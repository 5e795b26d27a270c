import signal
from collections.abc import Iterator

import pytest

from bot.worker import stop_on_signals

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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
