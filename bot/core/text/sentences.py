"""Sentences with their place: lines and bullets break first, then full stops that are no abbreviation."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from bot.core.text.lexicon import words


class SentenceKind(StrEnum):
    """What a sentence is part of."""

    PROSE = "prose"
    LIST_ITEM = "list_item"
    HEADING = "heading"
    TABLE_ROW = "table_row"


class Sentence(NamedTuple):
    """A sentence, heading, list item or table row; `text[start:end]` has no blank at either end.

    A tuple, because sixty are made for an article of 4 kB: a frozen dataclass takes four times as long.
    """

    start: int
    end: int
    paragraph: int  # lines of text, counted from 0
    kind: SentenceKind
    header: int | None = None  # for a list item: index of the sentence that heads the list
    within_quote: bool = False  # it begins inside a quotation that an earlier sentence of the paragraph opened


MAX_HEADING_CHARS = 140  # longer lines without a full stop are captions and run-on prose
MAX_QUESTION_WORDS = 8  # a short question alone on its line is a heading: "What happens next?"
_ABBREVIATION_CHARS = 16  # how far back the word before a full stop is looked for

_BULLET = re.compile(r"(?:[•·▪◦‣●○■*]\s*|[-–]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z]\)\s+)(?=\S)")
_TWO_CELLS = 2  # "More: one | another" is no row, "Child clinic | 11 months" is one
_FIGURE_LAST = re.compile(r"(?: \| |\t)[$£€#]?[0-9][^|]{0,40}$")
_SIGNS = ".!?…"
_STOP = re.compile(r"[.!?…][.!?…]{0,3}[\"'”’»)\]]{0,3}\s+(?=[\"'“‘«(\[]{0,3}[^\W_a-z])")
_WORD_BEFORE = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]+$")
_WORD_AFTER = re.compile(r"[\"'“‘«(\[]{0,3}([^\W\d_]+|\d+)")

# Titles and the like: a capitalised word follows and belongs to them.
_ALWAYS = frozenset(
    words(
        "gov lt sen rep gen mr mrs ms dr prof sgt col capt cmdr rev hon supt asst atty assemb insp pres sec treas "
        "messrs mme dept vs fig st ft mt pp ca cf eg e.g ie i.e viz approx est"
    )
)
# Followed by a number they are part of it; otherwise the sentence may end.
_BEFORE_NUMBER = frozenset(
    words("no nos sec art fig p pp ch vol jan feb mar apr jun jul aug sept sep oct nov dec para")
)
# They may end a sentence: it does so when a word follows that sentences begin with.
_SOMETIMES = frozenset(
    words(
        "ave blvd rd hwy ln ct pl dr sq inc corp co ltd llc bros jr sr etc al a.m p.m u.s u.k u.n d.c e.u n.y "
        "l.a s.f m.d ph.d b.a m.a r.n j.d calif ariz colo conn fla ill ind kan mass mich minn miss mo mont "
        "nev ore okla pa penn tenn tex va vt wash wis wyo ont que alta jan feb mar apr jun jul aug sept sep "
        "oct nov dec mon tue tues wed thu thur thurs fri sat sun cal civ div ed eds esq"
    )
)
_ABBREVIATIONS = _ALWAYS | _SOMETIMES | _BEFORE_NUMBER
_STARTERS = frozenset(
    words(
        "the a an in on at it its he she they we you i this that these those there but and so as if when "
        "while after before since for from to by with no not now one two some many most more all both each "
        "our their his her my your what who how why where about according however meanwhile also then still "
        "even yet such other another union workers patients officials nurses therapists talks members neither "
        "only under during until although though because last next earlier later"
    )
)


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """Split `text` into sentences in order; blanks between them belong to none."""
    found: list[Sentence] = []
    header: int | None = None
    quoted = "“" in text or "”" in text or '"' in text
    signs = sorted(at for sign in _SIGNS for at in _places(text, sign))
    for paragraph, (start, end) in enumerate(_lines(text)):
        bullet = _BULLET.match(text, start, end)
        stops = _stops(text, signs, bullet.end() if bullet else start, end)
        spans = list(_spans(text, start, end, stops))
        kind = SentenceKind.LIST_ITEM if bullet else _kind(text, start, end, len(spans))
        if bullet is None:
            header = None
        elif header is None:
            header = _header(text, found)
        inside = False
        for first, last in spans:
            found.append(Sentence(first, last, paragraph, kind, header, inside))
            inside = quoted and _inside_after(text, first, last, inside=inside)
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            start = offset + len(line) - len(line.lstrip())
            yield start, start + len(stripped)
        offset += len(line)


def _kind(text: str, start: int, end: int, sentences: int) -> SentenceKind:
    cells = text.count(" | ", start, end) + text.count("\t", start, end) + 1
    if cells > _TWO_CELLS or (cells == _TWO_CELLS and _FIGURE_LAST.search(text, start, end)):
        return SentenceKind.TABLE_ROW
    if sentences > 1 or end - start > MAX_HEADING_CHARS or text[end - 1] in '.!:;,…"”’)':
        return SentenceKind.PROSE
    if text[end - 1] == "?" and len(text[start:end].split()) > MAX_QUESTION_WORDS:
        return SentenceKind.PROSE
    return SentenceKind.HEADING


def _header(text: str, found: list[Sentence]) -> int | None:
    if not found:
        return None
    last = found[-1]
    heads = text[last.end - 1] == ":" or last.kind is SentenceKind.HEADING
    return len(found) - 1 if heads else None


def _spans(text: str, start: int, end: int, stops: Iterator[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a line stand."""
    first = start
    for stop in stops:
        if _ends_sentence(text, stop):
            yield first, stop.start() + len(stop.group().rstrip())
            first = stop.end()
    yield first, end


