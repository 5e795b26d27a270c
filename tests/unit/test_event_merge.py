"""What tells the same in one article is one event: echoes, the next morning, another type's words, headlines."""

from datetime import UTC, date, datetime

import pytest

from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Event, Label, Precision, Quantity, When
from bot.core.text.entities import load_entities

RULES = {
    "rules/events/_stance.yaml": "stance:\n  - {set: denied, cues: [not], span: 3}\n",
    "rules/events/halt.yaml": """
event: halt
slots:
  status: {kind: label, values: [begun, lasting, over, called]}
  length: {kind: duration, fill: kept}
echoes: {lasting: [begun]}
leads_to: {called: [begun]}
apart: {over: 1}
patterns:
  - {match: drivers walked out, set: {status: begun}}
  - {match: a halt was called, set: {status: called}}
  - {match: ["halt enters its third day", "halt reached <length:DURATION>"], set: {status: lasting}}
  - {match: [halt ended, buses ran again], set: {status: over}}
""",
    "rules/events/meeting.yaml": """
event: meeting
slots:
  status: {kind: label, values: [held, none]}
  outcome: {kind: labels, values: [empty]}
told_by: {visit: [held]}
patterns:
  - {match: the sides sat down, set: {status: held}}
  - {match: no meeting is planned, set: {status: none}}
labels:
  outcome: {empty: [empty hands]}
""",
    "rules/events/loss.yaml": """
event: loss
slots: {count: {kind: count, fill: nearest}}
patterns: [visits were lost, "<count:COUNT> treatments", "<count:COUNT> tests"]
""",
    "rules/events/visit.yaml": "event: visit\npatterns: [mediator]\n",
    "rules/events/levy.yaml": """
event: levy
slots:
  status: {kind: label, values: [proposed, possible]}
  amount: {kind: money, fill: nearest}
patterns:
  - {match: face fines, stance: hypothetical, set: {status: possible}}
  - {match: means to fine, stance: planned, set: {status: proposed}}
""",
}
EXTRACTOR = Extractor(
    load_event_types(RULES), load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n", "rules/entities.yaml")
)


def extracted(text: str, *, title: str = "") -> tuple[Event, ...]:
    day = date(2025, 1, 16)  # a Thursday
    return EXTRACTOR.extract(
        Article(
            key="text:1",
            text=f"{title}\n{text}" if title else text,
            title=title,
            source="folder:test",
            learned=datetime(2025, 1, 16, 20, tzinfo=UTC),
            published=When(first=day, last=day, precision=Precision.DAY, basis="metadata"),
            title_end=len(title),
        )
    )


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        pytest.param(
            "The drivers walked out on Monday. The halt enters its third day.",
            ["drivers walked out"],
            id="it began, and so it goes on",
        ),
        pytest.param(
            "The drivers walked out on Monday. The halt reached three days.",
            ["drivers walked out", "halt reached three days"],
            id="it says how long, too",
        ),
        pytest.param("The halt enters its third day.", ["halt enters its third day"], id="nobody tells its beginning"),
    ],
)
def test_what_says_no_more_than_another_event_is_a_mention_of_it(text: str, quotes: list[str]) -> None:
    assert [event.quote for event in extracted(text)] == quotes


def test_an_echo_stays_as_a_mention() -> None:
    (event,) = extracted("The drivers walked out on Monday. The halt enters its third day.")
    assert any(each.part == "mention" and each.start > event.end for each in event.evidence)


def test_an_end_and_the_next_morning_are_one_and_of_the_first_day() -> None:
    (event,) = extracted("The buses ran again on Wednesday. The halt ended on Tuesday.")
    assert event.happened is not None
    assert event.happened.first == date(2025, 1, 14)


def test_two_ends_further_apart_are_two() -> None:
    assert len(extracted("The buses ran again on Wednesday. The halt ended on Monday.")) == 2


