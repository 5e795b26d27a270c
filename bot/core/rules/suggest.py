"""From a false alarm to a change of its rule: an `unless` clause that tells it from the others, and a test.

A suggestion is a patch for the rule author to read and apply; nothing is changed by itself.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import unified_diff

from bot.core.marked_yaml import Node, parse
from bot.core.model import COMMON_SLOTS, Event, Label

MAX_SHARE = 0.5  # of the other alerts' events that may have the value too: beyond it the clause would silence them


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A proposed change of one rule file."""

    clause: str  # "visit: urgent", "" where no value tells the false alarm from the others
    reason: str
    text: str  # the whole file with the change
    patch: str  # unified diff, for `patch -p1` or `git apply`


def suggest(
    path: str, text: str, false_alarm: Event, others: Sequence[Event], *, sentence: str, published: date | None
) -> Suggestion:
    """Propose what would have kept a rule quiet about one event.

    Args:
        path: the rule's file, as it is called in the patch.
        text: its content.
        false_alarm: the event the alert rested on.
        others: events of the rule's other alerts, none of them false alarms: they should still alert.
        sentence: the article's words, for the test.
        published: when the article came out, None where nobody knows.
    """
    root = parse(text, path)
    chosen = _clause(root, false_alarm, others)
    lines = text.splitlines(keepends=True)
    insertions = [
        *_test_lines(root, false_alarm, sentence, published),
        *(_clause_lines(root, *chosen[:2]) if chosen else ()),
    ]
    for number, added in sorted(insertions, reverse=True):
        lines[number - 1 : number - 1] = [f"{line}\n" for line in added]
    changed = "".join(lines)
    patch = "".join(unified_diff(text.splitlines(keepends=True), lines, fromfile=f"a/{path}", tofile=f"b/{path}", n=3))
    clause = f"{chosen[0]}: {chosen[1]}" if chosen else ""
    return Suggestion(clause=clause, reason=_reason(chosen, len(others)), text=changed, patch=patch)


def _clause(root: Node, event: Event, others: Sequence[Event]) -> tuple[str, str, int] | None:
    """Return slot, value and how many of the others have it too, for the pair that fewest of them share."""
    match = _child(root, "match")
    if match is None:
        return None
    named = {*_keys(_child(match, "when")), *_keys(_child(match, "unless"))}
    counted = [
        (sum(_value(other, slot) == value for other in others), slot, value)
        for slot, value in _values(event)
        if slot not in named and (others or slot not in COMMON_SLOTS)  # a common slot alone says too little
    ]
    fitting = [entry for entry in counted if not others or entry[0] <= len(others) * MAX_SHARE]
    if not fitting:
        return None
    shared, slot, value = min(fitting, key=lambda entry: (entry[0], entry[1] in COMMON_SLOTS, entry[1]))
    return slot, value, shared


def _values(event: Event) -> Iterator[tuple[str, str]]:
    for slot in (*event.slots, "publisher_role", "background"):
        value = _value(event, slot)
        if value is not None:
            yield slot, value


def _value(event: Event, slot: str) -> str | None:
    if slot == "publisher_role":
        return event.publisher_role
    held = event.background if slot == "background" else event.slots.get(slot)
    if isinstance(held, Label):
        return held.value
    return "true" if held is True else None


def _clause_lines(root: Node, slot: str, value: str) -> list[tuple[int, list[str]]]:
    match = _child(root, "match")
    unless = _child(match, "unless") if match else None
    if match is None:
        return []
    if unless is not None and match.keys["unless"].line < unless.line:
        return [(unless.line, [f"{' ' * (unless.column - 1)}{slot}: {value}"])]
    if unless is not None:
        return []  # written on one line: left to the author
    first = min(match.keys.values(), key=lambda key: key.line)
    indent = " " * (first.column - 1)
    return [(first.line + 1, [f"{indent}unless:", f"{indent}  {slot}: {value}"])]


def _test_lines(root: Node, event: Event, sentence: str, published: date | None) -> list[tuple[int, list[str]]]:
    tests = _child(root, "tests")
    if tests is None or not isinstance(tests.value, list) or not tests.value:
        return []
    first = tests.value[0]
    indent = " " * (first.column - 3)
    lines = [f"{indent}- text: {json.dumps(sentence, ensure_ascii=False)}"]
    if published is not None:
        lines.append(f"{indent}  published: {published}")
    if event.publisher_role != "other":
        lines.append(f"{indent}  publisher_role: {event.publisher_role}")
    return [(first.line, [*lines, f"{indent}  expect: no alert"])]


def _reason(chosen: tuple[str, str, int] | None, others: int) -> str:
    if chosen is None:
        return "no value tells this event from those that should alert: only the test is proposed; the clause is yours"
    slot, value, shared = chosen
    return f"{slot} is {value} here, and in {shared} of the {others} other alerts of the rule"


def _child(node: Node, key: str) -> Node | None:
    return node.value.get(key) if isinstance(node.value, dict) else None


def _keys(node: Node | None) -> tuple[str, ...]:
    return tuple(node.value) if node is not None and isinstance(node.value, dict) else ()
