"""The language of patterns, element by element."""

import pytest
import re2

from bot.core.events.fold import fold, mark_ends
from bot.core.events.inflect import inflections
from bot.core.events.phrases import PhraseError, PhraseReader

LISTS = {
    "WORKER": ("nurse~", "social worker~", "$CREW"),
    "CREW": ("cabin crew",),
    "SPENT": ("spend~ ...2 <MONEY>", "<MONEY> ...1 grant~"),
    "LOOP": ("a word", "$LOOP"),
    "HOLE": ("$MISSING",),
}


def matched(phrase: str, text: str) -> str | None:
    found = re2.compile(PhraseReader(LISTS).read(phrase).regex.encode()).search(fold(text))
    return text[found.start() : found.end()] if found else None


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        pytest.param("walked out", "They Walked out early", "Walked out", id="words follow each other, in any case"),
        pytest.param("walked out", "They walked, out of spite", None, id="a comma ends adjacency"),
        pytest.param("walk~ out", "They are walking out", "walking out", id="inflected"),
        pytest.param("*makers struck", "The papermakers struck", "papermakers struck", id="any word that ends so"),
        pytest.param("*maker~ struck", "A shoemaker struck", "shoemaker struck", id="an ending, inflected"),
        pytest.param("(not|n't) come", "It hadn't come.", "hadn't come", id="a short not is the end of its word"),
        pytest.param("*makers struck", "The makers struck", "makers struck", id="an ending that is the whole word"),
        pytest.param("(walk~ out|down~ tools)", "Crews downed tools", "downed tools", id="a choice"),
        pytest.param("$WORKER strike~", "the social workers strike", "social workers strike", id="a list"),
        pytest.param("$WORKER strike~", "Cabin crew struck", "Cabin crew struck", id="a list in a list"),
        pytest.param("no (new|fresh)? proposals", "No proposals", "No proposals", id="a missing optional choice"),
        pytest.param("no new? proposals", "no new proposals", "no new proposals", id="a present optional word"),
        pytest.param("strike ...2 ended", "strike at last has ended", None, id="one word too many for the gap"),
        pytest.param("strike ...3 ended", "strike, at last, has ended", "strike, at last, has ended", id="a gap"),
        pytest.param("strike ...3 ended", "strike ended", "strike ended", id="an empty gap"),
        pytest.param("strike ...3 ended", "strike. It ended", "strike. It ended", id="full stops are the splitter's"),
        pytest.param("last offer", "its “last” offer", "last” offer", id="quotes do not part words"),
        pytest.param("sit-down", "a sit down, a sit-down", "sit down", id="a hyphen may be a space"),
        pytest.param("nurse strike", "the nurse's strike", "nurse's strike", id="a possessive"),
        pytest.param("art", "the start", None, id="whole words only"),
        pytest.param("$SPENT", "won a $9,000 state grant", "$9,000 state grant", id="a sum begins a list's entry"),
        pytest.param("$SPENT", "misspent $9,000", None, id="whole words only beside an entry that begins with a sum"),
        pytest.param("(about|<MONEY>) a day", "some $9,000 a day", "$9,000 a day", id="a sum begins a choice"),
        pytest.param("up (<PERCENT>|lots) now", "up 6.2% now", "up 6.2% now", id="a share within a choice"),
        pytest.param("up (<PERCENT>|lots)", "pay is up 6.2%, they say", "up 6.2%", id="a share ends a choice"),
        pytest.param("up (<PERCENT>|lot)", "pay is up lots", None, id="whole words only beside a share"),
        pytest.param("has not .", "It has not.”", "has not.”", id="at the end of the sentence"),
        pytest.param("has not .", "It has not said", None, id="the sentence goes on"),
        pytest.param("since <DATE>", "out since Oct. 21", "since Oct. 21", id="a date"),
        pytest.param("<DURATION> wait~", "two to three week waits", "two to three week waits", id="a duration"),
        pytest.param("fined <MONEY>", "was fined £1.5 million", "fined £1.5 million", id="an amount in pounds"),
        pytest.param("<COUNT> nurses", "for nearly 2,400 nurses", "nearly 2,400 nurses", id="a count"),
    ],
)
def test_a_phrase_matches_what_its_author_means(phrase: str, text: str, expected: str | None) -> None:
    assert matched(phrase, text) == expected


