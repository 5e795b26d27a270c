"""Employers that no word of their own gives away, only the company that they keep: "drivers at X", "X was fined".

A person keeps other company: a title, or a first name that is dropped the second time.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core.days import MONTHS, WEEKDAYS
from bot.core.model import Name
from bot.core.text.entities import PARTY_KINDS, Entities
from bot.core.text.names import Spans, capital_runs, skip_openers, slug

_WORKERS = (
    r"(?:workers|employees|staff|nurses|doctors|physicians|residents|drivers|teachers|lecturers|professors|clinicians"
    r"|therapists|pharmacists|technicians|aides|carers|caregivers|pilots|crews?|miners|porters|cleaners|guards|officers"
    r"|reporters|journalists|musicians|dockers|stevedores|machinists|mechanics|librarians|rangers|paramedics)"
)
# What a business is called right before its name: "the insurer Tessaly".
_BEFORE_A_NAME = (
    *(
        "insurer",
        "operator",
        "airline",
        "carrier",
        "employer",
        "provider",
        "utility",
        "HMO",
        "retailer",
        "manufacturer",
    ),
    *("company", "firm"),
)
_BUSINESSES = (
    *_BEFORE_A_NAME,
    *("plan", "chain", "trust", "hospital", "clinic", "producer", "maker", "subsidiary", "brewery", "refinery"),
    "contractor",
)
_BUSINESS = f"(?:{'|'.join(_BUSINESSES)})"
_NO_LINK = r"(?:(?!(?:at|for|of|in|with|from|who|to)\b)[\w'-]+ )"
_BEFORE = re.compile(
    rf"(?:\b(?:spokesman|spokeswoman|spokesperson|spokespeople|lawyers?) for"
    rf"|\b(?:talks|negotiations|contract|dispute) with"
    rf"|\b(?:strikes?|walkout|walk-out|stoppage|pickets?|lockout|industrial action) (?:at|against)"
    rf"|\b(?:employed|run|owned|operated) (?:by|at)|\bemployees of"
    rf"|\b(?:{_WORKERS}|members|picket lines?) (?:employed )?(?:at|for)"
    r"|\bbelonging to"
    rf"|\b(?:fined|penali[sz]ed|sanctioned|cited)"
    rf"|\b(?:penalty|penalties|fines?|complaints?|charges?|lawsuit|case|order|claims)(?: on [A-Z]\w+)? against"
    rf"|\b(?:{'|'.join(_BEFORE_A_NAME)}|health plan)"
    rf"|\b(?:the|an?|its|whose) (?:[\w'-]+ ){{0,2}}(?:{_BUSINESS}|owner),)"
    r" (?:the )?$",
    re.IGNORECASE,
)
_LAST_OF_CUES = tuple(  # a cheap first look: most names stand behind other words
    f"{word} "
    for word in (
        *("for", "with", "at", "against", "by", "of", "to", "the", "fined", "sanctioned", "cited"),
        *("penalised", "penalized", *_BEFORE_A_NAME, "plan", "owner,"),
        *(f"{business}," for business in _BUSINESSES),
    )
)
_AFTER = re.compile(
    r"(?:(?:'s)? (?:spokes(?:wo)?m[ae]n|spokesperson|management|managers|executives|CEO|chief executive|workforce"
    rf"|{_WORKERS}|hospitals|clinics|plants?|mines?|stores|warehouses|facilities|enrollees|policyholders)\b"
    r"| (?:was|were|has been|had been) (?:fined|penali[sz]ed|cited)\b"
    r"| (?:must|agreed to|will|has to|is to|has agreed to|had to) pay\b"
    r"| pleaded guilty\b"
    r"| (?:said|says) (?:in a statement|it (?:had|has|was|is|would|will)|its )"
    r"| (?:employs|operates|insures)\b"
    rf"|, (?:a|an|the) {_NO_LINK}{{0,4}}{_BUSINESS}\b)"
)
_AIRLINE = re.compile(r"Air [A-Z][a-z]+")
_PLAN = re.compile(r"\b(?:insurer|health plan|HMO|enrollees|policyholders)\b")
_CARE = re.compile(
    r"\b(?:hospitals?|clinics?|trust|provider|nurses|doctors|physicians|therapists|clinicians|aides|carers)\b"
)
_TITLE = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|Sir|Dame|Judge|Justice|President|Gov|Governor|Sen|Senator|Rep|Mayor|Minister|Commissioner"
    r"|Director|Secretary|Sister|Father|Rev|Chief|Captain|spokesman|spokeswoman|spokesperson|mediator|organi[sz]er"
    r"|chair|chairman|chairwoman|steward|attorney|lawyer|economist|analyst|officer|manager|nurse|teacher|driver)\.? $"
)
_OPENING = re.compile(r"(?:^|[.!?:;\n•|(\[-] ?|[\"“‘'])$")
_BYLINE = re.compile(r" (?:staff|reporters?)(?: reports?| writers?)?(?:\n|$|[ ,|]+[A-Z0-9])")
_PLACE_ENDS = frozenset(
    (
        *("Road", "Street", "Avenue", "Lane", "Square", "Park", "Field", "Fields", "Falls", "Bend", "Prairie", "Gate"),
        *("Bridge", "Station", "Junction", "Hill", "Hills", "County", "City", "Town", "Valley", "Bay", "Beach", "Lake"),
        *(
            "Island",
            "Islands",
            "Springs",
            "Creek",
            "River",
            "Heights",
            "Village",
            "Crossing",
            "Hall",
            "House",
            "Building",
        ),
    )
)
_JOINT = re.compile(r" (?:and|&) ")
_AND_UNION_CHARS = 40  # from "between X and" to the union behind it
SHORTEST_LETTERS = 4  # of a body called by its letters: shorter ones stand for anything
CUE_CHARS = 40  # longest cue


def find_employers(text: str, names: Iterable[Name], entities: Entities) -> list[Name]:
    """Return the places of employers that their company gives away, in `text` with plain apostrophes and spaces."""
    named = tuple(names)
    taken = Spans([(name.start, name.end) for name in named if name.kind not in ("place", "media")])
    places = frozenset(name.text for name in named if name.kind == "place")
    unions = frozenset(name.start for name in named if name.kind == "union")
    runs = _free_runs(text, taken, entities)
    persons = _persons(text, runs)
    kinds: dict[str, str] = {}
    for low, high in runs:
        bare = text[low:high]
        if bare not in kinds and bare not in persons and bare not in places and _may_be_employer(bare, entities):
            kind = _kind(text, low, high, unions)
            if kind and not (_is_common(text, low, high) or _is_place(text, bare) or _is_byline(text, high)):
                kinds[bare] = kind
    return [
        Name(id=slug(text[low:high]), name=text[low:high], kind=kinds[text[low:high]], text=text[low:high], start=low,
             end=high, known=False)
        for low, high in runs
        if text[low:high] in kinds
    ]  # fmt: skip


def find_talked_of(text: str, title_end: int, names: Iterable[Name], entities: Entities) -> Name | None:
    """Return the body that an article without a known party speaks of most: named in its headline, and again.

    No person, no known place or paper, nothing that only happens "in" it.
    """
    named = tuple(names)
    taken = Spans([(name.start, name.end) for name in named])
    runs = _free_runs(text, taken, entities)
    persons = _persons(text, runs)
    counts: Counter[str] = Counter()
    first: dict[str, tuple[int, int]] = {}
    for low, high in runs:
        bare = text[low:high]
        is_place = text.endswith((" in ", " near ", " from "), 0, low) or (text.startswith(",", high) and " " in bare)
        is_name = " " in bare or (bare.isupper() and len(bare) >= SHORTEST_LETTERS)
        if is_name and bare not in persons and not is_place and _may_be_employer(bare, entities):
            counts[bare] += 1
            first.setdefault(bare, (low, high))
    fit = [bare for bare in counts if counts[bare] > 1 and first[bare][1] <= title_end and not _is_weekday(bare)]
    if not fit:
        return None
    low, high = first[max(fit, key=lambda bare: (counts[bare], -first[bare][0]))]
    bare = text[low:high]
    return Name(id=slug(bare), name=bare, kind="employer", text=bare, start=low, end=high, known=False)


def find_short_names(text: str, names: Iterable[Name], entities: Entities) -> list[Name]:
    """Return the places where a party that no file knows is called by the first words of its name alone.

    "Pikes" of an article about Pikes Grocery Supply; no person, no place, no word that the text writes small as well,
    and none that begins two names.
    """
    named = tuple(names)
    taken = Spans([(name.start, name.end) for name in named])
    runs = _free_runs(text, taken, entities)
    persons = _persons(text, runs)
    bearers = _by_first_words(named)
    places = frozenset(name.text for name in named if name.kind == "place")
    shorts = {text[low:high] for low, high in runs} & bearers.keys()
    meant = {short for short in shorts - persons - places if _may_be_employer(short, entities)}
    meant = {short for short in meant if not (_is_place(text, short) or _is_small_too(text, short))}
    spans = ((low, high) for low, high in runs if text[low:high] in meant)
    return [replace(bearers[text[low:high]], text=text[low:high], start=low, end=high) for low, high in spans]


def _is_small_too(text: str, words: str) -> bool:
    """Tell whether the text has the words without capitals as well."""
    return re.search(rf"\b{re.escape(words.lower())}\b", text) is not None


def _by_first_words(names: Iterable[Name]) -> dict[str, Name]:
    """Return the unknown parties by the words that may stand for them, those of one party only."""
    bearers: dict[str, dict[str, Name]] = {}
    for name in names:
        words = name.name.split(" ")
        for count in range(1, len(words)):
            short = " ".join(words[:count])
            if len(short) >= SHORTEST_LETTERS and words[count - 1][0].isupper():
                bearers.setdefault(short, {})[name.id] = name
    parties = ((short, next(iter(each.values()))) for short, each in bearers.items() if len(each) == 1)
    return {short: name for short, name in parties if name.kind in PARTY_KINDS and not name.known}


def _is_weekday(bare: str) -> bool:
    return bare.partition(" ")[0].lower() in (*WEEKDAYS, *MONTHS)


def _free_runs(text: str, taken: Spans, entities: Entities) -> list[tuple[int, int]]:
    """Return the stretches of capitalised words that are nobody's name yet."""
    return [run for low, high in capital_runs(text) for run in _bare_runs(text, low, high, taken, entities)]


