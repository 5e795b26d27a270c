"""What a person reads in the terminal: tables, counts and one alert drawn as it stands in Slack."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.core.messages.quotes import passage
from bot.core.model import Alert, Citation, Severity

PIPED_COLUMNS = 160  # characters; a table that goes to a file or a pager need not fit a window
MAX_QUOTE_CHARS = 100  # of a sentence in a table: two or three lines of its column

MARK_BY_SEVERITY = {
    Severity.INFO: "· info",
    Severity.LOW: "○ low",
    Severity.MEDIUM: "◐ medium",
    Severity.HIGH: "● high",
    Severity.CRITICAL: "▲ critical",
}


def console(*, stderr: bool = False) -> Console:
    """Return a console that folds to the window, and to a fixed width when its output is piped."""
    out = Console(stderr=stderr, highlight=False, emoji=False)
    return out if out.is_terminal else Console(stderr=stderr, highlight=False, emoji=False, width=PIPED_COLUMNS)


def alerts_table(
    alerts: Sequence[Alert], name_by_id: Mapping[str, str], *, heading: str = "", notes: Mapping[str, str] | None = None
) -> Table:
    """Return the alerts in order of date.

    Args:
        alerts: alerts, or reviews.
        name_by_id: what the bodies that are known by name are called.
        heading: of a last column, which is left out where there is no note.
        notes: what stands there, by alert.
    """
    table = Table(title=None, show_lines=False, pad_edge=False, expand=False)
    for name, options in (
        ("Date", {"no_wrap": True}),
        ("Severity", {"no_wrap": True}),
        ("Rule", {"overflow": "fold"}),
        ("Who", {"overflow": "fold"}),
        ("In whose words", {"overflow": "fold", "ratio": 1}),
        ("Published by", {"overflow": "fold"}),
    ):
        table.add_column(name, **options)
    if notes:
        table.add_column(heading, overflow="fold")
    for alert in sorted(alerts, key=lambda alert: (alert.opened_on, alert.rule, alert.fingerprint)):
        noted = [Text(notes.get(alert.id, ""))] if notes else []
        table.add_row(*_row(alert, name_by_id), *noted)
    return table


def _row(alert: Alert, name_by_id: Mapping[str, str]) -> tuple[Text, ...]:
    first = alert.citations[0] if alert.citations else None
    return (
        Text(alert.opened_on.isoformat()),
        Text(MARK_BY_SEVERITY[alert.severity]),
        Text(alert.rule),
        Text(who(alert, name_by_id)),
        _quoted(first) if first else Text("(nothing was told)"),
        Text(first.publisher if first else ""),
    )


def _quoted(citation: Citation) -> Text:
    part = passage(citation, MAX_QUOTE_CHARS)
    return Text.assemble("“", part.before, (part.deciding, "bold"), part.after, "”")


def who(alert: Alert, name_by_id: Mapping[str, str]) -> str:
    """Return whom the alert is about: the first of the values that make it unique."""
    parts = [part.strip() for part in alert.fingerprint.split("|") if part.strip() != "review"]
    about = parts[1] if len(parts) > 1 else ""
    return name_by_id.get(about, about.replace("-", " ").title())


def published_by(citation: Citation) -> str:
    """Return the publisher and the day, as far as it is known."""
    day = citation.published.first.isoformat() if citation.published else "undated"
    return f"{citation.publisher or 'unnamed publisher'}, {day}"


def review_counts(count_by_rule: Mapping[str, int]) -> Table:
    """Return how many reviews each rule left for a person."""
    table = Table(title=None, pad_edge=False)
    table.add_column("To be read by a person")
    table.add_column("Reviews", justify="right")
    for rule, count in sorted(count_by_rule.items()):
        table.add_row(Text(rule), str(count))
    return table
