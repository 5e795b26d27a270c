"""A rule's own tests, run from an article's words through extraction to the outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from bot.core.model import (
    COMMON_SLOTS,
    Article,
    Change,
    ChangeKind,
    Event,
    Label,
    Name,
    Outcome,
    Precision,
    Severity,
    SlotValue,
    Stance,
    When,
)
from bot.core.rules.language import Match, Rule, RuleTest
from bot.core.rules.news import end_of_day
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import ALWAYS_READ

PUBLISHED = date(2025, 1, 15)  # a Wednesday: when an article of a test came out that does not say so
NOON_HOUR = 12  # a publication known by its day counts as noon

Extract = Callable[[Article], tuple[Event, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """One test of a rule and what came of it."""

    rule: str
    test: RuleTest
    outcome: Outcome
    severity: Severity | None
    events: tuple[Event, ...]
    reminders: int = 0  # that were told

    @property
    def holds(self) -> bool:
        """Answer whether what came out is what was expected."""
        if self.test.reminders is not None and self.reminders != self.test.reminders:
            return False
        if self.test.severity is not None and self.severity is not self.test.severity:
            return False
        return self.outcome is self.test.expect


def prove(rule: Rule, rulebook: Rulebook, extract: Extract) -> tuple[Proof, ...]:
    """Run a rule's own tests."""
    return tuple(prove_one(rule, test, events_of(rule, test, rulebook, extract), rulebook) for test in rule.tests)


def prove_one(rule: Rule, test: RuleTest, events: tuple[Event, ...], rulebook: Rulebook) -> Proof:
    """Run one test on events that were already taken from its words."""
    alone = replace(rulebook, rules=(rule,))
    last = max((told.on for told in test.history), default=test.published or PUBLISHED)
    until = end_of_day(test.as_of or last, rulebook.zone)
    alerts = replay(alone, events, until, mastheads={}, coverage=ALWAYS_READ)
    standing = [alert for alert in alerts if alert.state == "open" and not _only_reminds(alert.changes)]
    outcomes = {alert.outcome for alert in standing}
    outcome = next((each for each in (Outcome.ALERT, Outcome.REVIEW) if each in outcomes), Outcome.NO_ALERT)
    severities = [alert.severity for alert in standing if alert.outcome is outcome]
    worst = max(severities, key=lambda severity: severity.rank, default=None)
    told = (change for alert in alerts for change in alert.changes if change.kind is ChangeKind.REMINDED)
    reminders = sum(change.on <= (test.as_of or last) for change in told)
    return Proof(rule=rule.id, test=test, outcome=outcome, severity=worst, events=events, reminders=reminders)


def events_of(rule: Rule, test: RuleTest, rulebook: Rulebook, extract: Extract) -> tuple[Event, ...]:
    """Return the events of a test: extracted from its words, or made from its values."""
    zone = rulebook.zone
    on = test.published or PUBLISHED
    if test.text:
        return extract(_article(test.text, on, zone, test.publisher_role, test.region))
    if test.history:
        found: list[Event] = []
        for told in test.history:
            if told.text:
                found.extend(extract(_article(told.text, told.on, zone, told.publisher_role, test.region)))
            else:
                found.append(_event(told.type, told.on, zone, told.values, told.publisher_role))
        return tuple(found)
    types = rule.kind.of.types if isinstance(rule.kind, Match) else rule.selectors[0].types
    return (_event(types[0], on, zone, test.values, test.publisher_role),)


def _only_reminds(changes: Sequence[Change]) -> bool:
    # Whatever else was told of a day that is still to come: it is no alert before that day has passed.
    kinds = [change.kind for change in changes]
    ended = max((place for place, kind in enumerate(kinds) if kind is ChangeKind.CLEARED), default=-1)
    return ChangeKind.OPENED not in kinds[ended + 1 :]


def _article(text: str, on: date, zone: ZoneInfo, role: str, region: str) -> Article:
    digest = sha256(f"{on}|{text}".encode()).hexdigest()
    return Article(
        key=f"text:{digest}",
        text=text,
        title="",
        source="test",
        learned=_noon(on, zone),
        published=_day(on),
        publisher="the test's article",
        publisher_role=role,
        region=region or None,
        text_sha=digest,
    )


def _event(kind: str, on: date, zone: ZoneInfo, values: Mapping[str, SlotValue], role: str) -> Event:
    common = {name: value for name, value in values.items() if name in COMMON_SLOTS}
    slots = {name: value for name, value in values.items() if name not in COMMON_SLOTS}
    stance = common.pop("stance", None)
    speaker = common.pop("publisher_role", None)
    quote = ", ".join(f"{name} {getattr(value, 'text', value)}" for name, value in values.items()) or kind
    digest = sha256(f"{on}|{kind}|{quote}|{role}".encode()).hexdigest()
    happened, published = common.get("happened"), common.get("published")
    names = {key: value for key, value in common.items() if isinstance(value, Name)}
    background = common.get("background", False)
    return Event(
        id=digest[:16],
        article=f"text:{digest}",
        type=kind,
        quote=quote,
        start=0,
        end=len(quote),
        sentence=quote,
        sentence_start=0,
        stance=Stance(stance.value) if isinstance(stance, Label) else Stance.REPORTED,
        learned=_noon(on, zone),
        published=published if isinstance(published, When) else _day(on),
        happened=happened if isinstance(happened, When) else None,
        organisation=names.get("organisation"),
        counterparty=names.get("counterparty"),
        agency=names.get("agency"),
        region=names.get("region"),
        background=background if isinstance(background, bool) else None,
        publisher="the test's event",
        publisher_role=speaker.value if isinstance(speaker, Label) else role,
        slots=slots,
    )


def _noon(on: date, zone: ZoneInfo) -> datetime:
    return datetime(on.year, on.month, on.day, NOON_HOUR, tzinfo=zone).astimezone(UTC)


def _day(on: date) -> When:
    return When(first=on, last=on, precision=Precision.DAY, basis="the test")
