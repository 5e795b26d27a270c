"""The language of patterns: words in an order, with gaps, choices, lists and typed places, compiled to RE2.

    word        that word                       word~    that word in every inflection
    *word       any word that ends so (*makers)  *word~  the same, in every inflection
    (a|b c|d~)  one of them                     $LIST    one of a list of words
    x?          may be missing                  ...3     up to three other words
    not .       the last words of a sentence
    <wait:DURATION>  a duration, kept as slot "wait"; <DURATION> one that is not kept

A pattern never reaches over the end of a sentence. What an author writes is quoted, never read as a regular expression.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from bot.core.events.inflect import inflections
from bot.core.events.keywords import MONEY_SIGN, PERCENT_SIGN, Needed, all_of, any_of, of_forms
from bot.core.marked_yaml import suggestion

MAX_GAP = 40  # words; farther apart two words of a sentence say nothing about each other
SHORT_NOT = "n't"  # the end of a word: hadn't, won't
MIN_LITERAL = 3  # letters; shorter words are too common to filter on
_NEAR_PARTS = (2, 4)  # a `near` of five parts would have 120 orders

_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|dozens?|scores|"
    "several|few|couple|half|both|an?|many|numerous|"
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
)
_HEDGES = (
    "up to|about|nearly|over|more than|less than|fewer than|at least|at most|around|roughly|some|almost|approximately|"
    "only|just|as long as|as many as|as much as|upward of|upwards of|close to|under|well over|an average of"
)
_NUMBER = (
    rf"(?:(?:{_HEDGES}) )*"
    rf"(?:[0-9][0-9.,]*(?:st|nd|rd|th)?|{_NUMBER_WORDS})"
    rf"(?:[ -](?:and|to|or|of|{_NUMBER_WORDS}|million|billion|[0-9][0-9.,]*))*"
)
_DAY_KINDS = "business|working|calendar|week"
_UNIT_NAMES = "days?|weeks?|months?|years?|hours?|hrs?|minutes?|fortnights?|weekdays"
_UNIT = rf"(?:{_DAY_KINDS})?[ -]?(?:{_UNIT_NAMES})"
_LONG_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|ember|ober)?\.?"
_DAY = (
    r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening|week|month|year|weekend|summer|fall|autumn|winter|spring)|"
    r"(?:next|last|past|previous|following|same) (?:[0-9a-z]+ )?"
    r"(?:week|month|year|weekend|day|morning|night|mon|tues|wednes|thurs|fri|satur|sun)[a-z]*|"
    rf"{_MONTH}(?: [0-9]{{1,4}}(?:st|nd|rd|th)?)?|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_LONG_MONTH})|"
    r"(?:19|20)[0-9]{2}|[0-9]{1,2}[/.][0-9]{1,2}(?:[/.][0-9]{2,4})?"
)
_DAY_AHEAD = (
    r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?|today|tonight|tomorrow|the day after tomorrow|"
    r"(?:this|next|the coming|the following|this coming) (?:[0-9]+ |few )?"
    r"(?:week|month|weekend|morning|afternoon|evening|night|mon|tues|wednes|thurs|fri|satur|sun)[a-z]*|"
    r"(?:later|early|earlier|late) (?:this|next) (?:week|month)|"
    rf"{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_LONG_MONTH})|"
    r"the [0-9]{1,2}(?:st|nd|rd|th)|[0-9]{1,2}[/.][0-9]{1,2}(?:[/.][0-9]{2,4})?|"
    r"in (?:two|three|four|five|six|seven|eight|nine|ten|[0-9]{1,2}) (?:days|weeks)|"
    r"[0-9a-z]+ (?:days|weeks) from (?:now|today|tomorrow|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?"
)
_SCALE = "thousand|million|billion|lakh|crore|m|bn|k"
_SUM = rf"[0-9][0-9.,]*(?:[ -]?(?:{_SCALE})\b)?"
_CURRENCIES = (
    "dollars", "pounds", "euros", "euro", "rand", "rupees", "shillings", "naira", "francs", "kronor", "kroner", "yen",
    "yuan", "pesos", "ringgit", "dirhams", "riyals", "baht", "taka", "cedis", "zloty", "lira", "bucks",
)  # fmt: skip
_CURRENCY_CODES = ("rs", "rm", "ksh", "kes", "ngn", "zar", "inr", "usd", "eur", "gbp", "cad", "aud", "chf")
_MONEY = (
    rf"(?:(?:(?:us|a|c|ca|nz|hk|s|nt)?[$#]|\b(?:{'|'.join(_CURRENCY_CODES)})\.? ) ?{_SUM}"
    rf"|(?:{_SUM}|(?:(?:{_NUMBER_WORDS}|and)[ -])+(?:{_SCALE})?) ?(?:{'|'.join(_CURRENCIES)}))"
)
TYPES: Mapping[str, str] = {
    "DURATION": rf"(?:{_NUMBER}[ -]{{1,2}}(?:[a-z]+ ){{0,2}}?)?{_UNIT}",
    "COUNT": _NUMBER,
    "MONEY": _MONEY,
    "PERCENT": r"(?:[0-9][0-9.,]* ?%|(?:[0-9][0-9.,]*|[a-z]+) (?:%|per ?cent|percentage points?))",
    "DATE": _DAY,
    "AHEAD": _DAY_AHEAD,  # a date that may still be to come: "last week" and "yesterday" are not
}
"""What stands in a typed place, loosely: the taggers of bot.core.text decide what it really is."""
_ALWAYS: Mapping[str, Needed] = {
    "DURATION": of_forms(
        tuple(
            f"{kind}-{unit}".lstrip("-")
            for kind in ("", *_DAY_KINDS.split("|"))
            for name in _UNIT_NAMES.split("|")
            for unit in dict.fromkeys((name.removesuffix("?"), name.removesuffix("s?")))
        )
    ),
    "MONEY": frozenset((MONEY_SIGN, *of_forms((*_CURRENCIES, *_CURRENCY_CODES)))),
    "PERCENT": frozenset((PERCENT_SIGN, *of_forms(("per-cent", "cent", "percent", "percentage")))),
}
"""What stands in a typed place whatever it holds."""

_MONEY_FIRST = re.compile(rf"(?:\(\?P<\w+>)?\(\?:{re.escape(_MONEY)}\)")
_PERCENT_LAST = re.compile(rf"\(\?:{re.escape(TYPES['PERCENT'])}\)\)?$")
_WORD_SEPARATOR = r"(?:'s|s')?[^a-z0-9\n,;:.!?]{1,3}"
_CLAUSE_WORD = r"[^ \n,;:-](?:[^ \n,;:]|[,:][0-9])*"
_TOKEN = re.compile(
    r"\s*(?:(?P<gap>\.\.\.(?P<size>\d*))|(?P<open>\()|(?P<close>\)\??)|(?P<bar>\|)|(?P<list>\$[A-Z][A-Z0-9_]*\??)"
    r"|(?P<place><[^>]*>\??)|(?P<word>[^\s()|$<>]+))"
)
_PLACE = re.compile(r"<(?:(?P<slot>[a-z][a-z0-9_]*):)?(?P<type>\$?[A-Z][A-Z0-9_]*)>")
_WORD = re.compile(r"\*?[a-z0-9][a-z0-9'.&/%-]*~?\??")


class PhraseError(Exception):
    """A phrase that cannot be read; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase."""

    text: str  # as the author wrote it
    regex: str  # RE2 over the folded copy
    literal: bool  # every way to match it holds a word long enough to filter on
    needed: Needed  # words without which it stands nowhere
    slots: tuple[str, ...] = ()  # names of the places that are kept
    lists: tuple[str, ...] = ()  # lists it uses, directly or through other lists
    near: bool = False  # words in any order: of overlapping places the shortest is meant
    last: bool = False  # nothing follows it in its sentence


@dataclass(frozen=True, slots=True)
class _Part:
    regex: str
    literal: bool
    needed: Needed = None
    optional: bool = False
    gap: int | None = None  # words; a part that is a gap has nothing else


class PhraseReader:
    """Reads phrases against one set of word lists."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._lists = lists
        self._parts: dict[str, _Part] = {}
        self._inside: dict[str, frozenset[str]] = {}

    def read(self, text: str, *, same_clause: bool = False) -> Phrase:
        """Compile one phrase; in the same clause, no gap of it reaches over a comma, a colon or a dash.

        Raises:
            PhraseError: when it cannot be read.
        """
        last = text.rstrip().endswith(" .")
        reading = _Reading(text.rstrip().removesuffix(" ."), self._list_part, same_clause=same_clause)
        part = reading.whole()
        lists = self._reached(reading.lists)
        regex = _bounded(part.regex) + (r"[^a-z0-9]*$" if last else "")
        return Phrase(text, regex, part.literal, part.needed, tuple(reading.slots), lists, last=last)

    def near(self, phrases: tuple[str, ...], within: int, *, same_clause: bool = False) -> Phrase:
        """Compile phrases that stand in any order, at most `within` words between one and the next.

        Raises:
            PhraseError: when one cannot be read, or there are too few or too many.
        """
        least, most = _NEAR_PARTS
        if not least <= len(phrases) <= most:
            raise PhraseError(f"'near' takes {least} to {most} phrases, not {len(phrases)}")
        if not 0 <= within <= MAX_GAP:
            raise PhraseError(f"'within' is a number of words from 0 to {MAX_GAP}, not {within}")
        parts = [self.read(phrase, same_clause=same_clause) for phrase in phrases]
        if any(part.slots for part in parts):
            raise PhraseError("a kept place like <wait:DURATION> cannot stand in 'near'; write <DURATION>")
        if any(part.last for part in parts):
            raise PhraseError("'.' ends a sentence and cannot stand in 'near'")
        between = _separator(within, same_clause=same_clause)
        orders = "|".join(between.join(order) for order in _orders([f"(?:{each.regex})" for each in parts]))
        lists = tuple(sorted({name for part in parts for name in part.lists}))
        text = f"near {within}{' of a clause' if same_clause else ''}: {' + '.join(phrases)}"
        needed = all_of(part.needed for part in parts)
        return Phrase(text, f"(?:{orders})", any(part.literal for part in parts), needed, (), lists, near=True)

    def lists_within(self, name: str) -> frozenset[str]:
        """Return the lists that the list `name` uses, itself included."""
        self._list_part(name)
        return self._inside[name]

    def _reached(self, names: set[str]) -> tuple[str, ...]:
        return tuple(sorted({inner for name in names for inner in self._inside[name]}))

    def _list_part(self, name: str, above: tuple[str, ...] = ()) -> _Part:
        if name in self._parts:
            return self._parts[name]
        if name in above:
            raise PhraseError(f"list ${name} contains itself: {' > '.join((*above, name))}")
        if name not in self._lists:
            raise PhraseError(f"there is no list ${name}{suggestion(name, list(self._lists))}")
        readings = [_Reading(entry, self._list_part, (*above, name)) for entry in self._lists[name]]
        parts = [reading.whole() for reading in readings]
        if any(reading.slots for reading in readings):
            raise PhraseError(f"list ${name} has a kept place; keep places in patterns only")
        names = {inner for reading in readings for inner in reading.lists}
        self._inside[name] = frozenset({name}).union(*(self._inside[inner] for inner in names))
        branches = sorted(dict.fromkeys(part.regex for part in parts), key=len, reverse=True)
        needed = any_of(part.needed for part in parts)
        self._parts[name] = _Part(f"(?:{'|'.join(branches)})", all(part.literal for part in parts), needed)
        return self._parts[name]


