"""An article as the matcher reads it: sentences with the phrases that stand in them, page furniture set aside."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from bot.core.events.compile import Hit, PhraseSet
from bot.core.events.definitions import Furniture, Line
from bot.core.events.fold import fold
from bot.core.text.sentences import Sentence, SentenceKind, split_sentences

MAX_SECTION_TITLE_CHARS = 80  # "Related stories", "More from this section": longer lines are prose
MAX_SENTENCE_CHARS = 2_000  # more is no sentence (a table, a page without a space) and is read in pieces
_LINE_START_CHARS = 4  # how far into a line its first word may stand: a bullet, a quote


@dataclass(frozen=True, slots=True)
class SentenceView:
    """One sentence with what was found in it."""

    index: int
    sentence: Sentence
    copy: bytes  # folded
    matched: frozenset[int]  # numbers of the triggers and the page furniture that stand in it
    phrases: PhraseSet
    found: dict[int, tuple[Hit, ...]] = field(default_factory=dict)  # filled when asked for
    likely: list[frozenset[int]] = field(default_factory=list)  # all that may stand in it, filled when asked for

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.sentence.start

    @property
    def end(self) -> int:
        """Offset after the last character."""
        return self.sentence.end

    def find(self, numbers: Iterable[int]) -> tuple[Hit, ...]:
        """Return where any of the phrases stands here."""
        standing = self.standing()
        return tuple(hit for number in numbers if number in standing for hit in self._places(number))

    def triggers(self, number: int) -> tuple[Hit, ...]:
        """Return where a phrase of `matched` stands here, without a look at the words around it."""
        return self._places(number)

    def holds(self, numbers: frozenset[int]) -> bool:
        """Tell whether any of the phrases stands here."""
        return any(self._places(number) for number in numbers & self.standing())

    def begins_with(self, number: int) -> bool:
        """Tell whether a trigger or a line of furniture stands at the very start."""
        return number in self.matched and self._places(number)[0].start - self.start < _LINE_START_CHARS

    def standing(self) -> frozenset[int]:
        """Return the phrases that may stand here: their words do, if not in their order."""
        if not self.likely:
            self.likely.append(self.matched | self.phrases.likely(self.copy))
        return self.likely[0]

    def _places(self, number: int) -> tuple[Hit, ...]:
        if number not in self.found:
            self.found[number] = self.phrases.find(number, self.copy, self.start)
        return self.found[number]


@dataclass(frozen=True, slots=True)
class Page:
    """All sentences of an article, and which of them are its own text."""

    views: tuple[SentenceView, ...]
    skipped: dict[int, str]  # index of a sentence → the furniture pattern that set it aside
    copy: bytes  # the whole article, folded
    speaker: bytes  # who publishes it, folded
    phrases: PhraseSet

    def count(self, numbers: frozenset[int], enough: int) -> int:
        """Count how many of the phrases stand in the article's own text or its publisher's name, up to `enough`."""
        counted = 0
        for number in numbers:
            if counted >= enough:
                break
            counted += self._holds(number)
        return counted

    def _holds(self, number: int) -> bool:
        if self.phrases.stands(number, self.speaker):
            return True
        return any(self._is_own(start) for start in self.phrases.starts(number, self.copy))

    def _is_own(self, offset: int) -> bool:
        index = bisect_right(self.views, offset, key=lambda view: view.start) - 1
        return self.views[max(index, 0)].index not in self.skipped

    @property
    def headline(self) -> tuple[SentenceView, ...]:
        """Return the first sentence: what it names, the whole article is about."""
        return tuple(view for view in self.views[:1] if view.index not in self.skipped)

    def around(self, index: int, before: int, after: int) -> Iterator[SentenceView]:
        """Yield the sentence and its neighbours, without furniture."""
        for view in self.views[max(0, index - before) : index + after + 1]:
            if view.index not in self.skipped:
                yield view


def read_page(text: str, phrases: PhraseSet, furniture: Furniture, speaker: str = "") -> Page:
    """Split, fold and match a text; `speaker` is who publishes it, read with it for what the article is about."""
    sentences = tuple(_pieces(split_sentences(text)))
    copy = fold(text, (sentence.end for sentence in sentences))
    views = tuple(_view(index, sentence, copy, phrases) for index, sentence in enumerate(sentences))
    skipped = _furniture(views, phrases, furniture)
    return Page(views, skipped, copy, fold(speaker), phrases)


def _view(index: int, sentence: Sentence, copy: bytes, phrases: PhraseSet) -> SentenceView:
    own = copy[sentence.start : sentence.end]
    return SentenceView(index, sentence, own, phrases.matching(own), phrases)


def _pieces(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    for sentence in sentences:
        if sentence.end - sentence.start <= MAX_SENTENCE_CHARS:
            yield sentence
            continue
        for start in range(sentence.start, sentence.end, MAX_SENTENCE_CHARS):
            end = min(start + MAX_SENTENCE_CHARS, sentence.end)
            yield Sentence(start=start, end=end, paragraph=sentence.paragraph, kind=sentence.kind)


def _furniture(views: tuple[SentenceView, ...], phrases: PhraseSet, furniture: Furniture) -> dict[int, str]:
    kinds = _Kinds(phrases, furniture)
    skipped: dict[int, str] = {}
    section = tail = ""
    for _, group in groupby(views, key=lambda view: view.sentence.paragraph):
        line = tuple(group)
        if not (tail or section or kinds.may_hold(line)):
            continue
        short = line[-1].end - line[0].start <= MAX_SECTION_TITLE_CHARS
        tail = tail or (kinds.opening(line, furniture.tails) if short else "")
        opened = kinds.opening(line, furniture.sections) if short else ""
        section = opened or (section if section and _is_link(line) else "")
        reason = tail or section or kinds.opening(line, furniture.line_starts) or kinds.holding(line)
        if reason:
            skipped |= {view.index: reason for view in line}
    return skipped


def _is_link(line: tuple[SentenceView, ...]) -> bool:
    return all(view.sentence.kind in (SentenceKind.HEADING, SentenceKind.LIST_ITEM) for view in line)


class _Kinds:
    """Tells what kind of furniture a line is."""

    def __init__(self, phrases: PhraseSet, furniture: Furniture) -> None:
        self._phrases = phrases
        self._has = furniture.line_has
        openers = (*furniture.line_starts, *furniture.sections, *furniture.tails)
        self._openers = phrases.ids(openers)
        self._holders = phrases.ids(furniture.line_has)
        self._all = self._openers | self._holders

    def may_hold(self, line: tuple[SentenceView, ...]) -> bool:
        return any(not self._all.isdisjoint(view.matched) for view in line)

    def opening(self, line: tuple[SentenceView, ...], cues: tuple[Line, ...]) -> str:
        first = line[0]
        if not self._openers & first.matched:
            return ""
        for cue in cues:
            if first.begins_with(self._phrases.id(cue)):
                return cue.place
        return ""

    def holding(self, line: tuple[SentenceView, ...]) -> str:
        for view in line:
            held = self._holders & view.matched
            if held:
                return next(cue.place for cue in self._has if self._phrases.id(cue) in held)
        return ""
