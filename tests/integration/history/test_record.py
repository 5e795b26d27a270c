from collections.abc import Sequence
from datetime import datetime
from itertools import permutations

import pytest
from sqlalchemy import Engine, text

from bot.core.model import Alert, Assessed, Event, Wanted
from bot.history.events import load_events
from bot.history.queries import AlertFilter, stream_alerts
from bot.history.store import Store
from bot.pipeline import Judge
from tests.factories import always, assess, judge_simply, make_article, noon


def stored_events(engine: Engine) -> list[Event]:
    with engine.connect() as connection:
        return load_events(connection, Wanted())


def test_an_article_comes_back_with_its_events(store: Store, engine: Engine) -> None:
    assessed = assess(make_article(), "appointment_wait", "strike")
    recorded = store.record([assessed], None, None)
    assert (recorded.articles, recorded.events) == (1, 2)
    assert sorted(stored_events(engine), key=lambda event: event.type) == list(assessed.events)


def test_the_same_text_again_is_nothing_new(store: Store) -> None:
    assessed = assess(make_article())
    store.record([assessed], None, None)
    recorded = store.record([assessed, assess(make_article(day=3))], None, None)
    assert (recorded.articles, recorded.versions, recorded.known, recorded.events) == (0, 0, 2, 0)


def test_a_new_version_retracts_what_the_old_one_told(store: Store, engine: Engine) -> None:
    old, new = make_article(text="Patients wait six weeks.", day=0), make_article(text="Patients wait two days.", day=2)
    store.record([assess(old)], None, None)
    recorded = store.record([assess(new)], None, None)
    assert (recorded.articles, recorded.versions) == (0, 1)
    assert [(event.quote, event.retracted) for event in stored_events(engine)] == [
        ("Patients wait six weeks.", noon(2)),
        ("Patients wait two days.", None),
    ]


def test_the_old_words_are_kept(store: Store, engine: Engine) -> None:
    store.record([assess(make_article(text="old", day=0))], None, None)
    store.record([assess(make_article(text="new", day=1))], None, None)
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT text FROM article_version ORDER BY learned")).all() == ["old", "new"]


READINGS = [
    assess(make_article(text="first words", day=0)),
    assess(make_article(text="first words", day=4, title="read again")),
    assess(make_article(text="second words", day=2)),
    assess(make_article(text="third words", day=2)),
]


@pytest.mark.parametrize("order", list(permutations(range(len(READINGS))))[::3])
def test_the_order_of_reading_does_not_matter(store: Store, engine: Engine, order: Sequence[int]) -> None:
    for index in order:
        store.record([READINGS[index]], None, None)
    in_turn = _everything(engine)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE article CASCADE"))
    store.record(READINGS, None, None)
    assert in_turn == _everything(engine)


def _everything(engine: Engine) -> list[tuple[object, ...]]:
    query = text("""
        SELECT version.article, version.text_sha, title, version.learned, retracted, versions, first_learned,
          article.text_sha AS standing, event.payload::text AS told
        FROM article_version AS version JOIN article ON key = article
        JOIN event ON event.article = version.article AND event.text_sha = version.text_sha
        ORDER BY version.text_sha, id
    """)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_chunk_without_a_judge_leaves_a_mark_until_everything_is_judged(store: Store) -> None:
    store.record([assess(make_article())], None, None)
    assert not store.is_judged()
    recorded = store.rejudge(always(judge_simply), None)
    assert (recorded.alerts, len(recorded.changes), store.is_judged()) == (1, 1, True)


def test_judging_again_finds_nothing_new(store: Store) -> None:
    store.record([assess(make_article())], judge_simply, None)
    recorded = store.rejudge(always(judge_simply), None)
    assert (recorded.alerts, recorded.changes) == (0, ())


def test_a_judge_that_fails_leaves_nothing_behind(store: Store, engine: Engine) -> None:
    def fail(_events: Sequence[Event], _mastheads: object) -> Sequence[Alert]:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        store.record([assess(make_article())], fail, None)
    assert stored_events(engine) == []


def test_words_that_the_database_refuses_are_made_harmless(store: Store, engine: Engine) -> None:
    article = make_article(key="https://news.example/\0\ud800", text="a\0b\udfffc", title="\ud83d\0")
    recorded = store.record([Assessed(article=article, events=assess(article).events)], judge_simply, None)
    assert (recorded.articles, recorded.alerts) == (1, 1)
    assert store.record([assess(article)], judge_simply, None).known == 1
    assert [event.quote for event in stored_events(engine)] == ["a�b�c"]


def test_the_history_remembers_until_when_it_was_judged(store: Store) -> None:
    assert store.newest() is None
    store.record([assess(make_article(day=0))], judge_simply, None, until=noon(5))
    assert store.newest() == noon(5)
    store.rejudge(always(judge_simply), None, now=noon(3))
    assert store.newest() == noon(5)
    store.record([assess(make_article(key="https://news.example/b", day=9))], None, None)
    assert store.newest() == noon(9)


def test_a_judge_whose_clock_is_behind_takes_nothing_back_and_leaves_a_mark(store: Store) -> None:
    store.record([assess(make_article(day=5))], judge_simply, None, until=noon(5))
    late = assess(make_article(key="https://news.example/b", text="More.", day=4))
    recorded = store.record([late], judge_simply, None, until=noon(4))
    assert (recorded.articles, recorded.changes, store.is_judged()) == (1, (), False)
    assert store.rejudge(always(judge_simply), None, now=noon(5)).changes
    assert store.is_judged()


def test_a_judgement_of_everything_is_made_as_of_the_last_moment_known_when_its_turn_comes(store: Store) -> None:
    store.record([assess(make_article(day=5))], judge_simply, None, until=noon(5))
    asked: list[datetime] = []

    def judge_at(until: datetime) -> Judge:
        asked.append(until)
        return judge_simply

    store.rejudge(judge_at, None, now=noon(4))  # its clock is behind, or another one judged while it waited
    store.rejudge(judge_at, None, now=noon(6))
    store.rejudge(judge_at, None)
    assert asked == [noon(5), noon(6), noon(6)]


def test_an_alert_that_nobody_was_told_of_is_written_anew_and_leaves_no_trace(store: Store, engine: Engine) -> None:
    store.record([assess(make_article())], judge_simply, None)
    store.record([assess(make_article(key="https://news.example/b", text="More.", day=-1))], judge_simply, None)
    with engine.connect() as connection:
        stored = list(stream_alerts(connection, AlertFilter()))
    assert [step.superseded for each in stored for step in each.log] == [False] * sum(len(each.log) for each in stored)
    assert store.rejudge(always(lambda _events, _heads: ()), None).changes == ()
    with engine.connect() as connection:
        assert list(stream_alerts(connection, AlertFilter())) == []
