"""Posts the weekly summary: with its picture where Slack takes one, in words where it does not."""

from collections.abc import Callable

from bot.core.messages.notices import Week, weekly_message
from bot.core.messages.planning import notice
from bot.core.messages.trend import Trend, trend_words
from bot.core.model import Delivery
from bot.slack.client import Api
from bot.slack.files import upload_picture
from bot.slack.picture import draw


def weekly_delivery(
    week: Week, trend: Trend, channel: str, *, api: Api | None, sleep: Callable[[float], None]
) -> Delivery:
    """Return the row for the outbox; the same week and channel never make a second one.

    Args:
        week: the counts.
        trend: what the picture shows.
        channel: where it goes.
        api: Slack, None for words only.
        sleep: waits while Slack looks at the picture.
    """
    told = trend_words(trend)
    picture = None
    if api is not None:
        picture = upload_picture(api, draw(trend), name=f"week-{week.first}.png", alt=told, sleep=sleep)
    return notice(f"week:{week.first}", channel, weekly_message(week, picture, told))
