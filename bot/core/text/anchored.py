"""Times told from the date named before them: "the next day", "the night before", "that June", "the same week"."""

from datetime import date, timedelta

from bot.core.model import Precision
from bot.core.text.dates import MONTHS
from bot.core.text.moments import (
    Expression,
    Moment,
    Span,
    day_span,
    month_span,
    ordered,
    week_span,
    year_span,
)
from bot.core.text.tokens import Tokens

KIND = "anchored"  # of an expression that needs a date named before it
_DAYS = frozenset(("day", "morning", "afternoon", "evening", "night"))
_UNITS = frozenset((*_DAYS, "week", "month", "year"))
_FOLLOWING = {"next": 1, "following": 1}
AFTER_THE = _DAYS | _FOLLOWING.keys()  # what stands behind "the" where a time begins so
_BESIDE = {"before": -1, "earlier": -1, "after": 1, "later": 1}
# What may follow "the night before" where it stands alone; "the night before the vote" is told from the vote.
_ENDS = frozenset(("", ",", ".", ";", ":", "-", ")", '"', "and", "but", "or", "to", "when", "that", "at", "in", "by"))
_WHERE = {-1: "the day before", 0: "the same day", 1: "the day after"}
_PRECISE = (Precision.DAY, Precision.INSTANT)
_VERB_LIKE = frozenset(("may", "march"))  # "that may", "that march" are seldom months


def read_anchored(tokens: Tokens, index: int) -> Expression | None:
    """Read a time that is told from the date named before it."""
    word, second = tokens.word(index), tokens.word(index + 1)
    if word == "the":
        if second in _FOLLOWING and tokens.word(index + 2) in _DAYS:
            return _shifted(index, index + 3, "day", _FOLLOWING[second])
        if second in _FOLLOWING and tokens.word(index + 2) in MONTHS and tokens.is_capital(index + 2):
            return _month_of_named(index, index + 3, MONTHS[tokens.word(index + 2)], later=True)
        shift = _BESIDE.get(tokens.word(index + 2), 0) if second in _DAYS else 0
        alone = shift != 0 and tokens.word(index + 3) in _ENDS
        return _shifted(index, index + 3, "day", shift) if alone else None
    if word == "that" and second in MONTHS and len(second) > 3 and second not in _VERB_LIKE:  # noqa: PLR2004 - not "sep"
        return _month_of_named(index, index + 2, MONTHS[second])
    if (word == "same" or (word == "that" and _is_of_time(tokens, index))) and second in _UNITS:
        return _shifted(index, index + 2, "day" if second in _DAYS else second, 0)
    return None


def _is_of_time(tokens: Tokens, index: int) -> bool:
    # "at the end of that month", "later that week"; "that week" after "says" begins a sentence of its own
    before = tokens.word(index - 1)
    return before in ("of", "in", "on", "later", "earlier", "until", "by", "during", "since") or index == 0


def _shifted(first: int, end: int, unit: str, shift: int) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        named = moment.named
        if unit == "day":
            basis = f"{_WHERE[shift]}, from the date named before"
            known = named is not None and named.precision in _PRECISE
            return (day_span(named.first + timedelta(days=shift), basis),) if named is not None and known else ()
        day = moment.reference if named is None else named.first
        basis = f"the {unit} of {'publication' if named is None else 'the date named before'}"
        return () if day is None else (_whole(day, unit, basis),)

    return Expression(first=first, end=end, kind=KIND, read=read)


def _whole(day: date, unit: str, basis: str) -> Span:
    if unit == "week":
        return week_span(day, basis)
    return month_span(day.year, day.month, basis) if unit == "month" else year_span(day.year, basis)


def _month_of_named(first: int, end: int, month: int, *, later: bool = False) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        named = moment.named
        basis = "month after the date named before" if later else "month of the year named before"
        if named is not None:
            whole_year = later if named.precision is Precision.YEAR else named.first.month > month - later
            year = named.first.year + whole_year
            return (month_span(year, month, basis),)
        if moment.reference is None:
            return ()
        years = (moment.reference.year + shift for shift in (-1, 0, 1))
        return ordered((month_span(year, month, "month without year") for year in years), moment)

    return Expression(first=first, end=end, kind=KIND, read=read, month=month)
