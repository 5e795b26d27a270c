"""Presses of the buttons under an alert, over Socket Mode: no port is opened, Slack is called out to.

Slack wants to hear back within three seconds, so a press is acknowledged before anything is done about it, whatever it
is: what is left unanswered shows the person a warning.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from bot.core.messages import Decision, decision_edit, read_press
from bot.core.model import Delivery

log = logging.getLogger(__name__)


class Decisions(Protocol):
    """Where decisions are kept."""

    def decide(self, decision: Decision) -> bool:
        """Store a press; False when it is stored already or there is no such alert."""
        ...

    def roots(self, alert: str) -> Sequence[Delivery]:
        """Return the row that opened the alert's thread in each channel, with the message it shows now."""
        ...


class Listener:
    """Takes presses until it is closed.

    Args:
        app_token: xapp-…
        client: the SDK's web client, which knows Slack's address.
        decisions: where they are kept.
        add: puts edits into the outbox.
        clock: the moment, aware UTC.
        ping_seconds: how often the connection is checked; closing takes up to as long.
    """

    def __init__(
        self,
        app_token: str,
        client: WebClient,
        *,
        decisions: Decisions,
        add: Callable[[Sequence[Delivery]], None],
        clock: Callable[[], datetime],
        ping_seconds: float = 5.0,
    ) -> None:
        self._decisions = decisions
        self._add = add
        self._clock = clock
        # The SDK takes the proxy of the environment where none is given; the web client knows which one holds.
        self._socket = SocketModeClient(
            app_token=app_token, web_client=client, concurrency=2, proxy=client.proxy, ping_interval=ping_seconds
        )
        self._socket.socket_mode_request_listeners.append(self._take)

    def start(self) -> None:
        """Connect; the SDK connects again by itself when Slack asks for it."""
        self._socket.connect()

    def close(self) -> None:
        """Disconnect."""
        self._socket.close()

    def _take(self, socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
        socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        decision = read_press(request.payload, self._clock())
        if decision is None:
            log.info("press_ignored", extra={"fields": {"type": request.type}})
            return
        take(decision, self._decisions, self._add)


def take(decision: Decision, decisions: Decisions, add: Callable[[Sequence[Delivery]], None]) -> bool:
    """Store a decision and let every root of its alert show it. False when it was stored before."""
    is_new = decisions.decide(decision)
    if is_new:
        add([decision_edit(root, decision) for root in decisions.roots(decision.alert)])
    log.info("press_taken", extra={"fields": {"alert": decision.alert, "kind": decision.kind.value, "is_new": is_new}})
    return is_new
