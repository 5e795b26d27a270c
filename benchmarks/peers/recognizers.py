"""recognizers-text on the cases of benchmarks/times.py: run by it, with the Python of an environment that has the peer.

Reads a JSON list of {text, reference} on standard input, writes {"found": [...], "seconds": {...}} on standard output.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

warnings.simplefilter("ignore")


def main() -> None:
    from recognizers_date_time import recognize_datetime  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer
    from recognizers_number import recognize_number, recognize_percentage  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer
    from recognizers_number_with_unit import (  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer
        recognize_currency,
    )
    from recognizers_text import Culture  # type: ignore[import-not-found]  # noqa: PLC0415 - the peer

    cases = json.load(sys.stdin)
    moments = [datetime.fromisoformat(case["reference"][:19]) if case["reference"] else None for case in cases]
    seconds: dict[str, float] = {}

    def run(name: str, call: Callable[[int], Any]) -> list[list[Any]]:
        call(0)  # builds the model
        before = time.process_time()
        found = [_or_nothing(call, place) for place in range(len(cases))]
        seconds[name] = time.process_time() - before
        return found

    dates = run(
        "times", lambda place: recognize_datetime(cases[place]["text"], Culture.English, reference=moments[place])
    )
    numbers = run("numbers", lambda place: recognize_number(cases[place]["text"], Culture.English))
    money = run("money", lambda place: recognize_currency(cases[place]["text"], Culture.English))
    shares = run("shares", lambda place: recognize_percentage(cases[place]["text"], Culture.English))
    found = [[_neutral(one) for one in dates[at] + numbers[at] + money[at] + shares[at]] for at in range(len(cases))]
    json.dump({"found": found, "seconds": seconds}, sys.stdout)


def _or_nothing(call: Callable[[int], Any], place: int) -> list[Any]:
    try:
        return list(call(place))
    except Exception:  # noqa: BLE001 - a peer that fails on a text has found nothing in it
        return []


def _neutral(result: Any) -> dict[str, Any]:  # noqa: ANN401 - the peer has no types
    resolution = result.resolution or {}
    values = resolution.get("values") or [resolution]
    spans, numbers = [], []
    for value in values:
        kind = value.get("type", "")
        if kind == "date":
            spans.append([value.get("value"), value.get("value")])
        elif kind == "daterange":
            spans.append([value.get("start"), value.get("end")])
        elif value.get("value") not in (None, "null", "not resolved"):
            numbers.append(str(value["value"]))
    return {"start": result.start, "end": result.end + 1, "type": result.type_name, "spans": spans, "numbers": numbers}


if __name__ == "__main__":
    main()
