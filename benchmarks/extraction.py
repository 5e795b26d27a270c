"""How well events and alerts are found in labelled articles: the cases, the seed corpus, the verbatim seeds.

    python benchmarks/extraction.py                 every table
    python benchmarks/extraction.py cases --show    each miss, false positive and near miss with its sentence
    python benchmarks/extraction.py cases --rule penalty-imposed --show
    python benchmarks/extraction.py quarters        each quarter of the cases on its own
    python benchmarks/extraction.py cases events --folder DIR   another folder of articles and labels in that layout

Each article is judged alone, as of its publication. An alert matches a label by rule and overlap of its words, or of
their sentence, with the label's quote; optional labels count neither way.
"""

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.core.events.extractor import Extractor  # noqa: E402 (the path comes first)
from bot.core.events.load import load_event_types  # noqa: E402 (as above)
from bot.core.model import Article, Event, Label, Name, Outcome, Precision, Quantity, Stance, When  # noqa: E402 (as above)
from bot.core.rules.rulebook import load_rulebook  # noqa: E402 (as above)
from bot.core.rules.single import judge_article  # noqa: E402 (as above)
from bot.core.text.entities import load_entities  # noqa: E402 (as above)

CASES = ROOT / "tests" / "cases"
OBLIQUE = ROOT / "tests" / "cases_oblique"
CORPUS = ROOT / "corpus"
CORPUS_GOLD = ROOT / "tests" / "corpus_gold" / "gold.yaml"
SEEDS = ROOT.parent / "shared" / "seeds"
SEEDS_GOLD = ROOT.parent / "shared" / "seeds-gold.yaml"
QUARTERS = 4
_NAME_WORD = re.compile(r"[a-z0-9]+")
WORKING_DAYS = {"business_day": 1.0, "day": 5 / 7, "week": 5.0, "month": 21.0, "year": 260.0}  # README of the cases
TYPE_OF_LABEL = {"session_cancellation": "appointment_cancellation"}
STANCES = {
    "fact": (Stance.REPORTED, Stance.FOUND),
    "allegation": (Stance.ALLEGED,),
    "denied": (Stance.DENIED,),
    "plan": (Stance.PLANNED,),
    "hypothetical": (Stance.HYPOTHETICAL,),
    "law": (Stance.REQUIRED,),
}
REVIEW_IS_RIGHT = ("wait-exceeds-10-business-days",)
UNREAL = (Stance.REQUIRED, Stance.PLANNED, Stance.HYPOTHETICAL, Stance.DENIED)
Yaml = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fired:
    """One alert, with the words it rests on."""

    rule: str
    event: Event
    is_review: bool  # never counted as wrong


@dataclass(frozen=True, kw_only=True)
class Case:
    """One labelled article."""

    id: str
    article: Article
    labels: Yaml
    read_again: tuple[Yaml, ...] | None = None  # what two further readers are sure of and the labels leave out


@dataclass
class Tally:
    """Right and wrong answers of one kind, and the words to look at."""

    right: int = 0
    missed: int = 0
    wrong: int = 0
    near: int = 0  # listed near misses that fired
    nears: int = 0  # listed near misses
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count what another one counted, without its notes."""
        self.right += other.right
        self.missed += other.missed
        self.wrong += other.wrong
        self.near += other.near
        self.nears += other.nears

    @property
    def recall(self) -> float:
        """Share of what was wanted that was found; 1 when nothing was wanted."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 when nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


# ---- the reader ------------------------------------------------------------------------------------------------------


class Reader:
    """Reads articles as the bot does: events, then the rules on each article alone."""

    def __init__(self, root: Path = ROOT) -> None:
        files = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted((root / "rules").rglob("*.yaml"))
        }
        self.rulebook = load_rulebook(files)
        for fault in self.rulebook.faults:
            print(fault, file=sys.stderr)
        self._extractor = Extractor(load_event_types(files), load_entities(files["rules/entities.yaml"]))
        self._events: dict[str, tuple[Event, ...]] = {}

    def extract(self, article: Article) -> tuple[Event, ...]:
        """Return the events of an article, read once."""
        if article.text not in self._events:
            self._events[article.text] = self._extractor.extract(article)
        return self._events[article.text]

    def fired(self, article: Article) -> list[Fired]:
        """Return the alerts of an article; of a wait that straddles the limit, a review is as right as an alert."""
        verdicts = judge_article(article, self.extract(article), self.rulebook)
        return [
            Fired(rule=each.rule, event=each.event, is_review=each.outcome is Outcome.REVIEW)
            for each in verdicts
            if each.outcome is Outcome.ALERT or each.rule in REVIEW_IS_RIGHT
        ]