def test_words_near_each_other_match_in_any_order() -> None:
    near = re2.compile(PhraseReader(LISTS).near(("talks", "cancel~", "$WORKER"), 2).regex.encode())
    assert near.search(fold("Nurses cancelled the talks"))
    assert near.search(fold("talks with nurses were cancelled"))
    assert not near.search(fold("talks with all of the nurses were cancelled"))


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        pytest.param("talks that were cancelled", True, id="in one clause"),
        pytest.param("talks with 1,200 nurses cancelled", True, id="a comma inside a number parts nothing"),
        pytest.param("talks, once again, were cancelled", False, id="commas"),
        pytest.param("talks: parking was cancelled", False, id="a colon"),
        pytest.param("talks - later cancelled", False, id="a dash"),
    ],
)
def test_in_the_same_clause_no_gap_reaches_over_a_comma_a_colon_or_a_dash(text: str, *, stands: bool) -> None:
    reader = PhraseReader(LISTS)
    for phrase in (
        reader.read("talks ...6 cancel~", same_clause=True),
        reader.near(("cancel~", "talks"), 6, same_clause=True),
        reader.read("talks ..6 cancel~"),
        reader.read("talks ..6 again? cancel~"),
    ):
        assert (re2.search(phrase.regex.encode(), fold(text)) is not None) is stands


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("", "the phrase is empty"),
        ("(a strike", "'(' is not closed in '(a strike'"),
        ("a strike)", "')' without '(' in 'a strike)'"),
        ("strike ... ended", "'...' in 'strike ... ended': write ...N with N the most words between, up to 40"),
        ("strike ...90 ended", "'...90' in 'strike ...90 ended': write ...N with N the most words between, up to 40"),
        ("...3 ended", "'...3 ended' begins or ends with a gap; a gap stands between words"),
        ("new?", "'new?' has an empty or fully optional part; name at least one word"),
        ("$WORKR out", "there is no list $WORKR; did you mean 'WORKER'?"),
        ("$LOOP", "list $LOOP contains itself: LOOP > LOOP"),
        ("$HOLE", "there is no list $MISSING"),
        ("<wait:DURATON>", "there is no type DURATON; did you mean 'DURATION'?"),
        ("<a:COUNT> <a:COUNT>", "place 'a' stands twice in '<a:COUNT> <a:COUNT>'"),
        ("Strike", "'Strike' is no word of a pattern: lower-case letters, digits, ' . & / % -; write 'strike'"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_what_to_write(phrase: str, reason: str) -> None:
    with pytest.raises(PhraseError) as caught:
        PhraseReader(LISTS).read(phrase)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("phrase", "literal"),
    [
        ("walked out", True),
        ("in on", False),
        ("(walked|in) on", False),
        ("(walked|ran) on", True),
        ("walked? on", False),
        ("<COUNT> of", False),
        ("$WORKER", True),
    ],
)
def test_a_phrase_knows_whether_it_can_be_filtered_on(phrase: str, literal: bool) -> None:  # noqa: FBT001 (a table's column)
    assert PhraseReader(LISTS).read(phrase).literal is literal


@pytest.mark.parametrize(
    ("word", "some"),
    [
        ("cancel", {"cancels", "canceled", "cancelled", "cancelling", "cancellation"}),
        ("ratify", {"ratifies", "ratified", "ratifying", "ratification"}),
        ("resume", {"resumes", "resumed", "resuming", "resumption"}),
        ("stop", {"stops", "stopped", "stopping"}),
        ("strike", {"strikes", "struck", "striking"}),
        ("work-out", {"work-outs"}),
    ],
)
def test_a_word_is_known_in_its_inflections(word: str, some: set[str]) -> None:
    assert some <= set(inflections(word))


def test_what_an_author_writes_is_never_read_as_a_regular_expression() -> None:
    assert matched("a.b", "a.b") == "a.b"
    assert matched("a.b", "axb") is None


@pytest.mark.parametrize(
    "text", ["İstanbul’s “straße”", "a\u00a0b\u200bc", "ﬁ 日本語 \U0001f600", "e\u0301", "\x00\x85"]
)
def test_folding_moves_no_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_a_line_feed_ends_each_sentence_in_the_copy() -> None:
    assert mark_ends(fold("One. Two.Three"), [4, 9]) == b"one.\ntwo\nthree".replace(b"two\n", b"two\n")


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("Talks on May 13 failed.", b"talks on mai 13 failed."),
        ("May 5: no talks.", b"mai 5: no talks."),
        ("It was out by late May, and may be again.", b"it was out by late mai, and may be again."),
        ("Nurses May Strike", b"nurses may strike"),
        ("May they strike?", b"may they strike?"),
    ],
)
def test_the_month_of_may_is_not_the_verb(text: str, copy: bytes) -> None:
    assert fold(text) == copy
