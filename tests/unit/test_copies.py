import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.copies import MAX_HOLDERS, Printed, find_copies, make_prints

DAY = date(2025, 1, 16)
CORPUS = sorted((Path(__file__).parents[2] / "corpus").rglob("*.md"))
BOILERPLATE = " ".join(f"about{n} us and the many things that we do for everybody here{n}" for n in range(8))


def text_of(seed: int, sentences: int = 40) -> str:
    """Distinct running text: every text has its own words."""
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    words = [f"w{rng.randrange(4000)}" for _ in range(sentences * 18)]
    return ". ".join(" ".join(words[start : start + 18]) for start in range(0, len(words), 18))


def printed(key: str, text: str, on: date = DAY) -> Printed:
    return Printed(key=key, on=on, prints=make_prints(text))


def reformatted(text: str) -> str:
    return text.upper().replace(". ", " –\n\n")


def wire_copy(text: str) -> str:
    kept = text.split(". ")[: int(len(text.split(". ")) * 0.8)]
    return "GLENDALE (AP) — " + ". ".join(kept) + " This story was provided by the agency to its members."


def light_edit(text: str) -> str:
    rng = random.Random(1)  # noqa: S311  # repeatable, not secret
    sentences = [sentence for sentence in text.split(". ") if rng.random() > 0.1]
    return ". ".join(" ".join(word for word in sentence.split() if rng.random() > 0.02) for sentence in sentences)


def excerpt(text: str) -> str:
    sentences = text.split(". ")
    return ". ".join(sentences[: int(len(sentences) * 0.3)])


def with_new_fact(text: str) -> str:
    return text + ". The department fined the plan nine million dollars on Friday after the walkout"


@pytest.mark.parametrize("variant", [reformatted, wire_copy, light_edit, excerpt, with_new_fact])
def test_a_reprint_is_grouped_with_its_origin(variant: Callable[[str], str]) -> None:
    originals = [printed(f"o{seed}", text_of(seed)) for seed in range(40)]
    copies = [printed(f"z{seed}", variant(text_of(seed)), DAY + timedelta(days=2)) for seed in range(40)]
    found = find_copies([*originals, *copies])
    right = sum(found[f"z{seed}"].origin == f"o{seed}" for seed in range(40) if f"z{seed}" in found)
    assert right >= 38
    assert not any(key.startswith("o") for key in found)


def test_different_articles_with_the_same_boilerplate_are_not_copies() -> None:
    articles = [printed(f"a{seed:03}", text_of(seed, 4) + BOILERPLATE) for seed in range(120)]
    found = find_copies(articles)
    assert [key for key in found if int(key[1:]) >= MAX_HOLDERS] == []


def test_the_briefs_of_the_corpus_are_not_copies_of_each_other() -> None:
    articles = [
        printed(path.name, path.read_text(encoding="utf-8").split("---", 2)[2], date.fromisoformat(path.name[:10]))
        for path in CORPUS
    ]
    assert len(articles) > 40
    assert find_copies(articles) == {}


def test_a_copy_of_a_copy_leads_to_the_first() -> None:
    text = text_of(1)
    chain = [printed("c", wire_copy(text), DAY + timedelta(days=1)), printed("a", text)]
    chain.append(printed("b", light_edit(wire_copy(text)), DAY + timedelta(days=3)))
    assert {key: copy.origin for key, copy in find_copies(chain).items()} == {"c": "a", "b": "a"}


def test_a_reprint_after_a_month_stands_on_its_own() -> None:
    text = text_of(1)
    assert find_copies([printed("a", text), printed("b", text, DAY + timedelta(days=31))]) == {}


def test_short_texts_have_too_little_to_be_compared() -> None:
    assert find_copies([printed("a", "The strike goes on."), printed("b", "The strike goes on.")]) == {}
    assert make_prints("") == frozenset()


@given(st.permutations(range(12)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_reading_makes_no_difference(order: list[int]) -> None:
    articles = [printed(f"{n:02}", text_of(n % 4, 12), DAY + timedelta(days=n // 3)) for n in range(12)]
    assert find_copies([articles[n] for n in order]) == find_copies(articles)


@given(st.text(max_size=500))
@settings(max_examples=100)
def test_prints_fit_a_bigint(text: str) -> None:
    assert all(-(2**63) <= number < 2**63 for number in make_prints(text * 3))
