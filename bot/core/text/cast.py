"""The cast of an article: who is the organisation, the counterparty, the agency, and where it plays.

An event is told in one sentence and its parties often in another: "the company", "the union". The cast knows every
name of the article and gives each place in the text its parties: named in the sentence, else meant by a noun in it,
else the one that the article speaks of most.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.model import Article, Name
from bot.core.text.employers import find_employers, find_short_names, find_talked_of
from bot.core.text.entities import PARTY_KINDS, Entities
from bot.core.text.names import Jurisdiction, Spans, find_names, plain
from bot.core.text.search import as_bytes

TITLE_WEIGHT = 3  # a name in the headline counts as so many mentions
AGENCY_KINDS = ("agency",)
_SPEAKERS = {"company": PARTY_KINDS, "union": ("union",), "regulator": AGENCY_KINDS}  # a publisher's own voice
MAX_PLAIN_NAME_WORDS = 4
NEAR_CHARS = 600  # an agency named within so many characters before is still meant
_NEWSROOM = re.compile(
    r"\b(?:News ?Guild|Newspaper Guild|Media Guild|newsroom|newspaper workers|striking journalists)\b", re.IGNORECASE
)
_SHORT_FORM = re.compile(r"^,? \((?:the )?[\"']?([A-Z][\w&/-]{1,14})[\"']?\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parties:
    """Who plays which part in one event."""

    organisation: Name | None = None
    counterparty: Name | None = None
    agency: Name | None = None
    region: Name | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """Every name of one article, and who each part falls to by default."""

    text: str  # with plain apostrophes and spaces
    names: tuple[Name, ...]  # in order
    lead: Parties  # the parts when a sentence names nobody
    entities: Entities

    def named(self, start: int, end: int) -> tuple[Name, ...]:
        """Return the names that stand inside `text[start:end]`."""
        return tuple(name for name in self.names if start <= name.start and name.end <= end)

    def spoken_of(self, start: int, end: int) -> tuple[Name, ...]:
        """Return the names inside `text[start:end]` and those that nouns in it stand for: "the company"."""
        return (*self.named(start, end), *self._meant(start, end))

    def parties(self, start: int, end: int) -> Parties:
        """Return who plays which part in what the sentence `text[start:end]` tells."""
        named = self.named(start, end)
        meant = self._meant(start, end)
        return Parties(
            organisation=self._choose(named, meant, PARTY_KINDS) or self.lead.organisation,
            counterparty=self._choose(named, meant, ("union",)) or self.lead.counterparty,
            agency=self._choose(named, meant, AGENCY_KINDS) or self._before(start, AGENCY_KINDS) or self.lead.agency,
            region=self._region(named) or self.lead.region,
        )

    def _choose(self, named: tuple[Name, ...], meant: tuple[Name, ...], kinds: tuple[str, ...]) -> Name | None:
        for name in (*named, *meant):
            if name.kind in kinds:
                return self._settle(name)
        return None

    def _settle(self, name: Name) -> Name:
        """Let a local count as itself, and an owner's hospital as the lead party that the article is about."""
        lead = self.lead.organisation
        if lead is not None and name.kind in PARTY_KINDS and name.name.startswith(f"{lead.name} "):
            return replace(name, id=lead.id, name=lead.name, kind=lead.kind, known=lead.known)
        return name

    def _meant(self, start: int, end: int) -> tuple[Name, ...]:
        """Return whom "the company", "the union" or "the agency" in the sentence stands for."""
        if self.entities.nouns is None:
            return ()
        found = []
        sentence = self.text[start:end]
        for spans in self.entities.nouns.each(as_bytes(sentence)):
            low, high = spans[0]
            noun = sentence[low + len("the ") : high]
            name = self._resolve(start + low, self.entities.kinds_by_noun.get(noun, ()))
            if name is not None:
                found.append(name)
        return tuple(found)

    def _resolve(self, at: int, kinds: tuple[str, ...]) -> Name | None:
        leads = (self.lead.organisation, self.lead.counterparty, self.lead.agency)
        default = next((lead for lead in leads if lead is not None and lead.kind in kinds), None)
        return default or self._before(at, kinds, within=at)

    def _before(self, at: int, kinds: tuple[str, ...], within: int = NEAR_CHARS) -> Name | None:
        near = [name for name in self.names if name.kind in kinds and at - within <= name.start < at]
        return near[-1] if near else None

    def _region(self, named: tuple[Name, ...]) -> Name | None:
        places = [name for name in named if name.kind == "place"]
        return _widest(places, self.entities) if places else None


def read_cast(article: Article, entities: Entities) -> Cast:
    """Find everybody in an article."""
    text = plain(article.text)
    place = entities.place_of(article.region)
    jurisdiction = Jurisdiction(country=place.country, state=place.state) if place else None
    names = _without_publisher(article, find_names(text, 0, len(text), entities, jurisdiction), entities)
    names = _with_short_forms(text, names)
    names = _with_employers(names, find_employers(text, names, entities))
    names = tuple(sorted((*names, *find_short_names(text, names, entities)), key=lambda name: name.start))
    region = None
    if place is not None:
        region = Name(id=place.id, name=place.name, kind="place")
    lead = _lead(article, names, entities, region)
    return Cast(text=text, names=names, lead=lead, entities=entities)


