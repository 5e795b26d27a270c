"""Dates and quantities of the sentences that have a hit, looked up once each: the taggers are the costly part."""

from bot.core.events.page import SentenceView
from bot.core.model import Article, Quantity, When
from bot.core.text.quantities import find_quantities


class Mentions:
    """The mentions of one article, found on demand."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._times: dict[int, tuple[When, ...]] = {}
        self._quantities: dict[int, tuple[Quantity, ...]] = {}

    def times(self, view: SentenceView) -> tuple[When, ...]:
        """Return the dates of one sentence, resolved against the publication."""
        return self._times.setdefault(view.index, ())

    def quantities(self, view: SentenceView) -> tuple[Quantity, ...]:
        """Return the numbers, durations and amounts of one sentence."""
        if view.index not in self._quantities:
            self._quantities[view.index] = find_quantities(self._article.text, view.start, view.end)
        return self._quantities[view.index]
