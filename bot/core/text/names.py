"""Names in a stretch of text: the known ones first, then what gives itself away by form."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.core.model import Name
from bot.core.text.entities import Entities, Entity
from bot.core.text.search import as_bytes

MAX_HEAD_WORDS = 4  # words of the longest head in entities.yaml: "Blue Cross Blue Shield"
MAX_NAME_WORDS = 9  # a longer run of capitalised words is a headline, not a name
_SLUG = re.compile(r"[^a-z0-9]+")
_TITLES = frozenset(("Dr", "Mr", "Mrs", "Ms", "Prof", "Sir", "Dame"))
_WORD = r"(?:(?:St|Mt|Ft)\.|(?:[A-Z]\.)+|[^\W\d_a-zà-ÿ][\w&]*(?:['\-][\w&]+)*(?:(?<=s)'(?= [A-Z]))?)"
_RUN = re.compile(rf"\b{_WORD}(?:(?: (?:of the|of|and|for the|for|the|&|de|du))? (?:{_WORD}|\d+[A-Z]?\b))*")
_PIECES = re.compile(r" (?:and|&) ")
_LINKS = frozenset(("of", "for", "on"))
_OF_THE = re.compile(r"^.* (?:of|for) the ")
_APOSTROPHES = "’‘‛ʼ"
_BLANKS = "\u00a0\u202f\u2009"
MAX_ACRONYM_CHARS = 5  # letters: so short a name is borne by others in other countries
_GOES_ON = frozenset(  # "Timely Care Act", "Northern Hospital Workers": the name does not end before these
    (
        *(
            "Act",
            "Bill",
            "Law",
            "Code",
            "Regulations",
            "Rules",
            "Fund",
            "Day",
            "Week",
            "Month",
            "Street",
            "Road",
            "Avenue",
        ),
        *("Award", "Awards", "Survey", "Index", "Project", "Initiative", "Strategy", "Conference", "Summit"),
        *("Workers", "Employees", "Nurses", "Staff", "Association", "Alliance"),
    )
)
_SMALL = frozenset(("of", "the", "and", "for", "&", "de", "du"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Jurisdiction:
    """Where an article plays, to tell two bearers of one name apart."""

    country: str | None = None
    state: str | None = None


class Spans:
    """Stretches of a text that do not overlap, asked in logarithmic time."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = sorted(spans)

    def add(self, low: int, high: int) -> None:
        """Take in a span that touches none."""
        insort(self._spans, (low, high))

    def touch(self, low: int, high: int) -> bool:
        """Say whether a span overlaps `low:high`."""
        place = bisect_left(self._spans, (high, 0))
        return place > 0 and self._spans[place - 1][1] > low

    def cover(self, low: int, high: int) -> bool:
        """Say whether a longer span holds all of `low:high`."""
        place = bisect_left(self._spans, (high, 0))
        if place == 0:
            return False
        a, b = self._spans[place - 1]
        return a <= low and high <= b and (a, b) != (low, high)


def find_names(
    text: str, start: int, end: int, entities: Entities, jurisdiction: Jurisdiction | None = None
) -> tuple[Name, ...]:
    """Return the names in `text[start:end]`, in order, none overlapping another.

    Args:
        text: the article as it is: names are told by their capitals.
        start: first offset to read.
        end: offset after the last.
        entities: who is known.
        jurisdiction: decides between bearers of one name; without it the first in the file wins.
    """
    stretch = plain(text[start:end])
    formed = list(_formed(stretch, entities))
    by_form = Spans([(low, high) for low, high, _ in formed])
    names: list[Name] = []
    taken = Spans([])
    for low, high, entity in _known(stretch, entities, jurisdiction):
        if entity is not None and _gives_way(entity) and by_form.cover(low, high):
            continue
        taken.add(low, high)
        if entity is not None:
            names.append(_name(entity, stretch[low:high], start + low))
    names.extend(
        _unknown(stretch[low:high], kind, start + low) for low, high, kind in formed if not taken.touch(low, high)
    )
    return tuple(sorted(names, key=lambda name: name.start))


def plain(text: str) -> str:
    """Return `text` with straight apostrophes and plain spaces, every character where it was."""
    for mark in _APOSTROPHES:
        text = text.replace(mark, "'")
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text


def slug(name: str) -> str:
    """Return the id of a name that no file knows: lower case, dashes."""
    return _SLUG.sub("-", name.lower().removeprefix("the ")).strip("-")


