"""When an article came out, told by its text alone."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Precision
from bot.core.text.publication import date_document

SHARED = Path(__file__).parents[3] / "shared"
READ_ON = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("Talks stall\nPublished March 4, 2025\nThe union said …", date(2025, 3, 4), "publication line"),
        ("Talks stall\nBy Ana Ruiz\nMarch 4, 2025 | 5 min read\nThe union …", date(2025, 3, 4), "a line of its own"),
        ("RUSTON, Calif., March 4, 2025 – Nurses walked out today.", date(2025, 3, 4), "dateline"),
        ("RUSTON (March 4, 2025) - Nurses walked out.", date(2025, 3, 4), "dateline in brackets"),
        ("For immediate release: Tuesday, March 4, 2025\nNurses …", date(2025, 3, 4), "press release"),
        ("Talks stall\nTue., March 4\nThe union said so.", date(2025, 3, 4), "the weekday fixes the year"),
        ("Posted 2025-03-04 10:30\nUpdated 2025-03-06\nThe union …", date(2025, 3, 4), "an update is not publication"),
        ("01/11/2022\nNHS nurses in England want more.", date(2022, 11, 1), "day before month in Britain"),
        ("01/11/2022\nNurses in California want more.", date(2022, 1, 11), "month before day in America"),
        ("Talks stall\nUpdated March 6, 2025\nThe union …", date(2025, 3, 6), "better than nothing"),
    ],
)
def test_a_line_that_says_when_gives_the_day(text: str, day: date, reason: str) -> None:
    when = date_document(text, read_on=READ_ON)
    assert when is not None
    assert (when.first, when.last, when.precision) == (day, day, Precision.DAY), reason
    assert text[when.start : when.end] == when.text != ""


@pytest.mark.parametrize(
    ("text", "holds", "excludes"),
    [
        ("They were fined in March 2024. A hearing is set for May 6.", date(2024, 4, 20), date(2024, 2, 20)),
        ("The last such strike was in 2016. Pickets are out.", date(2025, 6, 3), date(2015, 12, 31)),
        ("By 2024 little had changed.", date(2024, 2, 1), date(2023, 12, 31)),
        ("They authorized a strike for Wednesday, Nov. 1.", date(2023, 10, 27), date(2023, 11, 2)),
        ("Live: the walkout, Thursday 31 July", date(2025, 7, 31), date(2026, 7, 31)),
        ("In 2025, the plan will raise its rates.", date(2024, 12, 1), date(2025, 1, 1)),
        ("They picketed on Friday, Nov. 1, downtown.", date(2024, 11, 4), date(2024, 10, 31)),
        ("It lost in court on Jan. 9, 2025, and again in 2019.", date(2025, 1, 20), date(2025, 1, 8)),
    ],
)
def test_dates_in_the_text_bound_a_window(text: str, holds: date, excludes: date) -> None:
    when = date_document(text, read_on=READ_ON)
    assert when is not None
    assert when.first <= holds <= when.last
    assert not when.first <= excludes <= when.last
    assert when.precision is Precision.WINDOW
    assert when.basis.startswith("window: ")


def test_where_a_weekday_fits_several_years_the_newest_comes_first() -> None:
    when = date_document("They picketed on Friday, Nov. 1, downtown.", read_on=READ_ON)
    assert when is not None
    assert [first.year for first, _ in ((when.first, when.last), *when.alternatives)] == [2024, 2019]


def test_a_window_never_reaches_beyond_the_day_of_reading() -> None:
    when = date_document("It lost in court on Jan. 9, 2025.", read_on=date(2025, 1, 12))
    assert when is not None
    assert (when.first, when.last) == (date(2025, 1, 9), date(2025, 1, 12))


def test_a_week_counted_from_a_known_first_day_dates_the_article() -> None:
    when = date_document("The strike is in its 5th week.", read_on=READ_ON, began={"strike": date(2025, 2, 3)})
    assert when is not None
    assert (when.first, when.last) == (date(2025, 3, 3), date(2025, 3, 9))


@pytest.mark.parametrize("text", ["", "Nurses want more.", "They met on Wednesday and will be back.", "Call 555-0142."])
def test_a_text_that_names_nothing_datable_has_no_date(text: str) -> None:
    assert date_document(text, read_on=READ_ON) is None


@given(st.text(max_size=300), st.dates(date(1995, 1, 1), date(2080, 1, 1)))
def test_whatever_the_text_the_answer_lies_before_the_day_of_reading(text: str, read_on: date) -> None:
    when = date_document(f"Oct. 3, 2011: {text} 2014 will", read_on=read_on)
    assert when is None or when.first <= when.last <= read_on


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared folder with the labelled articles is not beside the project"
)
def test_the_seeds_get_dates_or_windows_that_hold_the_true_ones() -> None:
    documents = yaml.safe_load((SHARED / "seeds-gold.yaml").read_text(encoding="utf-8"))["docs"]
    for document in documents:
        text = (SHARED / "seeds" / document["file"]).read_text(encoding="utf-8")
        when = date_document(text, read_on=READ_ON)
        assert when is not None, document["file"]
        assert when.first <= date.fromisoformat(document["doc_date"]["value"]) <= when.last, document["file"]


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared folder with the labelled articles is not beside the project"
)
def test_no_labelled_article_is_dated_wrongly_and_most_to_the_day() -> None:
    exact = 0
    for path in sorted((SHARED / "cases" / "articles").glob("*.txt")):
        published = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))["published"]
        day = published if isinstance(published, date) else date.fromisoformat(str(published)[:10])
        when = date_document(path.read_text(encoding="utf-8"), read_on=READ_ON)
        assert when is None or when.first <= day <= when.last, path.name
        exact += when is not None and when.first == when.last
    assert exact >= 50
