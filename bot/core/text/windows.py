"""Between which days an article came out, as far as the dates in its text bound it.

A year that is named bounds from one side only: whoever names the year of a fine rarely means this one. What narrows the
time between the bounds are weekdays with a date, which fix the year, and dates without a year, which lie near.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.core.model import Precision, When
from bot.core.text.moments import ONE_DAY, Expression, Moment, Span, Tense
from bot.core.text.sentences import SentenceKind
from bot.core.text.tokens import Tokens

OLDEST = date(1990, 1, 1)  # no article is looked for before
HEAD_CHARS = 2_500  # how far a headline, a byline and the first sentences reach
_PAST_DAYS, _FUTURE_DAYS = 330, 200  # how far a date without a year may lie before and after publication
_WEEKDAY_DAYS = 120  # the same of a date with its weekday
_SLACK_YEARS = 2  # by how much a year that is spoken of in the present may lie ahead: a target, a contract
_PLANNED_AHEAD = timedelta(days=366)  # how far ahead a plan that names its year is usually made
_NARROWED_DAYS = 400  # over several years a date without a year tells nothing
_ODD_ONE_OUT = 3  # from so many dates without a year on, one may be read wrongly
_TARGETS = frozenset(("by", "until", "before", "through", "to"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A time the text names, with the tense it is told in."""

    tokens: Tokens
    expression: Expression
    tense: Tense
    line: tuple[int, int]  # offsets of the sentence around it
    line_number: int  # of its paragraph, from 0
    kind: SentenceKind

    @property
    def span(self) -> tuple[int, int]:
        """Offsets of the words."""
        return self.tokens.span(self.expression.first, self.expression.end)

    @property
    def words(self) -> str:
        """The words."""
        return self.tokens.source[slice(*self.span)]

    @property
    def is_target(self) -> bool:
        """Whether something is to be done by then: "by 2040" says nothing of today."""
        return self.tokens.word(self.expression.first - 1) in _TARGETS

    @property
    def has_open_year(self) -> bool:
        """Whether it is a day, month or holiday of which no word says the year."""
        return self.expression.year is None and self.expression.kind in ("day", "month", "holiday")

    @property
    def fixes_year(self) -> bool:
        """Whether it is a date without a year but with its weekday."""
        return self.has_open_year and self.expression.weekday is not None and self.expression.day is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bounds:
    low: date | None  # None: nothing bounds it from below
    high: date
    reasons: tuple[str, ...]


_Run = tuple[date, date]
"""Days without a gap, both ends inclusive."""


def find_window(mentions: Sequence[Mention], moment: Moment) -> When | None:
    """Return the days between which an article came out; None where its text names nothing that bounds them.

    Args:
        mentions: the times its text names.
        moment: the day it was read, after which it cannot have come out, and its country.
    """
    bounds = _bounds(mentions, moment.reference or date.max)
    fixing = next((mention for mention in mentions if mention.fixes_year), None)
    runs = _runs(fixing, bounds, moment)
    if not runs:
        return None
    if fixing is not None and (today := _today(mentions, fixing, runs, moment)) is not None:
        return today
    low, high = runs[0] if fixing is not None else _narrowed(runs[0], mentions, moment)
    reasons = [*bounds.reasons, *([f"the weekday of '{fixing.words}' fixes the year"] if fixing is not None else [])]
    if (low, high) != runs[0]:
        reasons.append("narrowed by the dates named without a year")
    precision = Precision.DAY if low == high else Precision.WINDOW
    basis = "window: " + ", ".join(reasons)
    return When(first=low, last=high, precision=precision, basis=basis, alternatives=tuple(runs[1:]))


def _bounds(mentions: Sequence[Mention], read_on: date) -> _Bounds:
    """Return what the years that are named allow."""
    behind: list[tuple[date, str]] = []
    ahead: list[tuple[date, str]] = []
    soon: list[date] = []  # what is planned for a day of the next year or so
    for mention in mentions:
        for span in mention.expression.read(Moment(reference=read_on))[:1] if mention.expression.year else ():
            if (mention.is_target and mention.tense is not Tense.PAST) or (
                mention.tense is Tense.FUTURE and span.first > read_on
            ):
                ahead.append((span.last, mention.words))
            elif mention.tense is Tense.FUTURE:
                soon.append(_last_before(span))
                ahead.append((soon[-1], mention.words))
            elif mention.tense is Tense.UNKNOWN and span.precision is Precision.YEAR:
                behind.append((span.first.replace(year=span.first.year - _SLACK_YEARS), mention.words))
            elif span.first <= read_on:
                behind.append((span.first, mention.words))
    low, newest = max(behind, default=(None, ""))
    if low is None and soon:
        low = max(OLDEST, min(soon) - _PLANNED_AHEAD)
    limits = [limit for limit in ahead if low is None or limit[0] >= low]
    high, nearest = min([*limits, (read_on, "")])
    told = (f"'{newest}' is the newest date told as past",) if newest else ()
    to_come = (f"'{nearest}' is told as to come",) if nearest else ()
    return _Bounds(low=low, high=high, reasons=(*told, *to_come))


