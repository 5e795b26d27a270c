"""A press of a button: acknowledged at once, stored once, shown on the root."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from bot.core.messages import plan, read_press
from bot.core.model import Delivery
from bot.history.decisions import Decisions
from bot.history.outbox import Outbox
from bot.history.store import Store
from bot.slack.client import SlackApi, web_client
from bot.slack.listener import Listener, take
from bot.slack.sender import Sender
from tests.alert_builders import alert, change, raised
from tests.fake_outbox import Clock
from tests.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Json
from tests.integration.history.conftest import database, engine, migrated_template, store
from tests.integration.slack.conftest import ALERTS, CHANNELS, DAY

__all__ = ["database", "engine", "migrated_template", "store"]  # fixtures

STORY = alert(change(citations=()), raised())
ACKNOWLEDGE: Json = {"action_id": "wa_acknowledge", "value": STORY.id}
FALSE_ALARM: Json = {"action_id": "wa_false_alarm", "value": STORY.id}
UNDO: Json = {"action_id": "wa_undo", "value": STORY.id}
SNOOZE: Json = {
    "action_id": "wa_snooze", "block_id": f"wa:{STORY.id}:0", "selected_option": {"value": "7d"},
}  # fmt: skip


class Pressing:
    """A posted alert with buttons, and somebody who listens."""

    def __init__(self, slack: FakeSlack, engine: Engine, store: Store, clock: Clock) -> None:
        self.slack, self.engine, self.store, self.clock = slack, engine, store, clock
        self.outbox, self.decisions = Outbox(engine), Decisions(engine)
        self.client = web_client(BOT_TOKEN, slack.url)
        self.sender = Sender(
            SlackApi(self.client), self.outbox, channels=CHANNELS, clock=clock, worker="w",
            verdict_of=self.decisions.verdict,
        )  # fmt: skip
        self.listener = Listener(
            APP_TOKEN, self.client, decisions=self.decisions, add=self.outbox.add, clock=clock, ping_seconds=0.2
        )
        self.judge(1)

    def judge(self, told: int) -> None:
        judged = alert(*STORY.changes[:told])
        self.store.rejudge(lambda _events, _mastheads: [judged], self._plan)
        self.run()

    def _plan(self, told: object, revision: int) -> tuple[Delivery, ...]:
        return plan(told, revision, CHANNELS)  # type: ignore[arg-type]

    def run(self) -> None:
        self.sender.deliver_all(self.clock.sleep, DAY)

    def press(self, action: Json) -> None:
        payload = self.slack.press_payload(ALERTS, str(self.root()["ts"]), action)
        decision = read_press(payload, self.clock())
        assert decision is not None
        take(decision, self.decisions, self.outbox.add)
        self.run()
        self.clock.sleep(2)

    def press_over_the_socket(self, action: Json) -> float | None:
        return self.slack.press(ALERTS, str(self.root()["ts"]), action)

    def wait_until_stored(self) -> None:
        deadline = time.monotonic() + 5
        while self.outbox.next_due(self.clock()) is None and time.monotonic() < deadline:
            self.stored()
        self.run()

    def stored(self) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, by_person FROM disposition ORDER BY id"))
            return [(row.kind, row.by_person) for row in rows]

    def root(self) -> Json:
        return self.slack.visible(ALERTS)[0]


@pytest.fixture
def pressing(engine: Engine, store: Store) -> Iterator[Pressing]:
    clock = Clock()
    with FakeSlack(clock=clock.timestamp) as slack:
        yield Pressing(slack, engine, store, clock)


@pytest.fixture
def listened(pressing: Pressing) -> Iterator[Pressing]:
    pressing.listener.start()
    assert pressing.slack.wait_for_socket()
    yield pressing
    pressing.listener.close()


def test_acknowledging_is_answered_at_once_stored_with_who_and_shown_on_the_root(listened: Pressing) -> None:
    seconds = listened.press_over_the_socket(ACKNOWLEDGE)
    assert seconds is not None
    assert seconds < 3
    listened.wait_until_stored()
    assert listened.stored() == [("acknowledged", "U0ANNA0001")]
    blocks = str(listened.root()["blocks"])
    assert "Acknowledged by " in blocks
    assert "U0ANNA0001" in blocks
    assert "wa_acknowledge" not in blocks


def test_a_press_that_is_none_of_ours_is_acknowledged_and_left_alone(listened: Pressing) -> None:
    assert listened.press_over_the_socket({"action_id": "other", "value": "x"}) is not None
    assert listened.stored() == []


def test_after_slack_asks_to_connect_again_presses_still_arrive(listened: Pressing) -> None:
    listened.slack.disconnect_sockets()
    assert listened.slack.wait_for_socket(15)
    assert listened.press_over_the_socket(ACKNOWLEDGE) is not None
    listened.wait_until_stored()
    assert listened.stored() == [("acknowledged", "U0ANNA0001")]


def test_a_false_alarm_can_be_taken_back(pressing: Pressing) -> None:
    pressing.press(FALSE_ALARM)
    assert "False alarm, says " in str(pressing.root()["blocks"])
    pressing.press(UNDO)
    assert "False alarm, says " not in str(pressing.root()["blocks"])
    assert "wa_acknowledge" in str(pressing.root()["blocks"])


def test_a_snoozed_alert_keeps_its_changes_in_its_thread(pressing: Pressing) -> None:
    pressing.press(SNOOZE)
    assert "Snoozed until 21 Oct 2026" in str(pressing.root()["blocks"])
    pressing.judge(2)
    assert len(pressing.slack.visible(ALERTS)) == 1
    assert len(pressing.slack.all_messages(ALERTS)) == 2


def test_a_later_change_keeps_what_was_decided_on_the_root(pressing: Pressing) -> None:
    pressing.press(ACKNOWLEDGE)
    pressing.judge(2)
    blocks = str(pressing.root()["blocks"])
    assert "Critical: " in blocks
    assert "Acknowledged by " in blocks


def test_the_same_press_counts_once(pressing: Pressing) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": "U0ANNA0001"},
        "actions": [{**ACKNOWLEDGE, "action_ts": "1.1"}],
    }
    decision = read_press(payload, datetime(2026, 10, 14, 9, tzinfo=UTC))
    assert decision is not None
    assert pressing.decisions.decide(decision)
    assert not pressing.decisions.decide(decision)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ({}, "nothing in it"),
        ({"type": "view_submission", "user": {"id": "U1"}, "actions": [ACKNOWLEDGE]}, "another kind"),
        ({"type": "block_actions", "actions": [ACKNOWLEDGE]}, "nobody pressed it"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": []}, "no action"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": ["x"]}, "no object"),
        (
            {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "wa_undo", "value": "'; DROP"}]},
            "id",
        ),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "wa_undo"}]}, "no alert"),
    ],
)
def test_a_payload_that_is_no_press_of_ours_is_no_decision(payload: Json, why: str) -> None:
    assert read_press(payload, datetime(2026, 10, 14, tzinfo=UTC)) is None, why


def test_a_snooze_ends_when_it_says(pressing: Pressing) -> None:
    pressing.press(SNOOZE)
    verdict = pressing.decisions.verdict(STORY.id)
    assert verdict.is_quiet(pressing.clock())
    assert not verdict.is_quiet(pressing.clock() + timedelta(days=7))
