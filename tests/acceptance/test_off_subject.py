"""The other pages of a newspaper: elections, trials, football and weather alert nobody."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks.extraction import ROOT, Reader, make_article

PAGES = sorted((ROOT / "benchmarks" / "off_subject").glob("*.txt"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_about_something_else_alerts_nobody(page: Path, reader: Reader) -> None:
    text = page.read_text("utf-8")
    article = make_article(page.stem, text, published=date(2025, 3, 5), publisher="Herald", role="media", region=None)
    assert [fired.rule for fired in reader.fired(article)] == []
