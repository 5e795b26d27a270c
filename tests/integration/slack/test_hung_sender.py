"""A sender that hangs with a message in hand, as a process of its own: the next one sends it, and it is sent once."""

import os
import signal
import subprocess
import sys
import threading

from sqlalchemy import Engine, text

from bot.core.messages import plan
from bot.history.database import libpq_address
from bot.history.outbox import Outbox
from bot.history.store import Store
from bot.slack.client import SlackApi, web_client
from bot.slack.sender import Did, Sender
from tests.alert_builders import alert, change
from tests.factories import always, noon
from tests.fake_outbox import Clock
from tests.fake_slack import BOT_TOKEN, FakeSlack, Json, Planned
from tests.integration.history.conftest import database, engine, migrated_template, store
from tests.integration.slack.conftest import ALERTS, CHANNELS, DAY

__all__ = ["database", "engine", "migrated_template", "store"]  # fixtures

PATIENCE_SECONDS = 60.0

SEND = """
import sys
from tests.fake_outbox import Clock
from tests.fake_slack import BOT_TOKEN
from tests.integration.slack.conftest import CHANNELS
from bot.history.database import open_engine
from bot.history.outbox import Outbox
from bot.slack.client import SlackApi, web_client
from bot.slack.sender import Sender
outbox = Outbox(open_engine(sys.argv[1], pooled=False))
sender = Sender(SlackApi(web_client(BOT_TOKEN, sys.argv[2])), outbox, channels=CHANNELS, clock=Clock(), worker="hung")
print(sender.step().did, flush=True)
"""


class StoppingSlack(FakeSlack):
    """A Slack whose first look-up stops who asks before the answer arrives."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock.timestamp)
        self.asker: int | None = None
        self.stopped = threading.Event()

    def answer(self, method: str, sent: Json, token: str) -> tuple[Json, Planned | None]:
        answered = super().answer(method, sent, token)
        if method == "conversations.history" and self.asker is not None:
            os.kill(self.asker, signal.SIGSTOP)
            self.asker = None
            self.stopped.set()
        return answered


def looked_for_in_vain_once(engine: Engine) -> None:
    """Let the message be one that Slack may have: the next empty look-up is the last before it is sent."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET state = 'unclear', looks = 1, first_attempt = now()"))


def test_a_sender_that_hangs_before_it_calls_loses_its_claim_and_sends_nothing_when_it_wakes(
    engine: Engine, store: Store
) -> None:
    clock, told = Clock(), alert(change())
    with StoppingSlack(clock) as slack:
        store.rejudge(always(lambda _e, _m: [told]), lambda one, revision: plan(one, revision, CHANNELS), now=noon(0))
        looked_for_in_vain_once(engine)
        command = [sys.executable, "-c", SEND, libpq_address(engine.url), slack.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hung:
            assert hung.stdin is not None
            assert hung.stdout is not None
            slack.asker = hung.pid
            hung.stdin.close()
            assert slack.stopped.wait(PATIENCE_SECONDS)
            clock.sleep(61)  # the lease is over
            api = SlackApi(web_client(BOT_TOKEN, slack.url))
            other = Sender(api, Outbox(engine), channels=CHANNELS, clock=clock, worker="other")
            assert Did.SENT in {step.did for step in other.deliver_all(clock.sleep, DAY)}
            hung.send_signal(signal.SIGCONT)
            assert hung.stdout.readline().strip() == Did.LOST
        assert len(slack.visible(ALERTS)) == 1
