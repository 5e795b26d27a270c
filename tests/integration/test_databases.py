from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.pool import NullPool


def test_a_test_gets_an_empty_database(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        tables = connection.execute(text("select count(*) from pg_tables where schemaname = 'public'")).scalar_one()
    assert tables == 0


def test_text_sorts_by_code_point_and_time_is_utc(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        names = connection.execute(text("select x from (values ('a'), ('B'), ('é')) v(x) order by x")).scalars().all()
        assert connection.execute(text("show timezone")).scalar_one() == "UTC"
    assert names == ["B", "a", "é"]


def test_two_databases_of_one_server_do_not_see_each_other(database_url: URL, fresh_database: URL) -> None:
    one, other = (create_engine(url, poolclass=NullPool) for url in (database_url, fresh_database))
    with other.begin() as connection:
        connection.execute(text("create table only_here (id int)"))
    with one.begin() as connection:
        assert connection.execute(text("select to_regclass('only_here')")).scalar_one() is None
