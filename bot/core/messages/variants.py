"""The same message in another form: plain, with a note, with buttons; made from what stands in the outbox."""

import json
import re
from collections.abc import Iterator

from bot.core.messages.kit import Block, clean, line, literal, rich_text, shorten, words
from bot.core.model import Message, Severity

MAX_PLAIN_CHARS = 3500  # chat.update refuses above 4,000
MAX_LINE_CHARS = 1000
_KEY = re.compile(r"^wa:([^:]+):(\d+)(?:\.\d+)?:(info|low|medium|high|critical)")
_STEP = re.compile(r"^wa:[^:]+:\d+:(?:info|low|medium|high|critical):[a-z]{2,}:")
_CALLING = frozenset({"broadcast", "user", "usergroup"})
_MAY_REPEAT = "May repeat an earlier message: Slack did not confirm it."


def read_blocks(sent: Message) -> list[Block]:
    """Return the blocks as values; empty when the message has none."""
    return json.loads(sent.blocks) if sent.blocks else []


def severity_of(sent: Message) -> Severity | None:
    """Return the severity an alert's message was built with, None for notices and digests."""
    found = _key_of(sent)
    return Severity(found.group(3)) if found else None


def revision_of(sent: Message) -> int | None:
    """Return the revision of its alert that a message shows, None for notices and digests."""
    found = _key_of(sent)
    return int(found.group(2)) if found else None


def tells_a_step(sent: Message) -> bool:
    """Say whether a message tells one step of an alert's life: it is no root, no digest and no notice."""
    blocks = read_blocks(sent)
    return bool(blocks) and _STEP.match(str(blocks[0].get("block_id", ""))) is not None


def plain_form(sent: Message) -> Message:
    """Return the message without blocks: every word and address of them, literal, for when Slack refuses the blocks."""
    kept, room = [], MAX_PLAIN_CHARS
    for written in _written_lines(read_blocks(sent)):
        room -= len(written) + 1
        if room < 0:
            break
        kept.append(written)
    return Message(text="\n".join(kept) or sent.text, blocks="")


def continued(sent: Message, alert: str) -> Message:
    """Return the message as a new root for an alert whose first message is gone."""
    return _noted(sent, f"Continues {alert}: its first message is not in this channel any more.")


def maybe_repeated(sent: Message) -> Message:
    """Return the message with a line that says it may be the second of its kind."""
    return _noted(sent, _MAY_REPEAT)


def without_mentions(sent: Message) -> Message:
    """Return the message without the line that calls people: nobody is called in a thread."""
    blocks = read_blocks(sent)
    if not any(_calls(part) for block in blocks for part in _parts(block)):
        return sent
    kept = [
        {**block, "elements": [part for part in _parts(block) if not _calls(part)]}
        if block.get("type") == "rich_text"
        else block
        for block in blocks
    ]
    return Message(text=sent.text, blocks=json.dumps(kept, ensure_ascii=False))


def marked_for(sent: Message, channel: str) -> Message:
    """Return a copy for another channel, which says where it belongs."""
    return _noted(sent, f"For {channel}, which takes no messages at present.")


def first_link(sent: Message) -> str | None:
    """Return the first address the message links to."""
    runs = (run for block in read_blocks(sent) for part in _parts(block) for run in _runs(part))
    return next((str(run["url"]) for run in runs if run.get("type") == "link"), None)


def rekeyed(sent: Message, step: int) -> Message:
    """Return the message with new block ids, as Slack wants for an edit of what it has already."""
    blocks = [
        {**block, "block_id": f"{block['block_id']}.{step}"} if "block_id" in block else block
        for block in read_blocks(sent)
    ]
    return Message(text=sent.text, blocks=json.dumps(blocks, ensure_ascii=False) if blocks else "")


def _noted(sent: Message, note: str) -> Message:
    blocks = read_blocks(sent)
    if not blocks:
        return Message(text=f"{sent.text}\n{literal(note)}", blocks="")
    found = _key_of(sent)
    block_id = f"{found.group(0) if found else 'wa'}:note"
    noted = rich_text(block_id, line(words(note, italic=True)))
    return Message(text=sent.text, blocks=json.dumps([*blocks, noted], ensure_ascii=False))


def _key_of(sent: Message) -> re.Match[str] | None:
    blocks = read_blocks(sent)
    return _KEY.match(str(blocks[0].get("block_id", ""))) if blocks else None


def _written_lines(blocks: list[Block]) -> Iterator[str]:
    """Yield each line as mrkdwn; an address stands on a line of its own."""
    for block in blocks:
        for part in _parts(block):
            told = shorten(_words_of(part), MAX_LINE_CHARS)
            if told:
                yield literal(f"> {told}" if part.get("type") == "rich_text_quote" else told)
            for run in _runs(part):
                url = str(run.get("url", ""))
                if run.get("type") == "link" and not re.search(r"[<>|\s]", url):
                    yield f"<{url.replace('&', '&amp;')}>"


def _parts(block: Block) -> Iterator[Block]:
    elements = block.get("elements")
    if block.get("type") == "rich_text" and isinstance(elements, list):
        for part in elements:
            yield from part["elements"] if part.get("type") == "rich_text_list" else [part]
    elif block.get("type") in ("header", "context", "section"):
        yield {"type": "line", "elements": elements if isinstance(elements, list) else [block["text"]]}


def _calls(part: Block) -> bool:
    return any(run.get("type") in _CALLING for run in _runs(part))


def _runs(part: Block) -> list[Block]:
    elements = part.get("elements")
    return elements if isinstance(elements, list) else []


def _words_of(part: Block) -> str:
    return clean("".join(str(run.get("text", "")) for run in _runs(part)))
