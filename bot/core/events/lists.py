"""Items of a list are parts of what the sentence before it tells, and happened when that did."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core.events.merge import is_dated
from bot.core.events.page import Page
from bot.core.model import Event
from bot.core.text.sentences import SentenceKind


def dated_by_introduction(events: Iterable[Event], page: Page) -> Iterator[Event]:
    """Yield the events, those of list items without a date of their own with that of the event their list parts.

    "13,000 had care put off this week. Among them: • 1,800 operations": the operations were put off this week too.
    """
    told = tuple(events)
    for event in told:
        whole = None if is_dated(event) else _introduced_by(event, told, page)
        if whole is None or whole.happened is None:
            yield event
        else:
            basis = f"told of the whole that its list parts; {whole.happened.basis}"
            yield replace(event, happened=replace(whole.happened, basis=basis))


def _introduced_by(event: Event, told: Iterable[Event], page: Page) -> Event | None:
    """Return the dated event of the same type and stance that the sentences before its list tell."""
    view = page.at(event.sentence_start)
    if view.sentence.kind is not SentenceKind.LIST_ITEM:
        return None
    heads = [(each.start, each.end) for each in page.introduction(view.index)]
    return next((other for other in told if _is_whole(other, event) and _stands_in(other, heads)), None)


def _is_whole(other: Event, event: Event) -> bool:
    is_kin = other.type == event.type and other.stance == event.stance
    return is_kin and other is not event and is_dated(other)


def _stands_in(event: Event, spans: Iterable[tuple[int, int]]) -> bool:
    places = [event.start, *(each.start for each in event.evidence if each.part == "mention")]
    return any(start <= place < end for start, end in spans for place in places)
