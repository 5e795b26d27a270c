"""From the outbox to Slack: how long a message takes, and what a thousand alerts at once come to.

Slack is the fake of the tests, a real HTTP server on loopback; the outbox is the real one, on a PostgreSQL of its own.

    latency     a row is committed, the doorbell wakes a sender in another thread, the message stands in Slack:
                wall-clock milliseconds, one channel each, so that the spacing within a channel plays no part
    plain       the same messages posted by the SDK's own WebClient, one call each: nothing stored, nothing claimed, no
                receipt kept; what a script would do, and so the least that a message can cost
    flood       1,000 alerts planned at once for one channel and for fifty; the clock of the sender is moved by hand, so
                that the time Slack's limits force upon it is told apart from the time the work takes
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from slack_sdk import WebClient
from sqlalchemy import Engine

from bot.cli.work import STAY_SECONDS
from bot.core.messages import Channels, Place, plan
from bot.core.model import Alert, Delivery
from bot.history import embedded
from bot.history.database import open_engine
from bot.history.outbox import Doorbell, Outbox
from bot.history.schema import migrate
from bot.history.store import Store
from bot.slack.client import SlackApi, web_client
from bot.slack.rounds import deliver_round
from bot.slack.sender import Sender
from tests.alert_builders import alert
from tests.factories import always, noon
from tests.fake_outbox import Clock
from tests.fake_slack import BOT_TOKEN, FakeSlack

PATIENCE = timedelta(days=2)


@contextmanager
def database() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder) / "bench") as server:
        engine = open_engine(server.url)
        migrate(engine)
        yield engine
        engine.dispose()


def channels_for(names: list[str]) -> Channels:
    return Channels(routes={name: (Place(channel=f"#{name}"),) for name in names})


def alerts_for(names: list[str], alerts_each: int) -> list[Alert]:
    return [
        alert(number=index * alerts_each + number + 1, channel=name)
        for index, name in enumerate(names)
        for number in range(alerts_each)
    ]


def notices(names: list[str]) -> list[Delivery]:
    """Plan one message a channel, without the alert rows that the outbox does not need to send them."""
    planned = [row for told in alerts_for(names, 1) for row in plan(told, 0, channels_for(names))]
    return [replace(row, alert=None) for row in planned]


def measure_latency(engine: Engine, samples: int) -> None:
    names = [f"latency-{number}" for number in range(samples)]
    with FakeSlack() as slack:
        for number, name in enumerate(names):
            slack.add_channel(f"C0LAT{number:05d}", name)
        outbox, stop = Outbox(engine), threading.Event()
        sender = Sender(
            SlackApi(web_client(BOT_TOKEN, slack.url)), Outbox(engine), channels=channels_for(names),
            clock=lambda: datetime.now(UTC), worker="bench",
        )  # fmt: skip
        worker = threading.Thread(target=_serve, args=(sender, Doorbell(engine), stop))
        worker.start()
        taken = [_one(outbox, slack, row) for row in notices(names)]
        stop.set()
        worker.join()
    ours, plain = quantiles(taken, n=100), quantiles(_plainly(names), n=100)
    print(f"latency, commit to posted: p50 {ours[49]:.1f} ms, p99 {ours[98]:.1f} ms ({samples} messages)")
    print(f"plain, call to posted: p50 {plain[49]:.1f} ms, p99 {plain[98]:.1f} ms; ours takes", end=" ")
    print(f"{ours[49] / plain[49]:.1f} times as long at p50, {ours[98] / plain[98]:.1f} times at p99")


def _plainly(names: list[str]) -> list[float]:
    """Post one message to each channel as a script would; return the milliseconds of each."""
    taken: list[float] = []
    with FakeSlack() as slack:
        for number, name in enumerate(names):
            slack.add_channel(f"C0PLN{number:05d}", name)
        client = WebClient(token=BOT_TOKEN, base_url=slack.url)
        client.proxy = None  # the environment's is not for loopback
        for row in notices(names):
            started = time.perf_counter()
            client.chat_postMessage(
                channel=row.channel,
                text=row.message.text,
                blocks=json.loads(row.message.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
            taken.append((time.perf_counter() - started) * 1000)
    return taken


def _serve(sender: Sender, bell: Doorbell, stop: threading.Event) -> None:
    while not stop.is_set():
        for _ in deliver_round(sender, bell, seconds=STAY_SECONDS, stop=stop):
            pass
    bell.close()


def _one(outbox: Outbox, slack: FakeSlack, row: Delivery) -> float:
    outbox.add([row])
    committed = time.perf_counter()
    while not slack.visible(row.channel):
        time.sleep(0.0005)
    return (time.perf_counter() - committed) * 1000


def measure_flood(engine: Engine, names: list[str], alerts: int) -> None:
    clock = Clock()
    with FakeSlack(clock=clock.timestamp) as slack:
        slack.limits_rate = True
        for number, name in enumerate(names):
            slack.add_channel(f"C0{len(names):03d}{number:05d}", name)
        outbox = Outbox(engine)
        sender = Sender(
            SlackApi(web_client(BOT_TOKEN, slack.url)), outbox, channels=channels_for(names), clock=clock, worker="b",
        )  # fmt: skip
        started, cpu, moment = time.perf_counter(), time.process_time(), clock.moment
        told, channels = alerts_for(names, alerts // len(names)), channels_for(names)
        Store(engine).rejudge(
            always(lambda _events, _mastheads: told), lambda one, revision: plan(one, revision, channels), now=noon(0)
        )
        sender.deliver_all(clock.sleep, PATIENCE)
        seconds, cpu_used = time.perf_counter() - started, time.process_time() - cpu
        posted = sum(len(slack.all_messages(f"#{name}")) for name in names)
        in_channels = sum(len(slack.visible(f"#{name}")) for name in names)
    started, cpu_before = time.perf_counter(), time.process_time()
    _plainly([f"plain-{number}" for number in range(posted)])
    plain_seconds, plain_cpu = time.perf_counter() - started, time.process_time() - cpu_before
    print(
        f"flood, {len(told):,} alerts over {len(names)} channel(s): {posted:,} messages, {in_channels:,} in the "
        f"channels themselves; "
        f"{(clock.moment - moment).total_seconds() / 60:.1f} min by Slack's limits, {seconds:.1f} s of work, "
        f"{cpu_used / posted * 1000:.1f} ms CPU a message (the fake's share in it)\n"
        f"plain, {posted:,} messages as fast as they go: {plain_seconds:.1f} s, "
        f"{plain_cpu / posted * 1000:.1f} ms CPU a message; ours uses {cpu_used / plain_cpu:.1f} times the CPU",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=300, help="messages of the latency measurement")
    parser.add_argument("--alerts", type=int, default=1000, help="alerts of the flood")
    arguments = parser.parse_args()
    with database() as engine:
        measure_latency(engine, arguments.samples)
        measure_flood(engine, ["flood"], arguments.alerts)
    with database() as engine:
        measure_flood(engine, [f"wide-{number}" for number in range(50)], arguments.alerts)


if __name__ == "__main__":
    main()
