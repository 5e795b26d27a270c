"""One message to one channel, by hand: what came of it in a person's words."""

from datetime import datetime

from bot.core.messages.notices import sample_message
from bot.core.messages.variants import read_blocks
from bot.slack.client import SlackApi, web_client
from bot.slack.doctor import Finding
from bot.slack.replies import Course, classify


def post_sample(token: str, base_url: str, channel: str, now: datetime) -> Finding:
    """Post the sample once; nothing is repeated, since a person is looking."""
    told = sample_message(now)
    arguments = {"channel": channel, "text": told.text, "blocks": read_blocks(told), "unfurl_links": False}
    answer = SlackApi(web_client(token, base_url)).call("chat.postMessage", arguments)
    decision = classify(answer)
    if decision.course is Course.STORE_RECEIPT:
        return Finding(ok=True, subject=channel, told=f"posted to {channel} ({answer.text('channel')})")
    fix = decision.fix or "look into the channel, and try again"
    return Finding(ok=False, subject=channel, told=f"{channel}: {decision.reason}. What to do: {fix}", fix=fix)
