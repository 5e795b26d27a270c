"""Judges clauses with common-expression-language and cel-python: what benchmarks/rules.py runs in another interpreter.

Reads {"rules": [[type, limit], …], "events": [{type, number, status, stance}, …]} and prints pairs judged per second.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Judge = Callable[[str, Event], object]

SLOW_SHARE = 10  # cel-python gets a tenth of the events: it takes that much longer


def clause(limit: int) -> str:
    return (
        f"number > {limit}.0 && (status == 'held' || status == 'imposed') && "
        "!(stance in ['required', 'planned', 'hypothetical', 'denied'])"
    )


def rate(judge: Judge, rules: list[tuple[str, int]], events: list[Event]) -> float:
    by_type: dict[str, list[str]] = {}
    for kind, limit in rules:
        by_type.setdefault(kind, []).append(clause(limit))
    pairs, before = 0, time.process_time()
    for event in events:
        for text in by_type[event["type"]]:
            judge(text, event)
            pairs += 1
    return pairs / (time.process_time() - before)


def common_expression_language() -> Judge:
    import cel  # type: ignore[import-not-found]  # noqa: PLC0415  # only one of them is measured at a time

    programs: dict[str, Any] = {}

    def judge(text: str, event: Event) -> object:
        if text not in programs:
            programs[text] = cel.compile(text)
        return programs[text].execute(event)

    return judge


def cel_python() -> Judge:
    import celpy  # type: ignore[import-not-found]  # noqa: PLC0415  # as above

    environment = celpy.Environment()
    programs: dict[str, Any] = {}

    def judge(text: str, event: Event) -> object:
        if text not in programs:
            programs[text] = environment.program(environment.compile(text))
        return programs[text].evaluate({key: celpy.json_to_cel(value) for key, value in event.items()})

    return judge


asked = json.load(sys.stdin)
asked["events"] = [{**event, "number": float(event["number"])} for event in asked["events"]]
slow = asked["events"][: len(asked["events"]) // SLOW_SHARE]
print(
    json.dumps(
        {
            "common-expression-language": rate(common_expression_language(), asked["rules"], asked["events"]),
            "cel-python": rate(cel_python(), asked["rules"], slow),
        }
    )
)
