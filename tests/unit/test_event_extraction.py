"""From text to events: triggers, vetoes, slots, stance, furniture and merging, on small rules of the test's own."""

from datetime import UTC, date, datetime

import pytest

from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Event, Label, Precision, Quantity, Stance, When
from bot.core.text.entities import load_entities

RULES = {
    "rules/events/_words.yaml": "WORKER: [nurse~, driver~]\nSTRIKE: [strike~, walkout~]\n",
    "rules/events/_stance.yaml": """
stance:
  - {ignore: true, cues: [could help]}
  - {set: hypothetical, cues: [could, might]}
  - {set: planned, cues: [will, plan to], span: 4, until: [but]}
  - {set: denied, cues: [in denial], direction: backward, span: 3}
  - {set: alleged, claims: true, cues: [claims], direction: both, span: 20}
background: [last year]
""",
    "rules/events/_furniture.yaml": """
line_starts: [read more]
line_has: [all rights reserved]
sections: [related]
tails: [comments]
""",
    "rules/events/strike.yaml": """
event: strike
slots:
  status: {kind: label, values: [started, ended]}
  outcome: {kind: labels, values: [peaceful, rowdy]}
  people: {kind: count, of: [$WORKER]}
requires: {article: [union]}
unless: [hunger strike]
patterns:
  - match: [$WORKER ...4 walk~ out, "hunger strike began", "strike began"]
    set: {status: started}
    unless: [walk~ out of]
    unless_sentence: [rehearsal]
    unless_clause: [drill]
  - near: {all: [$STRIKE, over], within: 2}
    set: {status: ended}
  - match: pickets marched
    needs_nearby: [stadium]
  - match: (they|it) did not .
    before: [$WORKER ...4 due back]
    set: {status: ended}
  - match: $WORKER put the question
    after: [it was settled]
    set: {status: ended}
  - match: $WORKER <DURATION> .
    stands_in: table_row
    set: {status: started}
  - match: $WORKER came back
    requires: {article: [strike~, picket~, contract], at_least: 2}
    set: {status: ended}
  - match: <people:COUNT> $WORKER at
    follows: [have gone home]
    set: {status: started}
labels:
  outcome: {peaceful: [quietly], rowdy: [shouting]}
""",
    "rules/events/claim.yaml": """
event: claim
claim: true
current: [audit]
recent_days: 100
slots:
  wait: {kind: duration, fill: nearest, computed: {between: [asked, seen]}}
  asked: {kind: date}
  seen: {kind: date}
patterns:
  - wait~ <wait:DURATION>
  - match: (not|never) seen ...6 until ...3 <seen:DATE>
    before: [(ask~|refer~|call~) ...6 <asked:DATE>]
""",
    "rules/events/closing.yaml": """
event: closing
ahead: false
slots:
  length: {kind: duration, fill: nearest, needed: true}
patterns:
  - close~ the clinic ...4 <length:DURATION>
  - the clinic ...4 day ...9 <length:DURATION>
""",
    "rules/events/visit.yaml": """
event: visit
excludes: {article: [chess, tournament], at_least: 2}
patterns:
  - match: inspector ...12 <happened:AHEAD>
    stance: planned
    unless_inside: [vote]
""",
}
RULES["rules/events/queue.yaml"] = """
event: queue
requires: {close: [clinic]}
sought: {after: [wait~ ...4 for], one_of: [scan, visit], within: 4, but: [for <DURATION>]}
slots:
  wait: {kind: duration, fill: nearest}
patterns:
  - near: {all: [wait~, <DURATION>], within: 8}
"""
RULES["rules/events/debt.yaml"] = """
event: debt
slots:
  due: {kind: date}
patterns:
  - match: (has|have) only <COUNT>
    past_due: [told to ...9 by <due:DATE>]
    unless_since: [paid in full]
    shares_but: [told, court, only]
"""
RULES["rules/events/levy.yaml"] = """
event: levy
slots:
  amount: {kind: money, fill: nearest}
undone: [amount, happened, party]
unless: ["(never|not) ...2 fined"]
patterns:
  - was fined
  - match: was never fined
    stance: denied
    undone: true
  - match: (no|can) fine
    stance: denied
  - {match: not long fined, own_vetoes: true}
"""
ENTITIES = load_entities(
    "entities: {}\nforms: {provider: {ends: [Hospital]}}\nnouns: {}\nnot_names: []\n", "rules/entities.yaml"
)
EXTRACTOR = Extractor(load_event_types(RULES), ENTITIES)


