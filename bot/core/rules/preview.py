"""The rules on disk against those that run: which alerts of the past would come and which would go."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.model import Event, Outline
from bot.core.rules.replay import outlines
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import NOT_KNOWN, Coverage


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a change of rules would do to the past."""

    gained: tuple[Outline, ...]  # in order of the day they opened
    lost: tuple[Outline, ...]
    kept: int


def differing(edited: Rulebook, versions: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the rules whose alerts must be looked at: edited, without any alert, or no longer there.

    Args:
        edited: the rules on disk.
        versions: by rule, the versions that its stored alerts name.
    """
    changed = (rule.id for rule in edited.rules if set(versions.get(rule.id, ())) != {rule.version})
    gone = sorted(set(versions) - {rule.id for rule in edited.rules})
    return (*changed, *gone)


def preview(
    live: Iterable[Outline],
    edited: Rulebook,
    events: Iterable[Event],
    until: datetime,
    *,
    rules: Collection[str],
    coverage: Coverage = NOT_KNOWN,
    since: date | None = None,
) -> Preview:
    """Compare the stored alerts of some rules with what the edited rules would have given.

    Args:
        live: the stored alerts of these rules.
        edited: the rules on disk.
        events: the stored history, at least of the types that these rules read.
        until: the moment up to which it is judged.
        rules: what `differing` gave.
        coverage: when the sources were read.
        since: leave out alerts that opened before.
    """
    before = {_identity(alert): alert for alert in live if _counts(alert, since)}
    anew = outlines(edited, events, until, coverage=coverage, rules=rules) if rules else ()
    after = {_identity(alert): alert for alert in anew if _counts(alert, since)}
    return Preview(
        gained=_in_order(alert for key, alert in after.items() if key not in before),
        lost=_in_order(alert for key, alert in before.items() if key not in after),
        kept=len(before.keys() & after.keys()),
    )


def _identity(alert: Outline) -> tuple[str, str]:
    return alert.fingerprint, alert.outcome.value


def _counts(alert: Outline, since: date | None) -> bool:
    return alert.state != "withdrawn" and (since is None or alert.opened_on >= since)


def _in_order(alerts: Iterable[Outline]) -> tuple[Outline, ...]:
    return tuple(sorted(alerts, key=lambda alert: (alert.opened_on, alert.rule, alert.fingerprint)))
