"""The rules on disk against those that run: which alerts of the past would come and which would go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.model import Event, Outline
from bot.core.rules.language import Rule
from bot.core.rules.replay import outlines
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import NOT_KNOWN, Coverage

READ_COST = 5  # reading an event costs about as much as judging it by so many rules


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


def shares(rules: Sequence[Rule], events_by_type: Mapping[str, int], number: int) -> list[tuple[Rule, ...]]:
    """Divide rules into shares of about the same work, at most so many and at least one.

    Rules judge apart from each other. Those that read the same event types come together, so that few events have to be
    read twice.
    """

    def events(types: Iterable[str]) -> int:
        return sum(events_by_type.get(name, 0) for name in types)

    ordered = sorted(rules, key=lambda rule: (sorted(rule.event_types), rule.id))
    everything = frozenset[str]().union(*(rule.event_types for rule in rules))
    fair = (events(everything) * READ_COST + sum(events(rule.event_types) for rule in rules)) / number
    found: list[list[Rule]] = [[]]
    read, work = set[str](), 0
    for rule in ordered:
        if work >= fair and len(found) < number:
            found.append([])
            read, work = set(), 0
        work += events(rule.event_types) + events(rule.event_types - read) * READ_COST
        read |= rule.event_types
        found[-1].append(rule)
    return [tuple(share) for share in found]


def joined(parts: Sequence[Preview]) -> Preview:
    """Put previews of different rules together."""
    return Preview(
        gained=_in_order(alert for part in parts for alert in part.gained),
        lost=_in_order(alert for part in parts for alert in part.lost),
        kept=sum(part.kept for part in parts),
    )


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
        coverage: when the sources were read, and organisations spoken of.
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
