"""When an event took place: which date of the text belongs to it, on small rules of the test's own."""

from datetime import UTC, date, datetime

import pytest

from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Event, Precision, Stance, When
from bot.core.text.entities import load_entities

RULES = {
    "rules/events/_stance.yaml": """
stance:
  - {set: hypothetical, cues: [if], span: 20, firm: true}
  - {set: hypothetical, cues: [imagine], carries: true}
  - {set: planned, cues: [will], span: 4}
  - {set: required, cues: [under the law], direction: both, norm: true}
  - {set: alleged, cues: [the union says], claims: true}
background: [last year, the old dispute]
""",
    "rules/events/meeting.yaml": """
event: meeting
act: true
slots: {status: {kind: label, values: [met, none, fined, planned, done]}}
done_by: [done]
patterns:
  - {match: [met, closed], set: {status: met}}
  - {match: [nothing is planned, without a date], set: {status: none}, act: false}
  - {match: ["opens on <DATE>"], set: {status: none}, act: false, takes_date: false}
  - {match: [fined], set: {status: fined}}
  - {match: [may pay], set: {status: fined}, stance: hypothetical}
  - {match: [failed them], set: {status: none}, claim: true}
  - {match: [investigators found], set: {status: met}}
  - {match: [will walk], set: {status: planned}, stance: planned}
  - {match: [filed out], set: {status: met}, dated: true, act: true}
  - {match: [were out], set: {status: met}, dated: true}
  - {match: [carried out], set: {status: done}}
  - {match: [have filed out], set: {status: met}, background: false}
  - {match: ["brought ...2 sheet", "sheet of <DATE>"], set: {status: met}, takes_date: false}
  - {match: [avoided], set: {status: met}, stance: reported, ahead: false}
  - {match: ["walking out on ...3 <happened:DATE>"], set: {status: planned}, stance: planned}
""",
    "rules/events/repair.yaml": """
event: repair
act: true
slots: {due: {kind: date}}
patterns:
  - {match: ["they found $NINE broken"], takes_date: false, past_due: ["due by <due:DATE>"]}
words: {NINE: [nine, ten]}
""",
    "rules/events/queue.yaml": """
event: queue
slots:
  wait: {kind: duration, computed: {between: [asked, seen]}}
  asked: {kind: date}
  seen: {kind: date}
patterns: ["queued <wait:DURATION>", "asked on <asked:DATE> and seen on <seen:DATE>", "queued there"]
""",
    "rules/events/delay.yaml": """
event: delay
measured: true
ahead: false
slots:
  length: {kind: duration, needed: true, fill: nearest, computed: {between: [start, end]}}
  start: {kind: date}
  end: {kind: date}
patterns: [kept them, keeps them, "put in on <start:DATE> and came up on <end:DATE>"]
""",
    "rules/events/charge.yaml": """
event: charge
act: true
answers: true
slots: {}
patterns:
  - {match: [charged]}
""",
}
ENTITIES = load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n", "rules/entities.yaml")
EXTRACTOR = Extractor(load_event_types(RULES), ENTITIES)
THURSDAY = date(2025, 1, 16)


def _events(text: str) -> tuple[Event, ...]:
    published = When(first=THURSDAY, last=THURSDAY, precision=Precision.DAY, basis="metadata")
    learned = datetime(2025, 1, 16, 20, tzinfo=UTC)
    return EXTRACTOR.extract(
        Article(key="text:1", text=text, title="", source="folder:test", learned=learned, published=published)
    )


