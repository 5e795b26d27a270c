"""Which number of an article belongs to an event, on small rules of the test's own."""

from datetime import UTC, date, datetime

import pytest

from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Precision, Quantity, When
from bot.core.text.entities import load_entities

RULES = {
    "rules/events/_words.yaml": "WORKER: [nurse~, driver~, crew~]\n",
    "rules/events/walkout.yaml": """
event: walkout
slots:
  people: {kind: count, of: [$WORKER], fill: nearby}
patterns: [walked out]
""",
    "rules/events/repair.yaml": """
event: repair
slots:
  count: {kind: count, of: [door~]}
patterns: [finished, "mended <count:COUNT>", seven of the]
""",
    "rules/events/lost.yaml": """
event: lost
slots:
  bags: {kind: count, fill: nearest, single: [(her|his) ...1 bag]}
patterns: [bag went astray, 40 went astray, "lost ...3 bag~"]
""",
    "rules/events/cancelled.yaml": """
event: cancelled
slots:
  count: {kind: count, fill: nearest}
patterns: ["called off <count:COUNT>", called them off, "<count:COUNT> list to call off", "gave up the first"]
""",
}
ENTITIES = load_entities("entities: {}\nforms: {}\nnouns: {}\nnot_names: []\n", "rules/entities.yaml")
EXTRACTOR = Extractor(load_event_types(RULES), ENTITIES)


def _number(text: str, slot: str) -> float | None:
    day = date(2025, 1, 16)
    published = When(first=day, last=day, precision=Precision.DAY, basis="metadata")
    learned = datetime(2025, 1, 16, 20, tzinfo=UTC)
    [event] = EXTRACTOR.extract(
        Article(key="text:1", text=text, title="", source="folder:test", learned=learned, published=published)
    )
    value = event.slots.get(slot)
    return value.low if isinstance(value, Quantity) else None


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("About 300 nurses walked out.", 300, "the number counts the workers of the trigger"),
        ("About 300 cooks, porters and nurses walked out.", 300, "one number for a list"),
        ("They walked out with 12 demands. Some 300 nurses took part.", 300, "told in the next sentence"),
        ("Some 300 nurses came. They walked out. A union of 9,000 drivers cheered.", 300, "what stands before counts"),
        ("Hundreds of nurses walked out. In all 350 nurses did so.", 350, "words yield to figures they may mean"),
        ("Hundreds of nurses walked out. The union has 90,000 nurses.", 100, "other figures they cannot mean"),
        ("They walked out at 6 in the rain, when the crew slept.", None, "the number counts no worker"),
        ("They walked out. It costs 5 million per nurse.", None, "a rate counts nobody"),
        ("The cooks say that 640 of them walked out.", 640, "who was named before"),
        ("The cooks, 46 in all, walked out.", 46, "the same, all told"),
        ("At three nurse homes they walked out.", None, "the homes are counted"),
        ("Cooks at three nurse homes walked out. Some 160 nurses took part.", 160, "the next sentence counts people"),
    ],
)
def test_a_count_is_of_what_the_slot_counts(text: str, number: float | None, reason: str) -> None:
    assert _number(text, "people") == number, reason


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("They called off 736 visits.", 736, "the kept number"),
        ("They called off 736 visits and a further 125 at home.", 861, "more of the same is added"),
        ("They called off 736 visits and 12 flights.", 736, "another thing is not"),
        ("Of 900 visits 20 were left when they called them off.", 20, "the nearest one"),
        ("Two city trusts called them off, 814 visits in all.", 814, "the trusts are not what is called off"),
    ],
)
def test_more_of_the_same_is_added(text: str, number: float | None, reason: str) -> None:
    assert _number(text, "count") == number, reason


def test_a_kept_place_that_holds_no_number_leaves_the_choice_to_the_nearest() -> None:
    assert _number("They drew up a list to call off 75 visits.", "count") == 75


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("Twenty-six are finished, said a clerk.", 26, "it is the subject"),
        ("Six of them are finished.", 6, "so is this"),
        ("They have finished with 4 cranes.", None, "it counts something else"),
        ("By noon seven of the locks were new.", 7, "the trigger begins with it"),
        ("Of 12 doors 3 were finished.", 12, "what the slot counts is told"),
    ],
)
def test_a_number_that_counts_nothing_named_is_that_of_its_verb(text: str, number: float | None, reason: str) -> None:
    assert _number(text, "count") == number, reason


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("Her blue bag went astray.", 1, "one person's own"),
        ("Her blue bag went astray, and 40 came late.", 1, "a number beside it is another's"),
        ("They lost 12 of his bag loads.", 12, "the trigger tells a number"),
        ("His bag came, and 40 went astray.", 40, "the trigger does not touch it"),
    ],
)
def test_what_is_one_persons_own_counts_as_one(text: str, number: float | None, reason: str) -> None:
    assert _number(text, "bags") == number, reason
