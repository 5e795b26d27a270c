"""`bot rules preview`: what the rules on disk would have said of the stored past."""

from datetime import date

from bot.cli import side_by_side, wiring
from bot.core.model import Outline, Wanted
from bot.core.rules.preview import Preview, differing, joined, preview, shares
from bot.history.database import take_time
from bot.history.events import count_by_type, load_events, without_collector
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


def compare(
    house: wiring.House, since: date | None, *, processes: int | None = None
) -> tuple[Preview, tuple[str, ...]]:
    """Judge the stored history by the rules on disk, as far as they differ; return which rules do, too.

    Args:
        house: the history and the rules on disk.
        since: as `preview` takes it.
        processes: how many judge; None: as many as there are processors, one for a small history.
    """
    edited, until = house.rules.book, wiring.now()
    with house.engine.connect() as connection:
        names = differing(edited, read_versions_in_use(connection))
        counted = count_by_type(connection)
    rules = [rule for rule in edited.rules if rule.id in names]
    gone = tuple(name for name in names if edited.by_id(name) is None)
    if processes is None:
        processes = side_by_side.processors() if sum(counted.values()) >= wiring.SHARED_FROM else 1
    divided = [*shares(rules, counted, processes)]
    house.engine.dispose()

    def judge(number: int) -> Preview:
        house.engine.dispose(close=False)  # a fork has connections of its own
        names = (*(rule.id for rule in divided[number]), *(gone if number == 0 else ()))
        types = frozenset[str]().union(*(rule.event_types for rule in divided[number]))
        with house.engine.connect() as connection:
            take_time(connection)
            return preview(
                read_outlines(connection, names),
                edited,
                load_events(connection, Wanted(types=types)) if types else [],
                until,
                rules=names,
                coverage=house.coverage_for(connection, divided[number]),
                since=since,
            )

    return joined(side_by_side.each(judge, range(len(divided)))), names


def _told(alert: Outline) -> str:
    return f"{alert.opened_on} {alert.rule} ({alert.outcome}): {alert.says}: “{' '.join(alert.sentence.split())}”"


def _say(words: str) -> None:
    print(words)  # noqa: T201  # a command's answer
