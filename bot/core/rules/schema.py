"""The JSON Schema of a rule file, made from the shape that the loader reads by."""

import json
from collections.abc import Mapping

from bot.core.model import COMMON_SLOTS, EventType, Severity, SlotKind, SlotType
from bot.core.rules.shape import KINDS, PER_SLOTS, SHAPES, Field, Form

Json = dict[str, object]

_LENGTH = r"^\d+(?:\.\d+)? ?(?:business day|working day|calendar day|day|week)s?$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"(?:minutes?|hours?|(?:business |working |calendar )?days?|weeks?|months?|quarters?|years?)"
_SIGN = r"(?:>=|<=|>|<|=|≥|≤)? ?"
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_RANGE = rf"{_NUMBER}(?: ?(?:to|-|–) ?{_NUMBER})?"
_SCALE = r"(?: ?(?:thousand|million|billion|bn|k|m))?"
_MONEY = rf"(?:US\$|\$|£|€|USD ?|GBP ?|EUR ?)?{_NUMBER}{_SCALE}(?: ?(?:USD|GBP|EUR))?"
_NOTHING = r"none|given"
_DATE_WORDS = r"future|past|today|today or later|today or earlier"
_PATTERNS: Mapping[SlotKind, str] = {
    SlotKind.DURATION: rf"^(?:{_NOTHING}|{_SIGN}{_RANGE}[ -]?{_TIME}|{_SIGN}{_NUMBER} ?{_TIME} to {_NUMBER} ?{_TIME})$",
    SlotKind.COUNT: rf"^(?:{_NOTHING}|{_SIGN}{_RANGE}(?: ?(?:thousand|million|billion))?)$",
    SlotKind.MONEY: rf"^(?:{_NOTHING}|{_SIGN}{_MONEY}(?: to {_MONEY})?)$",
    SlotKind.PERCENT: rf"^(?:{_NOTHING}|{_SIGN}{_RANGE} ?(?:%|percent|per cent))$",
    SlotKind.DATE: rf"^(?:{_NOTHING}|{_DATE_WORDS}|(?:(?:before|after|on|since|until) )?\d{{4}}-\d\d-\d\d"
    r"(?: to \d{4}-\d\d-\d\d)?)$",
}
_TEXTS: Mapping[Form, str] = {Form.LENGTH: _LENGTH, Form.DAY: _DAY, Form.NUMBER: r"^[\d,]+$"}

_WORD: Json = {"type": "string", "minLength": 1}
_ONE_OR_MORE: Json = {"type": ["array", "string"], "items": _WORD}
_PAIR: Json = {"type": "array", "minItems": 2, "maxItems": 2, "items": _WORD}
_SOME: Json = {"type": "object", "minProperties": 1}
_FORMS: Mapping[Form, Json] = {
    Form.FLAG: {"enum": [True, False, "yes", "no", "true", "false"]},
    Form.SLOTS: _ONE_OR_MORE,
    Form.WORDS: _ONE_OR_MORE,
    Form.LENGTHS: _ONE_OR_MORE,
    Form.EVENT: _ONE_OR_MORE,
    Form.PAIRS: {"type": "array", "minItems": 1, "items": _PAIR},
    Form.RAISES: {**_SOME, "propertyNames": {"enum": [severity.value for severity in Severity]}},
    Form.VALUES: _SOME,
    Form.CLAUSES: _SOME,
}


def rule_schema(event_types: Mapping[str, EventType], channels: tuple[str, ...] | None = None) -> Json:
    """Return the schema of a rule file, knowing every event type with its slots."""
    writer = _Writer(event_types, channels)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rule",
        "description": "One rule: what must be seen in the news, and how it is told.",
        **writer.shape("rule"),
        "oneOf": [{"required": [kind]} for kind in KINDS],
        "$defs": {
            "selector": writer.selected(),
            **{f"selector-{name}": writer.selector(name) for name in sorted(event_types)},
            "selector-any": writer.any_selector(),
        },
    }


def as_text(schema: Json) -> str:
    """Return a schema as it is committed."""
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


