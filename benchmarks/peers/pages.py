"""The other side of benchmarks/pages.py: newspaper4k, or BeautifulSoup's paragraphs, over a folder of pages.

Runs in an environment made from requirements-pages.txt and prints one JSON object: texts, titles, CPU seconds, memory.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


def newspaper(body: bytes) -> tuple[str, str]:
    """Return text and title by newspaper4k."""
    from newspaper import Article  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - the peer

    article = Article("https://example.org/a", fetch_images=False)
    article.download(input_html=body.decode("utf-8"))
    article.parse()
    return article.text, article.title


def soup(body: bytes) -> tuple[str, str]:
    """Return text and title as a script with BeautifulSoup usually takes them: every paragraph."""
    from bs4 import BeautifulSoup  # noqa: PLC0415  # only one of the two is measured in a process

    tree = BeautifulSoup(body, "lxml")
    heading = tree.find("h1")
    return "\n".join(
        node.get_text(" ", strip=True) for node in tree.find_all("p")
    ), heading.get_text() if heading else ""


def main() -> None:
    """Measure one of the two."""
    read = {"newspaper": newspaper, "soup": soup}[sys.argv[1]]
    pages = [path.read_bytes() for path in sorted(Path(sys.argv[2]).glob("*.html"))]
    read(pages[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    found = [read(page) for page in pages]
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"found": found, "seconds": seconds, "peak_kilobytes": peak, "growth_kilobytes": peak - before}))


main()
