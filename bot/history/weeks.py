"""What the weekly summary needs of the stored history."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from bot.core.messages.buttons import snooze_words
from bot.core.messages.notices import RuleCount, Week
from bot.core.messages.trend import Trend, Wait
from bot.core.model import Event, Label, Precision, Quantity
from bot.history.decisions import read_snoozed
from bot.history.events import EventFilter, stream_events

WEEK = timedelta(days=7)
# Business days in a unit as it is stated without dates: five in seven, 21 in a month. For a picture, never for a rule.
BUSINESS_DAYS_IN: Mapping[str, float] = {"business_day": 1, "day": 5 / 7, "week": 5, "month": 21, "year": 252}

_COUNTS = text("""
SELECT alert.rule, min(alert.payload ->> 'rule_title') AS title, floor((opened_on - :first) / 7.0)::int AS week,
  count(*) AS alerts
FROM alert
WHERE outcome = 'alert' AND status = 'active' AND opened_on >= :first AND opened_on <= :last AND NOT EXISTS (
  SELECT FROM disposition AS made WHERE made.alert = alert.id AND made.kind = 'false_alarm' AND NOT EXISTS (
    SELECT FROM disposition AS undone WHERE undone.alert = alert.id AND undone.kind = 'undone' AND undone.id > made.id
  )
)
GROUP BY alert.rule, week
""")
_TOTALS = text("""
SELECT
  (SELECT count(*) FROM alert WHERE outcome = 'review' AND state = 'open' AND status = 'active'
     AND opened_on BETWEEN :first AND :last) AS reviews,
  (SELECT count(DISTINCT source) FROM fetch_log WHERE outcome IN ('ok', 'unchanged') AND at >= :since AND at < :until)
     AS sources,
  (SELECT count(*) FROM article_version WHERE learned >= :since AND learned < :until) AS articles,
  (SELECT count(DISTINCT alert) FROM disposition WHERE kind = 'false_alarm' AND at >= :since AND at < :until)
     AS false_alarms
""")
_SILENT = text("""
SELECT id, last_new_article FROM source WHERE condition NOT IN ('healthy', 'new') ORDER BY id
""")


def read_week(connection: Connection, first: date, zone: str) -> Week:
    """Count one week, Monday to Sunday, in a time zone."""
    last = first + WEEK - timedelta(days=1)
    since, until = (datetime.combine(day, time(), tzinfo=ZoneInfo(zone)) for day in (first, first + WEEK))
    totals = connection.execute(_TOTALS, {"first": first, "last": last, "since": since, "until": until}).one()
    return Week(
        first=first,
        last=last,
        rules=_rule_counts(connection, first, last),
        reviews=totals.reviews,
        sources_read=totals.sources,
        articles_read=totals.articles,
        silent=tuple(_silence(row.id, row.last_new_article) for row in connection.execute(_SILENT)),
        false_alarms=totals.false_alarms,
        snoozed=tuple(f"{one.says} ({snooze_words(one.until)})" for one in read_snoozed(connection, until)),
    )


def read_trend(connection: Connection, first: date, weeks: int) -> Trend:
    """Read what the picture shows: so many weeks, the last of which begins on `first`."""
    start = first - WEEK * (weeks - 1)
    end = first + WEEK - timedelta(days=1)
    counts: dict[str, list[int]] = {}
    for row in connection.execute(_COUNTS, {"first": start, "last": end}):
        counts.setdefault(row.title or row.rule, [0] * weeks)[row.week] += row.alerts
    chosen = EventFilter(types=frozenset({"appointment_wait", "bargaining_session"}), since=start, until=end)
    events = [event for event in stream_events(connection, chosen) if event.retracted is None]
    return Trend(
        weeks=tuple(start + WEEK * number for number in range(weeks)),
        alerts={title: tuple(by_week) for title, by_week in counts.items()},
        waits=tuple(sorted((wait for wait in _waits(events) if start <= wait.on <= end), key=lambda wait: wait.on)),
        sessions=tuple(sorted(set(_sessions(events)))),
    )


def _rule_counts(connection: Connection, first: date, last: date) -> tuple[RuleCount, ...]:
    counts: dict[str, dict[int, int]] = {}
    titles: dict[str, str] = {}
    for row in connection.execute(_COUNTS, {"first": first - WEEK, "last": last}):
        counts.setdefault(row.rule, {})[row.week] = row.alerts
        titles[row.rule] = row.title or row.rule
    return tuple(
        RuleCount(rule=rule, title=titles[rule], now=by_week.get(1, 0), before=by_week.get(0, 0))
        for rule, by_week in sorted(counts.items())
    )


def _silence(source: str, last_new: datetime | None) -> str:
    return f"{source} since {last_new.day} {last_new:%b}" if last_new else f"{source}, never"


def _waits(events: list[Event]) -> Iterator[Wait]:
    for event in events:
        wait = event.slots.get("wait")
        if event.type != "appointment_wait" or not isinstance(wait, Quantity):
            continue
        days = BUSINESS_DAYS_IN.get(wait.unit)
        low, high = wait.low if wait.low is not None else wait.high, wait.high if wait.high is not None else wait.low
        if days and low is not None and high is not None and event.stance.value in ("reported", "alleged", "found"):
            yield Wait(on=_day_of(event), low=round(low * days, 1), high=round(high * days, 1))


def _day_of(event: Event) -> date:
    """Return the day a wait was so: its own where one is known, else that on which it was told."""
    happened = event.happened
    if happened is not None and happened.first == happened.last:
        return happened.first
    return event.published.first if event.published is not None else event.learned.date()


def _sessions(events: list[Event]) -> Iterator[date]:
    for event in events:
        status, when = event.slots.get("status"), event.happened
        is_held = event.type == "bargaining_session" and isinstance(status, Label) and status.value == "held"
        if is_held and when is not None and when.precision in (Precision.DAY, Precision.INSTANT):
            yield when.first
