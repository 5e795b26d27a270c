"""From phrases that stand in a sentence to candidates for events, each with what spoke for it and against it."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

from bot.core.events.compile import Asked, Conditions, Gate, Hit, Numbered, PhraseSet, Trigger, Wanted
from bot.core.events.definitions import Definition, Line, Pattern
from bot.core.events.page import Draft, Page, SentenceView
from bot.core.text.sentences import SentenceKind

_LONG_WORD = re.compile(rb"[a-z]{4,}")
_OTHER_CLAUSE = re.compile(rb"; |, (?:and|but|so|yet|which|while|whereas|compared|against|versus|up|down|[a-z]+ing) ")
_NOW = re.compile(rb"\b(?:now|still|currently|today|is|are|has|have)\b")  # the tense of its own
# opens the cause of what answers something; a clause of its own closes it
_CAUSE = re.compile(
    rb"\b(?:over|for|about|after|following|because|concerning|alleging|arising from|stemming from|relating to)"
    rb" (?:[^,;]|,[0-9])*$"
)
_REFERS_BACK = re.compile(
    rb"\W*(?:(?:but|and|yet|so|still|now|instead|then|however|since then|to date|so far|as of \w+|by \w+|on \w+)\W+)?"
    rb"(?:it|they|he|she|we|i|you|this|that|these|those|neither|none|nobody|no|not|nothing|both|one|all|some|each|most"
    rb"|the|its|their|his|her|our|my|such|same|another|there)\b"
)
# opens a question that is told, up to the end of its clause: "asked by an editor why they make no offer"
_WHETHER = re.compile(
    rb"\b(?:ask(?:s|ed|ing)?|wonder(?:s|ed|ing)?|[ei]nquir(?:es?|ed|ing)) (?:[a-z'-]+ ){0,6}"
    rb"(?:if|whether|why) [^,;:.]*$"
)
_ASKING = (b" if ", b" whether ", b" why ")
# "I hear that they might strike": what somebody only heard, up to the end of its clause
_HEARD = re.compile(rb"\b(?:i|we)(?: have|'ve)? (?:hear|heard) (?:that )?[^,;:.]*$")
_CLAUSE_END = re.compile(rb"[,;:.?!] ")
_WORD = re.compile(rb"[^\s]+")
_SAID_OF = 12  # words after what asks for something, in which a trigger speaks of it: "the wait for … is six weeks"
_CLOSING = b"\"')] \n"  # may stand behind the mark of a question
BEFORE = 6  # sentences before the trigger's that count as nearby
AFTER = 2
MOST_PLACES = 12  # of one phrase in one sentence; prose has no more, and a page of nothing but triggers tells nothing
ROOT_LETTERS = 5  # by which two forms of a word are told to be one: dredged, dredger
DUE_BEFORE = 3  # sentences in which that day may have been told before what came of it
FOLLOWED = 2  # sentences that one which follows from them may come after


@dataclass(frozen=True, slots=True)
class Beside:
    """A phrase of the sentence before or after that a pattern asked for."""

    part: str  # "before", "after" or "past_due"
    view: SentenceView
    hit: Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trigger in a sentence, and why it was turned down, if it was."""

    view: SentenceView
    definition: Definition
    pattern: Pattern
    line: Line
    hit: Hit
    veto: str = ""  # empty when nothing speaks against it
    beside: tuple[Beside, ...] = ()

    def kept(self, slot: str) -> tuple[SentenceView, int, int] | None:
        """Return the place that the pattern kept for a slot, in this sentence or in the one beside it."""
        for view, hit in ((self.view, self.hit), *((each.view, each.hit) for each in self.beside)):
            for name, start, end in hit.places:
                if name == slot:
                    return view, start, end
        return None


class Matcher:
    """Applies triggers, vetoes and needs."""

    def __init__(self, phrases: PhraseSet) -> None:
        self._phrases = phrases
        groups: dict[Asked, set[int]] = {}
        for number, triggers in phrases.triggers.items():
            for trigger in triggers:
                groups.setdefault(trigger.conditions.asked(), set()).add(number)
        self._groups = tuple(groups.items())  # triggers by what they ask of the article
        self._one_of = tuple({each for asked in groups for each in asked.one_of})
        self._gates = tuple({gate for asked in groups for gate in asked.gates if not gate.closes})

    def promising(self, draft: Draft) -> AbstractSet[int]:
        """Return the triggers whose patterns the article may meet and that may stand in it."""
        missing = {numbers for numbers in self._one_of if draft.needed.isdisjoint(numbers)}
        size = len(draft.copy)
        closed = {gate for gate in self._gates if size >= gate.from_chars and not self._speaks(draft, gate)}
        groups = [
            group
            for asked, group in self._groups
            if missing.isdisjoint(asked.one_of)
            and closed.isdisjoint(asked.gates)
            and not draft.needed.isdisjoint(group)
        ]
        return draft.needed.intersection(set().union(*groups))

    def _speaks(self, draft: Draft, gate: Gate) -> bool:
        """Tell whether the article, its furniture still among it, speaks of what a gate asks for."""
        asked = gate.numbers & draft.needed
        if len(asked) < gate.at_least:
            return False
        places = (draft.speaker, *draft.views)
        standing = (number for number in asked if any(view.holds_one(number) for view in places))
        return len(list(islice(standing, gate.at_least))) == gate.at_least

    def candidates(self, page: Page, triggers: AbstractSet[int]) -> Iterator[Candidate]:
        """Yield every one of the triggers in the article's own text, in order, with its verdict."""
        spoken: dict[Gate, bool] = {}
        for view in page.views:
            if view.index in page.skipped:
                continue
            for number in sorted(view.standing(triggers)):
                only_in = self._phrases.only_in.get(number)
                if only_in is not None and view.sentence.kind not in only_in:
                    continue
                for hit in view.places(number)[:MOST_PLACES]:
                    for trigger in self._phrases.triggers[number]:
                        yield self._judge(page, view, trigger, hit, spoken)

    def _judge(self, page: Page, view: SentenceView, trigger: Trigger, hit: Hit, spoken: dict[Gate, bool]) -> Candidate:
        conditions = trigger.conditions
        beside = tuple(self._beside(page, view, hit, conditions))
        veto = (
            _asked(view, hit)
            or _misplaced(view, trigger.pattern)
            or self._unspoken(page, conditions.gates, spoken)
            or self._overlap(view, hit, conditions)
            or self._inside(view, hit, conditions.unless_inside)
            or self._anywhere(view, conditions.unless_sentence)
            or self._in_clause(view, hit, conditions.unless_clause)
            or self._missing(page, view, conditions)
            or _unsought(view, hit, conditions.sought)
            or _alone(conditions, beside)
            or self._since(page, view, conditions, beside)
        )
        return Candidate(view, trigger.definition, trigger.pattern, trigger.line, hit, veto, beside)

    def _unspoken(self, page: Page, gates: tuple[Gate, ...], spoken: dict[Gate, bool]) -> str:
        for gate in gates:
            if len(page.copy) < gate.from_chars:
                continue
            if gate not in spoken:
                spoken[gate] = page.count(gate.numbers, gate.at_least) >= gate.at_least
            if spoken[gate] is gate.closes:
                bound = (
                    "excludes: the article holds at least" if gate.closes else "requires: the article holds fewer than"
                )
                return f"{bound} {gate.at_least} of the words"
        return ""

    def _overlap(self, view: SentenceView, hit: Hit, conditions: Conditions) -> str:
        for number, line in view.among(conditions.unless):
            found = view.places(number)
            if any(hit.overlaps(other) and not hit.keeps(other, conditions.days) for other in found):
                return f"unless '{line.phrase.text}' ({line.place})"
        return ""

    def _inside(self, view: SentenceView, hit: Hit, vetoes: Numbered) -> str:
        for number, line in view.among(vetoes):
            if any(hit.holds(other) for other in view.places(number)):
                return f"unless_inside '{line.phrase.text}' ({line.place})"
        return ""

    def _anywhere(self, view: SentenceView, vetoes: Numbered) -> str:
        for number, line in view.among(vetoes):
            if view.holds_one(number):
                return f"unless_sentence '{line.phrase.text}' ({line.place})"
        return ""

    def _in_clause(self, view: SentenceView, hit: Hit, vetoes: Numbered) -> str:
        standing = [(line, view.places(number)) for number, line in view.among(vetoes)]
        if not standing:
            return ""
        start, end = _clauses(view, hit)
        for line, places in standing:
            if any(place.start < end and start < place.end for place in places):
                return f"unless_clause '{line.phrase.text}' ({line.place})"
        return ""

    def _beside(self, page: Page, view: SentenceView, hit: Hit, conditions: Conditions) -> Iterator[Beside]:
        """Yield what stands in the sentences around, where the later of the two refers back to the earlier."""
        for part, numbers, step in (("before", conditions.before, -1), ("after", conditions.after, 1)):
            other = page.neighbour(view.index, step) if numbers else None
            if other is not None and _REFERS_BACK.match(view.copy if step < 0 else other.copy):
                for found in other.find(numbers)[:1]:
                    yield Beside(part, other, found)
        if conditions.past_due:
            told = reversed(list(page.around(view.index, DUE_BEFORE, 0)))
            due = (Beside("past_due", other, day) for other in told for day in other.find(conditions.past_due))
            yield from islice((each for each in due if each.hit.end <= hit.start), 1)

    def _missing(self, page: Page, view: SentenceView, conditions: Conditions) -> str:
        if conditions.requires_nearby and not self._is_near(page, view, conditions.requires_nearby):
            return "requires: no such words nearby"
        if conditions.requires_close and not conditions.after and not _is_close(page, view, conditions.requires_close):
            return "requires: no such words in this sentence or before it in its paragraph"
        if conditions.needs and not view.holds(conditions.needs):
            return "needs: the sentence holds none of the words"
        if conditions.needs_nearby and not self._is_near(page, view, conditions.needs_nearby):
            return "needs_nearby: no such words nearby"
        if conditions.follows and not any(self._followed(page, view, conditions)):
            return "follows: no such words in this sentence or just before it"
        return ""

    def _since(self, page: Page, view: SentenceView, conditions: Conditions, beside: tuple[Beside, ...]) -> str:
        """Look for vetoes from behind the day that something was due on to the end of the trigger's sentence."""
        due = next((each for each in beside if each.part == "past_due"), None)
        told = (due.view,) if due else tuple(self._followed(page, view, conditions))
        if conditions.shares_but and not any(_shares_word(view, other, conditions.shares_but) for other in told):
            return "shares_but: it repeats no word of the sentence that tells what was due"
        if due is None:
            return ""
        for other in page.around(view.index, view.index - due.view.index, 0):
            for number, line in other.among(conditions.unless_since):
                if any(hit.start >= due.hit.end for hit in other.places(number)):
                    return f"unless_since '{line.phrase.text}' ({line.place})"
        return ""

    def _followed(self, page: Page, view: SentenceView, conditions: Conditions) -> Iterator[SentenceView]:
        told = page.around(view.index, FOLLOWED, 0)
        return (each for each in (*told, *page.introduction(view.index)) if each.holds(conditions.follows))

    def _is_near(self, page: Page, view: SentenceView, wanted: frozenset[int]) -> bool:
        around = page.around(view.index, BEFORE, AFTER)
        return view.holds(wanted) or any(other.holds(wanted) for other in (*page.headline, *around))


def _unsought(view: SentenceView, hit: Hit, sought: Wanted | None) -> str:
    """Look whether every phrase that asks for something, as "waited two years for", asks for something else."""
    if sought is None:
        return ""
    idle = view.find(sought.but)
    asking = [
        (place, line)
        for number, line in view.among(sought.after)
        for place in view.places(number)
        if (hit.overlaps(place) or place.end <= hit.start < _reach(view, place.end, _SAID_OF))
        and not any(place.overlaps(other) for other in idle)
    ]
    if not asking:
        return ""
    named = view.find(sought.one_of)
    for place, _ in asking:
        end = _reach(view, place.end, sought.within)
        if any(place.end <= each.start < end for each in named):
            return ""
    line = asking[0][1]
    return f"sought: something else stands after '{line.phrase.text}' ({line.place})"


def _clauses(view: SentenceView, hit: Hit) -> tuple[int, int]:
    """Return where the clauses begin and end that a trigger stands in: it may reach over a break."""
    low, high = hit.start - view.start, hit.end - view.start
    breaks = [(each.start(), each.end()) for each in _OTHER_CLAUSE.finditer(view.copy)]
    start = max((end for _, end in breaks if end <= low), default=0)
    end = min((start for start, _ in breaks if start >= high), default=len(view.copy))
    return view.start + start, view.start + end


