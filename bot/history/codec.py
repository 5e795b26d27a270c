"""Articles, events and alerts as JSON and back; text that PostgreSQL would refuse is made harmless on the way in.

Fields at their default are left out, so a field that the model gains later reads as its default in what was stored.
"""

import struct
from binascii import hexlify
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter
from pydantic_core import CoreSchema, PydanticSerializationError, SchemaValidator
from pydantic_core.core_schema import no_info_plain_validator_function

from bot.core.model import Alert, Article, Change, Event, Evidence

HARMLESS = "\N{REPLACEMENT CHARACTER}"  # one character for one, so that offsets still hold
_REFUSED = dict.fromkeys([0, *range(0xD800, 0xE000)], HARMLESS)  # NUL and lone surrogates
_NUL_IN_JSON = b"\\u0000"

Value = TypeVar("Value")


def clean(words: str) -> str:
    """Replace each character that PostgreSQL cannot store by U+FFFD."""
    if "\0" in words or not _is_encodable(words):
        return words.translate(_REFUSED)
    return words


def encode_article(article: Article) -> bytes:
    """Return everything but the text."""
    return _dump(_ARTICLE, article, {"text"})


def decode_article(document: str | bytes, text: str) -> Article:
    """Put an article together again from what `encode_article` gave and its text."""
    article = _ARTICLE.validate_json(_with_field(document, "text", '""'))
    return replace(article, text=text) if text else article


def encode_event(event: Event) -> bytes:
    """Return everything but the evidence and the moment of retraction, which have columns of their own."""
    return _dump(_EVENT, event, {"evidence", "retracted"})


def decode_event(document: str | bytes, retracted: datetime | None = None) -> Event:
    """Read an event; its evidence is left empty."""
    event = cast("Event", _READ_EVENT.validate_json(document))
    return event if retracted is None else replace(event, retracted=retracted)


def encode_evidence(evidence: tuple[Evidence, ...]) -> bytes:
    """Return what an event rests on."""
    return _dump(_EVIDENCE, evidence, None)


def decode_evidence(document: str | bytes) -> tuple[Evidence, ...]:
    """Read what `encode_evidence` gave."""
    return _EVIDENCE.validate_json(document)


def encode_alert(alert: Alert) -> bytes:
    """Return everything but the changes, which have rows of their own."""
    return _dump(_ALERT, alert, {"changes"})


def decode_alert(document: str | bytes, changes: tuple[Change, ...] = ()) -> Alert:
    """Put an alert together again from what `encode_alert` gave and its changes."""
    alert = _ALERT.validate_json(_with_field(document, "changes", "[]"))
    return replace(alert, changes=changes) if changes else alert


def encode_change(change: Change) -> bytes:
    """Return the whole change."""
    return _dump(_CHANGE, change, None)


def decode_change(document: str | bytes) -> Change:
    """Read what `encode_change` gave."""
    return _CHANGE.validate_json(document)


def encode_prints(prints: frozenset[int]) -> bytes | None:
    """Return prints as JSON that PostgreSQL reads as a bytea: bigints one after the other."""
    if not prints:
        return None
    packed = struct.pack(f">{len(prints)}q", *sorted(prints))
    return b'"\\\\x' + hexlify(packed) + b'"'


def decode_prints(packed: bytes) -> frozenset[int]:
    """Read prints as they stand in the database."""
    return frozenset(struct.unpack(f">{len(packed) // 8}q", packed))


def _quick(schema: Any) -> Any:  # noqa: ANN401 - pydantic's schema is a tree of plain values
    """Make values that are quick to read and to compare.

    Every union takes the first member that fits: their required fields differ, and trying all costs time; so does
    trying the rare ones first. Every instant has the one UTC of Python: two with a UTC of their own, as pydantic gives,
    take five times as long to compare.
    """
    if isinstance(schema, list):
        return [_quick(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "datetime":
        return no_info_plain_validator_function(_instant)
    chosen = {key: _quick(part) for key, part in schema.items()}
    if schema.get("type") == "union":
        return {**chosen, "mode": "left_to_right", "choices": sorted(chosen["choices"], key=_rank)}
    return chosen


@lru_cache(maxsize=10_000)
def _instant(words: str) -> datetime:  # the events of an article share theirs
    return datetime.fromisoformat(words).astimezone(UTC)


def _rank(choice: Mapping[str, Any]) -> int:
    name = choice.get("schema_ref", "") or getattr(choice.get("cls"), "__name__", "")
    return next((place for place, common in enumerate(_COMMON_FIRST) if common in name), len(_COMMON_FIRST))


_COMMON_FIRST = ("Label", "Quantity", "Name", "When")  # what slots hold
_ARTICLE: TypeAdapter[Article] = TypeAdapter(Article)
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_READ_EVENT = SchemaValidator(cast("CoreSchema", _quick(_EVENT.core_schema)))
_EVIDENCE: TypeAdapter[tuple[Evidence, ...]] = TypeAdapter(tuple[Evidence, ...])
_ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
_CHANGE: TypeAdapter[Change] = TypeAdapter(Change)


def _dump(adapter: TypeAdapter[Value], value: Value, left_out: set[str] | None) -> bytes:
    try:
        document = adapter.dump_json(value, exclude=left_out, exclude_defaults=True)
    except PydanticSerializationError:  # a lone surrogate
        return adapter.dump_json(_cleaned(value), exclude=left_out, exclude_defaults=True)
    if _NUL_IN_JSON in document:
        return adapter.dump_json(_cleaned(value), exclude=left_out, exclude_defaults=True)
    return document


def _cleaned(value: Value) -> Value:
    """Clean every text inside a value."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return cast("Value", clean(value))
    if isinstance(value, tuple):
        return cast("Value", tuple(_cleaned(part) for part in value))
    if isinstance(value, Mapping):
        return cast("Value", {_cleaned(key): _cleaned(part) for key, part in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _cleaned(getattr(value, field.name)) for field in fields(value)})
    return value


def _with_field(document: str | bytes, name: str, json: str) -> str:
    written = document.decode() if isinstance(document, bytes) else document
    return f'{{"{name}":{json},{written[1:]}'


def _is_encodable(words: str) -> bool:
    if words.isascii():
        return True
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True
