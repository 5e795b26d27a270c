"""The schedule: a few jobs, each asked for when it is due, none of them twice at once, all finished before the end.

What is due lives in the database and is claimed there; the schedule only asks often enough. Any number of workers may
run on one database.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    SchedulerEvent,
)
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import HungError

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

HEED_SECONDS = 1.0  # a signal that another thread takes, or that comes just before the wait, wakes no waiting thread


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One unit of work and how often to ask for it."""

    name: str
    run: Callable[[], None]
    every: timedelta
    patience: timedelta = timedelta(minutes=5)  # without a sign of life while it runs: it hangs


class Watchdog:
    """Knows who must give a sign of life, and how long each may still be silent.

    It counts the time that its own thread saw pass: while the whole program stands still, nobody is silent.
    """

    def __init__(self) -> None:
        self._left: dict[str, float] = {}  # seconds
        self._lock = threading.Lock()

    def allow(self, who: str, patience: timedelta) -> None:
        """Take a sign of life: the next one may take so long."""
        with self._lock:
            self._left[who] = patience.total_seconds()

    @contextmanager
    def at_work(self, who: str, patience: timedelta) -> Iterator[None]:
        """Await an end within so long; nothing is awaited afterwards."""
        self.allow(who, patience)
        try:
            yield
        finally:
            with self._lock:
                del self._left[who]

    def pass_by(self, seconds: float) -> tuple[str, ...]:
        """Let time pass; return who was silent for too long."""
        with self._lock:
            self._left = {who: left - seconds for who, left in self._left.items()}
            return tuple(sorted(who for who, left in self._left.items() if left < 0))


def serve(
    jobs: Sequence[Job],
    *,
    stop: threading.Event,
    clock: Clock,
    watchdog: Watchdog | None = None,
    heed_seconds: float = HEED_SECONDS,
) -> None:
    """Run the jobs until `stop` is set, then let the unit in hand finish.

    A job that fails is logged and asked for again when it is next due; it stops no other job.

    Args:
        jobs: what to run.
        stop: ends it.
        clock: tells the moment it is.
        watchdog: takes further signs from the jobs.
        heed_seconds: how often this thread looks at `stop`, and whether a job hangs.

    Raises:
        HungError: when a job gives no sign for longer than it may; its thread cannot be ended but with the program.
    """
    watchdog, is_hung = watchdog or Watchdog(), False
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_listener(_note_trouble, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_MISSED)
    for job in jobs:
        watchdog.allow(job.name, job.every + job.patience)
        scheduler.add_job(
            partial(_run, job, watchdog),
            "interval",
            seconds=job.every.total_seconds(),
            id=job.name,
            next_run_time=clock(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # late is better than not at all
        )
    scheduler.start()
    log.info("worker_started", extra={"fields": {"jobs": [job.name for job in jobs]}})
    try:
        while not stop.wait(heed_seconds):
            if silent := watchdog.pass_by(heed_seconds):
                is_hung = True
                raise HungError(silent)
    finally:
        scheduler.shutdown(wait=not is_hung)
        log.info("worker_stopped")


def _run(job: Job, watchdog: Watchdog) -> None:
    watchdog.allow(job.name, job.patience)
    try:
        job.run()
    finally:
        watchdog.allow(job.name, job.every + job.patience)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set; call it in the main thread.

    A thread of its own sets it: the main thread may be interrupted inside the event's lock, and would wait for itself.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: threading.Thread(target=stop.set, daemon=True).start())
    return stop


def _note_trouble(event: SchedulerEvent) -> None:
    if isinstance(event, JobExecutionEvent) and event.code == EVENT_JOB_ERROR:
        log.error("job_failed", extra={"fields": {"job": event.job_id}}, exc_info=event.exception)
    else:
        log.debug("job_skipped", extra={"fields": {"job": event.job_id, "code": event.code}})
