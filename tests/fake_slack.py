"""A Slack that behaves: channels, threads, edits, history with lag, limits, rates, files, Socket Mode, and faults.

A real HTTP server on loopback with state, so that a test can count what a person would see. It takes form and JSON
posts and GET. Used in a test as `with FakeSlack() as slack:` or run as a process (`python tests/fake_slack.py --port 0`
prints its address; `/control/messages` and `/control/inject` serve the test that started it).
"""

import argparse
import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self, cast
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

Json = dict[str, object]

BOT_TOKEN = "xoxb-fake"  # noqa: S105 - a token of the fake
APP_TOKEN = "xapp-fake"  # noqa: S105 - a token of the fake
BOT_ID, BOT_USER = "B0BOT0001", "U0BOT0001"
SCOPES = "chat:write,channels:history,groups:history,channels:read,groups:read,files:write,files:read"
RATE_SECONDS = 1.0  # one message a second and channel
MAX_BLOCKS, MAX_BLOCK_CHARS, MAX_TEXT, MAX_UPDATE_TEXT = 50, 13_200, 40_000, 4_000
HOLD_SECONDS = 30.0  # how long an answer is held back at most


class Fault(StrEnum):
    """What can go wrong with one call."""

    DROP_BEFORE = "drop_before"  # the connection closes before any work
    DROP_AFTER = "drop_after"  # the work is done, then the connection closes
    RESET_AFTER = "reset_after"  # the work is done, then the connection is reset
    HOLD_AFTER = "hold_after"  # the work is done, the answer does not come
    HALF_AFTER = "half_after"  # the work is done, the answer breaks off
    HTML_503 = "html_503"  # an overloaded front, no work done
    HTML_200_AFTER = "html_200_after"  # the work is done, a proxy answers with a page
    EMPTY_AFTER = "empty_after"  # the work is done, the body is empty
    NO_TS_AFTER = "no_ts_after"  # the work is done, the answer has no ts
    RATE_429 = "rate_429"  # no work done; `retry_after` says how long
    RATE_429_AFTER = "rate_429_after"  # as RATE_429, but the message is shown all the same


@dataclass
class Planned:
    """A fault, or an error code of Slack's, for coming calls."""

    fault: Fault | None = None
    error: str = ""  # Slack's code
    after_work: bool = False  # the code comes although the work was done
    retry_after: str = "1"
    times: int = 1


@dataclass
class Channel:
    """A channel with what stands in it."""

    id: str
    name: str
    is_member: bool = True
    is_private: bool = False
    is_archived: bool = False
    messages: list[Json] = field(default_factory=list)  # in order of posting, replies among them
    last_post: float = float("-inf")

    def visible(self) -> list[Json]:
        """Return what a person sees in the channel itself: roots and broadcasts."""
        return [said for said in self.messages if "thread_ts" not in said or said.get("subtype") == "thread_broadcast"]

    def thread(self, ts: str) -> list[Json]:
        """Return the replies below a root."""
        return [said for said in self.messages if said.get("thread_ts") == ts]

    def find(self, ts: object) -> Json | None:
        return next((said for said in self.messages if said["ts"] == ts), None)


class Refused(Exception):  # noqa: N818 - it is Slack's answer, not a fault of the fake
    """Slack answers with an error code."""

    def __init__(self, code: str, **more: object) -> None:
        self.code, self.more = code, more
        super().__init__(code)


class RateLimited(Exception):  # noqa: N818 - as Refused
    def __init__(self, seconds: str) -> None:
        self.seconds = seconds
        super().__init__(seconds)


