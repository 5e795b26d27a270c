"""Small alerts for tests of messages and delivery: each builder gives something complete."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core.model import (
    Alert,
    Change,
    ChangeKind,
    Citation,
    Clause,
    Outcome,
    Precision,
    Severity,
    When,
)

OPENED_ON = date(2026, 10, 12)
SENTENCE = "Patients at Lakeside now wait 14 business days for a follow-up visit, nurses say."


def day(on: date, precision: Precision = Precision.DAY, basis: str = "metadata") -> When:
    return When(first=on, last=on, precision=precision, basis=basis)


def citation(
    number: int = 1, *, sentence: str = SENTENCE, quote: str = "14 business days", url: str | None = None
) -> Citation:
    return Citation(
        article=f"https://harbor.example/{number}",
        event=f"{number:016x}",
        title=f"Waits grow, part {number}",
        publisher="Harbor Times" if number == 1 else f"Paper {number}",
        published=day(OPENED_ON + timedelta(days=number - 1)),
        url=url or f"https://harbor.example/{number}",
        path=None,
        quote=quote,
        sentence=sentence,
        start=sentence.find(quote),
        end=sentence.find(quote) + len(quote),
    )


def change(
    kind: ChangeKind = ChangeKind.OPENED,
    says: str = "Lakeside General: 14 business days wait, limit 10 business days",
    severity: Severity = Severity.HIGH,
    citations: tuple[Citation, ...] | None = None,
    *,
    reason: str = "the wait is over the limit",
    later_days: int = 0,
) -> Change:
    on = OPENED_ON + timedelta(days=later_days)
    return Change(
        kind=kind,
        on=on,
        at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC),
        reason=reason,
        says=says,
        severity=severity,
        citations=(citation(),) if citations is None else citations,
    )


def alert(*changes: Change, number: int = 1, channel: str = "alerts") -> Alert:
    told = changes or (change(),)
    return Alert(
        id=f"A-{number:010x}",
        rule="wait-exceeds-10-business-days",
        rule_version="0123456789ab",
        rule_title="Wait exceeds 10 business days",
        fingerprint=f"wait-exceeds-10-business-days|lakeside|{number}",
        outcome=Outcome.ALERT,
        severity=told[-1].severity,
        status="active",
        state="open",
        opened_on=told[0].on,
        says=told[-1].says,
        law="Cal. Health & Safety Code § 1367.03(a)(5)(F)",
        channel=channel,
        why=(Clause(slot="wait", text="14 business days > 10 business days", met=True),),
        citations=told[0].citations,
        changes=told,
    )


def another_source(number: int = 2) -> Change:
    return change(ChangeKind.UPDATED, citations=(citation(number),), reason="another source tells it", later_days=1)


def raised(says: str = "Lakeside General: 31 business days wait, limit 10 business days") -> Change:
    worse = citation(3, sentence="The wait has grown to 31 business days.", quote="31 business days")
    return change(ChangeKind.RAISED, says, Severity.CRITICAL, (worse,), reason="the wait grew", later_days=2)


def withdrawn() -> Change:
    return change(ChangeKind.WITHDRAWN, reason="the paper took the figure back", later_days=3, citations=())


def review(number: int = 9) -> Alert:
    return replace(alert(number=number), outcome=Outcome.REVIEW, missing=("the wait has no unit",))
