"""`bot alerts`: what is stored, in order of date."""

import json
from datetime import date

from bot.cli import screens, wiring
from bot.core.model import Outcome
from bot.history.queries import AlertFilter, as_listed, stream_alerts


def show(*, as_json: bool, rule: str | None, since: date | None) -> None:
    """Print the stored alerts and reviews."""
    read = wiring.load_settings()
    with wiring.open_house(read) as house, house.engine.connect() as connection:
        found = stream_alerts(connection, AlertFilter(rule=rule, since=since))
        if as_json:
            for each in found:
                print(json.dumps(as_listed(each), ensure_ascii=False))  # noqa: T201 - the command's output
            return
        stored = list(found)
    out = screens.console()
    alerts = [each.alert for each in stored if each.alert.outcome is Outcome.ALERT]
    out.print(screens.alerts_table(alerts, house.rules.names) if alerts else "No alert is stored.")
    if (reviews := screens.review_counts([each.alert for each in stored])) is not None:
        out.print(reviews)
