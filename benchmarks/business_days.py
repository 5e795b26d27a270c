"""Deadlines ten business days after every day of three years: ours, the holidays package and numpy in the same run.

    python -m benchmarks.business_days [--peer PYTHON]

PYTHON is the interpreter of an environment made from peers/requirements.txt; without it only our own rate is printed.
A deadline of the holidays package is wrong where its list of days off differs from CalHR's.
"""

import argparse
import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

from benchmarks.timing import cpu_seconds
from bot.core.calendars import load_calendars

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
DAYS = 10
ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="interpreter of the peers' environment")
    options = parser.parse_args()
    calendar = load_calendars((ROOT / "rules" / "calendars.yaml").read_text(encoding="utf-8")).named("ca_state")
    starts = [FIRST + timedelta(days=shift) for shift in range((LAST - FIRST).days + 1)]
    deadlines = [calendar.add(start, DAYS).isoformat() for start in starts]
    seconds = cpu_seconds(lambda: [calendar.add(start, DAYS) for start in starts])
    print(f"ours (ca_state): {seconds / len(starts) * 1e6:.1f} microseconds a deadline, {len(starts)} deadlines")
    if options.peer:
        days_off = [day.isoformat() for day in calendar.holidays if FIRST.year <= day.year <= LAST.year + 1]
        asked = json.dumps({"starts": [start.isoformat() for start in starts], "days_off": days_off, "days": DAYS})
        command = [options.peer, str(ROOT / "benchmarks" / "peers" / "workdays.py")]
        answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
        for name, peer in json.loads(answer).items():
            other = sum(theirs != mine for theirs, mine in zip(peer["deadlines"], deadlines, strict=True))
            rate, share = peer["seconds"] / len(starts) * 1e6, other / len(starts)
            print(f"{name}: {rate:.1f} microseconds, {other} of {len(starts)} deadlines differ ({share:.1%})")


if __name__ == "__main__":
    main()