def _label(event: Event, slot: str) -> str:
    value = event.slots.get(slot)
    return value.value if isinstance(value, Label) else ""


# ---- the cases -------------------------------------------------------------------------------------------------------


def _known_day(day: date) -> When:
    return When(first=day, last=day, precision=Precision.DAY, basis="metadata")


def make_article(
    key: str, text: str, *, published: date | None, publisher: str, role: str, region: str | None
) -> Article:
    """Build an article as a source would."""
    first = text.split("\n", 1)[0]
    learned = datetime.combine(published or date(2025, 1, 1), time(12), UTC)
    return Article(
        key=key,
        text=text,
        title=first,
        source="folder:benchmark",
        learned=learned,
        published=_known_day(published) if published else None,
        publisher=publisher,
        publisher_role=role,
        region=region,
        title_end=len(first),
    )


def read_cases(folder: Path = CASES) -> Iterator[Case]:
    """Yield the labelled development articles."""
    again = folder / "read_again.yaml"
    further = yaml.safe_load(again.read_text(encoding="utf-8")) if again.exists() else None
    for path in sorted((folder / "labels").glob("*.yaml")):
        labels = yaml.safe_load(path.read_text(encoding="utf-8"))
        side = yaml.safe_load((folder / "articles" / path.name).read_text(encoding="utf-8"))
        text = (folder / "articles" / f"{path.stem}.txt").read_text(encoding="utf-8")
        article = make_article(
            path.stem,
            text,
            published=date.fromisoformat(side["published"]),
            publisher=side["publisher"],
            role=_role(side["kind"], side["publisher"]),
            region=side["region"],
        )
        read_again = None if further is None else tuple(further.get(path.stem, ()))
        yield Case(id=path.stem, article=article, labels=labels, read_again=read_again)


def _role(kind: str, publisher: str) -> str:
    lower = f"{kind} {publisher}".lower()
    if any(word in lower for word in ("union", "nurses association", "cupe", "unifor", "nuhw")) and "news" not in lower:
        return "union"
    if any(word in lower for word in ("department of", "inspectorate", "attorney general", "medicare & medicaid")):
        return "regulator"
    return "media"


