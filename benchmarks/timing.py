"""CPU seconds of a call, and the ratio of two calls in the same run: what every benchmark here prints."""

import time
from collections.abc import Callable
from statistics import median


def cpu_seconds(call: Callable[[], object], *, runs: int = 3) -> float:
    """Return the median CPU seconds of `runs` calls in this process, children not counted."""
    taken = []
    for _ in range(runs):
        before = time.process_time()
        call()
        taken.append(time.process_time() - before)
    return median(taken)


def report(name: str, ours: float, peer: float, *, count: int, unit: str) -> None:
    """Print the rates of both and how many times the peer's rate ours is."""
    print(f"{name}: {count / ours:,.0f} {unit}/s, peer {count / peer:,.0f} {unit}/s, ratio {peer / ours:.1f}")
