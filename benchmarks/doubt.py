"""Count the words of labelled sentences, by which an event is in doubt or not (bot/core/events/doubt.py).

    python -m benchmarks.doubt                    how well that works on articles whose words were not counted
    python -m benchmarks.doubt --write            count all of them into rules/events/_doubt.yaml
    python -m benchmarks.doubt --folder DIR       other folders of articles and labels, in the layout of tests/cases

Counted are the sentences of `alerts`, `alerts_optional` and `must_not_fire`, those of the corpus's gold answers, and
the texts of tests/wordings. Limits and the table come from eight rounds, in each of which an eighth of the articles is
weighed by the counts of the others. A limit lies as high as those around it tempt ten times as often as they tell; an
event of the corpus, which is of the kind of text that the bot is for, is never below it.
"""

import argparse
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from math import floor
from pathlib import Path
from textwrap import wrap

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.extraction import CASES, CORPUS, CORPUS_GOLD, read_brief, read_cases  # noqa: E402 (the path comes first)
from benchmarks.wordings import HALVES, read_wordings  # noqa: E402 (as above)
from bot.core.events.doubt import (  # noqa: E402 (as above)
    AFTER,
    BEFORE,
    IN_SENTENCE,
    LEAST_WORDS,
    Counts,
    DoubtKind,
    Doubts,
    words_of,
)
from bot.core.events.fold import fold  # noqa: E402 (as above)
from bot.core.text.sentences import split_sentences  # noqa: E402 (as above)

