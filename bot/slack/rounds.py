"""One round of deliveries: what waits goes out, and what comes meanwhile goes out as soon as the bell rings."""

import threading
import time
from collections.abc import Iterator
from typing import Protocol

from bot.slack.sender import Sender, Step

SHORTEST_REST_SECONDS = 0.05  # where another worker has in hand what is due


class Bell(Protocol):
    """Rings when something was put into the outbox."""

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until it rings; False when the time is over first."""
        ...


def deliver_round(sender: Sender, bell: Bell, *, seconds: float, stop: threading.Event) -> Iterator[Step]:
    """Yield every step of a round that lasts at least so long, unless it is stopped.

    Args:
        sender: does the steps.
        bell: cuts the wait short.
        seconds: how long to stay for what comes, or comes due, meanwhile.
        stop: ends the round once the step in hand is done.
    """
    ends = time.monotonic() + seconds
    while not stop.is_set():
        yield from sender.deliver_due()
        left = ends - time.monotonic()
        due = sender.seconds_to_next()
        rest = left if due is None else min(left, max(due, SHORTEST_REST_SECONDS))
        if left <= 0 or (not bell.wait(rest) and rest == left):
            return
