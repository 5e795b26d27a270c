from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.core.model import Article, Precision, Rejected
from bot.sources.articles import Desk, day_date, headline, stated_date
from bot.sources.files import FolderSource, read_article_file
from bot.sources.parser_process import ParserProcess
from bot.sources.polling import Memory, memory_from_json, memory_to_json
from bot.sources.publishers import Publishers, publisher_role

LEARNED = datetime(2025, 3, 1, 8, tzinfo=UTC)
BODY = "The union said that no further bargaining sessions are scheduled. Pickets go on, it said, in all places."
CASES = Path(__file__).parents[1] / "cases" / "articles"


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as running:
        yield running


def read(path: Path, parser: ParserProcess, *, desk: Desk | None = None) -> Article:
    article = read_article_file(path, desk=desk or Desk(read_at=LEARNED), parser=parser)
    assert isinstance(article, Article), article
    return article


def refuse(path: Path, parser: ParserProcess) -> str:
    rejected = read_article_file(path, desk=Desk(read_at=LEARNED), parser=parser)
    assert isinstance(rejected, Rejected)
    assert rejected.place == path.as_posix()
    return rejected.reason


def test_front_matter_says_what_the_text_does_not(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        f"---\ntitle: Talks fail\npublisher: Union bulletin\nkind: union_update\npublished: 2025-01-16\n"
        f"url: https://www.example.org/a?utm_source=x\nregion: Southern California\n---\n\n{BODY}\n"
    )
    article = read(path, parser)
    assert article.text == BODY
    assert (article.title, article.publisher, article.publisher_role) == ("Talks fail", "Union bulletin", "union")
    assert article.key == "https://example.org/a"
    assert article.url == "https://www.example.org/a?utm_source=x"
    assert article.region == "Southern California"
    assert article.published is not None
    assert (article.published.first, article.published.precision) == (date(2025, 1, 16), Precision.DAY)


