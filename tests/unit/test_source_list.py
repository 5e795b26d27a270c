from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import soupsieve
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import RuleFileError
from bot.sources.source_list import load_sources, parse_length, source_name

SHIPPED = Path(__file__).parents[2] / "rules" / "sources.yaml"
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def faults(text: str) -> list[str]:
    with pytest.raises(RuleFileError) as caught:
        load_sources(text)
    return [str(fault) for fault in caught.value.faults]


def test_an_entry_says_what_to_read_how_often_and_who_speaks() -> None:
    listed = load_sources(
        "sources:\n"
        "  - feed: https://laist.com/index.rss\n    id: laist\n    every: 10 minutes\n    since: 2025-01-16\n"
        "    publisher: LAist\n    role: media\n    expect: 1 day\n    full_text: false\n"
        "  - folder: inbox\n"
        "allow:\n  - wiki.example.org:8443\n"
    )
    feed, folder = listed.sources
    assert (feed.id, feed.every, feed.role, feed.full_text) == ("feed:laist", timedelta(minutes=10), "media", False)
    assert feed.oldest(NOW) == datetime(2025, 1, 16, tzinfo=UTC)
    assert (folder.id, folder.every) == ("folder:inbox", timedelta(seconds=10))
    assert folder.oldest(NOW) == NOW - timedelta(days=7)
    assert listed.allowed == frozenset({("wiki.example.org", 8443)})


def test_the_file_knows_publishers_by_host_and_name() -> None:
    listed = load_sources(
        "sources:\n  - feed: https://www.laist.com/index.rss\n    publisher: LAist\n    role: media\n"
    ).publishers({"nuhw": "union"})
    assert listed.role_by_host == {"laist.com": "media"}
    assert listed.role_by_name == {"nuhw": "union", "laist": "media"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sources:\n  - fed: https://x.org/\n", "2:5: a source has no key 'fed'; did you mean 'feed'?"),
        ("sources:\n  - id: x\n", "2:5: a source has exactly one of feed, sitemap"),
        ("sources:\n  - feed: https://x.org/\n    page: https://y.org/\n", "this one has 2"),
        ("sources:\n  - feed: ftp://x.org/\n", "2:11: feed: only http and https are read"),
        ("sources:\n  - index: https://x.org/\n", "an index needs `select`"),
        ("sources:\n  - index: https://x.org/\n    select: 'a[['\n", "3:13: select: 'a[[' is no CSS selector"),
        ("sources:\n  - feed: https://x.org/\n    every: often\n", "3:12: every: write a length such as"),
        ("sources:\n  - feed: https://x.org/\n    every: 1 minute\n", "every: between 0:05:00"),
        ("sources:\n  - feed: https://x.org/\n    since: soon\n", "since: write a day"),
        ("sources:\n  - feed: https://x.org/\n    role: press\n", "role: 'press' is none of union"),
        ("sources:\n  - feed: https://x.org/\n    id: A B\n", "use small letters"),
        ("sources:\n  - feed: https://x.org/\n    full_text: maybe\n", "write true or false"),
        ("sources:\n  - feed: https://x.org/a\n  - feed: https://www.x.org/a/\n    id: y\n", "is read twice"),
        ("sources:\n  - feed: https://x.org/a\n  - feed: https://x.org/b\n", "is listed twice"),
        ("sources: none\n", "'sources' is a list"),
        ("sources:\n  - just words\n", "a source is written as `key: value` lines"),
        ("allow:\n  - wiki\nsources: []\n", "2:5: allow: write `host:port`"),
        ("surces: []\n", "the file has no key 'surces'; did you mean 'sources'?"),
        ("sources:\n  - feed: [a]\n", "feed: one line of text is expected"),
    ],
)
def test_each_fault_is_named_with_its_place_and_a_way_out(text: str, fault: str) -> None:
    assert any(fault in found for found in faults(text)), faults(text)


@given(st.text('ab1.#>,*[]="^ ', min_size=1, max_size=12).filter(str.strip))
@settings(max_examples=300, deadline=None)
def test_a_selector_is_refused_exactly_when_no_page_could_be_read_by_it(words: str) -> None:
    listed = f"sources:\n  - index: https://x.org/\n    select: '{words}'\n"
    try:
        soupsieve.compile(words.strip())
    except soupsieve.SelectorSyntaxError:
        assert any("is no CSS selector" in fault for fault in faults(listed))
    else:
        assert load_sources(listed).sources[0].select == words.strip()


def test_all_faults_are_told_at_once() -> None:
    assert len(faults("sources:\n  - fed: x\n  - feed: https://x.org/\n    role: y\n    every: z\n")) == 4


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("30 minutes", timedelta(minutes=30)),
        ("1 day", timedelta(days=1)),
        ("2weeks", timedelta(days=14)),
        ("0 days", None),
        ("fortnight", None),
        ("", None),
    ],
)
def test_lengths_are_read_as_people_write_them(words: str, length: timedelta | None) -> None:
    assert parse_length(words) == length


def test_a_source_without_a_name_is_called_after_its_place() -> None:
    assert source_name("https://www.gov.ca.gov/feed/") == "gov-ca-gov"
    assert source_name("/data/my inbox/", is_folder=True) == "my-inbox"


def test_the_shipped_list_loads_and_every_address_that_was_not_tried_says_so() -> None:
    listed = load_sources(SHIPPED.read_text(encoding="utf-8"))
    assert len(listed.sources) > 30
    online = [entry for entry in listed.sources if entry.kind != "folder"]
    assert [entry.id for entry in online if "Check it before use, and again " not in entry.disabled] == []
    assert [entry.id for entry in listed.sources if entry.kind != "folder" and not entry.disabled] == []
    assert {entry.role for entry in listed.sources if entry.kind != "folder"} >= {
        "union",
        "company",
        "regulator",
        "media",
    }