class _Writer:
    """Writes the parts of the schema."""

    def __init__(self, event_types: Mapping[str, EventType], channels: tuple[str, ...] | None) -> None:
        self.types = event_types
        self.channels = channels

    def shape(self, name: str) -> Json:
        """Return a mapping's schema."""
        fields = SHAPES[name]
        required = [key for key, field in fields.items() if field.required]
        schema: Json = {
            "type": "object",
            "additionalProperties": False,
            "properties": {key: self.field(key, field) for key, field in fields.items()},
        }
        return {**schema, "required": required} if required else schema

    def field(self, key: str, field: Field) -> Json:
        """Return one key's schema, with its description and default."""
        about: Json = {"description": field.about}
        if field.default:
            about["default"] = field.default
        return {**about, **self._form(key, field)}

    def _form(self, key: str, field: Field) -> Json:
        if field.form is Form.SHAPE:
            return {"$ref": "#/$defs/selector"} if field.shape == "selector" else self.shape(field.shape)
        if field.form is Form.SHAPES:
            return {"type": "array", "minItems": 1, "items": self.shape(field.shape)}
        if key == "channel" and self.channels:
            return {"enum": list(self.channels)}
        if field.values and field.form is Form.WORD:
            return {"enum": list(field.values)}
        return self._plain(field)

    def _plain(self, field: Field) -> Json:
        if field.form in _TEXTS:
            return {"type": ["string", "integer"], "pattern": _TEXTS[field.form]}
        if field.form is Form.PER:
            slots = sorted({*PER_SLOTS, "story", *(slot for kind in self.types.values() for slot in kind.slots)})
            return {"type": ["array", "string"], "items": {"enum": slots}, "uniqueItems": True}
        return _FORMS.get(field.form, _WORD)

    # Selectors: what an editor completes depends on the event type

    def selected(self) -> Json:
        """Return the schema of a selector: the event type decides which slots there are."""
        cases = [
            {"if": {"properties": {"event": {"const": name}}}, "then": {"$ref": f"#/$defs/selector-{name}"}}
            for name in sorted(self.types)
        ]
        several = {"if": {"properties": {"event": {"type": "array"}}}, "then": {"$ref": "#/$defs/selector-any"}}
        names: Json = {"enum": sorted(self.types)}
        event: Json = {"anyOf": [names, {"type": "array", "minItems": 1, "items": names}]}
        return {
            "type": "object",
            "required": ["event"],
            "properties": {"event": {**event, "description": SHAPES["selector"]["event"].about}},
            "allOf": [*cases, several],
        }

    def selector(self, name: str) -> Json:
        """Return the schema of a selector of one event type."""
        kind = self.types[name]
        return self._selector({**kind.slots, **COMMON_SLOTS}, kind.description)

    def any_selector(self) -> Json:
        """Return the schema of a selector of several event types."""
        slots = {key: slot for kind in self.types.values() for key, slot in kind.slots.items()}
        loose: dict[str, SlotType | None] = dict.fromkeys((*slots, *COMMON_SLOTS))
        return self._selector(loose, "several event types")

    def _selector(self, slots: Mapping[str, SlotType | None], description: str) -> Json:
        clauses = self._clauses(slots)
        return {
            "type": "object",
            "description": description,
            "additionalProperties": False,
            "properties": {
                "event": True,
                "when": {"description": SHAPES["selector"]["when"].about, **clauses},
                "unless": {"description": SHAPES["selector"]["unless"].about, **clauses},
            },
        }

    def _clauses(self, slots: Mapping[str, SlotType | None]) -> Json:
        properties = {key: _comparison(slot) if slot else {} for key, slot in sorted(slots.items())}
        nested: Json = {"type": "object", "propertyNames": {"enum": [*sorted(slots), "any", "all", "not"]}}
        joined: Json = {"type": "array", "minItems": 1, "items": nested}
        return {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {**properties, "any": joined, "all": joined, "not": nested},
        }


def _comparison(slot: SlotType) -> Json:
    one = _one(slot)
    nested: Json = {"type": "object", "minProperties": 1}
    return {"description": slot.description, "anyOf": [one, {"type": "array", "minItems": 1, "items": one}, nested]}


def _one(slot: SlotType) -> Json:
    if slot.kind in {SlotKind.LABEL, SlotKind.LABELS}:
        return {"enum": [*slot.values, "none", "given"]} if slot.values else {"type": "string"}
    if slot.kind is SlotKind.FLAG:
        return {"enum": [True, False, "yes", "no", "true", "false", "none", "given"]}
    if slot.kind is SlotKind.NAME:
        return {"type": "string"}
    return {"type": ["string", "integer"], "pattern": _PATTERNS[slot.kind]}
