"""`bot alerts`: what is stored, in order of date."""

import json
from collections.abc import Sequence
from datetime import date, datetime

from rich.console import Console

from bot.cli import screens, wiring
from bot.core.messages.buttons import snooze_words
from bot.core.messages.standing import has_changed
from bot.core.model import Outcome
from bot.history.queries import AlertFilter, Disposition, StoredAlert, as_listed, stream_alerts


def show(*, as_json: bool, reviews: bool, rule: str | None, since: date | None) -> None:
    """Print the stored alerts, or the reviews that wait for a person."""
    read = wiring.load_settings()
    chosen = AlertFilter(rule=rule, since=since, outcome=Outcome.REVIEW if reviews else None)
    with wiring.open_house(read, reads_articles=False) as house, house.engine.connect() as connection:
        found = stream_alerts(connection, chosen)
        if as_json:
            for each in found:
                print(json.dumps(as_listed(each), ensure_ascii=False))  # noqa: T201 - the command's output
            return
        stored = list(found)
    out = screens.console()
    if reviews:
        _show_reviews(stored, house, out)
    else:
        _show_alerts(stored, house, out)


def decided_words(stored: StoredAlert, now: datetime) -> str:
    """Say what people decided about an alert that holds at a moment, "" where nobody did."""
    last = {made.kind: made for made in stored.dispositions}
    told = ["acknowledged"] if "acknowledged" in last else []
    snoozed = last.get("snoozed")
    if snoozed is not None and _holds(snoozed, stored, now):
        told.append(f"snoozed {snooze_words(snoozed.until)}")
    judged = [made.kind for made in stored.dispositions if made.kind in {"false_alarm", "undone"}]
    return ", ".join([*told, *(["false alarm"] if judged[-1:] == ["false_alarm"] else [])])


def _holds(snoozed: Disposition, stored: StoredAlert, now: datetime) -> bool:
    if snoozed.until is not None:
        return now < snoozed.until
    return not has_changed([step.change for step in stored.log], snoozed.revision or 0)


def _show_alerts(stored: Sequence[StoredAlert], house: wiring.House, out: Console) -> None:
    alerts = [each for each in stored if each.alert.outcome is Outcome.ALERT]
    now = wiring.now()
    notes = {each.alert.id: words for each in alerts if (words := decided_words(each, now))}
    told = [each.alert for each in alerts]
    table = screens.alerts_table(told, house.rules.names, heading="Decided", notes=notes)
    out.print(table if alerts else "No alert is stored.")
    if (counts := screens.review_counts([each.alert for each in stored])) is not None:
        out.print(counts)


def _show_reviews(stored: Sequence[StoredAlert], house: wiring.House, out: Console) -> None:
    waiting = [each.alert for each in stored if each.alert.state == "open"]
    notes = {alert.id: "; ".join(alert.missing) for alert in waiting}
    table = screens.alerts_table(waiting, house.rules.names, heading="What is open", notes=notes)
    out.print(table if waiting else "No review waits for a person.")
