"""The schemas of the files under `rules/`: made from what loads, committed, and as strict as the loaders."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.cli.schemas import schema_files
from bot.core.calendars import load_calendars
from bot.core.events.load import _PATTERN_KEYS, _SLOT_KEYS, _TYPE_KEYS, load_event_types
from bot.core.messages.channels import load_channels
from bot.core.text.entities import _ENTITY_KEYS, _FORM_KEYS, _ROOT_KEYS, load_entities
from bot.errors import RuleFileError
from bot.rule_files import load_directory
from bot.sources.source_list import _KEYS as SOURCE_KEYS
from bot.sources.source_list import load_sources

RULES = Path(__file__).parents[2] / "rules"
FILES = {name: RULES / f"{name}.yaml" for name in ("channels", "sources", "calendars", "entities")}
EVENTS = [path for path in sorted((RULES / "events").glob("*.yaml")) if not path.name.startswith("_")]
LOADERS: dict[str, Callable[[str], object]] = {
    "channels": lambda text: load_channels({"rules/channels.yaml": text}),
    "sources": load_sources,
    "calendars": load_calendars,
    "entities": load_entities,
    "event": lambda text: load_event_types({"rules/events/strike.yaml": text}),
}


@cache
def made() -> dict[str, str]:
    return dict(schema_files(load_directory(RULES)))


@cache
def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((RULES / f"{name}.schema.json").read_text(encoding="utf-8"))
    return read


def complaints(name: str, text: str) -> list[str]:
    plain = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506  # it makes strings only, and is the loader's parser
    return [error.message[:200] for error in Draft202012Validator(schema(name)).iter_errors(plain)]


@pytest.mark.parametrize("name", ["rule", *LOADERS])
def test_a_committed_schema_is_what_is_made_today(name: str) -> None:
    file = f"{name}.schema.json"
    assert (RULES / file).read_text(encoding="utf-8") == made()[file], "run: bot rules schema"


@pytest.mark.parametrize("name", FILES)
def test_a_schema_knows_its_shipped_file(name: str) -> None:
    assert complaints(name, FILES[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_the_schema_of_events_knows_every_shipped_type(path: Path) -> None:
    assert complaints("event", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [*FILES.values(), *EVENTS], ids=lambda path: path.stem)
def test_every_shipped_file_names_its_schema_for_the_editor(path: Path) -> None:
    name = "../event" if path.parent.name == "events" else f"./{path.stem}"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={name}.schema.json"


@pytest.mark.parametrize(
    ("place", "keys"),
    [
        (("event",), _TYPE_KEYS),
        (("event", "slots", "*"), _SLOT_KEYS),
        (("event", "patterns", "items", "anyOf", 1), _PATTERN_KEYS),
        (("entities",), _ROOT_KEYS),
        (("entities", "entities", "*"), _ENTITY_KEYS),
        (("entities", "forms", "*"), _FORM_KEYS),
        (("sources", "sources", "items"), SOURCE_KEYS),
    ],
    ids=str,
)
def test_a_schema_has_the_keys_that_its_loader_takes(place: tuple[str | int, ...], keys: tuple[str, ...]) -> None:
    part: Any = schema(str(place[0]))
    for step in place[1:]:
        inside = part["additionalProperties"] if step == "*" else None
        part = inside or (
            part[step] if step in {"items", "anyOf"} or isinstance(step, int) else part["properties"][step]
        )
    assert set(part["properties"]) == set(keys)


HEAD = "event: strike\npatterns: [walk~ out]\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("channels", "channels: {alerts: {too: '#x'}}"),
        ("channels", "channels: {alerts: {to: x y}}"),
        ("channels", "channels: {alerts: {to: '#x', from: loud}}"),
        ("channels", "channels: {alerts: {to: '#x', hours: {open: '25:00', close: '26:00'}}}"),
        ("channels", "channels: {alerts: {to: '#x'}}\nsnoozes: [{rule: x, until: soon, reason: y}]"),
        ("sources", "sources: [{fed: 'https://a.example/'}]"),
        ("sources", "sources: [{folder: inbox, page: 'https://a.example/'}]"),
        ("sources", "sources: [{folder: inbox, every: often}]"),
        ("sources", "sources: [{folder: inbox, role: boss}]"),
        ("calendars", "time_zone: Europe/London\ncalendars: {a: {title: A, source: B}}"),
        ("calendars", "time_zone: Europe/London\ndefault: a\ncalendars: {a: {title: A, source: B, on_sunday: gone}}"),
        ("entities", "entities: {a: {name: A}}"),
        ("entities", "entities: {a: {name: A, kind: plant}}"),
        ("entities", "entities: {a: {name: A, kind: plan, flags: [health]}}"),
        ("event", "event: strike\n"),
        ("event", f"{HEAD}slots: {{a: {{kind: number}}}}"),
        ("event", f"{HEAD}slots: {{a: {{kind: date, computed: {{between: [b]}}}}}}"),
        ("event", f"{HEAD}unles: [picket]"),
        ("event", "event: strike\npatterns: [{match: walk~ out, stance: sure}]"),
    ],
)
def test_a_schema_underlines_what_the_loader_refuses(name: str, text: str) -> None:
    assert complaints(name, text) != []
    with pytest.raises(RuleFileError):
        LOADERS[name](text)
