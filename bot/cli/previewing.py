"""`bot rules preview`: what the rules on disk would have said of the stored past."""

from datetime import date

from bot.cli import wiring
from bot.core.model import Outline, Wanted
from bot.core.rules.preview import Preview, differing, preview
from bot.history.events import load_events, without_collector
from bot.history.queries import read_outlines, read_versions_in_use

DONE = 0


def show(since: date | None) -> int:
    """Print the alerts gained and lost; return the exit status."""
    with wiring.open_house(wiring.load_settings(), reads_articles=False) as house, without_collector():
        found, rules = compare(house, since)
    for sign, alerts in (("+", found.gained), ("-", found.lost)):
        for alert in alerts:
            _say(f"{sign} {_told(alert)}")
    anew = f"{len(rules)} rules that differ, or have no stored alert, judged anew"
    _say(f"{anew}: {len(found.gained)} gained, {len(found.lost)} lost, {found.kept} as before")
    return DONE


def compare(house: wiring.House, since: date | None) -> tuple[Preview, tuple[str, ...]]:
    """Judge the stored history by the rules on disk, as far as they differ; return which rules do, too."""
    edited = house.rules.book
    with house.engine.connect() as connection:
        rules = differing(edited, read_versions_in_use(connection))
        read = [rule.event_types for rule in edited.rules if rule.id in rules]
        live = list(read_outlines(connection, rules))
        events = load_events(connection, Wanted(types=frozenset[str]().union(*read))) if read else []
    coverage = house.coverage()
    return preview(live, edited, events, wiring.now(), rules=rules, coverage=coverage, since=since), rules


def _told(alert: Outline) -> str:
    return f"{alert.opened_on} {alert.rule} ({alert.outcome}): {alert.says}: “{' '.join(alert.sentence.split())}”"


def _say(words: str) -> None:
    print(words)  # noqa: T201  # a command's answer
