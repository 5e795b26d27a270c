"""Dates and quantities of the sentences that have a hit, looked up once each: the taggers are the costly part."""

from dataclasses import replace

from bot.core.events.page import SentenceView
from bot.core.model import Article, Quantity, When
from bot.core.text.quantities import find_quantities
from bot.core.text.times import TimeContext, find_beginnings, find_times


class Mentions:
    """The mentions of one article, found on demand."""

    def __init__(self, article: Article, country: str) -> None:
        self._country = country
        self._article = article
        self._context: TimeContext | None = None
        self._times: dict[int, tuple[When, ...]] = {}
        self._quantities: dict[int, tuple[Quantity, ...]] = {}

    def times(self, view: SentenceView) -> tuple[When, ...]:
        """Return the dates of one sentence, resolved against the publication."""
        if view.index not in self._times:
            self._times[view.index] = find_times(self._article.text, view.start, view.end, self._known())
        return self._times[view.index]

    def _known(self) -> TimeContext:
        if self._context is None:
            plain = TimeContext(published=self._article.published, country=self._country)
            self._context = replace(plain, began=find_beginnings(self._article.text, plain))
        return self._context

    def quantities(self, view: SentenceView) -> tuple[Quantity, ...]:
        """Return the numbers, durations and amounts of one sentence."""
        if view.index not in self._quantities:
            self._quantities[view.index] = find_quantities(self._article.text, view.start, view.end)
        return self._quantities[view.index]
