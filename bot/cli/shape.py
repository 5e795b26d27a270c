"""The JSON that the commands print: stable shapes that other programs read."""

from collections.abc import Mapping
from typing import Any

from bot.core.model import Article, Event, Label, Name, Quantity, SlotValue, When

Json = dict[str, Any]


def article_json(article: Article) -> Json:
    """Return the `article` object of `bot try --json`."""
    return {
        "path": article.path,
        "url": article.url,
        "title": article.title,
        "publisher": article.publisher,
        **published_json(article.published),
    }


def published_json(when: When | None) -> Json:
    """Return `published` as a day and how finely it is known; a window gives both ends."""
    if when is None:
        return {"published": None, "published_precision": None, "published_basis": None}
    one_day = when.first == when.last
    return {
        "published": when.first.isoformat() if one_day else f"{when.first.isoformat()}/{when.last.isoformat()}",
        "published_precision": when.precision.value,
        "published_basis": when.basis,
    }


def when_json(when: When | None) -> Json | None:
    """Return a range of days, or None."""
    if when is None:
        return None
    return {"from": when.first.isoformat(), "to": when.last.isoformat(), "precision": when.precision.value}


def event_json(event: Event, number: int) -> Json:
    """Return one of the `events` of `bot try --json`; `number` is its place in that list."""
    return {
        "id": number,
        "type": event.type,
        "quote": event.quote,
        "sentence": event.sentence,
        "start": event.start,
        "end": event.end,
        "stance": event.stance.value,
        "attribution": event.attribution,
        "background": event.background,
        "organisation": event.organisation and event.organisation.name,
        "counterparty": event.counterparty and event.counterparty.name,
        "agency": event.agency and event.agency.name,
        "region": event.region and event.region.name,
        "happened": when_json(event.happened),
        "slots": slots_json(event.slots),
    }


def slots_json(slots: Mapping[str, SlotValue]) -> Json:
    """Return the slots by name."""
    return {name: _slot_json(value) for name, value in slots.items()}


def _slot_json(value: SlotValue) -> object:
    match value:
        case Quantity():
            number = {"text": value.text, "low": value.low, "high": value.high, "unit": value.unit}
            return {**number, "bound": value.bound.value, **({"per": value.per} if value.per else {})}
        case When():
            return {"text": value.text, **(when_json(value) or {})}
        case Name() | Label():
            return value.name if isinstance(value, Name) else value.value
        case bool():
            return value
        case tuple():
            return [label.value for label in value]
