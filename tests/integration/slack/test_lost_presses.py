"""A press that the database cannot take when it comes is acknowledged, kept, and stored when the database is back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from bot.core.messages import Channels, Decision, DecisionKind, Place, plan
from bot.history.database import open_engine
from bot.history.decisions import Decisions
from bot.history.outbox import Outbox
from bot.history.store import Store
from bot.slack.client import SlackApi, web_client
from bot.slack.listener import Listener
from bot.slack.presses import Presses
from bot.slack.sender import Sender
from tests.alert_builders import alert
from tests.cut_line import CutLine, dial
from tests.factories import always, noon
from tests.fake_outbox import Clock
from tests.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Json
from tests.integration.history.conftest import database, engine, migrated_template, store
from tests.integration.slack.conftest import ALERTS, DAY

__all__ = ["database", "engine", "migrated_template", "store"]  # fixtures

CHANNELS = Channels(routes={"alerts": (Place(channel=ALERTS),)})
STORY = alert()
ACKNOWLEDGE: Json = {"action_id": "wa_acknowledge", "value": STORY.id}


@dataclass
class Office:
    """A posted alert, a database behind a line that can be cut, and somebody who listens for presses."""

    slack: FakeSlack
    line: CutLine
    far: Engine  # over the line
    near: Engine  # past it, to see what is stored
    clock: Clock
    folder: Path

    def presses(self) -> Presses:
        return Presses(self.folder, Decisions(self.far), Outbox(self.far).add)

    def deliver(self) -> None:
        decisions = Decisions(self.near)
        api = SlackApi(web_client(BOT_TOKEN, self.slack.url))
        sender = Sender(
            api, Outbox(self.near), channels=CHANNELS, clock=self.clock, worker="w", verdict_of=decisions.verdict
        )
        sender.deliver_all(self.clock.sleep, DAY)

    def root(self) -> Json:
        return self.slack.visible(ALERTS)[0]

    def kept(self) -> int:
        return len(list(self.folder.glob("*.json")))

    def acknowledged_by(self) -> str | None:
        made = Decisions(self.near).verdict(STORY.id).acknowledged
        return made.by if made else None


@pytest.fixture
def office(database: URL, engine: Engine, store: Store, tmp_path: Path) -> Iterator[Office]:
    clock = Clock()
    place = str(database.query.get("host") or database.host)
    port = int(str(database.query.get("port") or database.port or 5432))
    with FakeSlack(clock=clock.timestamp) as slack, CutLine(partial(dial, place, port)) as line:
        far = open_engine(database.set(host="127.0.0.1", port=line.port, query={}))
        office = Office(slack, line, far, engine, clock, tmp_path / "presses")
        store.rejudge(
            always(lambda _events, _mastheads: [STORY]),
            lambda told, revision: plan(told, revision, CHANNELS),
            now=noon(0),
        )
        office.deliver()
        yield office
        far.dispose()


@pytest.fixture
def listener(office: Office) -> Iterator[Listener]:
    client = web_client(BOT_TOKEN, office.slack.url)
    listener = Listener(APP_TOKEN, client, presses=office.presses(), clock=office.clock, ping_seconds=0.2)
    listener.start()
    assert office.slack.wait_for_socket()
    yield listener
    listener.close()


@pytest.mark.usefixtures("listener")
def test_a_press_while_the_database_is_cut_off_is_acknowledged_in_time_and_stored_once_it_is_back(
    office: Office,
) -> None:
    office.line.cut()
    seconds = office.slack.press(ALERTS, str(office.root()["ts"]), ACKNOWLEDGE)
    assert seconds is not None
    assert seconds < 3
    wait_for(lambda: office.kept() == 1)
    assert office.acknowledged_by() is None
    office.line.mend()
    wait_for(lambda: office.presses().catch_up() == 0)
    assert office.acknowledged_by() == "U0ANNA0001"
    assert office.kept() == 0
    office.deliver()
    assert "Acknowledged by " in str(office.root()["blocks"])


@pytest.mark.usefixtures("listener")
def test_a_press_that_the_database_takes_leaves_nothing_behind(office: Office) -> None:
    office.slack.press(ALERTS, str(office.root()["ts"]), ACKNOWLEDGE)
    wait_for(lambda: office.acknowledged_by() is not None and office.kept() == 0)


def test_a_press_outlives_the_process_that_took_it(office: Office) -> None:
    office.line.cut()
    assert not office.presses().take(pressed(DecisionKind.FALSE_ALARM))
    office.line.mend()
    assert office.presses().catch_up() == 0
    assert Decisions(office.near).verdict(STORY.id).false_alarm == replace(pressed(DecisionKind.FALSE_ALARM), seen=0)


def test_a_press_stored_before_the_line_broke_still_reaches_the_root(office: Office) -> None:
    assert Decisions(office.near).decide(pressed(DecisionKind.ACKNOWLEDGED))
    office.line.cut()
    assert not office.presses().take(pressed(DecisionKind.ACKNOWLEDGED))
    office.line.mend()
    assert office.presses().catch_up() == 0
    office.deliver()
    assert "Acknowledged by " in str(office.root()["blocks"])


def test_presses_are_caught_up_with_in_the_order_they_were_made(office: Office) -> None:
    office.line.cut()
    presses = office.presses()
    first, second = pressed(DecisionKind.FALSE_ALARM), replace(pressed(DecisionKind.UNDONE, minute=5))
    assert not presses.take(second)
    assert not presses.take(first)
    assert presses.catch_up() == 2
    office.line.mend()
    assert presses.catch_up() == 0
    assert Decisions(office.near).verdict(STORY.id).false_alarm is None


def test_a_full_disk_does_not_keep_a_press_from_the_history(office: Office) -> None:
    office.folder.write_text("a file where the folder should be")
    assert office.presses().take(pressed(DecisionKind.ACKNOWLEDGED))
    assert office.acknowledged_by() == "U0ANNA0001"


def test_with_a_full_disk_and_no_database_a_press_is_kept_in_mind(office: Office) -> None:
    office.folder.write_text("a file where the folder should be")
    presses = office.presses()
    office.line.cut()
    assert not presses.take(pressed(DecisionKind.ACKNOWLEDGED))
    office.line.mend()
    assert presses.catch_up() == 0
    assert office.acknowledged_by() == "U0ANNA0001"


def test_a_kept_press_that_cannot_be_read_stops_no_other(office: Office) -> None:
    office.folder.mkdir()
    (office.folder / "broken.json").write_text("{")
    office.line.cut()
    assert not office.presses().take(pressed(DecisionKind.ACKNOWLEDGED))
    office.line.mend()
    assert office.presses().catch_up() == 0
    assert office.acknowledged_by() == "U0ANNA0001"


def pressed(kind: DecisionKind, minute: int = 0) -> Decision:
    at = datetime(2026, 10, 14, 9, minute, tzinfo=UTC)
    return Decision(alert=STORY.id, kind=kind, by="U0ANNA0001", at=at, key=f"{STORY.id}:{kind}:{minute}")


def wait_for(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not (is_so := holds()) and time.monotonic() < deadline:
        continue
    assert is_so
