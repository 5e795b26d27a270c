"""Reads what is to be judged, lets it be judged, and holds the alerts against what is stored.

A judgement of everything may be shared out: rules judge apart from each other, so each process reads the events of its
own rules in one snapshot of the history, and gives back the rows that are to be written, not the events.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.core.model import Alert, Event, Masthead, Wanted
from bot.history.alerts import Given, joined, read_stale, read_stored, sort_out
from bot.history.database import take_time
from bot.history.events import count_by_type, load_events, load_mastheads, without_collector

Judge = Callable[[Sequence[Event], Mapping[str, Masthead]], Sequence[Alert]]

_SHARE_SNAPSHOT = text("SELECT pg_export_snapshot()")
_NEWEST_OF = text("SELECT max(coalesce(retracted, learned)) FROM event WHERE type = ANY(:types)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """How a judgement of everything is shared out."""

    parts: Callable[[Mapping[str, int]], Sequence[Wanted]]
    """From the number of stored events of each type to the rules of each part, with the types that they read."""
    judge: Callable[[Connection, datetime, Wanted], Judge]
    """Gives the judge of a part: as of a moment, on a connection to the history."""
    each: Callable[[Callable[[Wanted], Given], Sequence[Wanted]], Sequence[Given]]
    """Does something with each part, side by side; it may be in a fork of this program."""


def judge_here(connection: Connection, judge: Judge, wanted: Wanted) -> Given:
    """Judge what is wanted."""
    with without_collector():
        events = load_events(connection, wanted)
        alerts = judge(events, load_mastheads(connection, {event.article for event in events}))
        stored = read_stored(connection, wanted, [alert.id for alert in alerts])
        at = max((event.retracted or event.learned for event in events), default=None)
        return sort_out(alerts, _organisations(alerts, events), stored, at)


def judge_divided(connection: Connection, division: Division, until: datetime) -> Given:
    """Judge everything, each part on a connection of its own that sees what is committed now.

    Args:
        connection: holds the judges' lock; in its transaction nothing was written that judging depends on.
        division: how it is shared out.
        until: the moment as of which it is judged.
    """
    engine, here = connection.engine, os.getpid()
    counted = count_by_type(connection)
    parts, snapshot = division.parts(counted), str(connection.scalar(_SHARE_SNAPSHOT))

    def judge_part(part: Wanted) -> Given:
        if os.getpid() != here:
            engine.dispose(close=False)  # a fork has connections of its own
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as own:
            own.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            take_time(own)
            return judge_here(own, division.judge(own, until, part), part)

    with without_collector():
        given = joined(division.each(judge_part, parts))
    rules = frozenset[str]().union(*(part.rules or () for part in parts))
    others = counted.keys() - frozenset[str]().union(*(part.types or () for part in parts))
    at = connection.scalar(_NEWEST_OF, {"types": sorted(others)}) if others else None
    return joined((given, sort_out((), {}, read_stale(connection, rules), at)))


def _organisations(alerts: Sequence[Alert], events: Sequence[Event]) -> dict[str, str]:
    """Return whom the events are about on which the alerts rest."""
    rested = {citation.event for alert in alerts for citation in alert.citations}
    rested.update(event for alert in alerts for change in alert.changes for event in change.events)
    return {event.id: event.organisation.id for event in events if event.id in rested and event.organisation}
