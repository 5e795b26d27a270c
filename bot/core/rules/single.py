"""One article judged on its own, as of its publication: what `bot try` shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.model import Article, Clause, Event, Masthead, Outcome, Severity
from bot.core.rules.judge import bench
from bot.core.rules.language import Match
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.say import render
from bot.core.rules.setting import Setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A rule that an event of the article sets off, or may set off."""

    rule: str
    outcome: Outcome  # alert or review
    severity: Severity
    event: Event
    says: str
    why: tuple[Clause, ...]


def judge_article(article: Article, events: Sequence[Event], rulebook: Rulebook) -> tuple[Verdict, ...]:
    """Return every verdict on an article's events, in the order of the words and then of the rules."""
    setting = rulebook.setting()
    verdicts = [*_by_event(events, rulebook, setting), *_by_all(article, events, rulebook)]
    return tuple(sorted(verdicts, key=lambda verdict: (verdict.event.start, verdict.rule, verdict.event.id)))


def masthead_of(article: Article) -> Masthead:
    """Return what a citation says of an article."""
    return Masthead(
        key=article.key,
        title=article.title,
        publisher=article.publisher,
        published=article.published,
        url=article.url,
        path=article.path,
    )


def _by_event(events: Sequence[Event], rulebook: Rulebook, setting: Setting) -> Iterator[Verdict]:
    """Give what each event alone sets off."""
    for rule in rulebook.rules:
        if not isinstance(rule.kind, Match):
            continue
        seat = bench(rule, setting.names)
        for event in events:
            if event.type not in rule.event_types or seat.outcome(event) is Outcome.NO_ALERT:
                continue
            judgement = seat.judge(event)
            yield Verdict(
                rule=rule.id,
                outcome=judgement.outcome,
                severity=seat.severity(event),
                event=event,
                says=render(rule.alert.say, event),
                why=judgement.clauses,
            )


def _by_all(article: Article, events: Sequence[Event], rulebook: Rulebook) -> Iterator[Verdict]:
    """Give what only several events together set off: counts, contradictions, changes, things due."""
    rules = [rule.id for rule in rulebook.rules if not isinstance(rule.kind, Match)]
    by_id = {event.id: event for event in events}
    heads = {article.key: masthead_of(article)}
    for alert in replay(rulebook, events, article.learned, mastheads=heads, rules=rules):
        shown = next((by_id[cited.event] for cited in alert.citations if cited.event in by_id), None)
        if shown is not None:
            yield Verdict(
                rule=alert.rule,
                outcome=alert.outcome,
                severity=alert.severity,
                event=shown,
                says=alert.says,
                why=alert.why,
            )