class FakeSlack:
    """One workspace with one app in it."""

    def __init__(self, *, clock: Callable[[], float] = time.time, port: int = 0) -> None:
        self.clock = clock
        self.scopes = SCOPES
        self.revoked = False
        self.lag_seconds = 0.0  # until a post shows up in history and replies
        self.page_cap = 999
        self.limits_rate = False
        self.edits_closed = False
        self.metadata_is_lost = False
        self.calls: list[tuple[str, Json]] = []
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, Json] = {}
        self.file_delay_polls = 0  # how often files.info answers that the file is still being worked on
        self.acks: list[tuple[str, float]] = []  # envelope id, monotonic seconds
        self.lock = threading.RLock()
        self._planned: dict[str, list[Planned]] = {}
        self._last_ts = 0
        self._released = threading.Event()
        self._sockets: list[ServerConnection] = []
        self._socket_ready = threading.Event()
        self._acked = threading.Condition()
        self._websocket: Server | None = None
        self._http = _Http(("127.0.0.1", port), _Requests)
        self._http.slack = self
        self.add_channel("C0CARE0001", "compliance-alerts")
        self.add_channel("C0OPS00001", "compliance-ops")

    # What a test sets up and looks at.

    @property
    def url(self) -> str:
        """The API's address, as settings take it."""
        return f"{self.root_url}/api/"

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def add_channel(self, channel_id: str, name: str) -> Channel:
        self.channels[channel_id] = Channel(id=channel_id, name=name)
        return self.channels[channel_id]

    def channel(self, name: object) -> Channel | None:
        wanted = str(name).removeprefix("#")
        return next((known for known in self.channels.values() if wanted in (known.id, known.name)), None)

    def inject(self, method: str, planned: Planned) -> None:
        """Let coming calls of a method go wrong."""
        self._planned.setdefault(method, []).append(planned)

    def visible(self, name: str = "compliance-alerts") -> list[Json]:
        channel = self.channel(name)
        return channel.visible() if channel else []

    def all_messages(self, name: str = "compliance-alerts") -> list[Json]:
        channel = self.channel(name)
        return channel.messages if channel else []

    def delete(self, name: str, ts: str) -> None:
        """Remove a message, as a person may."""
        channel = self.channel(name)
        if channel:
            channel.messages = [said for said in channel.messages if said["ts"] != ts]

    def archive(self, name: str) -> None:
        """Archive a channel; that puts the bot out of it too."""
        channel = self.channel(name)
        if channel:
            channel.is_archived, channel.is_member = True, False

    def invite(self, name: str) -> None:
        channel = self.channel(name)
        if channel:
            channel.is_archived, channel.is_member = False, True

    def called(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)

    def post_as_other_app(self, name: str, text: str, metadata: Json) -> str:
        """Put a message of somebody else's app into a channel."""
        channel = self.channel(name)
        assert channel is not None
        said: Json = {"ts": self._new_ts(), "text": text, "bot_id": "B0OTHER01", "metadata": metadata, "blocks": []}
        said["seen_from"] = self.clock()
        channel.messages.append(said)
        return str(said["ts"])

    # Socket Mode.

    def press(self, name: str, ts: str, action: Json, user: str = "U0ANNA0001", timeout: float = 3.0) -> float | None:
        """Press a button below a message; return the seconds until the app acknowledged, None when it did not."""
        envelope = f"envelope-{time.monotonic_ns()}"
        payload = self.press_payload(name, ts, action, user)
        return self._send_envelope({"envelope_id": envelope, "type": "interactive", "payload": payload}, timeout)

    def press_payload(self, name: str, ts: str, action: Json, user: str = "U0ANNA0001") -> Json:
        """Return what Slack sends about a press."""
        channel = self.channel(name)
        assert channel is not None
        action = {"action_ts": f"{self.clock():.6f}", "block_id": "x", **action}
        return {
            "type": "block_actions",
            "user": {"id": user, "username": "anna"},
            "channel": {"id": channel.id, "name": channel.name},
            "message": channel.find(ts),
            "container": {"type": "message", "message_ts": ts, "channel_id": channel.id},
            "actions": [action],
        }

    def wait_for_socket(self, timeout: float = 5.0) -> bool:
        return self._socket_ready.wait(timeout)

    def disconnect_sockets(self) -> None:
        """Ask every app to connect again, as Slack does every few hours."""
        self._socket_ready.clear()
        for connection in list(self._sockets):
            connection.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
            connection.close()

    def _send_envelope(self, envelope: Json, timeout: float) -> float | None:
        started = time.monotonic()
        self._sockets[-1].send(json.dumps(envelope, default=str))
        with self._acked:
            self._acked.wait_for(lambda: envelope["envelope_id"] in dict(self.acks), timeout)
        moment = dict(self.acks).get(str(envelope["envelope_id"]))
        return None if moment is None else moment - started

    def _serve_socket(self, connection: ServerConnection) -> None:
        self._sockets.append(connection)
        connection.send(json.dumps({"type": "hello", "num_connections": len(self._sockets)}))
        self._socket_ready.set()
        try:
            for frame in connection:
                with self._acked:
                    self.acks.append((str(json.loads(frame).get("envelope_id", "")), time.monotonic()))
                    self._acked.notify_all()
        except ConnectionClosed:
            pass
        finally:
            self._sockets.remove(connection)

    # The API.

    def answer(self, method: str, sent: Json, token: str) -> tuple[Json, Planned | None]:
        """Do one call; the second value is a fault the connection must suffer after it."""
        with self.lock:
            self.calls.append((method, sent))
            planned = self._next_fault(method)
            if planned and planned.fault is Fault.RATE_429:
                raise RateLimited(planned.retry_after)
            if planned and (planned.fault in (Fault.DROP_BEFORE, Fault.HTML_503)):
                return {}, planned
            if planned and planned.error and not planned.after_work:
                raise Refused(planned.error)
            self._authorise(method, token)
            work = _METHODS.get(method)
            if work is None:
                raise Refused("unknown_method")
            done = work(self, sent)
            if planned and planned.error:
                raise Refused(planned.error)
            if planned and planned.fault is Fault.RATE_429_AFTER:
                raise RateLimited(planned.retry_after)
            return {"ok": True, **done}, planned

    def _next_fault(self, method: str) -> Planned | None:
        waiting = self._planned.get(method, [])
        if not waiting:
            return None
        waiting[0].times -= 1
        return waiting[0] if waiting[0].times else waiting.pop(0)

    def _authorise(self, method: str, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if self.revoked:
            raise Refused("token_revoked")
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            raise Refused("invalid_auth")
        needed = _NEEDED_SCOPE.get(method)
        if needed and needed not in self.scopes.split(","):
            raise Refused("missing_scope", needed=needed, provided=self.scopes)

    def _new_ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def _open_channel(self, sent: Json) -> Channel:
        channel = self.channel(sent.get("channel"))
        if channel is None or (channel.is_private and not channel.is_member):
            raise Refused("channel_not_found")
        return channel

    def post_message(self, sent: Json) -> Json:
        channel = self._open_channel(sent)
        if channel.is_archived:
            raise Refused("is_archived")
        if not channel.is_member:
            raise Refused("not_in_channel")
        said = self._checked(sent)
        said["text"] = str(said["text"])[:MAX_TEXT]
        self._check_rate(channel)
        if sent.get("thread_ts"):
            if channel.find(sent["thread_ts"]) is None:
                raise Refused("thread_not_found")
            said["thread_ts"] = sent["thread_ts"]
            if _is_true(sent.get("reply_broadcast")):
                said["subtype"] = "thread_broadcast"
        said.update(ts=self._new_ts(), bot_id=BOT_ID, user=BOT_USER, type="message", seen_from=self.clock())
        channel.messages.append(said)
        return {"channel": channel.id, "ts": said["ts"], "message": dict(said)}

    def update_message(self, sent: Json) -> Json:
        channel = self._open_channel(sent)
        if channel.id != sent.get("channel"):
            raise Refused("channel_not_found")  # an edit takes ids only
        if channel.is_archived:
            raise Refused("is_inactive")
        said = channel.find(sent.get("ts"))
        if said is None:
            raise Refused("message_not_found")
        if said["bot_id"] != BOT_ID:
            raise Refused("cant_update_message")
        if self.edits_closed:
            raise Refused("edit_window_closed")
        if len(str(sent.get("text", ""))) > MAX_UPDATE_TEXT:
            raise Refused("msg_too_long")
        new = self._checked(sent)
        metadata = new.pop("metadata", None)
        said.update(new)  # text without blocks takes the blocks away
        if metadata is not None:
            said["metadata"] = metadata
        said["edits"] = cast("int", said.get("edits", 0)) + 1
        return {"channel": channel.id, "ts": said["ts"], "text": said["text"], "message": dict(said)}

    def _check_rate(self, channel: Channel) -> None:
        now = self.clock()
        if self.limits_rate and now - channel.last_post < RATE_SECONDS:
            raise RateLimited(f"{RATE_SECONDS - (now - channel.last_post):.3f}")
        channel.last_post = now

    def _checked(self, sent: Json) -> Json:
        blocks = _parsed(sent.get("blocks")) or []
        text = sent.get("text") or ""
        if not text and not blocks:
            raise Refused("no_text")
        problems = block_problems(blocks, self.files)
        if problems:
            raise Refused("invalid_blocks", response_metadata={"messages": problems})
        if len(json.dumps(blocks, ensure_ascii=False)) > MAX_BLOCK_CHARS:
            raise Refused("msg_blocks_too_long")
        metadata = _parsed(sent.get("metadata"))
        said: Json = {"text": text, "blocks": blocks}
        if isinstance(metadata, dict):
            if metadata and not ({"event_type", "event_payload"} <= set(metadata)):
                raise Refused("invalid_metadata_format")
            said["metadata"] = {} if self.metadata_is_lost else metadata
        return said

    def history(self, sent: Json) -> Json:
        channel = self._readable(sent)
        return self._page([said for said in channel.visible() if self._is_seen(said)], sent, newest_first=True)

    def replies(self, sent: Json) -> Json:
        channel = self._readable(sent)
        root = channel.find(sent.get("ts"))
        if root is None:
            raise Refused("thread_not_found")
        thread = [root, *(said for said in channel.thread(str(sent["ts"])) if self._is_seen(said))]
        return self._page(thread, sent, newest_first=False)

    def _readable(self, sent: Json) -> Channel:
        channel = self._open_channel(sent)
        if channel.id != sent.get("channel"):
            raise Refused("channel_not_found")  # reading takes ids only
        if not channel.is_member:
            raise Refused("not_in_channel")
        return channel

    def _is_seen(self, said: Json) -> bool:
        return self.clock() - cast("float", said["seen_from"]) >= self.lag_seconds

    def _page(self, messages: list[Json], sent: Json, *, newest_first: bool) -> Json:
        oldest = float(str(sent.get("oldest") or 0))
        latest, is_inclusive = float(str(sent.get("latest") or "inf")), _is_true(sent.get("inclusive"))
        moments = [(float(str(said["ts"])), said) for said in messages]
        wanted = [
            said
            for moment, said in moments
            if oldest < moment < latest or (is_inclusive and moment in (oldest, latest))
        ]
        wanted = sorted(wanted, key=lambda said: str(said["ts"]), reverse=newest_first)
        start = int(str(sent.get("cursor") or 0))
        limit = min(int(str(sent.get("limit") or 100)), self.page_cap)
        with_metadata = _is_true(sent.get("include_all_metadata"))
        hidden = {"seen_from"} if with_metadata else {"seen_from", "metadata"}
        page = [{key: said[key] for key in said if key not in hidden} for said in wanted[start : start + limit]]
        more = start + limit < len(wanted)
        cursor = str(start + limit) if more else ""
        return {"messages": page, "has_more": more, "response_metadata": {"next_cursor": cursor}}

    def channel_facts(self, sent: Json) -> Json:
        channel = self._open_channel(sent)
        if channel.id != sent.get("channel"):
            raise Refused("channel_not_found")
        return {"channel": _facts(channel)}

    def list_channels(self, sent: Json) -> Json:
        start, limit = int(str(sent.get("cursor") or 0)), int(str(sent.get("limit") or 100))
        known = [_facts(channel) for channel in self.channels.values()]
        cursor = str(start + limit) if start + limit < len(known) else ""
        return {"channels": known[start : start + limit], "response_metadata": {"next_cursor": cursor}}

    def whoami(self, _sent: Json) -> Json:
        return {"url": self.root_url, "team": "Fake", "user": "bot", "user_id": BOT_USER, "bot_id": BOT_ID}

    def validate_blocks(self, sent: Json) -> Json:
        problems = block_problems(_parsed(sent.get("blocks")) or [], self.files)
        if problems:
            raise Refused("invalid_blocks", response_metadata={"messages": problems})
        return {}

    def open_connection(self, _sent: Json) -> Json:
        if self._websocket is None:
            self._websocket = serve(self._serve_socket, "127.0.0.1", 0)
            threading.Thread(target=self._websocket.serve_forever, daemon=True).start()
        port = self._websocket.socket.getsockname()[1]
        return {"url": f"ws://127.0.0.1:{port}/link?ticket=t&app_id=A1"}

    def upload_url(self, sent: Json) -> Json:
        file_id = f"F{len(self.files):09d}"
        self.files[file_id] = {
            "id": file_id, "name": sent["filename"], "alt_txt": sent.get("alt_txt", ""), "size": 0, "complete": False,
        }  # fmt: skip
        return {"upload_url": f"{self.root_url}/upload/{file_id}", "file_id": file_id}

    def complete_upload(self, sent: Json) -> Json:
        wanted = cast("list[Json]", _parsed(sent.get("files")) or [])
        for entry in wanted:
            known = self.files.get(str(entry["id"]))
            if known is None or not known["size"]:
                raise Refused("file_not_found")
            known.update(complete=True, title=entry.get("title", ""), polls=0)
        return {"files": [self.files[str(entry["id"])] for entry in wanted]}

    def file_facts(self, sent: Json) -> Json:
        known = self.files.get(str(sent.get("file")))
        if known is None:
            raise Refused("file_not_found")
        known["polls"] = cast("int", known.get("polls", 0)) + 1
        is_ready = bool(known["complete"]) and cast("int", known["polls"]) > self.file_delay_polls
        return {"file": {**known, "mimetype": "image/png" if is_ready else ""}}

    # Life.

    def hold(self) -> None:
        """Hold an answer back until the fake is closed or the caller is gone."""
        self._released.wait(HOLD_SECONDS)

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._released.set()
        for connection in list(self._sockets):
            connection.close()
        if self._websocket is not None:
            self._websocket.shutdown()
        self._http.shutdown()
        self._http.server_close()


_Method = Callable[[FakeSlack, Json], Json]
_METHODS: Mapping[str, _Method] = {
    "auth.test": FakeSlack.whoami,
    "chat.postMessage": FakeSlack.post_message,
    "chat.update": FakeSlack.update_message,
    "conversations.history": FakeSlack.history,
    "conversations.replies": FakeSlack.replies,
    "conversations.info": FakeSlack.channel_facts,
    "conversations.list": FakeSlack.list_channels,
    "blocks.validate": FakeSlack.validate_blocks,
    "apps.connections.open": FakeSlack.open_connection,
    "files.getUploadURLExternal": FakeSlack.upload_url,
    "files.completeUploadExternal": FakeSlack.complete_upload,
    "files.info": FakeSlack.file_facts,
}
_NEEDED_SCOPE = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
}


