"""Sentences with their place: lines and bullets break first, then full stops that are no abbreviation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.core.text.lexicon import words


class SentenceKind(StrEnum):
    """What a sentence is part of."""

    PROSE = "prose"
    LIST_ITEM = "list_item"
    HEADING = "heading"
    TABLE_ROW = "table_row"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence, heading, list item or table row; `text[start:end]` has no blank at either end."""

    start: int
    end: int
    paragraph: int  # lines of text, counted from 0
    kind: SentenceKind
    header: int | None = None  # for a list item: index of the sentence that heads the list
    within_quote: bool = False  # it begins inside a quotation that an earlier sentence of the paragraph opened


MAX_HEADING_CHARS = 140  # longer lines without a full stop are captions and run-on prose
MAX_QUESTION_WORDS = 8  # a short question alone on its line is a heading: "What happens next?"
_ABBREVIATION_CHARS = 16  # how far back the word before a full stop is looked for

_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BULLET = re.compile(r"(?:[•·▪◦‣●○■*]\s*|[-–]\s+|\(?\d{1,2}[.)]\s+|\(?[a-z]\)\s+)(?=\S)")
_STOP = re.compile(r"[.!?…][.!?…]{0,3}[\"'”’»)\]]{0,3}\s+(?=[\"'“‘«(\[]{0,3}[^\W_a-z])")
_WORD_BEFORE = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]+$")
_WORD_AFTER = re.compile(r"[\"'“‘«(\[]{0,3}([^\W\d_]+|\d+)")
_OPENING = re.compile(r"[“«]")

# Titles and the like: a capitalised word follows and belongs to them.
_ALWAYS = frozenset(
    words(
        "gov lt sen rep gen mr mrs ms dr prof sgt col capt cmdr rev hon supt asst atty assemb insp pres sec treas "
        "messrs mme dept vs fig st ft mt no nos art pp ca cf eg e.g ie i.e viz approx est"
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
    lines = list(_lines(text))
    for paragraph, (start, end) in enumerate(lines):
        kind = _kind(text, start, end)
        if kind is not SentenceKind.LIST_ITEM:
            header = None
        elif header is None:
            header = _header(text, found)
        inside = False
        for first, last in _spans(text, start, end):
            found.append(
                Sentence(start=first, end=last, paragraph=paragraph, kind=kind, header=header, within_quote=inside)
            )
            inside = _inside_after(text, first, last, inside=inside)
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for match in _LINE.finditer(text):
        line = match.group()
        stripped = line.strip()
        if stripped:
            start = match.start() + len(line) - len(line.lstrip())
            yield start, start + len(stripped)


def _kind(text: str, start: int, end: int) -> SentenceKind:
    if _BULLET.match(text, start, end):
        return SentenceKind.LIST_ITEM
    if text.count(" | ", start, end) + text.count("\t", start, end) > 1:
        return SentenceKind.TABLE_ROW
    if end - start > MAX_HEADING_CHARS or text[end - 1] in '.!:;,…"”’)':
        return SentenceKind.PROSE
    if text[end - 1] == "?" and len(text[start:end].split()) > MAX_QUESTION_WORDS:
        return SentenceKind.PROSE
    stops = (stop for stop in _STOP.finditer(text, start, end) if _ends_sentence(text, stop))
    return SentenceKind.HEADING if next(stops, None) is None else SentenceKind.PROSE


def _header(text: str, found: list[Sentence]) -> int | None:
    if not found:
        return None
    last = found[-1]
    heads = text[last.end - 1] == ":" or last.kind is SentenceKind.HEADING
    return len(found) - 1 if heads else None


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    bullet = _BULLET.match(text, start, end)
    first = start
    for stop in _STOP.finditer(text, bullet.end() if bullet else start, end):
        if _ends_sentence(text, stop):
            yield first, stop.start() + len(stop.group().rstrip())
            first = stop.end()
    yield first, end


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    if stop.group()[:2].rstrip() != ".":
        return True
    before = _WORD_BEFORE.search(text, max(0, stop.start() - _ABBREVIATION_CHARS), stop.start())
    after = _WORD_AFTER.match(text, stop.end())
    if before is None or after is None:
        return True
    word, following = before.group().lower(), after.group(1)
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
