"""An absence may only be claimed of days on which somebody was looking."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, text

from bot.history.coverage import Covered, note_archive, read_coverage
from bot.history.forgetting import trim_fetch_log

ZONE = "America/Los_Angeles"


def log(engine: Engine, source: str, at: datetime, outcome: str = "ok", *, new: int = 0) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO fetch_log (source, at, outcome, articles_new) VALUES (:source, :at, :outcome, :new)"),
            {"source": source, "at": at, "outcome": outcome, "new": new},
        )


def covered(engine: Engine, expect: timedelta = timedelta(days=7)) -> tuple[Covered, ...]:
    with engine.connect() as connection:
        return read_coverage(connection, ZONE, lambda _source: expect)


def test_days_in_a_row_are_one_run_and_a_missed_day_ends_it(engine: Engine) -> None:
    noon = datetime(2025, 3, 1, 20, tzinfo=UTC)
    for day in (0, 1, 1, 2, 4):
        log(engine, "feed:harbor", noon + timedelta(days=day))
    assert covered(engine) == (
        Covered(source="feed:harbor", first=date(2025, 3, 1), last=date(2025, 3, 3)),
        Covered(source="feed:harbor", first=date(2025, 3, 5), last=date(2025, 3, 5)),
    )


def test_a_day_is_a_day_where_the_readers_live(engine: Engine) -> None:
    log(engine, "feed:harbor", datetime(2025, 3, 2, 5, tzinfo=UTC))  # nine in the evening of the first
    assert covered(engine) == (Covered(source="feed:harbor", first=date(2025, 3, 1), last=date(2025, 3, 1)),)


def test_a_read_that_failed_covers_nothing(engine: Engine) -> None:
    log(engine, "feed:harbor", datetime(2025, 3, 2, 20, tzinfo=UTC), outcome="timeout")
    assert covered(engine) == ()


def test_the_log_is_trimmed_to_one_witness_a_day_and_covers_the_same_days(engine: Engine) -> None:
    noon = datetime(2025, 3, 1, 20, tzinfo=UTC)
    for hour, (outcome, new) in enumerate([("timeout", 0), ("ok", 0), ("ok", 3), ("unchanged", 0)]):
        for day in range(9):
            log(engine, "feed:harbor", noon + timedelta(days=day, hours=hour), outcome, new=new if day == 0 else 0)
    before = covered(engine)
    assert before == (Covered(source="feed:harbor", first=date(2025, 3, 1), last=date(2025, 3, 8)),)
    with engine.begin() as connection:
        assert trim_fetch_log(connection, noon + timedelta(days=7), ZONE) == 7 * 3
        left = connection.execute(text("SELECT outcome, articles_new FROM fetch_log ORDER BY at LIMIT 1")).one()
    assert tuple(left) == ("ok", 3)
    assert covered(engine) == before


def test_an_archive_covers_from_end_to_end_and_grows_with_each_backfill(engine: Engine) -> None:
    for first, last in ((date(2024, 5, 1), date(2024, 6, 1)), (date(2024, 4, 1), date(2024, 5, 15))):
        with engine.begin() as connection:
            note_archive(connection, Covered(source="folder:corpus", first=first, last=last))
    assert covered(engine) == (
        Covered(source="folder:corpus", first=date(2024, 4, 1), last=date(2024, 6, 1), is_archive=True),
    )


def test_a_source_that_is_read_and_has_gone_silent_is_no_witness(engine: Engine) -> None:
    noon = datetime(2025, 3, 1, 20, tzinfo=UTC)
    for day in range(12):
        log(engine, "feed:harbor", noon + timedelta(days=day), new=int(day in (2, 9)))
    assert covered(engine, timedelta(days=3)) == (
        Covered(source="feed:harbor", first=date(2025, 3, 1), last=date(2025, 3, 6)),
        Covered(source="feed:harbor", first=date(2025, 3, 10), last=date(2025, 3, 12)),
    )


def test_one_source_that_is_blocked_leaves_the_others_to_witness(engine: Engine) -> None:
    noon = datetime(2025, 3, 1, 20, tzinfo=UTC)
    for day in range(3):
        log(engine, "feed:ledger", noon + timedelta(days=day), outcome="blocked_by_site")
        log(engine, "feed:harbor", noon + timedelta(days=day))
    assert covered(engine) == (Covered(source="feed:harbor", first=date(2025, 3, 1), last=date(2025, 3, 3)),)