def score_alerts(cases: Iterable[Case], reader: Reader) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Score the rules once per rule and article, and once per labelled event."""
    by_article: dict[str, Tally] = defaultdict(Tally)
    by_event: dict[str, Tally] = defaultdict(Tally)
    for case in cases:
        alerts = reader.fired(case.article)
        rules = {each["rule"] for kind in ("alerts", "alerts_optional", "must_not_fire") for each in case.labels[kind]}
        for rule in sorted(rules | {alert.rule for alert in alerts if alert.rule in _rules_of_cases()}):
            mine = [alert for alert in alerts if alert.rule == rule]
            _score_events(case, rule, mine, by_event[rule])
            _score_article(case, rule, mine, by_article[rule])
    return dict(by_article), dict(by_event)


def _rules_of_cases() -> tuple[str, ...]:
    return (
        "wait-exceeds-10-business-days",
        "session-no-new-proposals",
        "no-sessions-scheduled",
        "appointments-cancelled",
        "penalty-imposed",
        "corrective-action-overdue",
        "mediation-scheduled",
        "strike-started",
        "strike-ended",
        "regulator-complaint",
    )


def _wanted(case: Case, kind: str, rule: str) -> list[str]:
    return [each["quote"] for each in case.labels[kind] if each["rule"] == rule]


def _score_events(case: Case, rule: str, alerts: list[Fired], tally: Tally) -> None:
    must, may, never = (_wanted(case, kind, rule) for kind in ("alerts", "alerts_optional", "must_not_fire"))
    for quote in must:
        if any(_is_about(alert.event, case.article, quote) for alert in alerts):
            tally.right += 1
        else:
            tally.missed += 1
            tally.notes.append(f"{case.id} MISS   {quote}")
    for alert in alerts:
        if not alert.is_review and not any(_is_about(alert.event, case.article, quote) for quote in (*must, *may)):
            tally.wrong += 1
            tally.notes.append(f"{case.id} WRONG  {_shown(alert.event)}")
    for quote in never:
        tally.nears += 1
        if any(_overlaps(alert.event, case.article, quote) for alert in alerts if not alert.is_review):
            tally.near += 1
            tally.notes.append(f"{case.id} NEAR   {quote}")


def _score_article(case: Case, rule: str, alerts: list[Fired], tally: Tally) -> None:
    must, may = _wanted(case, "alerts", rule), _wanted(case, "alerts_optional", rule)
    if must:
        tally.right += bool(alerts)
        tally.missed += not alerts
    elif any(
        not any(_is_about(alert.event, case.article, quote) for quote in may) for alert in alerts if not alert.is_review
    ):
        tally.wrong += 1


def _shown(event: Event) -> str:
    slots = {name: _plain(value) for name, value in event.slots.items()}
    places = ", ".join(each.pattern for each in event.evidence if each.part == "trigger")
    return f"[{event.quote}] {event.stance.value} {slots} ({places}) in: {event.sentence[:240]}"


def _plain(value: object) -> object:
    if isinstance(value, Label):
        return value.value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Quantity):
        return f"{value.bound.value} {value.low}..{value.high} {value.unit}"
    return str(value.first) if isinstance(value, When) else value


def _spans(event: Event) -> list[tuple[int, int]]:
    mentions = [(each.start, each.end) for each in event.evidence if each.part in ("trigger", "mention")]
    return [(event.start, event.end), *mentions]


def _overlaps(event: Event, article: Article, quote: str) -> bool:
    start = article.text.find(quote)
    return any(low < start + len(quote) and start < high for low, high in _spans(event))


def _is_about(event: Event, article: Article, quote: str) -> bool:
    """Say whether an event rests on the quote or stands in its sentence."""
    start = article.text.find(quote)
    in_sentence = start < event.sentence_start + len(event.sentence) and event.sentence_start < start + len(quote)
    return in_sentence or _overlaps(event, article, quote)


# ---- events: types, dates, stance, values ----------------------------------------------------------------------------


def score_events(cases: Iterable[Case], reader: Reader) -> dict[str, Tally]:
    """Score event types, and on those that were found dates, stance, waits and counts."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for case in cases:
        events = reader.extract(case.article)
        for label in case.labels["events"]:
            wanted = _type_of(label)
            if wanted == "other":
                continue
            found = _found(case, label, events)
            for row in (f"type {wanted}", "types, all"):
                _note_type(case, label, wanted, found, tallies[row])
            if found:
                _score_values(case, label, found, tallies)
        for label in case.read_again or ():
            found = _found(case, label, events)
            _note_type(case, label, _type_of(label), found, tallies["read again, further types"])
        for event in events:
            _score_precision(case, event, tallies)
    return dict(tallies)


def _type_of(label: Yaml) -> str:
    return TYPE_OF_LABEL.get(label["type"], str(label["type"]))


def _found(case: Case, label: Yaml, events: Iterable[Event]) -> list[Event]:
    about = (event for event in events if _is_type(event, _type_of(label)))
    return [event for event in about if _is_about(event, case.article, label["quote"])]


def _is_type(event: Event, wanted: str) -> bool:
    also = {
        "appointment_wait": ("legal_standard", "access_claim"),
        "regulator_action": ("survey_finding", "corrective_action"),
        "corrective_action": ("survey_finding", "regulator_action", "filing_promised"),
    }
    return event.type == wanted or event.type in also.get(wanted, ())


def _note_type(case: Case, label: Yaml, wanted: str, found: list[Event], tally: Tally) -> None:
    if found:
        tally.right += 1
    else:
        tally.missed += 1
        tally.notes.append(f"{case.id} MISS   {wanted} {label.get('status')} {label.get('stance')}: {label['quote']}")


def _score_precision(case: Case, event: Event, tallies: dict[str, Tally]) -> None:
    scored = {TYPE_OF_LABEL.get(each, each) for each in _label_types()}
    if event.type not in scored:
        return
    right = _is_labelled(case, event, case.labels["events"])
    _note_precision(case, event, tallies["type precision"], right=right)
    if case.read_again is not None:
        right = right or _is_labelled(case, event, case.read_again)
        _note_precision(case, event, tallies["read again, type precision"], right=right)


