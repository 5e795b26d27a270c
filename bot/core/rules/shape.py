"""The one model of a rule file: what the loader accepts, what the JSON Schema says, what the reference page lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.model import Outcome, Severity


class Form(StrEnum):
    """What a key of a rule file holds."""

    TEXT = "text"  # words for people
    WORD = "word"  # one value of a closed list, or an id
    WORDS = "words"  # one word or a list of them
    LENGTH = "length"  # "14 days", "2 weeks", "10 business days"
    LENGTHS = "lengths"  # a list of lengths
    NUMBER = "number"  # a whole number
    FLAG = "flag"  # true or false
    DAY = "day"  # 2025-03-10
    PER = "per"  # a list of common slots
    EVENT = "event"  # an event type or a list of them
    SLOT = "slot"  # a slot of the event
    SLOTS = "slots"  # one slot or a list of them
    CLAUSES = "clauses"  # slot → comparison, with any, all, not
    RAISES = "raises"  # severity → clauses
    PAIRS = "pairs"  # a list of pairs of words
    SHAPE = "shape"  # keys of its own
    SHAPES = "shapes"  # a list of such
    VALUES = "values"  # slot → value, for a test's event
    TEMPLATE = "template"  # words with {slot} in them


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One key of a mapping in a rule file."""

    form: Form
    about: str  # one sentence for the schema, the reference page and the editor
    required: bool = False
    values: tuple[str, ...] = ()  # the closed list of a word
    shape: str = ""  # for SHAPE and SHAPES: the name in SHAPES
    default: str = ""


Shape = Mapping[str, Field]

PER_SLOTS = ("organisation", "counterparty", "agency", "region", "publisher_role")
KINDS = ("match", "count", "absence", "deadline", "contradiction", "change")

_PER = Field(
    form=Form.PER, values=PER_SLOTS, about="The slots that keep histories apart: one per organisation and so on."
)
_OF = Field(form=Form.SHAPE, shape="selector", required=True, about="Which events it looks at.")
_COVERED = Field(
    form=Form.FLAG,
    default="true",
    about="Say that nothing happened only where the sources were read and spoke of the subject; else it is a review.",
)

SELECTOR: Shape = {
    "event": Field(form=Form.EVENT, required=True, about="The event type, or a list of them."),
    "when": Field(form=Form.CLAUSES, about="What must hold of its slots."),
    "unless": Field(form=Form.CLAUSES, about="What must not hold; a slot that is not given does not hold."),
}

