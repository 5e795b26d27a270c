"""Events whose surroundings speak of something else: in doubt, and a review in place of an alert."""

from dataclasses import replace

import pytest

from bot.core.events.doubt import LEAST_WORDS, Counts, DoubtKind, Doubts, words_of
from bot.core.events.explain import explain_trace
from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Event, Label, Outcome
from bot.core.rules.rulebook import load_rulebook
from bot.core.rules.single import judge_article
from bot.core.text.entities import load_entities
from bot.errors import RuleFileError
from tests.event_factories import article

PATH = "rules/events/_doubt.yaml"
STRIKE = """event: strike
slots:
  status: {kind: label, values: [ended, started]}
patterns:
  - {set: {status: ended}, match: [ends strike]}
examples: [The nurses ends strike.]
"""
DOUBT = """kinds:
  - event: strike
    where: {status: [ended]}
    below: 0
    told: 100
    tempting: 100
    words: |
      nurses 90/3 hospit 60/3
      organi 0/60 ballpa 0/90
"""
FILES = {
    "rules/events/strike.yaml": STRIKE,
    PATH: DOUBT,
    "rules/strike/strike-ended.yaml": (
        "rule: strike-ended\ntitle: Strike over\nseverity: high\nwhy: Clocks stop.\n"
        "match: {event: strike, when: {status: ended}}\n"
        "alert: {once_per: [organisation], channel: strike, say: over}\n"
    ),
}
NOBODY = load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n")
CROWD = (
    "On a warm evening before seven thousand people who had come by tram with small children the mayor was seen too."
)
BALLPARK = f"The organist of the ballpark ends strike against loud music. {CROWD}"
HOSPITAL = f"The nurses of the hospital: vote ends strike over night shifts. {CROWD}"


def events_in(text: str, files: dict[str, str] = FILES) -> tuple[Event, ...]:
    return Extractor(load_event_types(files), NOBODY).extract(article(text))


def test_words_that_were_counted_where_something_only_tempts_put_an_event_in_doubt_and_are_named() -> None:
    [event] = events_in(BALLPARK)
    assert {"ballpark", "organist"} <= set(event.doubt)


def test_words_that_were_counted_where_such_events_are_told_leave_it_certain() -> None:
    assert [event.doubt for event in events_in(HOSPITAL)] == [()]


def test_without_counts_nothing_is_in_doubt() -> None:
    files = {path: text for path, text in FILES.items() if path != PATH}
    assert [event.doubt for event in events_in(BALLPARK, files)] == [()]


def test_a_text_of_few_words_is_never_in_doubt() -> None:
    text = "The organist of the ballpark ends strike."
    assert len(words_of(text.encode(), ())) < LEAST_WORDS
    assert [event.doubt for event in events_in(text)] == [()]


def test_an_event_of_a_kind_that_was_not_counted_is_never_in_doubt() -> None:
    files = {
        **FILES,
        "rules/events/strike.yaml": STRIKE.replace("set: {status: ended}", "set: {status: started}"),
    }
    assert [event.doubt for event in events_in(BALLPARK, files)] == [()]


def test_a_rule_gives_a_review_that_names_the_words() -> None:
    book = load_rulebook(FILES)
    assert book.faults == ()
    told = article(BALLPARK)
    event = replace(events_in(BALLPARK)[0], background=False)
    [verdict] = judge_article(told, [event], book)
    assert verdict.outcome is Outcome.REVIEW
    assert [line.text for line in verdict.why if line.slot == "doubt"] == [
        f"words around it speak of something else: {', '.join(f'“{word}”' for word in event.doubt)}"
    ]
    [certain] = judge_article(told, [replace(event, doubt=())], book)
    assert certain.outcome is Outcome.ALERT


def test_a_second_mention_without_doubt_takes_the_doubt_away() -> None:
    far = f"{CROWD} {CROWD.replace('warm', 'cold')} {CROWD.replace('mayor', 'bishop')} "
    [event] = events_in(f"{BALLPARK} {far}{far}{HOSPITAL}")
    assert event.doubt == ()


def test_explain_tells_the_doubt_with_the_pattern() -> None:
    trace = Extractor(load_event_types(FILES), NOBODY).trace(article(BALLPARK))
    assert any("yes, in doubt by the words around it: " in line for line in explain_trace(trace))


def test_a_word_weighs_more_in_the_sentence_than_around_it() -> None:
    kind = DoubtKind(event="strike", where={}, below=0.0, sentences=Counts(100, 100), words={b"organi": Counts(0, 60)})
    [scale] = Doubts([kind]).scales
    inside = scale.weigh(b"the organist", ())[b"organi"]
    outside = scale.weigh(b"it ends", [b"the organist"])[b"organi"]
    assert inside == pytest.approx(3 * outside)
    assert inside < 0


def test_of_several_labels_one_is_enough() -> None:
    words = {b"organi": Counts(0, 60)}
    kind = DoubtKind(
        event="strike", where={"outcome": frozenset({"quiet"})}, below=9.0, sentences=Counts(1, 1), words=words
    )
    slots = {"outcome": (Label(value="loud"), Label(value="quiet"))}
    assert Doubts([kind]).against("strike", slots, CROWD.lower().encode(), [BALLPARK.lower().encode()])
    assert Doubts([kind]).against("strike", {}, CROWD.lower().encode(), [BALLPARK.lower().encode()]) == ()


def test_counts_of_a_type_or_label_that_is_gone_are_no_fault() -> None:
    written = DOUBT.replace("event: strike", "event: lockout").replace("[ended]", "[over]")
    assert [event.doubt for event in events_in(BALLPARK, {**FILES, PATH: written})] == [()]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (DOUBT.replace("below: 0", "below: low"), "4:12: 'below' is a number: the sum of weights under which"),
        (DOUBT.replace("told: 100", "told: many"), "5:11: 'told' is a number of sentences from 0 to"),
        (DOUBT.replace("90/3", "90"), "“nurses 90” is no count; write `word told/tempting`: holds 0/12"),
        (DOUBT.replace("tempting:", "tempted:"), "6:5: 'tempted' is not known here"),
        (DOUBT.replace("kinds:", "kind:"), "1:1: 'kind' is not known here; did you mean 'kinds'?"),
    ],
)
def test_a_fault_in_the_counts_is_told_with_its_place(written: str, expected: str) -> None:
    with pytest.raises(RuleFileError) as told:
        load_event_types({**FILES, PATH: written})
    assert any(expected in str(fault) and str(fault).startswith(PATH) for fault in told.value.faults)
