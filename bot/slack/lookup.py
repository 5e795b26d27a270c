"""Finding out whether a message arrived after all: by our mark in its metadata and our own bot id.

An edit keeps the mark of the message it edits, so it is known by the ids of its blocks, which are new with every edit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.core.messages.variants import read_blocks
from bot.core.model import Action, Claimed, Delivery, Message, Receipt
from bot.slack.client import Api
from bot.slack.replies import Answer

EVENT_TYPE = "alert_delivery"  # of the metadata; the payload is the delivery's id and nothing else
PAGE = 15  # messages; more is not given to apps under Slack's limits of 2025
MAX_PAGES = 40
_GONE = frozenset({"thread_not_found", "message_not_found"})
MARGIN = timedelta(seconds=120)  # between our clock and Slack's


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a look-up found: a receipt, or nothing, or why it could not look."""

    receipt: Receipt | None = None
    failure: Answer | None = None
    stands_unedited: bool = False  # what an edit is for is there, without the edit


def metadata_of(delivery: Delivery) -> dict[str, object]:
    """Return the mark a message carries; anybody in the workspace can read it, so it is an opaque id."""
    return {"event_type": EVENT_TYPE, "event_payload": {"delivery": delivery.id}}


def parent_of(root: Receipt) -> str:
    """Return the ts of the thread that a message opens or stands in."""
    ts, _, parent = root.ts.partition("/")
    return parent or ts


def own_ts(receipt: Receipt) -> str:
    """Return the ts of the message itself."""
    return receipt.ts.partition("/")[0]


class Lookup:
    """Asks Slack's history; remembers channel ids and our own bot id, which do not change."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._bot_id = ""
        self._ids: dict[str, str] = {}

    def find(self, claimed: Claimed, told: Message) -> Looked:
        """Look for a claimed row's message, in its thread or in its channel; for an edit, at what it edits.

        Args:
            claimed: the row.
            told: the message as it would be sent now.
        """
        bot_id = self._own_bot_id()
        if isinstance(bot_id, Answer):
            return Looked(failure=bot_id)
        if claimed.root is not None and claimed.delivery.action is Action.EDIT:
            looked = self._find_edit(claimed.root, told, bot_id)
            if looked != Looked():
                return looked
        channel = claimed.root.channel if claimed.root else self.channel_id(claimed.delivery.channel)
        if isinstance(channel, Answer):
            return Looked(failure=channel)
        if claimed.root is not None and claimed.delivery.action in (Action.REPLY, Action.BROADCAST):
            looked = self._find_in(self._thread(claimed, claimed.root), claimed, channel, bot_id)
            if looked.receipt is not None or looked.failure is not None:
                return looked
        # Also what belonged in a thread: where its root was gone it may stand in the channel.
        return self._find_in(self._channel(claimed, channel), claimed, channel, bot_id)

    def _find_in(self, pages: Iterator[Answer], claimed: Claimed, channel: str, bot_id: str) -> Looked:
        for page in pages:
            if page.error in _GONE:
                return Looked()
            if not page.ok:
                return Looked(failure=page)
            for said in _objects(page, "messages"):
                if _is_ours(said, claimed.delivery.id, bot_id):
                    return Looked(receipt=Receipt(channel=channel, ts=_place(said)))
        return Looked()

    def _find_edit(self, root: Receipt, told: Message, bot_id: str) -> Looked:
        ts = own_ts(root)
        asked: dict[str, object] = {
            "channel": root.channel, "oldest": ts, "latest": ts, "inclusive": True, "limit": 1,
        }  # fmt: skip
        is_root = parent_of(root) == ts
        method = "conversations.history" if is_root else "conversations.replies"
        page = self._api.call(method, asked if is_root else {**asked, "ts": parent_of(root), "limit": PAGE})
        if not page.ok:
            return Looked() if page.error in _GONE else Looked(failure=page)
        shown = next((said for said in _objects(page, "messages") if said.get("ts") == ts), None)
        if shown is None:
            return Looked()
        ours, theirs = [block.get("block_id") for block in read_blocks(told)], shown.get("blocks")
        is_shown = isinstance(theirs, list) and [block.get("block_id") for block in theirs] == ours
        is_edited = bool(ours) and is_shown and shown.get("bot_id") == bot_id
        return Looked(receipt=root) if is_edited else Looked(stands_unedited=True)

    def channel_id(self, name: str) -> str | Answer:
        """Return Slack's id of a channel, or the answer that kept us from knowing it."""
        if not name.startswith("#"):
            return name
        if name not in self._ids:
            for page in self._pages("conversations.list", {"limit": 200, "types": "public_channel,private_channel"}):
                if not page.ok:
                    return page
                self._ids.update({f"#{one.get('name')}": str(one.get("id")) for one in _objects(page, "channels")})
                if name in self._ids:
                    break
        return self._ids.get(name) or Answer(error="channel_not_found")

    def _own_bot_id(self) -> str | Answer:
        if not self._bot_id:
            answer = self._api.call("auth.test", {})
            if not answer.ok:
                return answer
            self._bot_id = answer.text("bot_id")
        return self._bot_id

    def _channel(self, claimed: Claimed, channel: str) -> Iterator[Answer]:
        return self._pages("conversations.history", {**_window(claimed), "channel": channel})

    def _thread(self, claimed: Claimed, root: Receipt) -> Iterator[Answer]:
        return self._pages(
            "conversations.replies", {**_window(claimed), "channel": root.channel, "ts": parent_of(root)}
        )

    def _pages(self, method: str, arguments: Mapping[str, object]) -> Iterator[Answer]:
        cursor = ""
        for _ in range(MAX_PAGES):
            page = self._api.call(method, {**arguments, "cursor": cursor or None})
            yield page
            metadata = (page.payload or {}).get("response_metadata")
            cursor = str(metadata.get("next_cursor") or "") if isinstance(metadata, dict) else ""
            if not page.ok or not cursor:
                return


def _window(claimed: Claimed) -> dict[str, object]:
    oldest = f"{(claimed.first_attempt - MARGIN).timestamp():.6f}"
    return {"oldest": oldest, "limit": PAGE, "include_all_metadata": True}


def _is_ours(said: Mapping[str, object], delivery: str, bot_id: str) -> bool:
    metadata = said.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return said.get("bot_id") == bot_id and isinstance(payload, dict) and payload.get("delivery") == delivery


def _place(said: Mapping[str, object]) -> str:
    ts, parent = str(said.get("ts")), said.get("thread_ts")
    return f"{ts}/{parent}" if parent and parent != ts else ts


def _objects(page: Answer, key: str) -> list[Mapping[str, object]]:
    found = (page.payload or {}).get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
