"""Clauses judged per second: 40 rules over 100,000 events, and what 4,000 rules cost an event that one of them takes.

    python -m benchmarks.rules [--peer PYTHON]

PYTHON is the interpreter of an environment made from requirements-peers-rules.txt; it judges the same clauses on the
same events with common-expression-language and cel-python.
"""

import argparse
import json
import random
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.timing import cpu_seconds
from bot.core.model import Event, EventType, Label, Name, Precision, Quantity, SlotKind, SlotType, Stance, When
from bot.core.rules.judge import bench
from bot.core.rules.load import load_rules
from bot.core.rules.replay import outlines, replay
from bot.core.rules.rulebook import Rulebook, load_rulebook
from bot.core.rules.setting import ALWAYS_READ

RULES = Path(__file__).parents[1] / "rules"
TYPES = ("wait", "cancellation", "penalty", "session", "strike")
STATUSES = ("held", "scheduled", "cancelled", "ended", "imposed", "proposed")
CLAUSES_PER_RULE = 3  # a number, a word, an exception
FEW, MANY, EVENTS = 40, 4_000, 100_000
PEER_EVENTS = 2_000  # enough for a rate; the slower peer takes milliseconds an event
PEER = Path(__file__).parent / "peers" / "expressions.py"


def event_type(name: str) -> EventType:
    slots = (
        SlotType(name="number", kind=SlotKind.COUNT, description="a number"),
        SlotType(name="status", kind=SlotKind.LABEL, description="a word", values=STATUSES),
    )
    return EventType(name=name, title=name, description="", slots={slot.name: slot for slot in slots}, path="", line=1)


def rule_texts(count: int) -> dict[str, str]:
    """Return rules spread over the types; with many, each follows one organisation, as each user's would."""
    texts = {}
    for number in range(count):
        kind, limit = TYPES[number % len(TYPES)], 100 + number % 800
        who = f", organisation: org-{number % 800}" if count > FEW else ""
        texts[f"rules/x/r-{number}.yaml"] = (
            f"rule: r-{number}\ntitle: t\nwhy: w\n"
            f'match: {{event: {kind}, when: {{number: "> {limit}", status: [held, imposed]{who}}}, '
            "unless: {stance: [required, planned, hypothetical, denied]}}\n"
            "alert: {once_per: [organisation], again_after: 30 days, channel: c, say: s}\n"
        )
    return texts


def rulebook(count: int) -> Rulebook:
    entities = "entities:\n" + "".join(f"  org-{n}: {{name: Org {n}, kind: plan}}\n" for n in range(800))
    calendars = (RULES / "calendars.yaml").read_text(encoding="utf-8")
    types = {name: event_type(name) for name in TYPES}
    book = load_rulebook(
        {"rules/calendars.yaml": calendars, "rules/entities.yaml": entities, **rule_texts(count)}, types
    )
    assert book.faults == (), book.faults[:3]  # noqa: S101  # a benchmark of rules that do not load measures nothing
    return book


def events(count: int) -> list[Event]:
    chance = random.Random(7)  # noqa: S311  # the same events in each run
    return [event(number, chance) for number in range(count)]


def event(number: int, chance: random.Random) -> Event:
    on = date(2024, 1, 1) + timedelta(days=chance.randrange(700))
    when = When(first=on, last=on, precision=Precision.DAY, basis="made up")
    size = chance.randrange(1_000)
    return Event(
        id=f"{number:016x}",
        article=f"a-{number}",
        type=TYPES[chance.randrange(len(TYPES))],
        quote="q",
        start=0,
        end=1,
        sentence="q",
        sentence_start=0,
        stance=Stance(chance.choice(("reported", "alleged", "planned", "required"))),
        learned=datetime(on.year, on.month, on.day, 12, tzinfo=UTC),
        published=when,
        happened=when,
        organisation=Name(id=f"org-{chance.randrange(800)}", name="o", kind="plan"),
        background=False,
        slots={
            "number": Quantity(text=str(size), start=0, end=1, low=size, high=size, unit="count"),
            "status": Label(value=chance.choice(STATUSES)),
        },
    )


def judged(book: Rulebook, history: Sequence[Event]) -> int:
    """Judge each event by the rules of its type and return how many pairs that were."""
    names = book.setting().names
    by_type = {kind: [bench(rule, names) for rule in book.rules if kind in rule.event_types] for kind in TYPES}
    pairs = 0
    for each in history:
        for seat in by_type[each.type]:
            seat.outcome(each)
            pairs += 1
    return pairs


def peer_rates(python: str, history: Sequence[Event]) -> dict[str, float]:
    rules = [(TYPES[number % len(TYPES)], 100 + number % 800) for number in range(FEW)]
    told = [
        {
            "type": each.type,
            "number": each.slots["number"].low,  # type: ignore[union-attr]  # this benchmark's own events
            "status": each.slots["status"].value,  # type: ignore[union-attr]  # this benchmark's own events
            "stance": each.stance.value,
        }
        for each in history
    ]
    sent = json.dumps({"rules": rules, "events": told})
    answer = subprocess.run([python, PEER], input=sent, capture_output=True, text=True, check=True)
    rates: dict[str, float] = json.loads(answer.stdout)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--peer", help="interpreter with the peers installed")
    arguments = parser.parse_args()
    few, many, history = rulebook(FEW), rulebook(MANY), events(EVENTS)

    pairs = judged(few, history)
    seconds = cpu_seconds(lambda: judged(few, history))
    rate = pairs * CLAUSES_PER_RULE / seconds
    print(f"{FEW} rules, {EVENTS:,} events: {pairs:,} pairs, {rate:,.0f} clauses/s")
    if arguments.peer:
        for name, peer in peer_rates(arguments.peer, history[:PEER_EVENTS]).items():
            print(f"{name}: {peer * CLAUSES_PER_RULE:,.0f} clauses/s, ratio {rate / (peer * CLAUSES_PER_RULE):.1f}")

    until = datetime(2026, 1, 1, tzinfo=UTC)
    costs = []
    for book in (few, many):
        alerts = replay(book, history, until, mastheads={}, coverage=ALWAYS_READ)
        matched = sum(len(alert.citations) for alert in alerts)
        spent = cpu_seconds(partial(replay, book, history, until, mastheads={}, coverage=ALWAYS_READ), runs=1)
        costs.append(spent / matched)
        each = spent / matched * 1e6
        print(f"{len(book.rules):,} rules replayed: {spent:.2f} s, {matched:,} matching events, {each:.0f} µs each")
    print(f"cost per matching event at {MANY:,} rules: {costs[1] / costs[0]:.2f} times that at {FEW}")

    told = cpu_seconds(lambda: sum(1 for _ in outlines(few, history, until, coverage=ALWAYS_READ)), runs=1)
    print(f"preview of {FEW} rules that all differ over {EVENTS:,} events: {told:.1f} s")

    texts = rule_texts(200)
    dictionary = replace(few.dictionary())
    print(f"200 rules load in {cpu_seconds(lambda: load_rules(texts, dictionary)) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
