"""Pages a second, what is found on them and memory: ours, newspaper4k 0.9 and BeautifulSoup's paragraphs, in one run.

    python -m benchmarks.pages [--peer PYTHON]

PYTHON is the interpreter of an environment made from peers/requirements-pages.txt; without it only our own figures are
printed. The pages are the labelled cases (tests/cases) set into the surroundings of a news site: navigation, cookie
banner, related stories, comments and scripts, some 170 KB each, which is what real article pages have (181 pages of a
public benchmark: 174 KB). The surroundings are generated, so the scores say less than the speeds: real pages are
messier. Score: shared four-word shingles with the labelled text, as in scrapinghub/article-extraction-benchmark.
"""

import argparse
import json
import random
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from bot.sources.parser_process import ParserProcess

CASES = Path(__file__).parents[1] / "tests" / "cases" / "articles"
SHINGLE_WORDS = 4
_WORDS = ("council", "budget", "harvest", "museum", "bridge", "transit", "festival", "weather", "market", "river")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one reader made of all pages."""

    texts: Sequence[str]
    titles: Sequence[str]
    seconds: float  # CPU
    peak_megabytes: float


def made_page(title: str, paragraphs: Sequence[str], number: int) -> bytes:
    """Return an article in the surroundings of a news site."""
    rng = random.Random(number)  # noqa: S311  # repeatable, not secret
    words = _WORDS

    def phrase(count: int) -> str:
        return " ".join(rng.choice(words) for _ in range(count)).capitalize()

    links = "".join(f'<li class="nav-{n}"><a href="/{n}/{phrase(1)}">{phrase(3)}</a></li>' for n in range(250))
    related = "".join(
        f'<div class="card"><a href="/s/{n}"><h3>{phrase(7)}</h3></a><p class="teaser">{phrase(18)}.</p></div>'
        for n in range(40)
    )
    comments = "".join(f'<div class="comment"><b>{phrase(2)}</b><p>{phrase(25)}.</p></div>' for n in range(30))
    script = "".join(f"window.ads.push({{slot:{n},key:'{rng.random()}'}});" for n in range(1_800))
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} | Valley Ledger</title>'
        f'<meta property="og:title" content="{escape(title)}"><meta property="og:site_name" content="Valley Ledger">'
        f'<meta property="article:published_time" content="2025-01-16T09:00:00-08:00"><script>{script}</script></head>'
        f'<body><div class="cookie-banner"><p>We use cookies. Accept or reject.</p></div><nav><ul>{links}</ul></nav>'
        f'<main><article class="story"><h1>{escape(title)}</h1><div class="byline">By Staff</div>'
        f'<div class="story-body">{body}</div></article><aside class="related">{related}</aside>'
        f'<section id="comments">{comments}</section></main><footer><ul>{links}</ul></footer></body></html>'
    ).encode()


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[n : n + SHINGLE_WORDS]) for n in range(len(words) - SHINGLE_WORDS + 1)}


def scores(found: Sequence[str], gold: Sequence[str]) -> tuple[float, float]:
    """Return mean precision and recall of the texts."""
    precision = recall = 0.0
    for text, right in zip(found, gold, strict=True):
        ours, theirs = shingles(text), shingles(right)
        precision += len(ours & theirs) / (len(ours) or 1)
        recall += len(ours & theirs) / (len(theirs) or 1)
    return precision / len(gold), recall / len(gold)


def ours(folder: Path) -> Measured:
    """Read every page as the bot does: in the parser process, whose CPU and memory are counted."""
    pages = [path.read_bytes() for path in sorted(folder.glob("*.html"))]
    with ParserProcess() as parser:
        parser.page(pages[0])
        status = Path(f"/proc/{parser.worker_pid}/stat")
        before = _cpu_of(status)
        started = time.process_time()
        read = [parser.page(page) for page in pages]
        seconds = time.process_time() - started + _cpu_of(status) - before
        peak = int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{parser.worker_pid}/status").read_text())[0])
    return Measured(
        texts=[page.text for page in read],
        titles=[page.title for page in read],
        seconds=seconds,
        peak_megabytes=peak / 1_000,
    )


def theirs(python: str, reader: str, folder: Path) -> Measured:
    script = Path(__file__).parent / "peers" / "pages.py"
    done = subprocess.run([python, str(script), reader, str(folder)], check=True, capture_output=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    texts, titles = zip(*result["found"], strict=True)
    return Measured(
        texts=texts, titles=titles, seconds=result["seconds"], peak_megabytes=result["peak_kilobytes"] / 1_000
    )


def _cpu_of(status: Path) -> float:
    fields = status.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100  # user and system time in ticks of 10 ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default="")
    python = parser.parse_args().peer
    articles = [path.read_text(encoding="utf-8").strip().split("\n\n") for path in sorted(CASES.glob("*.txt"))]
    gold = ["\n".join(paragraphs[1:]) for paragraphs in articles]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, paragraphs in enumerate(articles):
            lines = [" ".join(paragraph.split()) for paragraph in paragraphs]
            (folder / f"{number:03}.html").write_bytes(made_page(lines[0], lines[1:], number))
        size = sum(path.stat().st_size for path in folder.iterdir()) / len(articles) / 1_000
        print(f"{len(articles)} pages of {size:.0f} KB")
        measured = {"ours": ours(folder)}
        if python:
            measured["newspaper4k"] = theirs(python, "newspaper", folder)
            measured["BeautifulSoup <p>"] = theirs(python, "soup", folder)
    titles = [" ".join(paragraphs[0].split()) for paragraphs in articles]
    for reader, result in measured.items():
        precision, recall = scores(result.texts, gold)
        right = sum(found.strip() == title for found, title in zip(result.titles, titles, strict=True))
        print(
            f"{reader:18} {len(articles) / result.seconds:6.1f} pages/CPU-s, peak {result.peak_megabytes:4.0f} MB, "
            f"precision {precision:.3f}, recall {recall:.3f}, titles {right}/{len(titles)}, "
            f"ratio {result.seconds / measured['ours'].seconds:.1f}"
        )
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    print(f"the bot's own process, which parses nothing: {own:.0f} MB")


if __name__ == "__main__":
    main()