class _Reading:
    """One pass over the tokens of one phrase."""

    def __init__(
        self, text: str, list_part: Callable[..., _Part], above: tuple[str, ...] = (), *, same_clause: bool = False
    ) -> None:
        self._text = text
        self._same_clause = same_clause
        self._tokens = _tokens(text)
        self._at = 0
        self._list_part = list_part
        self._above = above
        self.slots: list[str] = []
        self.lists: set[str] = set()

    def whole(self) -> _Part:
        part = self._choice()
        if self._at < len(self._tokens):
            raise PhraseError(f"')' without '(' in '{self._text}'")
        return part

    def _choice(self) -> _Part:
        branches = [self._sequence()]
        while self._peek() == "bar":
            self._at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        regex = "|".join(sorted((branch.regex for branch in branches), key=len, reverse=True))
        needed = any_of(branch.needed for branch in branches)
        return _Part(f"(?:{regex})", all(branch.literal for branch in branches), needed)

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._peek() not in ("", "bar", "close"):
            parts.append(self._one())
        if not any(part.gap is None and not part.optional for part in parts):
            raise PhraseError(f"'{self._text}' has an empty or fully optional part; name at least one word")
        if parts[0].gap is not None or parts[-1].gap is not None:
            raise PhraseError(f"'{self._text}' begins or ends with a gap; a gap stands between words")
        return _joined(parts, same_clause=self._same_clause)

    def _one(self) -> _Part:
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "open":
            return self._group()
        if kind == "gap":
            return _gap(token, self._text)
        optional = token.endswith("?")
        bare = token.removesuffix("?")
        if kind == "list":
            self.lists.add(bare[1:])
            found = self._list_part(bare[1:], self._above)
            return replace(found, optional=optional)
        if kind == "place":
            return self._place(bare, optional=optional)
        return _word(bare, optional=optional)

    def _group(self) -> _Part:
        part = self._choice()
        if self._peek() != "close":
            raise PhraseError(f"'(' is not closed in '{self._text}'")
        optional = self._tokens[self._at][1].endswith("?")
        self._at += 1
        return _Part(f"(?:{part.regex})", part.literal, part.needed, optional)

    def _place(self, token: str, *, optional: bool) -> _Part:
        read = _PLACE.fullmatch(token)
        if read is None:
            raise PhraseError(f"'{token}' is no typed place; write <slot:TYPE> with TYPE one of {', '.join(TYPES)}")
        name, kind = read["slot"], read["type"]
        if kind.startswith("$"):
            self.lists.add(kind[1:])
            listed = self._list_part(kind[1:], self._above)
            regex, needed = listed.regex, listed.needed
        elif kind in TYPES:
            regex, needed = f"(?:{TYPES[kind]})", _ALWAYS.get(kind)
        else:
            raise PhraseError(f"there is no type {kind}{suggestion(kind, list(TYPES))}")
        literal = kind in _ALWAYS
        if name is None:
            return _Part(regex, literal=literal, needed=needed, optional=optional)
        if name in self.slots:
            raise PhraseError(f"place '{name}' stands twice in '{self._text}'")
        self.slots.append(name)
        return _Part(f"(?P<{name}>{regex})", literal=literal, needed=needed, optional=optional)

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    stripped = text.strip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        if found is None:
            raise PhraseError(
                f"cannot read '{stripped[at:]}' in '{text}'; quote nothing, write words, (a|b), $LIST, ...3"
            )
        kind = next(name for name in ("gap", "open", "close", "bar", "list", "place", "word") if found[name])
        tokens.append((kind, found[0].strip()))
        at = found.end()
    if not tokens:
        raise PhraseError("the phrase is empty")
    return tokens


