"""A Slack that behaves, an outbox in memory, a clock that moves when told, and a sender between them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.core.messages import Channels, Place, Verdict, plan
from bot.core.model import Alert
from bot.slack.client import SlackApi, web_client
from bot.slack.replies import Answer
from bot.slack.sender import Sender, Step
from tests.fake_outbox import Clock, MemoryOutbox
from tests.fake_slack import BOT_TOKEN, FakeSlack

ALERTS, OPS = "#compliance-alerts", "#compliance-ops"
CHANNELS = Channels(routes={"alerts": (Place(channel=ALERTS),)}, ops=OPS)
TIMEOUT_SECONDS = 0.25  # of a call in these tests; a loopback answer takes 2 ms
DAY = timedelta(days=1)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class KillingApi:
    """Slack's API, with a place where the process dies."""

    inner: SlackApi
    before: str = ""  # method before whose call it dies
    after: str = ""  # method after whose answer it dies

    def call(self, method: str, arguments: Mapping[str, object]) -> Answer:
        if method == self.before:
            self.before = ""
            raise Killed
        answer = self.inner.call(method, arguments)
        if method == self.after:
            self.after = ""
            raise Killed
        return answer


@dataclass
class Post:
    """A second path that keeps what it was told."""

    told: list[tuple[str, str]] = field(default_factory=list)
    works: bool = True

    def tell(self, subject: str, body: str) -> bool:
        self.told.append((subject, body))
        return self.works


@dataclass
class Bench:
    """Everything a delivery test needs."""

    slack: FakeSlack
    outbox: MemoryOutbox
    clock: Clock
    api: KillingApi
    post: Post
    channels: Channels = CHANNELS
    verdict_of: Callable[[str], Verdict] | None = None

    def sender(self, worker: str = "sender-1") -> Sender:
        return Sender(
            self.api,
            self.outbox,
            channels=self.channels,
            clock=self.clock,
            worker=worker,
            second_path=self.post,
            verdict_of=self.verdict_of,
        )

    def put(self, alert: Alert, *revisions: int) -> None:
        for revision in revisions or range(len(alert.changes)):
            self.outbox.add(plan(alert, revision, self.channels))

    def run(self, patience: timedelta = DAY, sender: Sender | None = None) -> tuple[Step, ...]:
        return (sender or self.sender()).deliver_all(self.clock.sleep, patience)

    def place(self, **changes: object) -> None:
        """Change the policy of the alerts channel."""
        place = replace(self.channels.routes["alerts"][0], **changes)  # type: ignore[arg-type]
        self.channels = replace(self.channels, routes={"alerts": (place,)})

    def roots(self, name: str = ALERTS) -> list[dict[str, object]]:
        return self.slack.visible(name)

    def replies(self, name: str = ALERTS) -> list[dict[str, object]]:
        return [said for said in self.slack.all_messages(name) if "thread_ts" in said]


@pytest.fixture
def bench() -> Iterator[Bench]:
    clock = Clock()
    with FakeSlack(clock=clock.timestamp) as slack:
        api = KillingApi(SlackApi(web_client(BOT_TOKEN, slack.url, TIMEOUT_SECONDS)))
        yield Bench(slack=slack, outbox=MemoryOutbox(), clock=clock, api=api, post=Post())
