"""A press of a button: acknowledged at once, stored once, shown on the root."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine, text

from bot.core.messages import plan, read_press
from bot.core.messages.buttons import ending_of
from bot.core.model import Change, ChangeKind, Delivery
from bot.history.decisions import Decisions
from bot.history.outbox import Outbox
from bot.history.store import Store
from bot.slack.client import SlackApi, web_client
from bot.slack.listener import Listener
from bot.slack.presses import Presses
from bot.slack.sender import Sender
from tests.alert_builders import alert, another_source, change, raised, withdrawn
from tests.factories import always, noon
from tests.fake_outbox import Clock
from tests.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Fault, Json, Planned
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

WAKE: Json = {"action_id": "wa_wake", "value": STORY.id}
UNTIL_CHANGED: Json = {**SNOOZE, "selected_option": {"value": "changed"}}
AGAIN = change(ChangeKind.REPEATED, later_days=31)
REMINDED = change(ChangeKind.REMINDED, later_days=32)


class Pressing:
    """A posted alert with buttons, and somebody who listens."""

    def __init__(self, slack: FakeSlack, engine: Engine, store: Store, clock: Clock, folder: Path) -> None:
        self.slack, self.engine, self.store, self.clock = slack, engine, store, clock
        self.outbox, self.decisions = Outbox(engine), Decisions(engine)
        self.client = web_client(BOT_TOKEN, slack.url)
        self.sender = Sender(
            SlackApi(self.client), self.outbox, channels=CHANNELS, clock=clock, worker="w",
            verdict_of=self.decisions.verdict,
        )  # fmt: skip
        self.presses = Presses(folder, self.decisions, self.outbox.add)
        self.listener = Listener(APP_TOKEN, self.client, presses=self.presses, clock=clock, ping_seconds=0.2)
        self.judge(1)

    def judge(self, told: int) -> None:
        judged = alert(*STORY.changes[:told])
        self.store.rejudge(always(lambda _events, _mastheads: [judged]), self._plan, now=noon(0))
        self.run()

    def _plan(self, told: object, revision: int) -> tuple[Delivery, ...]:
        return plan(told, revision, CHANNELS)  # type: ignore[arg-type]

    def run(self) -> None:
        self.sender.deliver_all(self.clock.sleep, DAY)

    def press(self, action: Json) -> None:
        payload = self.slack.press_payload(ALERTS, str(self.root()["ts"]), action)
        decision = read_press(payload, self.clock())
        assert decision is not None
        assert self.presses.take(decision)
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

    def tell(self, *steps: Change) -> None:
        """Judge the alert to have gone through these steps, and deliver what that adds."""
        judged = alert(*steps)
        self.store.rejudge(always(lambda _events, _mastheads: [judged]), self._plan, now=noon(0))
        self.run()

    def snooze_until_changed(self) -> None:
        self.press({**UNTIL_CHANGED, "block_id": self.button_block()})
        assert "until it changes" in str(cast("list[Json]", self.root()["blocks"])[-2])

    def button_block(self) -> str:
        return str(cast("list[Json]", self.root()["blocks"])[-1]["block_id"])

    def states(self, *actions: str) -> list[str]:
        with self.engine.connect() as connection:
            query = text("SELECT state FROM delivery WHERE action = ANY(:actions) ORDER BY seq")
            return list(connection.scalars(query, {"actions": list(actions)}))

    def root(self) -> Json:
        return self.slack.visible(ALERTS)[0]


@pytest.fixture
def pressing(engine: Engine, store: Store, tmp_path: Path) -> Iterator[Pressing]:
    clock = Clock()
    with FakeSlack(clock=clock.timestamp) as slack:
        yield Pressing(slack, engine, store, clock, tmp_path / "presses")


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


def test_a_snoozed_alert_is_quiet_its_root_stays_true_and_what_was_held_back_is_told_at_the_end(
    pressing: Pressing,
) -> None:
    pressing.press(SNOOZE)
    assert "'fallback': '21 Oct 2026 " in str(pressing.root()["blocks"])
    pressing.judge(2)
    assert len(pressing.slack.all_messages(ALERTS)) == 1
    assert "Critical: " in str(pressing.root()["blocks"])
    assert pressing.states("reply", "broadcast") == ["snoozed"]
    pressing.clock.sleep(DAY.total_seconds() * 8)
    pressing.run()
    assert [str(said["text"])[:20] for said in pressing.slack.visible(ALERTS)][1:] == ["🔴 Raised to critical"]
    assert pressing.states("reply", "broadcast") == ["sent"]


def test_an_alert_snoozed_until_it_changes_is_quiet_about_the_same_again_and_speaks_of_the_change(
    pressing: Pressing,
) -> None:
    pressing.snooze_until_changed()
    pressing.tell(change(citations=()), another_source(), AGAIN, REMINDED)
    assert len(pressing.slack.all_messages(ALERTS)) == 1
    assert "2 sources" in str(pressing.root()["blocks"])
    assert pressing.states("reply", "broadcast") == ["snoozed"] * 3
    pressing.tell(change(citations=()), another_source(), AGAIN, REMINDED, raised())
    assert pressing.states("reply", "broadcast") == ["sent"] * 4
    assert [str(said["text"])[:10] for said in pressing.slack.visible(ALERTS)][1:] == ["🔴 Raised t"]
    assert [str(said["text"])[:8] for said in pressing.slack.all_messages(ALERTS)][1:] == [
        "Another ", "Again: L", "Reminder", "🔴 Raised",
    ]  # fmt: skip
    assert "Snoozed" not in str(pressing.root()["blocks"])


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (raised(), "its severity"),
        (change(ChangeKind.UPDATED, "Lakeside General: 16 business days wait", later_days=2), "its value"),
        (change(ChangeKind.REPEATED, "Lakeside General: 18 business days wait", later_days=40), "its value, again"),
        (change(ChangeKind.CLEARED, later_days=6), "it is over"),
        (withdrawn(), "it was wrong"),
        (change(ChangeKind.UPDATED, reason="an earlier step no longer follows", citations=()), "a correction"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_changes_about_an_alert_ends_a_snooze_until_it_changes(
    pressing: Pressing, step: Change, why: str
) -> None:
    pressing.snooze_until_changed()
    pressing.tell(change(citations=()), step)
    assert len(pressing.slack.visible(ALERTS)) == 2, why


def test_a_change_that_was_on_its_way_when_the_snooze_was_pressed_is_told(pressing: Pressing) -> None:
    shown = str(pressing.slack.visible(ALERTS)[0]["ts"])
    seen = {**UNTIL_CHANGED, "block_id": pressing.button_block()}
    pressing.judge(2)
    pressing.tell(*STORY.changes, AGAIN)
    decision = read_press(pressing.slack.press_payload(ALERTS, shown, seen), pressing.clock())
    assert decision is not None
    assert decision.seen == 0
    pressing.presses.take(decision)
    assert not pressing.decisions.verdict(STORY.id).is_quiet(pressing.clock())


def test_another_snooze_decides_for_what_an_earlier_one_holds_back(pressing: Pressing) -> None:
    pressing.snooze_until_changed()
    pressing.tell(change(citations=()), AGAIN)
    pressing.press({**SNOOZE, "selected_option": {"value": "1d"}})
    pressing.clock.sleep(DAY.total_seconds() + 1)
    pressing.run()
    assert pressing.states("reply", "broadcast") == ["sent"]


def test_a_snooze_can_be_ended_early_and_what_it_held_back_is_told(pressing: Pressing) -> None:
    assert "wa_wake" not in str(pressing.root()["blocks"])
    pressing.snooze_until_changed()
    pressing.tell(change(citations=()), AGAIN)
    assert pressing.states("reply", "broadcast") == ["snoozed"]
    assert "wa_wake" in str(pressing.root()["blocks"])
    pressing.press(WAKE)
    assert pressing.states("reply", "broadcast") == ["sent"]
    blocks = str(pressing.root()["blocks"])
    assert "Snooze ended by " in blocks
    assert "until it changes by" not in blocks
    assert "wa_wake" not in blocks


def test_a_snooze_is_ended_from_the_command_line_by_words_instead_of_a_member(pressing: Pressing) -> None:
    assert ending_of(pressing.decisions.verdict(STORY.id), pressing.clock(), "the command line") is None
    pressing.press(SNOOZE)
    ending = ending_of(pressing.decisions.verdict(STORY.id), pressing.clock(), "the command line")
    assert ending is not None
    assert pressing.presses.take(ending)
    pressing.run()
    assert not pressing.decisions.verdict(STORY.id).is_quiet(pressing.clock())
    assert "the command line" in str(pressing.root()["blocks"])
    assert pressing.states("edit") == ["sent", "sent"]


def test_a_snooze_that_is_over_is_not_spoken_of_any_more(pressing: Pressing) -> None:
    pressing.press(SNOOZE)
    pressing.clock.sleep(DAY.total_seconds() * 8)
    pressing.press(ACKNOWLEDGE)
    assert "Snoozed" not in str(pressing.root()["blocks"])


def test_a_snooze_without_a_length_we_know_is_no_decision() -> None:
    action = {**SNOOZE, "selected_option": {"value": "for ever"}}
    payload = {"type": "block_actions", "user": {"id": "U1"}, "actions": [action]}
    assert read_press(payload, datetime(2026, 10, 14, tzinfo=UTC)) is None


def test_presses_that_come_while_an_older_edit_of_the_root_is_put_off_wait_for_it(pressing: Pressing) -> None:
    pressing.slack.inject("chat.update", Planned(fault=Fault.HTML_503, times=2))
    pressing.press(ACKNOWLEDGE)
    pressing.judge(2)
    pressing.run()
    blocks = str(pressing.root()["blocks"])
    assert "Critical: " in blocks
    assert "Acknowledged by " in blocks
    assert pressing.states("edit") == ["sent", "sent"]


def test_an_edit_whose_answer_was_lost_is_found_by_the_blocks_it_made(pressing: Pressing) -> None:
    pressing.slack.inject("chat.update", Planned(fault=Fault.DROP_AFTER))
    pressing.press(ACKNOWLEDGE)
    assert pressing.slack.called("chat.update") == 1
    assert pressing.states("edit") == ["sent"]


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