def _stops(text: str, signs: list[int], begin: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the places of a line that may end a sentence."""
    after = begin
    for place in range(bisect_left(signs, begin), bisect_left(signs, end)):
        at = signs[place]
        if at >= after and (stop := _STOP.match(text, at, end)) is not None:
            yield stop
            after = stop.end()


def _places(text: str, sign: str) -> Iterator[int]:
    """Yield where a sign stands; looking for one at a time beats a search for any of them."""
    at = text.find(sign)
    while at >= 0:
        yield at
        at = text.find(sign, at + 1)


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    if stop.group()[:2].rstrip() != ".":
        return True
    chunk = text[max(0, stop.start() - _ABBREVIATION_CHARS) : stop.start()].rpartition(" ")[2]
    plain = len(chunk) > 1 and chunk.isalpha() and chunk.lower() not in _ABBREVIATIONS
    return plain or _is_full_stop(text, stop)


def _is_full_stop(text: str, stop: re.Match[str]) -> bool:
    """Tell whether a full stop behind what may be an abbreviation ends a sentence."""
    before = _WORD_BEFORE.search(text, max(0, stop.start() - _ABBREVIATION_CHARS), stop.start())
    after = _WORD_AFTER.match(text, stop.end())
    if before is None or after is None:
        return True
    word, following = before.group().lower(), after.group(1)
    if text[before.start() - 1 : before.start()] in ("'", "’"):
        return True  # "and aren't. Chair Okoro"
    if following[0].isdigit():
        return word not in _BEFORE_NUMBER
    if word in _ALWAYS:
        return False
    if word in _SOMETIMES or "." in word or len(word) == 1:
        return following.lower() in _STARTERS
    return True


def _inside_after(text: str, start: int, end: int, *, inside: bool) -> bool:
    opened, closed = text.rfind("“", start, end), text.rfind("”", start, end)
    if opened != closed:
        return opened > closed
    return inside ^ (text.count('"', start, end) % 2 == 1)
