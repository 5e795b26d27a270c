"""An article as the matcher reads it: sentences with the phrases that stand in them, page furniture set aside."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import groupby

from bot.core.events.blocks import Called, words_of
from bot.core.events.compile import Hit, Numbered, PhraseSet
from bot.core.events.definitions import Furniture, Line
from bot.core.events.fold import fold, mark_ends
from bot.core.events.spacing import Blocks
from bot.core.text.sentences import Sentence, SentenceKind, split_sentences

MAX_SECTION_TITLE_CHARS = 80  # "Related stories", "More from this section": longer lines are prose
MAX_SENTENCE_CHARS = 2_000  # more is no sentence (a table, a page without a space) and is read in pieces
MOST_ITEMS = 30  # of a list that one sentence introduces
_CELL_EDGE = b" | "
_LINE_START_CHARS = 4  # how far into a line its first word may stand: a bullet, a quote


class SentenceView:
    """One sentence with what was found in it."""

    __slots__ = ("_blocks", "_found", "_search", "_standing", "_stood", "copy", "end", "index", "sentence", "start")

    def __init__(self, index: int, sentence: Sentence, copy: bytes, standing: set[int], search: "_Search") -> None:
        self.index = index
        self.sentence = sentence
        self.start = sentence.start
        self.end = sentence.end
        self.copy = copy  # folded
        self._standing = standing  # the phrases that may stand here: their words do, if not in their order
        self._search = search
        self._found: dict[int, tuple[Hit, ...]] = {}  # filled when asked for
        self._stood: dict[int, bool] = {}  # as `_found`, where the first place was enough
        self._blocks: Blocks | None = None  # filled when asked for

    def find(self, numbers: Collection[int]) -> tuple[Hit, ...]:
        """Return where any of the vetoes, needs or cues stands here, in the order of the text."""
        standing = self._standing
        if standing.isdisjoint(numbers):
            return ()
        found = [hit for number in numbers if number in standing for hit in self.places(number)]
        return tuple(sorted(found, key=lambda hit: (hit.start, hit.end)))

    def among(self, phrases: Numbered) -> list[tuple[int, Line]]:
        """Return those of the phrases whose words are here."""
        return [each for each in phrases if each[0] in self._standing]

    def holds(self, numbers: frozenset[int]) -> bool:
        """Tell whether any of the needs or cues stands here."""
        return any(self._stands(number) for number in numbers & self._standing)

    def holds_one(self, number: int) -> bool:
        """Tell whether one phrase stands here."""
        return number in self._standing and self._stands(number)

    def standing(self, numbers: AbstractSet[int]) -> AbstractSet[int]:
        """Return those of the phrases that may stand here."""
        return self._standing & numbers

    def places(self, number: int) -> tuple[Hit, ...]:
        """Return where a phrase whose words are here stands."""
        found = self._found.get(number)
        if found is None:
            found = self._found[number] = self._find(number)
        return found

    def _stands(self, number: int) -> bool:
        """Tell whether a phrase whose words are here stands here, without looking for a second place."""
        if number in self._found:
            return bool(self._found[number])
        if number not in self._stood:
            expression = self._search.phrases.expression(number)
            self._stood[number] = self._allows(number) and expression.stands(self.copy)
        return self._stood[number]

    def _find(self, number: int) -> tuple[Hit, ...]:
        if not self._stood.get(number, True) or not self._allows(number):
            return ()
        return self._search.phrases.find(number, self.copy, self.start)

    def _allows(self, number: int) -> bool:
        if not self._search.phrases.spacing.tells(number):
            return True
        if self._blocks is None:
            self._blocks = Blocks(self.copy, self._search.called)
        return self._search.phrases.spacing.allows(number, self._blocks)


@dataclass(frozen=True, slots=True)
class _Search:
    """What the sentences of an article share when phrases are looked for in them."""

    phrases: PhraseSet
    called: Called


@dataclass(frozen=True, slots=True)
class Page:
    """All sentences of an article, and which of them are its own text."""

    views: tuple[SentenceView, ...]
    skipped: dict[int, str]  # index of a sentence → the furniture pattern that set it aside
    copy: bytes  # the whole article, folded
    speaker: SentenceView  # who publishes it
    needed: set[int]  # phrases that may stand in it or in the speaker's name
    numbered: dict[frozenset[int], dict[int, tuple[Hit, ...]]] = field(default_factory=dict)  # filled when asked for

    def count(self, numbers: frozenset[int], enough: int) -> int:
        """Count how many of the phrases stand in the article's own text or its publisher's name, up to `enough`."""
        counted = 0
        for number in numbers & self.needed:
            if counted >= enough:
                break
            counted += self._holds(number)
        return counted

    def _holds(self, number: int) -> bool:
        if self.speaker.holds_one(number):
            return True
        return any(view.holds_one(number) for view in self.views if view.index not in self.skipped)

    def at(self, offset: int) -> SentenceView:
        """Return the sentence that stands at an offset, or the last one before it."""
        return self.views[max(0, bisect_right(self.views, offset, key=lambda view: view.start) - 1)]

    @property
    def headline(self) -> tuple[SentenceView, ...]:
        """Return the first sentence: what it names, the whole article is about."""
        return tuple(view for view in self.views[:1] if view.index not in self.skipped)

    def neighbour(self, index: int, step: int) -> SentenceView | None:
        """Return the sentence before (-1) or after (1) in the same paragraph or the one beside it, no heading."""
        at = index + step
        if not 0 <= at < len(self.views) or at in self.skipped:
            return None
        own, other = self.views[index].sentence, self.views[at].sentence
        is_close = abs(own.paragraph - other.paragraph) <= 1 and other.kind is not SentenceKind.HEADING
        return self.views[at] if is_close else None

    def introduction(self, index: int) -> Iterator[SentenceView]:
        """Yield the two sentences before a list, for one of its items: "13,000 had care put off. Among them:"."""
        at = index
        while at > max(0, index - MOST_ITEMS) and self.views[at].sentence.kind is SentenceKind.LIST_ITEM:
            at -= 1
        if self.views[at].sentence.kind is not SentenceKind.LIST_ITEM and at < index:
            yield from self.around(at, 1, 0)

    def around(self, index: int, before: int, after: int) -> Iterator[SentenceView]:
        """Yield the sentence and its neighbours, without furniture."""
        for view in self.views[max(0, index - before) : index + after + 1]:
            if view.index not in self.skipped:
                yield view


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it is known what of it is furniture."""

    views: tuple[SentenceView, ...]
    copy: bytes  # folded, the sentences ended by line feeds
    speaker: SentenceView  # who publishes it; read with the text for what it is about
    needed: set[int]  # as in `Page`


def read_draft(text: str, folded: bytes, phrases: PhraseSet, speaker: str = "") -> Draft:
    """Split a text into sentences and look their words up in what `fold` makes of it."""
    sentences = tuple(_pieces(split_sentences(text)))
    copy, said = mark_ends(folded, [sentence.end for sentence in sentences]), fold(speaker)
    standing = phrases.index.standing([*words_of(copy)[: len(sentences)], *words_of(said)])
    search = _Search(phrases, standing.called)
    *found, of_speaker = standing.by_sentence()
    views = (
        SentenceView(index, sentence, copy[sentence.start : sentence.end], set(numbers), search)
        for index, (sentence, numbers) in enumerate(zip(sentences, found, strict=False))
    )
    publisher = Sentence(0, len(said), 0, SentenceKind.HEADING)
    told_by = SentenceView(len(sentences), publisher, said, set(of_speaker), search)
    return Draft(tuple(views), copy, told_by, standing.anywhere())


def read_page(draft: Draft, phrases: PhraseSet, furniture: Furniture) -> Page:
    """Set the furniture of an article aside."""
    skipped = _furniture(draft.views, _Kinds(phrases, furniture, draft.views, draft.needed), furniture)
    skipped |= dict.fromkeys(_link_bars(draft), "cells without a row above or below: a link bar or a dateline")
    return Page(draft.views, skipped, draft.copy, draft.speaker, draft.needed)


