"""Plausible articles of any number, the same for the same seed, with the events that stand in them.

Nothing here is read by patterns: each telling sentence is written with its event, so that a history of any size can be
filled without the time that extraction takes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from bot.core.copies import make_prints
from bot.core.model import Article, Assessed, Event, Evidence, Label, Name, Precision, Quantity, SlotValue, Stance, When

FIRST_DAY = date(2021, 1, 4)
DAYS = 1_700  # the span of publication
PLANS = 200
REGIONS = 40
UNIONS = 20
FILLER_SENTENCES = 24  # with the telling ones about 4 kB, the size of a news article

_TOWNS = ("Aldmere", "Brackwater", "Corrin", "Dunhollow", "Eastfen", "Farrow", "Glasswick", "Harrowgate")
_NOUNS = ("budget", "garden", "library", "bridge", "market", "festival", "ferry", "school", "orchestra", "harbour")
_VERBS = ("approved", "reviewed", "opened", "repaired", "praised", "postponed", "described", "visited")
_ENDINGS = (
    "after a long debate that residents followed closely",
    "while the weather kept most visitors away from the square",
    "and the committee thanked everyone who had written in",
    "as neighbours compared it with the plans of ten years ago",
)
_TELLINGS = (
    ("appointment_wait", "", "Patients of {plan} in {region} wait {days} days for a first visit, staff said."),
    ("bargaining_session", "held", "{plan} and {union} met in {region} without new proposals."),
    ("strike", "started", "Workers of {plan} in {union} walked out in {region} on the {days}th day of talks."),
    ("strike", "ended", "Workers of {plan} in {union} are back at work in {region} after {days} days on strike."),
    ("penalty", "imposed", "The regulator fined {plan} over access in {region} after {days} complaints."),
    ("complaint", "filed", "{union} filed a complaint about {plan} in {region} with {days} signatures."),
    ("appointment_cancellation", "", "{plan} cancelled {days} visits in {region} this week."),
)
AT_ODDS = 10  # every so many plans has a labour dispute; the others are written about for access alone
ACCESS = tuple(telling for telling in _TELLINGS if telling[0] not in ("strike", "bargaining_session"))
NEWS = 0.1  # the share of events that are news; articles mostly recall what was told before


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sentence:
    """One sentence of an article, with what it tells."""

    words: str
    type: str = ""  # "" tells nothing
    status: str = ""
    plan: str = ""
    union: str = ""
    region: str = ""
    days: int = 0
    is_news: bool = False


def generate(count: int, *, seed: int = 1, telling: float = 1.0, start: int = 0) -> Iterator[Assessed]:
    """Yield articles in no order of publication.

    Args:
        count: how many.
        seed: another seed gives other articles.
        telling: the share of articles that tell anything; those tell three to six events each.
        start: number of the first, so that a corpus can be generated in parts.
    """
    for number in range(start, start + count):
        yield _assessed(number, random.Random(f"{seed}/{number}"), telling)  # noqa: S311 - made-up news


def _assessed(number: int, chance: random.Random, telling: float) -> Assessed:
    day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    sentences = [_filler(chance) for _ in range(FILLER_SENTENCES)]
    plan = chance.randrange(PLANS)
    for _ in range(chance.randrange(3, 7) if chance.random() < telling else 0):
        sentences.insert(chance.randrange(len(sentences)), _telling(chance, plan))
    text = f"Article {number}. " + " ".join(sentence.words for sentence in sentences)
    article = _article(number, day, text)
    events = tuple(_events(article, sentences))
    return Assessed(article=article, events=events, prints=make_prints(text) if events else frozenset())


def _telling(chance: random.Random, number: int) -> _Sentence:
    """Tell something of a plan, which has one union and two regions of its own."""
    type_, status, words = chance.choice(ACCESS if number % AT_ODDS else _TELLINGS)
    plan, union = f"Plan {number}", f"Union {number % UNIONS}"
    days, region = chance.randrange(5, 90), f"Region {(number + chance.randrange(2)) % REGIONS}"
    return _Sentence(
        words=words.format(plan=plan, union=union, region=region, days=days),
        type=type_,
        status=status,
        plan=plan,
        union=union,
        region=region,
        days=days,
        is_news=chance.random() < NEWS,
    )


def _filler(chance: random.Random) -> _Sentence:
    town, noun, verb = chance.choice(_TOWNS), chance.choice(_NOUNS), chance.choice(_VERBS)
    ending = chance.choice(_ENDINGS)
    return _Sentence(words=f"The council of {town} {verb} the {noun} on the {chance.randrange(2, 30)}th, {ending}.")


def _article(number: int, day: date, text: str) -> Article:
    url = f"https://news.example/{day.year}/{number}"
    return Article(
        key=url,
        text=text,
        title=f"Article {number}",
        source=f"feed:{number % 50}",
        learned=datetime(day.year, day.month, day.day, 20, tzinfo=UTC),
        published=When(first=day, last=day, precision=Precision.DAY, basis="metadata"),
        publisher=f"Paper {number % 50}",
        publisher_role="media",
        url=url,
        kind="news",
        text_sha=sha256(text.encode()).hexdigest(),
    )


def _events(article: Article, sentences: list[_Sentence]) -> Iterator[Event]:
    start = article.text.index(" ", len("Article ")) + 1
    for sentence in sentences:
        if sentence.type:
            yield _event(article, sentence, start)
        start += len(sentence.words) + 1


def _event(article: Article, told: _Sentence, start: int) -> Event:
    end = start + len(told.words)
    type_, words = told.type, told.words
    slots: dict[str, SlotValue] = {}
    if told.status:
        slots["status"] = Label(value=told.status, text=words, start=start, end=end)
    if type_ == "bargaining_session":
        slots["outcome"] = (Label(value="no_new_proposals", text=words, start=start, end=end),)
    if type_ == "appointment_wait":
        days = float(told.days)
        slots["wait"] = Quantity(text=f"{told.days} days", start=start, end=end, low=days, high=days, unit="day")
    return Event(
        id=sha256(f"{article.text_sha}|{type_}|{start}".encode()).hexdigest()[:16],
        article=article.key,
        type=type_,
        quote=words,
        start=start,
        end=end,
        sentence=words,
        sentence_start=start,
        stance=Stance.REPORTED,
        learned=article.learned,
        published=article.published,
        happened=article.published,
        attribution="staff",
        organisation=_name(told.plan, "plan"),
        counterparty=_name(told.union, "union") if told.union in words else None,
        region=_name(told.region, "place"),
        background=not told.is_news,
        publisher=article.publisher,
        publisher_role=article.publisher_role,
        slots=slots,
        evidence=(Evidence(part="trigger", start=start, end=end, pattern=f"{type_}.yaml:14"),),
        text_sha=article.text_sha,
        origin=article.key,
    )


def _name(name: str, kind: str) -> Name:
    return Name(id=name.lower().replace(" ", "-"), name=name, kind=kind, text=name)
