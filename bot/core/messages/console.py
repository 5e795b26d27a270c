"""A message drawn as it would stand in Slack, for a terminal."""

import unicodedata

from bot.core.messages.kit import Block
from bot.core.messages.variants import read_blocks
from bot.core.model import Message

_BOLD = "**"
_ONE_CELL = 1
_TWO_CELLS = 2


def render_console(told: Message, width: int = 80, channel: str = "") -> str:
    """Draw a message in a frame of at most `width` cells; bold words stand between two asterisks.

    Args:
        told: the message; without blocks its text is drawn.
        width: cells of the terminal, at least 30 are used.
        channel: what to write on the frame, "" for nothing.
    """
    inner = max(width, 30) - 4
    blocks = read_blocks(told)
    lines = [part for block in blocks for part in _block_lines(block, inner)] if blocks else _wrap(told.text, inner)
    title = f" {channel} " if channel else ""
    top = f"┌{title}{'─' * (inner + 2 - cells(title))}┐"
    body = [f"│ {text}{' ' * (inner - cells(text))} │" for text in lines]
    return "\n".join([top, *body, f"└{'─' * (inner + 2)}┘"])


def cells(text: str) -> int:
    """Count the terminal cells of a text: wide characters and emoji take two, combining marks none."""
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return _TWO_CELLS if unicodedata.east_asian_width(char) in ("W", "F") else _ONE_CELL


def _block_lines(block: Block, width: int) -> list[str]:
    kind = block.get("type")
    if kind == "rich_text":
        return [text for part in _elements(block) for text in _part_lines(part, width)]
    if kind == "context":
        return ["", *(text for element in _elements(block) for text in _wrap(str(element.get("text", "")), width))]
    if kind == "image":
        return _wrap(f"[picture: {block.get('alt_text', '')}]", width)
    if kind == "actions":
        return _wrap(" ".join(f"[{_label(element)}]" for element in _elements(block)), width)
    text = block.get("text")
    return [*_wrap(str(text["text"]), width), ""] if isinstance(text, dict) else []


def _part_lines(part: Block, width: int) -> list[str]:
    if part.get("type") == "rich_text_list":
        return [
            f"{'• ' if index == 0 else '  '}{text}"
            for entry in _elements(part)
            for index, text in enumerate(_wrap(_shown(entry), width - 2))
        ]
    if part.get("type") == "rich_text_quote":
        return [f"▏ {text}" for text in _wrap(_shown(part), width - 2)]
    return _wrap(_shown(part), width)


def _shown(part: Block) -> str:
    return "".join(_run(run) for run in _elements(part)).strip()


def _run(run: Block) -> str:
    if run.get("type") == "broadcast":
        return f"@{run.get('range')}"
    if run.get("type") in ("user", "usergroup"):
        return f"@{run.get('user_id') or run.get('usergroup_id')}"
    if run.get("type") == "date":
        return str(run.get("fallback", ""))
    text, style = str(run.get("text", "")), run.get("style")
    if not isinstance(style, dict) or not text.strip():
        return text
    mark = _BOLD if style.get("bold") else "~~" if style.get("strike") else ""
    return f"{mark}{text}{mark}"


def _label(element: Block) -> str:
    shown = element.get("text") or element.get("placeholder")
    arrow = " ▾" if element.get("type") == "static_select" else ""
    return f"{shown['text']}{arrow}" if isinstance(shown, dict) else ""


def _elements(node: Block) -> list[Block]:
    elements = node.get("elements")
    return [child for child in elements if isinstance(child, dict)] if isinstance(elements, list) else []


def _wrap(text: str, width: int) -> list[str]:
    return [row for part in text.split("\n") for row in _by_cells(part, width)]


def _by_cells(text: str, width: int) -> list[str]:
    rows = [""]
    for word in text.split(" "):
        joined = f"{rows[-1]} {word}" if rows[-1] else word
        if cells(joined) <= width:
            rows[-1] = joined
            continue
        pieces = _pieces(word, width)
        rows = [*(rows if rows[-1] else rows[:-1]), *pieces]
    return rows


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for char in word:
        if cells(pieces[-1]) + _width(char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces
