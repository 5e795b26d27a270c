"""The language of patterns: words in an order, with gaps, choices, lists and typed places, compiled to RE2.

    word        that word                       word~    that word in every inflection
    *word       any word that ends so (*makers)  *word~  the same, in every inflection
    (a|b c|d~)  one of them                     $LIST    one of a list of words
    x?          may be missing                  ...3     up to three other words
    ..3         up to three others, no comma, colon or dash among them
    not .       the last words of a sentence
    <wait:DURATION>  a duration, kept as slot "wait"; <DURATION> one that is not kept

A pattern never reaches over the end of a sentence. What an author writes is quoted, never read as a regular expression.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations

from bot.core.events.inflect import inflections
from bot.core.events.keywords import Needed, Words, all_of, any_of, of_endings, of_forms
from bot.core.events.places import LITERAL, NEEDED, REACH, TYPES
from bot.core.events.spacing import Chain, Link, any_chain, maybe, one_behind_the_other
from bot.core.marked_yaml import suggestion
from bot.core.text.search import fits

MAX_GAP = 40  # words; farther apart two words of a sentence say nothing about each other
SHORT_NOT = "n't"  # the end of a word: hadn't, won't
_SHORT_NOT_NEEDS: Words = frozenset("t")  # the words of "hadn't" are "hadn" and "t"
MIN_LITERAL = 3  # letters; shorter words are too common to filter on
# RE2 takes 2**21 instructions in the memory we give it (measured); a gap, the densest part of a phrase, makes fewer
# than 8 of a character. A longer phrase is tried at once, so that one too large is told when it is loaded.
SURE_TO_FIT_CHARS = 250_000
_NEAR_PARTS = (2, 4)  # a `near` of five parts would have 120 orders

_WORD_SEPARATOR = r"(?:'s|s')?[^a-z0-9\n,;:.!?]{1,3}"
_CLAUSE_WORD = r"[^ \n,;:-](?:[^ \n,;:]|[,:][0-9])*"
_TOKEN = re.compile(
    r"\s*(?:(?P<gap>\.{2,3}\d*)|(?P<open>\()|(?P<close>\)\??)|(?P<bar>\|)|(?P<list>\$[A-Z][A-Z0-9_]*\??)"
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
    chains: tuple[Chain, ...]  # how far apart its words stand, for each order that they may stand in
    slots: tuple[str, ...] = ()  # names of the places that are kept
    lists: tuple[str, ...] = ()  # lists it uses, directly or through other lists
    near: bool = False  # words in any order: of overlapping places the shortest is meant
    last: bool = False  # nothing follows it in its sentence


_NO_WORDS = Chain()


@dataclass(frozen=True, slots=True)
class _Part:
    regex: str
    literal: bool
    needed: Needed = None
    chain: Chain = _NO_WORDS  # of its words
    optional: bool = False
    gap: int | None = None  # words; a part that is a gap has nothing else
    clause: bool = False  # of a gap: no comma, colon or dash stands in it
    money_first: bool = False  # it may begin with a sum, before whose "$" there is no word end; it bounds itself
    percent_last: bool = False  # it may end with a share, behind whose "%" there is no word end; it bounds itself


class PhraseReader:
    """Reads phrases against one set of word lists."""

    def __init__(self, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._lists = lists
        self._parts: dict[str, _Part] = {}
        self._read: dict[tuple[str, bool], Phrase] = {}
        self._inside: dict[str, frozenset[str]] = {}

    def read(self, text: str, *, same_clause: bool = False) -> Phrase:
        """Compile one phrase; in the same clause, no gap of it reaches over a comma, a colon or a dash.

        Raises:
            PhraseError: when it cannot be read.
        """
        if (text, same_clause) not in self._read:
            self._read[text, same_clause] = self._compiled(text, same_clause=same_clause)
        return self._read[text, same_clause]

    def _compiled(self, text: str, *, same_clause: bool) -> Phrase:
        last = text.rstrip().endswith(" .")
        reading = _Reading(text.rstrip().removesuffix(" ."), self._list_part, same_clause=same_clause)
        part = reading.whole()
        lists = self._reached(reading.lists)
        regex = _fitting(text, _bounded(part) + (r"[^a-z0-9]*$" if last else ""))
        slots = tuple(reading.slots)
        return Phrase(text, regex, part.literal, part.needed, (part.chain,), slots, lists, last=last)

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
        orders = "|".join(between.join(order) for order in permutations([f"(?:{each.regex})" for each in parts]))
        lists = tuple(sorted({name for part in parts for name in part.lists}))
        text = f"near {within}{' of a clause' if same_clause else ''}: {' + '.join(phrases)}"
        needed = all_of(part.needed for part in parts)
        steps = [0, *[within + 1] * (len(parts) - 1)]
        chains = tuple(one_behind_the_other(order, steps) for order in permutations([each.chains[0] for each in parts]))
        regex = _fitting(text, f"(?:{orders})")
        return Phrase(text, regex, any(part.literal for part in parts), needed, chains, (), lists, near=True)

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
        self._parts[name] = _any_of(parts)
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
        return _any_of(branches)

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
        return replace(part, regex=f"(?:{part.regex})", optional=optional)

    def _place(self, token: str, *, optional: bool) -> _Part:
        read = _PLACE.fullmatch(token)
        if read is None:
            raise PhraseError(f"'{token}' is no typed place; write <slot:TYPE> with TYPE one of {', '.join(TYPES)}")
        name, kind = read["slot"], read["type"]
        if kind.startswith("$"):
            self.lists.add(kind[1:])
            listed = self._list_part(kind[1:], self._above)
            regex, needed, chain = listed.regex, listed.needed, listed.chain
            money, percent = listed.money_first, listed.percent_last
        elif kind in TYPES:
            regex, needed, chain = f"(?:{TYPES[kind]})", NEEDED[kind], _chain(NEEDED[kind], *REACH[kind])
            money, percent = kind == "MONEY", kind == "PERCENT"
        else:
            raise PhraseError(f"there is no type {kind}{suggestion(kind, list(TYPES))}")
        literal = kind in LITERAL
        if name is None:
            return _Part(regex, literal, needed, chain, optional, money_first=money, percent_last=percent)
        if name in self.slots:
            raise PhraseError(f"place '{name}' stands twice in '{self._text}'")
        self.slots.append(name)
        kept = f"(?P<{name}>{regex})"
        return _Part(kept, literal, needed, chain, optional, money_first=money, percent_last=percent)

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
    size = token.lstrip(".")
    if not size or int(size) > MAX_GAP:
        raise PhraseError(f"'{token}' in '{text}': write ...N with N the most words between, up to {MAX_GAP}")
    return _Part("", literal=False, gap=int(size), clause=not token.startswith("..."))


@lru_cache(maxsize=20_000)  # the words of a few thousand patterns
def _word(token: str, *, optional: bool) -> _Part:
    if _WORD.fullmatch(token) is None:
        lower = f"; write '{token.lower()}'" if token != token.lower() else ""
        raise PhraseError(f"'{token}' is no word of a pattern: lower-case letters, digits, ' . & / % -{lower}")
    word = token.removesuffix("~").removeprefix("*")
    forms = inflections(word) if token.endswith("~") else (word,)
    choices = "|".join(_quoted(form) for form in sorted(forms, key=len, reverse=True))
    literal = min(len(form) for form in forms) >= MIN_LITERAL and any(char.isalpha() for char in word)
    blocks = max(form.count("-") for form in forms)  # each may be a blank
    if token.startswith("*") or word == SHORT_NOT:
        ends = _SHORT_NOT_NEEDS if word == SHORT_NOT else of_endings(forms)
        return _Part(f"[a-z]*(?:{choices})", literal, ends, _chain(ends, 0, blocks), optional)
    needed = of_forms(forms)
    return _Part(f"(?:{choices})" if len(forms) > 1 else choices, literal, needed, _chain(needed, 0, blocks), optional)


def _chain(needed: Words | None, before: int, behind: int) -> Chain:
    """Return the chain of a part with one word that it needs, and the most blocks before and behind it."""
    return Chain(tail=before + behind) if needed is None else Chain((Link(needed, before),), behind)


def _quoted(word: str) -> str:
    return "[ -]?".join(re.escape(part) for part in word.split("-"))


def _separator(gap: int | None, *, same_clause: bool = False) -> str:
    if gap is None:
        return _WORD_SEPARATOR
    if same_clause:
        return rf"(?:'s|s')?(?:-|[^a-z0-9\n,;:.!?-]{{1,3}}?)(?:{_CLAUSE_WORD} +){{0,{gap}}}?[^a-z0-9 \n,;:-]{{0,2}}"
    return rf"(?:'s|s')?[^a-z0-9\n]{{1,4}}?(?:[^ \n]+ +){{0,{gap}}}?[^a-z0-9 \n]{{0,2}}"


def _any_of(branches: list[_Part]) -> _Part:
    """Join branches; where one begins with a sum or ends with a share, the others bring the word end there along."""
    money_first = any(branch.money_first for branch in branches)
    percent_last = any(branch.percent_last for branch in branches)
    each = dict.fromkeys(_branch(branch, before=money_first, behind=percent_last) for branch in branches)
    needed = any_of(branch.needed for branch in branches)
    chain = any_chain([branch.chain for branch in branches])
    regex = "|".join(sorted(each, key=len, reverse=True))
    literal = all(branch.literal for branch in branches)
    return _Part(f"(?:{regex})", literal, needed, chain, money_first=money_first, percent_last=percent_last)


def _branch(part: _Part, *, before: bool, behind: bool) -> str:
    begin = r"\b" if before and not part.money_first else ""
    end = r"\b" if behind and not part.percent_last else ""
    return f"{begin}(?:{part.regex}){end}" if begin or end else part.regex


def _joined(parts: list[_Part], *, same_clause: bool) -> _Part:
    """Join parts with what may stand between them; an optional part takes one separator with it when it is missing."""
    if len(parts) == 1:
        return parts[0]
    words: list[_Part] = []
    before: list[int | None] = []  # the gap in front of each part, None for plain adjacency
    within: set[int] = set()  # parts with a gap in front of them that stays in its clause
    pending: int | None = None
    for part in parts:
        if part.gap is not None:
            pending = part.gap
            if part.clause:
                within.add(len(words))
            continue
        words.append(part)
        before.append(pending)
        pending = None

    def between(index: int) -> str:
        gap = before[index] if index < len(before) else None
        return _separator(gap, same_clause=same_clause or index in within)

    regex = ""
    started = False  # a required part has been written
    for index, part in enumerate(words):
        after = before[index + 1] if index + 1 < len(words) else None
        if not part.optional:
            regex += (between(index) if started else "") + part.regex
            started = True
        elif not started:
            regex += f"(?:{part.regex}{between(index + 1)})?"
        elif before[index] is not None and index + 1 < len(words):
            words_after = f"(?:{between(index)}{part.regex})?"
            regex += words_after
            before[index + 1] = max(before[index] or 0, after or 0)
            within.update({index + 1} if index in within else ())
        else:
            regex += f"(?:{between(index)}{part.regex})?"
    required = [part for part in words if not part.optional]
    chains = [maybe(part.chain) if part.optional else part.chain for part in words]
    steps = [0, *[1 if gap is None else gap + 1 for gap in before[1:]]]
    chain = one_behind_the_other(chains, steps)
    literal = any(part.literal for part in required)
    needed = all_of(part.needed for part in required)
    first, last = words[0].money_first, words[-1].percent_last and not words[-1].optional
    return _Part(regex, literal, needed, chain, money_first=first, percent_last=last)


def _fitting(text: str, regex: str) -> str:
    """Return the expression of a phrase.

    Raises:
        PhraseError: when it is too large to be searched for.
    """
    if len(regex) > SURE_TO_FIT_CHARS and not fits(regex.encode()):
        raise PhraseError(f"'{text}' is too large to search for; make its lists or gaps smaller, or write two patterns")
    return regex


def _bounded(part: _Part) -> str:
    """Bound a phrase by word ends; before "$" and behind "%" there is none."""
    begin = "" if part.money_first else r"\b"
    end = "" if part.percent_last else r"\b"
    return f"{begin}{part.regex}{end}"
