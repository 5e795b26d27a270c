"""Who is who, as `rules/entities.yaml` tells it: plans, providers, employers, unions, agencies, places.

An entity has a canonical name, other names, a kind, a jurisdiction and flags, so that a rule can be gated by data.
`forms` tells by which words an unknown body gives itself away: "X Hospital", "Department of X", "Local 662".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import re2

from bot.core.marked_yaml import Faults, Node, parse, suggestion
from bot.core.text.search import Search, as_bytes

KINDS = ("plan", "provider", "employer", "union", "agency", "government", "court", "media", "place", "person")
PARTY_KINDS = ("plan", "provider", "employer")
FLAGS = (
    "health_plan",
    "health_care",
    "public_employer",
    "water",
    "prison",
    "education",
    "insurer",
    "labour_board",
    "umbrella",
)
LEVELS = ("city", "county", "region", "state", "country")
_ENTITY_KEYS = ("name", "kind", "also", "not", "country", "state", "within", "level", "calendar", "flags")
_FORM_KEYS = ("ends", "starts", "suffixes")
_ROOT_KEYS = ("entities", "forms", "nouns", "not_names")
SHOUTED_FROM = 5  # letters: a shorter name in capitals may be another acronym


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """A person or body that is known by name."""

    id: str
    name: str
    kind: str
    also: tuple[str, ...] = ()  # other names, as printed
    decoys: tuple[str, ...] = ()  # names that hold one of its names and are somebody else
    country: str | None = None  # ISO 3166 alpha-2
    state: str | None = None  # "CA" of "US-CA"
    within: str | None = None  # a place: id of the place around it that stands as region
    level: str | None = None  # a place: one of LEVELS
    calendar: str | None = None  # name in calendars.yaml
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The words by which an unknown body of one kind gives itself away."""

    kind: str
    ends: tuple[str, ...]
    starts: tuple[str, ...]
    suffixes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entities:
    """Every known name, compiled for one pass over a text."""

    by_id: Mapping[str, Entity]
    ids_by_name: Mapping[str, tuple[str, ...]]  # a name as printed to the ids that bear it; () for a decoy
    kinds_by_noun: Mapping[str, tuple[str, ...]]  # "hospital" to the kinds that "the hospital" may stand for
    ends: Mapping[str, str]  # "teachers association" to "union": last words of a name, in lower case
    starts: Mapping[str, str]  # "department" to "agency": what stands before "of", "for" or a number
    suffixes: Mapping[str, str]  # "Health" to "provider": the tail of a single word
    not_names: frozenset[str]  # capitalised words that open a sentence and belong to no name
    known: Search | None  # every known name, longest first
    nouns: Search | None  # "the hospital"

    def place_of(self, region: str | None) -> Entity | None:
        """Return the place that a source's region means: a name, or a code such as "US-CA" or "IE"."""
        if not region:
            return None
        by_name = [self.by_id[each] for each in self.ids_by_name.get(region, ())]
        for entity in (*by_name, *self.by_id.values()):
            if entity.kind == "place" and (entity.name == region or _code(entity) == region):
                return entity
        return None


def load_entities(text: str, path: str = "rules/entities.yaml") -> Entities:
    """Read `entities.yaml`.

    Raises:
        RuleFileError: with every fault of the file.
    """
    faults = Faults()
    root = _mapping(parse(text, path), _ROOT_KEYS, faults)
    entities = [_entity(name, node, faults) for name, node in _children(root.get("entities"), faults)]
    by_id = {entity.id: entity for entity in entities if entity is not None}
    _check_places(root.get("entities"), by_id, faults)
    forms = [_form(kind, node, faults) for kind, node in _children(root.get("forms"), faults)]
    nouns = {noun: tuple(_words(node, faults, allowed=KINDS)) for noun, node in _children(root.get("nouns"), faults)}
    not_names = frozenset(_words(root.get("not_names"), faults))
    faults.raise_if_any()
    return compile_entities(by_id, forms, nouns, not_names)


