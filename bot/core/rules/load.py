"""Reads rule files into rules, with every fault of every file in one go."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.core.marked_yaml import Faults, Node, parse, suggestion
from bot.core.model import COMMON_SLOTS, EventType, Outcome, Severity, SlotKind, SlotType, SlotValue
from bot.core.rules.clauses import Slots, compile_clauses, join, slots_of
from bot.core.rules.compare import Registry, Surroundings
from bot.core.rules.intervals import BusinessDays
from bot.core.rules.language import (
    KIND_KEYS,
    STORY,
    Absence,
    Condition,
    Contradiction,
    Count,
    Deadline,
    Kind,
    Match,
    Rule,
    RuleTest,
    Selector,
    Stage,
    Telling,
    Told,
    ValueChange,
)
from bot.core.rules.reading import Reader
from bot.core.rules.say import QUOTE, TemplateError, holes
from bot.core.rules.shape import KINDS, PER_SLOTS
from bot.core.rules.values import length_days, slot_value
from bot.errors import Fault, RuleFileError

UNREAL_STANCES = ("required", "planned", "hypothetical", "denied")
"""A law, a plan, a hypothesis or a denial is no breach: they set off no rule that does not ask for them."""

UNREAL_IN_HISTORY = ("required", "hypothetical", "denied")
"""What opens and closes the time that is watched, and what is held against another word, may be a plan."""

SAYABLE: Mapping[type[Kind], tuple[str, ...]] = {
    Match: (QUOTE,),
    Count: (QUOTE, "count", "since", "until"),
    Absence: (QUOTE, "days", "since", "until"),
    Deadline: (QUOTE, "due", "days", "stage"),
    Contradiction: (QUOTE, "values", "count"),
    ValueChange: (QUOTE, "values"),
}
"""What `say:` may show besides slots, by the kind of rule."""

_UNVERSIONED = ("tests", "unproved")  # a proof changes nothing that a rule says
_VERSION_HEX = 12  # hex digits of sha256: the rule version that alerts name


@dataclass(frozen=True, kw_only=True, slots=True)
class Dictionary:
    """What rules are checked against: event types, calendars, names, channels."""

    event_types: Mapping[str, EventType]
    calendar: Callable[[str], BusinessDays | None]  # "" for the default; None for an unknown id
    calendar_ids: tuple[str, ...]
    names: Registry
    channels: tuple[str, ...] | None  # None: not known, so not checked
    slots: dict[tuple[str, ...], Slots] = field(default_factory=dict, compare=False)  # that were looked up, by types
    guards: dict[tuple[str, ...], Condition] = field(default_factory=dict, compare=False)  # that were made, by stances

    def slots_for(self, types: tuple[str, ...]) -> Slots:
        """Return the slots that events of these types have."""
        if types not in self.slots:
            self.slots[types] = slots_of({name: self.event_types[name].slots for name in types}, types)
        return self.slots[types]


def load_rules(files: Mapping[str, str], dictionary: Dictionary) -> tuple[tuple[Rule, ...], tuple[Fault, ...]]:
    """Read every rule file; a file with a fault gives no rule and stops no other.

    Args:
        files: path → text, rule files only.
        dictionary: what the rules may speak of.

    Returns:
        The rules in order of their ids, and every fault, sorted.
    """
    rules: dict[str, Rule] = {}
    faults: list[Fault] = []
    for path in sorted(files):
        found = Faults()
        rule = _load_file(path, files[path], dictionary, found)
        if rule is not None and rule.id in rules:
            other = rules[rule.id].path
            found.all.append(Fault(path=path, line=1, column=1, message=f"rule '{rule.id}' is already in {other}"))
        if rule is not None and not found.all:
            rules[rule.id] = rule
        faults.extend(found.all)
    return tuple(rules[key] for key in sorted(rules)), tuple(sorted(set(faults)))


def _load_file(path: str, text: str, dictionary: Dictionary, faults: Faults) -> Rule | None:
    try:
        node = parse(text, path, faults)
    except RuleFileError as error:
        faults.extend(error.faults)
        return None
    try:
        return _RuleReader(node, dictionary, faults).rule()
    except RuleFileError:
        return None


class _RuleReader:
    """Builds one rule from its node."""

    def __init__(self, node: Node, dictionary: Dictionary, faults: Faults) -> None:
        self.root = Reader(node, "rule", faults)
        self.dictionary = dictionary
        self.faults = faults
        self.path = node.path
        calendar = dictionary.calendar(self.root.text("calendar"))
        if calendar is None:
            name = self.root.children["calendar"]
            hint = suggestion(str(name.value), dictionary.calendar_ids)
            hint = hint or f"; known: {', '.join(dictionary.calendar_ids)}"
            faults.add(name, f"no calendar is called '{name.value}'{hint}")
            calendar = dictionary.calendar("")
        if calendar is None:
            faults.add(node, "rules/calendars.yaml did not load, so no rule can")
            faults.raise_if_any()
            raise AssertionError("unreachable: a fault was just noted")
        self.calendar = calendar
        self.around = Surroundings(calendar=calendar, names=dictionary.names, faults=faults)

    def rule(self) -> Rule:
        """Return the rule.

        Raises:
            RuleFileError: when a fault was noted.
        """
        root, faults = self.root, self.faults
        self._check_id()
        self._check_jurisdiction()
        kind = self._kind()
        alert = self._telling(kind)
        tests = tuple(self._test(node, kind) for node in root.words("tests"))
        window = Reader(root.children["in_force"], "in_force", faults) if root.has("in_force") else None
        in_force = self._in_force(window) if window else (None, None)
        recent = root.days("recent")
        faults.raise_if_any()
        if kind is None or alert is None:
            raise AssertionError("a kind or alert is missing without a fault")
        return Rule(
            id=root.text("rule"),
            title=root.text("title"),
            status=root.text("status"),
            severity=Severity(root.text("severity")),
            why=root.text("why"),
            law=root.text("law"),
            in_force=in_force,
            recent_days=recent or 0,
            calendar=self.calendar.name,
            jurisdiction=root.text("jurisdiction"),
            kind=kind,
            alert=alert,
            tests=tests,
            unproved=self._unproved(),
            path=self.path,
            line=root.children["rule"].line,
            version=_version(root.node),
        )

    def _in_force(self, window: Reader) -> tuple[date | None, date | None]:
        first, last = window.day("from"), window.day("to")
        if first is not None and last is not None and last < first:
            self.faults.add(window.children["to"], f"the law ends on {last}, before it begins on {first}")
        return first, last

    def _check_id(self) -> None:
        node = self.root.children.get("rule")
        stem = self.path.rsplit("/", 1)[-1].removesuffix(".yaml")
        if node is None:
            return
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", str(node.value)):
            self.faults.add(node, f"'{node.value}' is no rule id; use small letters, digits and hyphens")
        elif node.value != stem:
            self.faults.add(node, f"rule '{node.value}' stands in a file called '{stem}.yaml'; make them equal")

    def _check_jurisdiction(self) -> None:
        code = self.root.text("jurisdiction")
        if code and not re.fullmatch(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", code):
            node = self.root.children["jurisdiction"]
            self.faults.add(
                node, f"'{code}' is no jurisdiction; write a country, or one with its state: US, US-CA, GB-ENG"
            )

    # The kinds

    def _kind(self) -> Kind | None:
        present = [key for key in KINDS if self.root.has(key)]
        if not present:
            if not any(key in self.root.node.keys for key in KINDS):
                self.faults.add(self.root.node, f"the rule has no kind; add one of {', '.join(KINDS)}")
            return None
        if len(present) > 1:
            node = self.root.node.keys[present[1]]
            self.faults.add(node, f"a rule has one kind; it has {' and '.join(present)}")
        builders: Mapping[str, Callable[[Node], Kind | None]] = {
            "match": self._match,
            "count": self._count,
            "absence": self._absence,
            "deadline": self._deadline,
            "contradiction": self._contradiction,
            "change": self._change,
        }
        return builders[present[0]](self.root.children[present[0]])

    def _match(self, node: Node) -> Match | None:
        of = self._selector(node)
        return Match(of=of) if of else None

    def _count(self, node: Node) -> Count | None:
        reader = Reader(node, "count", self.faults)
        of = self._named(reader, "of")
        at_least, within, per = reader.number("at_least"), reader.days("within", least=1), self._per(reader)
        if of is None or within is None:
            return None
        return Count(of=of, at_least=at_least, within_days=within, per=per)

    def _absence(self, node: Node) -> Absence | None:
        reader = Reader(node, "absence", self.faults)
        of = self._named(reader, "of")
        length = reader.days("for", least=1)
        while_ = Reader(reader.children["while"], "while", self.faults) if reader.has("while") else None
        started = self._named(while_, "started_by", history=True) if while_ else None
        ended = self._named(while_, "ended_by", history=True) if while_ else None
        covered, per = reader.flag("only_if_covered"), self._per(reader)
        if of is None or length is None:
            return None
        return Absence(
            of=of,
            for_days=length,
            per=per,
            started_by=started,
            ended_by=ended,
            only_if_covered=covered,
        )

    def _deadline(self, node: Node) -> Deadline | None:
        reader = Reader(node, "deadline", self.faults)
        starts = self._named(reader, "starts_with", history=True)
        met = self._named(reader, "met_by")
        names = ("moved_by", "told_by", "broken_by")
        moved, told, broken = (self._named(reader, name, history=True) for name in names)
        due = self._due(reader, starts)
        remind = [reader.length(part, str(part.value)) or 0 for part in reader.words("remind")]
        stages = tuple(stage for part in reader.words("stages") if (stage := self._stage(part)))
        grace, within = reader.days("grace"), reader.days("broken_within")
        covered, per = reader.flag("only_if_covered"), self._per(reader)
        if starts is None or met is None or due is None:
            return None
        return Deadline(
            starts_with=starts,
            due_days=due[0],
            due_business=due[1],
            due_slot=due[2],
            grace_days=grace or 0,
            met_by=met,
            moved_by=moved,
            told_by=told,
            broken_by=broken,
            broken_within_days=within or 0,
            per=per,
            remind_days=tuple(sorted(set(remind), reverse=True)),
            stages=stages,
            otherwise=reader.text("otherwise"),
            only_if_covered=covered,
        )

    def _due(self, reader: Reader, starts: Selector | None) -> tuple[int | None, bool, str | None] | None:
        node = reader.children.get("due")
        if node is None or starts is None:
            return None
        words = str(node.value)
        if words[:1].isdigit():
            read = length_days(words)
            if isinstance(read, str):
                self.faults.add(node, read)
                return None
            return read[0], read[1], None
        slots = self._slots(starts)
        dates = [name for name, slot in slots.items() if slot.kind is SlotKind.DATE]
        if words not in dates:
            hint = suggestion(words, dates) or f"; it has {', '.join(dates)}"
            self.faults.add(node, f"'due' must be a length or a date slot of {_types(starts)}, not '{words}'{hint}")
            return None
        return None, False, words

    def _stage(self, node: Node) -> Stage | None:
        reader = Reader(node, "stage", self.faults)
        after = self._named(reader, "after", history=True)
        return Stage(after=after, say=reader.text("say")) if after else None

    def _contradiction(self, node: Node) -> Contradiction | None:
        reader = Reader(node, "contradiction", self.faults)
        of = self._named(reader, "of", history=True)
        against = self._named(reader, "against", history=True)
        measured = self._named(reader, "measured_from", history=True)
        slots = self._known_slots(reader, "slot", of)
        by = self._known_slots(reader, "by", of)
        same = self._known_slots(reader, "same", of)
        pairs = tuple(self._pair(part, of, slots) for part in reader.words("opposites"))
        within, per = reader.days("within") or 0, self._per(reader)
        apart, ahead = reader.days("apart"), reader.days("ahead_within")
        if of is None:
            return None
        if not slots and against is None:
            self.faults.add(node, "a contradiction needs 'slot' (on which two articles disagree) or 'against'")
        return Contradiction(
            of=of,
            against=against,
            slots=slots,
            opposites=pairs,
            measured_from=measured,
            within_days=within,
            apart_days=apart or 0,
            ahead_within_days=ahead,
            per=per,
            by=by,
            same=same,
            compare=reader.text("compare"),
        )

    def _pair(self, node: Node, of: Selector | None, slots: tuple[str, ...]) -> tuple[str, str]:
        words = [str(word.value) for word in node.value] if isinstance(node.value, list) else []
        if len(words) != 2:  # noqa: PLR2004  # a pair
            self.faults.add(node, "'opposites' needs pairs such as [held, cancelled]")
            return "", ""
        types = self._slots(of) if of else {}
        known = [value for name in slots if name in types for value in types[name].values]
        for word in words:
            if known and word not in known:
                hint = suggestion(word, known) or f"; one of {', '.join(known)}"
                self.faults.add(node, f"'{word}' is no value of '{' or '.join(slots)}'{hint}")
        return words[0], words[1]

    def _change(self, node: Node) -> ValueChange | None:
        reader = Reader(node, "change", self.faults)
        of = self._named(reader, "of")
        slots, by = self._known_slots(reader, "slot", of), self._known_slots(reader, "by", of)
        per = self._per(reader)
        if of is None or not slots:
            return None
        return ValueChange(of=of, slot=slots[0], per=per, by=by[0] if by else None)

    # Parts of kinds

    def _named(self, reader: Reader, key: str, *, history: bool = False) -> Selector | None:
        return self._selector(reader.children[key], history=history) if reader.has(key) else None

    def _selector(self, node: Node, *, history: bool = False) -> Selector | None:
        reader = Reader(node, "selector", self.faults)
        names = tuple(str(part.value) for part in reader.words("event") if self._knows_type(part))
        if not names:
            return None
        slots = self.dictionary.slots_for(names)
        types = " and ".join(names)
        when, unless = (
            compile_clauses(reader.children[key], slots, types, self.around, unless=key == "unless")
            if reader.has(key)
            else None
            for key in ("when", "unless")
        )
        spoken = frozenset().union(*(part.slots for part in (when, unless) if part))
        if "stance" not in spoken:
            guard = self._guard(UNREAL_IN_HISTORY if history else UNREAL_STANCES)
            unless = guard if unless is None else join([unless, guard], "or")
        english = _english(types, when, unless if reader.has("unless") else None)
        return Selector(types=names, when=when, unless=unless, english=english, line=node.line)

    def _guard(self, stances: tuple[str, ...]) -> Condition:
        guards = self.dictionary.guards
        if stances not in guards:
            guards[stances] = _unreal(stances, self.around)
        return guards[stances]

    def _knows_type(self, node: Node) -> bool:
        known = self.dictionary.event_types
        if str(node.value) in known:
            return True
        hint = suggestion(str(node.value), tuple(known)) or f"; known: {', '.join(sorted(known))}"
        self.faults.add(node, f"there is no event type '{node.value}'{hint}")
        return False

    def _slots(self, of: Selector) -> Slots:
        return self.dictionary.slots_for(of.types)

    def _known_slots(self, reader: Reader, key: str, of: Selector | None) -> tuple[str, ...]:
        slots = self._slots(of) if of else {}
        names = []
        for node in reader.words(key):
            if of is not None and node.value not in slots:
                hint = suggestion(str(node.value), tuple(slots)) or f"; it has {', '.join(sorted(slots))}"
                self.faults.add(node, f"{_types(of)} has no slot '{node.value}'{hint}")
            names.append(str(node.value))
        return tuple(names)

    def _per(self, reader: Reader, key: str = "per", known: tuple[str, ...] = PER_SLOTS) -> tuple[str, ...]:
        names = []
        for node in reader.words(key):
            if node.value not in known:
                hint = suggestion(str(node.value), known) or f"; one of {', '.join(known)}"
                self.faults.add(node, f"'{node.value}' cannot keep histories apart{hint}")
            elif node.value in names:
                self.faults.add(node, f"'{node.value}' stands twice in '{key}'")
            names.append(str(node.value))
        return tuple(names)

    # Telling and proof

    def _telling(self, kind: Kind | None) -> Telling | None:
        if not self.root.has("alert"):
            return None
        reader = Reader(self.root.children["alert"], "alert", self.faults)
        slots = self._all_slots(kind)
        once = self._per(reader, "once_per", (*PER_SLOTS, *_once_per(slots)) if isinstance(kind, Match) else PER_SLOTS)
        again = reader.days("again_after", least=1)
        raises = self._raises(reader, slots, kind)
        self._check_channel(reader)
        # Where its events are not known, a fault for each of their slots would hide why.
        self._check_template(reader, (*slots, *SAYABLE[type(kind)]) if kind else None)
        if kind is None:
            return None
        return Telling(
            once_per=once or getattr(kind, "per", ()),
            again_after_days=again,
            raise_to=raises,
            channel=reader.text("channel"),
            say=reader.text("say"),
        )

    def _all_slots(self, kind: Kind | None) -> Slots:
        selectors = [getattr(kind, name, None) for name in ("of", "starts_with", "against")] if kind else []
        slots: dict[str, SlotType] = {}
        for selector in selectors:
            if selector is not None:
                slots.update(self._slots(selector))
        return slots or COMMON_SLOTS

    def _raises(self, reader: Reader, slots: Slots, kind: Kind | None) -> tuple[tuple[Severity, Condition], ...]:
        node = reader.children.get("raise_to")
        if node is None or kind is None or not isinstance(node.value, dict):
            return ()
        raises = []
        for key, child in node.value.items():
            severities = tuple(severity.value for severity in Severity)
            if key not in severities:
                hint = suggestion(key, severities) or f"; one of {', '.join(severities)}"
                self.faults.add(node.keys[key], f"'{key}' is no severity{hint}")
                continue
            own = self.root.text("severity")
            if own in severities and Severity(key).rank <= Severity(own).rank:
                self.faults.add(node.keys[key], f"'{key}' is no worse than the rule's own severity, {own}")
            condition = compile_clauses(child, slots, "the event", self.around, unless=False)
            if condition is not None:
                raises.append((Severity(key), condition))
        return tuple(sorted(raises, key=lambda pair: -pair[0].rank))

    def _check_channel(self, reader: Reader) -> None:
        known = self.dictionary.channels
        node = reader.children.get("channel")
        if known is not None and node is not None and node.value not in known:
            hint = suggestion(str(node.value), known) or f"; known: {', '.join(known)}"
            self.faults.add(node, f"no channel is called '{node.value}' in channels.yaml{hint}")

    def _check_template(self, reader: Reader, known: tuple[str, ...] | None) -> None:
        node = reader.children.get("say")
        if node is None:
            return
        try:
            shown = tuple(holes(str(node.value)))
        except TemplateError as error:
            self.faults.add(node, f"'say' {error}")
            return
        for hole in shown:
            others = [KIND_KEYS[kind] for kind, names in SAYABLE.items() if hole.name in names]
            if known is None or hole.name in known:
                continue
            if others:
                self.faults.add(node, f"'say' shows {{{hole.name}}}, which only {' and '.join(others)} rules fill")
            else:
                hint = suggestion(hole.name, known) or f"; known: {', '.join(sorted(known))}"
                self.faults.add(node, f"'say' shows {{{hole.name}}}, which is no slot of the event{hint}")

    def _test(self, node: Node, kind: Kind | None) -> RuleTest:
        reader = Reader(node, "test", self.faults)
        given = [key for key in ("text", "event", "history") if reader.has(key)]
        if len(given) != 1:
            self.faults.add(node, "a test needs exactly one of 'text', 'event' and 'history'")
        outcome = reader.text("expect")
        values = self._test_values(reader.children["event"], kind) if reader.has("event") else {}
        told = [self._told(part) for part in reader.words("history")]
        return RuleTest(
            expect=Outcome(outcome) if outcome in set(Outcome) else Outcome.NO_ALERT,
            line=node.line,
            text=reader.text("text"),
            published=reader.day("published"),
            values=values,
            history=tuple(each for each in told if each is not None),
            severity=Severity(reader.text("severity")) if reader.has("severity") else None,
            reminders=reader.number("reminders", least=0) if reader.has("reminders") else None,
            as_of=reader.day("as_of"),
            publisher_role=reader.text("publisher_role"),
            region=reader.text("region"),
            name=reader.text("name"),
        )

    def _told(self, node: Node) -> Told | None:
        reader = Reader(node, "telling", self.faults)
        on = reader.day("published")
        if reader.has("text") == reader.has("event"):
            self.faults.add(node, "each article of a history needs 'text' or 'event'")
        role = reader.text("publisher_role")
        kind, values = self._typed_values(reader.children["event"]) if reader.has("event") else ("", {})
        if on is None:
            return None
        if not reader.has("event"):
            return Told(on=on, text=reader.text("text"), publisher_role=role)
        return Told(on=on, type=kind, values=values, publisher_role=role)

    def _typed_values(self, node: Node) -> tuple[str, Mapping[str, SlotValue]]:
        children = node.value if isinstance(node.value, dict) else {}
        kind = children.get("type")
        if kind is None:
            self.faults.add(node, "the event needs its 'type'")
            return "", {}
        if not self._knows_type(kind):
            return "", {}
        return str(kind.value), self._values(node, self.dictionary.slots_for((str(kind.value),)))

    def _test_values(self, node: Node, kind: Kind | None) -> Mapping[str, SlotValue]:
        if kind is None:
            return {}
        return self._values(node, self._all_slots(kind))

    def _values(self, node: Node, slots: Slots) -> Mapping[str, SlotValue]:
        values: dict[str, SlotValue] = {}
        for key, child in (node.value if isinstance(node.value, dict) else {}).items():
            slot = slots.get(key)
            if key == "type":
                continue
            if slot is None:
                hint = suggestion(key, tuple(slots)) or f"; it has {', '.join(sorted(slots))}"
                self.faults.add(node.keys[key], f"the event of this test has no slot '{key}'{hint}")
                continue
            words = ", ".join(str(part.value) for part in child.value) if isinstance(child.value, list) else child.value
            value = slot_value(str(words), slot)
            if isinstance(value, str):
                self.faults.add(child, value)
            else:
                values[key] = value
        return values

    def _unproved(self) -> Mapping[str, str]:
        readers = [Reader(node, "unproved", self.faults) for node in self.root.words("unproved")]
        return {reader.text("mutant"): reader.text("because") for reader in readers}


def _once_per(slots: Slots) -> tuple[str, ...]:
    return (STORY, *sorted(set(slots) - set(PER_SLOTS)))


def _unreal(stances: tuple[str, ...], around: Surroundings) -> Condition:
    parts = [Node(path="", line=0, column=0, value=name, keys={}) for name in stances]
    stance = Node(path="", line=0, column=0, value=parts, keys={})
    node = Node(path="", line=0, column=0, value={"stance": stance}, keys={"stance": stance})
    guard = compile_clauses(node, COMMON_SLOTS, "the event", around, unless=True)
    if guard is None:
        raise AssertionError("the guard against unreal stances does not compile")
    return guard


def _english(types: str, when: Condition | None, unless: Condition | None) -> str:
    words = types.replace("_", " ")
    if when is not None:
        words += f" where {when.english}"
    if unless is not None:
        words += f", unless {unless.english}"
    return words


def _types(selector: Selector) -> str:
    return " and ".join(selector.types)


def _version(root: Node) -> str:
    values = root.value if isinstance(root.value, dict) else {}
    content = {key: _plain(child) for key, child in values.items() if key not in _UNVERSIONED}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_HEX]


def _plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {key: _plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(child) for child in node.value]
    return node.value
