"""Small lies about a rule, to see whether its own tests notice: limits moved by one, clauses dropped, signs turned."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from bot.core.marked_yaml import Node, parse
from bot.core.model import Event
from bot.core.rules.language import Rule, RuleTest
from bot.core.rules.load import UNREAL_STANCES, Dictionary, load_rules
from bot.core.rules.proof import Extract, events_of, prove_one
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.shape import KINDS

Plain = str | list["Plain"] | dict[str, "Plain"]
"""What a rule file says, without places."""

_CLAUSES = ("when", "unless")
_OPTIONAL = ("ended_by", "moved_by", "broken_by", "unless", "by", "while", "remind")
_GATES = ("in_force", "jurisdiction")
_UNSEEN = ("told_by", "stages")  # they add words to an alert; no outcome depends on them
_LENGTHS = ("for", "within", "apart", "ahead_within", "due", "grace", "broken_within", "at_least", "recent")
_LIMIT = re.compile(r"(?P<sign>>=|<=|>|<|=)?\s*(?P<before>[^\d]{0,3})(?P<number>\d[\d,]*)(?P<rest>.*)", re.DOTALL)
_TURNED = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_NUDGED = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One lie about a rule."""

    name: str  # "match.when.wait: > 10 business days → > 11 business days"
    content: Mapping[str, Plain]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How well a rule's tests pin it down."""

    rule: str
    mutants: int
    survivors: tuple[str, ...]  # that no test noticed, and that the rule gives no reason for
    excused: tuple[str, ...]  # that no test noticed, with a reason in the rule

    @property
    def share(self) -> float:
        """Return the share of mutants that were noticed or excused."""
        return 1.0 if not self.mutants else 1 - len(self.survivors) / self.mutants


def score(rule: Rule, text: str, rulebook: Rulebook, extract: Extract, dictionary: Dictionary) -> Score:
    """Run a rule's tests against every mutant of it.

    Args:
        rule: as loaded.
        text: of its file.
        rulebook: where it belongs.
        extract: from an article to its events.
        dictionary: what rules may speak of.
    """
    every = [(test, events_of(rule, test, rulebook, extract)) for test in rule.tests]
    # A test that fails anyway notices nothing.
    told = [(test, events) for test, events in every if prove_one(rule, test, events, rulebook).holds]
    found = list(mutants(text, rule.path))
    alive = [mutant.name for mutant in found if not _is_noticed(mutant, rule, told, rulebook, dictionary)]
    return Score(
        rule=rule.id,
        mutants=len(found),
        survivors=tuple(name for name in alive if name not in rule.unproved),
        excused=tuple(name for name in alive if name in rule.unproved),
    )


def mutants(text: str, path: str) -> Iterator[Mutant]:
    """Yield every mutant of a rule file."""
    content = cast("dict[str, Plain]", plain(parse(text, path)))
    for name, changed in _mutated(content, ""):
        yield Mutant(name=name, content=cast("dict[str, Plain]", changed))


def plain(node: Node) -> Plain:
    """Return what a node says, without places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def _is_noticed(
    mutant: Mutant,
    rule: Rule,
    told: Sequence[tuple[RuleTest, tuple[Event, ...]]],
    rulebook: Rulebook,
    dictionary: Dictionary,
) -> bool:
    rules, _ = load_rules({rule.path: json.dumps(mutant.content)}, dictionary)
    if not rules:
        return True  # it does not even load
    return any(not prove_one(rules[0], test, events, rulebook).holds for test, events in told)


def _mutated(content: Plain, place: str) -> Iterator[tuple[str, Plain]]:
    """Yield copies of the content with one change each, below the kind, the law's dates and what raises an alert."""
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        where = f"{place}.{key}" if place else key
        if key in _UNSEEN or (not place and key not in {*KINDS, *_GATES, "recent", "alert"}):
            continue
        for name, changed in _changes(key, value, where):
            yield name, {**content, key: changed}
        if _may_go(key, place):
            yield f"{where}: dropped", {other: part for other, part in content.items() if other != key}


def _may_go(key: str, place: str) -> bool:
    return key in _OPTIONAL if place else key in _GATES


def _changes(key: str, value: Plain, where: str) -> Iterator[tuple[str, Plain]]:
    if key in _CLAUSES:
        yield from _clauses(value, where)
    elif isinstance(value, dict):
        yield from _raises(value, where) if key == "alert" else _mutated(value, where)
    elif isinstance(value, str):
        yield from _moved(value, where) if key in _LENGTHS else ()
    elif key in {"stages", "opposites", "remind"} and len(value) > 1:
        for place in range(len(value)):
            yield f"{where}[{place}]: dropped", [*value[:place], *value[place + 1 :]]


def _raises(alert: dict[str, Plain], where: str) -> Iterator[tuple[str, Plain]]:
    raises = alert.get("raise_to")
    if not isinstance(raises, dict):
        return
    yield f"{where}.raise_to: dropped", {key: part for key, part in alert.items() if key != "raise_to"}
    for severity, clauses in raises.items():
        for name, changed in _clauses(clauses, f"{where}.raise_to.{severity}"):
            yield name, {**alert, "raise_to": {**raises, severity: changed}}


def _clauses(clauses: Plain, where: str) -> Iterator[tuple[str, Plain]]:
    if not isinstance(clauses, dict):
        return
    for key, value in clauses.items():
        place = f"{where}.{key}"
        if len(clauses) > 1 and not _is_default_stance(key, value):
            yield f"{place}: dropped", {other: part for other, part in clauses.items() if other != key}
        for name, changed in _values(value, place):
            yield name, {**clauses, key: changed}


def _is_default_stance(key: str, value: Plain) -> bool:
    # Without a word on stance these are kept out anyway.
    return key == "stance" and isinstance(value, list) and set(map(str, value)) == set(UNREAL_STANCES)


def _values(value: Plain, place: str) -> Iterator[tuple[str, Plain]]:
    if isinstance(value, str):
        yield from _compared(value, place)
    elif isinstance(value, dict):
        yield from _clauses(value, place)
    else:
        for number, part in enumerate(value):
            if len(value) > 1:
                yield f"{place}: {_short(part)} dropped", [*value[:number], *value[number + 1 :]]
            if isinstance(part, dict):
                for name, changed in _clauses(part, f"{place}[{number}]"):
                    yield name, [*value[:number], changed, *value[number + 1 :]]


def _compared(value: str, place: str) -> Iterator[tuple[str, Plain]]:
    match = _LIMIT.fullmatch(value.strip())
    if match is None or re.match(r"\d{4}-", value.strip()):
        return
    yield from _moved(value, place)
    sign = match["sign"]
    if sign in _TURNED:
        rest = value.strip()[len(sign) :]
        yield f"{place}: {value} → {_TURNED[sign]}{rest}", f"{_TURNED[sign]}{rest}"
        yield f"{place}: {value} → {_NUDGED[sign]}{rest}", f"{_NUDGED[sign]}{rest}"


def _moved(value: str, place: str) -> Iterator[tuple[str, Plain]]:
    match = _LIMIT.fullmatch(value.strip())
    if match is None:
        return
    number = int(match["number"].replace(",", ""))
    for moved in (number - 1, number + 1):
        if moved < 0:
            continue
        sign = f"{match['sign']} " if match["sign"] else ""
        changed = f"{sign}{match['before'].strip()}{moved}{match['rest']}"
        yield f"{place}: {value} → {changed}", changed


def _short(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value)
