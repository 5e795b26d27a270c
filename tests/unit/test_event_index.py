"""The quick looks never hide a phrase: where one stands, the index and the spacing of its words say that it may."""

from itertools import islice
from pathlib import Path

import pytest

from bot.core.events.blocks import words_of
from bot.core.events.compile import PhraseSet
from bot.core.events.fold import fold
from bot.core.events.index import PhraseIndex
from bot.core.events.keywords import All, Any
from bot.core.events.load import load_event_types
from bot.core.events.page import read_draft
from bot.core.events.phrases import PhraseReader
from bot.core.events.spacing import Blocks, Spacing

RULES = Path(__file__).parents[2] / "rules" / "events"
TYPES = load_event_types({f"rules/events/{path.name}": path.read_text("utf-8") for path in RULES.glob("*.yaml")})
ONE_TEXT_IN, ONE_PHRASE_IN = 20, 5  # of the examples and phrases of the rules: each against each takes minutes
LISTS = {"TALKS": ("talks", "bargaining session~"), "CARE": ("clinic", "*ology appointment~")}


def test_what_stands_in_an_example_is_never_hidden() -> None:
    phrases = PhraseSet(TYPES)
    tried = range(0, len(phrases), ONE_PHRASE_IN)
    texts = [example.text for each in TYPES.definitions.values() for example in each.examples]
    for text in islice(texts, 0, None, ONE_TEXT_IN):
        for view in read_draft(text, fold(text), phrases).views:
            blocks = Blocks(view.copy, phrases.index.standing(words_of(view.copy)).called)
            found = {number for number in tried if phrases.expression(number).stands(view.copy)}
            assert found <= view.standing(found)
            assert all(phrases.spacing.allows(number, blocks) for number in found)


def test_many_sentences_are_told_apart() -> None:
    index = PhraseIndex([All((frozenset(("talks",)), frozenset(("ended", "end")))), None, frozenset(("strike",))])
    sentences = [b"talks went on", b"talks ended", b"no end of talks", b"a strike"] * 40
    standing = index.standing(words_of(b"\n".join(sentences)))
    assert standing.by_sentence() == [[1], [0, 1], [0, 1], [1, 2]] * 40
    assert standing.anywhere() == {0, 1, 2}


def test_one_of_several_needs_is_enough() -> None:
    index = PhraseIndex([Any((frozenset(("walkout",)), All((frozenset(("on",)), frozenset(("strike",))))))])
    assert index.standing([[b"on"], [b"on", b"strike"], [b"walkout"]]).by_sentence() == [[], [0], [0]]


@pytest.mark.parametrize(
    ("phrase", "sentence", "may_stand"),
    [
        pytest.param("no ...2 talks", b"no other talks", True, id="near enough"),
        pytest.param("no ...2 talks", b"no one of them had any talks", False, id="too far apart"),
        pytest.param("no ...2 talks", b"talks, no", False, id="in the other order"),
        pytest.param("no $TALKS", b"no bargaining-session", True, id="a hyphen is no blank"),
        pytest.param("no talks", b"no - talks", True, id="a dash is no word"),
        pytest.param("closed $CARE", b"closed cardiology appointments", True, id="by an ending"),
        pytest.param("closed $CARE", b"closed the road to the clinic", False, id="an entry too far off"),
        pytest.param("hadn't ...1 <n:COUNT>", b"hadn't 4,000", True, id="a number in digits"),
        pytest.param("met ...3 <d:DATE>", b"met again next monday", True, id="a date"),
    ],
)
def test_words_are_near_enough_or_not(phrase: str, sentence: bytes, *, may_stand: bool) -> None:
    read = PhraseReader(LISTS).read(phrase)
    index, spacing = PhraseIndex([read.needed]), Spacing([read.chains])
    standing = index.standing(words_of(sentence))
    stands = standing.by_sentence() == [[0]] and spacing.allows(0, Blocks(sentence, standing.called))
    assert stands is may_stand
