"""`bot alerts`: what is stored, in order of date."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from rich.console import Console
from sqlalchemy import Connection

from bot.cli import screens, wiring
from bot.core.messages.buttons import snooze_words
from bot.core.messages.standing import has_changed
from bot.core.model import Outcome
from bot.history.queries import AlertFilter, Disposition, StoredAlert, as_listed, count_alerts, stream_alerts

SHOWN = 1_000  # alerts in a table, the newest; more are for a program, which reads JSON


def show(*, as_json: bool, reviews: bool, rule: str | None, since: date | None) -> None:
    """Print the stored alerts, or the reviews that wait for a person."""
    read, out = wiring.load_settings(), screens.console()
    chosen = AlertFilter(rule=rule, since=since)
    with wiring.open_history(read) as engine, engine.connect() as connection:
        if as_json:
            for each in stream_alerts(connection, replace(chosen, outcome=Outcome.REVIEW) if reviews else chosen):
                print(json.dumps(as_listed(each), ensure_ascii=False))  # noqa: T201 - the command's output
        elif reviews:
            _show_reviews(connection, chosen, wiring.load_names(read.rules_dir), out)
        else:
            _show_alerts(connection, chosen, wiring.load_names(read.rules_dir), out)


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


def _show_alerts(connection: Connection, chosen: AlertFilter, name_by_id: Mapping[str, str], out: Console) -> None:
    wanted, now = replace(chosen, outcome=Outcome.ALERT), wiring.now()
    stored = list(stream_alerts(connection, wanted, SHOWN))
    notes = {each.alert.id: words for each in stored if (words := decided_words(each, now))}
    told = [each.alert for each in stored]
    table = screens.alerts_table(told, name_by_id, heading="Decided", notes=notes)
    out.print(table if stored else "No alert is stored.")
    _tell_rest(connection, wanted, len(stored), out)
    if reviews := count_alerts(connection, replace(chosen, outcome=Outcome.REVIEW)):
        out.print(screens.review_counts(reviews))


def _show_reviews(connection: Connection, chosen: AlertFilter, name_by_id: Mapping[str, str], out: Console) -> None:
    wanted = replace(chosen, outcome=Outcome.REVIEW, state="open")
    waiting = [each.alert for each in stream_alerts(connection, wanted, SHOWN)]
    notes = {alert.id: "; ".join(alert.missing) for alert in waiting}
    table = screens.alerts_table(waiting, name_by_id, heading="What is open", notes=notes)
    out.print(table if waiting else "No review waits for a person.")
    _tell_rest(connection, wanted, len(waiting), out)


def _tell_rest(connection: Connection, wanted: AlertFilter, shown: int, out: Console) -> None:
    """Say how many older ones are left out, and how to see them."""
    if shown == SHOWN and (left := sum(count_alerts(connection, wanted).values()) - shown):
        out.print(f"{left:,} older ones are not shown: narrow it by --rule or --since, or read all of them by --json")
