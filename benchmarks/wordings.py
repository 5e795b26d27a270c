"""How many ways of saying a thing each rule hears: short texts that must fire, and short texts that must not.

    python benchmarks/wordings.py                                    both halves of every rule
    python benchmarks/wordings.py --half seen --rule strike-ended --show    each miss and false alert
    python benchmarks/wordings.py --folder tests/wordings/plain             the plain ways of saying it

Each file of tests/wordings/rules/ holds texts for one rule, written before anybody looked at a pattern. Odd numbers may
be looked at while patterns are written; even numbers are kept apart, so that their figures say what a wording that
nobody has listed will meet.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.extraction import Reader, Tally, make_article, print_table  # noqa: E402 (the path comes first)

WORDINGS = ROOT / "tests" / "wordings" / "rules"
PLAIN = ROOT / "tests" / "wordings" / "plain"
HALVES = {"seen": 1, "apart": 0}  # by the remainder of a text's number
Yaml = dict[str, Any]


def read_wordings(folder: Path = WORDINGS, half: str = "seen") -> Iterator[tuple[str, Yaml]]:
    """Yield the rule and the text of one half, with the day it was published under `published`."""
    for path in sorted(folder.glob("*.yaml")):
        bank = yaml.safe_load(path.read_text(encoding="utf-8"))
        for each in bank["texts"]:
            if int(each["id"][1:]) % 2 == HALVES[half]:
                yield bank["rule"], {"published": bank["published"], **each}


def score_wording(reader: Reader, rule: str, wording: Yaml, tally: Tally) -> None:
    """Add to the tally whether one text fires its rule as it should."""
    text = wording["text"]
    article = make_article(text, text, published=wording["published"], publisher="", role="media", region=None)
    alerts = [each for each in reader.fired(article) if each.rule == rule]
    if wording["fires"]:
        tally.right += bool(alerts)
        tally.missed += not alerts
        if not alerts:
            tally.notes.append(f"{wording['id']} MISS   [{wording.get('words', '')}] in: {text}")
        return
    fired = [each for each in alerts if not each.is_review]
    tally.nears += 1
    tally.near += bool(fired)
    tally.wrong += bool(fired)
    for each in fired[:1]:
        place = next(mark.pattern for mark in each.event.evidence if mark.part == "trigger")
        tally.notes.append(f"{wording['id']} WRONG  [{each.event.quote}] {place} in: {text} ({wording.get('why', '')})")


def main() -> None:
    parser = argparse.ArgumentParser(description="score the rules on many wordings of the same things")
    parser.add_argument("--half", choices=HALVES, help="one half; both when not given")
    parser.add_argument("--rule", help="one rule")
    parser.add_argument("--folder", type=Path, default=WORDINGS, help="another folder of wordings")
    parser.add_argument("--show", action="store_true", help="print each miss and false alert of the half that is seen")
    arguments = parser.parse_args()
    reader = Reader()
    for half in [arguments.half] if arguments.half else HALVES:
        tallies: dict[str, Tally] = {}
        for rule, wording in read_wordings(arguments.folder, half):
            score_wording(reader, rule, wording, tallies.setdefault(rule, Tally()))
        title = f"wordings, {'kept apart' if half == 'apart' else half}"
        print_table(title, tallies, show=arguments.show and half == "seen", only=arguments.rule)


if __name__ == "__main__":
    main()
