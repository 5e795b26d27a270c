"""One article judged on its own, as of its publication: what `bot try` shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import Article, Clause, Event, Outcome, Severity
from bot.core.rules.judge import bench
from bot.core.rules.language import Match, Rule
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.say import render


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A rule that was met, or may have been met, by one event of an article."""

    rule: str
    outcome: Outcome  # alert or review
    severity: Severity
    event: Event
    says: str
    why: tuple[Clause, ...]
    status: str  # "active" or "draft"

    def as_json(self, index_by_event: Mapping[str, int]) -> dict[str, object]:
        """Return the form that `bot try --json` prints.

        Args:
            index_by_event: Event.id → its number among the article's events.
        """
        return {
            "rule": self.rule,
            "outcome": self.outcome.value,
            "severity": self.severity.value,
            "event": index_by_event[self.event.id],
            "quote": self.event.quote,
            "sentence": self.event.sentence,
            "start": self.event.start,
            "end": self.event.end,
            "says": self.says,
            "why": [[line.slot, line.text, line.met] for line in self.why],
        }


def judge_article(article: Article, events: Sequence[Event], rulebook: Rulebook) -> tuple[Verdict, ...]:
    """Return every alert and review that an article sets off when nothing else is known, in order of the text.

    Args:
        article: as read.
        events: what was extracted from it.
        rulebook: the rules.
    """
    verdicts = [verdict for rule in rulebook.rules for verdict in _verdicts(rule, article, events, rulebook)]
    return tuple(sorted(verdicts, key=lambda verdict: (verdict.event.start, verdict.rule, verdict.event.id)))


def _verdicts(rule: Rule, article: Article, events: Sequence[Event], rulebook: Rulebook) -> list[Verdict]:
    if isinstance(rule.kind, Match):
        return _matched(rule, events, rulebook)
    by_id = {event.id: event for event in events}
    alerts = replay(rulebook, events, article.learned, mastheads={}, rules=(rule.id,))
    return [
        Verdict(
            rule=rule.id,
            outcome=alert.outcome,
            severity=alert.severity,
            event=by_id[alert.citations[0].event],
            says=alert.says,
            why=alert.why,
            status=rule.status,
        )
        for alert in alerts
        if alert.state == "open"
    ]


def _matched(rule: Rule, events: Sequence[Event], rulebook: Rulebook) -> list[Verdict]:
    seat = bench(rule, rulebook.setting().names)
    judged = [(event, seat.judge(event)) for event in events if event.type in rule.event_types]
    return [
        Verdict(
            rule=rule.id,
            outcome=judgement.outcome,
            severity=seat.severity(event),
            event=event,
            says=render(rule.alert.say, event),
            why=judgement.clauses,
            status=rule.status,
        )
        for event, judgement in judged
        if judgement.outcome is not Outcome.NO_ALERT
    ]
