"""Corrections, endings and worse news, lived by one replay."""

import pytest

from bot.core.rules.replay import replay
from bot.core.rules.setting import ALWAYS_READ
from tests.event_factories import mastheads
from tests.lives import LIVES, Life, end_of, events_of, longest, steps_of


@pytest.mark.parametrize("life", LIVES, ids=[life.name for life in LIVES])
def test_an_alert_lives_as_its_articles_do(life: Life) -> None:
    events = events_of(life)
    alerts = replay(life.book(), events, end_of(life), mastheads=mastheads(*events), coverage=ALWAYS_READ)
    alert = longest(alerts)
    assert steps_of(alert) == life.steps
    for words in life.words:
        assert words in alert.changes[-1].reason


def test_a_taken_back_figure_stays_readable_in_the_life_of_its_alert() -> None:
    life = next(life for life in LIVES if life.name == "a new version with another figure")
    events = events_of(life)
    (alert,) = replay(life.book(), events, end_of(life), mastheads=mastheads(*events), coverage=ALWAYS_READ)
    assert [change.citations[0].quote for change in alert.changes] == ["30 days", "45 days"]
    assert alert.says == "45 days"
    assert {cited.quote for cited in alert.citations} == {"30 days", "45 days"}
