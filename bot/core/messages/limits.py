"""Our own strict check of Block Kit: what Slack would refuse, and what we never send.

Slack's limits are those of docs.slack.dev/reference/block-kit; the cap on all blocks together is ours (Slack refuses at
about 13,200 characters, undocumented). An unknown type or key is an error: what we do not know we do not send.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

MAX_BLOCKS = 50
MAX_ALL_CHARS = 10_000  # of the blocks as JSON
MAX_ID_CHARS = 255  # block_id, action_id
MAX_HEADER = 150
MAX_TEXT = 3000
MAX_CONTEXT_ELEMENTS = 10
MAX_ACTIONS = 25
MAX_BUTTON_TEXT = 75
MAX_VALUE_CHARS = 2000
MAX_URL = 3000
MAX_OPTION_TEXT = 75
MAX_OPTIONS = 100
MAX_ALT_TEXT = 2000

_Errors = Iterator[str]
_Check = Callable[[Mapping[str, object], str], _Errors]

_LINES = frozenset({"rich_text_section", "rich_text_quote", "rich_text_preformatted"})
_STYLES = frozenset({"bold", "italic", "strike", "code"})
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def block_errors(blocks: str | Sequence[object]) -> tuple[str, ...]:
    """Return what is wrong with the blocks, each with its place; empty when all of it may be sent.

    Args:
        blocks: the JSON of `Message.blocks`, or the list it holds; "" means no blocks and is right.
    """
    if isinstance(blocks, str):
        if not blocks:
            return ()
        try:
            blocks = json.loads(blocks)
        except ValueError as error:
            return (f"blocks: not JSON: {error}",)
    if not isinstance(blocks, list) or not blocks:
        return ("blocks: expected a list of at least one block",)
    return (*_size_errors(blocks), *_each(blocks, "blocks", _block), *_twice(blocks))


def _size_errors(blocks: Sequence[object]) -> _Errors:
    if len(blocks) > MAX_BLOCKS:
        yield f"blocks: {len(blocks)} blocks; Slack takes {MAX_BLOCKS}"
    size = len(json.dumps(blocks, ensure_ascii=False))
    if size > MAX_ALL_CHARS:
        yield f"blocks: {size:,} characters together; at most {MAX_ALL_CHARS:,}"


def _twice(blocks: Sequence[object]) -> _Errors:
    for key in ("block_id", "action_id"):
        seen: set[object] = set()
        for value in _values(blocks, key):
            if value in seen:
                yield f"blocks: {key} {value!r} stands twice"
            seen.add(value)


def _values(node: object, key: str) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(key), str):
            yield node[key]
        for child in node.values():
            yield from _values(child, key)
    elif isinstance(node, list):
        for child in node:
            yield from _values(child, key)


def _each(nodes: object, place: str, check: _Check) -> _Errors:
    if not isinstance(nodes, list) or not nodes:
        yield f"{place}: expected a list of at least one element"
        return
    for index, node in enumerate(nodes):
        if isinstance(node, dict):
            yield from check(node, f"{place}[{index}]")
        else:
            yield f"{place}[{index}]: expected an object"


def _block(block: Mapping[str, object], place: str) -> _Errors:
    check = _BLOCKS.get(str(block.get("type")))
    if check is None:
        yield f"{place}.type: {block.get('type')!r} is no block we send"
        return
    if "block_id" in block:
        yield from _text(block["block_id"], f"{place}.block_id", MAX_ID_CHARS)
    yield from check(block, place)


def _header(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, {"text"})
    yield from _plain_text(block.get("text"), f"{place}.text", MAX_HEADER)


def _rich(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, {"elements"})
    yield from _each(block.get("elements"), f"{place}.elements", _rich_part)


def _rich_part(part: Mapping[str, object], place: str) -> _Errors:
    if part.get("type") == "rich_text_list":
        yield from _keys(part, place, {"elements", "style"}, {"indent", "border", "offset"})
        if part.get("style") not in ("bullet", "ordered"):
            yield f"{place}.style: expected bullet or ordered"
        yield from _each(part.get("elements"), f"{place}.elements", _rich_part)
    elif part.get("type") in _LINES:
        yield from _keys(part, place, {"elements"}, {"border"})
        yield from _each(part.get("elements"), f"{place}.elements", _run)
    else:
        yield f"{place}.type: {part.get('type')!r} is no part of rich text"


def _run(run: Mapping[str, object], place: str) -> _Errors:
    kind = run.get("type")
    required = {
        "text": {"text"},
        "link": {"url"},
        "user": {"user_id"},
        "usergroup": {"usergroup_id"},
        "broadcast": {"range"},
        "date": {"timestamp", "format"},
    }.get(str(kind))
    if required is None:
        yield f"{place}.type: {kind!r} is no run we send"
        return
    yield from _keys(run, place, required, {"style", "text", "fallback"})
    if "text" in run:
        yield from _text(run["text"], f"{place}.text", MAX_TEXT)
    if kind == "link":
        yield from _url(run.get("url"), f"{place}.url")
    if kind == "broadcast" and run.get("range") not in _BROADCASTS:
        yield f"{place}.range: {run.get('range')!r} is no broadcast"
    style = run.get("style", {})
    if not isinstance(style, dict) or not set(style) <= _STYLES:
        yield f"{place}.style: expected only {', '.join(sorted(_STYLES))}"


def _section(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, {"text"})
    yield from _plain_text(block.get("text"), f"{place}.text", MAX_TEXT)


def _context(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, {"elements"})
    elements = block.get("elements")
    if isinstance(elements, list) and len(elements) > MAX_CONTEXT_ELEMENTS:
        yield f"{place}.elements: {len(elements)} elements; Slack takes {MAX_CONTEXT_ELEMENTS}"
    yield from _each(elements, f"{place}.elements", lambda node, at: _plain_text(node, at, MAX_TEXT))


def _actions(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, {"elements"})
    elements = block.get("elements")
    if isinstance(elements, list) and len(elements) > MAX_ACTIONS:
        yield f"{place}.elements: {len(elements)} elements; Slack takes {MAX_ACTIONS}"
    yield from _each(elements, f"{place}.elements", _action)


def _action(element: Mapping[str, object], place: str) -> _Errors:
    yield from _text(element.get("action_id"), f"{place}.action_id", MAX_ID_CHARS)
    if element.get("type") == "button":
        yield from _keys(element, place, {"action_id", "text", "value"}, {"style", "confirm", "accessibility_label"})
        yield from _plain_text(element.get("text"), f"{place}.text", MAX_BUTTON_TEXT)
        yield from _text(element.get("value"), f"{place}.value", MAX_VALUE_CHARS)
    elif element.get("type") == "static_select":
        yield from _keys(element, place, {"action_id", "placeholder", "options"})
        yield from _plain_text(element.get("placeholder"), f"{place}.placeholder", 150)
        yield from _each(element.get("options"), f"{place}.options", _option)
    else:
        yield f"{place}.type: {element.get('type')!r} is no element we send"


def _option(option: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(option, place, {"text", "value"}, known_type=False)
    yield from _plain_text(option.get("text"), f"{place}.text", MAX_OPTION_TEXT)
    yield from _text(option.get("value"), f"{place}.value", 150)


def _image(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, {"alt_text", "slack_file"}, {"title"})
    yield from _text(block.get("alt_text"), f"{place}.alt_text", MAX_ALT_TEXT)
    file = block.get("slack_file")
    if not isinstance(file, dict) or set(file) != {"id"} or not isinstance(file["id"], str) or not file["id"]:
        yield f"{place}.slack_file: expected an object with the file's id"


def _divider(block: Mapping[str, object], place: str) -> _Errors:
    yield from _keys(block, place, set())


def _plain_text(node: object, place: str, limit: int) -> _Errors:
    if not isinstance(node, dict):
        yield f"{place}: expected a text object"
        return
    yield from _keys(node, place, {"text"}, {"emoji"})
    if node.get("type") != "plain_text":
        yield f"{place}.type: {node.get('type')!r}; we send plain_text or rich text only, mrkdwn acts on its words"
    yield from _text(node.get("text"), f"{place}.text", limit)


def _text(value: object, place: str, limit: int) -> _Errors:
    if not isinstance(value, str) or not value:
        yield f"{place}: expected words"
    elif len(value) > limit:
        yield f"{place}: {len(value):,} characters; at most {limit:,}"
    elif any("\ud800" <= char <= "\udfff" or char == "\x00" for char in value):
        yield f"{place}: holds a character that is none (NUL or half of a pair)"


def _url(value: object, place: str) -> _Errors:
    yield from _text(value, place, MAX_URL)
    if isinstance(value, str) and not value.startswith(("https://", "http://")):
        yield f"{place}: expected an http or https address"


def _keys(
    node: Mapping[str, object],
    place: str,
    required: set[str],
    optional: set[str] | None = None,
    *,
    known_type: bool = True,
) -> _Errors:
    always = {"type", "block_id"} if known_type else set()
    for key in sorted(required - set(node)):
        yield f"{place}: {key} is missing"
    for key in sorted(set(node) - required - (optional or set()) - always):
        yield f"{place}.{key}: a key Slack does not know here"


_BLOCKS: Mapping[str, _Check] = {
    "header": _header,
    "rich_text": _rich,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "divider": _divider,
}
