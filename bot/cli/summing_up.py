"""The weekly summary: once a week and channel, from Monday morning on."""

import time
from datetime import date, datetime, timedelta

from bot.cli import wiring
from bot.core.messages.channels import CONSOLE
from bot.core.model import Delivery
from bot.history.status import read_setting, write_setting
from bot.history.weeks import read_trend, read_week
from bot.slack.client import SlackApi, web_client
from bot.slack.weekly import weekly_delivery

FROM_HOUR = 8  # local, on Monday
WEEKS_SHOWN = 12
_REMEMBERED = "week_told"  # the Monday of the last week that was told


def tell_week(house: wiring.House, now: datetime) -> Delivery | None:
    """Put the summary of the week that ended into the outbox; None where it is there already or not yet due."""
    local = now.astimezone(house.rules.book.zone)
    first = local.date() - timedelta(days=local.weekday() + 7)
    if (local.weekday(), local.hour) < (0, FROM_HOUR) or not _is_new(house, first):
        return None
    row = _summary(house, first)
    house.outbox.add([row])
    with house.engine.begin() as connection:
        write_setting(connection, _REMEMBERED, first.isoformat())
    return row


def _is_new(house: wiring.House, first: date) -> bool:
    """Say whether the week was not told; the week in which the bot was set up has nothing before it to tell."""
    with house.engine.begin() as connection:
        told = read_setting(connection, _REMEMBERED)
        if told is None:
            write_setting(connection, _REMEMBERED, first.isoformat())
    return told is not None and str(told) < first.isoformat()


def _summary(house: wiring.House, first: date) -> Delivery:
    channels, token = house.rules.channels, house.settings.slack_bot_token
    with house.engine.connect() as connection:
        week = read_week(connection, first, channels.zone)
        trend = read_trend(connection, first, WEEKS_SHOWN)
    api = SlackApi(web_client(token.get_secret_value(), house.settings.slack_api_url)) if token else None
    channel = channels.places(channels.default)[0].channel if token else CONSOLE
    return weekly_delivery(week, trend, channel, api=api, sleep=time.sleep)
