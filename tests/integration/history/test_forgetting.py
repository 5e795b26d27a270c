import csv
import io
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from bot.core.model import Action, Alert, Delivery, Message
from bot.history.database import JUDGE_LOCK
from bot.history.export import Form, Kind, export
from bot.history.forgetting import Forgotten, Order, forget_article, forget_source, trim_fetch_log
from bot.history.queries import AlertFilter, stream_alerts
from bot.history.store import Store
from tests.factories import always, assess, judge_simply, make_article

ORDER = Order(by="anna", why="order of a court", now=datetime(2025, 2, 1, tzinfo=UTC))
PRIVATE = "Mrs Secret waits"


def plan(alert: Alert, revision: int) -> tuple[Delivery, ...]:
    quote = alert.changes[revision].citations[0].quote if alert.changes[revision].citations else ""
    message = Message(text=f"told: {quote}", blocks=json.dumps([quote]))
    name = f"{alert.id} {revision}"
    return (Delivery(id=name, alert=alert.id, revision=revision, channel="C1", action=Action.POST, message=message),)


def key(name: str) -> str:
    return f"https://news.example/{name}"


@pytest.fixture
def filled(store: Store) -> Store:
    secret = make_article(key=key("secret"), text=f"{PRIVATE} six weeks.", source="feed:a", title=PRIVATE)
    other = make_article(key=key("other"), text="Others wait too.", source="feed:b", day=2)
    alone = make_article(key=key("alone"), text=f"{PRIVATE} alone.", source="feed:a", day=3)
    assessed = [assess(secret), assess(other), assess(alone, organisation="lone-health")]
    store.record(assessed, judge_simply, plan)
    return store


def everything_stored(engine: Engine) -> str:
    tables = ("article_version", "event", "alert", "alert_change", "delivery", "audit", "source", "unjudged")
    with engine.connect() as connection:
        return "\n".join(
            str(connection.scalars(text(f"SELECT row_to_json(t)::text FROM {table} AS t")).all())  # noqa: S608 - names above
            for table in tables
        )


def forget(engine: Engine, *names: str) -> list[Forgotten]:
    with engine.begin() as connection:
        return [forget_article(connection, key(name), ORDER) for name in names]


def test_nothing_stored_shows_the_words_of_a_forgotten_article(filled: Store, engine: Engine) -> None:
    assert PRIVATE in everything_stored(engine)
    shared, alone = forget(engine, "secret", "alone")
    assert (shared.articles, shared.events, shared.alerts, shared.scrubbed) == (1, 1, 0, 1)
    assert (alone.articles, alone.events, alone.alerts, alone.scrubbed) == (1, 1, 1, 0)
    assert PRIVATE not in everything_stored(engine)
    filled.rejudge(always(judge_simply), plan)
    assert PRIVATE not in everything_stored(engine)


@pytest.mark.parametrize("source", [False, True])
def test_no_judge_is_at_work_while_something_is_forgotten(filled: Store, engine: Engine, *, source: bool) -> None:
    assert filled.is_judged()
    with engine.begin() as connection, engine.begin() as judge:
        if source:
            forget_source(connection, "feed:a", ORDER)
        else:
            forget_article(connection, key("secret"), ORDER)
        assert not judge.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": JUDGE_LOCK})
    with engine.begin() as judge:
        assert judge.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": JUDGE_LOCK})


def test_an_alert_that_rests_on_another_article_too_stays(filled: Store, engine: Engine) -> None:
    forget(engine, "secret")
    assert not filled.is_judged()
    filled.rejudge(always(judge_simply), plan)
    with engine.connect() as connection:
        alerts = [stored.alert for stored in stream_alerts(connection, AlertFilter())]
    assert {alert.fingerprint: len(alert.citations) for alert in alerts} == {
        "long-wait|harbor-health": 1,
        "long-wait|lone-health": 1,
    }


def test_a_forgotten_article_is_not_read_in_again(filled: Store, engine: Engine) -> None:
    forget(engine, "secret")
    again = make_article(key=key("secret"), text=f"{PRIVATE} six weeks.", source="feed:a")
    recorded = filled.record([assess(again)], judge_simply, plan)
    assert (recorded.articles, recorded.known) == (0, 0)
    assert f"{PRIVATE} six" not in everything_stored(engine)


def test_a_source_is_forgotten_with_all_that_it_alone_told(filled: Store, engine: Engine) -> None:
    corrected = make_article(key=key("other"), text=f"{PRIVATE} as well.", source="feed:a", day=5)
    filled.record([assess(corrected)], judge_simply, plan)
    with engine.begin() as connection:
        forgotten = forget_source(connection, "feed:a", ORDER)
        assert forgotten.articles == 2
        versions = connection.scalars(text("SELECT text FROM article_version")).all()
        assert versions == ["Others wait too."]
        assert connection.scalar(text("SELECT retracted FROM event")) is None
    filled.rejudge(always(judge_simply), plan)
    assert PRIVATE not in everything_stored(engine)


def test_the_audit_says_who_and_why_and_not_what(filled: Store, engine: Engine) -> None:
    assert not filled.is_judged() or forget(engine, "secret")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT by_person, action, note, at FROM audit")).one()
        assert trim_fetch_log(connection, ORDER.now, "UTC") == 0
    assert (row.by_person, row.action, row.note["why"], row.at) == ("anna", "forget article", ORDER.why, ORDER.now)
    assert key("secret") not in str(row.note)


@pytest.mark.parametrize("kind", Kind)
def test_an_export_has_a_line_for_everything(filled: Store, engine: Engine, kind: Kind) -> None:
    assert filled.newest()
    lines, table = io.StringIO(), io.StringIO()
    with engine.connect() as connection:
        count = export(connection, kind, Form.JSON_LINES, lines)
        assert export(connection, kind, Form.CSV, table) == count
    assert count == {Kind.ALERTS: 2, Kind.EVENTS: 3, Kind.ARTICLES: 3}[kind]
    documents = [json.loads(line) for line in lines.getvalue().splitlines()]
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    name = {Kind.ALERTS: "id", Kind.EVENTS: "id", Kind.ARTICLES: "key"}[kind]
    assert [row[name] for row in rows] == [document[name] for document in documents]


def test_no_cell_of_a_table_is_a_formula(store: Store, engine: Engine) -> None:
    store.record([assess(make_article(title='=HYPERLINK("x")'))], None, None)
    table = io.StringIO()
    with engine.connect() as connection:
        export(connection, Kind.ARTICLES, Form.CSV, table)
    (row,) = csv.DictReader(io.StringIO(table.getvalue()))
    assert row["title"] == '\'=HYPERLINK("x")'
