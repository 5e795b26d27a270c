"""`bot explain`: why an alert stands, from the article's sentence to the rule's line."""

import sys
from collections.abc import Mapping, Sequence
from difflib import unified_diff

from rich.console import Console
from rich.text import Text

from bot.cli import screens, wiring
from bot.core.messages.buttons import snooze_words
from bot.core.model import Alert, Bound, Citation, Clause, Event, Quantity, SlotValue
from bot.core.rules.compare import shown
from bot.core.rules.judge import roles
from bot.core.rules.language import Rule
from bot.core.rules.nearmiss import NearMiss, near_misses
from bot.history.queries import Disposition, StoredAlert, read_alert, read_event
from bot.history.rule_versions import RuleVersion, read_rule_version

DONE, NOT_FOUND = 0, 1
ANSWERS = {True: "yes", False: "no", None: "unknown"}


def show(name: str) -> int:
    """Print the explanation of an alert; return the exit status."""
    read = wiring.load_settings()
    with wiring.open_house(read, reads_articles=False) as house, house.engine.connect() as connection:
        stored = read_alert(connection, name)
        if stored is None:
            print(f"{name}: no alert has this id; `bot alerts` lists them", file=sys.stderr)  # noqa: T201
            return NOT_FOUND
        events = [read_event(connection, citation.event) for citation in stored.alert.citations]
        judged = read_rule_version(connection, stored.alert.rule, stored.alert.rule_version)
    book = house.rules.book
    told = [event for event in events if event is not None]
    _print(stored, events, book.by_id(stored.alert.rule), screens.console())
    _print_edits(judged, house.rules.texts)
    _print_near_misses([miss for miss in near_misses(told, book) if miss.rule != stored.alert.rule])
    return DONE


def _print(stored: StoredAlert, events: list[Event | None], rule: Rule | None, out: Console) -> None:
    alert = stored.alert
    _line(out, f"{alert.id}: {alert.says}", style="bold")
    _line(out, f"{alert.outcome.value}, {alert.severity.value}, {alert.state}; opened on {alert.opened_on}")
    _line(out, f"rule {alert.rule}, version {alert.rule_version}, {_place(alert, rule)}")
    if alert.law:
        _line(out, f"law: {alert.law}")
    _line(out, f"unique by: {alert.fingerprint}")
    _title(out, "What the rule asked")
    for clause in alert.why:
        _line(out, f"  {_answer(clause)}")
    _title(out, "In whose words")
    for citation, event in zip(alert.citations, events, strict=True):
        _print_citation(citation, event, rule, out)
    _title(out, "What became of it")
    for step in stored.log:
        note = "; no longer follows from the history" if step.superseded else ""
        _line(out, f"  {step.change.on} {step.change.kind.value}: {step.change.reason}{note}")
    if stored.dispositions:
        _title(out, "What people decided")
    for made in stored.dispositions:
        _line(out, f"  {_decided(made)}: {made.by}, {made.at:%Y-%m-%d %H:%M} UTC")
    _title(out, "Who was told")
    for sent in stored.deliveries:
        _line(out, f"  {sent.channel} {sent.action}: {sent.state} {sent.receipt or sent.error or ''}".rstrip())
    if not stored.deliveries:
        _line(out, "  nobody")


def _decided(made: Disposition) -> str:
    if made.kind != "snoozed":
        return made.kind.replace("_", " ")
    return "snooze ended" if made.until == made.at else f"snoozed {snooze_words(made.until)}"


def _print_citation(citation: Citation, event: Event | None, rule: Rule | None, out: Console) -> None:
    where = citation.url or citation.path or citation.article
    _line(out, f"  “{citation.quote}”")
    _line(out, f"    in the sentence: {' '.join(citation.sentence.split())}")
    _line(out, f"    {screens.published_by(citation)}: {citation.title or 'untitled'} ({where}, from {citation.start})")
    if event is None:
        _line(out, "    the event is no longer stored")
        return
    said = f", said {event.attribution}" if event.attribution else ""
    happened = f"{event.happened.first} ({event.happened.basis})" if event.happened else "undated"
    _line(out, f"    {event.type}, {event.stance.value}{said}; happened {happened}")
    for name, value in event.slots.items():
        _line(out, f"      {name}: {_value(value)}")
    parts_by_pattern: dict[str, dict[str, None]] = {}
    for part in event.evidence:
        parts_by_pattern.setdefault(part.pattern, {})[part.part.removeprefix("slot:")] = None
    for pattern, parts in parts_by_pattern.items():
        _line(out, f"      by {pattern}: {', '.join(parts)}")
    for key, clauses in roles(rule, event) if rule is not None else ():
        _line(out, f"      in the rule it is: {key}")
        for clause in clauses:
            _line(out, f"        {_answer(clause)}")


def _value(value: SlotValue) -> str:
    """Return a slot's words, and how a number in them is read."""
    if not isinstance(value, Quantity):
        return shown(value)
    ends = dict.fromkeys(f"{end:g}" for end in (value.low, value.high) if end is not None)
    bound = "" if value.bound is Bound.EXACT else f"{value.bound.value.replace('_', ' ')} "
    per = f" per {value.per}" if value.per else ""
    return f"{value.text} ({bound}{' to '.join(ends) or 'some'} {value.unit.replace('_', ' ')}{per})"


def _print_edits(judged: RuleVersion | None, texts: Mapping[str, str]) -> None:
    """Show what was edited in the rule since it judged."""
    now = texts.get(judged.path, "") if judged else ""
    if judged is None or now == judged.content:
        return
    out = screens.console()
    _title(out, f"What was edited in {judged.path} since (-), and how it reads now (+)")
    for line in list(unified_diff(judged.content.splitlines(), now.splitlines(), lineterm="", n=0))[2:]:
        _line(out, f"  {line}")


def _print_near_misses(misses: Sequence[NearMiss]) -> None:
    out = screens.console()
    _title(out, "What it nearly set off: one clause failed")
    for miss in misses:
        _line(out, f"  {miss.rule} ({miss.place}), by “{miss.event.quote}”")
        for clause in (*miss.met, miss.clause):
            _line(out, f"    {_answer(clause)}")
    if not misses:
        _line(out, "  no other rule")


def _answer(clause: Clause) -> str:
    return f"{ANSWERS[clause.met]:8}{clause.slot}: {clause.text}"


def _place(alert: Alert, rule: Rule | None) -> str:
    if rule is None:
        return "which is no longer in the rules directory"
    changed = "" if rule.version == alert.rule_version else f", which stands at version {rule.version} now"
    return f"{rule.path}:{rule.line}{changed}"


def _title(out: Console, words: str) -> None:
    out.print()
    _line(out, words, style="bold")


def _line(out: Console, words: str, style: str = "") -> None:
    out.print(Text(words, style=style), soft_wrap=True)
