"""Dates and quantities of the sentences that have a hit, looked up once each: the taggers are the costly part."""

from dataclasses import replace

import re2

from bot.core.events.page import SentenceView
from bot.core.model import Article, Quantity, When
from bot.core.text.quantities import find_quantities
from bot.core.text.times import TimeContext, find_beginnings, find_times

# A sentence without any of these has no date, and one without any of those no number; asking is cheap, tagging is not.
_DATE_HINT = re2.compile(
    rb"[0-9]|day|tomorrow|midnight|week|month|year|night|morning|tonight|noon|decade|quarter|weekend|fortnight|christmas|easter|"
    rb"thanksgiving|halloween|hogmanay|mardi gras|ramadan|eve\b|earlier|later|ago|"
    rb"diwali|deepavali|divali|\beid\b|rosh hashana|yom kippur|passover|"
    rb"\b(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|summer|winter|spring|fall|autumn)"
)
_NUMBER_HINT = re2.compile(
    rb"[0-9]|\b(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fortnights?|half|"
    rb"(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|"
    rb"dozens?|hundreds?|thousands?|millions?|billions?|several|few|couple|many|some|scores|numerous|percent|weeks|"
    rb"months|days|years|hours|most|all|every|each|no|none|both|quarter)\b"
)
_BEGINNING_HINT = re2.compile(r"\b(?:began|started|launched)\b")


class Mentions:
    """The mentions of one article, found on demand."""

    def __init__(self, article: Article, country: str) -> None:
        self._country = country
        self._article = article
        self._context: TimeContext | None = None
        self._times: dict[int, tuple[When, ...]] = {}
        self._quantities: dict[int, tuple[Quantity, ...]] = {}

    @property
    def published(self) -> When | None:
        """Return when the article came out."""
        return self._article.published

    def times(self, view: SentenceView) -> tuple[When, ...]:
        """Return the dates of one sentence, resolved against the publication."""
        if view.index not in self._times:
            found = find_times(self._article.text, view.start, view.end, self._known()) if _hinted(view) else ()
            self._times[view.index] = found
        return self._times[view.index]

    def quantities(self, view: SentenceView) -> tuple[Quantity, ...]:
        """Return the numbers, durations and amounts of one sentence."""
        if view.index not in self._quantities:
            numbered = _NUMBER_HINT.search(view.copy) is not None
            found = find_quantities(self._article.text, view.start, view.end) if numbered else ()
            self._quantities[view.index] = found
        return self._quantities[view.index]

    def _known(self) -> TimeContext:
        if self._context is None:
            self._context = TimeContext(published=self._article.published, country=self._country)
            if _BEGINNING_HINT.search(self._article.text):
                began = find_beginnings(self._article.text, self._context)
                self._context = replace(self._context, began=began)
        return self._context


def _hinted(view: SentenceView) -> bool:
    return _DATE_HINT.search(view.copy) is not None
