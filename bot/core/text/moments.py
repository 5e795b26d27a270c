"""What a time expression is before and after it is placed: spans of days, and the moment they are read from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.core.days import nth_weekday
from bot.core.model import Precision

ONE_DAY = timedelta(days=1)
MONTHS_PER_YEAR = 12
DECEMBER = 12
MISFIT_DAYS = 180  # a date of the other tense but near is likelier than one of the right tense a year away
MIN_YEAR, MAX_YEAR = 1900, 2099  # four digits outside of this are no year of a news article


class Tense(StrEnum):
    """Where the words around an expression place it."""

    PAST = "past"
    FUTURE = "future"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A range of days with how it is known."""

    first: date
    last: date  # inclusive
    precision: Precision
    basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """From where an expression is read."""

    reference: date | None  # publication
    tense: Tense = Tense.UNKNOWN
    strict: bool = False  # the publication day itself does not count: "by Friday"
    country: str = "US"
    began: Mapping[str, date] = field(default_factory=dict)  # first day of what is told of, by noun: "strike"
    named: Span | None = None  # the date named before, for "two years earlier"


Reading = Callable[[Moment], tuple[Span, ...]]
"""From a moment to the possible spans, best first; none when the moment does not give enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """Words that name a time, not yet placed."""

    first: int  # index of the first token
    end: int  # index of the token after the last
    kind: str  # "day", "month", "year", "weekday", "relative", "period", "holiday", "range", "ordinal"
    read: Reading
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    year: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class YearWords:
    """The year an expression names: by number, by distance ("last year"), or not at all."""

    year: int | None = None
    shift: int | None = None


def day_span(day: date, basis: str, precision: Precision = Precision.DAY) -> Span:
    """Return the span of one day."""
    return Span(first=day, last=day, precision=precision, basis=basis)


def month_span(year: int, month: int, basis: str) -> Span:
    """Return the span of a month."""
    return Span(first=date(year, month, 1), last=month_end(year, month), precision=Precision.MONTH, basis=basis)


def year_span(year: int, basis: str) -> Span:
    """Return the span of a year."""
    return Span(first=date(year, 1, 1), last=date(year, 12, 31), precision=Precision.YEAR, basis=basis)


def week_span(day: date, basis: str) -> Span:
    """Return Monday to Sunday around `day`."""
    monday = day - timedelta(days=day.weekday())
    return Span(first=monday, last=monday + timedelta(days=6), precision=Precision.WEEK, basis=basis)


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year + month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1) - ONE_DAY


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the month's last one where there is no such day."""
    years, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    return min(date(years, month + 1, 1) + timedelta(days=day.day - 1), month_end(years, month + 1))


def valid_day(year: int, month: int, day: int) -> date | None:
    """Return the day, or None where the month has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def years_of(words: YearWords, moment: Moment) -> tuple[int, ...]:
    """Return the years an expression may lie in, in order."""
    if words.year is not None:
        return (words.year,)
    if moment.reference is None:
        return ()
    if words.shift is not None:
        return (moment.reference.year + words.shift,)
    return tuple(moment.reference.year + shift for shift in (-1, 0, 1))


def ordered(spans: Iterable[Span], moment: Moment) -> tuple[Span, ...]:
    """Put the nearest spans first; one that does not fit the tense counts as half a year farther away."""
    listed = list(spans)
    reference = moment.reference
    if reference is None or len(listed) < 2:  # noqa: PLR2004 - nothing to order
        return tuple(listed)
    edge = ONE_DAY if moment.strict else timedelta(0)

    def rank(span: Span) -> int:
        fits = {
            Tense.PAST: span.first <= reference,
            Tense.FUTURE: span.last >= reference + edge,
            Tense.UNKNOWN: True,
        }[moment.tense]
        return distance(span, reference) + (0 if fits else MISFIT_DAYS)

    return tuple(sorted(listed, key=rank))


def distance(span: Span, reference: date) -> int:
    """Return how many days lie between a span and a day, 0 inside."""
    if span.first <= reference <= span.last:
        return 0
    return min(abs((span.first - reference).days), abs((span.last - reference).days))


def by_tense(moment: Moment) -> str:
    """Return the words that tell how the tense chose."""
    return {
        Tense.PAST: "the latest one up to publication, told in the past",
        Tense.FUTURE: "the first one from publication on, told as to come",
        Tense.UNKNOWN: "the one nearest to publication",
    }[moment.tense]


def constant(*spans: Span) -> Reading:
    """Return a reading that needs no moment."""
    return lambda _moment: spans


def nth_in_month(year: int, month: int, weekday: int, nth: int) -> date | None:
    """Return the nth such weekday, or None where the month has fewer."""
    day = nth_weekday(year, month, weekday, nth)
    return day if day.month == month else None


def narrowed(span: Span, part: str) -> Span:
    """Return the early or late half of a span, or its middle third."""
    days = (span.last - span.first).days + 1
    middle = days // 3
    half = add_months(span.first, 6) if span.precision is Precision.YEAR else span.first + timedelta(days=days // 2)
    first, last = {
        "early": (span.first, half - ONE_DAY),
        "mid": (span.first + timedelta(days=middle), span.last - timedelta(days=middle)),
        "late": (half, span.last),
    }[part]
    basis = f"{part} part of: {span.basis}"
    return replace(span, first=first, last=max(first, last), precision=Precision.WINDOW, basis=basis)
