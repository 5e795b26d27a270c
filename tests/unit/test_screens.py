"""What a person reads in the terminal."""

from io import StringIO

from rich.console import Console

from bot.cli import screens
from tests.alert_builders import alert, change, citation


def _printed(sentence: str) -> str:
    told = alert(change(citations=(citation(sentence=sentence),)))
    out = Console(file=StringIO(), width=400, color_system=None)
    out.print(screens.alerts_table([told], {}))
    written = out.file
    assert isinstance(written, StringIO)
    return written.getvalue()


def test_the_deciding_words_stand_in_their_sentence() -> None:
    sentence = "Callers hear of 14 business days for a first visit."
    assert f"“{sentence}”" in _printed(sentence)


def test_a_long_sentence_is_cut_between_words() -> None:
    shown = _printed(f"{'before ' * 40}14 business days {'after ' * 40}.")
    assert "“…before " in shown
    assert " 14 business days " in shown
    assert " after…”" in shown
