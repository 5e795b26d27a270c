"""The way out: the sender that fits the settings, and the draining of what waits."""

import os
import socket
import uuid
from functools import partial

from rich.console import Console
from rich.text import Text

from bot.cli import wiring
from bot.core.messages.console import render_console
from bot.core.model import Delivery
from bot.history.decisions import Decisions
from bot.settings import Settings
from bot.slack.client import SlackApi, web_client
from bot.slack.listener import Listener
from bot.slack.presses import Presses
from bot.slack.second_path import MailPath, SecondPath, WebhookPath
from bot.slack.sender import Did, Sender

MESSAGE_COLUMNS = 80  # characters; about what a message has beside Slack's sidebar


def worker_name() -> str:
    """Return how this process signs its claims: machine, process and chance, so that no two are the same."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


def make_sender(
    house: wiring.House, *, name: str = "", on_console: bool = False, show: Console | None = None
) -> Sender:
    """Return the sender for Slack, or for the console where there is no token or the command wants none."""
    token = house.settings.slack_bot_token
    api = None
    if token is not None and not on_console:
        api = SlackApi(web_client(token.get_secret_value(), house.settings.slack_api_url))
    return Sender(
        api,
        house.outbox,
        channels=house.rules.channels if api else house.rules.channels.on_console(),
        clock=wiring.now,
        worker=name or worker_name(),
        show=partial(_draw, show) if show else None,
        second_path=_second_path(house.settings),
        verdict_of=Decisions(house.engine).verdict if api else None,
        has_buttons=house.settings.slack_app_token is not None,
    )


def make_presses(house: wiring.House) -> Presses:
    """Return who stores the presses of buttons, and keeps them meanwhile."""
    return Presses(house.settings.data_dir / "presses", Decisions(house.engine), house.outbox.add)


def make_listener(house: wiring.House, presses: Presses) -> Listener | None:
    """Return who takes the presses of buttons; None without both tokens, and then there are no buttons."""
    token, app_token = house.settings.slack_bot_token, house.settings.slack_app_token
    if token is None or app_token is None:
        return None
    return Listener(
        app_token.get_secret_value(),
        web_client(token.get_secret_value(), house.settings.slack_api_url),
        presses=presses,
        clock=wiring.now,
    )


def _second_path(read: Settings) -> SecondPath | None:
    if read.alert_webhook_url is not None:
        return WebhookPath(read.alert_webhook_url.get_secret_value())
    if read.alert_mail_server and read.alert_mail_to:
        return MailPath(server=read.alert_mail_server, sender=read.alert_mail_to, recipient=read.alert_mail_to)
    return None


def drain(house: wiring.House, out: Console, *, on_console: bool = False, show: bool = False) -> int:
    """Deliver what is due, and return how many messages arrived."""
    steps = make_sender(house, on_console=on_console, show=out if show else None).deliver_due()
    for step in steps:
        if step.did not in {Did.SENT, Did.FOUND, Did.NOTHING, Did.BUNDLED}:
            out.print(f"{step.channel}: {step.did.value}: {step.reason}", markup=False, soft_wrap=True)
    return sum(step.did in {Did.SENT, Did.FOUND} for step in steps)


def _draw(out: Console, delivery: Delivery) -> None:
    drawn = render_console(delivery.message, width=min(out.width, MESSAGE_COLUMNS), channel=delivery.channel)
    out.print(Text(drawn), soft_wrap=True)
