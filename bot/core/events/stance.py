"""Who vouches for an event: cues in its sentence, the voice of the publisher, and whether it is history."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from bot.core.events.compile import Hit, PhraseSet
from bot.core.events.definitions import EventTypes, StanceCue
from bot.core.events.matching import Candidate, is_of_cause, is_of_clause
from bot.core.events.page import Page, SentenceView
from bot.core.model import Article, Evidence, Precision, Stance, When

RECENT = timedelta(days=21)  # rules.md: how old an event may be at publication and still be news
COUNTED = timedelta(days=366)  # an audit that comes out now tells of a period that ended within the year
_COARSE = (Precision.MONTH, Precision.QUARTER, Precision.YEAR)
_PARTIES = ("union", "company")  # publishers whose accusations are their own side's
_STRONGEST_FIRST = (
    Stance.DENIED,
    Stance.HYPOTHETICAL,
    Stance.REQUIRED,
    Stance.PLANNED,
    Stance.FOUND,
    Stance.ALLEGED,
)
_CARRIED = 5  # sentences of a paragraph over which a cue is carried on
_HEDGES = (Stance.HYPOTHETICAL, Stance.REQUIRED, Stance.PLANNED)  # what the header of a list does to its entries


class StanceJudge:
    """Applies the stance and background cues of the rules."""

    def __init__(self, types: EventTypes, phrases: PhraseSet) -> None:
        self._cues = tuple((cue, phrases.ids(cue.lines), phrases.ids(cue.until)) for cue in types.stance if cue.set)
        self._carrying = tuple((cue, tuple(map(phrases.id, cue.lines))) for cue in types.stance if cue.carries)
        self._ignored = phrases.ids(line for cue in types.stance if cue.set is None for line in cue.lines)
        background = phrases.ids(types.background)
        definitions = types.definitions.items()
        self._background = {name: background | phrases.ids(each.background) for name, each in definitions}
        self._counted = {name: phrases.ids(each.current) for name, each in definitions}
        self._current = phrases.ids(types.current)

    def stance(self, candidate: Candidate, page: Page, article: Article) -> tuple[Stance, tuple[Evidence, ...]]:
        """Return the stance of a candidate and the cues it rests on."""
        forced = candidate.pattern.stance
        if forced is not None:
            other = self._overriding(candidate, forced)
            return (forced, ()) if other is None else (other[0], (other[1],))
        found = dict(self._header(candidate, page))
        found |= dict(self._carried(candidate, page)) | dict(self._reaching(candidate))
        for stance in _STRONGEST_FIRST:
            if stance in found:
                return stance, (found[stance],)
        if is_claim(candidate) and article.publisher_role in _PARTIES:
            return Stance.ALLEGED, ()
        return Stance.REPORTED, ()

    def _overriding(self, candidate: Candidate, forced: Stance) -> tuple[Stance, Evidence] | None:
        """Return what a forced stance yields to: a plan to a firm cue, what may be to a law that says so."""
        if forced is Stance.PLANNED:
            return next(self._reaching(candidate, firm=True), None)
        if forced is not Stance.HYPOTHETICAL:
            return None
        return next((each for each in self._reaching(candidate) if each[0] is Stance.REQUIRED), None)

    def background(self, candidate: Candidate, article: Article, happened: When | None) -> bool | None:
        """Tell whether the text gives the event as history; None when nothing decides.

        Of a month that ended within the time for news the words decide.
        """
        if candidate.pattern.background is not None:
            return candidate.pattern.background
        is_counted = candidate.view.holds(self._counted[candidate.definition.type.name])
        if happened is not None and article.published is not None:
            if is_counted and happened.last >= article.published.first - COUNTED:
                return False
            oldest = article.published.first - _news_of(candidate)
            is_open = happened.precision is Precision.MONTH and _representative(happened) < oldest <= happened.last
            return self.is_history(candidate) if is_open else _representative(happened) < oldest
        if is_counted or candidate.view.holds(self._current):
            return False
        if self.is_history(candidate):
            return True
        return None if candidate.pattern.dated else False

    def is_history(self, candidate: Candidate) -> bool:
        """Tell whether words of its clause make the event history."""
        cues = candidate.view.find(self._background[candidate.definition.type.name])
        return any(
            is_of_clause(candidate, cue.start, cue.end) and not is_of_cause(candidate, cue.start) for cue in cues
        )

    def _reaching(self, candidate: Candidate, *, firm: bool = False) -> Iterator[tuple[Stance, Evidence]]:
        view = candidate.view
        ignored = view.find(self._ignored)
        for cue, numbers, until in self._cues:
            if cue.set is None or (firm and not cue.firm) or not _applies(cue, candidate):
                continue
            for place in view.find(numbers):
                hidden = any(place.overlaps(other) for other in ignored)
                if not hidden and _reaches(cue, place, candidate, view.find(until)):
                    yield cue.set, Evidence(part="stance", start=place.start, end=place.end, pattern=cue.lines[0].place)

    def _carried(self, candidate: Candidate, page: Page) -> Iterator[tuple[Stance, Evidence]]:
        """Yield what a sentence before says of the rest of its paragraph."""
        view = candidate.view
        first = view.index
        while first and view.index - first < _CARRIED and _is_same_paragraph(page.views[first - 1], view):
            first -= 1
        told = page.views[first : view.index]
        for cue, numbers in self._carrying if told else ():
            place = _first_place(told, numbers) if _applies(cue, candidate) else None
            if place is not None and cue.set is not None:
                yield cue.set, Evidence(part="stance", start=place.start, end=place.end, pattern=cue.lines[0].place)

    def _header(self, candidate: Candidate, page: Page) -> Iterator[tuple[Stance, Evidence]]:
        """Yield what the header of a list says about its entries; an entry that is a sentence speaks for itself."""
        header = candidate.view.sentence.header
        if header is None or header >= len(page.views) or candidate.view.copy.endswith(b"."):
            return
        view: SentenceView = page.views[header]
        for cue, numbers, _ in self._cues:
            if cue.set in _HEDGES and _applies(cue, candidate):
                for place in view.find(numbers):
                    yield cue.set, Evidence(part="stance", start=place.start, end=place.end, pattern=cue.lines[0].place)


def _first_place(views: Iterable[SentenceView], numbers: tuple[int, ...]) -> Hit | None:
    """Return where one of the phrases stands first; of two that begin there, the one named first."""
    for view in views:
        places = [hit for number in numbers for hit in view.find((number,))[:1]]
        if places:
            return min(places, key=lambda hit: hit.start)
    return None


def _news_of(candidate: Candidate) -> timedelta:
    days = candidate.definition.recent_days
    return RECENT if days is None else timedelta(days=days)


def _is_same_paragraph(one: SentenceView, other: SentenceView) -> bool:
    return one.sentence.paragraph == other.sentence.paragraph


def _representative(happened: When) -> date:
    """Return the day to hold against the publication: of a month or a year the middle, as fresh news names a day."""
    if happened.precision not in _COARSE:
        return happened.last
    return happened.first + (happened.last - happened.first) / 2


def is_claim(candidate: Candidate) -> bool:
    """Tell whether the event accuses somebody."""
    own = candidate.pattern.claim
    return candidate.definition.claim if own is None else own


def _applies(cue: StanceCue, candidate: Candidate) -> bool:
    name = candidate.definition.type.name
    if cue.claims and not is_claim(candidate):
        return False
    if cue.norm and candidate.pattern.stance is not Stance.HYPOTHETICAL:
        return False
    return name not in cue.never and (not cue.only or name in cue.only)


def _reaches(cue: StanceCue, place: Hit, candidate: Candidate, ends: tuple[Hit, ...]) -> bool:
    hit, view = candidate.hit, candidate.view
    if place.overlaps(hit):
        words = view.copy[place.start - view.start : place.end - view.start].decode()
        of_trigger = all(word in candidate.line.phrase.regex for word in words.split())
        return cue.direction != "backward" and not of_trigger
    if place.end <= hit.start and cue.direction in ("forward", "both"):
        return _is_clear(cue, view, place.end, hit.start, ends)
    if place.start >= hit.end and cue.direction in ("backward", "both"):
        return _is_clear(cue, view, hit.end, place.start, ends)
    return False


def _is_clear(cue: StanceCue, view: SentenceView, start: int, end: int, ends: tuple[Hit, ...]) -> bool:
    between = view.copy[start - view.start : end - view.start]
    if len(between.split()) > cue.span or b";" in between or (cue.set is Stance.DENIED and b": " in between):
        return False
    return not any(start <= stop.start and stop.end <= end for stop in ends)
