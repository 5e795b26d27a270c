"""The article's own words in a message, and the link that leads to them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from bot.core.messages.kit import Block, clean, link, quotation, shorten, words
from bot.core.messages.words import source_words
from bot.core.model import Citation

MAX_QUOTE_CHARS = 500  # around the deciding words; more does not fit a phone
MAX_SOURCE_CHARS = 120  # publisher and date
MAX_URL_CHARS = 1000  # of a link; longer ones lose their text fragment, then the link
_EDGE_WORDS = 6  # of the sentence at either end of a long text fragment
_SHORT_FRAGMENT_CHARS = 120  # a sentence up to this length stands in the fragment whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A quotation in three parts, cut to what a message can show."""

    before: str
    deciding: str  # the words the alert rests on
    after: str


def passage(citation: Citation, limit: int = MAX_QUOTE_CHARS) -> Passage:
    """Return the sentence around the deciding words, at most `limit` characters of it."""
    deciding, sentence = clean(citation.quote), clean(citation.sentence)
    if not deciding or deciding not in sentence:
        return Passage(before="", deciding=shorten(deciding or sentence, limit), after="")
    before, _, after = sentence.partition(deciding)
    deciding = shorten(deciding, limit)
    room = limit - len(deciding)
    after_room = max(room // 2, room - len(before))
    before_room = room - min(len(after), after_room)
    return Passage(before=_last(before, before_room), deciding=deciding, after=_first(after, after_room))


def quoted(citation: Citation) -> Block:
    """Return the quotation with the deciding words bold: those that carry the event, and its numbers."""
    part = passage(citation)
    values = [clean(value) for value in citation.values]
    runs = (
        *_marked(f"“{part.before}", values),
        words(part.deciding or "…", bold=True),
        *_marked(f"{part.after}”", values),
    )
    return quotation(*runs)


def _marked(text: str, values: Sequence[str]) -> Iterator[Block]:
    """Yield a text with each of the values in it bold, where it stands alone."""
    found = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in values if value) or r"(?!)")
    end = 0
    for match in found.finditer(text):
        if match.start() > end:
            yield words(text[end : match.start()])
        yield words(match.group(), bold=True)
        end = match.end()
    if text[end:]:
        yield words(text[end:])


def source_link(citation: Citation) -> Block:
    """Return publisher and date, as a link to the quoted sentence when the article has an address."""
    shown = shorten(clean(source_words(citation)), MAX_SOURCE_CHARS)
    url = sentence_url(citation)
    return link(url, shown) if url else words(f"{shown}{_file_words(citation)}")


def sentence_url(citation: Citation) -> str | None:
    """Return the article's address with a text fragment, or None when it has no address that may be linked."""
    url = (citation.url or "").strip()
    if not _is_linkable(url):
        return None
    fragment = _text_fragment(clean(citation.sentence) or clean(citation.quote))
    full = f"{url}{'' if '#' in url else '#'}:~:text={fragment}"
    if fragment and len(full) <= MAX_URL_CHARS and ":~:" not in url:
        return full
    return url


def _text_fragment(sentence: str) -> str:
    if len(sentence) <= _SHORT_FRAGMENT_CHARS:
        return _encoded(sentence)
    tokens = sentence.split(" ")
    if len(tokens) <= _EDGE_WORDS * 2:
        return _encoded(" ".join(tokens[:_EDGE_WORDS]))
    return f"{_encoded(' '.join(tokens[:_EDGE_WORDS]))},{_encoded(' '.join(tokens[-_EDGE_WORDS:]))}"


def _encoded(text: str) -> str:
    # The hyphen is syntax in a text fragment (prefix-, -suffix), so it is encoded too.
    return quote(text, safe="").replace("-", "%2D")


def _is_linkable(url: str) -> bool:
    if len(url) > MAX_URL_CHARS or clean(url) != url or any(char in url for char in ' "<>|\\`{}^'):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _file_words(citation: Citation) -> str:
    name = clean((citation.path or "").replace("\\", "/").rpartition("/")[2])
    return f" · file {shorten(name, 80)}" if name else ""


def _first(text: str, limit: int) -> str:
    """Keep the whole words that begin a text, and say what is missing with an ellipsis."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rpartition(' ')[0].rstrip()}…" if limit > 0 else ""


def _last(text: str, limit: int) -> str:
    return _first(text[::-1], limit)[::-1]
