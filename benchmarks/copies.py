"""How many copies of an article are found, and how many pairs are taken for copies wrongly.

    python -m benchmarks.copies [--articles N]

The articles are generated: sentences drawn from a shared stock of phrases, so that different articles have some
six-word runs in common, with the boilerplate of one of forty publishers below each. Of every tenth article five
variants are made: reformatted, a wire copy (dateline, up to a quarter cut, the agency's line below), a light edit (10 %
of the sentences and 2 % of the words dropped), a heavy edit (35 % of the sentences dropped, the rest in another order)
and a 30 % excerpt. Full texts have some 800 words, short ones 140.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from benchmarks.timing import cpu_seconds
from bot.core.copies import Printed, find_copies, make_prints

DAY = date(2025, 1, 16)
PUBLISHERS = 40
SHARED_PHRASES = 0.1  # of the sentences: what every writer on the subject writes
SIZES = {"full, 800 words": 44, "short, 140 words": 8}  # sentences


def sentence(rng: random.Random) -> str:
    return " ".join(f"w{rng.randrange(6_000)}" for _ in range(18))


def article(number: int, sentences: int, stock: Sequence[str]) -> list[str]:
    rng = random.Random(number)  # noqa: S311  # repeatable, not secret
    return [rng.choice(stock) if rng.random() < SHARED_PHRASES else sentence(rng) for _ in range(sentences)]


def wire(lines: list[str], rng: random.Random) -> list[str]:
    kept = max(int(len(lines) * (1 - rng.random() / 4)), 1)
    return ["GLENDALE AP", *lines[:kept], "this story was provided to its members by the agency"]


def light(lines: list[str], rng: random.Random) -> list[str]:
    kept = [line for line in lines if rng.random() > 0.1]
    return [" ".join(word for word in line.split() if rng.random() > 0.02) for line in kept]


def heavy(lines: list[str], rng: random.Random) -> list[str]:
    kept = [line for line in lines if rng.random() > 0.35]
    return rng.sample(kept, len(kept))


VARIANTS: dict[str, Callable[[list[str], random.Random], list[str]]] = {
    "reformatted": lambda lines, _rng: [line.upper() for line in lines],
    "wire copy": wire,
    "light edit": light,
    "heavy edit": heavy,
    "excerpt": lambda lines, _rng: lines[: max(int(len(lines) * 0.3), 1)],
}


def measure(name: str, sentences: int, count: int) -> None:
    rng = random.Random(0)  # noqa: S311  # repeatable, not secret
    stock = [sentence(rng) for _ in range(400)]
    boilerplate = [[sentence(rng) for _ in range(3)] for _ in range(PUBLISHERS)]
    texts = [article(number, sentences, stock) for number in range(count)]
    printed = [
        _printed(f"o{number:05}", [*lines, *boilerplate[number % PUBLISHERS]], 0) for number, lines in enumerate(texts)
    ]
    false_pairs = len(find_copies(printed))
    print(f"{name}: {count} articles, {false_pairs} taken for copies wrongly", end="")
    for variant, change in VARIANTS.items():
        chosen = range(0, count, 10)
        copies = [
            _printed(f"z{number:05}", [*change(texts[number], rng), *boilerplate[(number + 7) % PUBLISHERS]], 2)
            for number in chosen
        ]
        found = find_copies([*printed, *copies])
        right = sum(found[copy.key].origin == f"o{copy.key[1:]}" for copy in copies if copy.key in found)
        print(f", {variant} {right / len(chosen):.3f}", end="")
    whole = " ".join(texts[0])
    prints = cpu_seconds(lambda: make_prints(whole)) * 1_000
    grouping = cpu_seconds(lambda: find_copies(printed), runs=1) / count * 1_000
    print(f"; {prints:.2f} ms an article to print, {grouping:.2f} ms to group")


def _printed(key: str, lines: Sequence[str], days: int) -> Printed:
    return Printed(key=key, on=DAY + timedelta(days=days), prints=make_prints(". ".join(lines)))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--articles", type=int, default=1_000)
    count = arguments.parse_args().articles
    for name, sentences in SIZES.items():
        measure(name, sentences, count)


if __name__ == "__main__":
    main()
