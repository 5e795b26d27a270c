"""A floor under the dates, lengths, amounts and numbers of a public specification for voice assistants.

News text comes first: a change that reads news better may lower a figure, down to the floor.
"""

import json
from pathlib import Path

import pytest

from benchmarks.times import ours, score

CASES = Path(__file__).parents[3] / "shared" / "time-cases.json"

FLOORS = {"date": 0.75, "daterange": 0.60, "duration": 0.88, "currency": 0.85, "number": 0.75}


@pytest.mark.skipif(
    not CASES.is_file(), reason="the shared folder with the specification's cases is not beside the project"
)
def test_each_kind_of_value_stays_above_its_floor() -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    right, total = score(cases, [ours(case) for case in cases])
    shares = {kind: right[kind] / total[kind] for kind in FLOORS}
    assert {kind: share for kind, share in shares.items() if share < FLOORS[kind]} == {}