def article(text: str, *, role: str = "media", title: str = "") -> Article:
    day = date(2025, 1, 16)
    body = f"{title}\n{text}" if title else text
    return Article(
        key="text:1",
        text=body,
        title=title,
        source="folder:test",
        learned=datetime(2025, 1, 16, 20, tzinfo=UTC),
        published=When(first=day, last=day, precision=Precision.DAY, basis="metadata"),
        publisher_role=role,
        title_end=len(title),
    )


def extracted(text: str, *, role: str = "media", title: str = "") -> tuple[Event, ...]:
    return EXTRACTOR.extract(article(f"{text} The union met.", role=role, title=title))


def status(event: Event) -> str:
    value = event.slots["status"]
    assert isinstance(value, Label)
    return value.value


@pytest.mark.parametrize(
    ("title", "events"),
    [
        pytest.param("Clinic has a wait of three weeks", 1, id="rounded"),
        pytest.param("They wait months for the clinic", 1, id="blurred"),
        pytest.param("Clinic has a wait of two years", 2, id="another length"),
    ],
)
def test_a_headline_may_round_a_number_of_the_body(title: str, events: int) -> None:
    told = extracted("At the clinic they waited 23 days for a scan.", title=title)
    assert len([event for event in told if event.type == "queue"]) == events


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("At the clinic they waited two weeks for a scan.", ["queue"], id="for what is sought"),
        pytest.param("At the clinic they waited for two weeks.", ["queue"], id="for a length of time"),
        pytest.param("The clinic is full. They wait two weeks.", ["queue"], id="told before in the paragraph"),
        pytest.param("At the clinic they waited two weeks for the verdict.", [], id="for something else"),
        pytest.param("At the clinic the wait for any scan is two weeks.", ["queue"], id="close by"),
        pytest.param("At the clinic the wait for a verdict, they say, is two weeks.", [], id="told of it later"),
        pytest.param("The clinic is full.\n\nThey wait two weeks.", [], id="told in another paragraph"),
    ],
)
def test_what_is_waited_for_and_the_paragraph_decide_whether_a_wait_is_meant(text: str, expected: list[str]) -> None:
    assert [event.type for event in extracted(text) if event.type == "queue"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Nurses at the clinic walked out.", ["started"], id="a trigger"),
        pytest.param("The strike is over.", ["ended"], id="words near each other"),
        pytest.param("It is over, the walkout.", ["ended"], id="in the other order"),
        pytest.param("Nurses walked out of the room.", [], id="a veto that overlaps"),
        pytest.param("The hunger strike began.", [], id="a veto of the whole type"),
        pytest.param("At the rehearsal nurses walked out.", [], id="a veto of the sentence"),
        pytest.param("In the drill the nurses walked out.", [], id="a veto of the clause"),
        pytest.param("It was no drill; the nurses walked out.", ["started"], id="a veto of another clause"),
        pytest.param("Read more: nurses walk out", [], id="a line of furniture"),
        pytest.param("Ours alone: nurses walk out | Crossword", [], id="a link bar"),
        pytest.param("Ward | Day\nNurses walk out | May 4", ["started"], id="a table"),
        pytest.param("They have gone home:\n- all of it\n- more of it\n- 40 nurses at Elm", ["started"], id="an item"),
        pytest.param("They have gone home.\n\n1\n\n2\n\n3\n\n40 nurses at Elm", [], id="no item, too far behind"),
        pytest.param("Nurses walk out. All rights reserved.", [], id="a line that holds furniture"),
        pytest.param("Related\nNurses walk out in town\n\nThe strike is over.", ["ended"], id="a section of links"),
        pytest.param("Comments\nNurses walk out, says Bob.\nThe strike is over.", [], id="the tail of a page"),
        pytest.param("Nurses walked out. Drivers walked out.", ["started"], id="told twice, one event"),
        pytest.param("Nurses walked out. The strike is over.", ["started", "ended"], id="two things are two events"),
    ],
)
def test_events_are_found_unless_something_speaks_against_them(text: str, expected: list[str]) -> None:
    assert [status(event) for event in extracted(text)] == expected


