"""The files that `bot rules new` begins with, one for each kind of rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.model import EventType, SlotKind

PLACEHOLDERS = (
    "Say in one sentence why a person should care.",
    "Say on what the limit rests, or leave this line out.",
    "Write the sentence that must set it off.",
    "Write the near miss that must not set it off.",
)
"""What a template leaves to be filled in."""

_WHY, _LAW, _FIRES, _QUIET = PLACEHOLDERS
_HEAD = f"""\
# yaml-language-server: $schema=../rule.schema.json
rule: {{id}}
title: {{title}}
status: draft                              # evaluated and stored, never posted; write active when it is proved
severity: medium                           # info | low | medium | high | critical
why: {_WHY}
law: {_LAW}
"""
_SELECTOR = "{{event: {event}, when: {{{slot}: {value}}}}}"
_OTHER = "{{event: {event}, when: {{{slot}: {other}}}}}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """What stands in a template between the head and the end."""

    body: str
    once_per: str
    say: str
    fires: tuple[str, ...]  # the days of a history that sets it off; none: it is proved by words
    until: str = ""  # judged at the end of this day
    varies: bool = False  # whether the values of the history differ from one article to the next


_KINDS: Mapping[str, _Kind] = {
    "match": _Kind(
        body="match:\n  event: {event}\n  when:\n    {slot}: {value}\n",
        once_per="[organisation, region]",
        say="{{organisation}}: {{{slot}}}",
        fires=(),
    ),
    "count": _Kind(
        body=f"count:\n  of: {_SELECTOR}\n  at_least: 3\n  within: 30 days\n  per: [organisation]\n",
        once_per="[organisation]",
        say="{{organisation}}: {{count}} from {{since}} to {{until}}",
        fires=("2025-01-02", "2025-01-14", "2025-01-26"),
    ),
    "absence": _Kind(
        body=f"absence:\n  of: {_SELECTOR}\n  for: 14 days\n  per: [organisation]\n",
        once_per="[organisation]",
        say="{{organisation}}: none for {{days}} days since {{since}}",
        fires=("2025-01-02",),
        until="2025-01-16",
    ),
    "deadline": _Kind(
        body=f"deadline:\n  starts_with: {_SELECTOR}\n  due: 30 days\n  met_by: {_OTHER}\n"
        "  per: [organisation]\n  remind: [7 days, 1 day]\n",
        once_per="[organisation]",
        say="{{organisation}}: due {{due}}, not told of",
        fires=("2025-01-02",),
        until="2025-02-02",
    ),
    "contradiction": _Kind(
        body="contradiction:\n  of: {{event: {event}}}\n  slot: {slot}\n  per: [organisation]\n",
        once_per="[organisation]",
        say="{{organisation}}: {{values}}",
        fires=("2025-01-02", "2025-01-04"),
        varies=True,
    ),
    "change": _Kind(
        body="change:\n  of: {{event: {event}}}\n  slot: {slot}\n  per: [organisation]\n",
        once_per="[organisation]",
        say="{{organisation}}: {{values}}",
        fires=("2025-01-02", "2025-02-04"),
        varies=True,
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Start:
    """A slot to begin with, a comparison for it, a value that meets it and one that does not."""

    slot: str
    value: str
    sample: str
    other: str


def new_rule(rule: str, kind: EventType, *, channel: str, form: str = "match") -> str:
    """Return the text of a new rule file.

    Args:
        rule: the id.
        kind: the event type; its first slot that can be compared begins the rule.
        channel: a name in channels.yaml.
        form: the kind of rule, one of `shape.KINDS`.
    """
    start, of = _start(kind), _KINDS[form]
    named = {"id": rule, "title": rule.replace("-", " ").capitalize(), "event": kind.name, "slot": start.slot}
    filled = {**named, "value": start.value, "other": start.other}
    alert = f'alert:\n  once_per: {of.once_per}\n  again_after: 30 days\n  channel: {channel}\n  say: "{of.say}"\n'
    return (_HEAD + of.body + alert).format(**filled) + "tests:\n" + _tests(of, start, kind.name)


def _tests(of: _Kind, start: _Start, event: str) -> str:
    if not of.fires:
        sample = f"  - event: {{{start.slot}: {start.sample}}}\n    expect: alert\n"
        return f"  - text: {_FIRES}\n    expect: alert\n  - text: {_QUIET}\n    expect: no alert\n{sample}"
    samples = (start.sample, start.other if of.varies else start.sample, start.sample)
    lines = [_told(of, on, event, start.slot, sample) for on, sample in zip(of.fires, samples, strict=False)]
    until = date.fromisoformat(of.until or of.fires[-1])
    quiet = lines if of.until else lines[:-1]
    fires = _history("what must set it off", lines, until, "alert")
    return fires + _history("what is not enough", quiet, until - timedelta(days=1), "no alert")


def _told(of: _Kind, on: str, event: str, slot: str, sample: str) -> str:
    happened = "" if of.varies else f"happened: {on}, "
    words = f"type: {event}, {slot}: {sample}, {happened}organisation: a-plan"
    return f"      - {{published: {on}, event: {{{words}}}}}\n"


def _history(name: str, lines: list[str], until: date, expect: str) -> str:
    return f"  - name: {name}\n    history:\n{''.join(lines)}    as_of: {until}\n    expect: {expect}\n"


def _start(kind: EventType) -> _Start:
    for slot in kind.slots.values():
        if slot.kind in _STARTS:
            value, sample, other = _STARTS[slot.kind]
            return _Start(slot=slot.name, value=value, sample=sample, other=other)
        if slot.values:
            return _Start(slot=slot.name, value=slot.values[0], sample=slot.values[0], other=slot.values[-1])
    return _Start(slot="stance", value="reported", sample="reported", other="denied")


_STARTS = {
    SlotKind.DURATION: ('"> 10 business days"', "30 days", "3 days"),
    SlotKind.COUNT: ('">= 100"', '"250"', '"90"'),
    SlotKind.MONEY: ('">= $1 million"', "$2 million", "$90"),
    SlotKind.PERCENT: ('"< 70%"', "60%", "90%"),
}
