"""holidays and numpy on the deadlines of benchmarks/business_days.py: run by it, in the peers' environment.

Reads {"starts": [...], "days_off": [...], "days": n} on standard input, writes deadlines and seconds.
"""

import json
import sys
import time
from collections.abc import Callable  # noqa: TC003 - the types of a mapping below
from datetime import date


def main() -> None:
    import holidays  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the peer
    import numpy as np  # noqa: PLC0415 - the peer

    asked = json.load(sys.stdin)
    starts = [date.fromisoformat(start) for start in asked["starts"]]
    years = {start.year + shift for start in starts for shift in (0, 1)}
    state = holidays.country_holidays("US", subdiv="CA", years=years)
    off = np.array(asked["days_off"], dtype="datetime64[D]")
    days = asked["days"]

    def offset(start: date) -> date:
        found: date = np.busday_offset(np.datetime64(start), days, roll="backward", holidays=off).item()
        return found

    systems: dict[str, Callable[[date], date]] = {
        "holidays US-CA": lambda start: state.get_nth_working_day(start, days),
        "numpy.busday_offset with our days off": offset,
    }
    answers = {}
    for name, due in systems.items():
        due(starts[0])
        before = time.process_time()
        deadlines = [due(start).isoformat() for start in starts]
        answers[name] = {"deadlines": deadlines, "seconds": time.process_time() - before}
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
