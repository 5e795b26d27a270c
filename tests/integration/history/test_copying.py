import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from bot.core.copies import Printed, find_copies, make_prints
from bot.core.model import Alert, Assessed, ChangeKind, Event, Masthead, Wanted
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import load_rulebook
from bot.history.copying import read_origins
from bot.history.events import load_events
from bot.history.forgetting import Order, forget_article
from bot.history.queries import AlertFilter, stream_alerts
from bot.history.store import Store
from bot.pipeline import Judge
from tests.event_factories import event_type, quantity
from tests.factories import always, assess, judge_simply, make_article, noon

RULE = """\
rule: long-wait
title: Long wait
why: A visit is due within 10 days.
severity: high
match:
  event: appointment_wait
  when: {wait: "> 10 days"}
alert:
  once_per: [organisation]
  again_after: 30 days
  channel: access
  say: "{organisation}: {wait} wait"
"""
TYPES = {"appointment_wait": event_type("appointment_wait", wait="duration")}


def story(seed: int) -> str:
    """Distinct running text of 200 words."""
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    return " ".join(f"w{rng.randrange(4000)}" for _ in range(200))


def told(name: str, words: str, *, day: int, days: float = 30, organisation: str = "harbor-health") -> Assessed:
    """Read one wait in an article."""
    assessed = assess(make_article(f"https://news.example/{name}", words, day=day), organisation=organisation)
    events = tuple(
        replace(event, quote=f"{days:g} days", slots={"wait": quantity(days)}, publisher=name)
        for event in assessed.events
    )
    return replace(assessed, events=events, prints=make_prints(words))


def judge() -> Judge:
    book = load_rulebook({"rules/access/long-wait.yaml": RULE}, TYPES)
    assert book.faults == ()
    return lambda events, mastheads: replay(book, events, noon(400), mastheads=mastheads)


def origins(engine: Engine) -> dict[str, str]:
    """Give the origin of each article that tells anything, by their short names."""
    with engine.connect() as connection:
        events = load_events(connection, Wanted())
    return {event.article.rpartition("/")[2]: event.origin.rpartition("/")[2] for event in events}


def changes(engine: Engine) -> list[list[ChangeKind]]:
    with engine.connect() as connection:
        stored = list(stream_alerts(connection, AlertFilter()))
    return [[change.kind for change in each.alert.changes] for each in stored]


ARTICLES = [
    told("first", story(1), day=0),
    told("reprint", f"HARBOR (AP) {story(1)} Copyright by the agency.", day=2),
    told("late-reprint", f"{story(1)} Our reporters added a line.", day=31),
    told("other", story(2), day=1),
    told("month-later", f"Again. {story(2)}", day=40),
    told("twin-a", f"Twin. {story(3)}", day=5, organisation="bay-health"),
    told("twin-b", f"Twins. {story(3)}", day=5, organisation="lone-health"),
]
GROUPS = {
    "first": "first",
    "reprint": "first",
    "late-reprint": "first",
    "other": "other",
    "month-later": "month-later",
    "twin-a": "twin-a",
    "twin-b": "twin-a",
}