def compile_entities(
    by_id: Mapping[str, Entity],
    forms: list[Form],
    nouns: Mapping[str, tuple[str, ...]],
    not_names: frozenset[str],
) -> Entities:
    """Build the tables and the two expressions that find names in one pass each."""
    ids_by_name: dict[str, tuple[str, ...]] = {}
    for entity in by_id.values():
        for name in (entity.name, *entity.also):
            for printed in {name, name.upper()} if len(name) >= SHOUTED_FROM else {name}:
                ids_by_name[printed] = (*ids_by_name.get(printed, ()), entity.id)
    for entity in by_id.values():
        for decoy in entity.decoys:
            ids_by_name.setdefault(decoy, ())
    return Entities(
        by_id=by_id,
        ids_by_name=ids_by_name,
        kinds_by_noun=nouns,
        ends={head.lower(): form.kind for form in forms for head in form.ends},
        starts={head.lower(): form.kind for form in forms for head in form.starts},
        suffixes={tail: form.kind for form in forms for tail in form.suffixes},
        not_names=not_names,
        known=Search(_any_of(ids_by_name)) if ids_by_name else None,
        nouns=Search(as_bytes(rf"\b[Tt]he (?:{'|'.join(sorted(nouns, key=len, reverse=True))})\b")) if nouns else None,
    )


def _any_of(names: Mapping[str, tuple[str, ...]]) -> bytes:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    bounded = (rb"\b" + re2.escape(as_bytes(name)) + (rb"\b" if name[-1].isalnum() else b"") for name in longest_first)
    return b"|".join(bounded)


def _code(entity: Entity) -> str:
    return f"{entity.country}-{entity.state}" if entity.state else entity.country or ""


def _mapping(node: Node | None, known: tuple[str, ...], faults: Faults) -> dict[str, Node]:
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        faults.add(node, f"expected a mapping with some of: {', '.join(known)}")
        return {}
    for key in node.value:
        if key not in known:
            faults.add(node.keys[key], f"there is no '{key}' here{suggestion(key, known)}; known: {', '.join(known)}")
    return node.value


def _children(node: Node | None, faults: Faults) -> list[tuple[str, Node]]:
    if node is None:
        return []
    if not isinstance(node.value, dict):
        faults.add(node, "expected a mapping")
        return []
    return list(node.value.items())


def _words(node: Node | None, faults: Faults, *, allowed: tuple[str, ...] = ()) -> list[str]:
    if node is None:
        return []
    parts = node.value if isinstance(node.value, list) else [node]
    found = []
    for part in parts:
        if not isinstance(part.value, str) or not part.value:
            faults.add(part, "expected a word or words")
        elif allowed and part.value not in allowed:
            faults.add(part, f"'{part.value}' is not one of {', '.join(allowed)}{suggestion(part.value, allowed)}")
        else:
            found.append(part.value)
    return found


def _entity(name: str, node: Node, faults: Faults) -> Entity | None:
    keys = _mapping(node, _ENTITY_KEYS, faults)
    one = {
        key: _one(keys.get(key), faults) for key in ("name", "kind", "country", "state", "within", "level", "calendar")
    }
    for key in ("name", "kind"):
        if not one[key]:
            faults.add(node, f"'{name}' has no '{key}'")
    _words(keys.get("kind"), faults, allowed=KINDS)
    _words(keys.get("level"), faults, allowed=LEVELS)
    flags = _words(keys.get("flags"), faults, allowed=FLAGS)
    if not one["name"] or not one["kind"]:
        return None
    return Entity(
        id=name,
        name=one["name"],
        kind=one["kind"],
        also=tuple(_words(keys.get("also"), faults)),
        decoys=tuple(_words(keys.get("not"), faults)),
        country=one["country"],
        state=one["state"],
        within=one["within"],
        level=one["level"],
        calendar=one["calendar"],
        flags=frozenset(flags),
    )


def _one(node: Node | None, faults: Faults) -> str | None:
    if node is None:
        return None
    if isinstance(node.value, str) and node.value:
        return node.value
    faults.add(node, "expected one word or name")
    return None


def _check_places(node: Node | None, by_id: Mapping[str, Entity], faults: Faults) -> None:
    for name, child in _children(node, Faults()):
        around = by_id[name].within if name in by_id else None
        if around is not None and around not in by_id:
            faults.add(child, f"'{name}' is within '{around}', which is no entity{suggestion(around, tuple(by_id))}")


def _form(kind: str, node: Node, faults: Faults) -> Form:
    if kind not in KINDS:
        faults.add(node, f"'{kind}' is not one of {', '.join(KINDS)}{suggestion(kind, KINDS)}")
    keys = _mapping(node, _FORM_KEYS, faults)
    return Form(
        kind=kind,
        ends=tuple(_words(keys.get("ends"), faults)),
        starts=tuple(_words(keys.get("starts"), faults)),
        suffixes=tuple(_words(keys.get("suffixes"), faults)),
    )