def _bare_runs(text: str, low: int, high: int, taken: Spans, entities: Entities) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a run that are nobody's name yet: all of it, or what stands beside a name in it."""
    if not taken.touch(low, high):
        pieces = [(low, high)]
    else:
        edges = [low, *(edge for joint in _JOINT.finditer(text, low, high) for edge in joint.span()), high]
        pieces = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if not taken.touch(a, b)]
    for begin, end in pieces:
        first = skip_openers(text, begin, end, entities)
        yield first, first + len(text[first:end].removesuffix("'s"))


def _persons(text: str, runs: Iterable[tuple[int, int]]) -> set[str]:
    """Return the runs that are people: with a title, or called by the last of their names alone."""
    told = {text[low:high] for low, high in runs}
    titled = {text[low:high] for low, high in runs if _TITLE.search(text, max(0, low - CUE_CHARS), low)}
    surnamed = {
        each for each in told if " " in each and each.rpartition(" ")[2] in told and each.split(" ")[0] not in told
    }
    return titled | surnamed | {each.rpartition(" ")[2] for each in titled | surnamed}


def _may_be_employer(words: str, entities: Entities) -> bool:
    lower = words.lower()
    is_noun = lower in entities.ends or lower in entities.starts or lower in entities.kinds_by_noun
    is_area = words.rpartition("-")[2].islower()  # "Duluth-area"
    return len(words) > 1 and not (is_noun or is_area or words in entities.not_names or words[-1].isdigit())


