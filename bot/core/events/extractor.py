"""From an article to its events: the face of the pattern language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from itertools import chain

from bot.core.events.attribution import attribute
from bot.core.events.compile import compiled
from bot.core.events.dating import (
    AHEAD_AT_MOST,
    LONG_AGO,
    TOLD_AS_FACT,
    find_checked,
    find_due,
    find_given,
    find_measured,
    find_opening,
    find_said,
    is_act,
    is_long_past,
    lies_ahead,
    told_ahead,
    told_around,
    told_as_history,
    told_since,
)
from bot.core.events.definitions import DUE, EventTypes
from bot.core.events.doubt import AFTER, BEFORE
from bot.core.events.fold import fold
from bot.core.events.lists import dated_by_introduction
from bot.core.events.matching import Candidate, Matcher
from bot.core.events.mentions import Mentions
from bot.core.events.merge import merge
from bot.core.events.page import Draft, Page, read_draft, read_page
from bot.core.events.slots import Filled, fill_from_around, fill_slots
from bot.core.events.stance import StanceJudge
from bot.core.events.undone import is_told
from bot.core.model import Article, Event, Evidence, Label, SlotValue, Stance, When
from bot.core.text.cast import Cast, read_cast
from bot.core.text.entities import Entities

DUE_SOON = timedelta(days=90)  # a day that names no year and may lie so near ahead is not read as last year's
DEFAULT_COUNTRY = "US"  # ISO 3166; decides on holidays and day-month order where the article names no place


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of one trigger in a sentence."""

    type: str
    quote: str
    pattern: str  # "strike.yaml:14"
    phrase: str  # as the author wrote it
    veto: str  # empty when it became an event
    doubt: tuple[str, ...] = ()  # words around it that speak against what became an event


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedSentence:
    """One sentence with everything that was tried on it."""

    text: str
    start: int
    furniture: str  # the pattern that set it aside, "" for the article's own text
    verdicts: tuple[Verdict, ...]


