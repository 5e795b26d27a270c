import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs

LOGGER = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err.splitlines()


def test_a_unit_of_work_is_one_line_with_its_counts_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    with logs.unit_of_work(LOGGER, "cycle", source="folder:in") as counted:
        counted["articles"] = 3
    (line,) = (json.loads(line) for line in _lines(capsys))
    assert (line["event"], line["level"], line["source"], line["articles"]) == (
        "cycle_finished",
        "info",
        "folder:in",
        3,
    )
    assert line["seconds"] >= 0
    assert line["at"].endswith("Z")


def test_a_unit_that_fails_says_why_and_passes_the_error_on(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    with pytest.raises(ValueError, match="no such page"), logs.unit_of_work(LOGGER, "fetch", source="feed:a"):
        raise ValueError("no such page")
    (line,) = (json.loads(line) for line in _lines(capsys))
    assert (line["event"], line["error"], line["says"]) == ("fetch_failed", "ValueError", "no such page")


def test_text_quotes_only_what_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "text")
    logs.note(LOGGER, "file_rejected", path="in box/a.txt", reason="empty", bytes=0)
    (line,) = _lines(capsys)
    assert line.endswith('info    file_rejected path="in box/a.txt" reason=empty bytes=0')


def test_text_from_outside_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "text")
    LOGGER.info("title\n2030-01-01T00:00:00.000Z error   forged")
    logs.note(LOGGER, "article_recorded", title="a\nb")
    assert len(_lines(capsys)) == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_written_wherever_it_stands(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logs.configure("info", "json" if form == "json" else "text", secrets=['pa"ss\\word', "opaque-key", ""])
    logs.note(LOGGER, "tried", token="xoxb-12-ab", app="xapp-1-A", url="postgresql://bot:hunter2@db/x")  # noqa: S106
    logs.note(LOGGER, "tried", hook="https://hooks.slack.com/services/T0/B0/keykey")
    LOGGER.info("with %s", 'pa"ss\\word')
    try:
        int("opaque-key")
    except ValueError:
        LOGGER.exception("failed")
    written = "\n".join(_lines(capsys))
    for secret in ("xoxb-12-ab", "xapp-1-A", "hunter2", "keykey", 'pa"ss', "opaque-key"):
        assert secret not in written
    assert "@db/x" in written


def test_the_level_silences_what_is_below(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "text")
    logs.note(LOGGER, "cycle_finished")
    logs.note(LOGGER, "source_failed", level=logging.WARNING)
    assert [line.split()[2] for line in _lines(capsys)] == ["source_failed"]