def _is_common(text: str, low: int, high: int) -> bool:
    """Tell whether a single word may be capitalised for opening its sentence only: "Junior doctors", "Tug crews"."""
    word = text[low:high]
    if " " in word or text.startswith("'s", high):
        return False
    opens = _OPENING.search(text, max(0, low - 3), low) is not None
    return opens or re.search(rf"\b{re.escape(word.lower())}\b", text) is not None


def _is_place(text: str, bare: str) -> bool:
    """Tell whether somebody lives or something happens in it: "in Sun Prairie", "near Quarry Road"."""
    last = bare.rpartition(" ")[2]
    return last in _PLACE_ENDS or len(last) == 1 or any(f" {word} {bare}" in text for word in ("in", "near"))


def _is_byline(text: str, high: int) -> bool:
    """Tell whether it names who wrote the article: "By Harbor Tribune staff"."""
    return _BYLINE.match(text, high) is not None


def _kind(text: str, low: int, high: int, unions: frozenset[int]) -> str:
    """Return the kind that the words beside `text[low:high]` give it, "" where they give none."""
    before = _BEFORE.search(text, max(0, low - CUE_CHARS), low) if text.endswith(_LAST_OF_CUES, 0, low) else None
    after = _AFTER.match(text, high)
    if before is None and after is None:
        is_employer = _AIRLINE.fullmatch(text, low, high) is not None or _is_between(text, low, high, unions)
        return "employer" if is_employer else ""
    cue = f"{before.group() if before else ''} {after.group() if after else ''}"
    if _PLAN.search(cue):
        return "plan"
    return "provider" if _CARE.search(cue) else "employer"


def _is_between(text: str, low: int, high: int, unions: frozenset[int]) -> bool:
    """Tell whether it stands in "between X and the union"."""
    if not text.endswith(("between ", "between the "), 0, low) or not text.startswith(" and ", high):
        return False
    return any(start in unions for start in range(high, high + _AND_UNION_CHARS))
