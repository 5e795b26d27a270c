"""Presses of the buttons under an alert, over Socket Mode: no port is opened, Slack is called out to.

Slack wants to hear back within three seconds, so a press is acknowledged before anything is done about it, whatever it
is: what is left unanswered shows the person a warning.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from bot.core.messages import read_press
from bot.slack.presses import Presses

log = logging.getLogger(__name__)


class Listener:
    """Takes presses until it is closed.

    Args:
        app_token: xapp-…
        client: the SDK's web client, which knows Slack's address.
        presses: where they go.
        clock: the moment, aware UTC.
        ping_seconds: how often the connection is checked; closing takes up to as long.
    """

    def __init__(
        self,
        app_token: str,
        client: WebClient,
        *,
        presses: Presses,
        clock: Callable[[], datetime],
        ping_seconds: float = 5.0,
    ) -> None:
        self._presses = presses
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
        self._presses.take(decision)