def _last_before(span: Span) -> date:
    # A year that is already running is called "this year", and so is a month.
    return span.first - ONE_DAY * (span.precision is Precision.YEAR)


def _runs(fixing: Mention | None, bounds: _Bounds, moment: Moment) -> list[_Run]:
    """Return when it may have come out, newest first: near each year that a weekday fits, else between the bounds."""
    if fixing is None:
        return [(bounds.low, bounds.high)] if bounds.low is not None and bounds.low <= bounds.high else []
    days = (span.first for span in fixing.expression.read(replace(moment, reference=bounds.high)))
    near = (_near(day, day, fixing.tense, (_WEEKDAY_DAYS, _WEEKDAY_DAYS)) for day in days)
    cut = ((max(low, bounds.low or OLDEST), min(high, bounds.high)) for low, high in near)
    return sorted((run for run in cut if run[0] <= run[1]), reverse=True)


def _near(first: date, last: date, tense: Tense, reach: tuple[int, int]) -> _Run:
    """Return when a text may have come out that names a day in a tense."""
    behind = first if tense is Tense.PAST else last - timedelta(days=reach[1])
    return behind, last if tense is Tense.FUTURE else first + timedelta(days=reach[0])


def _narrowed(run: _Run, mentions: Sequence[Mention], moment: Moment) -> _Run:
    """Return the part of a run near which the dates without a year lie that the text tells as past or as to come.

    From three such dates on, one may be read wrongly.
    """
    open_years = [
        each for each in mentions if each.has_open_year and not each.fixes_year and each.tense is not Tense.UNKNOWN
    ]
    needed = len(open_years) - (len(open_years) >= _ODD_ONE_OUT)
    if not needed or (run[1] - run[0]).days > _NARROWED_DAYS:
        return run
    steps: list[tuple[date, int]] = []
    for mention in open_years:
        for low, high in _apart(_places(mention, run, moment)):
            steps += (
                [(max(low, run[0]), 1), (min(high, run[1]) + ONE_DAY, -1)] if low <= run[1] and high >= run[0] else []
            )
    held = list(_held(sorted(steps), needed))
    return (held[0][0], held[-1][1]) if held else run


def _places(mention: Mention, run: _Run, moment: Moment) -> Iterator[_Run]:
    for year in range(run[0].year, run[1].year + 1):
        for span in mention.expression.read(replace(moment, reference=date(year, 7, 1))):
            yield _near(span.first, span.last, mention.tense, (_PAST_DAYS, _FUTURE_DAYS))


def _apart(runs: Iterable[_Run]) -> list[_Run]:
    """Join runs that touch, so that one mention counts once on a day."""
    joined: list[_Run] = []
    for run in sorted(set(runs)):
        if joined and run[0] <= joined[-1][1] + ONE_DAY:
            joined[-1] = joined[-1][0], max(joined[-1][1], run[1])
        else:
            joined.append(run)
    return joined


def _held(steps: Sequence[tuple[date, int]], needed: int) -> Iterator[_Run]:
    """Yield the runs on which enough mentions agree."""
    count, began = 0, None
    for index, (day, change) in enumerate(steps):
        count += change
        if index + 1 < len(steps) and steps[index + 1][0] == day:
            continue
        if count >= needed and began is None:
            began = day
        elif count < needed and began is not None:
            yield began, day - ONE_DAY
            began = None


def _today(mentions: Sequence[Mention], fixing: Mention, runs: Sequence[_Run], moment: Moment) -> When | None:
    """Take the weekday of the heading for today's where the head of the text says "today" and names it again."""
    weekday = fixing.expression.weekday
    head = [mention for mention in mentions if mention.span[0] < HEAD_CHARS]
    says_today = any(mention.tokens.word(mention.expression.first) == "today" for mention in head)
    again = any(mention.expression.kind == "weekday" and mention.expression.weekday == weekday for mention in head)
    days = sorted((span.first for span in fixing.expression.read(moment)), reverse=True)
    fits = [day for day in days if any(low <= day <= high for low, high in runs)]
    if not (fixing.kind is SentenceKind.HEADING and says_today and again and fits):
        return None
    start, end = fixing.span
    return When(
        first=fits[0],
        last=fits[0],
        precision=Precision.DAY,
        basis="the text says 'today' of the weekday and date in its heading; the weekday fixes the year",
        text=fixing.words,
        start=start,
        end=end,
        alternatives=tuple((day, day) for day in fits[1:]),
    )