def block_problems(blocks: object, files: Mapping[str, Json]) -> list[str]:
    """Check blocks the way Slack does: limits, required keys, known types; written apart from the bot's own check."""
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    problems = [f"no more than 50 items allowed [json-pointer:/blocks]"] if len(blocks) > MAX_BLOCKS else []  # noqa: F541
    ids = re.findall(r'"block_id": "([^"]*)"', json.dumps(blocks, ensure_ascii=False))
    if len(set(ids)) != len(ids):
        problems.append("block_id already exists [json-pointer:/blocks]")
    for index, block in enumerate(blocks):
        problems += [f"{problem} [json-pointer:/blocks/{index}]" for problem in _block_problems(block, files)]
    return problems


def _block_problems(block: Json, files: Mapping[str, Json]) -> list[str]:
    kind = block.get("type")
    text = cast("Json", block.get("text") or {})
    elements = cast("list[Json]", block.get("elements") or [])
    if len(str(block.get("block_id", ""))) > 255:
        return ["must be less than 256 characters"]
    if kind == "header":
        wrong = text.get("type") != "plain_text" or not 0 < len(str(text.get("text", ""))) <= 150
        return ["must be plain text of 1 to 150 characters"] if wrong else []
    if kind in ("context", "actions", "rich_text"):
        limit = {"context": 10, "actions": 25, "rich_text": 1000}[kind]
        if not 0 < len(elements) <= limit:
            return [f"must have 1 to {limit} elements"]
        return [problem for element in elements for problem in _element_problems(element)]
    if kind == "image":
        file = cast("Json", block.get("slack_file") or {})
        known = files.get(str(file.get("id")))
        return [] if known and known["complete"] and block.get("alt_text") else ["slack_file is not usable"]
    return [] if kind == "divider" else [f"unsupported block type {kind}"]


