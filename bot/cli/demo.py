"""`bot demo`, which `make run` calls: the corpus read, its alerts, one as it stands in Slack, what to do next."""

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.cli import delivery, past, screens, wiring
from bot.core.messages.alerts import root_message
from bot.core.messages.console import render_console
from bot.core.messages.standing import at
from bot.core.model import Alert, Citation, Outcome

CORPUS = Path("corpus")
MESSAGE_COLUMNS = 80  # characters; about what a message has beside the sidebar

NEXT = (
    "Your own Slack: copy .env.example to .env, set SLACK_BOT_TOKEN and name your channels in rules/channels.yaml.",
    "A rule: edit a file below rules/, check it with `.venv/bin/python -m bot rules lint`, and run this again.",
    "Your own articles: `.venv/bin/python -m bot backfill FOLDER`; to keep watching: `.venv/bin/python -m bot run`.",
)


def show() -> None:
    """Do the main job on the corpus and show what a person wants to see."""
    read = wiring.load_settings()
    progress, out = screens.console(stderr=True), screens.console()
    with wiring.open_house(read) as house:
        filled = past.fill(house, past.Asked(sources=(str(CORPUS),), post="all"), on_console=True, out=progress)
        delivered = delivery.drain(house, progress, on_console=True)
        stored = wiring.stored_alerts(house)
    alerts = [alert for alert in stored if alert.outcome is Outcome.ALERT]
    past.tell(filled, out)
    out.print()
    out.print(screens.alerts_table(alerts, house.rules.names))
    _show_last(alerts, out)
    if reviews := Counter(alert.rule for alert in stored if alert.outcome is Outcome.REVIEW):
        out.print()
        out.print(screens.review_counts(reviews))
    out.print()
    out.print(_delivered(delivered))
    for number, line in enumerate(NEXT, start=1):
        out.print(Text(f"{number}. {line}"), soft_wrap=True)


def _show_last(alerts: list[Alert], out: Console) -> None:
    dated = [alert for alert in alerts if all(_has_day(each) for each in alert.citations)]
    last = max(dated, key=lambda alert: (alert.severity.rank, alert.opened_on, alert.fingerprint), default=None)
    if last is None:
        return
    out.print()
    out.print(f"The last {last.severity} one, as it stands in Slack:")
    drawn = render_console(root_message(at(last, len(last.changes) - 1)), width=min(out.width, MESSAGE_COLUMNS))
    out.print(Text(drawn), soft_wrap=True)


def _has_day(citation: Citation) -> bool:
    """Tell whether it is known to the day when the words came out: an alert from an undated page opened today."""
    return citation.published is not None and citation.published.first == citation.published.last


def _delivered(count: int) -> str:
    if count == 0:
        return "No message was waiting to be delivered."
    return f"{count} messages delivered to the console channel, because the demo posts nothing to Slack."
