"""Alerts as Slack messages: pure functions from what the bot knows to Block Kit within Slack's limits."""

from bot.core.messages.alerts import Mention, change_message, root_message
from bot.core.messages.buttons import Verdict, with_buttons
from bot.core.messages.channels import CONSOLE, Channels, Place, UpdateStyle, load_channels
from bot.core.messages.console import render_console
from bot.core.messages.limits import block_errors
from bot.core.messages.planning import notice, notice_edit, plan, plan_digest
from bot.core.messages.variants import continued, maybe_repeated, plain_form, severity_of

__all__ = [
    "CONSOLE",
    "Channels",
    "Mention",
    "Place",
    "UpdateStyle",
    "Verdict",
    "block_errors",
    "change_message",
    "continued",
    "load_channels",
    "maybe_repeated",
    "notice",
    "notice_edit",
    "plain_form",
    "plan",
    "plan_digest",
    "render_console",
    "root_message",
    "severity_of",
    "with_buttons",
]