def _day(text: str) -> str | None:
    happened = _events(text)[-1].happened
    return None if happened is None else happened.first.isoformat()


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("The firm, which moved in last May, was fined on Monday.", "2025-01-13", "a clause between commas is aside"),
        ("The firm, which moved in on Monday, was fined.", None, "only the clause between commas has a date"),
        ("He was fined under a law that passed in 2022.", None, "the law has the date"),
        ("They met in a session that ran into Tuesday.", "2025-01-14", "the session has the event's date"),
        ("They were fined over a complaint from 2010.", None, "the complaint has the date"),
        ("They met for the first time since talks broke off on Monday.", None, "'since' opens another time"),
        ("They met for the first time since November.", None, "it says when they had not met"),
        ("It leaked in 2014, investigators found.", None, "the finding only tells what has the date"),
        (
            "They wed on Monday, their first day since it rained on Friday. They met.",
            "2025-01-13",
            "nor what it was since",
        ),
        ("They wed on Tuesday after a row that had begun on Friday. They met.", "2025-01-14", "nor what had begun"),
        ("The plan was carried out by November 30.", "2024-11-30", "what was done was done by then"),
        ("They met and will pay by November 30.", None, "what was not done by then was not"),
    ],
)
def test_a_date_belongs_to_the_clause_it_stands_in(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("Both sides came on Monday. They met in a hotel.", "2025-01-13", "told on from the day before"),
        ("Both sides will be back on Monday. They met in a hotel.", None, "a day to come is not gone on from"),
        ("They met in a hotel. Both sides had come on Monday.", "2025-01-13", "a lead is told on in the next sentence"),
        (
            "They met in a hotel. The firm, which moved in on Monday, was open.",
            None,
            "an aside tells of something else",
        ),
        ("Posted 13 January 2025\n\nThey met in a hotel.", None, "a line that says when it came out is no day told"),
        ("It opened in 2016. They met in a hotel.", None, "history is not gone on from"),
        ("It opened on November 4. They met in a hotel.", None, "old days are not gone on from"),
        ("Both sides came on Monday. They have met in a hotel.", None, "told in the present"),
        ("Both sides came on Monday. They met in a hotel last year.", "2024-01-01", "it has a date of its own"),
        ("Both sides came on Monday. Nothing is planned.", None, "a state is no act"),
        (
            "It opened in 2016.\n\nThe old firm met\n\nOn December 20 they came.",
            "2024-12-20",
            "a head is told below it",
        ),
        (
            "Both sides came on Monday.\n\n08:15 – They met in a hotel.",
            None,
            "a live page has its own time",
        ),
    ],
)
def test_an_act_without_a_date_goes_on_from_the_day_told_before(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Both sides came on Monday. They filed out.", "2025-01-13"),
        ("Both sides came on Thursday. They filed out.", "2025-01-16"),
        ("Both sides came on Monday. They were out.", None),
    ],
)
def test_what_needs_a_date_takes_the_day_told_before_where_the_pattern_says_it_is_an_act(
    text: str, day: str | None
) -> None:
    assert _day(text) == day


def test_a_pattern_that_says_it_is_news_counts_before_one_that_asks() -> None:
    assert [event.background for event in _events("They filed out.")] == [None]
    assert [event.background for event in _events("They have filed out.")] == [False]


def test_what_is_history_takes_the_time_told_before_it() -> None:
    text = "It all began in 2016. The firm opened a clinic on Monday. In the old dispute they met in a hotel."
    assert _day(text) == "2016-01-01"


def test_what_goes_on_since_a_day_spans_the_time_until_publication() -> None:
    happened = _events("Since August they have met twelve times.")[0].happened
    assert happened is not None
    assert (happened.first, happened.last, happened.precision) == (date(2024, 8, 1), THURSDAY, Precision.WINDOW)


def test_the_day_since_which_something_else_goes_on_is_its_own() -> None:
    assert _day("Nothing has moved since January 10, when they met.") == "2025-01-10"
    assert _day("The first to arrive since August met a manager.") is None


def test_what_is_told_as_a_fact_of_a_day_to_come_is_a_plan() -> None:
    assert [event.stance for event in _events("They met on December 20.")] == [Stance.REPORTED]
    assert [event.stance for event in _events("They are to have met on January 20.")] == [Stance.PLANNED]


def test_a_plan_under_a_condition_is_a_hypothesis() -> None:
    assert [event.stance for event in _events("They will walk on Monday.")] == [Stance.PLANNED]
    assert [event.stance for event in _events("If talks fail they will walk on Monday.")] == [Stance.HYPOTHETICAL]


def test_what_is_imagined_goes_on_to_the_end_of_its_paragraph() -> None:
    assert [event.stance for event in _events("Imagine a town. They met on Monday.")] == [Stance.HYPOTHETICAL]
    assert [event.stance for event in _events("Imagine a town.\n\nThey met on Monday.")] == [Stance.REPORTED]