def _gap(token: str, text: str) -> _Part:
    size = token.removeprefix("...")
    if not size or int(size) > MAX_GAP:
        raise PhraseError(f"'{token}' in '{text}': write ...N with N the most words between, up to {MAX_GAP}")
    return _Part("", literal=False, gap=int(size))


def _word(token: str, *, optional: bool) -> _Part:
    if _WORD.fullmatch(token) is None:
        lower = f"; write '{token.lower()}'" if token != token.lower() else ""
        raise PhraseError(f"'{token}' is no word of a pattern: lower-case letters, digits, ' . & / % -{lower}")
    word = token.removesuffix("~").removeprefix("*")
    forms = inflections(word) if token.endswith("~") else (word,)
    choices = "|".join(_quoted(form) for form in sorted(forms, key=len, reverse=True))
    literal = min(len(form) for form in forms) >= MIN_LITERAL and any(char.isalpha() for char in word)
    if token.startswith("*") or word == SHORT_NOT:
        return _Part(f"[a-z]*(?:{choices})", literal, optional=optional)
    return _Part(f"(?:{choices})" if len(forms) > 1 else choices, literal, of_forms(forms), optional)


def _quoted(word: str) -> str:
    return "[ -]?".join(re.escape(part) for part in word.split("-"))


def _separator(gap: int | None, *, same_clause: bool = False) -> str:
    if gap is None:
        return _WORD_SEPARATOR
    if same_clause:
        return rf"(?:'s|s')?(?:-|[^a-z0-9\n,;:.!?-]{{1,3}}?)(?:{_CLAUSE_WORD} +){{0,{gap}}}?[^a-z0-9 \n,;:-]{{0,2}}"
    return rf"(?:'s|s')?[^a-z0-9\n]{{1,4}}?(?:[^ \n]+ +){{0,{gap}}}?[^a-z0-9 \n]{{0,2}}"


