"""From phrases that stand in a sentence to candidates for events, each with what spoke for it and against it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.events.compile import Hit, PhraseSet, Trigger
from bot.core.events.definitions import Definition, EventTypes, Line, Pattern
from bot.core.events.page import Page, SentenceView

_OTHER_CLAUSE = re.compile(rb"; |, (?:and|but|so|yet|which|while|whereas|[a-z]+ing) ")
_NOW = re.compile(rb"\b(?:now|still|currently|today|is|are|has|have)\b")  # the tense of its own
BEFORE = 6  # sentences before the trigger's that count as nearby
AFTER = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trigger in a sentence, and why it was turned down, if it was."""

    view: SentenceView
    definition: Definition
    pattern: Pattern
    line: Line
    hit: Hit
    veto: str = ""  # empty when nothing speaks against it


class Matcher:
    """Applies triggers, vetoes and needs."""

    def __init__(self, types: EventTypes, phrases: PhraseSet) -> None:
        self._phrases = phrases
        self._numbers: dict[int, tuple[tuple[int, Line], ...]] = {}
        self._trigger_ids = frozenset(phrases.triggers)
        self._needed = {name: phrases.ids(each.requires_article) for name, each in types.definitions.items()}

    def candidates(self, page: Page) -> Iterator[Candidate]:
        """Yield every trigger of the article's own text, in order, with its verdict."""
        for view in page.views:
            if view.index in page.skipped:
                continue
            for number in sorted(view.hits & self._trigger_ids):
                for trigger in self._phrases.triggers[number]:
                    for hit in view.find((number,)):
                        yield self._judge(page, view, trigger, hit)

    def _judge(self, page: Page, view: SentenceView, trigger: Trigger, hit: Hit) -> Candidate:
        definition, pattern = trigger.definition, trigger.pattern
        veto = (
            self._overlap(view, hit, (*pattern.unless, *definition.unless))
            or self._anywhere(view, (*pattern.unless_sentence, *definition.unless_sentence))
            or self._missing(page, view, definition, pattern)
        )
        return Candidate(view, definition, pattern, trigger.line, hit, veto)

    def _overlap(self, view: SentenceView, hit: Hit, lines: Sequence[Line]) -> str:
        for line in lines:
            if any(hit.overlaps(other) for other in view.find((self._phrases.id(line),))):
                return f"unless '{line.phrase.text}' ({line.place})"
        return ""

    def _anywhere(self, view: SentenceView, lines: Sequence[Line]) -> str:
        for line in lines:
            if self._phrases.id(line) in view.hits:
                return f"unless_sentence '{line.phrase.text}' ({line.place})"
        return ""

    def _missing(self, page: Page, view: SentenceView, definition: Definition, pattern: Pattern) -> str:
        if definition.requires_article and len(self._needed[definition.type.name] & page.hits) < definition.at_least:
            return f"requires: the article holds fewer than {definition.at_least} of the words"
        if definition.requires_nearby and not self._is_near(page, view, definition.requires_nearby):
            return "requires: no such words nearby"
        if pattern.needs and not self._phrases.ids(pattern.needs) & view.hits:
            return "needs: the sentence holds none of the words"
        if pattern.needs_nearby and not self._is_near(page, view, pattern.needs_nearby):
            return "needs_nearby: no such words nearby"
        return ""

    def _is_near(self, page: Page, view: SentenceView, lines: Sequence[Line]) -> bool:
        wanted = self._phrases.ids(lines)
        return any(wanted & other.hits for other in page.around(view.index, BEFORE, AFTER))


def is_of_clause(candidate: Candidate, start: int, end: int) -> bool:
    """Tell whether words of the trigger's sentence speak of it: "; last year it was half" speaks of something else.

    What stands before carries on into the next clause, unless that one says that it is about now.
    """
    hit, view = candidate.hit, candidate.view
    if start >= hit.end:
        return not _OTHER_CLAUSE.search(view.copy[hit.end - view.start : start - view.start])
    between = view.copy[end - view.start : max(end, hit.end) - view.start]
    return not (_OTHER_CLAUSE.search(between) and _NOW.search(between))
