"""The values of the rule language: what a rule file means once it is read.

A rule has exactly one kind. Clauses are trees of closures that answer met, not met, or unknown (`None`), so that a rule
gives one of three outcomes: alert, no alert, review.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.core.model import Clause, Event, Outcome, Severity, SlotValue

Truth = bool | None
"""Met, not met, or unknown: the article does not say, or its range straddles the limit."""

SEVEN_FOLDERS = (
    "timely-access",
    "bargaining",
    "strike",
    "regulator",
    "patient-impact",
    "deadlines",
    "contradictions",
)
STORY = "story"
"""In `once_per`: one alert for each story, the same thing told by several articles."""

HAPPENED, TOLD, SINCE = "happened", "told", "since"
"""Two tellings are held against each other when they happened at the same time, or were told close together, or when
the first word of an opposite pair is told after the day since which the second holds."""

DRAFT = "draft"
ACTIVE = "active"


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A clause, or clauses joined by all, any or not."""

    truth: Callable[[Event], Truth]
    explain: Callable[[Event], tuple[Clause, ...]]
    english: str  # "wait is over 10 business days"
    slots: frozenset[str]  # every slot it looks at
    key: tuple[str, frozenset[str]] | None = None  # a slot that must have one of these words, for reaching rules by it
    lists: tuple[tuple[str, frozenset[str]], ...] = ()  # every slot that is held against words, with the words
    stances: frozenset[str] = frozenset()  # each of these meets it, whatever else is told


@dataclass(frozen=True, kw_only=True, slots=True)
class Selector:
    """Which events a rule looks at: types, clauses that must hold, clauses that must not."""

    types: tuple[str, ...]
    when: Condition | None
    unless: Condition | None
    english: str
    line: int

    @property
    def slots(self) -> frozenset[str]:
        """Every slot that its clauses look at."""
        parts = [part.slots for part in (self.when, self.unless) if part is not None]
        return frozenset().union(*parts)

    @property
    def barred(self) -> frozenset[str]:
        """Stances that it never takes."""
        return self.unless.stances if self.unless is not None else frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """One event meets the clauses."""

    of: Selector


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """At least so many different events in a window."""

    of: Selector
    at_least: int
    within_days: int
    per: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """Nothing of a kind for so long, while something is open."""

    of: Selector
    for_days: int
    per: tuple[str, ...]
    started_by: Selector | None  # None: counted from the last one whatever goes on
    ended_by: Selector | None
    only_if_covered: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """How far a thing has come, told by an event; shown as {stage}."""

    after: Selector
    say: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Something due did not happen."""

    starts_with: Selector
    due_days: int | None  # a length after the start
    due_business: bool  # the length counts business days
    due_slot: str | None  # or a slot that holds the date
    grace_days: int  # days after the due day before it is called overdue
    met_by: Selector
    moved_by: Selector | None
    told_by: Selector | None  # adds material to an open alert, changes nothing else
    broken_by: Selector | None  # broken off after it was met
    broken_within_days: int
    per: tuple[str, ...]
    remind_days: tuple[int, ...]  # days before the due day, most first
    stages: tuple[Stage, ...]
    otherwise: str  # the stage before any is told
    only_if_covered: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradiction:
    """Two articles disagree."""

    of: Selector
    against: Selector | None  # the opposite claim, where it is told by another kind of event
    slots: tuple[str, ...]
    opposites: tuple[tuple[str, str], ...]  # pairs of words that cannot both hold
    measured_from: Selector | None  # the stated age is held against the days since this
    within_days: int  # how far apart the two may be told of and still be one story
    apart_days: int  # how far apart the days of two tellings may lie and still be one time
    ahead_within_days: int | None  # as `within_days`, where one of the two speaks of what is to come; None: the same
    per: tuple[str, ...]
    by: tuple[str, ...]  # the two must differ in one of these slots: "publisher_role"
    same: tuple[str, ...]  # slots that must be given and agree for two tellings to be one story
    compare: str  # HAPPENED, TOLD or SINCE: what makes two tellings one story


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueChange:
    """A slot of a story takes a new value."""

    of: Selector
    slot: str
    per: tuple[str, ...]
    by: str | None  # values are compared within one value of this slot: each party's own words


Kind = Match | Count | Absence | Deadline | Contradiction | ValueChange
KIND_KEYS: Mapping[type, str] = {
    Match: "match",
    Count: "count",
    Absence: "absence",
    Deadline: "deadline",
    Contradiction: "contradiction",
    ValueChange: "change",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """The `alert:` part of a rule: how it is told."""

    once_per: tuple[str, ...]
    again_after_days: int | None  # in event time; None: once
    raise_to: tuple[tuple[Severity, Condition], ...]  # worst first
    channel: str
    say: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One article of a test's history: a text, or one event."""

    on: date
    text: str = ""
    type: str = ""  # of the event, "" for a text
    values: Mapping[str, SlotValue] = field(default_factory=dict)
    publisher_role: str = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTest:
    """One of a rule's own tests: a text, an event, or a history, and what must come out."""

    expect: Outcome
    line: int
    text: str = ""
    published: date | None = None
    values: Mapping[str, SlotValue] = field(default_factory=dict)  # for `event:`
    history: tuple[Told, ...] = ()  # for rules that need time
    severity: Severity | None = None
    reminders: int | None = None  # how many must have been told by then
    as_of: date | None = None
    publisher_role: str = "other"
    region: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule file."""

    id: str
    title: str
    status: str  # ACTIVE or DRAFT
    severity: Severity
    why: str
    law: str
    in_force: tuple[date | None, date | None]
    recent_days: int  # how old an event may be at publication and still be news
    calendar: str  # id in calendars.yaml
    jurisdiction: str  # "" or a country or country-state code: "US-CA"
    kind: Kind
    alert: Telling
    tests: tuple[RuleTest, ...]
    unproved: Mapping[str, str]  # mutant → why no test need notice it
    path: str
    line: int
    version: str  # 12 hex digits of sha256 of the content

    @property
    def event_types(self) -> frozenset[str]:
        """Every event type it needs to see."""
        return frozenset(name for selector in self.selectors for name in selector.types)

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """Every selector of its kind."""
        return tuple(selector for _, selector in self.parts)

    @property
    def parts(self) -> tuple[tuple[str, Selector], ...]:
        """Every selector with the key that it stands under."""
        named = [(name, getattr(self.kind, name, None)) for name in _SELECTORS]
        stages = [("stages", stage.after) for stage in getattr(self.kind, "stages", ())]
        return tuple((name, selector) for name, selector in (*named, *stages) if selector is not None)

    @property
    def asks_who_looked(self) -> bool:
        """Answer whether it says that nothing happened only where somebody was looking."""
        return bool(getattr(self.kind, "only_if_covered", False))

    @property
    def by_organisation(self) -> bool:
        """Answer whether each organisation can be judged without the events of the others."""
        # Another rule lets whoever is not named join by the other party, which may be that of several organisations.
        return isinstance(self.kind, Match) and self.per[:1] == ("organisation",) and "counterparty" not in self.per

    @property
    def per(self) -> tuple[str, ...]:
        """The common slots by which its histories are kept apart."""
        return getattr(self.kind, "per", ()) or self.alert.once_per


_SELECTORS = (
    "of",
    "started_by",
    "ended_by",
    "starts_with",
    "met_by",
    "moved_by",
    "told_by",
    "broken_by",
    "against",
    "measured_from",
)
