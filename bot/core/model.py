"""The values that travel through the bot: frozen, keyword-only, parsed once at the edge and trusted after.

Offsets are code points into `Article.text`; the invariant `quote == text[start:end]` holds for every event and mention.
Instants are aware UTC; a date that is known only to the week, month or year says so in its precision.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Precision(StrEnum):
    """How finely a date is known."""

    INSTANT = "instant"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    WINDOW = "window"  # somewhere between two days that are no calendar unit


class Role(StrEnum):
    """What a date in the text is to its event."""

    ON = "on"
    SINCE = "since"
    BY = "by"
    BEFORE = "before"
    AFTER = "after"
    UNTIL = "until"
    AS_OF = "as_of"


class Bound(StrEnum):
    """How a stated number stands to the true one."""

    EXACT = "exact"
    ABOUT = "about"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    VAGUE = "vague"  # "thousands", "several": low and high are the widest reading


class Stance(StrEnum):
    """Who vouches for an event, and in which world it takes place."""

    REPORTED = "reported"
    ALLEGED = "alleged"
    FOUND = "found"
    DENIED = "denied"
    REQUIRED = "required"
    PLANNED = "planned"
    HYPOTHETICAL = "hypothetical"


class Outcome(StrEnum):
    """The three answers a rule can give."""

    ALERT = "alert"
    NO_ALERT = "no alert"
    REVIEW = "review"


class Severity(StrEnum):
    """How much an alert matters, least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info to 4 for critical."""
        return _RANKS[self.value]


_RANKS: Mapping[str, int] = {severity.value: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """A range of days with the precision and the reason it is known by."""

    first: date  # first day it may be
    last: date  # last day it may be, inclusive
    precision: Precision
    basis: str  # how it was worked out, in words a reader can check: "weekday before publication", "metadata"
    role: Role = Role.ON
    text: str = ""  # the words, empty when it does not come from the text
    start: int = -1  # offset of the words, -1 when it does not come from the text
    end: int = -1
    instant: datetime | None = None  # aware UTC, where the source gave one
    alternatives: tuple[tuple[date, date], ...] = ()  # other readings, best first


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number with its unit and bound, as the article states it."""

    text: str  # the words: "up to 30-day"
    start: int
    end: int
    low: float | None  # the lower stated number, None where none is stated ("months")
    high: float | None  # the upper stated number; equal to low when one number is stated
    unit: (
        str  # "business_day", "day", "week", "month", "year", "hour", "minute", "count", "percent", "USD", "GBP", "EUR"
    )
    bound: Bound = Bound.EXACT
    per: str | None = None  # "day", "week", "month", "year" for a rate
    of: str | None = None  # what is counted, as stated: "appointments"


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A person or body that the text names."""

    id: str  # the entity's id in entities.yaml, or a slug of the name when it was found by form
    name: str  # canonical name
    kind: str  # "plan", "provider", "employer", "union", "agency", "government", "place", "person"
    text: str = ""
    start: int = -1
    end: int = -1
    known: bool = True  # False when found by form only


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One value out of a closed list, with the words that gave it."""

    value: str
    text: str = ""
    start: int = -1
    end: int = -1


SlotValue = Quantity | When | Name | Label | tuple[Label, ...] | bool


class SlotKind(StrEnum):
    """What a slot of an event type holds, and so how a rule may compare it."""

    DURATION = "duration"  # Quantity in a unit of time
    COUNT = "count"  # Quantity, unit "count"
    MONEY = "money"  # Quantity in a currency
    PERCENT = "percent"  # Quantity, unit "percent"
    DATE = "date"  # When
    NAME = "name"  # Name
    LABEL = "label"  # Label out of `values`
    LABELS = "labels"  # tuple of Label out of `values`
    FLAG = "flag"  # bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SlotType:
    """One slot an event type has."""

    name: str
    kind: SlotKind
    description: str
    values: tuple[str, ...] = ()  # the closed list of a label


@dataclass(frozen=True, kw_only=True, slots=True)
class EventType:
    """What the bot can see, as `rules/events/NAME.yaml` declares it."""

    name: str
    title: str
    description: str
    slots: Mapping[str, SlotType]
    path: str  # the file
    line: int


