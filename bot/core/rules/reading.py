"""Reads the nodes of a rule file against its shape, noting every fault and going on."""

from datetime import date

from bot.core.marked_yaml import Faults, Node, suggestion
from bot.core.rules.shape import SHAPES, Field, Form
from bot.core.rules.values import day, length_days

_MAPPINGS = frozenset({Form.SHAPE, Form.CLAUSES, Form.RAISES, Form.VALUES})
_LISTS = frozenset({Form.SHAPES, Form.PAIRS})
_LISTS_OR_WORDS = frozenset({Form.WORDS, Form.LENGTHS, Form.PER, Form.EVENT, Form.SLOTS})


class Reader:
    """One mapping of a rule file: its keys checked against the shape, its values read on request."""

    def __init__(self, node: Node, shape: str, faults: Faults) -> None:
        self.node = node
        self.faults = faults
        self.shape = SHAPES[shape]
        self.name = shape
        self.children: dict[str, Node] = {}
        if isinstance(node.value, dict):
            self.children = {key: child for key, child in node.value.items() if self._accepts(key, child)}
            self._require()
        else:
            faults.add(node, f"'{shape}' needs keys with values, such as {next(iter(self.shape))}: …")

    def has(self, key: str) -> bool:
        """Answer whether the key is there and of the right form."""
        return key in self.children

    def text(self, key: str) -> str:
        """Return words, the default where the key is absent."""
        child = self.children.get(key)
        return " ".join(str(child.value).split()) if child else self.shape[key].default

    def words(self, key: str) -> tuple[Node, ...]:
        """Return the nodes of one word or a list of words."""
        child = self.children.get(key)
        if child is None:
            return ()
        return tuple(child.value) if isinstance(child.value, list) else (child,)

    def number(self, key: str, *, least: int = 1) -> int:
        """Return a whole number, `least` after a fault."""
        words = self.text(key).replace(",", "")
        if words.isdecimal() and int(words) >= least:
            return int(words)
        if key in self.children:
            above = "above zero" if least else "of zero or more"
            self.faults.add(self.children[key], f"'{key}' must be a whole number {above}, not '{words}'")
        return least

    def flag(self, key: str) -> bool:
        """Return true or false."""
        words = self.text(key).lower()
        if words not in {"true", "false", "yes", "no"}:
            self.faults.add(self.children[key], f"'{key}' must be true or false, not '{words}'")
        return words in {"true", "yes"}

    def day(self, key: str) -> date | None:
        """Return a day, None where the key is absent."""
        child = self.children.get(key)
        if child is None:
            return None
        read = day(str(child.value))
        if read is None:
            self.faults.add(child, f"'{key}' must be a day such as 2022-07-01, not '{child.value}'")
        return read

    def days(self, key: str, *, least: int = 0) -> int | None:
        """Return a length in calendar days, None where the key is absent."""
        child = self.children.get(key)
        words = str(child.value) if child else self.shape[key].default
        return self.length(child or self.node, words, least=least) if words else None

    def length(self, node: Node, words: str, *, least: int = 0) -> int | None:
        """Read a length in calendar days."""
        read = length_days(words)
        if isinstance(read, str):
            self.faults.add(node, read)
            return None
        number, business = read
        if business:
            self.faults.add(node, f"'{words}': business days are not counted here; write it in days or weeks")
        if number < least:
            self.faults.add(node, f"'{words}': write at least {least} day, or leave the key out")
        return number

    def _require(self) -> None:
        present = self.node.value if isinstance(self.node.value, dict) else {}
        for key, field in self.shape.items():
            if field.required and key not in present:
                self.faults.add(self.node, f"'{key}' is missing: {field.about}")

    def _accepts(self, key: str, child: Node) -> bool:
        place = self.node.keys[key]
        field = self.shape.get(key)
        if field is None:
            hint = suggestion(key, tuple(self.shape)) or f"; known: {', '.join(self.shape)}"
            self.faults.add(place, f"unknown key '{key}' in '{self.name}'{hint}")
            return False
        wrong = _wrong_form(key, field, child)
        if wrong:
            self.faults.add(child, wrong)
        return not wrong


def _wrong_form(key: str, field: Field, child: Node) -> str:
    if field.form in _MAPPINGS:
        return (
            "" if isinstance(child.value, dict) and child.value else f"'{key}' needs keys with values{_such_as(field)}"
        )
    if field.form in _LISTS:
        empty = "is an empty list; write at least one, or leave the key out" if child.value == [] else "needs a list"
        return "" if isinstance(child.value, list) and child.value else f"'{key}' {empty}"
    if field.form in _LISTS_OR_WORDS and isinstance(child.value, list):
        words = all(isinstance(part.value, str) and part.value.strip() for part in child.value)
        return "" if words and child.value else f"'{key}' needs a word or a list of words"
    return _wrong_word(key, field, child)


def _such_as(field: Field) -> str:
    return f", such as {{{next(iter(SHAPES[field.shape]))}: …}}" if field.shape else ""


def _wrong_word(key: str, field: Field, child: Node) -> str:
    if not isinstance(child.value, str):
        return f"'{key}' needs one value"
    if not child.value.strip():
        return f"'{key}' is empty"
    if field.values and field.form is Form.WORD and child.value not in field.values:
        hint = suggestion(child.value, field.values) or f"; one of {', '.join(field.values)}"
        return f"'{child.value}' is no {key}{hint}"
    return ""
