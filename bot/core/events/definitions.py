"""What the files in rules/events/ say, parsed once: frozen values that the matcher trusts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.core.events.computed import Computed
from bot.core.events.doubt import Doubts
from bot.core.events.phrases import Phrase
from bot.core.events.subject import Subject
from bot.core.model import EventType, Stance
from bot.core.text.sentences import SentenceKind

KEPT = 2  # versions of the event types: an edited rule leaves them as they are, and reading them takes a second
DUE = "due"  # the slot in which a `past_due` phrase keeps the day by which something was to be done


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A phrase with the place it was written at."""

    phrase: Phrase
    path: str
    line: int
    column: int

    @property
    def place(self) -> str:
        """The file and line, short: "strike.yaml:14"."""
        return f"{self.path.rpartition('/')[2]}:{self.line}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """One entry under `patterns`: words that give an event away, and what stands against it."""

    path: str
    line: int
    triggers: tuple[Line, ...]  # any of them
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # label slots and their values
    stance: Stance | None = None  # forced, whatever cues stand around
    background: bool | None = None  # forced
    claim: bool | None = None  # overrides the definition's
    takes_date: bool = True  # the date beside it is when it happened; no: it belongs to something else
    act: bool | None = None  # overrides the definition's
    ahead: bool | None = None  # overrides the definition's
    own_vetoes: bool = False  # only its own are asked, not those of the definition: its words say more than these see
    undone: bool = False  # it tells that somebody did not do it: the definition's vetoes and `undone` do not hold
    dated: bool = False  # without a date in its sentence nothing decides whether it is news
    unless: tuple[Line, ...] = ()  # vetoes that overlap the trigger
    unless_inside: tuple[Line, ...] = ()  # vetoes that stand between the first and the last word of the trigger
    unless_sentence: tuple[Line, ...] = ()  # vetoes anywhere in the sentence
    unless_clause: tuple[Line, ...] = ()  # vetoes in the clauses that the trigger stands in
    needs: tuple[Line, ...] = ()  # one of them in the same sentence
    needs_nearby: tuple[Line, ...] = ()  # one of them in this sentence, the six before or the two after
    follows: tuple[Line, ...] = ()  # one of them here, in the two sentences before this one or its list
    requires_article: tuple[Line, ...] = ()  # `at_least` of them anywhere in the article's own text
    at_least: int = 1
    before: tuple[Line, ...] = ()  # one of them in the sentence before, to which this one refers back
    after: tuple[Line, ...] = ()  # one of them in the sentence after, which refers back to this one
    past_due: tuple[Line, ...] = ()  # one of them here or up to three sentences before keeps a day, `due`, now past
    unless_since: tuple[Line, ...] = ()  # vetoes from behind that day to the end of the trigger's sentence
    shares_but: tuple[Line, ...] = ()  # the trigger's sentence repeats a word of what was due, none of these
    stands_in: frozenset[SentenceKind] = frozenset()  # only in such sentences, as a table row; empty: in any
    unit: str = ""  # of a duration whose place keeps a bare number: the head of its column says "days"

    @property
    def place(self) -> str:
        """The file and line, short: "strike.yaml:14"."""
        return f"{self.path.rpartition('/')[2]}:{self.line}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelCue:
    """Words in the sentence of a trigger that give a label slot a value."""

    slot: str
    value: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fill:
    """How a slot gets its value when no pattern kept a place for it."""

    slot: str
    nearest: bool  # take the nearest mention of the right kind in the sentence
    nearby: bool = False  # where the trigger's sentence gives none: a label of those before, a count of those around
    of: tuple[Line, ...] = ()  # what a quantity must count: one of these right after it
    single: tuple[Line, ...] = ()  # where the trigger touches one of these, and tells no number, the count is 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A text with what must, or must not, be read in it."""

    path: str
    line: int
    column: int
    text: str
    published: date | None = None
    expected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # slots, stance, background
    absent: bool = False  # no event of this type may be read
    alone: bool = False  # read as an article of its own; else inside one that speaks of unions, strikes and hospitals


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """What words that ask for something must stand before: "waited two years for" tells a wait for care or none."""

    after: tuple[Line, ...]
    one_of: tuple[Line, ...]
    within: int  # words of the same clause
    but: tuple[Line, ...] = ()  # where one of these overlaps, nothing is asked for: "waited for six weeks"


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """One file of rules/events/."""

    type: EventType
    patterns: tuple[Pattern, ...]
    claim: bool = False  # it accuses somebody: alleged when a party says so, reported when the press does
    act: bool = False  # somebody does it: without a date of its own it is of the day told just before
    measured: bool = False  # a state that somebody measures over a time which may be told before it
    answers: bool = False  # it answers something older: dates of that, and a day to come, are not its own
    ahead: bool = True  # a date to come beside it makes it a plan; no: it is the date of what it is done to
    requires_article: tuple[Line, ...] = ()  # `at_least` of them anywhere in the article's own text
    at_least: int = 1
    in_long: int = 0  # so many of them where an article is long; none of its own when 0
    excludes_article: tuple[Line, ...] = ()  # with `excludes_at_least` of them the article is about something else
    excludes_at_least: int = 1
    requires_nearby: tuple[Line, ...] = ()  # one of them in this sentence, the six before or the two after
    requires_close: tuple[Line, ...] = ()  # one of them in this sentence or before it in its paragraph or list
    unless: tuple[Line, ...] = ()
    unless_sentence: tuple[Line, ...] = ()
    unless_clause: tuple[Line, ...] = ()
    sought: Sought | None = None
    labels: tuple[LabelCue, ...] = ()
    background: tuple[Line, ...] = ()  # cues that make it history
    recent_days: int | None = None  # how old it may be when told and still be news; the judge's own when not given
    current: tuple[Line, ...] = ()  # cues that make news of the past year: "the audit found that last year …"
    fills: Mapping[str, Fill] = field(default_factory=dict)
    computed: tuple[Computed, ...] = ()
    needed: frozenset[str] = frozenset()  # slots without a value for which there is no event
    undone: frozenset[str] = frozenset()  # one of these must be told of an event that nobody did
    told_by: Mapping[str, frozenset[str]] = field(default_factory=dict)  # in the sentence of that type: these statuses
    leads_to: Mapping[str, frozenset[str]] = field(default_factory=dict)  # status → what became of it, told just after
    echoes: Mapping[str, frozenset[str]] = field(default_factory=dict)  # status → those that say all that it says
    done_by: frozenset[str] = frozenset()  # statuses of what was done on the past day by which it was
    apart: Mapping[str, int] = field(default_factory=dict)  # status → days between which two dates of one event may lie
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StanceCue:
    """Words that change who vouches for an event near them (ConText: cue, direction, type, value, window)."""

    lines: tuple[Line, ...]
    set: Stance | None  # None: a pseudo-cue, which hides the cues it overlaps
    direction: str = "forward"  # the event stands after the cue: "forward"; before it: "backward"; or "both"
    until: tuple[Line, ...] = ()  # words that end the reach
    span: int = 12  # words
    claims: bool = False  # only for events that accuse somebody
    carries: bool = False  # it reaches on to the end of its paragraph: "Imagine that you are ill. You ring. …"
    firm: bool = False  # even a pattern that forces "planned" yields to it: "if talks fail they will strike"
    norm: bool = False  # only where a pattern forces "hypothetical": the law says what may be
    only: frozenset[str] = frozenset()  # event types; empty for all
    never: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Furniture:
    """What is on a page and not in its article."""

    line_starts: tuple[Line, ...] = ()  # a line that begins so is skipped
    line_has: tuple[Line, ...] = ()  # a line that holds this is skipped
    sections: tuple[Line, ...] = ()  # a short line that begins so is skipped with the headings and list after it
    tails: tuple[Line, ...] = ()  # a short line that begins so is skipped with all that follows


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EventTypes:
    """Everything under rules/events/; the same files give the same object, by which what is compiled is kept."""

    types: Mapping[str, EventType]
    definitions: Mapping[str, Definition]
    stance: tuple[StanceCue, ...] = ()
    background: tuple[Line, ...] = ()  # cues that make any event history
    current: tuple[Line, ...] = ()  # cues that say it is news
    furniture: Furniture = field(default_factory=Furniture)
    subject: Subject = field(default_factory=Subject)
    doubts: Doubts = field(default_factory=Doubts)
    lists: Mapping[str, Line] = field(default_factory=dict)  # name → where it is declared
