"""One of every message, with invented words: for Slack's own validator, for a look at them, and for tests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from bot.core.messages.alerts import change_message, root_message
from bot.core.messages.buttons import Verdict, with_buttons
from bot.core.messages.notices import (
    RuleCount,
    SourceTrouble,
    Week,
    blocked_message,
    digest_line,
    digest_message,
    rule_fault_message,
    rule_fixed_message,
    sample_message,
    source_back_message,
    source_trouble_message,
    unblocked_message,
    weekly_message,
)
from bot.core.messages.standing import at
from bot.core.model import (
    Alert,
    Change,
    ChangeKind,
    Citation,
    Clause,
    Message,
    Outcome,
    Precision,
    Severity,
    When,
)
from bot.errors import Fault

_MOMENT = datetime(2026, 10, 12, 16, 0, tzinfo=UTC)
_TROUBLE = SourceTrouble(
    source="feed:harbor-times",
    condition="blocked",
    reason="the site refuses the bot (403)",
    last_new=date(2026, 10, 8),
    expected_days=2,
)


def samples(*, buttons: bool) -> Iterator[tuple[str, Message]]:
    """Yield name and message of everything the bot sends; `buttons` where somebody listens for them."""
    alert = _alert()
    root = root_message(at(alert, 0))
    yield "alert", with_buttons(root, alert.id, Verdict(), _MOMENT) if buttons else root
    yield "another source", change_message(at(alert, 1))
    yield "alert with two sources", root_message(at(alert, 1))
    yield "raised", change_message(at(alert, 2))
    yield "withdrawn", change_message(at(alert, 3))
    yield "withdrawn alert", root_message(at(alert, 3))
    yield "digest", digest_message("sample", [digest_line(alert)] * 12, "These come from a backfill.", reviews=2)
    yield "weekly summary", weekly_message(_week(), None)
    yield from _notices()


def _notices() -> Iterator[tuple[str, Message]]:
    fault = Fault(path="rules/strike/sample.yaml", line=14, column=9, message="no slot 'wiat'; did you mean 'wait'?")
    yield "rule file error", rule_fault_message([fault], "the rules loaded on 12 Oct 2026 09:14 UTC")
    yield "rule file fixed", rule_fixed_message([fault.path], _MOMENT)
    yield "delivery blocked", blocked_message("#sample", "is_archived", "un-archive the channel", 3)
    yield "delivery open again", unblocked_message("#sample", "is_archived", 3)
    yield "source silent", source_trouble_message(_TROUBLE)
    yield "source back", source_back_message("Harbor Times", date(2026, 10, 12))
    yield "test", sample_message(_MOMENT)


def _alert() -> Alert:
    opened = _change(ChangeKind.OPENED, "Lakeside General: 14 business days wait, limit 10", Severity.HIGH, 1)
    other = replace(_change(ChangeKind.UPDATED, opened.says, Severity.HIGH, 2), reason="another source tells it")
    raised = _change(ChangeKind.RAISED, "Lakeside General: 31 business days wait, limit 10", Severity.CRITICAL, 3)
    withdrawn = replace(
        _change(ChangeKind.WITHDRAWN, raised.says, Severity.CRITICAL, 4), reason="the paper took it back", citations=()
    )
    return Alert(
        id="A-0000000000",
        rule="sample-rule",
        rule_version="000000000000",
        rule_title="Wait exceeds 10 business days",
        fingerprint="sample-rule|lakeside",
        outcome=Outcome.ALERT,
        severity=Severity.CRITICAL,
        status="active",
        state="withdrawn",
        opened_on=opened.on,
        says=raised.says,
        law="Cal. Health & Safety Code § 1367.03(a)(5)(F)",
        channel="alerts",
        why=(Clause(slot="wait", text="14 business days > 10 business days", met=True),),
        citations=opened.citations,
        changes=(opened, other, raised, withdrawn),
    )


def _change(kind: ChangeKind, says: str, severity: Severity, number: int) -> Change:
    on = date(2026, 10, 11 + number)
    sentence = "Patients at Lakeside now wait 14 business days for a visit, <nurses> & *doctors* say."
    cited = Citation(
        article=f"https://harbor.example/{number}",
        event=f"{number:016x}",
        title="Waits grow",
        publisher="Harbor Times",
        published=When(first=on, last=on, precision=Precision.DAY, basis="metadata"),
        url=f"https://harbor.example/{number}",
        path=None,
        quote="14 business days",
        sentence=sentence,
        start=sentence.find("14"),
        end=sentence.find("14") + len("14 business days"),
    )
    return Change(
        kind=kind,
        on=on,
        at=_MOMENT,
        reason="the wait is over the limit",
        says=says,
        severity=severity,
        citations=(cited,),
    )


def _week() -> Week:
    return Week(
        first=date(2026, 10, 5),
        last=date(2026, 10, 11),
        rules=(RuleCount(rule="sample-rule", title="Wait exceeds 10 business days", now=3, before=1),),
        reviews=2,
        sources_read=12,
        articles_read=340,
        silent=("Harbor Times since 8 Oct",),
        snoozed=("Lakeside General: 14 business days wait, limit 10 (until it changes)",),
    )
