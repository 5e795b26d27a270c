"""The rules on disk against those that run: which alerts of the past would come and which would go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.model import Event, Outline
from bot.core.rules.language import Match, Rule
from bot.core.rules.replay import outlines
from bot.core.rules.rulebook import Rulebook
from bot.core.rules.setting import NOT_KNOWN, Coverage

READ_COST = 5  # reading an event costs about as much as judging it by so many rules of a single event
OTHER_COST = 3  # and so does judging it by a rule of another kind, which looks at many events together


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
    read twice; the largest share is as small as it can be in that order.
    """
    ordered = sorted(rules, key=lambda rule: (sorted(rule.event_types), rule.id))
    work_of = {rule.id: _events(rule.event_types, events_by_type) * _cost(rule) for rule in ordered}
    enough = sum(work_of.values()) + READ_COST * sum(events_by_type.values())
    too_little = enough // max(number, 1) - 1
    while enough - too_little > 1:
        between = (enough + too_little) // 2
        if len(_filled(ordered, work_of, events_by_type, between)) <= number:
            enough = between
        else:
            too_little = between
    return [tuple(share) for share in _filled(ordered, work_of, events_by_type, enough)]


def _filled(
    rules: Sequence[Rule], work_of: Mapping[str, int], events_by_type: Mapping[str, int], most: int
) -> list[list[Rule]]:
    """Fill one share after the other, each with as much work as it may have, and one rule at the least."""
    found: list[list[Rule]] = [[]]
    read, work = frozenset[str](), 0
    for rule in rules:
        added = work_of[rule.id] + READ_COST * _events(rule.event_types - read, events_by_type)
        if found[-1] and work + added > most:
            found.append([])
            read, work = frozenset(), 0
            added = work_of[rule.id] + READ_COST * _events(rule.event_types, events_by_type)
        found[-1].append(rule)
        read, work = read | rule.event_types, work + added
    return found


def _events(types: Iterable[str], events_by_type: Mapping[str, int]) -> int:
    return sum(events_by_type.get(name, 0) for name in types)


def _cost(rule: Rule) -> int:
    return 1 if isinstance(rule.kind, Match) else OTHER_COST


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
