"""Values for tests, made short: what a test does not name does not matter to it.

event("strike", status="started", organisation="kaiser-permanente", told="2024-10-21")
"""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from bot.core.model import (
    Article,
    Bound,
    Event,
    EventType,
    Label,
    Masthead,
    Name,
    Precision,
    Quantity,
    Role,
    SlotKind,
    SlotType,
    SlotValue,
    Stance,
    When,
)
from bot.core.rules.values import slot_value

PACIFIC = ZoneInfo("America/Los_Angeles")
NOON_HOURS = 12  # a date-only publication counts as noon of its day


def day(words: str, *, role: Role = Role.ON) -> When:
    """Return "2025-03-10", "2025-03" or "2025-03-10..2025-03-14" as a date with its precision."""
    if ".." in words:
        first, last = (date.fromisoformat(part) for part in words.split(".."))
        return When(first=first, last=last, precision=Precision.WINDOW, basis="test", role=role)
    if len(words) == len("2025-03"):
        first = date.fromisoformat(f"{words}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return When(first=first, last=last, precision=Precision.MONTH, basis="test", role=role)
    on = date.fromisoformat(words)
    return When(first=on, last=on, precision=Precision.DAY, basis="test", role=role)


def noon(words: str) -> datetime:
    """Return the instant at which an article of a day is learned in a backfill."""
    on = date.fromisoformat(words)
    return datetime(on.year, on.month, on.day, NOON_HOURS, tzinfo=PACIFIC).astimezone(UTC)


def name(id_: str, kind: str = "") -> Name:
    """Return a name."""
    return Name(id=id_, name=id_.replace("-", " ").title(), kind=kind, text=id_)


def quantity(low: float, high: float | None = None, unit: str = "day", bound: Bound = Bound.EXACT) -> Quantity:
    """Return a number with its unit."""
    top = low if high is None else high
    text = f"{low:g} {unit}" if top == low else f"{low:g} to {top:g} {unit}"
    return Quantity(text=text, start=-1, end=-1, low=low, high=top, unit=unit, bound=bound)


def event(
    type_: str,
    *,
    told: str = "2025-01-15",
    happened: str | When | None = None,
    stance: str = "reported",
    organisation: str | None = "kaiser-permanente",
    counterparty: str | None = None,
    agency: str | None = None,
    region: str | None = None,
    background: bool | None = False,
    publisher: str = "Harbor Times",
    publisher_role: str = "media",
    article: str | None = None,
    quote: str = "",
    learned: datetime | None = None,
    retracted: datetime | None = None,
    origin: str = "",
    **slots: SlotValue | str,
) -> Event:
    """Return an event; a slot given as a word becomes a label."""
    key = article or f"https://example.org/{publisher}/{told}".replace(" ", "-")
    values = {
        slot: Label(value=value, text=value) if isinstance(value, str) else value for slot, value in slots.items()
    }
    words = quote or f"{type_} {' '.join(str(value) for value in slots.values())}"
    when = day(happened) if isinstance(happened, str) else happened
    id_ = sha256(f"{key}|{type_}|{words}|{when}|{organisation}|{stance}|{retracted}".encode()).hexdigest()[:16]
    return Event(
        id=id_,
        article=key,
        type=type_,
        quote=words,
        start=0,
        end=len(words),
        sentence=words,
        sentence_start=0,
        stance=Stance(stance),
        learned=learned or noon(told),
        published=day(told),
        happened=when,
        organisation=name(organisation, "plan") if organisation else None,
        counterparty=name(counterparty, "union") if counterparty else None,
        agency=name(agency, "agency") if agency else None,
        region=name(region, "place") if region else None,
        background=background,
        publisher=publisher,
        publisher_role=publisher_role,
        slots=values,
        origin=origin or key,
        retracted=retracted,
    )


def event_type(name_: str, **slots: str) -> EventType:
    """Return an event type; each slot as "duration", "label: held ended", "count" and so on."""
    made = {}
    for slot, words in slots.items():
        kind, _, values = words.partition(":")
        made[slot] = SlotType(name=slot, kind=SlotKind(kind), description=slot, values=tuple(values.split()))
    return EventType(name=name_, title=name_, description="", slots=made, path=f"rules/events/{name_}.yaml", line=1)


def slot(words: str, kind: str, *values: str) -> SlotValue:
    """Return the value of a slot as a rule's test would write it."""
    read = slot_value(words, SlotType(name="slot", kind=SlotKind(kind), description="", values=values))
    if isinstance(read, str):
        raise ValueError(read)  # noqa: TRY004  # the words are wrong, not their type
    return read


def article(text: str, *, told: str = "2025-01-15", publisher: str = "Harbor Times", role: str = "media") -> Article:
    """Return an article."""
    sha = sha256(text.encode()).hexdigest()
    return Article(
        key=f"text:{sha}",
        text=text,
        title="",
        source="folder:test",
        learned=noon(told),
        published=day(told),
        publisher=publisher,
        publisher_role=role,
        text_sha=sha,
    )


def mastheads(*events: Event) -> dict[str, Masthead]:
    """Return the mastheads that citations of the events need."""
    return {
        each.article: Masthead(
            key=each.article,
            title=f"Title of {each.article}",
            publisher=each.publisher,
            published=each.published,
            url=each.article,
            path=None,
        )
        for each in events
    }
