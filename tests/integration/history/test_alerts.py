from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import Engine

from bot.core.model import Action, Alert, Change, Delivery, Event, Masthead, Message, Wanted
from bot.history.outbox import Outbox
from bot.history.queries import (
    AlertFilter,
    Disposition,
    StoredAlert,
    as_listed,
    count_alerts,
    decide,
    read_alert,
    read_event,
    read_events_of,
    read_versions,
    stream_alerts,
    stream_articles,
)
from bot.history.rule_versions import RuleVersion, keep_rule_versions, read_rule_version
from bot.history.status import read_setting, read_status, write_setting
from bot.history.store import Store
from tests.factories import always, assess, judge_simply, make_article, noon

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)


def plan_simply(alert: Alert, revision: int) -> tuple[Delivery, ...]:
    """Post the first change and reply with each later one."""
    root = str(uuid5(NAMESPACE_URL, f"{alert.id} 0"))
    return (
        Delivery(
            id=str(uuid5(NAMESPACE_URL, f"{alert.id} {revision}")),
            alert=alert.id,
            revision=revision,
            channel="C1",
            action=Action.REPLY if revision else Action.POST,
            message=Message(text=alert.changes[revision].kind.value, blocks="[]"),
            thread_of=root if revision else None,
        ),
    )


def judge_nothing(_events: Sequence[Event], _mastheads: Mapping[str, Masthead]) -> tuple[Alert, ...]:
    return ()


def listed(engine: Engine, chosen: AlertFilter | None = None) -> list[StoredAlert]:
    with engine.connect() as connection:
        return list(stream_alerts(connection, chosen or AlertFilter()))


def article_on(day: int) -> str:
    return f"https://news.example/{day}"


def record(store: Store, day: int, organisation: str = "harbor-health", wanted: Wanted | None = None) -> int:
    article = make_article(key=article_on(day), text=f"Day {day} at {organisation}.", day=day)
    recorded = store.record([assess(article, organisation=organisation)], judge_simply, plan_simply, wanted or Wanted())
    return recorded.deliveries


def test_a_change_is_told_once(store: Store, engine: Engine) -> None:
    assert record(store, 0) == 1
    assert record(store, 0) == 0
    assert record(store, 3) == 1
    assert store.rejudge(always(judge_simply), plan_simply).deliveries == 0
    (stored,) = listed(engine)
    assert [(sent.revision, sent.action, sent.state) for sent in stored.deliveries] == [
        (0, "post", "waiting"),
        (1, "reply", "waiting"),
    ]


def test_what_a_backfill_did_not_tell_is_not_replied_to(store: Store) -> None:
    store.record([assess(make_article(key=article_on(0), day=0))], judge_simply, None)
    article = make_article(key=article_on(3), text="more", day=3)
    store.record([assess(article)], judge_simply, plan_simply)
    claimed = Outbox(store._engine).claim("sender", NOW, timedelta(60))  # noqa: SLF001 - the same database
    assert claimed is not None
    assert (claimed.delivery.action, claimed.delivery.thread_of) == (Action.POST, None)


def test_an_alert_that_rests_on_a_retracted_event_is_withdrawn_and_told(store: Store, engine: Engine) -> None:
    record(store, 0)
    corrected = make_article(key=article_on(0), text="Correction: there is no wait.", day=5)
    recorded = store.record([assess(corrected, "correction")], judge_simply, plan_simply)
    assert [change.kind for _, change in recorded.changes] == ["withdrawn"]
    (stored,) = listed(engine)
    assert stored.alert.state == "withdrawn"
    assert [(step.change.kind, step.superseded) for step in stored.log] == [("opened", True), ("withdrawn", False)]
    assert stored.log[1].change.at == noon(5)
    assert [sent.revision for sent in stored.deliveries] == [0, 1]


def test_a_judge_that_looked_elsewhere_withdraws_nothing(store: Store, engine: Engine) -> None:
    record(store, 0)
    record(store, 1, "other-health", Wanted(organisations=frozenset({"other-health"})))
    store.rejudge(always(judge_nothing), plan_simply, Wanted(organisations=frozenset({"third-health"})))
    store.rejudge(always(judge_nothing), plan_simply, Wanted(rules=frozenset({"another-rule"})))
    assert [stored.alert.state for stored in listed(engine)] == ["open", "open"]
    store.rejudge(always(judge_nothing), plan_simply, Wanted(organisations=frozenset({"other-health"})))
    assert [stored.alert.state for stored in listed(engine)] == ["open", "withdrawn"]


def test_a_correction_reaches_the_alerts_of_whom_the_old_words_were_about(store: Store, engine: Engine) -> None:
    record(store, 0, "harbor-health")
    corrected = make_article(key=article_on(0), text="Correction: it was the other one.", day=5)
    assessed = assess(corrected, organisation="other-health")
    store.record([assessed], judge_simply, plan_simply, Wanted(organisations=frozenset({"other-health"})))
    states = {stored.alert.fingerprint: stored.alert.state for stored in listed(engine)}
    assert states == {"long-wait|harbor-health": "withdrawn", "long-wait|other-health": "open"}


def test_the_same_words_under_two_addresses_are_told_once_and_outlive_one_of_them(store: Store, engine: Engine) -> None:
    one, copy = (make_article(key=f"https://{name}.example/", text="Same words.", day=0) for name in ("one", "two"))
    store.record([assess(one), assess(copy)], judge_simply, plan_simply)
    corrected = make_article(key=one.key, text="Correction: no wait.", day=4)
    recorded = store.record([assess(corrected, "correction")], judge_simply, plan_simply)
    assert recorded.changes == ()
    (stored,) = listed(engine)
    assert (stored.alert.state, len(stored.log)) == ("open", 1)