def test_an_article_that_never_speaks_of_the_subject_gives_no_event() -> None:
    assert EXTRACTOR.extract(article("Nurses walked out.")) == ()


def test_a_pattern_may_need_words_in_a_neighbouring_sentence() -> None:
    assert extracted("They met at the stadium. Then pickets marched.")
    assert not extracted("They met at noon. Then pickets marched.")


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Nurses walked out.", Stance.REPORTED),
        ("Nurses could walk out.", Stance.HYPOTHETICAL),
        ("It could help that nurses walked out.", Stance.REPORTED),
        ("Soon nurses will walk out.", Stance.PLANNED),
        ("They will stay but nurses walked out.", Stance.REPORTED),
        ("They will say in a few days why nurses walked out.", Stance.REPORTED),
        ("Nurses walked out, and a day later all were in denial.", Stance.REPORTED),
        ("Nurses walked out in denial.", Stance.DENIED),
    ],
)
def test_cues_decide_the_stance(text: str, stance: Stance) -> None:
    assert [event.stance for event in extracted(text)] == [stance]


@pytest.mark.parametrize(
    ("role", "text", "stance"),
    [
        ("media", "Patients wait six weeks.", Stance.REPORTED),
        ("media", "She claims patients wait six weeks.", Stance.ALLEGED),
        ("union", "Patients wait six weeks.", Stance.ALLEGED),
        ("union", "Nurses walked out.", Stance.REPORTED),
    ],
)
def test_an_accusation_by_a_party_is_alleged_and_its_own_act_is_reported(role: str, text: str, stance: Stance) -> None:
    assert [event.stance for event in extracted(text, role=role)] == [stance]


def test_slots_hold_the_values_with_their_place() -> None:
    (event,) = extracted("Quietly, some 2,400 nurses walked out.")
    people, outcome = event.slots["people"], event.slots["outcome"]
    assert isinstance(people, Quantity)
    assert isinstance(outcome, tuple)
    assert people.low == 2400
    assert [label.value for label in outcome] == ["peaceful"]
    (claim,) = extracted("Patients wait up to 30 days.")
    wait = claim.slots["wait"]
    assert isinstance(wait, Quantity)
    assert (wait.high, wait.unit) == (30, "day")


def test_a_headline_yields_to_the_body() -> None:
    assert [event.stance for event in extracted("Nurses will walk out.", title="Nurses walk out")] == [Stance.PLANNED]
    assert [status(event) for event in extracted("It rained.", title="The strike is over")] == ["ended"]


def test_background_cues_make_history_and_their_absence_news() -> None:
    assert [event.background for event in extracted("Last year nurses walked out.")] == [True]
    assert [event.background for event in extracted("Nurses walked out.")] == [False]


def test_what_an_audit_counts_of_the_past_year_is_news() -> None:
    assert [event.background for event in extracted("Last year they waited 40 days.")] == [True]
    assert [event.background for event in extracted("Last year they waited 40 days, the audit says.")] == [False]
    assert [event.background for event in extracted("In 2011 they waited 40 days, the audit says.")] == [True]


