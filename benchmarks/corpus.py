"""Articles to read, of any number and the same for the same seed, put together from the labelled cases.

    python -m benchmarks.corpus FOLDER COUNT [--telling SHARE] [--seed N] [--html FOLDER]

An article takes most of its paragraphs from one case and the others from two more, with the bodies and places that the
labels name replaced by invented ones and its two- and three-digit numbers moved a little: the sentences are those that
patterns must tell apart, near misses and page furniture among them. One that tells nothing is put together from
off_subject/, the other pages of a newspaper. About 3 to 4 kB each, as Markdown with front matter, and as web pages
where --html is given.
"""

import argparse
import html
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases"
OFF_SUBJECT = Path(__file__).with_name("off_subject")  # the other pages of a newspaper
OTHER_SUBJECTS = ("005", "012", "021", "033", "048")  # cases that are neither (tests/cases/README.md)
OWN_SHARE = 0.6  # of the paragraphs come from the article's own case
PARAGRAPHS = 18
FIRST_DAY, DAYS = date(2021, 1, 4), 1_700
A_FOLDER = 1_000  # files in one folder
_NUMBER = re.compile(r"(?<![\d.,$£€/:-])\b[1-9]\d{1,2}\b(?![\d.,%/:-])")
_FIRST = ("Alder", "Birch", "Cedar", "Dove", "Elm", "Fern", "Glen", "Heron", "Iris", "Juniper", "Lark", "Maple", "Oak")
_LAST = ("brook", "crest", "dale", "field", "gate", "haven", "mont", "port", "ridge", "side", "view", "wick", "worth")
_KIND = {"organisation": " Health", "counterparty": " Healthcare Workers Union", "region": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A labelled article, cut into paragraphs."""

    title: str
    paragraphs: tuple[str, ...]
    kind_by_name: Mapping[str, str]  # what the labels name, longest first


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One article, put together."""

    number: int
    title: str
    published: date
    publisher: str
    paragraphs: tuple[str, ...]

    def markdown(self) -> str:
        """Return it as a file with front matter."""
        head = {"title": self.title, "publisher": self.publisher, "published": self.published.isoformat()}
        head["url"] = f"https://news.example/{self.published.year}/{self.number}"
        return f"---\n{yaml.safe_dump(head, allow_unicode=True)}---\n\n" + "\n\n".join(self.paragraphs) + "\n"

    def page(self) -> str:
        """Return it as a web page."""
        day, words = self.published.isoformat(), "".join(f"<p>{html.escape(each)}</p>\n" for each in self.paragraphs)
        title = html.escape(self.title)
        return (
            f'<!doctype html><html lang="en"><head><title>{title}</title>'
            f'<meta property="article:published_time" content="{day}"></head>\n'
            f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>\n{words}</article></body></html>\n"
        )


def write(count: int, *, telling: float = 1.0, seed: int = 1, start: int = 0) -> Iterator[Written]:
    """Put articles together.

    Args:
        count: how many.
        telling: the share that is on the subject.
        seed: another seed gives other articles.
        start: number of the first, so that a corpus can be made in parts.
    """
    on, off = cases()
    for number in range(start, start + count):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 - made-up news
        yield _article(number, chance, on if chance.random() < telling else off)


@cache
def cases() -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Read the cases on the subject and the articles off it."""
    names = sorted(path.stem for path in (CASES / "labels").glob("*.yaml"))
    on = tuple(_case(name) for name in names if name not in OTHER_SUBJECTS)
    return on, tuple(_cut(path.read_text("utf-8"), {}) for path in sorted(OFF_SUBJECT.glob("*.txt")))


def _case(name: str) -> Case:
    labels: dict[str, Any] = yaml.safe_load((CASES / "labels" / f"{name}.yaml").read_text("utf-8"))
    kinds = {
        part.split(" (")[0].split(", ")[0]: kind
        for event in labels["events"]
        for kind in _KIND
        if (part := event[kind])
    }
    return _cut((CASES / "articles" / f"{name}.txt").read_text("utf-8"), kinds)


def _cut(text: str, kinds: Mapping[str, str]) -> Case:
    title, *paragraphs = text.split("\n\n")
    return Case(
        title=title.strip(),
        paragraphs=tuple(each.strip() for each in paragraphs if each.strip()),
        kind_by_name=dict(sorted(kinds.items(), key=lambda pair: -len(pair[0]))),
    )


def _article(number: int, chance: random.Random, among: Sequence[Case]) -> Written:
    own, *others = chance.sample(among, 3)
    size = min(PARAGRAPHS, len(own.paragraphs) * 2)
    taken = sorted(chance.sample(range(len(own.paragraphs)), min(len(own.paragraphs), round(size * OWN_SHARE))))
    told = [_changed(own.paragraphs[place], own, chance) for place in taken]
    for _ in range(size - len(taken)):
        other = chance.choice(others)
        told.insert(chance.randrange(len(told) + 1), _changed(chance.choice(other.paragraphs), other, chance))
    return Written(
        number=number,
        title=_changed(own.title, own, chance),
        published=FIRST_DAY + timedelta(days=chance.randrange(DAYS)),
        publisher=f"Paper {number % 50}",
        paragraphs=tuple(told),
    )


def _changed(words: str, case: Case, chance: random.Random) -> str:
    for name, kind in case.kind_by_name.items():
        if name in words:
            words = words.replace(name, f"{chance.choice(_FIRST)}{chance.choice(_LAST)}{_KIND[kind]}")
    return _NUMBER.sub(lambda found: str(max(2, int(found[0]) + chance.randrange(-3, 4))), words)


def write_files(folder: Path, articles: Iterator[Written], pages: Path | None = None) -> int:
    """Write articles into folders of a thousand; return how many bytes of text."""
    size = 0
    for article in articles:
        for top, suffix, content in ((folder, "md", article.markdown()), (pages, "html", article.page())):
            if top is not None:
                below = top / f"{article.number // A_FOLDER:04}"
                below.mkdir(parents=True, exist_ok=True)
                (below / f"{article.number}.{suffix}").write_text(content, encoding="utf-8")
        size += sum(map(len, article.paragraphs))
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--telling", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--html", type=Path)
    arguments = parser.parse_args()
    articles = write(arguments.count, telling=arguments.telling, seed=arguments.seed)
    size = write_files(arguments.folder, articles, arguments.html)
    print(f"{arguments.count:,} articles, {size / arguments.count:,.0f} characters each")


if __name__ == "__main__":
    main()