def _is_labelled(case: Case, event: Event, labels: Iterable[Yaml]) -> bool:
    near = (label for label in labels if _is_about(event, case.article, label["quote"]))
    return any(_is_type(event, _type_of(label)) for label in near)


def _note_precision(case: Case, event: Event, tally: Tally, *, right: bool) -> None:
    if right:
        tally.right += 1
    else:
        tally.wrong += 1
        tally.notes.append(f"{case.id} WRONG  {event.type} {_shown(event)}")


def _label_types() -> tuple[str, ...]:
    return (
        "appointment_wait",
        "bargaining_session",
        "session_cancellation",
        "penalty",
        "corrective_action",
        "strike",
        "mediation",
        "agreement",
        "complaint",
        "regulator_action",
        "staffing",
    )


def _score_values(case: Case, label: Yaml, found: list[Event], tallies: dict[str, Tally]) -> None:
    checks: list[tuple[str, bool]] = [("stance", any(event.stance in STANCES[label["stance"]] for event in found))]
    if label["date"] and not label["background"]:
        checks.append(("date", any(_is_date(event.happened, label, case.article) for event in found)))
        checks.append(("date, either day", any(_is_either_day(event, label, case.article) for event in found)))
    if label["wait"] and label["wait"]["value"] is not None:
        checks.append(("wait", any(_is_wait(event, label["wait"]) for event in found)))
    if label["count"]:
        checks.append(("count", any(_has_number(event, label["count"]) for event in found)))
    if label["amount"]:
        checks.append(("amount", any(_has_number(event, label["amount"]) for event in found)))
    if label.get("organisation"):
        checks.append(("organisation", _is_named(found[0].organisation, label["organisation"])))
    for name, good in checks:
        tally = tallies[name]
        tally.right += good
        tally.missed += not good
        if not good:
            keys = ("stance", "date", "date_precision", "wait", "count", "amount", "organisation")
            wanted = {key: label.get(key) for key in keys}
            tally.notes.append(f"{case.id} {name}: {wanted}\n          {found[0].happened} {_shown(found[0])}")


def _is_named(name: Name | None, wanted: str) -> bool:
    """Tell whether a name is the label's: the same words, those and more on one side, or the letters of the other."""
    words, others = (_name_words(each) for each in (name.name if name else "", wanted))
    if not words or not others:
        return False
    letters = _initials(name.name if name else ""), _initials(wanted)
    return words <= others or others <= words or letters[0] in others or letters[1] in words


def _initials(name: str) -> str:
    """Return the letters a long name is called by: "hse" of "Health Service Executive", "-" of a short one."""
    letters = "".join(re.findall(r"\b[A-Z]", name)).lower()
    return letters if len(letters) > 2 else "-"  # two letters are anybody's


def _name_words(name: str) -> set[str]:
    return set(_NAME_WORD.findall(name.lower())) - {"the", "of", "and", "a", "for", "inc"}


def _is_date(when: When | None, label: Yaml, article: Article) -> bool:
    day = date.fromisoformat(label["date"])
    if when is None:  # a state without a date of its own holds on the day of the article
        return article.published is not None and _same_period(article.published, day, label["date_precision"])
    return _same_period(when, day, label["date_precision"])


def _is_either_day(event: Event, label: Yaml, article: Article) -> bool:
    """Tell whether an event has the label's date, or the other day that some labels give for the same event.

    Of a session to come some give the day it was announced and its own day as `next_session`; of work overdue some give
    the deadline, which the event holds as `due`.
    """
    due = event.slots.get("due")
    days = [event.happened, due if isinstance(due, When) else None]
    if any(_is_date(day, label, article) for day in days if day is not None or day is event.happened):
        return True
    session = label["status"] == "scheduled" and label.get("next_session")
    return bool(session) and _is_date(event.happened, {**label, "date": str(session)}, article)


def _same_period(when: When, day: date, precision: str) -> bool:
    slack = {"day": 0, "week": 6, "month": 30, "year": 365}[precision]
    if precision == "day":
        return when.first == day or (when.first <= day <= when.last and (when.last - when.first).days <= 7)
    if precision == "month":
        return (when.first.year, when.first.month) <= (day.year, day.month) <= (when.last.year, when.last.month)
    if precision == "year":
        return when.first.year <= day.year <= when.last.year
    return when.first - timedelta(days=slack) <= day <= when.last + timedelta(days=slack)