def test_what_is_planned_by_a_day_is_due_then() -> None:
    [event] = _events("If talks fail by February 3 they will walk.")
    assert event.happened is not None
    assert (event.stance, event.happened.first) == (Stance.HYPOTHETICAL, date(2025, 2, 3))


def test_a_date_of_the_own_sentence_counts_before_one_told_before() -> None:
    [event] = _events("Both sides came on Monday. They met in a hotel. On Tuesday they met.")
    assert event.happened is not None
    assert event.happened.first == date(2025, 1, 14)


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("They were charged over the leak of 4 March 2024.", None, "the leak has the date"),
        ("They were charged on Monday over the leak of 4 March 2024.", "2025-01-13", "the leak has the second date"),
        ("They were charged the sum of 9,000 euros for 3 February 2025.", None, "the day is still to come"),
    ],
)
def test_the_cause_of_what_answers_keeps_its_own_date(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("On Monday, in a hotel, they brought a sheet of December.", "2025-01-13", "the sentence opens with it"),
        ("Both sides came on Tuesday. They brought a sheet of January 10.", "2025-01-14", "told before it"),
        ("They brought a sheet of January 10.", None, "the sheet has the date"),
    ],
)
def test_an_act_beside_the_date_of_a_thing_takes_another_day(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        (
            "It was due by October 31. Inspectors came back on December 9. There they found nine broken.",
            "2024-12-09",
            "",
        ),
        (
            "It was due by October 31. When counted in December, they found nine broken.",
            "2024-12-01",
            "in its sentence",
        ),
        (
            "An inspection in June said so. It was due by October 31 and they found nine broken.",
            None,
            "before it was due",
        ),
    ],
)
def test_what_is_overdue_is_so_since_somebody_looked(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("A walkout set for January 27 was avoided.", None, "the day it would have been"),
        ("A walkout set for January 27 was avoided on Tuesday.", "2025-01-14", "the day it was done"),
        ("A walkout set for Monday was avoided.", None, "no weekday of the plan, either"),
        ("They avoided on Monday to fight.", "2025-01-13", "a weekday is read as the last one"),
    ],
)
def test_what_was_undone_has_no_day_to_come(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason
    assert [event.stance for event in _events(text)] == [Stance.REPORTED]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("They met on Monday and Tuesday.", "2025-01-13", "2025-01-14", id="two days running"),
        pytest.param("They met on Monday and on Wednesday.", "2025-01-13", "2025-01-13", id="two days apart"),
        pytest.param("They met on Tuesday and yesterday.", "2025-01-14", "2025-01-15", id="the second by distance"),
    ],
)
def test_two_days_that_follow_each_other_are_one_time(text: str, first: str, last: str) -> None:
    (event,) = _events(text)
    assert event.happened is not None
    assert (event.happened.first.isoformat(), event.happened.last.isoformat()) == (first, last)


def test_a_wait_that_is_over_is_of_the_day_on_which_it_ended() -> None:
    assert _day("He put in on December 2 and came up on January 8.") == "2025-01-08"
    assert _day("He put in on December 2 and came up on January 28.") is None


def test_a_plan_for_several_days_begins_on_the_first() -> None:
    assert _day("They are walking out on 27 and 28 January.") == "2025-01-27"


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        (
            "They parted on Monday and a manager said on Tuesday so. They met in a hotel.",
            "2025-01-13",
            "not the saying",
        ),
        (
            "Both sides came on Monday with a manager, whose deal ended on Tuesday. They met in a hotel.",
            "2025-01-13",
            "not the closing aside",
        ),
        ("A manager said on Tuesday so. They met in a hotel.", "2025-01-14", "the saying where nothing else is told"),
    ],
)
def test_the_day_gone_on_from_is_no_saying_and_no_aside_where_another_is_told(text: str, day: str, reason: str) -> None:
    assert _day(text) == day, reason


