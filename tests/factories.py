"""Values for tests: every argument has a plausible default, and a test names only what it is about."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from bot.core.model import (
    Alert,
    Article,
    Assessed,
    Change,
    ChangeKind,
    Citation,
    Event,
    Masthead,
    Name,
    Outcome,
    Precision,
    Severity,
    Stance,
    When,
)
from bot.pipeline import Judge

FIRST_DAY = date(2025, 1, 6)  # a Monday


def noon(day: int) -> datetime:
    """Give noon UTC, so many days after the first."""
    return datetime(2025, 1, 6, 12, tzinfo=UTC) + timedelta(days=day)


def on_day(day: int) -> When:
    first = FIRST_DAY + timedelta(days=day)
    return When(first=first, last=first, precision=Precision.DAY, basis="metadata")


def make_article(
    key: str = "https://news.example/a",
    text: str = "Patients wait six weeks.",
    *,
    day: int = 0,
    source: str = "folder:corpus",
    title: str = "Long waits",
    path: str | None = None,
) -> Article:
    return Article(
        key=key,
        text=text,
        title=title,
        source=source,
        learned=noon(day),
        published=on_day(day),
        publisher="Harbor Times",
        url=key if key.startswith("https:") else None,
        path=path,
        text_sha=sha256(text.encode(errors="replace")).hexdigest(),
    )


def make_event(
    article: Article, *, type_: str = "appointment_wait", organisation: str | None = "harbor-health"
) -> Event:
    """Make an event whose quote is the whole text."""
    number = sha256(f"{article.text}|{type_}|{organisation}".encode(errors="replace")).hexdigest()[:16]
    return Event(
        id=number,
        article=article.key,
        type=type_,
        quote=article.text,
        start=0,
        end=len(article.text),
        sentence=article.text,
        sentence_start=0,
        stance=Stance.REPORTED,
        learned=article.learned,
        published=article.published,
        happened=article.published,
        organisation=Name(id=organisation, name=organisation.title(), kind="plan") if organisation else None,
        publisher=article.publisher,
        text_sha=article.text_sha,
        origin=article.key,
    )


def assess(article: Article, *types: str, organisation: str | None = "harbor-health") -> Assessed:
    """Read one event of each type in an article; one appointment_wait where no type is named."""
    events = (make_event(article, type_=type_, organisation=organisation) for type_ in types or ("appointment_wait",))
    return Assessed(article=article, events=tuple(events))


def cite(event: Event, masthead: Masthead | None = None) -> Citation:
    return Citation(
        article=event.article,
        event=event.id,
        title=masthead.title if masthead else "",
        publisher=event.publisher,
        published=event.published,
        url=masthead.url if masthead else None,
        path=masthead.path if masthead else None,
        quote=event.quote,
        sentence=event.sentence,
        start=event.start,
        end=event.end,
    )


def always(judge: Judge) -> Callable[[datetime], Judge]:
    """Give a judge that judges alike as of any moment."""
    return lambda _until: judge


def judge_simply(events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> tuple[Alert, ...]:
    """Give one alert for each organisation with a wait: opened by the first event, updated by each later one."""
    standing = [event for event in events if event.type == "appointment_wait" and not event.retracted]
    by_organisation: dict[str, list[Event]] = {}
    for event in sorted(standing, key=lambda event: (event.learned, event.article, event.id)):
        by_organisation.setdefault(event.organisation.id if event.organisation else "nobody", []).append(event)
    return tuple(_alert(name, found, mastheads) for name, found in sorted(by_organisation.items()))


def _alert(name: str, events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> Alert:
    fingerprint = f"long-wait|{name}"
    changes = [
        Change(
            kind=ChangeKind.UPDATED if index else ChangeKind.OPENED,
            on=event.learned.date(),
            at=event.learned,
            reason="a wait was told",
            says=f"{name}: {len(event.text_sha)} waits",
            severity=Severity.HIGH,
            events=(event.id,),
            citations=(cite(event, mastheads.get(event.article)),),
        )
        for index, event in enumerate(events)
    ]
    return Alert(
        id="A-" + sha256(fingerprint.encode()).hexdigest()[:10],
        rule="long-wait",
        rule_version="0" * 12,
        rule_title="Long wait",
        fingerprint=fingerprint,
        outcome=Outcome.ALERT,
        severity=Severity.HIGH,
        status="active",
        state="open",
        opened_on=changes[0].on,
        says=f"{name}: {len(events)} waits told",
        law="",
        channel="access",
        why=(),
        citations=tuple(citation for change in changes for citation in change.citations),
        changes=tuple(changes),
    )
