"""The rules on disk against those that run: which alerts of the past would come and which would go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.model import Alert, Event, Masthead
from bot.core.rules.replay import replay
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import NOT_KNOWN, Coverage


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a change of rules would do to the past."""

    gained: tuple[Alert, ...]
    lost: tuple[Alert, ...]
    kept: int
    rules: tuple[str, ...]  # that differ


def preview(
    live: Sequence[Alert],
    edited: Rulebook,
    events: Iterable[Event],
    until: datetime,
    *,
    mastheads: Mapping[str, Masthead],
    coverage: Coverage = NOT_KNOWN,
    since: date | None = None,
) -> Preview:
    """Compare the stored alerts with what the edited rules would have given.

    Only rules whose version differs from that of their stored alerts, and rules without any, are judged anew.

    Args:
        live: the alerts as they are stored.
        edited: the rules on disk.
        events: the stored history.
        until: the moment up to which it is judged.
        mastheads: of the articles, by key.
        coverage: when the sources were read.
        since: leave out alerts that opened before.
    """
    stored = {alert.rule: alert.rule_version for alert in live}
    changed = tuple(rule.id for rule in edited.rules if stored.get(rule.id) != rule.version)
    gone = tuple(sorted(set(stored) - {rule.id for rule in edited.rules}))
    anew = replay(edited, events, until, mastheads=mastheads, coverage=coverage, rules=changed) if changed else ()
    before = {_identity(alert): alert for alert in live if alert.rule in {*changed, *gone} and _counts(alert, since)}
    after = {_identity(alert): alert for alert in anew if _counts(alert, since)}
    return Preview(
        gained=tuple(alert for key, alert in after.items() if key not in before),
        lost=tuple(alert for key, alert in before.items() if key not in after),
        kept=len(before.keys() & after.keys()),
        rules=(*changed, *gone),
    )


def _identity(alert: Alert) -> tuple[str, str]:
    return alert.fingerprint, alert.outcome.value


def _counts(alert: Alert, since: date | None) -> bool:
    return alert.state != "withdrawn" and (since is None or alert.opened_on >= since)