def _is_wait(event: Event, wait: Yaml) -> bool:
    units = {"business_days": "business_day", "days": "day", "weeks": "week", "months": "month", "years": "year"}
    for value in event.slots.values():
        if isinstance(value, Quantity) and value.low is not None and value.unit in WORKING_DAYS:
            same = value.unit == units.get(wait["unit"]) and wait["value"] in (value.low, value.high)
            days = value.low * WORKING_DAYS[value.unit]
            if same or abs(days - float(wait["business_days"])) <= max(1.0, 0.05 * days):
                return True
    return False


def _has_number(event: Event, number: float) -> bool:
    return any(isinstance(value, Quantity) and number in (value.low, value.high) for value in event.slots.values())


# ---- the seed corpus -------------------------------------------------------------------------------------------------


def read_brief(path: Path, gold: Yaml) -> Article:
    """Read one brief of the corpus with its front matter."""
    raw = path.read_text(encoding="utf-8")
    _, front, body = raw.split("---\n", 2)
    matter = yaml.safe_load(front)
    inferred = (gold.get("published_inferred") or {}).get("best")
    published = matter.get("published") or inferred
    day = published if isinstance(published, date) else date.fromisoformat(str(published))
    text = f"{matter['title']}\n\n{body.strip()}\n"
    roles = {"union": "union", "employer": "company", "regulator": "regulator"}
    role = roles.get(str(gold.get("origin", "")), "media")
    return make_article(
        gold["file"], text, published=day, publisher=matter["publisher"], role=role, region=matter.get("region")
    )


def score_corpus(reader: Reader) -> tuple[Tally, Tally]:
    """Score alerts and must_not of the corpus, each brief read alone."""
    gold = yaml.safe_load(CORPUS_GOLD.read_text(encoding="utf-8"))
    alerts, never = Tally(), Tally()
    known = set(gold["rules"])
    for brief in gold["briefs"]:
        article = read_brief(CORPUS / brief["file"], brief)
        mine = [alert for alert in reader.fired(article) if alert.rule in known]
        _score_brief(brief, article, mine, alerts)
        _score_must_not(brief, article, mine, never)
    return alerts, never


def _score_brief(brief: Yaml, article: Article, alerts: list[Fired], tally: Tally) -> None:
    wanted = {each["rule"] for each in brief["alerts"]}
    open_to = {each["rule"] for each in brief.get("arguable") or []}
    got = {alert.rule for alert in alerts if not alert.is_review}
    tally.right += len(wanted & got)
    for rule in sorted(wanted - got):
        tally.missed += 1
        quotes = [
            e["quote"] for a in brief["alerts"] if a["rule"] == rule for e in brief["events"] if e["id"] in a["events"]
        ]
        tally.notes.append(f"{article.key} MISS   {rule}: {quotes}")
    for rule in sorted(got - wanted - open_to):
        tally.wrong += 1
        shown = "; ".join(_shown(alert.event) for alert in alerts if alert.rule == rule)
        tally.notes.append(f"{article.key} WRONG  {rule}: {shown}")


def _score_must_not(brief: Yaml, article: Article, alerts: list[Fired], tally: Tally) -> None:
    wanted = {each["rule"] for kind in ("alerts", "arguable") for each in brief.get(kind) or []}
    for each in brief["must_not"]:
        tally.nears += 1
        quote = each.get("quote")
        mine = [alert for alert in alerts if alert.rule == each["rule"] and not alert.is_review]
        hit = [alert for alert in mine if _overlaps(alert.event, article, quote)] if quote else mine
        if hit and (quote or each["rule"] not in wanted):
            tally.near += 1
            tally.notes.append(f"{article.key} NEAR   {each['rule']}: {quote} <- {_shown(hit[0].event)}")


# ---- the verbatim seeds ----------------------------------------------------------------------------------------------

