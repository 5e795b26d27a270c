"""The file that `bot rules new` begins with."""

from bot.core.model import EventType, SlotKind

TEMPLATE = """\
# yaml-language-server: $schema=../rule.schema.json
rule: {id}
title: {title}
status: draft                              # evaluated and stored, never posted; write active when it is proved
severity: medium                           # info | low | medium | high | critical
why: Say in one sentence why a person should care.
law: Say on what the limit rests, or leave this line out.
match:
  event: {event}
  when:
    {slot}: {value}
alert:
  once_per: [organisation, region]
  again_after: 30 days
  channel: {channel}
  say: "{{organisation}}: {{{slot}}}"
tests:
  - text: Write the sentence that must set it off.
    expect: alert
  - text: Write the near miss that must not set it off.
    expect: no alert
  - event: {{{slot}: {sample}}}
    expect: alert
"""


def new_rule(rule: str, kind: EventType, *, channel: str) -> str:
    """Return the text of a new rule file.

    Args:
        rule: the id.
        kind: the event type; its first slot that can be compared begins the rule.
        channel: a name in channels.yaml.
    """
    title = rule.replace("-", " ").capitalize()
    slot, value, sample = _start(kind)
    return TEMPLATE.format(
        id=rule, title=title, event=kind.name, slot=slot, value=value, sample=sample, channel=channel
    )


def _start(kind: EventType) -> tuple[str, str, str]:
    # A slot, a comparison for it, and a value that meets it.
    for slot in kind.slots.values():
        if slot.kind in _STARTS:
            return (slot.name, *_STARTS[slot.kind])
        if slot.values:
            return slot.name, slot.values[0], slot.values[0]
    return "stance", "reported", "reported"


_STARTS = {
    SlotKind.DURATION: ('"> 10 business days"', "30 days"),
    SlotKind.COUNT: ('">= 100"', '"250"'),
    SlotKind.MONEY: ('">= $1 million"', "$2 million"),
    SlotKind.PERCENT: ('"< 70%"', "60%"),
}