def _reach(view: SentenceView, start: int, words: int) -> int:
    """Return where so many words after an offset end, or the clause that they are in."""
    clause = _CLAUSE_END.split(view.copy[start - view.start :], maxsplit=1)[0]
    last = next(islice(_WORD.finditer(clause), words - 1, None), None)
    return start + (len(clause) if last is None else last.end())


def _is_close(page: Page, view: SentenceView, wanted: frozenset[int]) -> bool:
    """Tell whether a sentence, what its paragraph says before it, or the header of its list holds one of the phrases.

    The rows of a table speak of what its head names.
    """
    own = view.sentence
    if own.kind is SentenceKind.TABLE_ROW or view.holds(wanted):
        return True
    told = page.around(view.index, BEFORE, 0)
    return any(
        (each.sentence.paragraph == own.paragraph or each.index == own.header) and each.holds(wanted) for each in told
    )


def _asked(view: SentenceView, hit: Hit) -> str:
    """Tell whether it stands in a question, "asked whether the hospital had been fined" too, or is hearsay."""
    copy, start = view.copy, hit.start - view.start
    is_told = any(word in copy for word in _ASKING) and _WHETHER.search(copy, 0, start) is not None
    if b" hear" in copy and _HEARD.search(copy, 0, start) is not None:
        return "what somebody only heard tells of nothing"
    return "a question tells of nothing" if is_told or copy.rstrip(_CLOSING).endswith(b"?") else ""


def _misplaced(view: SentenceView, pattern: Pattern) -> str:
    if not pattern.stands_in or view.sentence.kind in pattern.stands_in:
        return ""
    return f"stands_in: this is no {' or '.join(sorted(pattern.stands_in))}"


def _alone(conditions: Conditions, beside: tuple[Beside, ...]) -> str:
    told = {each.part for each in beside}
    if conditions.before and "before" not in told:
        return "before: no such words in the sentence before, or this one does not refer back to it"
    if conditions.after and "after" not in told:
        return "after: no such words in the sentence after, or it does not refer back to this one"
    if conditions.past_due and "past_due" not in told:
        return "past_due: no such day is told in this sentence or the three before"
    return ""


def _shares_word(view: SentenceView, other: SentenceView, idle: frozenset[int]) -> bool:
    """Tell whether two sentences hold the same word in some form, other than those that say nothing."""
    return not _roots(view, idle).isdisjoint(_roots(other, idle)) or view is other


def _roots(view: SentenceView, idle: frozenset[int]) -> set[bytes]:
    passed = [range(hit.start - view.start, hit.end - view.start) for hit in view.find(idle)]
    found = (each for each in _LONG_WORD.finditer(view.copy) if not any(each.start() in span for span in passed))
    return {each[0].rstrip(b"s")[:ROOT_LETTERS] for each in found}


def is_of_cause(candidate: Candidate, start: int) -> bool:
    """Tell whether words behind the trigger belong to what the event answers: "fined over the leak of last year"."""
    hit, view = candidate.hit, candidate.view
    if not candidate.definition.answers or start < hit.end:
        return False
    return _CAUSE.search(view.copy[hit.end - view.start : start - view.start]) is not None


def is_of_clause(candidate: Candidate, start: int, end: int) -> bool:
    """Tell whether words of the trigger's sentence speak of it: "; last year it was half" speaks of something else.

    What stands before carries on into the next clause, unless that one says that it is about now.
    """
    hit, view = candidate.hit, candidate.view
    if start >= hit.end:
        return not _OTHER_CLAUSE.search(view.copy[hit.end - view.start : start - view.start])
    between = view.copy[end - view.start : max(end, hit.end) - view.start]
    return not (_OTHER_CLAUSE.search(between) and _NOW.search(between))