def _element_problems(element: Json) -> list[str]:
    problems: list[str] = []
    for key in ("text", "placeholder"):
        value = element.get(key)
        shown = value.get("text") if isinstance(value, dict) else value
        if key in element and not (isinstance(shown, str) and 0 < len(shown) <= 3000):
            problems.append("must be text of 1 to 3000 characters")
    if element.get("type") == "button" and len(str(cast("Json", element["text"])["text"])) > 75:
        problems.append("button text must be at most 75 characters")
    if element.get("type") == "link" and not str(element.get("url", "")).startswith("http"):
        problems.append("invalid url")
    for child in cast("list[Json]", element.get("elements") or []):
        problems += _element_problems(child)
    return problems


def _facts(channel: Channel) -> Json:
    return {
        "id": channel.id, "name": channel.name, "is_member": channel.is_member,
        "is_archived": channel.is_archived, "is_private": channel.is_private,
    }  # fmt: skip


def _parsed(value: object) -> object:
    return json.loads(value) if isinstance(value, str) and value else value


def _is_true(value: object) -> bool:
    return str(value).lower() in ("1", "true")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    slack: FakeSlack

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a caller hangs up: that is what many tests are about."""


class _Requests(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/upload/"):
            self._take_upload(raw)
        else:
            self._serve(self._body(raw))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it that
        """Keep the test's output quiet."""

    def _body(self, raw: bytes) -> Json:
        if "json" in (self.headers.get("Content-Type") or ""):
            return cast("Json", json.loads(raw or b"{}"))
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))

    def _serve(self, sent: Json) -> None:
        address = urlsplit(self.path)
        sent = {**dict(parse_qsl(address.query)), **sent}
        if address.path.startswith("/control/"):
            self._write(200, self._control(address.path.removeprefix("/control/"), sent))
            return
        method = address.path.rpartition("/")[2]
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or str(sent.pop("token", ""))
        try:
            answer, planned = self.server.slack.answer(method, sent, token)
        except RateLimited as limited:
            self._write(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": limited.seconds})
        except Refused as refused:
            self._write(200, {"ok": False, "error": refused.code, **refused.more})
        else:
            self._suffer(planned.fault if planned else None, answer)

    def _suffer(self, fault: Fault | None, answer: Json) -> None:
        if fault is Fault.HOLD_AFTER:
            self.server.slack.hold()
        if fault is Fault.RESET_AFTER:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault in (Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.HOLD_AFTER, Fault.RESET_AFTER):
            self.close_connection = True
            if fault is not Fault.RESET_AFTER:
                self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()
        elif fault is Fault.HALF_AFTER:
            self._raw(200, json.dumps(answer).encode()[:20], "application/json", announced=5000)
        elif fault in (Fault.HTML_503, Fault.HTML_200_AFTER):
            self._raw(503 if fault is Fault.HTML_503 else 200, b"<html>try later</html>", "text/html")
        elif fault is Fault.EMPTY_AFTER:
            self._raw(200, b"", "application/json")
        elif fault is Fault.NO_TS_AFTER:
            self._write(200, {key: answer[key] for key in answer if key not in ("ts", "message")})
        else:
            self._write(200, answer)

    def _control(self, what: str, sent: Json) -> Json:
        slack = self.server.slack
        if what == "inject":
            fault = Fault(str(sent["fault"])) if sent.get("fault") else None
            slack.inject(str(sent["method"]), Planned(fault=fault, error=str(sent.get("error", ""))))
        return {
            "channels": {channel.name: channel.messages for channel in slack.channels.values()},
            "calls": slack.calls,
        }

    def _take_upload(self, raw: bytes) -> None:
        known = self.server.slack.files.get(self.path.rpartition("/")[2])
        if known is not None:
            known.update(size=len(raw), content=raw.hex())
        self._raw(200 if known else 404, b"OK", "text/plain")

    def _write(self, status: int, answer: Mapping[str, object], headers: Mapping[str, str] | None = None) -> None:
        self._raw(status, json.dumps(answer).encode(), "application/json", headers=headers)

    def _raw(
        self, status: int, body: bytes, kind: str, *, announced: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(announced or len(body)))
        self.send_header("x-oauth-scopes", self.server.slack.scopes)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if announced:
            self.close_connection = True


def main() -> None:
    """Serve until the caller closes our standard input or kills us."""
    parser = argparse.ArgumentParser(description="A Slack that behaves, for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate-limit", action="store_true", help="refuse more than one message a second and channel")
    arguments = parser.parse_args()
    with FakeSlack(port=arguments.port) as slack:
        slack.limits_rate = arguments.rate_limit
        print(slack.url, flush=True)  # noqa: T201 - the caller reads the address here
        sys.stdin.read()


if __name__ == "__main__":
    main()