SHAPES: Mapping[str, Shape] = {
    "rule": {
        "rule": Field(
            form=Form.WORD, required=True, about="Stable id, equal to the file's name; alerts are keyed by it."
        ),
        "title": Field(form=Form.TEXT, required=True, about="A short headline."),
        "status": Field(
            form=Form.WORD,
            values=("active", "draft"),
            default="active",
            about="A draft is evaluated and stored, never posted.",
        ),
        "severity": Field(
            form=Form.WORD,
            values=tuple(severity.value for severity in Severity),
            default="medium",
            about="How much an alert matters.",
        ),
        "why": Field(form=Form.TEXT, required=True, about="Why a person should care, in one sentence."),
        "law": Field(form=Form.TEXT, about="The citation: statute, regulation, agreement."),
        "in_force": Field(
            form=Form.SHAPE, shape="in_force", about="From when to when the law applies, against the event's own date."
        ),
        "recent": Field(
            form=Form.LENGTH,
            default="21 days",
            about="How old an event may be at publication and still be news; older ones are background.",
        ),
        "calendar": Field(form=Form.WORD, about="Which holidays count, an id in calendars.yaml; else its default."),
        "jurisdiction": Field(
            form=Form.WORD,
            about="Where the rule applies, a country or a country and state such as US-CA; elsewhere it is silent.",
        ),
        "match": Field(form=Form.SHAPE, shape="selector", about="Fires when one event meets the clauses."),
        "count": Field(form=Form.SHAPE, shape="count", about="Fires when enough different events fall in a window."),
        "absence": Field(
            form=Form.SHAPE,
            shape="absence",
            about="Fires when nothing of a kind happened for so long while something is open.",
        ),
        "deadline": Field(form=Form.SHAPE, shape="deadline", about="Fires when something due did not happen."),
        "contradiction": Field(form=Form.SHAPE, shape="contradiction", about="Fires when two articles disagree."),
        "change": Field(form=Form.SHAPE, shape="change", about="Fires when a slot of a story takes a new value."),
        "alert": Field(form=Form.SHAPE, shape="alert", required=True, about="How it is told."),
        "tests": Field(
            form=Form.SHAPES, shape="test", about="The rule's own proof: texts or events, and what must come out."
        ),
        "unproved": Field(
            form=Form.SHAPES,
            shape="unproved",
            about="Mutants that no test notices, each with the reason.",
        ),
    },
    "selector": SELECTOR,
    "in_force": {
        "from": Field(form=Form.DAY, about="First day on which the law applies."),
        "to": Field(form=Form.DAY, about="Last day on which the law applies."),
    },
    "count": {
        "of": _OF,
        "at_least": Field(form=Form.NUMBER, required=True, about="How many different events make it fire."),
        "within": Field(form=Form.LENGTH, required=True, about="How long the window is."),
        "per": _PER,
    },
    "while": {
        "started_by": Field(
            form=Form.SHAPE, shape="selector", required=True, about="What opens the time that is watched."
        ),
        "ended_by": Field(form=Form.SHAPE, shape="selector", about="What closes it."),
    },
    "absence": {
        "of": _OF,
        "for": Field(form=Form.LENGTH, required=True, about="How long nothing may happen, counted from the last one."),
        "per": _PER,
        "while": Field(
            form=Form.SHAPE, shape="while", about="Watch only while something is open, a strike for example."
        ),
        "only_if_covered": _COVERED,
    },
    "deadline": {
        "starts_with": Field(form=Form.SHAPE, shape="selector", required=True, about="What sets the clock."),
        "due": Field(
            form=Form.TEXT,
            required=True,
            about="A length after the start such as 90 days, or a slot that holds the date.",
        ),
        "grace": Field(
            form=Form.LENGTH, default="1 days", about="How long after the due day the news may take to come in."
        ),
        "met_by": Field(form=Form.SHAPE, shape="selector", required=True, about="What meets it."),
        "moved_by": Field(
            form=Form.SHAPE, shape="selector", about="What puts it off; its date, where it has one, is the new due day."
        ),
        "told_by": Field(form=Form.SHAPE, shape="selector", about="What adds to an open alert without closing it."),
        "broken_by": Field(form=Form.SHAPE, shape="selector", about="What breaks it off again after it was met."),
        "broken_within": Field(form=Form.LENGTH, default="3 days", about="How soon after the start that counts."),
        "per": _PER,
        "remind": Field(form=Form.LENGTHS, about="How long before the due day to remind."),
        "stages": Field(
            form=Form.SHAPES, shape="stage", about="How far it has come, told as {stage}; the last that was reached."
        ),
        "otherwise": Field(form=Form.TEXT, about="What {stage} says before any of the stages is told."),
        "only_if_covered": _COVERED,
    },
    "stage": {
        "after": Field(form=Form.SHAPE, shape="selector", required=True, about="The event that brings this stage."),
        "say": Field(form=Form.TEXT, required=True, about="What is then said of it."),
    },
    "contradiction": {
        "of": _OF,
        "against": Field(
            form=Form.SHAPE, shape="selector", about="The opposite claim, where another kind of event tells it."
        ),
        "slot": Field(form=Form.SLOTS, about="The slot, or slots, on which two articles must not disagree."),
        "same": Field(form=Form.SLOTS, about="Slots on which the two must agree to be about one thing."),
        "opposites": Field(form=Form.PAIRS, about="Pairs of words that cannot both hold."),
        "measured_from": Field(
            form=Form.SHAPE, shape="selector", about="The stated length is held against the days since this event."
        ),
        "within": Field(
            form=Form.LENGTH, default="60 days", about="How far apart the two may lie and still be one story."
        ),
        "apart": Field(
            form=Form.LENGTH,
            about="With `compare: happened`, how far apart the days of two tellings may lie and still be one time; "
            "absent: not at all.",
        ),
        "ahead_within": Field(
            form=Form.LENGTH,
            about="How far apart the two may be told where one speaks of what is to come; absent: as any two.",
        ),
        "per": _PER,
        "by": Field(form=Form.SLOTS, about="The two must differ in this slot, or in one of these: publisher_role."),
        "compare": Field(
            form=Form.WORD,
            values=("happened", "told", "since"),
            default="happened",
            about="One story when they happened at the same time, or were told within `within`; since: the second of a "
            "pair holds from its day on, and what is told later with the first denies it.",
        ),
    },
    "change": {
        "of": _OF,
        "slot": Field(form=Form.SLOT, required=True, about="The slot that is watched."),
        "per": _PER,
        "by": Field(form=Form.SLOT, about="Values are compared within one value of this slot: each party's own words."),
    },
    "alert": {
        "once_per": Field(
            form=Form.PER,
            values=PER_SLOTS,
            about="With the rule's id, what makes an alert unique; absent: the kind's `per`.",
        ),
        "again_after": Field(form=Form.LENGTH, about="When an open alert is told again, in event time; absent: never."),
        "raise_to": Field(form=Form.RAISES, about="A worse severity for events that meet more clauses."),
        "channel": Field(form=Form.WORD, required=True, about="A name in channels.yaml."),
        "say": Field(
            form=Form.TEMPLATE,
            required=True,
            about="The sentence of the alert: {slot}, {slot|words where it is not given}, {days:day/days} for the word "
            "that fits the number, and brackets around what needs a value and is left out without: [ to {agency}].",
        ),
    },
    "test": {
        "name": Field(form=Form.TEXT, about="What the test shows."),
        "text": Field(form=Form.TEXT, about="An article's words, run through extraction."),
        "event": Field(form=Form.VALUES, about="Slots of one event, where extraction is not what is tested."),
        "history": Field(form=Form.SHAPES, shape="telling", about="Several articles, for rules that need time."),
        "published": Field(form=Form.DAY, about="When the article came out; absent: 2025-01-15."),
        "as_of": Field(form=Form.DAY, about="The end of which day is judged; absent: the last publication."),
        "publisher_role": Field(
            form=Form.WORD,
            values=("union", "company", "regulator", "government", "media", "other"),
            default="other",
            about="Who speaks.",
        ),
        "region": Field(form=Form.TEXT, about="Where the article is about."),
        "severity": Field(
            form=Form.WORD,
            values=tuple(severity.value for severity in Severity),
            about="The severity that must come out",
        ),
        "reminders": Field(form=Form.NUMBER, about="How many reminders a deadline must have told by then."),
        "expect": Field(
            form=Form.WORD,
            required=True,
            values=tuple(outcome.value for outcome in Outcome),
            about="What must come out.",
        ),
    },
    "telling": {
        "published": Field(form=Form.DAY, required=True, about="When the article came out."),
        "text": Field(form=Form.TEXT, about="Its words, run through extraction."),
        "event": Field(form=Form.VALUES, about="Instead of a text: `type` and the slots of one event."),
        "publisher_role": Field(
            form=Form.WORD,
            values=("union", "company", "regulator", "government", "media", "other"),
            default="other",
            about="Who speaks.",
        ),
    },
    "unproved": {
        "mutant": Field(form=Form.TEXT, required=True, about="The mutant as `bot rules test --mutate` prints it."),
        "because": Field(form=Form.TEXT, required=True, about="Why no test can or need notice it."),
    },
}
