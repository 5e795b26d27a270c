"""Dates, lengths, amounts and numbers on labelled cases, ours and recognizers-text 1.0.2a2 in the same run.

    python -m benchmarks.times [CASES] [--peer PYTHON]

CASES is the JSON list of cases (text, reference, expected spans with their values) taken from the English
specifications of microsoft/Recognizers-Text; it is not part of this project. PYTHON is the interpreter of an
environment made from peers/requirements.txt; without it only our own figures are printed.

A case counts as right when some span that overlaps the expected one has an accepted value. Where the specification
gives a past and a future reading, either is accepted, and our other readings count. The end of a range may be its last
day or the day after it. Cases that the specification marks as not supported in the peer's Python are counted for both.
"""

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.timing import cpu_seconds
from bot.core.model import Precision, Quantity, When
from bot.core.text.quantities import find_quantities
from bot.core.text.times import TimeContext, find_times

SUITES = {
    "date": ("DateTimeModel", "DateParser", "DatePeriodParser", "DurationParser", "HolidayParser", "DateTimeParser"),
    "daterange": (
        "DateTimeModel",
        "DateParser",
        "DatePeriodParser",
        "DurationParser",
        "HolidayParser",
        "DateTimeParser",
    ),
    "duration": (
        "DateTimeModel",
        "DateParser",
        "DatePeriodParser",
        "DurationParser",
        "HolidayParser",
        "DateTimeParser",
    ),
    "currency": ("CurrencyModel",),
    "number": ("NumberModel",),
    "percentage": ("PercentModel",),
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "business_day": 86_400, "week": 604_800}
_SECONDS |= {"month": 2_592_000, "year": 31_536_000}
_ONE_DAY = timedelta(days=1)

Case = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a system found at one place, in a form that all systems share."""

    start: int
    end: int
    spans: tuple[tuple[date | None, date | None], ...] = ()  # first and last day, best first
    numbers: tuple[float, ...] = ()  # a length in seconds, an amount, a number, a share in percent
    kind: str = ""  # "duration", "currency", "percentage", "number", "" for a time


def ours(case: Case) -> list[Found]:
    """Return what we find in the text of a case."""
    text, reference = case["text"], case["reference"]
    day = date.fromisoformat(reference[:10]) if reference else None
    published = When(first=day, last=day, precision=Precision.DAY, basis="reference") if day else None
    times = find_times(text, 0, len(text), TimeContext(published=published))
    found = [
        Found(start=when.start, end=when.end, spans=((when.first, when.last), *when.alternatives)) for when in times
    ]
    return found + [_of_quantity(quantity) for quantity in find_quantities(text, 0, len(text))]


def score(cases: Sequence[Case], found: Sequence[Sequence[Found]]) -> tuple[Counter[str], Counter[str]]:
    """Count the expected values and how many of them were found, by type and by "suite type"."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for case, there in zip(cases, found, strict=True):
        suite = case["suite"].split("/")[1]
        for expected in case["exp"]:
            kind = expected["type"]
            if suite not in SUITES.get(kind, ()) or not (values := _values(expected)):
                continue
            near = [one for one in there if one.start < expected["end"] and expected["start"] < one.end]
            verdict = _judge(kind, values, near)
            if verdict is None:
                continue
            for name in (kind, f"{suite} {kind}"):
                total[name] += 1
                right[name] += verdict
    return right, total


def _of_quantity(quantity: Quantity) -> Found:
    kind = {"count": "number", "percent": "percentage"}.get(quantity.unit, "currency")
    times = _SECONDS.get(quantity.unit)
    if times is not None:
        kind = "duration"
    numbers = tuple(value * (times or 1) for value in (quantity.low, quantity.high) if value is not None)
    return Found(start=quantity.start, end=quantity.end, numbers=numbers, kind=kind)


def _values(expected: Case) -> list[Mapping[str, Any]]:
    return [*expected["values"], *(expected[key] for key in ("future", "past") if expected.get(key))]


def _judge(kind: str, values: Sequence[Mapping[str, Any]], near: Sequence[Found]) -> bool | None:
    """Tell whether an accepted value was found; None when the case gives no value."""
    if kind == "date":
        days = {_day(value.get("value") or value.get("date")) for value in values} - {None}
        return any(first == last and first in days for one in near for first, last in one.spans) if days else None
    if kind == "daterange":
        ranges = [
            (_day(value.get("start") or value.get("startDate")), _day(value.get("end") or value.get("endDate")))
            for value in values
        ]
        ranges = [known for known in ranges if known != (None, None)]
        return any(_fits(span, known) for one in near for span in one.spans for known in ranges) if ranges else None
    wanted = [number for value in values if (number := _number(value)) is not None]
    if kind in ("number", "currency", "percentage") and not wanted:
        return False  # a unit without a number: nothing to find for us, a miss all the same
    return any(_equal(kind, one, number) for one in near for number in wanted) if wanted else None


