"""Reads rules/events/*.yaml: every fault of every file in one go, each at file:line:col with a suggestion.

`_words.yaml` holds the word lists of all files, `_stance.yaml` the cues of stance and background, `_furniture.yaml`
what is on a page and not in its article, `_subject.yaml` what an article must speak of to be read, `_doubt.yaml` counts
of words in labelled sentences; every other file is one event type and may add lists of its own.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from itertools import zip_longest

from bot.core.events.computed import BETWEEN, LONGER, PUBLISHED, WAYS, Computed, Needs
from bot.core.events.definitions import (
    DUE,
    KEPT,
    Definition,
    EventTypes,
    Example,
    Fill,
    Furniture,
    LabelCue,
    Line,
    Pattern,
    Sought,
    StanceCue,
)
from bot.core.events.doubt import Counts, DoubtKind, Doubts
from bot.core.events.inflect import inflections
from bot.core.events.phrases import MAX_GAP, PhraseError, PhraseReader
from bot.core.events.subject import Subject
from bot.core.events.undone import HAPPENED, PARTY
from bot.core.marked_yaml import Faults, Node, parse, suggestion
from bot.core.model import COMMON_SLOTS, EventType, SlotKind, SlotType, Stance
from bot.core.text.sentences import SentenceKind
from bot.errors import RuleFileError

FOLDER = "rules/events/"
MAX_RECENT_DAYS = 3660  # days; what is older is history in any trade
MAX_SUBJECT_WORDS = 20  # that an article may be asked for
MAX_FROM_CHARS = 100_000
MAX_APART = 31  # days between two dates of one event; further apart there are two
MAX_COUNT = 10_000_000  # sentences that may have been counted
_SHARED = ("_words.yaml", "_stance.yaml", "_furniture.yaml", "_subject.yaml", "_doubt.yaml")
_TYPE_KEYS = (
    "event", "title", "description", "claim", "act", "ahead", "answers", "measured", "words", "slots", "requires",
    "excludes", "unless", "unless_sentence", "unless_clause", "sought", "undone", "told_by", "echoes", "leads_to",
    "apart", "done_by", "patterns", "labels", "background", "current", "recent_days", "examples", "not_examples",
)  # fmt: skip
_PATTERN_KEYS = (
    "match", "near", "set", "stance", "claim", "act", "ahead", "dated", "takes_date", "background", "unless",
    "unless_inside", "unless_sentence", "unless_clause", "needs", "needs_nearby", "follows", "requires", "same_clause",
    "before", "after", "past_due", "unless_since", "shares_but", "stands_in", "unit", "undone", "own_vetoes",
)  # fmt: skip
_STANCE_KEYS = (
    "set",
    "ignore",
    "cues",
    "direction",
    "until",
    "span",
    "only",
    "never",
    "claims",
    "carries",
    "firm",
    "norm",
)
_SLOT_KEYS = ("kind", "description", "values", "of", "single", "fill", "computed", "needed")
_SUBJECT_KEYS = ("speaks_of", "at_least", "from_chars")
_DOUBT_KEYS = ("event", "where", "below", "told", "tempting", "words")
_FURNITURE_KEYS = ("line_starts", "line_has", "sections", "tails")
_COMPUTED = {
    BETWEEN: Needs(of=SlotKind.DATE, gives=SlotKind.DURATION),
    LONGER: Needs(of=SlotKind.DURATION, gives=SlotKind.FLAG),
}
_DIRECTIONS = ("forward", "backward", "both")
TIME_UNITS = ("business_day", "day", "week", "month", "year", "hour", "minute")
_FLAGS = {"true": True, "false": False}


def load_event_types(files: Mapping[str, str]) -> EventTypes:
    """Read the event types out of the rule files.

    Args:
        files: path → content of every rule file; only those in rules/events/ are read.

    Raises:
        RuleFileError: with every fault of every file.
    """
    return _read(tuple((path, files[path]) for path in sorted(files) if _is_ours(path)))


@lru_cache(maxsize=KEPT)
def _read(files: tuple[tuple[str, str], ...]) -> EventTypes:
    faults = Faults()
    roots = {path: root for path, text in files if (root := _parsed(path, text, faults))}
    reader, lists = _read_lists(roots, faults)
    loader = _Loader(reader, faults)
    definitions = loader.definitions(roots)
    shared = {path.rpartition("/")[2]: root for path, root in roots.items()}
    stance, background, current = loader.stance(shared.get("_stance.yaml"), tuple(definitions))
    furniture = loader.furniture(shared.get("_furniture.yaml"))
    subject = loader.subject(shared.get("_subject.yaml"))
    doubts = loader.doubts(shared.get("_doubt.yaml"))
    faults.raise_if_any()
    return EventTypes(
        types={name: definition.type for name, definition in definitions.items()},
        definitions=definitions,
        stance=stance,
        background=background,
        current=current,
        furniture=furniture,
        subject=subject,
        doubts=doubts,
        lists=lists,
    )


def load_declarations(files: Mapping[str, str]) -> dict[str, EventType]:
    """Read which event types there are and what slots they have; their patterns, nearly all of the work, stay unread.

    Args:
        files: as `load_event_types` takes them.

    Raises:
        RuleFileError: with every fault of what was read.
    """
    faults = Faults()
    ours = [path for path in sorted(files) if _is_ours(path) and path.rpartition("/")[2] not in _SHARED]
    roots = {path: root for path in ours if (root := _parsed(path, files[path], faults))}
    loader = _Loader(PhraseReader({}), faults)
    found = [declared for path, root in roots.items() if (declared := loader.declaration(path, root))]
    faults.raise_if_any()
    return {declared.name: declared for declared in found}


def _is_ours(path: str) -> bool:
    return FOLDER in f"/{path}" and path.endswith((".yaml", ".yml"))


def _parsed(path: str, text: str, faults: Faults) -> Node | None:
    try:
        root = parse(text, path)
    except RuleFileError as error:
        faults.extend(error.faults)
        return None
    if not isinstance(root.value, dict):
        faults.add(root, "a file of rules/events/ is a mapping; begin with 'event: name'")
        return None
    return root


def _read_lists(roots: Mapping[str, Node], faults: Faults) -> tuple[PhraseReader, dict[str, Line]]:
    entries: dict[str, tuple[str, ...]] = {}
    nodes: dict[str, Node] = {}
    for path, root in roots.items():
        holder = root if path.endswith("/_words.yaml") else _mapping(root).get("words")
        for name, node in (_mapping(holder) if holder else {}).items():
            key = _mapping_keys(holder, name)
            if name in nodes:
                faults.add(key, f"list {name} stands in {nodes[name].path}:{nodes[name].line} already")
            elif not name.replace("_", "").isalnum() or name != name.upper():
                faults.add(key, f"list '{name}' needs a name in capitals, like PICKET")
            else:
                entries[name] = tuple(child.value for child in _listed(node) if isinstance(child.value, str))
                nodes[name] = key
    reader = PhraseReader(entries)
    lists: dict[str, Line] = {}
    for name, node in nodes.items():
        try:
            phrase = reader.read(f"${name}")
        except PhraseError as error:
            faults.add(node, str(error))
            continue
        lists[name] = Line(phrase=phrase, path=node.path, line=node.line, column=node.column)
    return reader, lists


def _mapping(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _mapping_keys(node: Node | None, name: str) -> Node:
    assert node is not None  # noqa: S101 (the caller iterates over its keys)
    return node.keys[name]


def _listed(node: Node | None) -> list[Node]:
    """Return the children of a list; a single value counts as a list of one."""
    if node is None:
        return []
    return node.value if isinstance(node.value, list) else [node]


def _statuses(slots: Mapping[str, SlotType]) -> tuple[str, ...]:
    return slots["status"].values if "status" in slots else ()


class _Loader:
    """Turns nodes into definitions, noting faults on the way."""

    def __init__(self, reader: PhraseReader, faults: Faults) -> None:
        self._reader = reader
        self._faults = faults

    def definitions(self, roots: Mapping[str, Node]) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        for path, root in roots.items():
            if path.rpartition("/")[2] in _SHARED:
                continue
            definition = self._definition(path, root)
            if definition is None:
                continue
            if definition.type.name in found:
                self._faults.add(root, f"event '{definition.type.name}' is declared twice")
            found[definition.type.name] = definition
        return found

    def stance(
        self, root: Node | None, types: tuple[str, ...]
    ) -> tuple[tuple[StanceCue, ...], tuple[Line, ...], tuple[Line, ...]]:
        top = _mapping(root)
        self._known_keys(root, ("stance", "background", "current"))
        cues = tuple(cue for node in _listed(top.get("stance")) if (cue := self._stance_cue(node, types)))
        return cues, self._lines(top.get("background")), self._lines(top.get("current"))

    def furniture(self, root: Node | None) -> Furniture:
        top = _mapping(root)
        self._known_keys(root, _FURNITURE_KEYS)
        return Furniture(**{key: self._lines(top.get(key)) for key in _FURNITURE_KEYS})

    def subject(self, root: Node | None) -> Subject:
        if root is None:
            return Subject()
        top = _mapping(root)
        self._known_keys(root, _SUBJECT_KEYS)
        lists = _mapping(top.get("speaks_of"))
        if not lists:
            holder = top.get("speaks_of") or root
            self._faults.add(holder, "'speaks_of' holds lists of words: {labour: [strike~, picket~]}")
        words = frozenset(form for each in lists.values() for node in _listed(each) for form in self._forms(node))
        return Subject(
            words=words,
            at_least=self._number(top.get("at_least"), root, "at_least", MAX_SUBJECT_WORDS),
            from_chars=self._number(top.get("from_chars"), root, "from_chars", MAX_FROM_CHARS, unit="characters"),
            place=f"{root.path}:{(top.get('at_least') or root).line}",
        )

    def doubts(self, root: Node | None) -> Doubts:
        """Read the counts; those of a type or label that there is no more are never asked for, and no fault."""
        self._known_keys(root, ("kinds",))
        return Doubts([self._doubt_kind(node) for node in _listed(_mapping(root).get("kinds"))])

    def _doubt_kind(self, node: Node) -> DoubtKind:
        inside = _mapping(node)
        self._known_keys(node, _DOUBT_KEYS)
        where = _mapping(inside.get("where")).items()
        return DoubtKind(
            event=self._text(inside.get("event")),
            where={slot: frozenset(self._text(value) for value in _listed(values)) for slot, values in where},
            below=self._limit(inside.get("below"), node),
            sentences=Counts(
                *(self._number(inside.get(key), node, key, MAX_COUNT, unit="sentences") for key in ("told", "tempting"))
            ),
            words=self._counted(inside.get("words"), node),
        )

    def _limit(self, node: Node | None, parent: Node) -> float:
        try:
            return float(self._text(node))
        except ValueError:
            self._faults.add(node or parent, "'below' is a number: the sum of weights under which an event is in doubt")
            return 0.0

    def _counted(self, node: Node | None, parent: Node) -> dict[bytes, Counts]:
        parts = self._text(node).split()
        words: dict[bytes, Counts] = {}
        for stem, counts in zip_longest(parts[::2], parts[1::2], fillvalue=""):
            told, _, tempting = counts.partition("/")
            if not (told.isdecimal() and tempting.isdecimal()):
                message = f"“{stem} {counts}” is no count; write `word told/tempting`: holds 0/12"
                self._faults.add(node or parent, message)
                break
            words[stem.encode()] = Counts(int(told), int(tempting))
        return words

    def _forms(self, node: Node) -> tuple[bytes, ...]:
        """Return the forms of one word of the subject."""
        text = self._text(node)
        word = text.removesuffix("~")
        if not word.replace("-", "").isalnum() or not word.isascii() or not word.islower():
            self._faults.add(
                node, f"'{text}' is no single word in small letters; write strike, or strike~ for its forms"
            )
            return ()
        return tuple(form.encode() for form in (inflections(word) if text.endswith("~") else (word,)))

    def declaration(self, path: str, root: Node) -> EventType | None:
        top = _mapping(root)
        name = self._name(path, root)
        if name is None:
            return None
        return EventType(
            name=name,
            title=self._text(top.get("title")) or name.replace("_", " "),
            description=self._text(top.get("description")),
            slots=self._slots(top.get("slots")),
            path=path,
            line=root.line,
        )

    def _definition(self, path: str, root: Node) -> Definition | None:
        top = _mapping(root)
        self._known_keys(root, _TYPE_KEYS)
        declared = self.declaration(path, root)
        if declared is None:
            return None
        slots = declared.slots
        known = ("article", "at_least", "in_long", "nearby", "close")
        article, at_least = self._gate(top.get("requires"), known)
        recent = top.get("recent_days")
        excluded, excludes_at_least = self._gate(top.get("excludes"), ("article", "at_least"))
        return Definition(
            type=declared,
            patterns=self._patterns(root, slots),
            claim=bool(self._flag(top.get("claim"))),
            act=bool(self._flag(top.get("act"))),
            answers=bool(self._flag(top.get("answers"))),
            measured=bool(self._flag(top.get("measured"))),
            ahead=self._flag(top.get("ahead")) is not False,
            requires_article=article,
            at_least=at_least,
            in_long=self._in_long(top.get("requires"), len(article)),
            excludes_article=excluded,
            excludes_at_least=excludes_at_least,
            requires_nearby=self._lines(_mapping(top.get("requires")).get("nearby")),
            requires_close=self._lines(_mapping(top.get("requires")).get("close")),
            unless=self._lines(top.get("unless")),
            unless_sentence=self._lines(top.get("unless_sentence")),
            unless_clause=self._lines(top.get("unless_clause"), same_clause=True),
            sought=self._sought(top["sought"]) if "sought" in top else None,
            labels=self._labels(top.get("labels"), slots),
            background=self._lines(top.get("background")),
            current=self._lines(top.get("current")),
            recent_days=self._number(recent, root, "recent_days", MAX_RECENT_DAYS) if recent else None,
            fills={name: self._fill(name, _mapping(_mapping(top.get("slots"))[name])) for name in slots},
            computed=self._computed(top.get("slots"), slots),
            needed=self._needed(top.get("slots"), slots),
            undone=self._undone(top.get("undone"), slots),
            told_by=self._told_by(top.get("told_by"), slots),
            echoes=self._echoes(top.get("echoes"), slots),
            leads_to=self._echoes(top.get("leads_to"), slots),
            apart=self._apart(top.get("apart"), slots),
            done_by=self._statuses(top["done_by"], slots) if "done_by" in top else frozenset(),
            examples=(*self._examples(top.get("examples"), slots), *self._not_examples(top.get("not_examples"))),
        )

    def _sought(self, node: Node) -> Sought:
        inside = _mapping(node)
        self._known_keys(node, ("after", "one_of", "within", "but"))
        after, one_of = self._lines(inside.get("after")), self._lines(inside.get("one_of"))
        if not after or not one_of:
            self._faults.add(node, "'sought' holds phrases: {after: [wait~ ...4 for], one_of: [a visit], within: 6}")
        within = self._number(inside.get("within"), node, "within", MAX_GAP)
        return Sought(after=after, one_of=one_of, within=within, but=self._lines(inside.get("but")))

    def _gate(self, node: Node | None, known: tuple[str, ...]) -> tuple[tuple[Line, ...], int]:
        """Read what the article must speak of, and of how much of it."""
        inside = _mapping(node)
        self._known_keys(node, known)
        article = self._lines(inside.get("article"))
        wanted = inside.get("at_least")
        at_least = self._number(wanted, wanted, "at_least", MAX_GAP) if wanted else 1
        if wanted and at_least > len(article):
            self._faults.add(wanted, f"'at_least' is {at_least} of {len(article)} phrases; a list counts as one")
        return article, at_least

    def _in_long(self, node: Node | None, most: int) -> int:
        """Read how much a long article must speak of."""
        wanted = _mapping(node).get("in_long")
        if wanted is None:
            return 0
        in_long = self._number(wanted, wanted, "in_long", MAX_GAP)
        if in_long > most:
            self._faults.add(wanted, f"'in_long' is {in_long} of {most} phrases; a list counts as one")
        return in_long

    def _name(self, path: str, root: Node) -> str | None:
        node = _mapping(root).get("event")
        if node is None or not isinstance(node.value, str):
            self._faults.add(root, "'event' is missing: the name of the type, the same as the file's")
            return None
        expected = path.rpartition("/")[2].rpartition(".")[0]
        if node.value != expected:
            self._faults.add(node, f"event '{node.value}' stands in the file {expected}.yaml; give both the same name")
        return node.value

    def _slots(self, node: Node | None) -> dict[str, SlotType]:
        slots: dict[str, SlotType] = {}
        for name, declared in _mapping(node).items():
            self._known_keys(declared, _SLOT_KEYS)
            inside = _mapping(declared)
            kind = self._one_of(inside.get("kind") or declared, [kind.value for kind in SlotKind], "kind of slot")
            if name in COMMON_SLOTS:
                self._faults.add(declared, f"every event has a slot '{name}'; give this one another name")
            if kind is None:
                continue
            values = tuple(self._text(child) for child in _listed(inside.get("values")))
            if kind in ("label", "labels") and not values:
                self._faults.add(declared, f"slot '{name}' is a {kind}: list its 'values'")
            description = self._text(inside.get("description"))
            slots[name] = SlotType(name=name, kind=SlotKind(kind), description=description, values=values)
        return slots

    def _needed(self, node: Node | None, slots: Mapping[str, SlotType]) -> frozenset[str]:
        flags = {name: self._flag(_mapping(declared).get("needed")) for name, declared in _mapping(node).items()}
        return frozenset(name for name, flag in flags.items() if flag and name in slots)

    def _undone(self, node: Node | None, slots: Mapping[str, SlotType]) -> frozenset[str]:
        known = (*slots, HAPPENED, PARTY)
        asked = (self._one_of(child, known, "slot of this event") for child in _listed(node))
        return frozenset(name for name in asked if name is not None)

    def _told_by(self, node: Node | None, slots: Mapping[str, SlotType]) -> dict[str, frozenset[str]]:
        """Read {mediation: [held]}; a type that there is none of tells nothing, and is no fault."""
        return {name: self._statuses(child, slots) for name, child in _mapping(node).items()}

    def _echoes(self, node: Node | None, slots: Mapping[str, SlotType]) -> dict[str, frozenset[str]]:
        self._known_keys(node, _statuses(slots))
        return {name: self._statuses(child, slots) for name, child in _mapping(node).items()}

    def _apart(self, node: Node | None, slots: Mapping[str, SlotType]) -> dict[str, int]:
        self._known_keys(node, _statuses(slots))
        days = _mapping(node).items()
        return {name: self._number(child, child, f"apart: {name}", MAX_APART, unit="days") for name, child in days}

    def _statuses(self, node: Node, slots: Mapping[str, SlotType]) -> frozenset[str]:
        asked = (self._one_of(child, _statuses(slots), "status of this event") for child in _listed(node))
        return frozenset(name for name in asked if name is not None)

    def _computed(self, node: Node | None, slots: Mapping[str, SlotType]) -> tuple[Computed, ...]:
        asked = ((name, _mapping(declared).get("computed")) for name, declared in _mapping(node).items())
        read = (self._worked_out(name, how, slots) for name, ways in asked if name in slots for how in _listed(ways))
        return tuple(computed for computed in read if computed is not None)

    def _worked_out(self, name: str, how: Node, slots: Mapping[str, SlotType]) -> Computed | None:
        """Read {between: [noted, happened]} or {longer: [wait, promised]}."""
        way, needs = next(
            ((way, needs) for way, needs in _COMPUTED.items() if way in _mapping(how)), (BETWEEN, _COMPUTED[BETWEEN])
        )
        self._known_keys(how, WAYS)
        parts = [self._text(part) for part in _listed(_mapping(how).get(way))]
        if len(parts) != 2:  # noqa: PLR2004  # two slots
            self._faults.add(how, f"write {{{way}: [SLOT, SLOT]}}, or one of {', '.join(WAYS)}")
            return None
        kinds = {**{key: slot.kind for key, slot in slots.items()}, "happened": SlotKind.DATE, PUBLISHED: SlotKind.DATE}
        for part in parts:
            if kinds.get(part) is not needs.of:
                fitting = [key for key, kind in kinds.items() if kind is needs.of]
                hint = suggestion(part, fitting) or f"; it has {', '.join(fitting)}"
                self._faults.add(how, f"'{part}' is no {needs.of.value} slot of this event{hint}")
        if slots[name].kind is not needs.gives:
            self._faults.add(how, f"'{way}' gives a {needs.gives.value}; slot '{name}' is a {slots[name].kind.value}")
        return Computed(slot=name, way=way, first=parts[0], second=parts[1])

    def _fill(self, name: str, inside: dict[str, Node]) -> Fill:
        of = self._lines(inside.get("of"))
        way = inside.get("fill")
        chosen = self._one_of(way, ("nearest", "kept", "nearby"), "way to fill") if way else None
        in_sentence = chosen == "nearest" or (chosen != "kept" and bool(of))
        single = self._lines(inside.get("single"))
        return Fill(slot=name, nearest=in_sentence, nearby=chosen == "nearby", of=of, single=single)

    def _patterns(self, root: Node, slots: Mapping[str, SlotType]) -> tuple[Pattern, ...]:
        node = _mapping(root).get("patterns")
        if node is None:
            self._faults.add(root, "'patterns' is missing: at least one entry with 'match' or 'near'")
        return tuple(pattern for child in _listed(node) if (pattern := self._pattern(child, slots)))

    def _pattern(self, node: Node, slots: Mapping[str, SlotType]) -> Pattern | None:
        if isinstance(node.value, str):
            return Pattern(path=node.path, line=node.line, triggers=self._triggers([node], slots))
        inside = _mapping(node)
        self._known_keys(node, _PATTERN_KEYS)
        clause = bool(self._flag(inside.get("same_clause")))
        in_rows = self._sentence_kinds(inside.get("stands_in")) == {SentenceKind.TABLE_ROW}
        triggers = self._triggers(_listed(inside.get("match")), slots, same_clause=clause, in_rows=in_rows)
        triggers += tuple(
            line for near in _listed(inside.get("near")) if (line := self._near(near, same_clause=clause))
        )
        if not ("match" in inside or "near" in inside):
            self._faults.add(node, "a pattern needs 'match' or 'near'")
            return None
        article, at_least = self._gate(inside.get("requires"), ("article", "at_least"))
        return Pattern(
            path=node.path,
            line=node.line,
            triggers=triggers,
            sets=self._sets(inside.get("set"), slots),
            stance=self._stance(inside.get("stance")),
            background=self._flag(inside.get("background")),
            claim=self._flag(inside.get("claim")),
            act=self._flag(inside.get("act")),
            ahead=self._flag(inside.get("ahead")),
            undone=bool(self._flag(inside.get("undone"))),
            own_vetoes=bool(self._flag(inside.get("own_vetoes"))),
            dated=bool(self._flag(inside.get("dated"))),
            takes_date=self._flag(inside.get("takes_date")) is not False,
            unless=self._lines(inside.get("unless")),
            unless_inside=self._lines(inside.get("unless_inside")),
            unless_sentence=self._lines(inside.get("unless_sentence")),
            unless_clause=self._lines(inside.get("unless_clause"), same_clause=True),
            needs=self._lines(inside.get("needs")),
            needs_nearby=self._lines(inside.get("needs_nearby")),
            follows=self._lines(inside.get("follows")),
            requires_article=article,
            at_least=at_least,
            before=self._kept(_listed(inside.get("before")), slots),
            after=self._kept(_listed(inside.get("after")), slots),
            past_due=self._past_due(inside.get("past_due"), slots),
            unless_since=self._lines(inside.get("unless_since")),
            shares_but=self._lines(inside.get("shares_but")),
            stands_in=self._sentence_kinds(inside.get("stands_in")),
            unit=self._one_of(inside.get("unit"), TIME_UNITS, "unit of time") or "",
        )

    def _sentence_kinds(self, node: Node | None) -> frozenset[SentenceKind]:
        known = [kind.value for kind in SentenceKind]
        chosen = (self._one_of(child, known, "kind of sentence") for child in _listed(node))
        return frozenset(SentenceKind(name) for name in chosen if name is not None)

    def _triggers(
        self, nodes: list[Node], slots: Mapping[str, SlotType], *, same_clause: bool = False, in_rows: bool = False
    ) -> tuple[Line, ...]:
        """Read what gives an event away; the rows of a table are so few that any phrase may be tried on them."""
        lines = self._kept(nodes, slots, same_clause=same_clause)
        for line, node in zip(lines, nodes, strict=False):
            if not line.phrase.literal and not in_rows:
                self._faults.add(node, f"'{line.phrase.text}' has no word of three letters that must occur; add one")
        return lines

    def _kept(self, nodes: list[Node], slots: Mapping[str, SlotType], *, same_clause: bool = False) -> tuple[Line, ...]:
        """Read phrases that may keep places as slots."""
        lines = tuple(line for node in nodes if (line := self._line(node, same_clause=same_clause)))
        for line, node in zip(lines, nodes, strict=False):
            for slot in line.phrase.slots:
                if slot not in slots and slot != "happened":
                    hint = suggestion(slot, list(slots))
                    self._faults.add(node, f"'{line.phrase.text}' keeps '{slot}', which is no slot here{hint}")
        return lines

    def _past_due(self, node: Node | None, slots: Mapping[str, SlotType]) -> tuple[Line, ...]:
        """Read phrases that keep the day by which something was due."""
        lines = self._kept(_listed(node), slots)
        for line, child in zip(lines, _listed(node), strict=False):
            if DUE not in line.phrase.slots:
                self._faults.add(child, f"'{line.phrase.text}' keeps no day; write <{DUE}:DATE> where the day stands")
        return lines

    def _near(self, node: Node, *, same_clause: bool) -> Line | None:
        inside = _mapping(node)
        self._known_keys(node, ("all", "within", "same_clause"))
        clause = same_clause or bool(self._flag(inside.get("same_clause")))
        phrases = tuple(self._text(child) for child in _listed(inside.get("all")))
        within = self._number(inside.get("within"), node, "within", MAX_GAP)
        return self._compiled(node, lambda: self._reader.near(phrases, within, same_clause=clause))

    def _labels(self, node: Node | None, slots: Mapping[str, SlotType]) -> tuple[LabelCue, ...]:
        cues: list[LabelCue] = []
        for slot, values in _mapping(node).items():
            key = _mapping_keys(node, slot)
            if slot not in slots or not slots[slot].values:
                self._faults.add(key, f"'{slot}' is no label slot of this event{suggestion(slot, list(slots))}")
                continue
            for value, phrases in _mapping(values).items():
                self._one_of(_mapping_keys(values, value), slots[slot].values, f"value of '{slot}'")
                cues.append(LabelCue(slot=slot, value=value, lines=self._lines(phrases)))
        return tuple(cues)

    def _sets(self, node: Node | None, slots: Mapping[str, SlotType]) -> dict[str, tuple[str, ...]]:
        chosen: dict[str, tuple[str, ...]] = {}
        for slot, value in _mapping(node).items():
            if slot not in slots:
                hint = suggestion(slot, list(slots))
                self._faults.add(_mapping_keys(node, slot), f"this event has no slot '{slot}'{hint}")
                continue
            known = slots[slot].values or ("true", "false")
            for child in _listed(value):
                self._one_of(child, known, f"value of '{slot}'")
            chosen[slot] = tuple(self._text(child) for child in _listed(value))
        return chosen

    def _stance_cue(self, node: Node, types: tuple[str, ...]) -> StanceCue | None:
        inside = _mapping(node)
        self._known_keys(node, _STANCE_KEYS)
        if ("set" in inside) == ("ignore" in inside):
            self._faults.add(node, "a stance cue has either 'set: STANCE' or 'ignore: true'")
            return None
        direction = inside.get("direction")
        for key in ("only", "never"):
            for child in _listed(inside.get(key)):
                self._one_of(child, types, "event type")
        return StanceCue(
            lines=self._lines(inside.get("cues")),
            set=self._stance(inside.get("set")),
            direction=(self._one_of(direction, _DIRECTIONS, "direction") if direction else None) or "forward",
            until=self._lines(inside.get("until")),
            span=self._number(inside.get("span"), node, "span", MAX_GAP) if "span" in inside else 12,
            only=frozenset(self._text(child) for child in _listed(inside.get("only"))),
            never=frozenset(self._text(child) for child in _listed(inside.get("never"))),
            claims=bool(self._flag(inside.get("claims"))),
            carries=bool(self._flag(inside.get("carries"))),
            firm=bool(self._flag(inside.get("firm"))),
            norm=bool(self._flag(inside.get("norm"))),
        )

    def _examples(self, node: Node | None, slots: Mapping[str, SlotType]) -> tuple[Example, ...]:
        return tuple(example for child in _listed(node) if (example := self._example(child, slots)))

    def _example(self, node: Node, slots: Mapping[str, SlotType]) -> Example | None:
        if isinstance(node.value, str):
            return Example(path=node.path, line=node.line, column=node.column, text=node.value)
        inside = _mapping(node)
        self._known_keys(node, ("text", "published", "expect"))
        if "text" not in inside:
            self._faults.add(node, "an example needs 'text'")
            return None
        expected: dict[str, tuple[str, ...]] = {}
        for slot, value in _mapping(inside.get("expect")).items():
            if slot not in slots and slot not in COMMON_SLOTS:
                hint = suggestion(slot, [*slots, *COMMON_SLOTS])
                self._faults.add(_mapping_keys(inside["expect"], slot), f"this event has no slot '{slot}'{hint}")
            expected[slot] = tuple(self._text(child) for child in _listed(value))
        return Example(
            path=node.path,
            line=node.line,
            column=node.column,
            text=self._text(inside["text"]),
            published=self._day(inside.get("published")),
            expected=expected,
        )

    def _not_examples(self, node: Node | None) -> tuple[Example, ...]:
        return tuple(self._not_example(child) for child in _listed(node))

    def _not_example(self, node: Node) -> Example:
        self._known_keys(node, ("text", "alone"))
        inside = _mapping(node)
        text = self._text(inside.get("text") if inside else node)
        alone = bool(self._flag(inside.get("alone")))
        return Example(path=node.path, line=node.line, column=node.column, text=text, absent=True, alone=alone)

    def _lines(self, node: Node | None, *, same_clause: bool = False) -> tuple[Line, ...]:
        return tuple(line for child in _listed(node) if (line := self._line(child, same_clause=same_clause)))

    def _line(self, node: Node, *, same_clause: bool = False) -> Line | None:
        return self._compiled(node, lambda: self._reader.read(self._text(node), same_clause=same_clause))

    def _compiled(self, node: Node, read: Callable[[], object]) -> Line | None:
        try:
            phrase = read()
        except PhraseError as error:
            self._faults.add(node, str(error))
            return None
        return Line(phrase=phrase, path=node.path, line=node.line, column=node.column)  # type: ignore[arg-type]

    def _text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node.value, str):
            self._faults.add(node, "a plain text is expected here")
            return ""
        return node.value

    def _stance(self, node: Node | None) -> Stance | None:
        chosen = self._one_of(node, [stance.value for stance in Stance], "stance") if node else None
        return Stance(chosen) if chosen else None

    def _flag(self, node: Node | None) -> bool | None:
        chosen = self._one_of(node, tuple(_FLAGS), "flag") if node else None
        return _FLAGS[chosen] if chosen else None

    def _day(self, node: Node | None) -> date | None:
        try:
            return date.fromisoformat(self._text(node)) if node else None
        except ValueError:
            self._faults.add(node, f"'{self._text(node)}' is no date; write 2025-01-31")  # type: ignore[arg-type]
            return None

    def _number(self, node: Node | None, parent: Node, name: str, most: int, *, unit: str = "words") -> int:
        text = self._text(node)
        if text.isdecimal() and int(text) <= most:
            return int(text)
        self._faults.add(node or parent, f"'{name}' is a number of {unit} from 0 to {most}")
        return 0

    def _one_of(self, node: Node | None, known: tuple[str, ...] | list[str], what: str) -> str | None:
        text = self._text(node)
        if text in known:
            return text
        if node is not None:
            hint = suggestion(text, list(known)) or f"; known: {', '.join(known)}"
            self._faults.add(node, f"'{text}' is no {what}{hint}")
        return None

    def _known_keys(self, node: Node | None, known: tuple[str, ...]) -> None:
        for name, key in (node.keys if node else {}).items():
            if name not in known:
                self._faults.add(key, f"'{name}' is not known here{suggestion(name, known)}")