SEED_DAYS = {"000": "2024-12-20", "001": "2025-01-16", "002": "2025-03-05", "003": "2024-10-24", "004": "2024-12-13"}
SEED_TYPES = {
    "fine": ("penalty",),
    "violation": ("legal_standard", "access_claim", "penalty", "appointment_cancellation"),
    "corrective_action_plan": ("corrective_action",),
    "regulator_finding": ("regulator_action", "survey_finding", "penalty", "appointment_wait"),
    "regulator_monitoring": ("regulator_action",),
    "complaint_filed": ("complaint",),
    "bargaining_status": ("bargaining_session",),
    "bargaining_session": ("bargaining_session", "bargaining_offer"),
    "appointment_wait": ("appointment_wait", "access_claim"),
}
SEED_STANCES = {
    "asserted": (Stance.REPORTED, Stance.FOUND),
    "alleged": (Stance.ALLEGED,),
    "adjudicated": (Stance.FOUND, Stance.REPORTED),
    "norm": (Stance.REQUIRED,),
    "planned": (Stance.PLANNED,),
    "possible": (Stance.HYPOTHETICAL,),
    "hypothetical": (Stance.HYPOTHETICAL,),
    "habitual": (Stance.REPORTED, Stance.FOUND),
}
TRAP_TYPES = {
    "appointment_wait": "appointment_wait",
    "wait": "appointment_wait",
    "cancellation": "appointment_cancellation",
    "fine": "penalty",
    "corrective_action_plan": "corrective_action",
    "settlement": "agreement",
    "ended": "strike",
    "held": "bargaining_session",
    "regulator action": "regulator_action",
}


def score_seeds(reader: Reader) -> dict[str, Tally] | None:
    """Score core events, stance, dates and traps of the seeds; None where the seeds are not at hand."""
    if not SEEDS_GOLD.exists():
        return None
    tallies: dict[str, Tally] = defaultdict(Tally)
    for document in yaml.safe_load(SEEDS_GOLD.read_text(encoding="utf-8"))["docs"]:
        article = _seed(document)
        events = reader.extract(article)
        for event in document["events"]:
            if event["tier"] == "core":
                _score_core(article, event, events, tallies)
        for trap in document["traps"]:
            _score_trap(article, trap, events, tallies["traps"])
    return dict(tallies)


def _seed(document: Yaml) -> Article:
    name = document["file"]
    role = {"union": "union", "media": "media"}.get(document["publisher"]["role"], "media")
    return make_article(
        name,
        (SEEDS / name).read_text(encoding="utf-8"),
        published=date.fromisoformat(SEED_DAYS[name[:3]]),
        publisher=document["publisher"]["name"],
        role=role,
        region="US-CA",
    )


def _score_core(article: Article, gold: Yaml, events: Iterable[Event], tallies: dict[str, Tally]) -> None:
    types = SEED_TYPES.get(gold["type"], (gold["type"],))
    found = [each for each in events if each.type in types and _is_about(each, article, gold["fragment"])]
    tally = tallies["core events"]
    if not found:
        tally.missed += 1
        tally.notes.append(f"{gold['id']} MISS   {gold['type']}: {gold['fragment']}")
        return
    tally.right += 1
    good = any(each.stance in SEED_STANCES[gold["factuality"]] for each in found)
    tallies["stance"].right += good
    tallies["stance"].missed += not good
    if not good:
        tallies["stance"].notes.append(f"{gold['id']} stance wanted {gold['factuality']}: {_shown(found[0])}")
    mentions = [gold["fragment"], *(also["fragment"] for also in gold.get("also") or ())]
    same = [each for each in events if each.type in types]
    told = [each for each in same if any(_is_about(each, article, words) for words in mentions)]
    _score_seed_date(article, gold, told, tallies["dates"])


def _score_seed_date(article: Article, gold: Yaml, found: list[Event], tally: Tally) -> None:
    value = str(gold["date"]["value"] or "")
    if not value or not gold["date"].get("expr"):
        return
    first, _, last = value.partition("/")
    good = any(_covers(event.happened, first, last or first, article) for event in found)
    tally.right += good
    tally.missed += not good
    if not good:
        tally.notes.append(f"{gold['id']} date wanted {value} ({gold['date']['expr']}): {found[0].happened}")


def _covers(when: When | None, first: str, last: str, article: Article) -> bool:
    if when is None:
        day = article.published.first.isoformat() if article.published else ""
        return first[:10] <= day <= last + "~"
    return when.first.isoformat()[: len(first)] <= last + "~" and when.last.isoformat() >= first