def test_a_type_says_how_long_its_events_are_news() -> None:
    assert [event.background for event in extracted("In 2011 they waited 40 days.")] == [True]
    assert [event.background for event in extracted("On November 20 they waited 40 days.")] == [False]


def test_each_event_shows_its_words_and_the_pattern_that_found_them() -> None:
    (event,) = extracted("In town, nurses walked out.")
    assert event.quote == "nurses walked out"
    assert event.sentence == "In town, nurses walked out."
    assert event.evidence[0].pattern == "strike.yaml:10"


def test_the_trace_names_hits_vetoes_and_furniture() -> None:
    trace = EXTRACTOR.trace(article("Nurses walked out of the union hall.\nRead more: nurses walk out"))
    assert trace[0].verdicts[0].veto == "unless 'walk~ out of' (strike.yaml:12)"
    assert (trace[1].furniture, trace[1].verdicts) == ("_furniture.yaml:2", ())


def test_a_wide_pattern_reads_only_articles_that_speak_of_its_subject() -> None:
    wide = "On Friday the nurses came back."
    assert extracted(wide) == ()
    assert extracted(f"{wide} A picket was seen.") == ()
    assert [status(event) for event in extracted(f"{wide} The pickets won a contract.")] == ["ended"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("The inspector comes on Monday.", date(2025, 1, 20), id="a weekday of a plan lies ahead"),
        pytest.param(
            "The inspector, put off last week, comes on the 21st.", date(2025, 1, 21), id="no day of the past"
        ),
        pytest.param(
            "The inspector said on Monday that he comes Friday.", date(2025, 1, 17), id="not the day of telling"
        ),
        pytest.param("The inspector comes Monday before the vote.", date(2025, 1, 20), id="a veto behind the trigger"),
    ],
)
def test_a_day_ahead_is_read_past_the_days_that_are_not(text: str, day: date) -> None:
    (event,) = extracted(text)
    assert event.happened is not None
    assert (event.happened.first, event.stance) == (day, Stance.PLANNED)


def test_words_within_the_trigger_may_veto_it() -> None:
    assert extracted("The inspector awaits the vote of Monday.") == ()


def test_a_question_states_nothing_whatever_its_pattern_says() -> None:
    assert extracted("The inspector comes on Monday.")
    assert extracted("Does the inspector come on Monday?") == ()


def test_an_article_about_something_else_is_left_alone() -> None:
    assert extracted("The inspector comes on Monday. There will be chess.")
    assert extracted("The inspector comes on Monday. There will be chess, a tournament.") == ()


def test_a_fact_of_two_sentences_is_read_where_the_later_refers_back() -> None:
    told = extracted("The nurses were due back on Monday. They did not.")
    assert [(event.quote, status(event)) for event in told] == [("They did not", "ended")]
    assert [each.part for each in told[0].evidence] == ["trigger", "before", "slot:status"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("They did not. The nurses were due back on Monday.", id="the other order"),
        pytest.param("The nurses were due back. A fog came. They did not.", id="a sentence between"),
        pytest.param("The nurses were due back on Monday. Rivals say they did not.", id="nothing refers back"),
        pytest.param("The nurses were due back on Monday. They did not want to.", id="the sentence goes on"),
        pytest.param("The nurses were due back.\nLetters\nThey did not.", id="a heading between"),
        pytest.param("They did not.", id="alone"),
    ],
)
def test_sentences_that_do_not_belong_together_tell_nothing(text: str) -> None:
    assert extracted(text) == ()


def test_a_pattern_may_stand_in_the_rows_of_a_table_only() -> None:
    assert [status(event) for event in extracted("Place | Who | How long\nOslo | nurses | 3 weeks\n")] == ["started"]
    assert extracted("Asked how long, she named the nurses' 3 weeks.") == ()


def test_a_pattern_may_ask_for_the_sentence_after() -> None:
    assert [status(event) for event in extracted("The nurses put the question. It was settled.")] == ["ended"]
    assert extracted("The nurses put the question. Rain fell.") == ()


