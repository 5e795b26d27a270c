"""The schedule: a few jobs, each asked for when it is due, none of them twice at once, all finished before the end.

What is due lives in the database and is claimed there; the schedule only asks often enough. Any number of workers may
run on one database.
"""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    SchedulerEvent,
)
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

HEED_SECONDS = 1.0  # a signal that another thread takes, or that comes just before the wait, wakes no waiting thread


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One unit of work and how often to ask for it."""

    name: str
    run: Callable[[], None]
    every: timedelta


def serve(jobs: Sequence[Job], *, stop: threading.Event, clock: Clock) -> None:
    """Run the jobs until `stop` is set, then let the unit in hand finish.

    A job that fails is logged and asked for again when it is next due; it stops no other job.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_listener(_note_trouble, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_MISSED)
    for job in jobs:
        scheduler.add_job(
            job.run,
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
        while not stop.wait(HEED_SECONDS):
            pass
    finally:
        scheduler.shutdown(wait=True)
        log.info("worker_stopped")


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