def _score_trap(article: Article, trap: Yaml, events: Iterable[Event], tally: Tally) -> None:
    wanted = next((kind for words, kind in TRAP_TYPES.items() if words in str(trap["must_not"])), None)
    tally.nears += 1
    low, high = trap["span"]
    for event in events:
        if event.type == wanted and event.start < high and low < event.end and not _is_harmless(event, trap):
            tally.near += 1
            tally.notes.append(f"{article.key} TRAP   {trap['fragment']} ({trap['must_not']}) <- {_shown(event)}")


def _is_harmless(event: Event, trap: Yaml) -> bool:
    """Say whether the event says no more than the trap allows: not real, or another stage of the same thing."""
    if event.stance in UNREAL or event.background:
        return True
    words = str(trap["must_not"])
    return any(word in words and _label(event, "status") != word for word in ("held", "ended"))


# ---- printing --------------------------------------------------------------------------------------------------------


def print_table(title: str, tallies: Mapping[str, Tally], *, show: bool, only: str | None = None) -> None:
    """Print one line per kind, their sum, and with `show` every note."""
    print(f"\n{title}")
    print(f"  {'':44} {'recall':>14} {'precision':>14} {'near misses':>14}")
    total = Tally()
    for name, tally in sorted(tallies.items()):
        if only is None or only == name:
            total.add(tally)
            print(_row(name, tally))
            for note in tally.notes if show else ():
                print(f"        {note}")
    print(_row("all", total))


def _row(name: str, tally: Tally) -> str:
    recall = f"{tally.recall:.3f} {tally.right}/{tally.right + tally.missed}"
    precision = f"{tally.precision:.3f} {tally.right}/{tally.right + tally.wrong}"
    return f"  {name:44} {recall:>14} {precision:>14} {f'{tally.near} of {tally.nears}':>14}"


def _print_cases(reader: Reader, arguments: argparse.Namespace) -> None:
    cases = list(read_cases(arguments.folder))
    by_article, by_event = score_alerts(cases, reader)
    print_table("cases, rule and article", by_article, show=False, only=arguments.rule)
    print_table("cases, rule and event", by_event, show=arguments.show, only=arguments.rule)


def _print_quarters(reader: Reader, arguments: argparse.Namespace) -> None:
    cases = list(read_cases(arguments.folder))
    for quarter in range(QUARTERS):
        by_article, _ = score_alerts(cases[quarter::QUARTERS], reader)
        print_table(f"quarter {quarter + 1}", by_article, show=False, only=arguments.rule)


def _print_events(reader: Reader, arguments: argparse.Namespace) -> None:
    print_table(
        "cases, events", score_events(read_cases(arguments.folder), reader), show=arguments.show, only=arguments.rule
    )


def _print_corpus(reader: Reader, arguments: argparse.Namespace) -> None:
    alerts, never = score_corpus(reader)
    print_table("corpus", {"alerts": alerts, "must_not": never}, show=arguments.show)


def _print_seeds(reader: Reader, arguments: argparse.Namespace) -> None:
    tallies = score_seeds(reader)
    if tallies is None:
        print(f"\nseeds: not at hand ({SEEDS_GOLD.name} is not beside the project)")
    else:
        print_table("seeds", tallies, show=arguments.show)


def _print_oblique(reader: Reader, arguments: argparse.Namespace) -> None:
    cases = list(read_cases(OBLIQUE))
    for name, kept in (("odd numbers", 1), ("even numbers, kept apart", 0)):
        chosen = [case for case in cases if int(case.id) % 2 == kept]
        by_article, _ = score_alerts(chosen, reader)
        print_table(f"oblique wording, rule and article, {name}", by_article, show=arguments.show, only=arguments.rule)


PARTS = {
    "cases": _print_cases,
    "events": _print_events,
    "corpus": _print_corpus,
    "seeds": _print_seeds,
    "quarters": _print_quarters,
    "oblique": _print_oblique,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="score extraction on the labelled articles")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to score; all when none is given")
    parser.add_argument("--show", action="store_true", help="print each miss and false positive with its sentence")
    parser.add_argument("--rule", help="one rule, or one line of the events table")
    parser.add_argument("--folder", type=Path, default=CASES, help="articles and labels to score in place of the cases")
    arguments = parser.parse_args()
    reader = Reader()
    for part in arguments.parts or PARTS:
        PARTS[part](reader, arguments)


if __name__ == "__main__":
    main()
