import threading

import pytest
from sqlalchemy import URL, Engine, text

from bot.errors import StoreError
from bot.history.database import open_engine
from bot.history.store import Store
from tests.factories import assess, judge_simply, make_article

CUT_OTHERS = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
""")


def cut_connections(database: URL) -> None:
    """End every other connection of a database, as a server that restarts does."""
    with open_engine(database, pooled=False).begin() as connection:
        connection.execute(CUT_OTHERS)


def test_a_server_that_is_not_there_is_named_with_what_to_do() -> None:
    engine = open_engine("postgresql://bot:secret@127.0.0.1:1/alerts", pooled=False)
    with pytest.raises(StoreError, match=r"'alerts' at 127.0.0.1 cannot be reached.*check that it runs") as raised:
        engine.connect()
    assert "secret" not in str(raised.value)


def test_a_server_that_takes_nothing_in_is_named_with_its_reason(engine: Engine, database: URL, store: Store) -> None:
    read_only = open_engine(database.update_query_dict({"options": "-c default_transaction_read_only=on"}))
    with pytest.raises(StoreError, match=r"cannot go on: cannot execute \w+ in a read-only transaction"):
        Store(read_only).record([assess(make_article())], judge_simply, None)
    read_only.dispose()
    assert store.record([assess(make_article())], judge_simply, None).articles == 1
    assert engine.pool.status()


def test_connections_that_were_cut_while_idle_are_replaced_unseen(engine: Engine, database: URL, store: Store) -> None:
    store.record([assess(make_article())], judge_simply, None)
    cut_connections(database)
    recorded = store.record([assess(make_article(key="https://news.example/b", text="More."))], judge_simply, None)
    assert recorded.articles == 1
    assert recorded.changes
    assert engine.pool.status()


def test_a_connection_cut_in_mid_transaction_loses_the_transaction_and_nothing_else(
    database: URL, store: Store
) -> None:
    def cut(*_: object) -> tuple[()]:
        cut_connections(database)
        return ()

    with pytest.raises(StoreError, match="went away"):
        store.record([assess(make_article())], cut, None)
    recorded = store.record([assess(make_article())], judge_simply, None)
    assert (recorded.articles, recorded.alerts) == (1, 1)


def test_a_judge_that_hangs_gives_way_to_the_next(database: URL, store: Store) -> None:
    hung, proceed = threading.Event(), threading.Event()

    def hang(*_: object) -> tuple[()]:
        hung.set()
        proceed.wait(30)
        return ()

    def record_and_hang() -> None:
        with pytest.raises(StoreError):
            Store(open_engine(database, pooled=False)).record([assess(make_article())], hang, None)

    thread = threading.Thread(target=record_and_hang)
    thread.start()
    assert hung.wait(30)
    cut_connections(database)  # what idle_in_transaction_session_timeout does in the end
    assert store.record([assess(make_article())], judge_simply, None).alerts == 1
    proceed.set()
    thread.join()