class Extractor:
    """Reads events in articles; compiled once per version of the rules, free of state after that."""

    def __init__(self, types: EventTypes, entities: Entities) -> None:
        self.types = types
        self._entities = entities
        self._phrases = compiled(types)
        self._matcher = Matcher(self._phrases)
        self._judge = StanceJudge(types, self._phrases)

    def extract(self, article: Article) -> tuple[Event, ...]:
        """Return the events an article tells, in order; each satisfies quote == text[start:end]."""
        folded = fold(article.text)
        if self.types.subject.missing(folded):
            return ()
        draft = self._draft(article, folded)
        triggers = self._matcher.promising(draft)
        if not triggers:
            return ()
        page = read_page(draft, self._phrases, self.types.furniture)
        standing = [candidate for candidate in self._matcher.candidates(page, triggers) if not candidate.veto]
        if not standing:
            return ()
        cast = read_cast(article, self._entities)
        mentions = Mentions(article, _country(cast))
        chosen = _apart(standing, lambda candidate: self._has_what_it_needs(candidate, page, mentions))
        read = ((each, self._event(each, page, article, cast, mentions)) for each in chosen)
        events = (event for each, event in read if each.pattern.undone or is_told(event, each.definition, cast))
        merged = dated_by_introduction(merge(events, article, self.types.definitions), page)
        return tuple(sorted(merged, key=lambda event: (event.start, event.type)))

    def unread(self, article: Article) -> str:
        """Return why an article is not read for events, "" for one that speaks of the subject."""
        return self.types.subject.missing(fold(article.text))

    def trace(self, article: Article) -> tuple[TracedSentence, ...]:
        """Return every sentence with what hit in it, what vetoed it and why."""
        draft = self._draft(article, fold(article.text))
        page = read_page(draft, self._phrases, self.types.furniture)
        verdicts: dict[int, list[Verdict]] = {}
        for candidate in self._matcher.candidates(page, self._phrases.triggers.keys()):
            doubt = () if candidate.veto else self._doubt(candidate, _labels(candidate), page)
            verdicts.setdefault(candidate.view.index, []).append(_verdict(candidate, article, doubt))
        return tuple(
            TracedSentence(
                text=article.text[view.start : view.end],
                start=view.start,
                furniture=page.skipped.get(view.index, ""),
                verdicts=tuple(verdicts.get(view.index, ())),
            )
            for view in page.views
        )

    def _draft(self, article: Article, folded: bytes) -> Draft:
        role = "the union" if article.publisher_role == "union" else ""
        return read_draft(article.text, folded, self._phrases, f"{article.publisher} {role}")

    def _has_what_it_needs(self, candidate: Candidate, page: Page, mentions: Mentions) -> bool:
        if candidate.pattern.past_due and not _is_past_due(candidate, mentions):
            return False
        needed = candidate.definition.needed
        return not needed or needed <= fill_slots(candidate, page, mentions, self._phrases).slots.keys()

    def _event(self, candidate: Candidate, page: Page, article: Article, cast: Cast, mentions: Mentions) -> Event:
        filled = fill_slots(candidate, page, mentions, self._phrases)
        stance, cues = self._judge.stance(candidate, page, article)
        named = filled.happened
        ahead = candidate.definition.ahead if candidate.pattern.ahead is None else candidate.pattern.ahead
        if not ahead and stance is not Stance.PLANNED and lies_ahead(named, article.published):
            named = None
        given = find_given(candidate, filled.slots, mentions)
        happened = given or self._date(named, candidate, page, mentions, stance)
        if stance is Stance.REPORTED and candidate.pattern.stance is None and lies_ahead(happened, article.published):
            stance = Stance.PLANNED
        is_news_by_date = candidate.pattern.takes_date and (named is not None or not candidate.definition.measured)
        background = self._judge.background(candidate, article, happened if is_news_by_date else None)
        if not (background and is_long_past(happened, article.published)):
            filled = fill_from_around(filled, candidate, page, mentions, self._phrases)
        parties = cast.parties(candidate.view.start, candidate.view.end)
        start, end = candidate.hit.start, candidate.hit.end
        trigger = Evidence(part="trigger", start=start, end=end, pattern=candidate.line.place)
        return Event(
            id=_event_id(article, candidate, filled),
            article=article.key,
            type=candidate.definition.type.name,
            quote=article.text[start:end],
            start=start,
            end=end,
            sentence=article.text[candidate.view.start : candidate.view.end],
            sentence_start=candidate.view.start,
            stance=stance,
            learned=article.learned,
            published=article.published,
            happened=happened,
            attribution=attribute(candidate.view, page, cast, article),
            organisation=parties.organisation,
            counterparty=parties.counterparty,
            agency=parties.agency,
            region=parties.region,
            background=background,
            publisher=article.publisher,
            publisher_role=article.publisher_role,
            slots=filled.slots,
            evidence=(trigger, *_beside(candidate), *filled.evidence, *cues),
            text_sha=article.text_sha,
            origin=article.key,
            doubt=self._doubt(candidate, filled.slots, page),
        )

    def _doubt(self, candidate: Candidate, slots: Mapping[str, SlotValue], page: Page) -> tuple[str, ...]:
        view = candidate.view
        around = [other.copy for other in page.around(view.index, BEFORE, AFTER) if other is not view]
        return self.types.doubts.against(candidate.definition.type.name, slots, view.copy, around)

    def _date(
        self, named: When | None, candidate: Candidate, page: Page, mentions: Mentions, stance: Stance
    ) -> When | None:
        if not candidate.pattern.takes_date:
            return self._beside_another(candidate, page, mentions, stance)
        if named is None and stance not in TOLD_AS_FACT:
            due = find_due(candidate, mentions)
            return due or (told_ahead(candidate, page, mentions) if stance is Stance.PLANNED else None)
        if named is None and candidate.definition.measured:
            return find_measured(candidate, page, mentions)
        if named is not None or not is_act(candidate):
            return _settled(named, stance, mentions.published)
        if self._judge.is_history(candidate):
            return told_as_history(candidate, page, mentions)
        return told_since(candidate, page, mentions) or told_around(candidate, page, mentions)

    def _beside_another(self, candidate: Candidate, page: Page, mentions: Mentions, stance: Stance) -> When | None:
        """Return the day of an act whose words stand beside the date of something else."""
        if stance not in TOLD_AS_FACT:
            return None
        if not is_act(candidate):
            return find_said(candidate, mentions)
        own = find_opening(candidate, mentions) or find_checked(candidate, page, mentions)
        return own or told_around(candidate, page, mentions)


def _is_past_due(candidate: Candidate, mentions: Mentions) -> bool:
    """Tell whether the day that something was due on lies before the article."""
    kept = candidate.kept(DUE)
    if kept is None or mentions.published is None:
        return kept is not None
    view, start, end = kept
    day = next((each for each in mentions.times(view) if each.start < end and start < each.end), None)
    if day is None:
        return False
    today = mentions.published.first
    readings = ((day.first, day.last), *day.alternatives)
    soon = any(today <= last <= today + DUE_SOON for _, last in readings)
    return not soon and any(last < today for _, last in readings)