@lru_cache(maxsize=2)  # the names of an article are read twice: by form, then by context
def capital_runs(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of runs of capitalised words, small words between them included."""
    return tuple(match.span() for match in _RUN.finditer(text))


def skip_openers(text: str, low: int, high: int, entities: Entities) -> int:
    """Return where a run begins without the words that are capitalised for another reason than being a name."""
    while True:
        word, _, rest = text[low:high].partition(" ")
        bare = word.removesuffix("'s")
        if not rest or not (bare in entities.not_names or bare in _SMALL or bare.isdigit()):
            return low
        low += len(word) + 1


def _known(
    stretch: str, entities: Entities, jurisdiction: Jurisdiction | None
) -> Iterator[tuple[int, int, Entity | None]]:
    if entities.known is None:
        return
    for spans in entities.known.each(as_bytes(stretch)):
        low, high = spans[0]
        ids = entities.ids_by_name.get(stretch[low:high])
        if ids is None:
            continue  # a sign that Latin-1 has not, read as another such
        bearers = [entities.by_id[each] for each in ids]
        entity = _bearer(bearers, jurisdiction)
        if entity is not None and jurisdiction is not None and _is_abroad(stretch[low:high], entity, jurisdiction):
            continue  # the same letters, another body
        if entity is not None and entity.kind != "place" and _is_person(stretch, low):
            entity = None
        yield low, high, entity


def _gives_way(entity: Entity) -> bool:
    """Say whether its name inside a longer one is only a word of it, as in "Minneapolis Public Schools"."""
    return entity.kind in ("place", "union") or "umbrella" in entity.flags


def _bearer(bearers: list[Entity], jurisdiction: Jurisdiction | None) -> Entity | None:
    if not bearers:
        return None
    if jurisdiction is None or len(bearers) == 1:
        return bearers[0]
    for entity in bearers:
        if entity.country == jurisdiction.country and entity.state in (None, jurisdiction.state):
            return entity
    return bearers[0]


def _is_abroad(words: str, entity: Entity, jurisdiction: Jurisdiction) -> bool:
    if not words.isupper() or len(words) > MAX_ACRONYM_CHARS or None in (entity.country, jurisdiction.country):
        return False
    other_state = None not in (entity.state, jurisdiction.state) and entity.state != jurisdiction.state
    return entity.country != jurisdiction.country or other_state


def _is_person(stretch: str, low: int) -> bool:
    return stretch[max(0, low - 6) : low].rstrip(" .").rpartition(" ")[2] in _TITLES


def _formed(stretch: str, entities: Entities) -> Iterator[tuple[int, int, str]]:
    """Yield span and kind of each name that its own words give away."""
    tails = tuple(entities.suffixes)
    for low, high in capital_runs(stretch):
        run = stretch[low:high]
        if " " not in run and not run.removesuffix("'s").endswith(tails):
            continue  # one word, as most runs are, and it gives nothing away
        for a, b in _pieces(stretch, low, high, entities):
            begin = skip_openers(stretch, a, b, entities)
            found = _name_in(stretch, begin, b, entities)
            if found is not None:
                yield found


def _pieces(stretch: str, low: int, high: int, entities: Entities) -> Iterator[tuple[int, int]]:
    """Cut a run at "and" where what stands before it is a name already: "X Union and Y Hospital"."""
    whole = _name_in(stretch, skip_openers(stretch, low, high, entities), high, entities)
    if whole is not None and whole[2] == "agency":
        yield low, high  # "Department of Health and Human Services", "Texas Health and Human Services Commission"
        return
    begin = low
    for match in _PIECES.finditer(stretch, low, high):
        if _name_in(stretch, skip_openers(stretch, begin, match.start(), entities), match.start(), entities):
            after = stretch[match.end() : high]
            if _name_in(after, 0, len(after), entities) is not None:
                yield begin, match.start()
                begin = match.end()
    yield begin, high


def _name_in(stretch: str, low: int, high: int, entities: Entities) -> tuple[int, int, str] | None:
    words = stretch[low:high].removesuffix("'s").split(" ")
    if len(words) == 1:
        kind = next((kind for tail, kind in entities.suffixes.items() if _has_tail(words[0], tail)), None)
        return (low, low + len(words[0]), kind) if kind else None
    if len(words) > MAX_NAME_WORDS:
        return None
    started = None if _is_whole(words, entities) else _started(words, entities)
    if started is not None:
        first, kind = started
        return low + len(" ".join([*words[:first], ""])), low + len(" ".join(words)), kind
    inner = _OF_THE.match(stretch[low:high])
    if inner is not None and (found := _name_in(stretch, low + inner.end(), high, entities)) is not None:
        return found  # "Musicians of the Philadelphia Orchestra": the orchestra
    for last in range(len(words), 1, -1):
        bare = [*words[: last - 1], words[last - 1].removesuffix("'s")]  # "Northern Petroleum's Bay City refinery"
        kind = None if last < len(words) and words[last] in _GOES_ON else _ended(bare, entities)
        if kind is not None:
            return low, low + len(" ".join(bare)), kind
    return None


def _has_tail(word: str, tail: str) -> bool:
    return word.endswith(tail) and len(word) > len(tail) + 1


def _started(words: list[str], entities: Entities) -> tuple[int, str] | None:
    """Return first word and kind by a head before "of", "for" or a number: "Department of X", "Teamsters Local 12"."""
    for place, word in enumerate(words[:-1]):
        following = words[place + 1]
        if following.lower() in _LINKS or (following[0].isdigit() and word in ("Local", "Lodge")):
            for head in range(max(0, place - MAX_HEAD_WORDS), place + 1):
                kind = entities.starts.get(" ".join(words[head : place + 1]).lower())
                if kind is not None:
                    return _first_word(words, head), kind
    return None


def _first_word(words: list[str], head: int) -> int:
    while head > 0 and words[head - 1] not in _SMALL:
        head -= 1
    return head


def _is_whole(words: list[str], entities: Entities) -> bool:
    """Tell whether the words end in a head that holds "of": "Board of Education" is no board of an agency's."""
    return " ".join(words[-3:]).lower() in entities.ends and "of" in words[-3:]


def _ended(words: list[str], entities: Entities) -> str | None:
    for first in range(max(1, len(words) - MAX_HEAD_WORDS), len(words)):
        kind = entities.ends.get(" ".join(words[first:]).lower())
        if kind is not None and words[first - 1] not in _LINKS and any(word not in _SMALL for word in words[:first]):
            return kind  # but "Minister of State for Health" is no provider
    return None


def _name(entity: Entity, words: str, start: int) -> Name:
    return Name(
        id=entity.id, name=entity.name, kind=entity.kind, text=words, start=start, end=start + len(words), known=True
    )


def _unknown(words: str, kind: str, start: int) -> Name:
    return Name(id=slug(words), name=words, kind=kind, text=words, start=start, end=start + len(words), known=False)