# Slots that every event has; a rule may name them like any other.
COMMON_SLOTS: Mapping[str, SlotType] = {
    slot.name: slot
    for slot in (
        SlotType(
            name="stance",
            kind=SlotKind.LABEL,
            description="who vouches for it",
            values=tuple(stance.value for stance in Stance),
        ),
        SlotType(name="organisation", kind=SlotKind.NAME, description="whom the event is about"),
        SlotType(name="counterparty", kind=SlotKind.NAME, description="the other party of a dispute"),
        SlotType(name="agency", kind=SlotKind.NAME, description="the public body that acts or is turned to"),
        SlotType(name="region", kind=SlotKind.NAME, description="where"),
        SlotType(name="happened", kind=SlotKind.DATE, description="when it took place, or will"),
        SlotType(name="published", kind=SlotKind.DATE, description="when the article came out"),
        SlotType(name="background", kind=SlotKind.FLAG, description="told as history, not as news"),
        SlotType(
            name="publisher_role",
            kind=SlotKind.LABEL,
            description="who speaks",
            values=("union", "company", "regulator", "government", "media", "other"),
        ),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One published document, in the version that was read."""

    key: str  # identity: canonical URL where there is one, else "text:" and the hash of the text
    text: str  # cleaned: no NUL, no lone surrogate
    title: str
    source: str  # id of the source that brought it: "folder:corpus", "feed:laist"
    learned: datetime  # aware UTC: when the bot read it (live), or its publication (backfill)
    published: When | None
    publisher: str = ""
    publisher_role: str = "other"  # a value of COMMON_SLOTS["publisher_role"]
    url: str | None = None
    path: str | None = None  # the file it came from
    kind: str = ""  # "news", "press_release", … as the source says
    region: str | None = None
    language: str = "en"
    text_sha: str = ""  # sha256 of the text, hex
    judged: str = "text"  # which text was judged: "text" or "summary" of the feed
    version: int = 1
    title_end: int = 0  # offset where the headline ends inside `text`, 0 when the text has none


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One piece of text that an event rests on."""

    part: str  # "trigger", "before", "after", "slot:wait", "stance", "background", "attribution", "happened"
    start: int
    end: int
    pattern: str  # the pattern that found it: "appointment_wait.yaml:14"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened, as one article tells it."""

    id: str  # 16 hex digits of sha256(article text, type, start, end, main slots): stable across runs
    article: str  # Article.key
    type: str
    quote: str  # the shortest words that carry it; text[start:end]
    start: int
    end: int
    sentence: str  # the sentence around the quote
    sentence_start: int
    stance: Stance
    learned: datetime  # Article.learned
    published: When | None
    happened: When | None
    attribution: str = ""  # who says so, as named
    organisation: Name | None = None
    counterparty: Name | None = None
    agency: Name | None = None
    region: Name | None = None
    background: bool | None = None  # True history, False news, None when nothing in the text decides
    publisher: str = ""
    publisher_role: str = "other"
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    text_sha: str = ""  # of the article version it was read from
    origin: str = ""  # key of the article this one copies; its own article key when it is no copy
    doubt: tuple[str, ...] = ()  # words that speak against the reading, where they outweigh what speaks for it
    retracted: datetime | None = None  # when a later version of the article no longer said it


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One condition of a rule with the answer it got: a line of an explanation."""

    slot: str
    text: str  # "30 days ≥ 17 business days > 10 (calendar ca_state)"
    met: bool | None  # None: the article does not say, or the range straddles the limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """The words of one article that an alert shows."""

    article: str  # Article.key
    event: str  # Event.id
    title: str
    publisher: str
    published: When | None
    url: str | None
    path: str | None
    quote: str
    sentence: str
    start: int  # of the quote in the article's text
    end: int
    values: tuple[str, ...] = ()  # words of the sentence beside the quote that state a number of the event


class ChangeKind(StrEnum):
    """What can happen to an alert."""

    OPENED = "opened"
    REPEATED = "repeated"
    UPDATED = "updated"
    RAISED = "raised"
    REMINDED = "reminded"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One step in the life of an alert; each is told to a channel at most once."""

    kind: ChangeKind
    on: date  # event time, in the rulebook's time zone
    at: datetime  # aware UTC: the learned instant or the timer that caused it
    reason: str  # one sentence
    says: str
    severity: Severity
    events: tuple[str, ...] = ()  # ids of the events that caused it
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A rule that was met (or, as a review, may have been met)."""

    id: str  # "A-" and 10 hex digits of sha256(fingerprint)
    rule: str
    rule_version: str  # 12 hex digits of sha256 of the rule's content
    rule_title: str
    fingerprint: str  # readable and unique: rule | once_per values | what opened it
    outcome: Outcome  # alert or review
    severity: Severity
    status: str  # "active" or "draft": a draft is stored, never posted
    state: str  # "open", "cleared" or "withdrawn"
    opened_on: date
    says: str
    law: str
    channel: str  # name in channels.yaml
    why: tuple[Clause, ...]
    citations: tuple[Citation, ...]  # first the words that opened it
    changes: tuple[Change, ...]  # oldest first; changes[0] opened it
    missing: tuple[str, ...] = ()  # for a review: what is missing or straddles


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """An alert without its life, explanation and citations: what it takes to tell two sets of alerts apart."""

    rule: str
    fingerprint: str
    outcome: Outcome
    state: str  # "open", "cleared" or "withdrawn"
    opened_on: date
    says: str
    sentence: str  # around the words that opened it, "" where nothing did


class Action(StrEnum):
    """What a delivery does in its channel."""

    POST = "post"  # a new message: the root of an alert's thread, a digest, a notice
    REPLY = "reply"  # in the root's thread
    BROADCAST = "broadcast"  # in the root's thread and in the channel
    EDIT = "edit"  # the root, rewritten to the current truth


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What Slack is asked to show."""

    text: str  # push text and screen-reader text, one sentence, verdict first, at most 180 characters
    blocks: str  # Block Kit as JSON, "" for none


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message to one channel: a row of the outbox, before anything is known of its fate."""

    id: str  # uuid5 of alert, revision, channel and action: the same change never makes a second row
    alert: str | None  # Alert.id; None for a notice to operators or a digest
    revision: int  # index into Alert.changes
    channel: str  # Slack channel id or name, or "console"
    action: Action
    message: Message
    thread_of: str | None = None  # Delivery.id of the root, for reply, broadcast and edit


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Where a message stands in Slack: the proof that it arrived."""

    channel: str  # Slack's id of the channel
    ts: str  # of the message; "ts/parent" where the message itself stands in a thread


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A delivery that one worker may send now."""

    delivery: Delivery
    attempts: int  # claims so far, this one among them; also the fencing token
    looks: int  # look-ups in a row that did not find it
    unclear: bool  # an earlier attempt may have arrived: look before sending
    first_attempt: datetime  # aware UTC; of this claim where it is the first
    root: Receipt | None = None  # of `delivery.thread_of`, None when that was never sent


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocked:
    """A channel that takes no messages."""

    channel: str
    code: str  # Slack's
    since: datetime
    waiting: int  # deliveries


@dataclass(frozen=True, kw_only=True, slots=True)
class Masthead:
    """What a citation says of an article: all of it but the text."""

    key: str  # Article.key
    title: str
    publisher: str
    published: When | None
    url: str | None
    path: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessed:
    """An article with everything that was read in it."""

    article: Article
    events: tuple[Event, ...]
    prints: frozenset[int] = frozenset()  # of its words, to find copies by; none where it tells nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """Something that could not be read as an article."""

    place: str  # path, URL, row or record
    reason: str  # what is wrong and what to do


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which stored events a judgement needs, and so which stored alerts it decides anew; None is all."""

    types: frozenset[str] | None = None  # event types that some rule reads
    organisations: frozenset[str] | None = None  # ids; events about nobody in particular always come along
    rules: frozenset[str] | None = None  # the rules that judge; alerts of other rules stay as they are


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What one call to `record` or `rejudge` changed."""

    articles: int = 0  # stored for the first time
    versions: int = 0  # new versions of known articles
    known: int = 0  # the same text was there already
    events: int = 0
    alerts: int = 0  # opened, reviews not counted
    reviews: int = 0  # opened
    changes: tuple[tuple[Alert, Change], ...] = ()  # every change stored by this call, oldest first
    deliveries: int = 0
