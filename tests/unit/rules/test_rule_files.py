"""The rules directory: what cannot be read is named, and what loaded before goes on."""

import shutil
from pathlib import Path

import pytest

from bot.rule_files import KeptRules, load_directory, read_rules

SHIPPED = Path(__file__).parents[3] / "rules"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    copied = tmp_path / "my rules"
    shutil.copytree(SHIPPED, copied)
    return copied


def test_the_shipped_rules_load_without_a_fault() -> None:
    assert [str(fault) for fault in load_directory(SHIPPED).faults] == []


def test_a_directory_that_is_not_there_is_a_fault_that_says_what_to_set(tmp_path: Path) -> None:
    (fault,) = read_rules(tmp_path / "nowhere").faults
    assert "set RULES_DIR" in fault.message


def test_a_file_that_is_not_text_is_named_and_the_others_are_read(directory: Path) -> None:
    (directory / "strike" / "strike-ended.yaml").write_bytes(b"rule: caf\xe9")
    files = read_rules(directory)
    assert [(fault.path, fault.message) for fault in files.faults] == [
        ("rules/strike/strike-ended.yaml", "byte 9 is not UTF-8; save the file as UTF-8")
    ]
    assert "rules/strike/strike-started.yaml" in files.texts


def test_a_file_beyond_the_cap_is_not_read(directory: Path) -> None:
    (directory / "strike" / "strike-ended.yaml").write_text("#" * 1_000_001, encoding="utf-8")
    (fault,) = read_rules(directory).faults
    assert fault.message.startswith("the file has 1,000,001 bytes")


def test_a_broken_edit_keeps_the_last_good_version_of_that_file_alone(directory: Path) -> None:
    kept = KeptRules(directory=directory)
    before = kept.refresh()
    ended, started = directory / "strike" / "strike-ended.yaml", directory / "strike" / "strike-started.yaml"
    ended.write_text("rule: strike-ended\ntitel: x\n", encoding="utf-8")
    started.write_text(started.read_text(encoding="utf-8").replace("severity: high", "severity: low"), encoding="utf-8")
    after = kept.refresh()
    assert kept.running_old == ("rules/strike/strike-ended.yaml",)
    assert {fault.path for fault in kept.faults} == {"rules/strike/strike-ended.yaml"}
    versions = [{rule.id: rule.version for rule in book.rules} for book in (before, after)]
    assert versions[0]["strike-ended"] == versions[1]["strike-ended"]
    assert versions[0]["strike-started"] != versions[1]["strike-started"]


def test_a_repaired_file_is_run_again_and_a_deleted_one_is_gone(directory: Path) -> None:
    kept = KeptRules(directory=directory)
    kept.refresh()
    ended = directory / "strike" / "strike-ended.yaml"
    text = ended.read_text(encoding="utf-8")
    ended.write_text("{", encoding="utf-8")
    kept.refresh()
    ended.write_text(text.replace("severity: high", "severity: low"), encoding="utf-8")
    repaired = kept.refresh().by_id("strike-ended")
    assert repaired is not None
    assert repaired.severity.value == "low"
    assert kept.faults == ()
    ended.unlink()
    assert kept.refresh().by_id("strike-ended") is None


def test_a_broken_event_type_stops_no_rule(directory: Path) -> None:
    kept = KeptRules(directory=directory)
    before = kept.refresh()
    (directory / "events" / "strike.yaml").write_text("event: [", encoding="utf-8")
    assert [rule.id for rule in kept.refresh().rules] == [rule.id for rule in before.rules]
    assert "rules/events/strike.yaml" in kept.running_old


def test_a_slot_that_is_taken_away_from_a_running_rule_changes_nothing(directory: Path) -> None:
    kept = KeptRules(directory=directory)
    before = kept.refresh()
    session = directory / "events" / "bargaining_session.yaml"
    session.write_text(session.read_text(encoding="utf-8").replace("none_scheduled", "empty"), encoding="utf-8")
    assert kept.refresh() is before
    assert "rules/bargaining/no-sessions-scheduled.yaml" in {fault.path for fault in kept.faults}
    assert kept.running_old == ("rules/events/bargaining_session.yaml",)
