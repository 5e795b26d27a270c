"""A rule read back as one English sentence, so that its author sees what was understood."""

from bot.core.rules.language import (
    Absence,
    Contradiction,
    Count,
    Deadline,
    Kind,
    Match,
    Rule,
    Selector,
    ValueChange,
)


def read_back(rule: Rule) -> str:
    """Return what the rule says."""
    outcome = (
        f"{rule.severity.value} alert" if rule.status == "active" else f"{rule.severity.value} draft, never posted"
    )
    sentence = f"{_kind(rule.kind)} → {outcome} in {rule.alert.channel}"
    if rule.alert.once_per:
        sentence += f", once per {_and(rule.alert.once_per)}"
    if rule.alert.again_after_days is not None:
        sentence += f", again after {rule.alert.again_after_days} days"
    raises = [f"{severity.value} where {condition.english}" for severity, condition in rule.alert.raise_to]
    if raises:
        sentence += f"; {' and '.join(raises)}"
    limits = [words for words in (_force(rule), f"in {rule.jurisdiction}" if rule.jurisdiction else "") if words]
    if limits:
        sentence += f" ({', '.join(limits)})"
    return sentence + "."


def _kind(kind: Kind) -> str:  # noqa: PLR0911  # one sentence for each kind
    match kind:
        case Match():
            return f"When an article tells of {_a(kind.of)}"
        case Count():
            return f"When {kind.at_least} or more of {_of(kind.of)} fall within {kind.within_days} days{_per(kind.per)}"
        case Absence():
            return _absence(kind)
        case Deadline():
            return _deadline(kind)
        case Contradiction() if kind.against is not None:
            return f"When one source tells of {_of(kind.of)} and another of {_of(kind.against)}{_per(kind.per)}"
        case Contradiction():
            against = f" and the days since {_of(kind.measured_from)}" if kind.measured_from else ""
            near = f", of days up to {_number(kind.apart_days, 'day')} apart" if kind.apart_days else ""
            return f"When accounts of {_of(kind.of)} disagree on {_and(kind.slots)}{against}{near}{_per(kind.per)}"
        case ValueChange():
            return f"When {kind.slot.replace('_', ' ')} of {_of(kind.of)} takes a new value{_per(kind.per)}"


def _absence(kind: Absence) -> str:
    words = f"When for {_number(kind.for_days, 'day')} there is no {_of(kind.of)}{_per(kind.per)}"
    if kind.started_by is not None:
        words += f", while {_of(kind.started_by)} is open"
    if kind.ended_by is not None:
        words += f" (until {_of(kind.ended_by)})"
    return words


def _deadline(kind: Deadline) -> str:
    day = "business day" if kind.due_business else "day"
    due = f"on the day in {kind.due_slot} of" if kind.due_slot else f"{_number(kind.due_days or 0, day)} after"
    late = f"within {_number(kind.grace_days, 'day')} of it" if kind.grace_days else "on it"
    words = f"When {_a(kind.met_by)} is due {due} {_a(kind.starts_with)} and is not told of {late}"
    if kind.broken_by is not None:
        words += f", or {_a(kind.broken_by)} follows within {_number(kind.broken_within_days, 'day')}"
    if kind.remind_days:
        days = tuple(str(days) for days in kind.remind_days)
        words += f", with reminders {_and(days)} {'day' if days == ('1',) else 'days'} before"
    return words + _per(kind.per)


def _number(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _of(selector: Selector) -> str:
    return selector.english


def _a(selector: Selector) -> str:
    words = selector.english
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def _per(names: tuple[str, ...]) -> str:
    return f", for each {_and(names)}" if names else ""


def _and(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""


def _force(rule: Rule) -> str:
    first, last = rule.in_force
    words = f"in force from {first}" if first else ""
    return f"{words} to {last}" if last else words