def test_a_wait_is_worked_out_from_the_dates_of_two_sentences() -> None:
    (event,) = extracted("She asked for help on October 2 last year. She was not seen until November 19.")
    wait = event.slots["wait"]
    assert isinstance(wait, Quantity)
    assert (wait.low, wait.high, wait.unit) == (48, 48, "day")
    assert [each.part for each in event.evidence] == ["trigger", "before", "slot:asked", "slot:seen"]


def test_a_date_to_come_may_be_that_of_what_something_is_done_to() -> None:
    assert [event.stance for event in extracted("They closed the clinic for two days on January 30.")] == [
        Stance.REPORTED
    ]
    assert [event.stance for event in extracted("They will close the clinic for two days.")] == [Stance.PLANNED]


def test_a_pattern_that_keeps_no_value_yields_to_one_that_does() -> None:
    (event,) = extracted("On Monday they closed the clinic that day, and it stays so for three weeks.")
    assert isinstance(event.slots["length"], Quantity)
    assert event.slots["length"].text == "three weeks"


def test_a_wait_between_months_is_a_range() -> None:
    (event,) = extracted("He was referred in March 2024. He was not seen for a 50-minute session until May 2024.")
    wait = event.slots["wait"]
    assert isinstance(wait, Quantity)
    assert (wait.low, wait.high, wait.unit) == (31, 91, "day")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "They must buy pumps: told to by January 10. Rain fell. They have only one pump.", 1, id="it has passed"
        ),
        pytest.param("Told to buy pumps by January 20. They have only one pump.", 0, id="it is to come"),
        pytest.param("They have only one pump. They were told to buy pumps by January 10.", 0, id="told afterwards"),
        pytest.param(
            "Told to buy pumps by January 10. It fell. It fell. It fell. We have only one pump.", 0, id="too far"
        ),
        pytest.param(
            "Told to buy pumps by January 10. It was paid in full. They have only one pump.", 0, id="done since"
        ),
        pytest.param(
            "The court was told to buy pumps by January 10. The court has only one judge.", 0, id="another matter"
        ),
    ],
)
def test_what_was_due_is_told_only_when_its_day_has_passed(text: str, found: int) -> None:
    assert [event.type for event in extracted(text) if event.type == "debt"] == ["debt"] * found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("It was fined for the spill.", 1, id="done"),
        pytest.param("There was no fine for the spill.", 0, id="a denial of nothing in particular"),
        pytest.param("The tribunal can fine them.", 0, id="what somebody may do"),
        pytest.param("There was no fine of $9,000 for the spill.", 1, id="a sum"),
        pytest.param("There was no fine on January 13.", 1, id="a day"),
        pytest.param("On January 13 they met. There was no fine.", 0, id="a day of another sentence"),
        pytest.param("There was no fine for Elm Valley Hospital.", 1, id="a party by name"),
        pytest.param("Elm Valley Hospital met them. There was no fine.", 0, id="a party of another sentence"),
    ],
)
def test_what_nobody_did_is_told_only_with_somebody_a_sum_or_a_day(text: str, found: int) -> None:
    assert [event.type for event in extracted(text) if event.type == "levy"] == ["levy"] * found


@pytest.mark.parametrize(
    ("text", "stance"), [("It was fined.", Stance.REPORTED), ("It was never fined.", Stance.DENIED)]
)
def test_a_pattern_may_tell_of_somebody_that_it_was_not_done(text: str, stance: Stance) -> None:
    assert [event.stance for event in extracted(text) if event.type == "levy"] == [stance]


@pytest.mark.parametrize(("text", "found"), [("It was not long fined.", 1), ("It was not then fined.", 0)])
def test_a_pattern_may_ask_its_own_vetoes_alone(text: str, found: int) -> None:
    assert [event.type for event in extracted(text) if event.type == "levy"] == ["levy"] * found
