"""The YAML block at the head of a Markdown file: title, publisher, published, url, kind, region."""

import re
from collections.abc import Mapping

from bot.core.marked_yaml import parse
from bot.errors import RuleFileError

KEYS = ("title", "publisher", "published", "url", "kind", "region", "language")
_BLOCK = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:[ \t]*(?P<value>.*)")


def split_front_matter(text: str, path: str) -> tuple[Mapping[str, str], str]:
    """Return the values of the block that the bot knows, and the text below it.

    A block that is no YAML only because a value holds a colon or a quotation mark is read line by line: it can be
    meant in one way only.

    Raises:
        RuleFileError: when the block cannot be read, with each fault's line.
    """
    match = _BLOCK.match(text)
    if match is None:
        return {}, text
    try:
        node = parse("\n" + match["yaml"], path)  # the empty line stands for `---`: faults name the file's own lines
    except RuleFileError:
        plain = _line_by_line(match["yaml"])
        if plain is None:
            raise
        return plain, text[match.end() :]
    if not isinstance(node.value, dict):
        return {}, text  # a ruler above a text, not a block
    scalars = {key: child.value for key, child in node.value.items() if isinstance(child.value, str)}
    return {key: scalars[key] for key in KEYS if scalars.get(key, "null") not in ("null", "~", "")}, text[match.end() :]


def _line_by_line(block: str) -> Mapping[str, str] | None:
    values: dict[str, str] = {}
    for line in block.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None or match["key"] in values:
            return None
        values[match["key"]] = match["value"].strip().strip("\"'")
    return {key: values[key] for key in KEYS if values.get(key)}
