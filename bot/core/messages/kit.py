"""The few Block Kit pieces that messages are made of, and text made safe for each place it stands in.

Words from an article only ever become `rich_text` elements: they are literal there, so nothing in them is markup, a
mention or a link. The push text and the plain form are Slack's mrkdwn, where `&`, `<` and `>` are escaped and what
Slack would turn into a link or a mention by itself is broken up with zero-width spaces.
"""

import json
import re
from collections.abc import Sequence

from bot.core.model import Message

Block = dict[str, object]  # one JSON object of Block Kit

MAX_PUSH_CHARS = 180  # about what a phone shows of a notification
MAX_HEADER_CHARS = 150  # Slack, header block
MAX_TEXT_CHARS = 3000  # Slack, text object

# Control characters, direction overrides (they can make words read backwards) and lone surrogates.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_BLANKS = re.compile(r"\s+")
_MENTION = re.compile(r"@(?=\w)")
_SCHEME = re.compile(r"([A-Za-z])(:)(?=//)|(?<=mailto)(:)", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_])")
_HEADER_LOOKALIKES = str.maketrans({"&": "＆", "<": "‹", ">": "›"})  # whether Slack shows these raw is unproven
_AMPERSAND = " & "  # between words: read as one
_CODE = re.compile(r"`([^`]+)`")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_GAP = "\u200b"


def clean(text: str) -> str:
    """Drop what cannot be shown and set every run of white space to one space."""
    return _BLANKS.sub(" ", _UNSHOWABLE.sub("", text)).strip()


def shorten(text: str, limit: int) -> str:
    """Cut `text` to at most `limit` characters, at a word where one ends near, and say so with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, _, tail = cut.rpartition(" ")
    return f"{(head if head and len(tail) < limit // 4 else cut).rstrip()}…"


def literal(text: str) -> str:
    """Write `text` so that mrkdwn shows it and acts on none of it: no mention, no link, no control sequence."""
    broken = _MENTION.sub(f"@{_GAP}", clean(text))
    broken = _SCHEME.sub(lambda found: f"{found.group(0)}{_GAP}", broken)
    broken = _DOMAIN_DOT.sub(f".{_GAP}", broken)
    return broken.translate(_ESCAPES)


def push_text(text: str) -> str:
    """Make the notification: literal, one line, at most `MAX_PUSH_CHARS` as sent."""
    plain = clean(text)
    for limit in range(MAX_PUSH_CHARS, 0, -5):
        written = literal(shorten(plain, limit))
        if len(written) <= MAX_PUSH_CHARS:
            return written
    return "…"


def plain(text: str) -> str:
    """Write `text` for a place of plain text, without what Slack's own escapes are made of."""
    return clean(text).replace(_AMPERSAND, " and ").translate(_HEADER_LOOKALIKES)


def with_commands(text: str) -> list[Block]:
    """Return words of our own as runs, with what stands between backticks, to be typed, as code."""
    parts = _CODE.split(clean(text))
    return [
        {**words(part), "style": {"code": True}} if number % 2 else words(part)
        for number, part in enumerate(parts)
        if part
    ]


def words(text: str, *, bold: bool = False, italic: bool = False, strike: bool = False) -> Block:
    """Return a literal run of text; nothing is shown as an ellipsis, since Slack refuses an empty run."""
    style = {name: True for name, on in (("bold", bold), ("italic", italic), ("strike", strike)) if on}
    run: Block = {"type": "text", "text": _UNSHOWABLE.sub("", text) or "…"}
    return {**run, "style": style} if style else run


def link(url: str, text: str) -> Block:
    """Return a link with its own literal text."""
    return {"type": "link", "url": url, "text": _UNSHOWABLE.sub("", text) or url}


def line(*runs: Block) -> Block:
    """Return one line of rich text."""
    return {"type": "rich_text_section", "elements": list(runs)}


def quotation(*runs: Block) -> Block:
    """Return a quotation of rich text, with Slack's bar at its left."""
    return {"type": "rich_text_quote", "elements": list(runs)}


def bullets(lines: Sequence[Block]) -> Block:
    """Return a bulleted list of lines."""
    return {"type": "rich_text_list", "style": "bullet", "elements": list(lines)}


def rich_text(block_id: str, *parts: Block) -> Block:
    """Return a block of lines, quotations and lists; lines that follow each other get a line break between them."""
    return {"type": "rich_text", "block_id": block_id, "elements": _with_breaks(parts)}


def header(block_id: str, text: str) -> Block:
    """Return the headline: plain text, emoji codes not interpreted."""
    shown = shorten(plain(text), MAX_HEADER_CHARS)
    return {"type": "header", "block_id": block_id, "text": {"type": "plain_text", "text": shown, "emoji": False}}


def context(block_id: str, text: str) -> Block:
    """Return the small grey line at the foot."""
    shown = shorten(plain(text), MAX_TEXT_CHARS)
    return {
        "type": "context",
        "block_id": block_id,
        "elements": [{"type": "plain_text", "text": shown, "emoji": False}],
    }


def message(push: str, blocks: Sequence[Block]) -> Message:
    """Join the notification and the blocks."""
    return Message(text=push_text(push), blocks=json.dumps(list(blocks), ensure_ascii=False))


def _with_breaks(parts: Sequence[Block]) -> list[Block]:
    broken: list[Block] = []
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        is_line = part["type"] == "rich_text_section"
        if is_line and following is not None and following["type"] == "rich_text_section":
            runs = part["elements"]
            broken.append({**part, "elements": [*(runs if isinstance(runs, list) else []), words("\n")]})
        else:
            broken.append(part)
    return broken