FRESH = ROOT / "tests" / "cases_fresh"
WRITTEN = ROOT / "rules" / "events" / "_doubt.yaml"
DOUBTED_SHARE = 0.03  # of the sentences that tell an event: so many of them lie below the limit of their kind at least
MOST_DOUBTED = 0.08  # and so many at most
TEMPTING_ODDS = 10  # to one: how much rather a sentence at the limit tempts than tells; few that tempt hit a pattern
WINDOW = 1.0  # how far from a limit the weight of a sentence lies that is counted for its odds
STEP = 0.1  # between the limits that are tried
LOWEST = -8.0  # the first of them
ROUNDS = 8
LEAST_COUNT = 4  # of a word: one that stood in a single sentence says nothing
WIDTH = 120  # characters of a line
_BOUND = "\N{NO-BREAK SPACE}"
Where = dict[str, tuple[str, ...]]
KINDS: dict[str, tuple[str, Where]] = {  # by rule: the events that it looks for
    "wait-exceeds-10-business-days": ("appointment_wait", {}),
    "session-no-new-proposals": ("bargaining_session", {"outcome": ("no_new_proposals",)}),
    "no-sessions-scheduled": ("bargaining_session", {"status": ("none_scheduled",)}),
    "appointments-cancelled": ("appointment_cancellation", {}),
    "penalty-imposed": ("penalty", {"status": ("imposed", "settled", "total")}),
    "corrective-action-overdue": ("corrective_action", {"status": ("overdue", "not_produced")}),
    "mediation-scheduled": ("mediation", {"status": ("scheduled",)}),
    "strike-started": ("strike", {"status": ("started",)}),
    "strike-ended": ("strike", {"status": ("ended",)}),
    "regulator-complaint": ("complaint", {"status": ("filed",)}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One labelled sentence with those around it, folded."""

    round: int  # in which it is weighed and not counted
    rule: str
    is_told: bool
    of_corpus: bool
    sentence: bytes
    around: tuple[bytes, ...]


Sums = dict[str, tuple[list[float], list[float]]]
"""By rule: what the sentences that tell an event weigh, and those where something only tempts; sorted."""


# ---- what is counted -------------------------------------------------------------------------------------------------


def samples(folders: Iterable[Path]) -> Iterator[Sample]:
    """Yield every labelled sentence of the folders, of the corpus and of the wordings."""
    for folder in folders:
        for case in read_cases(folder):
            for key in ("alerts", "alerts_optional", "must_not_fire"):
                for label in case.labels[key]:
                    yield _sample(case.article.text, label["quote"], label["rule"], is_told=key != "must_not_fire")
    yield from _of_corpus()
    for rule, wording in chain.from_iterable(read_wordings(half=half) for half in HALVES):
        yield _sample(wording["text"], wording.get("words", ""), rule, is_told=wording["fires"])


def _of_corpus() -> Iterator[Sample]:
    gold = yaml.safe_load(CORPUS_GOLD.read_text(encoding="utf-8"))
    for brief in gold["briefs"]:
        text = read_brief(CORPUS / brief["file"], brief).text
        quotes = {event["id"]: event["quote"] for event in brief["events"]}
        told = [(each["rule"], quotes[event]) for each in brief["alerts"] for event in each["events"]]
        tempting = [(each["rule"], each["quote"]) for each in brief["must_not"] if each.get("quote")]
        for is_told, found in ((True, told), (False, tempting)):
            for rule, quote in found:
                if rule in KINDS:
                    yield _sample(text, quote, rule, is_told=is_told, of_corpus=True)


def _sample(text: str, quote: str, rule: str, *, is_told: bool, of_corpus: bool = False) -> Sample:
    start, folded, sentences = text.find(quote), fold(text), split_sentences(text)
    copies = [folded[each.start : each.end] for each in sentences]
    index = max((number for number, each in enumerate(sentences) if each.start <= start), default=0)
    return Sample(
        round=int.from_bytes(sha256(folded).digest()[:2]) % ROUNDS,
        rule=rule,
        is_told=is_told,
        of_corpus=of_corpus,
        sentence=copies[index],
        around=(*copies[max(0, index - BEFORE) : index], *copies[index + 1 : index + 1 + AFTER]),
    )


def count(found: Iterable[Sample], below: Mapping[str, float]) -> list[DoubtKind]:
    """Count the words of each kind of event, in the order of KINDS."""
    told: dict[str, Counter[bytes]] = defaultdict(Counter)
    tempting: dict[str, Counter[bytes]] = defaultdict(Counter)
    sentences: dict[str, Counts] = defaultdict(Counts)
    for each in found:
        (told if each.is_told else tempting)[each.rule].update(words_of(each.sentence, each.around))
        sentences[each.rule] += Counts(1, 0) if each.is_told else Counts(0, 1)
    return [
        DoubtKind(
            event=event,
            where={slot: frozenset(values) for slot, values in where.items()},
            below=below[rule],
            sentences=sentences[rule],
            words={
                stem: Counts(told[rule][stem], tempting[rule][stem])
                for stem in sorted(told[rule] | tempting[rule])
                if told[rule][stem] + tempting[rule][stem] >= LEAST_COUNT
            },
        )
        for rule, (event, where) in KINDS.items()
    ]


# ---- how well it works -----------------------------------------------------------------------------------------------


def weighed(found: list[Sample]) -> Sums:
    """Weigh each sentence by the counts of other articles."""
    sums: Sums = {rule: ([], []) for rule in KINDS}
    for number in range(ROUNDS):
        kinds = count((each for each in found if each.round != number), dict.fromkeys(KINDS, 0.0))
        scale_by_rule = dict(zip(KINDS, Doubts(kinds).scales, strict=True))
        for each in found:
            if each.round == number:
                weights = scale_by_rule[each.rule].weigh(each.sentence, each.around)
                if len(weights) >= LEAST_WORDS:
                    sums[each.rule][not each.is_told].append(sum(weights.values()))
    return {rule: (sorted(told), sorted(tempting)) for rule, (told, tempting) in sums.items()}


def limits(sums: Sums, found: Iterable[Sample]) -> dict[str, float]:
    """Return for each rule the highest sum of weights at which a sentence rather tempts, by TEMPTING_ODDS, than tells.

    Args:
        sums: of all sentences, each weighed by the counts of other articles.
        found: all sentences; those of the corpus that tell an event lie above the limit.
    """
    samples_found = list(found)
    scales = dict(zip(KINDS, Doubts(count(samples_found, dict.fromkeys(KINDS, 0.0))).scales, strict=True))
    below = {rule: _limit(told, tempting) for rule, (told, tempting) in sums.items()}
    for each in samples_found:
        weights = scales[each.rule].weigh(each.sentence, each.around)
        if each.of_corpus and each.is_told and len(weights) >= LEAST_WORDS:
            below[each.rule] = min(below[each.rule], floor(sum(weights.values()) / STEP) * STEP)
    return {rule: round(limit, 1) for rule, limit in below.items()}


def _limit(told: list[float], tempting: list[float]) -> float:
    limit = told[int(DOUBTED_SHARE * len(told))]
    tried, last = LOWEST, told[int(MOST_DOUBTED * len(told))]
    while tried <= last:
        if _around(tempting, tried) >= TEMPTING_ODDS * max(1, _around(told, tried)):
            limit = max(limit, tried)
        tried += STEP
    return limit


def _around(sums: list[float], limit: float) -> int:
    return bisect_left(sums, limit + WINDOW) - bisect_left(sums, limit - WINDOW)


def score(sums: Sums, below_by_rule: Mapping[str, float]) -> None:
    """Print how many of each lie below the limit."""
    print(f"{'in doubt':32} below   of those told    of those that only tempt")
    for rule, below in below_by_rule.items():
        told, tempting = (f"{bisect_left(each, below):>5} of {len(each):<5}" for each in sums[rule])
        print(f"{rule:32} {below:>5}   {told}    {tempting}")


# ---- the file --------------------------------------------------------------------------------------------------------


def write(kinds: Iterable[DoubtKind]) -> None:
    """Write the counts as the file that the bot reads."""
    lines = [
        "# Counts of words in labelled sentences: where they speak against a pattern, a rule gives a review, no alert.",
        "# Written by `python -m benchmarks.doubt --write`, and so lost at the next one when edited. A word stands by",
        "# its first six letters: `word told/tempting`, how often it stands where such an event is told, and how often",
        f"# where something only tempts; {IN_SENTENCE} for the sentence itself, 1 for those around it.",
        "kinds:",
    ]
    for kind in kinds:
        where = ", ".join(f"{slot}: [{', '.join(sorted(values))}]" for slot, values in kind.where.items())
        lines += [f"  - event: {kind.event}", *([f"    where: {{{where}}}"] if where else [])]
        lines += [f"    below: {kind.below:g}   # sum of weights under which one is in doubt"]
        lines += [f"    told: {kind.sentences.told}", f"    tempting: {kind.sentences.tempting}", "    words: |"]
        lines += _wrapped(f"{stem.decode()} {seen.told}/{seen.tempting}" for stem, seen in kind.words.items())
    WRITTEN.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _wrapped(entries: Iterable[str]) -> list[str]:
    """Return lines that break between entries."""
    bound = " ".join(entry.replace(" ", _BOUND) for entry in entries)
    indent = " " * 6
    filled = wrap(bound, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_BOUND, " ") for line in filled]


def main() -> None:
    parser = argparse.ArgumentParser(description="count the words of labelled sentences")
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN.relative_to(ROOT)}")
    parser.add_argument("--folder", type=Path, action="append", help="articles and labels; tests/cases and _fresh")
    options = parser.parse_args()
    found = list(samples(options.folder or [CASES, FRESH]))
    sums = weighed(found)
    below = limits(sums, found)
    score(sums, below)
    if options.write:
        write(count(found, below))


if __name__ == "__main__":
    main()
