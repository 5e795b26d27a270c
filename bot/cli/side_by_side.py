"""Work that falls apart into shares, done by as many processes as there are processors."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar, cast

Share = TypeVar("Share")
Answer = TypeVar("Answer")

MOST = 4  # processes; each holds its share in memory, and more would wait for one database


def processors() -> int:
    """Return how many processes can work side by side here: one where this program cannot be forked safely."""
    return min(len(os.sched_getaffinity(0)), MOST) if sys.platform == "linux" else 1


def each(do: Callable[[Share], Answer], shares: Sequence[Share]) -> list[Answer]:
    """Return what comes of each share: the first is done here, every other one by a fork of this program meanwhile.

    A share that a fork could not do is done here again, so that its error is raised here.

    Args:
        do: what to do; it opens its own connections, for a fork may not use those of this program.
        shares: at least one.
    """
    forks = [_begin(do, share) for share in shares[1:]]
    answers = [do(shares[0])]
    for share, fork in zip(shares[1:], forks, strict=True):
        answer = _end(fork)
        answers.append(do(share) if answer is None else cast("Answer", answer[0]))
    return answers


_Fork = tuple[multiprocessing.process.BaseProcess, Connection]


def _begin(do: Callable[[Share], Answer], share: Share) -> _Fork:
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    fork = context.Process(target=_work, args=(do, share, there), daemon=True)
    fork.start()
    there.close()
    return fork, here


def _work(do: Callable[[Share], Answer], share: Share, there: Connection) -> None:
    sys.stderr = sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # what fails is told by who does it again
    there.send((do(share),))


def _end(fork: _Fork) -> tuple[object] | None:
    """Return what a fork gave, None where it gave nothing."""
    worker, here = fork
    try:
        answer: tuple[object] = here.recv()
    except EOFError:
        return None
    finally:
        here.close()
        worker.join()
    return answer
