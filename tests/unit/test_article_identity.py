import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.sources.identity import article_key, canonical_url

PLAIN = "https://example.org/news/talks-fail?id=7"


@pytest.mark.parametrize(
    "variant",
    [
        "http://example.org/news/talks-fail?id=7",
        "HTTPS://Example.ORG/news/talks-fail?id=7",
        "https://www.example.org/news/talks-fail?id=7",
        "https://m.example.org/news/talks-fail?id=7",
        "https://example.org:443/news/talks-fail?id=7",
        "http://example.org:80/news/talks-fail?id=7",
        "https://example.org./news/talks-fail?id=7",
        "https://example.org/news/talks-fail/?id=7",
        "https://example.org//news/talks-fail?id=7",
        "https://example.org/news/talks%2Dfail?id=7",
        "https://example.org/news/talks-fail?id=7#comments",
        "https://example.org/news/talks-fail?utm_source=rss&id=7&utm_medium=feed",
        "https://example.org/news/talks-fail?fbclid=x&id=7",
        "https://example.org/news/talks-fail?id=7&mc_cid=1",
        " https://example.org/news/talks-fail?id=7 ",
        "https://user@example.org/news/talks-fail?id=7",
        "https://example.org/news/talks-fail/index.html?id=7",
    ],
)
def test_these_addresses_are_one_article(variant: str) -> None:
    assert canonical_url(variant) == canonical_url(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/news/talks-fail?id=8",
        "https://example.org/news/talks-fail",
        "https://example.org/news/Talks-Fail?id=7",
        "https://example.org/news/talks-fail/2?id=7",
        "https://news.example.org/news/talks-fail?id=7",
        "https://example.com/news/talks-fail?id=7",
        "https://example.org:8443/news/talks-fail?id=7",
        "https://example.org/news%2Ftalks-fail?id=7",
    ],
)
def test_these_addresses_are_others(other: str) -> None:
    assert canonical_url(other) != canonical_url(PLAIN)


@pytest.mark.parametrize(
    "nothing", ["", "news", "file:///etc/passwd", "javascript:1", "https://", "http://[::1", "https://a b/"]
)
def test_what_is_no_web_address_is_no_identity(nothing: str) -> None:
    assert canonical_url(nothing) is None
    assert article_key(nothing, "words").startswith("text:")


@given(st.text(max_size=60))
@settings(max_examples=300)
@example("\x0c#")
def test_the_canonical_form_is_its_own_canonical_form(tail: str) -> None:
    once = canonical_url(f"https://example.org/{tail}")
    assert once is None or canonical_url(once) == once
