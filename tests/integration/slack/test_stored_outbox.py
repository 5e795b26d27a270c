"""The sender on the real outbox in PostgreSQL: the same promises, and two processes' worth of senders."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from bot.core.messages import plan
from bot.core.model import Alert
from bot.history.outbox import Outbox
from bot.history.store import Store
from bot.slack.client import SlackApi, web_client
from bot.slack.sender import Sender
from tests.alert_builders import alert, another_source, change, raised, withdrawn
from tests.factories import always, noon
from tests.fake_outbox import Clock
from tests.fake_slack import BOT_TOKEN, FakeSlack, Fault, Planned
from tests.integration.history.conftest import database, engine, migrated_template, store
from tests.integration.slack.conftest import ALERTS, CHANNELS, DAY, Killed, KillingApi

__all__ = ["database", "engine", "migrated_template", "store"]  # fixtures


class Stored:
    """The stored outbox with a fake Slack behind it."""

    def __init__(self, slack: FakeSlack, engine: Engine, store: Store, clock: Clock) -> None:
        self.slack, self.engine, self.store, self.clock = slack, engine, store, clock
        self.api = KillingApi(SlackApi(web_client(BOT_TOKEN, slack.url, 0.5)))

    def sender(self, worker: str = "sender-1") -> Sender:
        return Sender(self.api, Outbox(self.engine), channels=CHANNELS, clock=self.clock, worker=worker)

    def judge(self, *alerts: Alert) -> None:
        self.store.rejudge(
            always(lambda _events, _mastheads: alerts),
            lambda told, revision: plan(told, revision, CHANNELS),
            now=noon(0),
        )

    def run(self, worker: str = "sender-1") -> None:
        self.sender(worker).deliver_all(self.clock.sleep, DAY)

    def states(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.scalars(text("SELECT state FROM delivery ORDER BY seq")))


@pytest.fixture
def stored(engine: Engine, store: Store) -> Iterator[Stored]:
    clock = Clock()
    with FakeSlack(clock=clock.timestamp) as slack:
        yield Stored(slack, engine, store, clock)


def test_the_life_of_an_alert_from_the_judgement_to_slack(stored: Stored) -> None:
    story = alert(change(), another_source(), raised(), withdrawn())
    for told in range(1, 5):
        stored.judge(replace(story, changes=story.changes[:told], citations=()))
        stored.run()
    root = stored.slack.visible(ALERTS)[0]
    assert (root["edits"], str(root["text"])[:10]) == (3, "Withdrawn:")
    assert len(stored.slack.channels["C0CARE0001"].thread(str(root["ts"]))) == 3
    assert set(stored.states()) == {"sent"}


@pytest.mark.parametrize("lag_seconds", [0.0, 45.0], ids=["history at once", "history lags"])
@pytest.mark.parametrize(
    "fault", [Fault.DROP_AFTER, Fault.HALF_AFTER, Fault.NO_TS_AFTER, Fault.DROP_BEFORE, Fault.HTML_503]
)
def test_after_an_unclear_answer_each_message_is_seen_once(stored: Stored, fault: Fault, lag_seconds: float) -> None:
    stored.slack.lag_seconds = lag_seconds
    stored.slack.inject("chat.postMessage", Planned(fault=fault))
    stored.judge(alert(change(), another_source()))
    stored.run()
    assert len(stored.slack.all_messages(ALERTS)) == 2
    assert set(stored.states()) == {"sent"}


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_sender_killed_around_the_call_leaves_one_message(stored: Stored, step: str) -> None:
    stored.judge(alert())
    setattr(stored.api, step, "chat.postMessage")
    with pytest.raises(Killed):
        stored.run()
    assert stored.states() == ["sending"]
    stored.run("sender-2")
    assert len(stored.slack.visible(ALERTS)) == 1
    assert stored.states() == ["sent"]


def test_a_closed_channel_keeps_its_queue_and_reopens_as_a_digest(stored: Stored) -> None:
    stored.slack.archive(ALERTS)
    stored.judge(*(alert(number=number) for number in range(1, 14)))
    stored.run()
    assert stored.slack.visible(ALERTS) == []
    stored.slack.invite(ALERTS)
    stored.clock.sleep(601)
    stored.run()
    assert [str(said["text"])[:25] for said in stored.slack.visible(ALERTS)] == ["13 alerts in one message."]
    assert len(stored.slack.all_messages(ALERTS)) == 14
    assert set(stored.states()) == {"sent"}


def test_four_senders_on_one_outbox_send_each_message_once(stored: Stored) -> None:
    names = [f"many-{number}" for number in range(8)]
    for number, name in enumerate(names):
        stored.slack.add_channel(f"C0MANY{number:04d}", name)
    rows = [row for number in range(1, 4) for row in plan(alert(number=number), 0, CHANNELS)]
    outbox = Outbox(stored.engine)
    for name in names:
        outbox.add([replace(row, id=f"{row.id}-{name}", channel=f"#{name}", alert=None) for row in rows])

    def serve(worker: str) -> None:
        sender = stored.sender(worker)
        for _ in range(12):
            sender.deliver_due()
            stored.clock.sleep(0.3)

    threads = [threading.Thread(target=serve, args=(f"sender-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored.run()
    assert [len(stored.slack.visible(f"#{name}")) for name in names] == [3] * 8
    assert set(stored.states()) == {"sent"}
