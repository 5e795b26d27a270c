"""The schedule with real threads and no sleeping: jobs tell the test when they ran."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import HungError
from bot.worker import Job, Watchdog, serve


def clock() -> datetime:
    return datetime.now(UTC)


def test_every_job_runs_at_once_and_the_worker_ends_when_it_is_told_to() -> None:
    stop, ran = threading.Event(), []

    def collect() -> None:
        ran.append("collect")
        stop.set()

    serve([Job(name="collect", run=collect, every=timedelta(hours=1))], stop=stop, clock=clock)
    assert ran == ["collect"]


def test_the_unit_in_hand_is_finished_before_the_worker_ends() -> None:
    stop, started, finished = threading.Event(), threading.Event(), []

    def slow() -> None:
        started.set()
        stop.wait()
        finished.append("slow")

    def stop_once_started() -> None:
        started.wait()
        stop.set()

    stopper = threading.Thread(target=stop_once_started)
    stopper.start()
    serve([Job(name="slow", run=slow, every=timedelta(hours=1))], stop=stop, clock=clock)
    stopper.join()
    assert finished == ["slow"]


def test_a_job_that_fails_is_logged_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    stop, failed = threading.Event(), threading.Event()

    def broken() -> None:
        failed.set()
        raise ValueError("no such page")

    def steady() -> None:
        failed.wait()
        stop.set()

    jobs = [
        Job(name="broken", run=broken, every=timedelta(hours=1)),
        Job(name="steady", run=steady, every=timedelta(hours=1)),
    ]
    with caplog.at_level(logging.ERROR, logger="bot.worker"):
        serve(jobs, stop=stop, clock=clock)
    assert [record.fields["job"] for record in caplog.records if record.message == "job_failed"] == ["broken"]  # type: ignore[attr-defined]


def test_a_job_that_hangs_ends_the_service_and_is_named() -> None:
    freed = threading.Event()

    def hang() -> None:
        freed.wait()

    steady = Job(name="steady", run=lambda: None, every=timedelta(hours=1))
    hung = Job(name="hung", run=hang, every=timedelta(hours=1), patience=timedelta(0))
    with pytest.raises(HungError, match="no sign of life from: hung") as raised:
        serve([steady, hung], stop=threading.Event(), clock=clock, heed_seconds=0.01)
    freed.set()
    assert raised.value.jobs == ("hung",)


def test_a_job_that_is_never_asked_for_again_hangs_as_well() -> None:
    watchdog = Watchdog()
    watchdog.allow("beat", timedelta(seconds=10) + timedelta(minutes=2))
    assert watchdog.pass_by(130) == ()
    assert watchdog.pass_by(1) == ("beat",)


def test_who_gives_signs_may_take_as_long_as_it_likes() -> None:
    watchdog = Watchdog()
    for _ in range(100):
        watchdog.allow("collect", timedelta(seconds=60))
        assert watchdog.pass_by(59) == ()


def test_nothing_is_awaited_of_who_is_not_at_work() -> None:
    watchdog = Watchdog()
    with watchdog.at_work("take up rules", timedelta(seconds=60)):
        assert watchdog.pass_by(61) == ("take up rules",)
    assert watchdog.pass_by(1_000) == ()
