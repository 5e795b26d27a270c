"""`bot run`: the worker, joined: beat, collect, judge what came due, deliver, follow edits of the rules."""

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from slack_sdk.errors import SlackApiError

from bot.cli import delivery, screens, wiring
from bot.cli.collecting import Collector, Online
from bot.cli.following import RuleWatch
from bot.cli.summing_up import tell_week
from bot.core.messages.notices import operator_message
from bot.core.messages.planning import notice
from bot.errors import HungError
from bot.history.database import JUDGE_SECONDS
from bot.history.forgetting import Order
from bot.history.leases import Leadership, Worker, Workers
from bot.history.outbox import Doorbell
from bot.slack.rounds import deliver_round
from bot.slack.sender import Did
from bot.sources.parser_process import ParserProcess
from bot.worker import HEED_SECONDS, Job, Watchdog, serve, stop_on_signals

log = logging.getLogger(__name__)

BEAT = timedelta(seconds=10)
HUNG_AFTER = timedelta(minutes=2)  # without a sign of life: two minutes without a turn on any machine that works
COLLECT = timedelta(seconds=1)  # how often the register is asked what is due; each source has its own interval
JUDGE = timedelta(minutes=1)  # timers fall on the start and the end of a day; a large history's news waits so long
DELIVER = timedelta(seconds=1)
STAY_SECONDS = 0.9  # of a round of deliveries: most of the time until the next, so that the bell is heard
TAKE_PRESSES = timedelta(seconds=5)  # those that the database could not take when they came
SUM_UP = timedelta(minutes=10)
COLLECT_PATIENCE = timedelta(minutes=15)  # longer than the claim of a source: what takes longer is lost anyway
JUDGE_PATIENCE = timedelta(seconds=JUDGE_SECONDS) + timedelta(minutes=5)  # a judgement may wait for another
GIVE_UP_SECONDS = 20.0  # for a worker that hangs to say so; the database may be what it hangs on
HUNG_STATUS = 3  # exit status: a supervisor starts the worker again
WHAT_TO_DO = "see that it runs again, with `bot status`; if it hangs often, send its log to whoever maintains it"
PARSERS = 2  # processes: a page that takes its parser long holds up one other reading, not all of them
READINGS_KEPT = timedelta(days=30)  # each reading of a source; of older ones, one for each day it was read
ONE_CYCLE_PATIENCE = timedelta(minutes=2)  # how long one cycle waits for rows that are spaced or looked up


def work(*, once: bool) -> int:
    """Serve until told to stop, or do one cycle; return the exit status."""
    read = wiring.load_settings()
    if once:
        with wiring.open_house(read) as house, ParserProcess(workers=PARSERS) as parser:
            shift = Shift(house, parser, threading.Event())
            shift.take_over()
            return shift.one_cycle()
    stop = stop_on_signals()  # first of all: a signal that comes while the database starts ends the worker in order
    with wiring.open_house(read) as house, ParserProcess(workers=PARSERS) as parser:
        shift = Shift(house, parser, stop)
        shift.take_over()
        with shift.listening(), shift.following():
            attend(shift, shift.jobs(), stop=stop)
        shift.end()
    return 0


def attend(shift: "Shift", jobs: Sequence[Job], *, stop: threading.Event, heed_seconds: float = HEED_SECONDS) -> None:
    """Serve until told to stop; a worker whose thread hangs ends, for no thread can be ended alone."""
    try:
        serve(jobs, stop=stop, clock=wiring.now, watchdog=shift.watchdog, heed_seconds=heed_seconds)
    except HungError as hung:
        last_resort = threading.Timer(GIVE_UP_SECONDS, os._exit, [HUNG_STATUS])
        last_resort.daemon = True
        last_resort.start()
        print(f"This worker ends itself: {hung}. Start it again, if nothing does.", file=sys.stderr, flush=True)  # noqa: T201 - no log may be read
        try:
            shift.give_up(hung)
        finally:
            os._exit(HUNG_STATUS)  # whatever else would be waited for at an end may hang as well