def _beside(candidate: Candidate) -> Iterator[Evidence]:
    for each in candidate.beside:
        yield Evidence(part=each.part, start=each.hit.start, end=each.hit.end, pattern=candidate.line.place)


def _settled(happened: When | None, stance: Stance, published: When | None) -> When | None:
    """Read a date by what is told of it: a plan lies ahead, a fact behind, whichever reading comes nearest."""
    if happened is None or published is None or stance is Stance.HYPOTHETICAL:
        return happened
    if stance is Stance.PLANNED:
        others = [
            span for span in happened.alternatives if published.first <= span[0] <= published.last + AHEAD_AT_MOST
        ]
        fits = happened.last >= published.first
    else:
        others = [span for span in happened.alternatives if span[1] <= published.last]
        fits = happened.first <= published.last
    if fits or not others or _says_when_told(happened, stance):
        return happened
    first, last = min(others, key=lambda span: abs(span[0] - published.first))
    if published.first - first > LONG_AGO and happened.first - published.last <= AHEAD_AT_MOST:
        return happened  # "call off the strike planned for July 6" speaks of next week, not of last year
    return replace(happened, first=first, last=last, basis=f"{happened.basis}; told as {stance.value}")


def _says_when_told(happened: When, stance: Stance) -> bool:
    """Tell whether the date of a plan is the one it was announced on: "means to fine them, he said on Friday"."""
    return stance is Stance.PLANNED and "told in the past" in happened.basis


def _country(cast: Cast) -> str:
    region = cast.lead.region
    entity = cast.entities.by_id.get(region.id) if region is not None else None
    return (entity.country if entity is not None else None) or DEFAULT_COUNTRY


def _apart(candidates: Iterable[Candidate], is_whole: Callable[[Candidate], bool]) -> list[Candidate]:
    """Keep one candidate where several of a type and status overlap: of the whole ones that with most places kept."""
    kept: dict[int, list[Candidate]] = {}  # by sentence
    for candidate in sorted(candidates, key=_preference):
        others = kept.setdefault(candidate.view.index, [])
        if not any(_doubles(candidate, other) for other in others) and is_whole(candidate):
            others.append(candidate)
    return sorted(
        chain.from_iterable(kept.values()), key=lambda each: (each.hit.start, each.hit.end, each.definition.type.name)
    )


def _preference(candidate: Candidate) -> tuple[bool, int, int, bool, int, int]:
    hit = candidate.hit
    kept = len(hit.places) + sum(len(each.hit.places) for each in candidate.beside)
    undecided = candidate.pattern.background is None  # one that says news or history knows more than one that asks
    pattern = candidate.pattern
    sees_less = not (pattern.undone or pattern.own_vetoes)  # one that says it was not done saw the "not"
    return (sees_less, -kept, -len(candidate.pattern.sets), undecided, hit.end - hit.start, hit.start)


def _doubles(candidate: Candidate, other: Candidate) -> bool:
    same_type = candidate.definition.type.name == other.definition.type.name
    mine, theirs = candidate.pattern.sets.get("status"), other.pattern.sets.get("status")
    return same_type and candidate.hit.overlaps(other.hit) and (mine is None or theirs is None or mine == theirs)


def _labels(candidate: Candidate) -> dict[str, SlotValue]:
    """Return the labels that the pattern alone gives."""
    sets = candidate.pattern.sets
    return {slot: tuple(Label(value=value) for value in values) for slot, values in sets.items()}


def _verdict(candidate: Candidate, article: Article, doubt: tuple[str, ...]) -> Verdict:
    return Verdict(
        type=candidate.definition.type.name,
        quote=article.text[candidate.hit.start : candidate.hit.end],
        pattern=candidate.line.place,
        phrase=candidate.line.phrase.text,
        veto=candidate.veto,
        doubt=doubt,
    )


def _event_id(article: Article, candidate: Candidate, filled: Filled) -> str:
    hit = candidate.hit
    parts = (article.text_sha, candidate.definition.type.name, str(hit.start), str(hit.end), *_main(filled.slots))
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def _main(slots: dict[str, SlotValue] | object) -> Iterator[str]:
    values = slots if isinstance(slots, dict) else {}
    for name in sorted(values):
        value = values[name]
        yield f"{name}={value.value if isinstance(value, Label) else ''}"
