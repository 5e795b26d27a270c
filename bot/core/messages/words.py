"""How a message puts severity, state and dates into words."""

import re
from datetime import date

from bot.core.messages.kit import clean
from bot.core.model import Citation, Clause, Precision, Severity, When

MARKS = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
    Severity.INFO: "⚪",
}
_OPERATOR = re.compile(r", ([<>]=?) ")
_EXACT = frozenset({Precision.DAY, Precision.INSTANT})


def severity_words(severity: Severity) -> str:
    """Return mark and word: never the colour alone."""
    return f"{MARKS[severity]} {severity.value.capitalize()}"


def date_words(when: When | None) -> str:
    """Write a date as finely as it is known: "12 Oct 2026", "Oct 2026", "between 12 Oct and 19 Oct 2026"."""
    if when is None:
        return "undated"
    first, last = when.first, when.last
    by_precision = {
        Precision.WEEK: f"week of {day_words(first)}",
        Precision.MONTH: f"{first:%b %Y}",
        Precision.QUARTER: f"Q{(first.month + 2) // 3} {first.year}",
        Precision.YEAR: str(first.year),
    }
    if when.precision in _EXACT and first == last:
        return day_words(first)
    return by_precision.get(when.precision, f"between {day_words(first)} and {day_words(last)}")


def day_words(day: date) -> str:
    """Write a day: "12 Oct 2026"."""
    return f"{day.day} {day:%b %Y}"


def is_exact(when: When | None) -> bool:
    """Say whether the day is known."""
    return when is not None and when.precision in _EXACT


def source_words(citation: Citation) -> str:
    """Name the source and its date: "Harbor Times, 12 Oct 2026"."""
    name = citation.publisher or citation.title or "unnamed source"
    return f"{name}, {date_words(citation.published)}"


def counted(number: int, noun: str) -> str:
    """Return "1 alert", "1,204 alerts"."""
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def clause_words(clause: Clause) -> str:
    """Say what met a clause, for one line of reasons: "status ended", "14 business days > 10 business days"."""
    text = clean(clause.text)
    _, asked, label = text.rpartition(", is ")
    if asked:
        return f"{clause.slot.replace('_', ' ')} {label}"
    told, _, again = text.rpartition(": ")
    whole = told if again and again in told else text  # what is compared and what was found may be the same words
    return _OPERATOR.sub(r" \1 ", whole)
