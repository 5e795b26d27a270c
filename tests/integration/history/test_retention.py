from datetime import UTC, date, datetime

from sqlalchemy import Engine, text

from bot.core.model import Alert
from bot.history.forgetting import Order
from bot.history.queries import AlertFilter, stream_alerts
from bot.history.store import Store
from tests.factories import FIRST_DAY, always, assess, judge_simply, make_article

ORDER = Order(by="anna", why="KEEP_DAYS is 30", now=datetime(2025, 6, 1, tzinfo=UTC))
CUT = date(2025, 1, 11)  # five days after the first


def fill(store: Store) -> None:
    for number, day in enumerate((0, 4, 5, 9)):
        article = make_article(key=f"https://news.example/{number}", text=f"Wait {number}.", day=day)
        store.record([assess(article, organisation=f"health-{number // 2}")], judge_simply, None)


def alerts(engine: Engine) -> list[Alert]:
    with engine.connect() as connection:
        return [stored.alert for stored in stream_alerts(connection, AlertFilter())]


def test_what_came_out_before_the_cut_goes_with_its_alerts_and_the_rest_stays_judged(
    store: Store, engine: Engine
) -> None:
    fill(store)
    kept = alerts(engine)[1]
    gone = store.retain(CUT, ORDER, always(judge_simply))
    assert (gone.articles, gone.events, gone.alerts) == (2, 2, 1)
    assert alerts(engine) == [kept]
    assert store.is_judged()
    with engine.connect() as connection:
        days = connection.scalars(text("SELECT day FROM article_version")).all()
        row = connection.execute(text("SELECT by_person, action, note FROM audit")).one()
    assert min(days) >= CUT > FIRST_DAY
    assert (row.by_person, row.action, row.note["before"]) == ("anna", "forget before", "2025-01-11")


def test_nothing_from_before_the_cut_is_read_in_again_and_a_second_run_finds_nothing(
    store: Store, engine: Engine
) -> None:
    fill(store)
    store.retain(CUT, ORDER, always(judge_simply))
    fill(store)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM article")) == 2
    assert store.retain(CUT, ORDER, always(judge_simply)).articles == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit")) == 1


def test_an_article_with_a_later_version_is_not_old(store: Store, engine: Engine) -> None:
    key = "https://news.example/0"
    store.record(
        [assess(make_article(key=key, text="Wait 0.")), assess(make_article(key=key, text="Longer.", day=8))],
        None,
        None,
    )
    assert store.retain(CUT, ORDER, always(judge_simply)).articles == 0
    assert engine.pool.status()