def _with_employers(names: tuple[Name, ...], employers: list[Name]) -> tuple[Name, ...]:
    """Add employers in the place of what their names are made of: Air Canada is no country."""
    found = Spans([(name.start, name.end) for name in employers])
    others = (name for name in names if not found.touch(name.start, name.end))
    return tuple(sorted((*others, *employers), key=lambda name: name.start))


def _without_publisher(article: Article, names: tuple[Name, ...], entities: Entities) -> tuple[Name, ...]:
    """Leave out the parties whose names only begin the name of the paper that tells it: "Harbour & Freight Weekly"."""
    paper = plain(article.publisher)
    if entities.ends.get(paper.rpartition(" ")[2].lower()) != "media":
        return names
    return tuple(name for name in names if name.known or name.kind not in PARTY_KINDS or name.text not in paper)


def _lead(article: Article, names: tuple[Name, ...], entities: Entities, region: Name | None) -> Parties:
    publisher = find_names(article.publisher, 0, len(article.publisher), entities)
    spoken_for = _SPEAKERS.get(article.publisher_role, ())
    own_voice = {article.publisher_role: _placeless([name for name in publisher if name.kind in spoken_for])}
    return Parties(
        organisation=own_voice.get("company")
        or _most_frequent(_specific(names, entities), PARTY_KINDS, article.title_end)
        or _most_frequent(
            _short_enough(names), ("government",), article.title_end
        )  # a council's own workers, its own care
        or _newspaper_on_strike(article, names)
        or find_talked_of(plain(article.text), article.title_end, names, entities),
        counterparty=own_voice.get("union") or _most_frequent(names, ("union",), article.title_end),
        agency=own_voice.get("regulator") or _most_frequent(names, AGENCY_KINDS, article.title_end),
        region=region or _main_region(names, entities),
    )


def _short_enough(names: tuple[Name, ...]) -> tuple[Name, ...]:
    """Leave out what only looks like a name, as a headline in capitals: "State Board Declares Two Lake County"."""
    return tuple(name for name in names if name.known or len(name.name.split()) <= MAX_PLAIN_NAME_WORDS)


def _newspaper_on_strike(article: Article, names: tuple[Name, ...]) -> Name | None:
    """Return the paper whose own newsroom the article is about, where it names no other employer."""
    if _NEWSROOM.search(article.text) is None:
        return None
    papers = tuple(name for name in names if name.text not in article.publisher and name.name not in article.publisher)
    return _most_frequent(papers, ("media",), article.title_end)


def _placeless(names: list[Name]) -> Name | None:
    """Return the first name without its offsets, which are not the article's."""
    return replace(names[0], text="", start=-1, end=-1) if names else None


def _specific(names: tuple[Name, ...], entities: Entities) -> tuple[Name, ...]:
    """Leave out the bodies that run all others, where one of those is named twice: the trust, not the NHS."""
    narrow = tuple(name for name in names if name.id not in entities.by_id or not _is_umbrella(entities, name))
    counts = Counter(name.id for name in narrow if name.kind in PARTY_KINDS)
    return narrow if counts and max(counts.values()) > 1 else names


def _is_umbrella(entities: Entities, name: Name) -> bool:
    return "umbrella" in entities.by_id[name.id].flags


def _most_frequent(names: Iterable[Name], kinds: tuple[str, ...], title_end: int) -> Name | None:
    counts: Counter[str] = Counter()
    first: dict[str, Name] = {}
    for name in names:
        if name.kind in kinds:
            counts[name.id] += TITLE_WEIGHT if name.end <= title_end else 1
            first.setdefault(name.id, name)
    if not counts:
        return None
    best = max(counts, key=lambda each: (counts[each], first[each].known, -first[each].start))
    return first[best]


def _main_region(names: tuple[Name, ...], entities: Entities) -> Name | None:
    regions = [region for name in names if name.kind == "place" and (region := _widened(name, entities)) is not None]
    if not regions:
        return None
    counts = Counter(region.id for region in regions)
    narrow = [region for region in regions if entities.by_id[region.id].level != "country"] or regions
    return max(narrow, key=lambda region: (counts[region.id], -region.start))


def _widest(places: list[Name], entities: Entities) -> Name | None:
    regions = [region for place in places if (region := _widened(place, entities)) is not None]
    return next((region for region in regions if entities.by_id[region.id].level == "region"), None) or next(
        iter(regions), None
    )


def _widened(place: Name, entities: Entities) -> Name | None:
    """Return the region that a city stands for; a region, state or country stands for itself."""
    entity = entities.by_id.get(place.id)
    if entity is None:
        return None
    around = entities.by_id.get(entity.within) if entity.within else None
    return place if around is None else replace(place, id=around.id, name=around.name)


def _with_short_forms(text: str, names: tuple[Name, ...]) -> tuple[Name, ...]:
    """Add the places where an unknown body is called by the letters the article gave it: "… Union (ABC)"."""
    taken = Spans([(name.start, name.end) for name in names])
    added: list[Name] = []
    for name in names:
        match = None if name.known or name.kind == "place" else _SHORT_FORM.match(text[name.end : name.end + 24])
        if match is not None:
            added.extend(_occurrences(text, match.group(1), name, taken))
    return tuple(sorted((*names, *added), key=lambda name: name.start))


def _occurrences(text: str, short: str, name: Name, taken: Spans) -> list[Name]:
    found = []
    for match in re.compile(rf"\b{re.escape(short)}\b").finditer(text):
        low, high = match.span()
        if not taken.touch(low, high):
            found.append(replace(name, text=short, start=low, end=high))
            taken.add(low, high)
    return found
