"""Alerts as Slack messages: pure functions from what the bot knows to Block Kit within Slack's limits."""

from bot.core.messages.alerts import Mention, change_message, root_message
from bot.core.messages.buttons import Decision, DecisionKind, Verdict, read_press, verdict_of, with_buttons
from bot.core.messages.channels import CONSOLE, Channels, Place, UpdateStyle, load_channels
from bot.core.messages.console import render_console
from bot.core.messages.limits import block_errors
from bot.core.messages.planning import decision_edit, notice, notice_edit, plan, plan_digest
from bot.core.messages.variants import continued, maybe_repeated, plain_form, severity_of

__all__ = [
    "CONSOLE",
    "Channels",
    "Decision",
    "DecisionKind",
    "Mention",
    "Place",
    "UpdateStyle",
    "Verdict",
    "block_errors",
    "change_message",
    "continued",
    "decision_edit",
    "load_channels",
    "maybe_repeated",
    "notice",
    "notice_edit",
    "plain_form",
    "plan",
    "plan_digest",
    "read_press",
    "render_console",
    "root_message",
    "severity_of",
    "verdict_of",
    "with_buttons",
]
