"""Time expressions, placed from the day an article came out."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Precision, Role, When
from bot.core.text.lexicon import words
from bot.core.text.quantities import find_quantities
from bot.core.text.sentences import split_sentences
from bot.core.text.times import TimeContext, find_beginnings, find_times

SHARED = Path(__file__).parents[3] / "shared"
THURSDAY = date(2024, 10, 24)
STRIKE = {"strike": date(2024, 10, 21)}


def _published(first: date, last: date | None = None) -> When:
    precision = Precision.DAY if last is None else Precision.WINDOW
    return When(first=first, last=last or first, precision=precision, basis="test")


def _context(day: date = THURSDAY, country: str = "US") -> TimeContext:
    return TimeContext(published=_published(day), began=STRIKE, country=country)


def _spans(text: str, context: TimeContext | None = None) -> list[tuple[str, str, str]]:
    found = find_times(text, 0, len(text), context or _context())
    return [(when.text, when.first.isoformat(), when.last.isoformat()) for when in found]


def _day(named: str, day: str) -> list[tuple[str, str, str]]:
    return [(named, day, day)]


@pytest.mark.parametrize(
    ("text", "named", "day", "reason"),
    [
        ("They met Wednesday.", "Wednesday", "2024-10-23", "told in the past"),
        ("Talks are scheduled for Friday.", "Friday", "2024-10-25", "told as to come"),
        ("They will picket Thursday from 6 a.m.", "Thursday", "2024-10-24", "the day itself counts"),
        ("The form is due by Thursday.", "Thursday", "2024-10-31", "'by' the same day would be 'today'"),
        ("After a session Wednesday, they will be back.", "Wednesday", "2024-10-23", "the clause ends at the comma"),
        ("The walkout began on Monday.", "Monday", "2024-10-21", "told in the past"),
        ("A hearing is set for Monday morning.", "Monday morning", "2024-10-28", "the part of the day belongs to it"),
        ("A vote took place Thursday, Oct. 17.", "Thursday, Oct. 17", "2024-10-17", "date with its weekday"),
        ("It was Tuesday, Nov. 1, when she came.", "Tuesday, Nov. 1", "2022-11-01", "the weekday fixes the year"),
        ("They met on Sept. 3.", "Sept. 3", "2024-09-03", "the latest one before"),
        ("They will meet on January 7.", "January 7", "2025-01-07", "the next one, in the next year"),
        ("It opened on 4 March 2023.", "4 March 2023", "2023-03-04", "day before month"),
        ("It opened on the 4th of March, 2023.", "4th of March, 2023", "2023-03-04", "ordinal day"),
        ("It opened on 2023-03-04.", "2023-03-04", "2023-03-04", "ISO form"),
        ("She left on Nov. 3 of last year.", "Nov. 3 of last year", "2023-11-03", "the year by distance"),
        ("It was filed two days ago.", "two days ago", "2024-10-22", "counted back"),
        ("It will be filed tomorrow.", "tomorrow", "2024-10-25", "relative day"),
        ("They will walk out on Halloween.", "Halloween", "2024-10-31", "holiday to come"),
        (
            "They meet the Thursday before Thanksgiving.",
            "Thursday before Thanksgiving",
            "2024-11-21",
            "told from a holiday",
        ),
        ("They have been out since Tuesday last.", "Tuesday last", "2024-10-22", "the one before the article"),
        ("They meet again Friday week.", "Friday week", "2024-11-01", "a week after the coming one"),
        ("They will be out for 48 hours from Monday.", "Monday", "2024-10-28", "the day it begins"),
        ("It happened on Presidents Day.", "Presidents Day", "2024-02-19", "holiday told in the past"),
        ("It happened on Labor Day 2022.", "Labor Day 2022", "2022-09-05", "holiday of a stated year"),
        ("It closed on Diwali 2023.", "Diwali 2023", "2023-11-12", "by the moon"),
        ("It will close before Eid al-Adha.", "Eid al-Adha", "2025-06-06", "a name with a hyphen"),
        ("It closed on Passover 2023.", "Passover 2023", "2023-04-06", "of a stated year"),
        ("It closed on Good Friday.", "Good Friday", "2024-03-29", "movable feast"),
        ("It is the first Monday of December.", "first Monday of December", "2024-12-02", "counted in a month"),
        (
            "They met three days before Christmas 2023.",
            "three days before Christmas 2023",
            "2023-12-22",
            "beside a day",
        ),
        ("They will meet next Tuesday.", "next Tuesday", "2024-10-29", "of next week"),
        ("They authorized a strike for Friday.", "Friday", "2024-10-25", "'for' a day is ahead of what was done"),
        ("She will be called on Nov. 4.", "Nov. 4", "2024-11-04", "the modal before 'be' decides"),
        ("It sets a trial for March 12.", "March 12", "2025-03-12", "'for' a day is ahead"),
        ("A judge is to hear it on Nov. 4.", "Nov. 4", "2024-11-04", "'is to' speaks of what is to come"),
        ("By Tuesday the people who make it were back.", "Tuesday", "2024-10-22", "the verb behind the clause decides"),
    ],
)
def test_an_expression_for_a_day_is_placed_on_it(text: str, named: str, day: str, reason: str) -> None:
    assert _spans(text) == _day(named, day), reason


@pytest.mark.parametrize(
    ("text", "named", "day", "reason"),
    [
        ("It began Monday. The next day they met.", "The next day", "2024-10-22", "the day after"),
        (
            "They spoke Monday. They had voted the night before to go.",
            "the night before",
            "2024-10-20",
            "the day before",
        ),
        ("She called on Oct. 15 and was seen that same day.", "same day", "2024-10-15", "the day itself"),
        ("It closed on Monday. Two days before, it was full.", "Two days before", "2024-10-19", "counted back"),
        ("He agreed on Feb. 6, and she a day later.", "a day later", "2024-02-07", "counted from it"),
    ],
)
def test_a_time_told_from_the_date_before_it_is_counted_from_there(
    text: str, named: str, day: str, reason: str
) -> None:
    assert _spans(text)[-1:] == _day(named, day), reason


@pytest.mark.parametrize(
    ("named", "country", "day"),
    [
        ("St David's Day", "GB", "2024-03-01"),
        ("Anzac Day", "AU", "2024-04-25"),
        ("Heritage Day", "ZA", "2024-09-24"),
        ("Labour Day", "NZ", "2024-10-28"),
        ("Labour Day", "CA", "2024-09-02"),
        ("Groundhog Day", "US", "2024-02-02"),
        ("Shrove Tuesday", "GB", "2024-02-13"),
    ],
)
def test_a_day_with_a_name_is_that_of_the_country(named: str, country: str, day: str) -> None:
    [(text, first, _)] = _spans(f"They marched on {named} of this year.", _context(country=country))
    assert (text.startswith(named), first) == (True, day)


def test_a_day_that_has_its_name_elsewhere_only_is_not_placed() -> None:
    assert _spans("They marched on Heritage Day.") == []


def test_a_time_told_from_a_day_passes_over_dates_that_are_no_days() -> None:
    text = "They came on Tuesday. The order of 2021 says so. That same night they left."
    start = text.index("That")
    [when] = find_times(text, start, len(text), _context())
    assert (when.text, when.first) == ("same night", date(2024, 10, 22))


def test_a_month_told_from_the_date_before_it_takes_its_year() -> None:
    assert _spans("A survey in March 2013 led to a fine that June.")[1] == ("that June", "2013-06-01", "2013-06-30")


def test_the_following_month_of_a_name_lies_after_the_date_before_it() -> None:
    assert _spans("Referred in March 2013, seen the following May.")[1][1:] == ("2013-05-01", "2013-05-31")
    assert _spans("Referred in March 2013, seen the following March.")[1][1:] == ("2014-03-01", "2014-03-31")


def test_what_comes_before_a_noun_is_told_from_the_noun() -> None:
    assert _spans("It began Monday, the day before the vote.") == _day("Monday", "2024-10-21")


def test_last_tuesday_on_a_sunday_lies_in_the_week_that_ends() -> None:
    assert _spans("They met last Tuesday.", _context(date(2024, 10, 27))) == _day("last Tuesday", "2024-10-22")


def test_a_weekday_into_the_next_is_a_range() -> None:
    assert _spans("They met from Saturday into Sunday.") == [("from Saturday into Sunday", "2024-10-19", "2024-10-20")]


@pytest.mark.parametrize(
    ("text", "named", "first", "last"),
    [
        ("They have been out since October.", "October", "2024-10-01", "2024-10-31"),
        ("The fine of 2021 stands.", "2021", "2021-01-01", "2021-12-31"),
        ("It was paid last year.", "last year", "2023-01-01", "2023-12-31"),
        ("The agency spoke this week.", "this week", "2024-10-21", "2024-10-27"),
        ("It filed earlier this month.", "earlier this month", "2024-10-01", "2024-10-31"),
        ("No talks are booked for next week.", "next week", "2024-10-28", "2024-11-03"),
        ("It is now in its first week.", "first week", "2024-10-21", "2024-10-27"),
        ("The plan is due in March 2025.", "March 2025", "2025-03-01", "2025-03-31"),
        ("Waits grew in the third quarter of 2023.", "third quarter of 2023", "2023-07-01", "2023-09-30"),
        ("It was approved in fiscal 2024.", "fiscal 2024", "2023-10-01", "2024-09-30"),
        ("The 2023-24 budget held.", "2023-24", "2023-07-01", "2024-06-30"),
        ("It ran from Oct. 21 to Nov. 3, 2022.", "from Oct. 21 to Nov. 3, 2022", "2022-10-21", "2022-11-03"),
        ("The week of Oct. 14 was quiet.", "week of Oct. 14", "2024-10-14", "2024-10-20"),
        ("It was found in early 2023.", "early 2023", "2023-01-01", "2023-06-30"),
        ("He said so over the past two weeks.", "past two weeks", "2024-10-10", "2024-10-24"),
        ("It fell last summer.", "last summer", "2024-06-01", "2024-08-31"),
        ("A similar strike took place in October 2022.", "October 2022", "2022-10-01", "2022-10-31"),
        ("It fell in the second half of July.", "second half of July", "2024-07-16", "2024-07-31"),
        ("It fell in the third quarter of fiscal 2024.", "third quarter of fiscal 2024", "2024-04-01", "2024-06-30"),
    ],
)
def test_an_expression_for_a_period_spans_it(text: str, named: str, first: str, last: str) -> None:
    assert _spans(text) == [(named, first, last)]


def test_days_that_share_a_month_are_told_one_by_one_and_the_year_rolls_over() -> None:
    text = "No lines will stand on December 24, 25, 31, and January 1."
    assert [(named, first) for named, first, _ in _spans(text)] == [
        ("December 24", "2024-12-24"),
        ("25", "2024-12-25"),
        ("31", "2024-12-31"),
        ("January 1", "2025-01-01"),
    ]


@pytest.mark.parametrize(
    ("text", "days", "reason"),
    [
        ("They strike on 27 and 28 November.", ["2024-11-27", "2024-11-28"], "the month stands behind the last"),
        ("They will strike on 20, 21 and 22 March.", ["2025-03-20", "2025-03-21", "2025-03-22"], "so with three"),
        ("They strike on Monday 4 and Tuesday 5 November.", ["2024-11-04", "2024-11-05"], "each with its weekday"),
        ("They have dates on the 28th and the 30th.", ["2024-10-28", "2024-10-30"], "without a month"),
        ("Of 12 and 14 nurses none came in May.", ["2024-05-01"], "numbers of something else are no days"),
        ("It ran between 3 and 9 June.", ["2024-06-03"], "a range is one time"),
    ],
)
def test_days_listed_before_their_month_are_told_one_by_one(text: str, days: list[str], reason: str) -> None:
    assert [first for _, first, _ in _spans(text)] == days, reason


def test_a_distance_behind_a_date_dates_the_clause_that_it_opens() -> None:
    text = "They were back on Wednesday, a day after members ratified the deal."
    assert _spans(text) == [("Wednesday", "2024-10-23", "2024-10-23"), ("a day after", "2024-10-22", "2024-10-22")]
    assert _spans("They were back a day after members ratified the deal.") == []


def test_a_distance_counts_from_the_date_named_before_and_never_from_publication() -> None:
    text = "They went out in October 2020. It was quiet. The same had been seen two years earlier."
    sentence = split_sentences(text)[-1]
    found = find_times(text, sentence.start, sentence.end, _context(date(2025, 3, 5)))
    assert [(when.first, when.last) for when in found] == [(date(2018, 10, 1), date(2018, 10, 31))]
    alone = "The same had been seen two years earlier."
    assert find_times(alone, 0, len(alone), _context()) == ()


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("on strike since October", Role.SINCE),
        ("due by Friday", Role.BY),
        ("hired after 2014", Role.AFTER),
        ("before Jan. 1", Role.BEFORE),
        ("until March 3", Role.UNTIL),
        ("as of Oct. 1", Role.AS_OF),
        ("on Oct. 1", Role.ON),
        ("by the end of March", Role.BY),
    ],
)
def test_what_a_date_is_to_its_event_is_kept_beside_it(text: str, role: Role) -> None:
    assert [when.role for when in find_times(text, 0, len(text), _context())] == [role]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("In the first negotiating session", "an ordinal"),
        ("To date, they have spent little", "no date"),
        ("Listen 0:45", "a running time"),
        ("call 1-888-555-0142", "a telephone number"),
        ("at 2021 Elm Tree Ave., Ruston", "a house number"),
        ("become a monthly member", "a rate"),
        ("patients may wait", "a verb"),
        ("they march on", "a verb"),
        ("2,021 nurses and 2000 workers", "counts"),
        ("the second half of the game", "a part of something else"),
        ("they sat down in the sun", "verb and star"),
        ("under SB 2024 and Local 2015", "numbers that name something"),
        ("waits of 30 days", "a length"),
        ("in the 13th week of the strike", "a week that is yet to come counts something else"),
    ],
)
def test_words_that_name_no_time_are_left_alone(text: str, reason: str) -> None:
    assert _spans(text) == [], reason


def test_digits_are_read_in_the_order_of_the_country_and_the_other_order_is_kept() -> None:
    text = "signed on 01/11/2022"
    american = find_times(text, 0, len(text), _context())[0]
    british = find_times(text, 0, len(text), _context(country="GB"))[0]
    assert (american.first, american.alternatives) == (date(2022, 1, 11), ((date(2022, 11, 1),) * 2,))
    assert british.first == date(2022, 11, 1)


def test_a_window_of_publication_widens_what_depends_on_it_and_nothing_else() -> None:
    text = "They met Wednesday, after the fine of 2023."
    context = TimeContext(published=_published(date(2024, 10, 21), date(2024, 10, 31)))
    wednesday, year = find_times(text, 0, len(text), context)
    assert (wednesday.first, wednesday.last, wednesday.precision) == (
        date(2024, 10, 16), date(2024, 10, 30), Precision.WINDOW,
    )  # fmt: skip
    assert (year.first, year.last) == (date(2023, 1, 1), date(2023, 12, 31))


def test_without_a_publication_only_dates_with_a_year_are_placed() -> None:
    text = "They met Wednesday, on Oct. 3 and on Nov. 7, 2023, and again last week."
    assert [when.text for when in find_times(text, 0, len(text), TimeContext())] == ["Nov. 7, 2023"]


def test_the_first_day_of_a_strike_is_found_where_the_text_names_it() -> None:
    text = "The strike that began on Oct. 21 goes on. Another strike began to fade."
    assert find_beginnings(text, _context()) == {"strike": date(2024, 10, 21)}
    recalled = "A strike began Aug. 15, 2022, in the north. This strike began Monday."
    assert find_beginnings(recalled, _context()) == {"strike": date(2024, 10, 21)}


_PIECES = st.sampled_from(
    words(
        "Thursday Oct. 24 , 2024 last week two weeks ago by May the of 13th to - between and in Q3 2024-02-30 "
        "Good Friday early end next 9999 year ' s \u00a0 \u0301 “ month earlier 99999999999 million past ’24 1990s"
    )
)


@given(st.lists(_PIECES | st.text(max_size=3), max_size=30).map(" ".join), st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_every_time_quotes_the_text_in_order_and_begins_before_it_ends(text: str, day: date) -> None:
    edge = 0
    for when in find_times(text, 0, len(text), _context(day)):
        assert text[when.start : when.end] == when.text
        assert edge <= when.start < when.end
        assert when.first <= when.last
        edge = when.end


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder with the labelled seeds is not beside the project")
def test_forty_of_the_forty_two_expressions_of_the_seeds_are_right() -> None:
    cases = json.loads((SHARED / "seeds-time.json").read_text(encoding="utf-8"))
    texts = {path.name[:3]: path.read_text(encoding="utf-8") for path in (SHARED / "seeds").glob("*.txt")}
    wrong = [case["text"] for case in cases if not _is_right(case, texts[case["file"]])]
    assert len(cases) - len(wrong) >= 40, wrong


_SECONDS = {"hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}


def _is_right(case: dict[str, str], text: str) -> bool:
    start, end = int(case["start"]), int(case["end"])
    sentence = next(found for found in split_sentences(text) if found.start <= start < found.end)
    if case["type"] in ("dur", "bd"):
        stated = [one for one in find_quantities(text, sentence.start, sentence.end) if one.start <= start < one.end]
        seconds = 1 if case["type"] == "bd" else None
        return any(one.low and one.low * (seconds or _SECONDS[one.unit]) == float(case["value"]) for one in stated)
    context = TimeContext(published=_published(date.fromisoformat(case["doc_date"])), began=STRIKE)
    named = [
        when
        for when in find_times(text, sentence.start, sentence.end, context)
        if when.start < end and start < when.end
    ]
    first, _, after = case["value"].partition("/")
    return any(
        when.first.isoformat() == first and (not after or (date.fromisoformat(after) - when.last).days == 1)
        for when in named
    )
