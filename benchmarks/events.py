"""From text to events: articles a second with the shipped rules, with 10,000 more patterns, and beside spaCy.

    python -m benchmarks.events [--peer PYTHON]

Articles of about 4 kB are joined from the labelled cases, which speak of nothing but strikes, waits and fines
("dense"), and from the cases without an event, four to one ("mixed": near misses, most of which hold triggers). "Off
the subject" are the other pages of a newspaper, and "feed" nine of those to one dense article, as a large backfill is.
PYTHON is the interpreter of an environment made from peers/requirements-matcher.txt; it runs the same triggers as
spaCy Matcher patterns and dateparser on the sentences that hit: less work than ours, which also fills slots, judges
stance and merges.
"""

import argparse
import json
import random
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from benchmarks.timing import cpu_seconds
from bot.core.events.extractor import Extractor
from bot.core.events.load import load_event_types
from bot.core.model import Article, Precision, When
from bot.core.text.entities import load_entities

ROOT = Path(__file__).resolve().parents[1]
ARTICLE_CHARS = 4_000
MORE_PATTERNS = 10_000
PER_FILE = 500  # generated patterns in one event type
PEER_ARTICLES = 12  # the peer is slow; its rate is per article


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="interpreter of an environment with spacy and dateparser")
    options = parser.parse_args()
    files = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in ROOT.glob("rules/events/*.yaml")}
    dense, mixed = [list(texts) for texts in _texts()]
    away = [path.read_text("utf-8") for path in sorted((ROOT / "benchmarks" / "off_subject").glob("*.txt"))]
    feed = [text for place, text in enumerate(dense) for text in (text, *(away[place % len(away) :] + away)[:9])]
    extractor = _extractor(files)
    sets = {"dense": dense, "mixed": mixed, "off the subject": away, "feed": feed}
    rates = {name: _rate(extractor, texts) for name, texts in sets.items()}
    for name, rate in rates.items():
        print(f"{name}: {rate:,.0f} articles of 4 kB a second")
    large = _extractor(files | _generated(dense))
    for name, texts in (("dense", dense), ("mixed", mixed)):
        print(f"{name}, {MORE_PATTERNS:,} more patterns: cost x {rates[name] / _rate(large, texts):.2f}")
    if options.peer:
        _compare(options.peer, files, mixed, rates["mixed"])


def _extractor(files: dict[str, str]) -> Extractor:
    entities = load_entities((ROOT / "rules" / "entities.yaml").read_text("utf-8"))
    return Extractor(load_event_types(files), entities)


def _texts() -> Iterator[Iterator[str]]:
    labels = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in ROOT.glob("tests/cases/labels/*.yaml")}
    texts = {name: (ROOT / "tests/cases/articles" / f"{name}.txt").read_text("utf-8") for name in sorted(labels)}
    off = [text for name, text in texts.items() if not labels[name]["events"]]
    on = [text for name, text in texts.items() if labels[name]["events"]]
    yield _joined(on)
    blend = [
        text for place, text in enumerate(on) for text in (text, *(off[(place + step) % len(off)] for step in range(4)))
    ]
    yield _joined(blend)


def _joined(texts: Iterable[str]) -> Iterator[str]:
    whole = ""
    for text in texts:
        whole += f"{text}\n"
        if len(whole) >= ARTICLE_CHARS:
            yield whole[:ARTICLE_CHARS]
            whole = ""


def _article(text: str) -> Article:
    day = date(2024, 6, 3)
    published = When(first=day, last=day, precision=Precision.DAY, basis="benchmark")
    learned = datetime(2024, 6, 3, tzinfo=UTC)
    return Article(key="b", text=text, title="", source="benchmark", learned=learned, published=published)


def _rate(extractor: Extractor, texts: list[str]) -> float:
    articles = [_article(text) for text in texts]
    return len(articles) / cpu_seconds(lambda: [extractor.extract(article) for article in articles])


def _generated(texts: list[str]) -> dict[str, str]:
    """Make event types of random patterns over words of the articles: every word is somebody's trigger."""
    chance = random.Random(7)  # noqa: S311 (not a secret)
    words = sorted(
        {word for text in texts for word in text.lower().split() if word.isalpha() and len(word) > len("abc")}
    )
    files = {}
    for number in range(MORE_PATTERNS // PER_FILE):
        lines = [
            f"  - {chance.choice(words)} ...4 ({chance.choice(words)}|{chance.choice(words)})" for _ in range(PER_FILE)
        ]
        name = f"generated_{number}"
        files[f"rules/events/{name}.yaml"] = f"event: {name}\npatterns:\n" + "\n".join(lines) + "\n"
    return files


def _compare(python: str, files: dict[str, str], texts: list[str], ours: float) -> None:
    types = load_event_types(files)
    phrases = [
        line.phrase.text
        for each in types.definitions.values()
        for pattern in each.patterns
        for line in pattern.triggers
    ]
    lists: dict[str, list[str]] = {}
    for path, text in files.items():
        tree = yaml.load(text, Loader=yaml.CSafeLoader)  # the other one refuses a question mark in a list
        lists |= tree if path.endswith("_words.yaml") else tree.get("words", {})
    question = {"phrases": phrases, "lists": lists, "texts": texts[:PEER_ARTICLES]}
    command = [python, str(ROOT / "benchmarks" / "peers" / "matcher.py")]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    peer = PEER_ARTICLES / answer["seconds"]
    name = f"spaCy Matcher ({answer['patterns']} patterns) and dateparser"
    print(f"{name}: {peer:,.2f} articles/s, ratio {ours / peer:,.0f}")


if __name__ == "__main__":
    main()
