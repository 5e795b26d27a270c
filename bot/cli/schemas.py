"""JSON Schemas of every file under `rules/`, for completion and red squiggles in an editor.

The rule file's schema comes from the shape its loader reads by; the others say here what their loaders take, and a test
holds their keys and words against the loaders.
"""

from collections.abc import Mapping

from bot.core.calendars import SHIFTS
from bot.core.events.load import TIME_UNITS
from bot.core.messages.channels import UpdateStyle
from bot.core.model import COMMON_SLOTS, Severity, SlotKind, Stance
from bot.core.rules.reference import generated_files
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.schema import Json, as_text
from bot.core.text.entities import FLAGS, KINDS, LEVELS
from bot.core.text.sentences import SentenceKind
from bot.sources.publishers import ROLES
from bot.sources.source_list import KINDS as SOURCE_KINDS

TEXT: Json = {"type": "string", "minLength": 1}
WORDS: Json = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}
DAY: Json = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
LENGTH: Json = {"type": "string", "pattern": r"^\d+ ?(?:second|minute|hour|day|week)s?$"}
YEAR: Json = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d{4}$"}]}
NUMBER: Json = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d+$"}]}
FLAG: Json = {"enum": [True, False, "true", "false"]}
CLOCK: Json = {"type": "string", "pattern": r"^(?:[01]\d|2[0-3]):[0-5]\d$"}
CHANNEL: Json = {"type": "string", "pattern": r"^(?:console|#[\w][\w.-]{0,79}|[CGD][A-Z0-9]{6,20})$"}
MENTION: Json = {"type": "string", "pattern": r"^@?(?:here|channel|everyone|[UWS][A-Z0-9]{5,20})$"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def schema_files(rulebook: Rulebook) -> Mapping[str, str]:
    """Return every file that `bot rules schema` writes, by its name under `rules/`."""
    others = {
        "channels": channels_schema(),
        "sources": sources_schema(),
        "calendars": calendars_schema(),
        "entities": entities_schema(tuple(rulebook.calendars.by_id)),
        "event": event_schema(),
    }
    return {**generated_files(rulebook), **{f"{name}.schema.json": as_text(each) for name, each in others.items()}}


def channels_schema() -> Json:
    """Return the schema of `channels.yaml`."""
    severities = [severity.value for severity in Severity]
    hours = _keys(
        {
            "days": _about("Days on which it may be spoken to; absent: Monday to Friday.", _one_or_more(_words(DAYS))),
            "open": _about("From when, local time.", CLOCK),
            "close": _about("Until when, local time.", CLOCK),
            "at_once": _about("This severity and above never wait.", {"enum": severities}),
        },
        required=("open", "close"),
    )
    route = _keys(
        {
            "to": _about('"#name" in quotes, a channel id, or a list of them.', _one_or_more(CHANNEL)),
            "from": _about("The least severe alert that is posted there.", {"enum": severities}),
            "mention": _about(
                "Whom a new alert calls, by severity and above.", _map(_one_or_more(MENTION), names=_words(severities))
            ),
            "updates": _about(
                "Where the steps of an alert are told.", {"enum": [style.value for style in UpdateStyle]}
            ),
            "hours": _about("When it may be spoken to; outside, alerts wait for one digest.", hours),
        },
        required=("to",),
    )
    snooze = _keys(
        {
            "rule": _about("The id of the rule.", TEXT),
            "until": _about("The first day on which it is told again.", DAY),
            "reason": _about("Why, for whoever reads this later.", TEXT),
            "wakes": _about("Told before that day when it is raised.", {"const": "when raised"}),
        },
        required=("rule", "until", "reason"),
    )
    return _root(
        "Channels",
        "Which Slack channel a name in a rule means, and how loud, when and for whom it speaks.",
        {
            "zone": _about("The time zone of hours and snoozes.", TEXT),
            "default": _about("For a name that is not listed.", TEXT),
            "ops": _about("What the people who run the bot should know.", CHANNEL),
            "fallback": _about("Where alerts go while their own channel refuses them.", CHANNEL),
            "channels": _about("Names used in rules.", _map(route)),
            "snoozes": _about("Rules that are quiet for a while.", {"type": "array", "items": snooze}),
        },
        required=("channels",),
    )


def sources_schema() -> Json:
    """Return the schema of `sources.yaml`."""
    kinds = {
        "feed": "The address of an RSS or Atom feed.",
        "sitemap": "The address of a sitemap.",
        "index": "The address of a page with links to articles; `select` says which.",
        "page": "The address of one page that is watched.",
        "folder": "A folder of .txt, .md and .html files.",
        "warc": "A WARC archive, or a folder of them.",
    }
    source = _keys(
        {
            **{kind: _about(kinds.get(kind, "Where it is read."), TEXT) for kind in SOURCE_KINDS},
            "id": _about("Small letters, digits and hyphens; absent: made of its host.", TEXT),
            "publisher": _about("Whose articles they are.", TEXT),
            "role": _about("Who speaks.", {"enum": list(ROLES)}),
            "region": _about("Where its articles are about.", TEXT),
            "language": _about("ISO 639 code of its articles.", TEXT),
            "kind": _about("What its articles are: news, press_release.", TEXT),
            "every": _about("How often it is read.", LENGTH),
            "since": _about("How far back it is read the first time: a day or a length.", {"anyOf": [DAY, LENGTH]}),
            "expect": _about("After how long without a new article it counts as silent.", LENGTH),
            "full_text": _about("Read the article behind each entry of a feed.", FLAG),
            "select": _about("CSS selector of an index's links.", TEXT),
            "date": _about("CSS selector of the date.", TEXT),
            "content": _about("CSS selector of the article.", TEXT),
            "title": _about("CSS selector of the headline.", TEXT),
            "disabled": _about("Why it is not read.", TEXT),
        }
    )
    return _root(
        "Sources",
        "What is read, and how often.",
        {
            "sources": {
                "type": ["array", "null"],
                "items": {**source, "oneOf": [{"required": [k]} for k in SOURCE_KINDS]},
            },
            "allow": _about(
                "Hosts inside the own network that may be read.", {"type": ["array", "null"], "items": TEXT}
            ),
        },
    )


def calendars_schema() -> Json:
    """Return the schema of `calendars.yaml`."""
    shifts: Json = {"enum": list(SHIFTS)}
    holiday = _keys(
        {
            "name": _about("What the day is called.", TEXT),
            "on": _about('The day, as one says it: "March 31", "third Monday of January".', TEXT),
            "dates": _about("Days that follow no rule.", {"type": "array", "items": DAY}),
            "from": _about("First year.", YEAR),
            "to": _about("Last year.", YEAR),
            "on_saturday": _about("What becomes of it on a Saturday.", shifts),
            "on_sunday": _about("What becomes of it on a Sunday.", shifts),
        },
        required=("name",),
    )
    calendar = _keys(
        {
            "title": _about("What people call it.", TEXT),
            "source": _about("The law or page it comes from.", TEXT),
            "on_saturday": _about("What becomes of its holidays on a Saturday.", shifts),
            "on_sunday": _about("What becomes of its holidays on a Sunday.", shifts),
            "holidays": {"type": "array", "items": holiday},
        },
        required=("title", "source"),
    )
    return _root(
        "Calendars",
        "Which days are no business days.",
        {
            "time_zone": _about("Where days begin and end, such as Europe/London.", TEXT),
            "default": _about("The calendar of a rule that names none.", TEXT),
            "calendars": _map(calendar),
        },
        required=("time_zone", "default", "calendars"),
    )


def entities_schema(calendars: tuple[str, ...]) -> Json:
    """Return the schema of `entities.yaml`."""
    entity = _keys(
        {
            "name": _about("As it is shown.", TEXT),
            "kind": _about("What it is.", {"enum": list(KINDS)}),
            "also": _about("Other names, as printed.", WORDS),
            "not": _about("Names that hold one of these names and are somebody else.", WORDS),
            "country": _about("ISO code, such as US.", TEXT),
            "state": _about("ISO code of the state or province, such as CA; for a place, too.", TEXT),
            "within": _about("The place around it.", TEXT),
            "level": _about("How wide a place is.", {"enum": list(LEVELS)}),
            "calendar": _about("Which calendar counts its business days.", {"enum": list(calendars)}),
            "flags": _about("What rules may be gated by.", _one_or_more(_words(FLAGS))),
        },
        required=("name", "kind"),
    )
    form = _keys(
        {
            "ends": _about("Words that end such a name.", WORDS),
            "starts": _about("Words that start one.", WORDS),
            "suffixes": _about("Endings of one word.", WORDS),
        }
    )
    return _root(
        "Entities",
        "Who is who.",
        {
            "entities": _about("By stable id.", _map(entity)),
            "forms": _about("By which words an unknown body gives itself away.", _map(form, names=_words(KINDS))),
            "nouns": _about("Which kinds a common noun may mean.", _map(_one_or_more(_words(KINDS)))),
            "not_names": _about("Capitalised words that are no names.", WORDS),
        },
    )


def event_schema() -> Json:
    """Return the schema of a file of `events/` that declares an event type."""
    computed: Json = {**_keys({"between": _pair(), "longer": _pair()}), "minProperties": 1, "maxProperties": 1}
    slot = _keys(
        {
            "kind": _about("What it holds.", {"enum": [kind.value for kind in SlotKind]}),
            "description": _about("What it is, for whoever writes a rule.", TEXT),
            "values": _about("The closed list of a label.", WORDS),
            "of": _about("What a number must count to be meant.", WORDS),
            "single": _about("Words that tell of one, where the trigger touches them and tells no number.", WORDS),
            "fill": _about("Where it is looked for when no pattern keeps it.", {"enum": ["nearest", "kept", "nearby"]}),
            "computed": _about(
                "Worked out from two other slots; of several ways, by the first that can.", _one_or_more(computed)
            ),
            "needed": _about("An event without a value for it is none.", FLAG),
        },
        required=("kind",),
    )
    kinds = [kind.value for kind in SentenceKind]
    pattern = _keys(
        {
            "match": _about("Phrases; any of them.", WORDS),
            "near": _about("Phrases that stand near each other in any order.", {"type": ["array", "object"]}),
            "same_clause": _about("No gap reaches over a comma.", FLAG),
            "set": _about("Label slots and their values.", {"type": "object", "minProperties": 1}),
            "stance": _about("Forced; else the cues decide.", {"enum": [stance.value for stance in Stance]}),
            "claim": _about("It accuses somebody.", FLAG),
            "act": _about("Somebody does it on a day.", FLAG),
            "ahead": _about("No: it is done, and a day still to come is not its own.", FLAG),
            "own_vetoes": _about("Only its own vetoes are asked, not those of the type.", FLAG),
            "undone": _about(
                "It tells that somebody did not do it: the type's own vetoes and `undone` are not asked.", FLAG
            ),
            "dated": _about("Without a date it stays open whether it is news.", FLAG),
            "takes_date": _about("No: the date beside it belongs to something else.", FLAG),
            "background": _about("Forced; else dates and cues decide.", FLAG),
            "unless": _about("Vetoes that overlap the trigger.", WORDS),
            "unless_inside": _about("Vetoes between the trigger's first and last word.", WORDS),
            "unless_sentence": _about("Vetoes anywhere in the sentence.", WORDS),
            "unless_clause": _about("Vetoes in the clauses that the trigger stands in.", WORDS),
            "needs": _about("One of them in the sentence.", WORDS),
            "needs_nearby": _about("One of them in the sentences around.", WORDS),
            "follows": _about("One of them in this sentence or the two before.", WORDS),
            "before": _about("One of them in the sentences just before.", WORDS),
            "after": _about("One of them in the sentences just after.", WORDS),
            "past_due": _about("A day told here or in the three sentences before, kept as due, has passed.", WORDS),
            "unless_since": _about("Vetoes from behind that day to the end of the trigger's sentence.", WORDS),
            "shares_but": _about("The sentence repeats a word of the one with that day, none of these.", WORDS),
            "stands_in": _about("The kinds of sentence it is read in.", _one_or_more(_words(kinds))),
            "unit": _about("Of a bare number that is kept as a duration.", {"enum": list(TIME_UNITS)}),
            "requires": _about("Words of the article.", _keys({"article": WORDS, "at_least": NUMBER})),
        }
    )
    expected = sorted(COMMON_SLOTS)
    example: Json = {
        "anyOf": [
            TEXT,
            _keys(
                {
                    "text": TEXT,
                    "published": DAY,
                    "expect": _about(f"Slots and their values, or one of {', '.join(expected)}.", {"type": "object"}),
                },
                required=("text",),
            ),
        ]
    }
    return _root(
        "Event type",
        "One type of event: its slots, and the words that give it away.",
        {
            "event": _about("The name, the same as the file's.", TEXT),
            "title": _about("A short headline.", TEXT),
            "description": _about("What it is, in one sentence.", TEXT),
            "claim": _about("It accuses somebody: alleged when a party says so.", FLAG),
            "act": _about("Somebody does it on a day.", FLAG),
            "measured": _about("A state that is measured over a time which may be told before it.", FLAG),
            "answers": _about("It answers something older: the dates of that are not its own.", FLAG),
            "ahead": _about("No: a date to come beside it is that of what it is done to.", FLAG),
            "words": _about("Word lists of this type, in capitals.", _map(WORDS)),
            "slots": _about("What it holds.", _map(slot)),
            "requires": _about(
                "Words of the article, or close by.",
                _keys({"article": WORDS, "at_least": NUMBER, "in_long": NUMBER, "nearby": WORDS, "close": WORDS}),
            ),
            "excludes": _about(
                "Words of the article with which it is about something else.",
                _keys({"article": WORDS, "at_least": NUMBER}),
            ),
            "unless": _about("Vetoes for every pattern, where they overlap the trigger.", WORDS),
            "unless_sentence": _about("Vetoes for every pattern, anywhere in the sentence.", WORDS),
            "unless_clause": _about("Vetoes for every pattern, in the clauses that the trigger stands in.", WORDS),
            "undone": _about("One that nobody did is told only with one of these: a slot, happened, party.", WORDS),
            "sought": _about(
                "What must come after words that ask for something: a wait for a visit, or for a verdict.",
                _keys({"after": WORDS, "one_of": WORDS, "within": NUMBER, "but": WORDS}),
            ),
            "told_by": _about(
                "In a sentence that tells one of these types, an event with one of these statuses is that one.",
                _map(WORDS),
            ),
            "leads_to": _about("Statuses that are part of what is told just after them.", _map(WORDS)),
            "echoes": _about("Statuses that say no more than others of the same article do.", _map(WORDS)),
            "done_by": _about(
                'Statuses of what was done on the past day by which it was: "carried out by March".', WORDS
            ),
            "apart": _about("Days that two dates of an event with such a status may lie apart.", _map(NUMBER)),
            "patterns": {"type": "array", "minItems": 1, "items": {"anyOf": [TEXT, pattern]}},
            "labels": _about("Words of the sentence that give a label slot its value.", _map(_map(WORDS))),
            "background": _about("Words that make it history.", WORDS),
            "current": _about("Words that make news of the past year.", WORDS),
            "recent_days": _about("How old it may be when it is told and still be news.", NUMBER),
            "examples": {"type": "array", "items": example},
            "not_examples": {
                "type": "array",
                "items": {"anyOf": [TEXT, _keys({"text": TEXT, "alone": FLAG}, required=("text",))]},
            },
        },
        required=("event", "patterns"),
    )


def _root(title: str, description: str, keys: Mapping[str, Json], *, required: tuple[str, ...] = ()) -> Json:
    head: Json = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
    }
    return {**head, **_keys(keys, required=required)}


def _keys(keys: Mapping[str, Json], *, required: tuple[str, ...] = ()) -> Json:
    schema: Json = {"type": "object", "additionalProperties": False, "properties": dict(keys)}
    return {**schema, "required": list(required)} if required else schema


def _about(words: str, schema: Json) -> Json:
    return {"description": words, **schema}


def _map(values: Json, *, names: Json | None = None) -> Json:
    schema: Json = {"type": "object", "minProperties": 1, "additionalProperties": values}
    return {**schema, "propertyNames": names} if names else schema


def _words(values: tuple[str, ...] | list[str]) -> Json:
    return {"enum": list(values)}


def _one_or_more(values: Json) -> Json:
    return {"anyOf": [values, {"type": "array", "items": values, "minItems": 1}]}


def _pair() -> Json:
    return {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}