def _joined(parts: list[_Part], *, same_clause: bool) -> _Part:
    """Join parts with what may stand between them; an optional part takes one separator with it when it is missing."""
    between = partial(_separator, same_clause=same_clause)
    words: list[_Part] = []
    before: list[int | None] = []  # the gap in front of each part, None for plain adjacency
    pending: int | None = None
    for part in parts:
        if part.gap is not None:
            pending = part.gap
            continue
        words.append(part)
        before.append(pending)
        pending = None
    regex = ""
    started = False  # a required part has been written
    for index, part in enumerate(words):
        after = before[index + 1] if index + 1 < len(words) else None
        if not part.optional:
            regex += (between(before[index]) if started else "") + part.regex
            started = True
        elif not started:
            regex += f"(?:{part.regex}{between(after)})?"
        elif before[index] is not None and index + 1 < len(words):
            words_after = f"(?:{between(before[index])}{part.regex})?"
            regex += words_after
            before[index + 1] = max(before[index] or 0, after or 0)
        else:
            regex += f"(?:{between(before[index])}{part.regex})?"
    required = [part for part in words if not part.optional]
    return _Part(regex, any(part.literal for part in required), all_of(part.needed for part in required))


def _orders(parts: list[str]) -> list[list[str]]:
    if len(parts) == 1:
        return [parts]
    return [
        [part, *rest] for index, part in enumerate(parts) for rest in _orders([*parts[:index], *parts[index + 1 :]])
    ]


def _bounded(regex: str) -> str:
    """Bound a phrase by word ends; before "$" and behind "%" there is none."""
    begin = "" if _MONEY_FIRST.match(regex) else r"\b"
    end = "" if _PERCENT_LAST.search(regex) else r"\b"
    return f"{begin}{regex}{end}"