class Shift:
    """One worker's jobs on an open history."""

    def __init__(self, house: wiring.House, parser: ParserProcess, stop: threading.Event) -> None:
        name = delivery.worker_name()
        self._house = house
        self._me = Worker(id=name, host=socket.gethostname(), pid=os.getpid(), started=wiring.now())
        self._workers = Workers(house.engine)
        self._leadership = Leadership(house.engine)
        self.watchdog = Watchdog()
        sign = partial(self.watchdog.allow, "collect", COLLECT_PATIENCE)
        self._collector = Collector(house, name, Online(house.settings, parser), stop, sign)
        self._sender = delivery.make_sender(house, name=name, show=screens.console())
        self._presses = delivery.make_presses(house)
        self._bell = Doorbell(house.engine)
        self._stop = stop
        self._judged_day: date | None = None

    def take_over(self) -> None:
        """Free what workers of this machine had in hand when they died."""
        for other in self._workers.living():
            if other.host == self._me.host and (other.pid == self._me.pid or not _is_running(other.pid)):
                self._workers.leave(other.id)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take presses of buttons meanwhile, where there is an app token."""
        listener = delivery.make_listener(self._house, self._presses)
        if listener is None:
            yield
            return
        try:
            listener.start()
        except SlackApiError as error:  # alerts go out without somebody who listens
            log.error("buttons_not_heard", extra={"fields": {"reason": error.response.get("error", "")}})  # noqa: TRY400 - its trace says nothing more
        try:
            yield
        finally:
            listener.close()

    def following(self) -> RuleWatch:
        """Take up edits of the rule files meanwhile."""
        house = self._house
        channels = house.rules.channels if house.speaks_to_slack else house.rules.channels.on_console()
        return RuleWatch(
            house.settings.rules_dir,
            channel=channels.ops,
            use=self.use,
            tell=house.outbox.add,
            at_work=partial(self.watchdog.at_work, "take up rules", JUDGE_PATIENCE),
        )

    def use(self, rules: wiring.Rules) -> None:
        """Work by newer rules from now on; what they make of the past is stored, and nobody is told of it."""
        house = self._house = replace(self._house, rules=rules)
        self._collector.use(house)
        self._sender.use(rules.channels if house.speaks_to_slack else rules.channels.on_console())
        house.store.rejudge(house.judge, None, now=wiring.now())

    def jobs(self) -> tuple[Job, ...]:
        """Return what the schedule runs, and how often."""
        return (
            Job(name="beat", run=self.beat, every=BEAT, patience=HUNG_AFTER),
            Job(name="collect", run=self.collect, every=COLLECT, patience=COLLECT_PATIENCE),
            Job(name="judge", run=self.judge, every=JUDGE, patience=JUDGE_PATIENCE),
            Job(name="take presses", run=self.take_presses, every=TAKE_PRESSES),
            Job(name="deliver", run=self.deliver, every=DELIVER),
            Job(name="sum up", run=self.sum_up, every=SUM_UP),
        )

    def one_cycle(self) -> int:
        """Collect, judge and deliver once; return the exit status."""
        self.beat()
        self._collector.make_due()
        self.collect()
        self.judge()
        self.take_presses()
        self._sender.deliver_all(time.sleep, ONE_CYCLE_PATIENCE)
        self.end()
        return 0

    def beat(self) -> None:
        """Give a sign of life, free what hung workers hold, take the lead when nobody has it.

        Every worker does it: the one that hangs may be the one that leads.
        """
        self._workers.beat(replace(self._me, leads=self._leadership.holds()))
        if gone := self._workers.bury(HUNG_AFTER):
            log.warning("workers_gone", extra={"fields": {"workers": gone}})
            self._workers.beat(replace(self._me, leads=self._leadership.holds()))

    def collect(self) -> None:
        """Read the sources that are due."""
        self._collector.collect()

    def judge(self) -> None:
        """Let the timers of the rules speak: once a local day, by the leader; what was left unjudged, at once."""
        house, now = self._house, wiring.now()
        today = now.astimezone(house.rules.book.zone).date()
        if not self._leadership.holds() or (today == self._judged_day and house.store.is_judged()):
            return
        if today != self._judged_day:
            self._retain(today)
            house.store.trim_readings(now - READINGS_KEPT, house.rules.book.zone.key)
        plan = house.rules.plan(on_console=not house.speaks_to_slack)
        recorded = house.store.rejudge(house.judge, plan, now=now)
        self._judged_day = today
        log.info("history_judged", extra={"fields": {"alerts": recorded.alerts, "changes": len(recorded.changes)}})

    def take_presses(self) -> None:
        """Store presses of buttons that were kept while the database was away."""
        self._presses.catch_up()

    def _retain(self, today: date) -> None:
        """Forget what is older than the settings say; once a local day."""
        house, days, now = self._house, self._house.settings.keep_days, wiring.now()
        if days <= 0:
            return
        order = Order(by="the worker", why=f"KEEP_DAYS is {days}", now=now)
        gone = house.store.retain(today - timedelta(days=days), order, house.judge)
        if gone.articles:
            fields = {"articles": gone.articles, "events": gone.events, "alerts": gone.alerts}
            log.info("past_forgotten", extra={"fields": fields})

    def deliver(self) -> None:
        """Send what waits, and until the next round what comes."""
        for step in deliver_round(self._sender, self._bell, seconds=STAY_SECONDS, stop=self._stop):
            log.info(
                "message_delivered" if step.did is Did.SENT else "message_not_delivered",
                extra={
                    "fields": {
                        "delivery": step.delivery,
                        "channel": step.channel,
                        "came_to": step.did.value,
                        "reason": step.reason,
                    }
                },
            )

    def sum_up(self) -> None:
        """Tell of the week that ended, once, from Monday morning on: also when there is nothing to tell."""
        if self._leadership.holds():
            tell_week(self._house, wiring.now())

    def give_up(self, hung: HungError) -> None:
        """Free what this worker has in hand, end its connections, and tell operators."""
        log.critical("worker_hung", extra={"fields": {"worker": self._me.id, "jobs": list(hung.jobs)}})
        self._workers.give_up(self._me.id, hung.jobs)
        house = self._house
        channels = house.rules.channels if house.speaks_to_slack else house.rules.channels.on_console()
        if channels.ops is not None:
            key = f"hung:{self._me.id}"
            told = operator_message(key, f"Worker {self._me.id} ended itself", str(hung), WHAT_TO_DO)
            house.outbox.add([notice(key, channels.ops, told)])

    def end(self) -> None:
        """Leave the register and the lead."""
        self._bell.close()
        self._workers.leave(self._me.id)
        self._leadership.release()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