def _fits(span: tuple[date | None, date | None], known: tuple[date | None, date | None]) -> bool:
    (first, last), (start, end) = span, known
    ends = {last, last + _ONE_DAY} if last is not None else {None}
    if start is not None and end is not None:
        return first == start and end in ends
    # Open on one side: the stated edge may be either edge of what the words name.
    return (start or end) in {first, *ends}


def _equal(kind: str, one: Found, wanted: float) -> bool:
    if kind == "duration" and one.kind != "duration":
        return False
    if kind in ("currency", "percentage") and one.kind != kind:
        return False
    share = [value / 100 for value in one.numbers] if kind == "number" and one.kind == "percentage" else []
    hundredths = [value * 100 for value in one.numbers] if kind == "currency" else []
    tolerance = 1e-9 * max(1.0, abs(wanted))
    return any(abs(value - wanted) <= tolerance for value in (*one.numbers, *share, *hundredths))


def _number(value: Mapping[str, Any]) -> float | None:
    try:
        return float(str(value.get("value") or value.get("duration") or "").rstrip("%"))
    except ValueError:
        return None


def _day(words: str | None) -> date | None:
    try:
        return date.fromisoformat((words or "")[:10])
    except ValueError:
        return None


def _peers(cases: Sequence[Case], python: str) -> tuple[list[list[Found]], Mapping[str, float]]:
    asked = json.dumps([{"text": case["text"], "reference": case["reference"]} for case in cases])
    script = str(Path(__file__).parent / "peers" / "recognizers.py")
    answer = json.loads(
        subprocess.run([python, script], input=asked, capture_output=True, text=True, check=True).stdout
    )
    return [[_of_peer(one) for one in there] for there in answer["found"]], answer["seconds"]


def _of_peer(one: Mapping[str, Any]) -> Found:
    kind = {"datetimeV2.duration": "duration", "currency": "currency", "percentage": "percentage"}.get(
        one["type"], "number"
    )
    spans = tuple((_day(first), _day(last)) for first, last in one["spans"])
    numbers = tuple(number for text in one["numbers"] if (number := _number({"value": text})) is not None)
    return Found(start=one["start"], end=one["end"], spans=spans, numbers=numbers, kind=kind)


def _print_table(scored: Mapping[str, tuple[Counter[str], Counter[str]]]) -> None:
    names = sorted(next(iter(scored.values()))[1], key=lambda name: (" " in name, name))
    print(f"{'':28}{'cases':>7}" + "".join(f"{system:>20}" for system in scored))
    for name in names:
        cells = [f"{right[name]:>10} {right[name] / total[name]:>7.1%} " for right, total in scored.values()]
        print(f"{name:28}{next(iter(scored.values()))[1][name]:>7}" + " ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="?", help="labelled time expressions, as JSON")
    parser.add_argument("--peer", help="interpreter of the peers' environment")
    options = parser.parse_args()
    if options.cases is None or not options.cases.is_file():
        print(f"no cases at {options.cases}; give the file as the first argument")
        return
    known = {suite for suites in SUITES.values() for suite in suites}
    cases = [case for case in json.loads(options.cases.read_text()) if case["suite"].split("/")[1] in known]
    chars = sum(len(case["text"]) for case in cases)
    scored = {"ours": score(cases, [ours(case) for case in cases])}
    seconds = cpu_seconds(lambda: [ours(case) for case in cases])
    if options.peer:
        found, peer_seconds = _peers(cases, options.peer)
        scored["recognizers-text"] = score(cases, found)
        _print_speed(seconds, peer_seconds, chars)
    else:
        print(f"{chars / seconds / 1000:,.0f} kchar/s, times and quantities together")
    _print_table(scored)


def _print_speed(seconds: float, peer: Mapping[str, float], chars: int) -> None:
    rates = ", ".join(f"{tagger} {chars / taken / 1000:,.1f}" for tagger, taken in peer.items())
    print(f"recognizers-text, kchar/s: {rates}")
    print(f"ours, times and quantities together: {chars / seconds / 1000:,.0f} kchar/s")
    print(f"ratio to its times alone: {peer['times'] / seconds:.0f}; to all of it: {sum(peer.values()) / seconds:.0f}")


if __name__ == "__main__":
    main()