def _pieces(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    for sentence in sentences:
        if sentence.end - sentence.start <= MAX_SENTENCE_CHARS:
            yield sentence
            continue
        for start in range(sentence.start, sentence.end, MAX_SENTENCE_CHARS):
            end = min(start + MAX_SENTENCE_CHARS, sentence.end)
            yield Sentence(start=start, end=end, paragraph=sentence.paragraph, kind=sentence.kind)


def _furniture(views: tuple[SentenceView, ...], kinds: "_Kinds", furniture: Furniture) -> dict[int, str]:
    skipped: dict[int, str] = {}
    if not kinds.any_in(views):
        return skipped
    section = tail = ""
    for _, group in groupby(views, key=lambda view: view.sentence.paragraph):
        line = tuple(group)
        if not (tail or section or kinds.any_in(line)):
            continue
        short = line[-1].end - line[0].start <= MAX_SECTION_TITLE_CHARS
        tail = tail or (kinds.opening(line, furniture.tails) if short else "")
        opened = kinds.opening(line, furniture.sections) if short else ""
        section = opened or (section if section and _is_link(line) else "")
        reason = tail or section or kinds.opening(line, furniture.line_starts) or kinds.holding(line)
        if reason:
            skipped |= {view.index: reason for view in line}
    return skipped


def _link_bars(draft: Draft) -> Iterator[int]:
    """Yield the sentences of lines that are divided into cells and belong to no table."""
    if _CELL_EDGE not in draft.copy:
        return
    lines = [tuple(group) for _, group in groupby(draft.views, key=lambda view: view.sentence.paragraph)]
    divided = [False, *(_CELL_EDGE in draft.copy[line[0].start : line[-1].end] for line in lines), False]
    for place, line in enumerate(lines, start=1):
        if divided[place] and not (divided[place - 1] or divided[place + 1]):
            yield from (view.index for view in line)


def _is_link(line: tuple[SentenceView, ...]) -> bool:
    return all(view.sentence.kind in (SentenceKind.HEADING, SentenceKind.LIST_ITEM) for view in line)


class _Kinds:
    """Tells what kind of furniture a line is."""

    def __init__(
        self, phrases: PhraseSet, furniture: Furniture, views: tuple[SentenceView, ...], needed: AbstractSet[int]
    ) -> None:
        self._phrases = phrases
        self._has = furniture.line_has
        in_article = phrases.furniture & needed
        standing = ((view.index, view.standing(in_article)) for view in views if in_article)
        self._likely = {number: found for number, found in standing if found}

    def any_in(self, line: tuple[SentenceView, ...]) -> bool:
        return bool(self._likely) and any(view.index in self._likely for view in line)

    def opening(self, line: tuple[SentenceView, ...], cues: tuple[Line, ...]) -> str:
        first = line[0]
        likely = self._likely.get(first.index)
        if not likely:
            return ""
        return next((cue.place for cue in cues if self._begins(first, self._phrases.id(cue), likely)), "")

    def holding(self, line: tuple[SentenceView, ...]) -> str:
        for view in line:
            likely = self._likely.get(view.index)
            for cue in self._has if likely else ():
                number = self._phrases.id(cue)
                if likely and number in likely and view.places(number):
                    return cue.place
        return ""

    def _begins(self, view: SentenceView, number: int, likely: AbstractSet[int]) -> bool:
        if number not in likely:
            return False
        places = view.places(number)
        return bool(places) and places[0].start - view.start < _LINE_START_CHARS