@pytest.mark.parametrize(
    ("text", "types"),
    [
        pytest.param("On Monday the sides sat down with a mediator.", ["visit"], id="a meeting that is the visit"),
        pytest.param("On Monday the sides sat down.", ["meeting"], id="no visit in the sentence"),
        pytest.param("A mediator came and no meeting is planned.", ["meeting", "visit"], id="another status"),
        pytest.param("The sides sat down with a mediator and empty hands.", ["meeting", "visit"], id="an outcome"),
    ],
)
def test_what_another_types_event_tells_is_told_by_it(text: str, types: list[str]) -> None:
    assert sorted(event.type for event in extracted(text)) == types


@pytest.mark.parametrize(
    ("title", "quotes"),
    [
        pytest.param("Insurers face fines of $20m", ["means to fine"], id="the same sum"),
        pytest.param("Insurers face fines of $90m", ["face fines", "means to fine"], id="another sum"),
        pytest.param("Insurers face fines", ["face fines", "means to fine"], id="no sum"),
    ],
)
def test_a_headline_of_what_may_come_yields_to_the_plan_with_its_sum(title: str, quotes: list[str]) -> None:
    found = extracted("The commissioner means to fine them more than $20 million.", title=title)
    assert [event.quote for event in found] == quotes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("A reader asked whether the drivers walked out.", 0, id="whether"),
        pytest.param("An editor wondered why the drivers walked out.", 0, id="why"),
        pytest.param("Asked if buses had run, he said that the drivers walked out.", 1, id="the answer"),
        pytest.param("They asked for more, and the drivers walked out.", 1, id="no question"),
        pytest.param("I hear that the drivers walked out.", 0, id="hearsay"),
        pytest.param("We heard the mayor, and then drivers walked out.", 1, id="what came after"),
    ],
)
def test_a_question_that_is_told_and_hearsay_tell_of_nothing(text: str, found: int) -> None:
    assert len(extracted(text)) == found


def test_a_denial_ends_at_a_colon() -> None:
    (event,) = extracted("It was news that they did not want: drivers walked out.")
    assert event.stance.value == "reported"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("A halt was called. On Monday drivers walked out.", ["begun"], id="just before it"),
        pytest.param("On Monday drivers walked out. A halt was called.", ["begun", "called"], id="after it"),
        pytest.param(
            f"A halt was called. {'It rained. ' * 30}On Monday drivers walked out.", ["called", "begun"], id="far"
        ),
    ],
)
def test_what_is_told_just_before_its_outcome_is_a_mention_of_that(text: str, found: list[str]) -> None:
    assert [_status(event) for event in extracted(text)] == found


def _status(event: Event) -> str:
    status = event.slots["status"]
    return status.value if isinstance(status, Label) else ""


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        pytest.param("Four of his visits were lost. Nine visits were lost.", [4, 9], id="each counts its own"),
        pytest.param("Thousands of visits were lost. 13,000 visits were lost.", [13_000], id="one in words may be it"),
        pytest.param("Four clinics say that visits were lost. Nine visits were lost.", [9], id="one counts clinics"),
    ],
)
def test_numbers_that_count_the_same_thing_keep_two_events_apart_where_not_both_can_hold(
    text: str, counts: list[int]
) -> None:
    found = (event.slots.get("count") for event in extracted(text))
    assert sorted(each.low or 0 for each in found if isinstance(each, Quantity)) == counts


def _days(text: str) -> list[str]:
    return [str(event.happened.first) if event.happened else "" for event in extracted(text)]


def test_items_of_a_list_are_of_the_day_of_the_whole_that_they_part() -> None:
    text = "On Monday 90 visits were lost. Among them:\n\n- 40 treatments\n- 12 tests, on Tuesday\n\nAll is well."
    assert _days(text) == ["2025-01-13", "2025-01-13", "2025-01-14"]


def test_items_of_a_list_keep_no_day_where_the_whole_has_none() -> None:
    assert _days("Some 90 visits were lost. Among them:\n\n- 40 treatments\n- 12 tests") == ["", "", ""]