def test_alerts_are_listed_in_the_shape_that_scripts_read(store: Store, engine: Engine) -> None:
    record(store, 0)
    (stored,) = listed(engine)
    assert as_listed(stored) == {
        "id": stored.alert.id,
        "rule": "long-wait",
        "outcome": "alert",
        "severity": "high",
        "state": "open",
        "fingerprint": "long-wait|harbor-health",
        "opened_on": "2025-01-06",
        "says": "harbor-health: 1 waits told",
        "quote": "Day 0 at harbor-health.",
        "articles": ["https://news.example/0"],
        "deliveries": [{"channel": "C1", "state": "waiting", "receipt": None}],
    }


def test_alerts_are_chosen_by_rule_day_and_state(store: Store, engine: Engine) -> None:
    record(store, 0, "a-health")
    record(store, 9, "b-health")
    since = noon(5).date()
    assert [stored.alert.says for stored in listed(engine, AlertFilter(since=since))] == ["b-health: 1 waits told"]
    assert [stored.alert.says for stored in listed(engine, AlertFilter(until=since))] == ["a-health: 1 waits told"]
    assert listed(engine, AlertFilter(rule="other")) == []
    assert listed(engine, AlertFilter(state="withdrawn", outcome="alert", severities=frozenset({"high"}))) == []


def test_an_alert_is_found_by_id_or_fingerprint_with_all_it_rests_on(store: Store, engine: Engine) -> None:
    record(store, 0)
    with engine.connect() as connection:
        by_name = read_alert(connection, "long-wait|harbor-health")
        assert by_name is not None
        assert read_alert(connection, by_name.alert.id) == by_name
        assert read_alert(connection, "A-none\0") is None
        (citation,) = by_name.alert.citations
        event = read_event(connection, citation.event)
        assert event is not None
        assert read_events_of(connection, citation.article) == [event]
        (article,) = read_versions(connection, citation.article)
        assert article.text[event.start : event.end] == event.quote
        assert list(stream_articles(connection, keys=[article.key], source="folder:corpus")) == [article]
        assert count_alerts(connection, AlertFilter()) == {"long-wait": 1}
        assert count_alerts(connection, AlertFilter(outcome="review")) == {}
        assert list(stream_alerts(connection, AlertFilter(), 1)) == [by_name]


def test_versions_are_numbered_in_the_order_they_were_learned(store: Store, engine: Engine) -> None:
    for day in (3, 0, 5):
        store.record([assess(make_article(text=f"Version of day {day}.", day=day))], None, None)
    with engine.connect() as connection:
        versions = read_versions(connection, make_article().key)
        (standing,) = stream_articles(connection)
    assert [(article.version, article.learned) for article in versions] == [(1, noon(0)), (2, noon(3)), (3, noon(5))]
    assert standing == versions[-1]


def test_a_persons_decision_is_stored_once(store: Store, engine: Engine) -> None:
    record(store, 0)
    (stored,) = listed(engine)
    snoozed = Disposition(
        alert=stored.alert.id, kind="snoozed", by="anna", at=NOW, action_key="click-1", until=noon(7), note="known"
    )
    with engine.begin() as connection:
        assert decide(connection, snoozed)
        assert not decide(connection, snoozed)
        assert not decide(connection, Disposition(alert="A-none", kind="snoozed", by="x", at=NOW, action_key="2"))
    assert listed(engine)[0].dispositions == (snoozed,)


def test_what_is_told_together_is_stored_with_the_alerts_or_not_at_all(store: Store, engine: Engine) -> None:
    store.record([assess(make_article())], None, None)

    def refuse(_changes: Sequence[tuple[Alert, Change]]) -> tuple[Delivery, ...]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.rejudge(always(judge_simply), None, bundle=refuse)
    assert listed(engine) == []

    def bundle(changes: Sequence[tuple[Alert, Change]]) -> tuple[Delivery, ...]:
        return plan_simply(changes[0][0], 0)

    store.rejudge(always(judge_simply), None, bundle=bundle)
    assert [len(each.deliveries) for each in listed(engine)] == [1]


def test_the_status_counts_what_is_there(store: Store, engine: Engine) -> None:
    record(store, 0)
    store.record([assess(make_article(key=article_on(1), text="unjudged", day=1))], None, None)
    with engine.connect() as connection:
        status = read_status(connection)
    assert status.counts == {"articles": 2, "versions": 2, "events": 2, "alerts": 1, "reviews": 0}
    assert [(queue.channel, queue.count_by_state) for queue in status.queues] == [("C1", {"waiting": 1})]
    assert status.unjudged_chunks == 1


def test_settings_and_rule_versions_are_kept(engine: Engine) -> None:
    version = RuleVersion(rule="long-wait", version="0" * 12, path="rules/long-wait.yaml", content="rule: long-wait\n")
    with engine.begin() as connection:
        assert read_setting(connection, "shown") is None
        write_setting(connection, "shown", ["a"])
        assert read_setting(connection, "shown") == ["a"]
        assert (keep_rule_versions(connection, [version]), keep_rule_versions(connection, [version])) == (1, 0)
        assert read_rule_version(connection, "long-wait", "0" * 12) == version
