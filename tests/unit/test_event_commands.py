"""`bot events`, as a pattern author types it."""

from pathlib import Path

from typer.testing import CliRunner

from bot.cli.patterns import app

RULES = Path(__file__).parents[2] / "rules"


def test_lint_says_that_the_shipped_patterns_hold() -> None:
    result = CliRunner().invoke(app, ["lint", "--rules", str(RULES)])
    assert result.exit_code == 0
    assert "event types load and their examples hold" in result.output


def test_explain_shows_what_hit_in_a_text(tmp_path: Path) -> None:
    text = tmp_path / "note.txt"
    text.write_text("The union met the hospital on Monday. Nurses at the hospital walked out on Tuesday.", "utf-8")
    result = CliRunner().invoke(app, ["explain", str(text), "--published", "2025-01-15", "--rules", str(RULES)])
    assert result.exit_code == 0
    assert "strike: “walked out”" in result.output