@pytest.mark.parametrize("seed", range(6))
def test_the_same_articles_give_the_same_groups_in_any_order_and_batch(store: Store, engine: Engine, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    order = rng.sample(ARTICLES, len(ARTICLES))
    cut, live = rng.randrange(1, len(order)), rng.random() < 0.5
    for batch in (order[:cut], order[cut:]):
        store.record(batch, judge_simply if live else None, None, _about(batch))
    store.rejudge(always(judge_simply), None)
    assert origins(engine) == GROUPS


def test_writers_at_the_same_time_give_the_same_groups(store: Store, engine: Engine) -> None:
    with ThreadPoolExecutor(max_workers=4) as pool:
        written = [pool.submit(store.record, [one], judge_simply, None, _about([one])) for one in ARTICLES]
    assert sum(future.result().articles for future in written) == len(ARTICLES)
    store.rejudge(always(judge_simply), None)
    assert origins(engine) == GROUPS


@pytest.mark.parametrize("seed", range(3))
def test_what_is_settled_step_by_step_is_what_the_whole_gives(store: Store, engine: Engine, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    articles = [
        told(f"n{number}", f"No{number} {story(rng.randrange(12))}", day=rng.randrange(120)) for number in range(60)
    ]
    for start in range(0, len(articles), 7):
        store.record(articles[start : start + 7], judge_simply, None)
    whole = find_copies(
        Printed(key=one.article.key, on=one.article.learned.date(), prints=one.prints) for one in articles
    )
    with engine.connect() as connection:
        assert read_origins(connection) == {key: copy.origin for key, copy in whole.items()}
    assert len(whole) > 10


@pytest.mark.parametrize("seed", range(2))
def test_a_long_past_settled_some_months_at_a_time_gives_the_same_groups(
    store: Store, engine: Engine, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    articles = [
        told(f"n{number}", f"No{number} {story(rng.randrange(30))}", day=rng.randrange(500)) for number in range(300)
    ]
    for start in range(0, len(articles), 100):
        store.record(articles[start : start + 100], None, None)
    store.settle()
    whole = find_copies(
        Printed(key=one.article.key, on=one.article.learned.date(), prints=one.prints) for one in articles
    )
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM uncompared")) == 0
        assert read_origins(connection) == {key: copy.origin for key, copy in whole.items()}
    assert len(whole) > 100
    assert not store.is_judged()


def _about(batch: Sequence[Assessed]) -> Wanted:
    named = {event.organisation.id for one in batch for event in one.events if event.organisation}
    return Wanted(organisations=frozenset(named))


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_a_copy_is_no_other_source_whichever_was_read_first(
    store: Store, engine: Engine, places: Sequence[int]
) -> None:
    for hour, place in enumerate(places):
        store.record([_learned(ARTICLES[place], noon(10) + timedelta(hours=hour))], judge(), None)
    assert changes(engine) == [[ChangeKind.OPENED]]


def _learned(assessed: Assessed, learned: datetime) -> Assessed:
    events = tuple(replace(event, learned=learned) for event in assessed.events)
    return replace(assessed, article=replace(assessed.article, learned=learned), events=events)


def test_another_article_is_another_source(store: Store, engine: Engine) -> None:
    store.record([told("first", story(1), day=0), told("other", story(2), day=1)], judge(), None)
    assert changes(engine) == [[ChangeKind.OPENED, ChangeKind.UPDATED]]


def test_a_copy_with_an_added_fact_still_alerts(store: Store, engine: Engine) -> None:
    first, added = told("first", story(1), day=0), f"{story(1)} At another clinic people wait sixty days."
    store.record([first], judge(), None)
    store.record([told("reprint", added, day=2, days=60)], judge(), None)
    assert origins(engine) == {"first": "first", "reprint": "first"}
    assert changes(engine) == [[ChangeKind.OPENED, ChangeKind.UPDATED]]


def test_an_original_that_is_found_later_regroups_what_other_organisations_were_told(
    store: Store, engine: Engine
) -> None:
    twins = [one for one in ARTICLES if "twin" in one.article.key]
    store.record(twins, judge_simply, None, _about(twins))
    root = told("root", f"Root. {story(3)}", day=4, organisation="root-health")
    seen: set[str] = set()

    def watch(events: Sequence[Event], _mastheads: Mapping[str, Masthead]) -> tuple[Alert, ...]:
        seen.update(event.article for event in events)
        return ()

    store.record([root], watch, None, _about([root]))
    assert origins(engine) == {"root": "root", "twin-a": "root", "twin-b": "root"}
    assert {one.article.key for one in twins} <= seen


def test_a_new_version_of_a_copy_is_a_copy(store: Store, engine: Engine) -> None:
    store.record(ARTICLES[:2], judge_simply, None)
    again = told("reprint", f"HARBOR (AP) {story(1)} Corrected by the agency.", day=2)
    store.record([again], judge_simply, None)
    assert origins(engine) == {"first": "first", "reprint": "first"}


def test_a_forgotten_original_leaves_the_next_one_first(store: Store, engine: Engine) -> None:
    store.record(ARTICLES[:3], judge_simply, None)
    with engine.begin() as connection:
        order = Order(by="anna", why="order of a court", now=datetime(2025, 3, 1, tzinfo=UTC))
        forget_article(connection, "https://news.example/first", order)
    with engine.connect() as connection:
        rows = connection.scalars(text("SELECT row_to_json(c)::text FROM article_copy AS c")).all()
    assert not any("first" in row for row in rows)
    store.rejudge(always(judge_simply), None)
    assert origins(engine) == {"reprint": "reprint", "late-reprint": "reprint"}


def test_what_was_compared_is_not_compared_again(store: Store, engine: Engine) -> None:
    store.record(ARTICLES, judge_simply, None)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM uncompared")) == 0
