"""What becomes of an alert when articles are corrected, when things happen after all, and when they get worse.

Each row is a short history of articles, and the life of the alert that rests on it. The rows are lived twice: by one
replay of events in memory, and article by article through a database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256

from bot.core.model import Alert, Article, Assessed, Event
from bot.core.rules.rulebook import Rulebook
from tests.event_factories import day, event, noon, quantity
from tests.unit.rules.books import ABSENCE, CHANGE, COUNT, DEADLINE, DISAGREE, MATCH, PLAN, rulebook

RULE = "a-rule"
MARCH = {"next_date": day("2025-03-10")}
WAIT_RAISED = MATCH
DUE_RAISED = PLAN.replace("alert: {", "alert: {raise_to: {critical: {status: not_produced}}, ")
CLASH_RAISED = DISAGREE.replace("alert: {", "alert: {raise_to: {critical: {count: '>= 1000'}}, ")
STEP_RAISED = CHANGE.replace("alert: {", "alert: {raise_to: {critical: {hours: '< 3 hours'}}, ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An article as it stood from a day on: a second one of the same name is a new version of the first."""

    on: str  # the day, learned at its noon
    article: str
    events: tuple[Event, ...] = ()  # none: it no longer says anything that matters

    @property
    def key(self) -> str:
        """The article's identity."""
        return f"https://example.org/{self.article}"

    @property
    def text(self) -> str:
        """Words of its own for each version."""
        return f"{self.article} as of {self.on}: {' '.join(each.quote for each in self.events)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """One history under one rule."""

    name: str
    rule: str  # what follows the head of the rule's file
    told: tuple[Told, ...]  # in order of their days
    until: str
    steps: tuple[str, ...]  # "opened 2025-01-10", in order
    words: tuple[str, ...] = ()  # that the reason of the last step shows

    def book(self) -> Rulebook:
        """Return the rulebook with the rule."""
        return rulebook(a_rule=self.rule)


def tell(on: str, article: str, *events: Event) -> Told:
    """Tell the events in an article."""
    made = Told(on=on, article=article, events=events)
    return replace(made, events=tuple(_stand(each, made) for each in events))


def _stand(told: Event, where: Told) -> Event:
    id_ = sha256(f"{where.text}|{told.type}|{told.quote}".encode()).hexdigest()[:16]
    return replace(
        told,
        id=id_,
        article=where.key,
        origin=where.key,
        learned=noon(where.on),
        published=day(where.on),
        publisher=where.article.title(),
        text_sha=sha256(where.text.encode()).hexdigest(),
    )


def wait(days: float, **rest: str) -> Event:
    """Tell of a wait."""
    return event("wait", wait=quantity(days), quote=f"{days:g} days", **rest)  # type: ignore[arg-type]  # only names


def cancelled(count: float, happened: str | None = None) -> Event:
    """Tell of cancelled visits."""
    number = quantity(count, unit="count")
    return event("cancellation", count=number, quote=f"{count:g} cancelled", happened=happened)


def term(hours: float, **rest: str) -> Event:
    """Tell of an offer of hours."""
    length = quantity(hours, unit="hour")
    return event("term", hours=length, quote=f"{hours:g} hours", publisher_role="company", **rest)  # type: ignore[arg-type]  # only names


STRIKE = tell("2024-10-21", "walkout", event("strike", status="started", happened="2024-10-21"))
SESSION = tell("2024-10-26", "table", event("session", status="held", happened="2024-10-25", quote="they met"))
BOOKED = tell("2025-03-01", "booking", event("mediation", status="scheduled", quote="on March 10", **MARCH))  # type: ignore[arg-type]  # a date
ORDERED = tell("2025-01-15", "order", event("plan", status="ordered", happened="2025-01-15", quote="must file"))

LIVES = (
    Life(
        name="a new version with another figure",
        rule=MATCH,
        told=(tell("2025-01-15", "news", wait(30)), tell("2025-01-17", "news", wait(45))),
        until="2025-02-01",
        steps=("opened 2025-01-15", "updated 2025-01-17"),
        words=("News no longer says “30 days”", "“45 days”"),
    ),
    Life(
        name="a new version that takes the figure back",
        rule=MATCH,
        told=(tell("2025-01-15", "news", wait(30)), tell("2025-01-17", "news")),
        until="2025-02-01",
        steps=("opened 2025-01-15", "withdrawn 2025-01-17"),
        words=("News no longer says “30 days”",),
    ),
    Life(
        name="a figure that one of two papers takes back",
        rule=MATCH,
        told=(
            tell("2025-01-15", "news", wait(30)),
            tell("2025-01-16", "times", wait(35)),
            tell("2025-01-17", "news"),
        ),
        until="2025-02-01",
        steps=("opened 2025-01-15", "updated 2025-01-16", "updated 2025-01-16"),
        words=("News no longer says “30 days”", "what is left: “35 days” (Times)"),
    ),
    Life(
        name="a worse figure in another paper",
        rule=WAIT_RAISED,
        told=(tell("2025-01-15", "news", wait(30)), tell("2025-01-17", "times", wait(90))),
        until="2025-02-01",
        steps=("opened 2025-01-15", "raised 2025-01-17"),
        words=("“90 days” (Times)",),
    ),
    Life(
        name="a worse figure in a new version",
        rule=WAIT_RAISED,
        told=(tell("2025-01-15", "news", wait(30)), tell("2025-01-17", "news", wait(90))),
        until="2025-02-01",
        steps=("opened 2025-01-15", "raised 2025-01-17"),
        words=("News no longer says “30 days”", "“90 days”"),
    ),
    Life(
        name="one of three that are counted is taken back",
        rule=COUNT,
        told=(
            *(tell(f"2025-01-0{on}", f"paper{on}", cancelled(on, f"2025-01-0{on}")) for on in (2, 4, 6)),
            tell("2025-01-09", "paper4"),
        ),
        until="2025-01-10",
        steps=("opened 2025-01-06", "withdrawn 2025-01-09"),
        words=("Paper4 no longer says “4 cancelled”",),
    ),
    Life(
        name="a session that ends the silence",
        rule=ABSENCE,
        told=(STRIKE, SESSION, tell("2024-11-12", "talks", event("session", status="held", happened="2024-11-12"))),
        until="2024-11-20",
        steps=("opened 2024-11-08", "cleared 2024-11-12"),
        words=("ended by",),
    ),
    Life(
        name="a strike that ends under a silent table",
        rule=ABSENCE,
        told=(
            STRIKE,
            SESSION,
            tell("2024-11-12", "end", event("strike", status="ended", happened="2024-11-12", quote="it is over")),
        ),
        until="2024-12-20",
        steps=("opened 2024-11-08", "cleared 2024-11-12"),
        words=("ended by “it is over”",),
    ),
    Life(
        name="a session that ended the silence and was none",
        rule=ABSENCE,
        told=(
            STRIKE,
            SESSION,
            tell("2024-11-12", "talks", event("session", status="held", happened="2024-11-12", quote="met again")),
            tell("2024-11-14", "talks"),
        ),
        until="2024-11-20",
        steps=("opened 2024-11-08", "cleared 2024-11-12", "opened 2024-11-08"),
        words=("since 2024-10-25",),
    ),
    Life(
        name="a strike that was none",
        rule=ABSENCE,
        told=(STRIKE, SESSION, tell("2024-11-12", "walkout")),
        until="2024-11-20",
        steps=("opened 2024-11-08", "withdrawn 2024-11-12"),
        words=("Walkout no longer says",),
    ),
    Life(
        name="a day that is met",
        rule=DEADLINE,
        told=(
            BOOKED,
            tell("2025-03-10", "opening", event("mediation", status="began", happened="2025-03-10", quote="began")),
        ),
        until="2025-03-20",
        steps=("reminded 2025-03-03", "reminded 2025-03-07", "reminded 2025-03-09", "cleared 2025-03-10"),
        words=("met: “began”",),
    ),
    Life(
        name="a day that is met late",
        rule=DEADLINE,
        told=(
            BOOKED,
            tell("2025-03-14", "opening", event("mediation", status="began", happened="2025-03-14", quote="began")),
        ),
        until="2025-03-20",
        steps=(
            "reminded 2025-03-03",
            "reminded 2025-03-07",
            "reminded 2025-03-09",
            "opened 2025-03-11",
            "cleared 2025-03-14",
        ),
        words=("met: “began”",),
    ),
    Life(
        name="a beginning that is taken back",
        rule=DEADLINE,
        told=(
            BOOKED,
            tell("2025-03-10", "opening", event("mediation", status="began", happened="2025-03-10", quote="began")),
            tell("2025-03-13", "opening"),
        ),
        until="2025-03-14",
        steps=(
            "reminded 2025-03-03",
            "reminded 2025-03-07",
            "reminded 2025-03-09",
            "cleared 2025-03-10",
            "opened 2025-03-11",
        ),
        words=("due 2025-03-10, nothing told",),
    ),
    Life(
        name="a day that is moved before it comes",
        rule=DEADLINE,
        told=(
            BOOKED,
            tell(
                "2025-03-09",
                "delay",
                event("session", status="postponed", quote="on March 17", next_date=day("2025-03-17")),
            ),
        ),
        until="2025-03-19",
        steps=(
            "reminded 2025-03-03",
            "reminded 2025-03-07",
            "reminded 2025-03-09",
            "updated 2025-03-09",
            "reminded 2025-03-10",
            "reminded 2025-03-14",
            "reminded 2025-03-16",
            "opened 2025-03-18",
        ),
        words=("due 2025-03-17, nothing told",),
    ),
    Life(
        name="an overdue day of which it is told too late that it was moved",
        rule=DEADLINE,
        told=(
            tell("2025-03-09", "booking", event("mediation", status="scheduled", quote="on March 10", **MARCH)),  # type: ignore[arg-type]  # a date
            tell(
                "2025-03-13",
                "delay",
                event("session", status="postponed", quote="on March 15", next_date=day("2025-03-15")),
            ),
        ),
        until="2025-03-17",
        steps=(
            "reminded 2025-03-09",
            "opened 2025-03-11",
            "cleared 2025-03-13",
            "reminded 2025-03-14",
            "opened 2025-03-16",
        ),
        words=("due 2025-03-15, nothing told",),
    ),
    Life(
        name="a day that never was one",
        rule=DEADLINE,
        told=(BOOKED, tell("2025-03-05", "booking")),
        until="2025-03-19",
        steps=("reminded 2025-03-03", "withdrawn 2025-03-05"),
        words=("Booking no longer says “on March 10”",),
    ),
    Life(
        name="an overdue plan of which a person says that there is none",
        rule=DUE_RAISED,
        told=(
            ORDERED,
            tell("2025-05-01", "blame", event("plan", status="not_produced", quote="nothing came")),
        ),
        until="2025-05-02",
        steps=("opened 2025-04-16", "raised 2025-05-01"),
        words=("due 2025-04-15",),
    ),
    Life(
        name="accounts that agree after a correction",
        rule=DISAGREE,
        told=(
            tell("2025-01-10", "news", cancelled(100)),
            tell("2025-01-12", "times", cancelled(900)),
            tell("2025-01-14", "times", cancelled(100)),
        ),
        until="2025-02-01",
        steps=("opened 2025-01-12", "withdrawn 2025-01-14"),
        words=("Times no longer says “900 cancelled”",),
    ),
    Life(
        name="accounts that still disagree after a correction",
        rule=DISAGREE,
        told=(
            tell("2025-01-10", "news", cancelled(100)),
            tell("2025-01-12", "times", cancelled(900)),
            tell("2025-01-14", "times", cancelled(800)),
        ),
        until="2025-02-01",
        steps=("opened 2025-01-12", "updated 2025-01-14"),
        words=("Times no longer says “900 cancelled”", "“800 cancelled”"),
    ),
    Life(
        name="accounts that disagree by more",
        rule=CLASH_RAISED,
        told=(
            tell("2025-01-10", "news", cancelled(100)),
            tell("2025-01-12", "times", cancelled(900)),
            tell("2025-01-14", "post", cancelled(4000)),
        ),
        until="2025-02-01",
        steps=("opened 2025-01-12", "raised 2025-01-14"),
        words=("“4000 cancelled” (Post, 2025-01-14)",),
    ),
    Life(
        name="a new value that is taken back",
        rule=CHANGE,
        told=(
            tell("2025-01-10", "news", term(4)),
            tell("2025-01-12", "times", term(5)),
            tell("2025-01-14", "times"),
        ),
        until="2025-02-01",
        steps=("opened 2025-01-12", "withdrawn 2025-01-14"),
        words=("Times no longer says “5 hours”",),
    ),
    Life(
        name="a new value that another paper tells worse",
        rule=STEP_RAISED,
        told=(
            tell("2025-01-10", "news", term(4)),
            tell("2025-01-12", "times", term(2)),
        ),
        until="2025-02-01",
        steps=("opened 2025-01-12",),
        words=("“4 hours” (News, 2025-01-10), then “2 hours” (Times, 2025-01-12)",),
    ),
)


def events_of(life: Life) -> list[Event]:
    """Return every event, taken back where a later version of its article came."""
    versions = {key: sorted(each.on for each in life.told if each.key == key) for key in {t.key for t in life.told}}
    found = []
    for told in life.told:
        later = [on for on in versions[told.key] if on > told.on]
        found += [replace(each, retracted=noon(later[0]) if later else None) for each in told.events]
    return found


def assessed_of(told: Told) -> Assessed:
    """Return one version as it comes from reading."""
    article = Article(
        key=told.key,
        text=told.text,
        title=told.article,
        source="folder:test",
        learned=noon(told.on),
        published=day(told.on),
        publisher=told.article.title(),
        url=told.key,
        text_sha=sha256(told.text.encode()).hexdigest(),
    )
    return Assessed(article=article, events=told.events)


def steps_of(alert: Alert) -> tuple[str, ...]:
    """Return what became of an alert, as `Life.steps` has it."""
    return tuple(f"{change.kind.value} {change.on}" for change in alert.changes)


def longest(alerts: Sequence[Alert]) -> Alert:
    """Return the alert with the longest life: a corrected day leaves one behind and arms another."""
    return max(alerts, key=lambda alert: (len(alert.changes), alert.fingerprint))


def end_of(life: Life) -> datetime:
    """Return the last instant that is judged."""
    last = date.fromisoformat(life.until)
    return datetime(last.year, last.month, last.day, 20, tzinfo=UTC)