def test_what_the_law_lets_them_do_is_a_norm_and_what_was_done_under_it_is_not() -> None:
    assert [event.stance for event in _events("Under the law a firm may pay.")] == [Stance.REQUIRED]
    assert [event.stance for event in _events("In the end the firm may pay.")] == [Stance.HYPOTHETICAL]
    assert [event.stance for event in _events("Under the law the firm was fined.")] == [Stance.REPORTED]


def test_an_accusation_told_twice_keeps_the_stance_of_the_mention_that_is_quoted() -> None:
    text = "On Monday, the union says, the firm failed them. It failed them."
    assert [event.stance for event in _events(text)] == [Stance.ALLEGED]


def test_what_the_body_tells_as_a_fact_before_somebody_claims_it_stays_a_fact() -> None:
    text = "Notes on a firm\n\nIt failed them. On Monday, the union says, the firm failed them."
    assert [event.stance for event in _events(text)] == [Stance.REPORTED]


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("She was asked on January 2 and seen on January 9. He queued 7 weeks.", 2),
        ("She was asked on January 2 and seen on January 9. She queued one week.", 1),
        ("She was asked on January 2 and seen on January 9. She queued five business days.", 1),
        ("She was asked on January 2 and seen on January 9. She queued there.", 1),
    ],
)
def test_a_length_worked_out_is_another_than_one_that_cannot_be_it(text: str, waits: int) -> None:
    assert len(_events(text)) == waits


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("Examiners spent last summer dialling. It kept them six weeks.", "2024-06-01", "measured over the summer"),
        ("Examiners called in December. Nobody knew. It kept them six weeks.", "2024-12-01", "two sentences before"),
        ("He came in December. It kept them six weeks.", None, "nobody measures"),
        ("Examiners called in December. It keeps them six weeks.", None, "told in the present"),
        ("Examiners called in 2022. It kept them six weeks.", None, "a year is no time of measuring"),
        ("In May we asked every office.\nA | they kept them 3 days\nB | they kept them 9 days", "2024-05-01", "rows"),
    ],
)
def test_what_is_measured_takes_the_time_of_measuring_told_before(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason
    assert [event.background for event in _events(text) if event.happened is not None] == [False] * (
        day is not None
    ) * (1 + text.count("|") // 2)


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("The desk opens on March 3, a clerk said on Tuesday.", "2025-01-14", "the day of the saying"),
        ("The desk opens on March 3.", None, "its own day belongs to something else"),
        (
            "Both sides came on Tuesday. They left at noon without a date.",
            "2025-01-14",
            "how something ended is an act",
        ),
        ("Both sides came on Tuesday. They are without a date.", None, "a state is none"),
    ],
)
def test_a_state_has_the_day_on_which_it_is_said_or_came_about(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


@pytest.mark.parametrize(
    ("text", "day", "reason"),
    [
        ("They met about nine rooms, down from ten a year ago.", None, "the other figure has the date"),
        ("They met over its April numbers.", None, "it says which numbers"),
        ("On Tuesday they met to open in April.", "2025-01-14", "a day before counts before a month behind"),
        ("They were charged in a ruling that came on Tuesday.", "2025-01-14", "the ruling is the charge"),
        ("They have been charged with it since August.", "2024-08-01", "it goes on since then"),
        ("Since January 6 all is shut. So far they have met twice.", "2025-01-06", "counted up since the day before"),
        ("The firm had opened in May. Both sides came on Tuesday. He had left in June. They met.", "2025-01-14", "had"),
        ("They met in a hotel\nBy A. Writer\nJan. 16, 2025\nBoth sides came on Tuesday.", "2025-01-14", "a headline"),
        ("Rain fell on Tuesday. The list follows.\n\nElm House: they met\nIt was on Monday.", "2025-01-13", "a label"),
    ],
)
def test_a_date_is_taken_from_where_it_is_told(text: str, day: str | None, reason: str) -> None:
    assert _day(text) == day, reason


def test_an_entry_of_a_live_page_has_the_day_at_its_head() -> None:
    text = "8:15 a.m. Wednesday\nIt rains.\n\n4:30 p.m. Tuesday\nBoth sides came today. They met in a hotel."
    assert _day(text) == "2025-01-14"
