from datetime import UTC, datetime, timedelta

import pytest

from bot.backfill import PAUSES_SECONDS, patiently
from bot.cli.state import waits_for
from bot.errors import StoreAwayError
from bot.history.status import BackfillState

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)


def test_what_failed_while_the_database_was_away_is_done_again() -> None:
    answers: list[StoreAwayError | str] = [StoreAwayError("away"), StoreAwayError("starting"), "done"]
    waited: list[float] = []

    def do() -> str:
        answer = answers.pop(0)
        if isinstance(answer, StoreAwayError):
            raise answer
        return answer

    assert patiently(do, waited.append) == "done"
    assert waited == list(PAUSES_SECONDS[:2])


def test_a_database_that_stays_away_is_told_after_two_minutes() -> None:
    waited: list[float] = []

    def do() -> None:
        raise StoreAwayError("away")

    with pytest.raises(StoreAwayError):
        patiently(do, waited.append)
    assert 100 < sum(waited) < 130


@pytest.mark.parametrize(
    ("done", "claimed_until", "words"),
    [
        (10, None, "read, and not judged yet"),
        (4, None, "nobody reads it; go on with: bot backfill --resume b1"),
        (4, NOW - timedelta(minutes=1), "nobody reads it"),
        (4, NOW + timedelta(minutes=9), "2 processes read it (claims until 12:09); if they are gone: bot backfill"),
    ],
)
def test_the_status_says_what_an_unfinished_backfill_waits_for(
    done: int, claimed_until: datetime | None, words: str
) -> None:
    backfill = BackfillState(
        id="b1",
        started=NOW,
        chunks=10,
        done=done,
        failed=0,
        claimed_by=("a", "b"),
        claimed_until=claimed_until,
        is_judged=False,
    )
    assert words in waits_for(backfill, NOW)
