"""Corrections, endings and worse news, lived article by article through the database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import Engine

from bot.core.copies import make_prints
from bot.core.model import Alert, Assessed, Event, Masthead
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import ALWAYS_READ
from bot.history.queries import AlertFilter, StoredAlert, stream_alerts
from bot.history.store import Store
from bot.pipeline import Judge
from tests.event_factories import noon
from tests.integration.history.test_alerts import plan_simply
from tests.lives import LIVES, Life, Told, assessed_of, cancelled, end_of, longest, steps_of, tell
from tests.unit.rules.books import DISAGREE, rulebook


def judge(book: Rulebook, until: datetime) -> Judge:
    def judged(events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> tuple[Alert, ...]:
        return replay(book, events, until, mastheads=mastheads, coverage=ALWAYS_READ)

    return judged


def stored(engine: Engine) -> list[StoredAlert]:
    with engine.connect() as connection:
        return list(stream_alerts(connection, AlertFilter()))


def live(store: Store, life: Life) -> None:
    book = life.book()
    for told in life.told:
        store.record([assessed_of(told)], judge(book, noon(told.on)), plan_simply)
    store.rejudge(partial(judge, book), plan_simply, now=end_of(life))


@pytest.mark.parametrize("life", LIVES, ids=[life.name for life in LIVES])
def test_an_alert_lives_as_its_articles_do(store: Store, engine: Engine, life: Life) -> None:
    live(store, life)
    alert = longest([each.alert for each in stored(engine)])
    assert steps_of(alert) == life.steps
    for words in life.words:
        assert words in alert.changes[-1].reason
    log = next(each.log for each in stored(engine) if each.alert.id == alert.id)
    told = [step.change for step in log if not step.superseded]
    assert sorted(f"{change.kind.value} {change.on}" for change in told) == sorted(life.steps)


def printed(told: Told, text: str) -> Assessed:
    """Return an article whose words can be compared with those of others."""
    assessed = assessed_of(told)
    return replace(assessed, article=replace(assessed.article, text=text), prints=make_prints(text))


def test_a_disagreement_between_what_turn_out_to_be_copies_is_withdrawn_and_says_why(
    store: Store, engine: Engine
) -> None:
    halves = [" ".join(f"{part}{number * number % 977}" for number in range(160)) for part in ("a", "b")]
    one, other = (
        tell("2025-01-10", "news", cancelled(100)),
        tell("2025-01-12", "times", cancelled(900)),
    )
    book = rulebook(a_rule=DISAGREE)
    for told, text in zip((one, other), halves, strict=True):
        store.record([printed(told, text)], judge(book, noon("2025-01-12")), plan_simply)
    (before,) = stored(engine)
    assert [step.change.kind for step in before.log] == ["opened"]

    root = tell("2025-01-08", "agency", cancelled(100))
    store.record([printed(root, " ".join(halves))], judge(book, noon("2025-01-14")), plan_simply)
    (after,) = stored(engine)
    assert after.alert.state == "withdrawn"
    assert [step.change.kind for step in after.log] == ["opened", "withdrawn"]
    told_together = "“100 cancelled” (News) and “900 cancelled” (Times) are copies of one article"
    assert told_together in after.log[-1].change.reason
    assert {cited.quote for cited in after.log[0].change.citations} == {"100 cancelled", "900 cancelled"}
