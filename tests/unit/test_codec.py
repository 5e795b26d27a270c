from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import (
    Article,
    Bound,
    Event,
    Evidence,
    Label,
    Name,
    Precision,
    Quantity,
    Role,
    SlotValue,
    Stance,
    When,
)
from bot.history.codec import (
    clean,
    decode_alert,
    decode_article,
    decode_change,
    decode_event,
    decode_evidence,
    encode_alert,
    encode_article,
    encode_change,
    encode_event,
    encode_evidence,
)
from tests.factories import assess, judge_simply, make_article, noon

harmless = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
hostile = st.text(st.characters(exclude_categories=[]), max_size=12)
offsets = st.integers(min_value=-1, max_value=10**6)
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def whens(words: st.SearchStrategy[str]) -> st.SearchStrategy[When]:
    return st.builds(
        When,
        first=days,
        last=days,
        precision=st.sampled_from(Precision),
        basis=words,
        role=st.sampled_from(Role),
        text=words,
        start=offsets,
        end=offsets,
        instant=st.none() | moments,
        alternatives=st.lists(st.tuples(days, days), max_size=2).map(tuple),
    )


def names(words: st.SearchStrategy[str]) -> st.SearchStrategy[Name]:
    return st.builds(
        Name, id=words, name=words, kind=words, text=words, start=offsets, end=offsets, known=st.booleans()
    )


def labels(words: st.SearchStrategy[str]) -> st.SearchStrategy[Label]:
    return st.builds(Label, value=words, text=words, start=offsets, end=offsets)


def slot_values(words: st.SearchStrategy[str]) -> st.SearchStrategy[SlotValue]:
    quantities = st.builds(
        Quantity,
        text=words,
        start=offsets,
        end=offsets,
        low=numbers,
        high=numbers,
        unit=words,
        bound=st.sampled_from(Bound),
        per=st.none() | words,
        of=st.none() | words,
    )
    several = st.lists(labels(words), max_size=3).map(tuple)
    return quantities | whens(words) | names(words) | labels(words) | several | st.booleans()


def events(words: st.SearchStrategy[str]) -> st.SearchStrategy[Event]:
    someone = st.none() | names(words)
    return st.builds(
        Event,
        id=words,
        article=words,
        type=words,
        quote=words,
        start=offsets,
        end=offsets,
        sentence=words,
        sentence_start=offsets,
        stance=st.sampled_from(Stance),
        learned=moments,
        published=st.none() | whens(words),
        happened=st.none() | whens(words),
        attribution=words,
        organisation=someone,
        counterparty=someone,
        agency=someone,
        region=someone,
        background=st.none() | st.booleans(),
        slots=st.dictionaries(words, slot_values(words), max_size=3),
        evidence=st.lists(st.builds(Evidence, part=words, start=offsets, end=offsets, pattern=words), max_size=2).map(
            tuple
        ),
        origin=words,
        retracted=st.none() | moments,
    )


@settings(max_examples=150, deadline=None)
@given(events(harmless))
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    evidence = decode_evidence(encode_evidence(event.evidence))
    again = decode_event(encode_event(event), event.retracted)
    assert replace(again, evidence=evidence) == event
    assert again.learned.tzinfo is UTC  # one for all: comparing is quick


@settings(max_examples=100, deadline=None)
@given(events(hostile))
def test_whatever_the_words_the_database_can_take_them(event: Event) -> None:
    document = encode_event(event).decode()
    assert "\\u0000" not in document.replace("\\\\", "")
    again = decode_event(document)
    assert (again.quote, len(again.sentence)) == (clean(event.quote), len(event.sentence))


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_cleaning_keeps_every_offset_and_touches_nothing_else(words: str) -> None:
    cleaned = clean(words)
    assert len(cleaned) == len(words)
    assert all(new in (old, "\N{REPLACEMENT CHARACTER}") for new, old in zip(cleaned, words, strict=True))
    assert clean(cleaned.encode().decode()) == cleaned


@settings(max_examples=80, deadline=None)
@given(harmless, whens(harmless), st.none() | harmless)
def test_an_article_comes_back_as_it_was(words: str, published: When, region: str | None) -> None:
    article = Article(
        key=words, text=words, title=words, source=words, learned=noon(0), published=published, region=region
    )
    assert decode_article(encode_article(article), words) == article


def test_an_alert_and_its_changes_come_back_as_they_were() -> None:
    (alert,) = judge_simply(assess(make_article()).events, {})
    changes = tuple(decode_change(encode_change(change)) for change in alert.changes)
    assert decode_alert(encode_alert(alert), changes) == alert


def test_a_written_event_that_knows_less_reads_with_defaults() -> None:
    (event,) = assess(make_article()).events
    shorter = encode_event(event).replace(b'"origin":', b'"a_field_of_the_future":')
    assert decode_event(shorter) == replace(event, origin="")
