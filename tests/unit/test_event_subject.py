"""What an article must speak of to be read for events."""

import pytest

from bot.core.events.extractor import Extractor
from bot.core.events.lint import lint_event_types
from bot.core.events.load import load_event_types
from bot.core.text.entities import load_entities
from bot.errors import RuleFileError
from tests.event_factories import article

SUBJECT = "at_least: 3\nfrom_chars: 300\nspeaks_of:\n  labour: [strike~, picket~, union~]\n  care: [nurse~]\n"
STRIKE = "event: strike\npatterns: [porters strike]\nexamples: [The porters strike.]\n"
BAKERY = "The bakery opens at six and sells rye bread to whoever comes. " * 6
FILES = {"rules/events/strike.yaml": STRIKE, "rules/events/_subject.yaml": SUBJECT}
NOBODY = load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n")
PATH = "rules/events/_subject.yaml"


def extractor(files: dict[str, str]) -> Extractor:
    return Extractor(load_event_types(files), NOBODY)


def types_in(text: str) -> list[str]:
    return [event.type for event in extractor(FILES).extract(article(text))]


def test_a_long_article_with_too_few_words_of_the_subject_is_not_read() -> None:
    assert types_in(f"The porters strike. {BAKERY}") == []
    assert types_in(f"The porters strike, the union pickets. {BAKERY}") == ["strike"]


def test_the_forms_of_a_word_count_as_different_words_and_repetition_does_not() -> None:
    assert types_in(f"The porters strike, strike and strike. {BAKERY}") == []
    assert types_in(f"The porters strike; they struck, and are striking. {BAKERY}") == ["strike"]


def test_a_short_text_is_always_read() -> None:
    assert types_in("The porters strike.") == ["strike"]


def test_why_an_article_is_not_read_is_told_with_the_words_and_the_place() -> None:
    why = extractor(FILES).unread(article(f"The porters strike. {BAKERY}"))
    assert why == f"it holds 1 words of the subject (strike), and {PATH}:1 asks for 3"


def test_without_the_file_everything_is_read() -> None:
    files = {"rules/events/strike.yaml": STRIKE}
    assert [e.type for e in extractor(files).extract(article(f"The porters strike. {BAKERY}"))] == ["strike"]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("at_least: 3\nfrom_chars: 300\n", "1:1: 'speaks_of' holds lists of words"),
        (SUBJECT.replace("picket~", "picket line~"), "4:21: 'picket line~' is no single word in small letters"),
        (SUBJECT.replace("at_least: 3", "at_least: few"), "1:11: 'at_least' is a number of words from 0 to 20"),
        (SUBJECT.replace("300", "-1"), "2:13: 'from_chars' is a number of characters from 0 to 100000"),
        (SUBJECT.replace("from_chars", "from_char"), "2:1: 'from_char' is not known here; did you mean 'from_chars'?"),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_place(subject: str, expected: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        load_event_types({**FILES, PATH: subject})
    assert f"{PATH}:{expected}" in str(caught.value)


def test_lint_names_a_type_that_only_short_texts_are_read_for() -> None:
    eviction = "event: eviction\npatterns: [tenants evicted]\nexamples: [The tenants evicted yesterday.]\n"
    (fault,) = lint_event_types(extractor({**FILES, "rules/events/eviction.yaml": eviction}))
    assert (fault.path, fault.line) == ("rules/events/eviction.yaml", 3)
    assert f"add its words to {PATH}:1" in fault.message