def test_in_a_backfill_a_day_counts_as_learned_at_its_noon(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\npublished: 2025-01-16\n---\n{BODY}")
    assert read(path, parser).learned == datetime(2025, 1, 16, 20, tzinfo=UTC)


def test_an_instant_is_learned_when_it_was_and_keeps_its_own_day(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\npublished: 2025-01-16T23:30:00-08:00\n---\n{BODY}")
    article = read(path, parser)
    assert article.published is not None
    assert article.published.first == date(2025, 1, 16)
    assert article.learned == datetime(2025, 1, 17, 7, 30, tzinfo=UTC)


def test_live_an_article_is_learned_when_it_is_read(tmp_path: Path, parser: ParserProcess) -> None:
    (tmp_path / "a.md").write_text(f"---\npublished: 2025-01-16\n---\n{BODY}")
    (article,) = FolderSource(tmp_path, desk=Desk(read_at=LEARNED), parser=parser).read(LEARNED)
    assert isinstance(article, Article)
    assert article.learned == LEARNED


def test_a_day_given_by_a_person_is_above_the_file(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\npublished: 2025-01-16\n---\n{BODY}")
    article = read(path, parser, desk=Desk(read_at=LEARNED, published=day_date(date(2024, 12, 13), "command line")))
    assert article.published is not None
    assert article.published.first == date(2024, 12, 13)


def test_neither_the_name_nor_the_age_of_a_file_is_a_date(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "2024-10-24-strike.txt"
    path.write_text("They stopped working. Nobody knows for how long it will go on like this.")
    assert read(path, parser).published is None


def test_without_metadata_the_day_is_worked_out_from_the_words(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"Talks fail again at the plan\n\nThursday, Oct. 24\n\nGLENDALE - {BODY}")
    published = read(path, parser).published
    assert published is not None
    assert (published.first, published.precision) == (date(2024, 10, 24), Precision.DAY)
    assert "weekday" in published.basis


def test_front_matter_with_a_loose_colon_is_read_line_by_line(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.md"
    path.write_text(f'---\ntitle: Strike: day "three"\npublished: 2025-01-16\n---\n{BODY}')
    assert read(path, parser).title == 'Strike: day "three'


def test_unreadable_front_matter_is_named_with_its_line(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\ntitle: [Talks\nbroken\n---\n{BODY}")
    assert f"{path.as_posix()}:" in refuse(path, parser)


@pytest.mark.parametrize("words", ["soon", "01/02/2025", "2025-13-40", "February 30, 2025"])
def test_a_date_with_no_or_two_readings_is_refused(tmp_path: Path, parser: ParserProcess, words: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\npublished: {words}\n---\n{BODY}")
    assert f"published '{words}' is no date" in refuse(path, parser)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2025-01-16", date(2025, 1, 16), date(2025, 1, 16)),
        ("January 16, 2025", date(2025, 1, 16), date(2025, 1, 16)),
        ("16 Jan. 2025", date(2025, 1, 16), date(2025, 1, 16)),
        ("Thursday, January 16th, 2025", date(2025, 1, 16), date(2025, 1, 16)),
        ("Thu, 16 Jan 2025 10:00:00 +0000", date(2025, 1, 16), date(2025, 1, 16)),
        ("February 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_dates_are_read_as_people_write_them(words: str, first: date, last: date) -> None:
    when = stated_date(words)
    assert when is not None
    assert (when.first, when.last) == (first, last)


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("empty.txt", b"", "the file is empty"),
        ("blank.txt", b" \n\t\n", "there is no text in it"),
        ("only.md", b"---\ntitle: x\n---\n", "there is no text in it"),
        ("scan.txt", b"%PDF-1.4 1 0 obj", "this is a PDF"),
        ("noise.txt", bytes(range(1, 9)) * 100, "control codes"),
        ("huge.txt", b"x" * 5_000_001, "too much for one article"),
        ("huge.html", b"<p>" + b"x" * 3_000_000, "too much for one article"),
        ("report.docx", b"PK\x03\x04", "'.docx' files are not read"),
        (
            "wall.html",
            b"<title>Just a moment...</title><p>Checking your browser before accessing the site.</p>",
            "challenge",
        ),
        ("none.html", b"<html><body></body></html>", "no article text"),
    ],
)
def test_each_bad_file_is_named_with_its_reason(
    tmp_path: Path, parser: ParserProcess, name: str, body: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    assert reason in refuse(path, parser)


def test_the_good_files_are_read_next_to_the_bad_ones(tmp_path: Path, parser: ParserProcess) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_text(BODY)
    (tmp_path / "c.txt").symlink_to(tmp_path / "missing.txt")
    (tmp_path / ".hidden.txt").write_text(BODY)
    (tmp_path / "notes.csv").write_text(BODY)
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "d.TXT").write_text(BODY + " More.")
    read = list(FolderSource(tmp_path, desk=Desk(read_at=LEARNED), parser=parser).read(None))
    assert [type(one).__name__ for one in read] == ["Rejected", "Article", "Rejected", "Article"]


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path, parser: ParserProcess) -> None:
    (rejected,) = FolderSource(tmp_path / "nowhere", desk=Desk(read_at=LEARNED), parser=parser).read(None)
    assert isinstance(rejected, Rejected)
    assert "there is no such file or folder" in rejected.reason


def test_a_pipe_does_not_block_the_reader(tmp_path: Path, parser: ParserProcess) -> None:
    import os  # noqa: PLC0415  # only this test needs it

    os.mkfifo(tmp_path / "a.txt")
    assert "no ordinary file" in refuse(tmp_path / "a.txt", parser)


def test_the_same_words_under_two_names_are_one_article(tmp_path: Path, parser: ParserProcess) -> None:
    (tmp_path / "a.txt").write_text(BODY)
    (tmp_path / "b.txt").write_bytes(b"\xef\xbb\xbf" + BODY.replace("\n", "\r\n").encode() + b"\r\n")
    assert read(tmp_path / "a.txt", parser).key == read(tmp_path / "b.txt", parser).key


def visit(root: Path, parser: ParserProcess, memory: Memory) -> tuple[list[Article | Rejected], Memory]:
    source = FolderSource(root, desk=Desk(read_at=LEARNED), parser=parser, memory=memory)
    found = list(source.read(LEARNED))
    assert source.visit is not None
    return found, source.visit.memory


def test_files_that_have_not_changed_are_passed_over(tmp_path: Path, parser: ParserProcess) -> None:
    (tmp_path / "a.txt").write_text(BODY)
    (tmp_path / "bad.txt").write_bytes(b"")
    found, memory = visit(tmp_path, parser, Memory())
    assert len(found) == 2
    assert visit(tmp_path, parser, memory)[0] == []
    (tmp_path / "b.txt").write_text(BODY + " Really.")
    found, _memory = visit(tmp_path, parser, memory_from_json(memory_to_json(memory)))
    assert [one.path for one in found if isinstance(one, Article)] == [(tmp_path / "b.txt").as_posix()]


def test_a_changed_file_is_a_new_version_of_the_same_article(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.txt"
    path.write_text(BODY)
    (first,), memory = visit(tmp_path, parser, Memory())
    path.write_text(BODY + " Correction: one session is scheduled.")
    (second,), memory = visit(tmp_path, parser, memory)
    path.write_text(BODY + " Correction: two sessions are scheduled.")
    (third,), _memory = visit(tmp_path, parser, memory)
    versions = [one for one in (first, second, third) if isinstance(one, Article)]
    assert len({article.key for article in versions}) == 1
    assert len({article.text_sha for article in versions}) == 3


def test_in_a_backfill_the_history_says_what_a_file_was(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.txt"
    path.write_text(BODY)
    source = FolderSource(
        tmp_path, desk=Desk(read_at=LEARNED), parser=parser, key_by_path={path.as_posix(): "text:before"}
    )
    (article,) = source.read(None)
    assert isinstance(article, Article)
    assert article.key == "text:before"


def test_a_page_is_read_without_what_surrounds_it(tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "a.html"
    paragraphs = "".join(f"<p>Paragraph {n}: {BODY}</p>" for n in range(4))
    path.write_text(
        '<html lang="en"><head><title>Talks fail | Valley Ledger</title><meta charset="utf-8">'
        '<meta property="article:published_time" content="2025-01-16T09:00:00-08:00">'
        '<meta property="og:site_name" content="Valley Ledger"></head><body><nav><a href="/">Strike watch</a></nav>'
        f"<article><h1>Talks fail</h1>{paragraphs}</article><footer>Contact</footer></body></html>"
    )
    article = read(path, parser)
    assert article.title == "Talks fail"
    assert article.text.startswith("Talks fail")
    assert article.text[: article.title_end] == "Talks fail"
    assert "Strike watch" not in article.text
    assert (article.publisher, article.publisher_role) == ("Valley Ledger", "media")
    assert article.published is not None
    assert article.published.instant == datetime(2025, 1, 16, 17, tzinfo=UTC)
    assert article.published.basis == "page metadata"


@pytest.mark.parametrize(
    ("publisher", "kind", "text", "role"),
    [
        ("Union press office", "press_release", "", "union"),
        ("Employer statement", "employer_statement", "", "company"),
        ("State regulator notice", "agency_notice", "", "regulator"),
        ("Legislative digest", "legislative", "", "government"),
        ("Union news round-up", "union_update", "", "union"),
        ("Public radio brief", "news", "", "media"),
        ("Teamsters Local 662", "", "", "union"),
        ("Department of Managed Health Care", "", "", "regulator"),
        ("Office of the Attorney General", "", "", "government"),
        ("Valley Health Plan", "", "", "company"),
        ("", "", "FOR IMMEDIATE RELEASE\nNUHW is a member-led union. It represents 19,000 health workers.", "union"),
        ("", "", "Media contact: x\nAbout Valley Care\nWe are the leading provider.", "company"),
        ("", "", "The union is a party to the talks.", "other"),
    ],
)
def test_who_speaks_is_known_from_kind_name_or_form(publisher: str, kind: str, text: str, role: str) -> None:
    assert publisher_role(publisher=publisher, kind=kind, host="", text=text, known=Publishers()) == role


def test_what_is_known_of_a_publisher_comes_first() -> None:
    known = Publishers(role_by_name={"valley times": "company"}, role_by_host={"valley.example": "union"})
    assert publisher_role(publisher="Valley Times", kind="news", host="", text="", known=known) == "company"
    assert publisher_role(publisher="Valley Times", kind="news", host="valley.example", text="", known=known) == "union"


def test_the_headline_is_the_first_line_that_is_one() -> None:
    furniture = "Sponsored message\nSubscribe\n  • Listen Now\nHealth\n\n"
    text = f"{furniture}Therapists' strike nears two months\n\nBody text follows here."
    assert headline(text) == "Therapists' strike nears two months"
    assert headline("Glendale - In the first session since October, nothing new was offered. It ended.") == ""


@pytest.mark.parametrize("path", sorted(CASES.glob("*.html")), ids=lambda path: path.stem)
def test_a_labelled_page_gives_its_article_and_nothing_around_it(path: Path, parser: ParserProcess) -> None:
    import yaml  # noqa: PLC0415  # only this test needs it

    labels = yaml.safe_load((CASES.parent / "labels" / f"{path.stem}.yaml").read_text(encoding="utf-8"))
    text = " ".join(read(path, parser).text.split())
    assert [event["quote"] for event in labels["events"] if " ".join(event["quote"].split()) not in text] == []
    assert [noise for noise in labels.get("html_noise") or [] if str(noise) in text] == []
