"""Times told by distance or by part: "last week", "two weeks ago", "early March", "Q3", "the 13th week"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.core.model import Precision
from bot.core.text.anchored import AFTER_THE, read_anchored
from bot.core.text.anchored import KIND as ANCHORED
from bot.core.text.dates import (
    DATE_OPENERS,
    PARTS_OF_DAY,
    WEEKDAYS,
    read_date,
    read_day_number,
    read_day_of_shifted_month,
    read_year,
    read_year_words,
    weekday_of_week,
)
from bot.core.text.lexicon import words
from bot.core.text.moments import (
    MONTHS_PER_YEAR,
    ONE_DAY,
    Expression,
    Moment,
    Reading,
    Span,
    Tense,
    YearWords,
    add_months,
    by_tense,
    day_span,
    month_span,
    narrowed,
    nth_in_month,
    ordered,
    week_span,
    year_span,
    years_of,
)
from bot.core.text.named_days import NAMED_DAYS
from bot.core.text.numbers import NUMBER_WORDS, SCALES, read_number, read_ordinal
from bot.core.text.quantities import UNITS, is_past_over, is_verb_last
from bot.core.text.tokens import Tokens

_SHIFTS: Mapping[str, int] = {
    "last": -1, "past": -1, "previous": -1, "prior": -1, "this": 0, "current": 0, "next": 1, "coming": 1,
    "upcoming": 1,
}  # fmt: skip
_SEASONS: Mapping[str, int] = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_QUARTERS: Mapping[str, int] = {"q1": 1, "q2": 2, "q3": 3, "q4": 4}
_PART_WORDS: Mapping[str, str] = {
    "early": "early", "beginning": "early", "start": "early", "mid": "mid", "middle": "mid", "late": "late",
    "end": "late",
}  # fmt: skip
_LONG_SPAN = frozenset(("strike", "walkout", "lockout", "stoppage", "fast", "bargaining", "negotiations", "dispute"))
_DAYS_OF_NEAR = 7
_SUNDAY = 6  # as date.weekday counts
_UNIT_DAYS: Mapping[str, float] = {
    "second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "business_day": 7 / 5,
}  # fmt: skip
DAYS_PER_MONTH = 30  # of a part of a month
MAX_COUNT = 1200  # a hundred years of months: more is no length of a news article
_POINTS: Mapping[str, int] = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1, "tmrw": 1, "tmr": 1}


def _point(tokens: Tokens, index: int) -> Expression | None:
    word, start = tokens.word(index), index
    if word == "the" and tokens.word(index + 1) == "day":
        index, word = index + 1, "day"
    if word == "day" and tokens.word(index + 1) in ("after", "before"):
        named = {"tomorrow": 2, "yesterday": -2}.get(tokens.word(index + 2))
        return None if named is None else _from_today(start, index + 3, named, tokens.word(index + 2))
    if word in _POINTS:
        end = index + 2 if tokens.word(index + 1) in PARTS_OF_DAY else index + 1
        return _from_today(index, end, _POINTS[word], word)
    if word in ("this", "last") and tokens.word(index + 1) in PARTS_OF_DAY:
        shift = -1 if word == "last" else 0
        return _from_today(index, index + 2, shift, f"{word} {tokens.word(index + 1)}")
    return None


def _from_today(first: int, end: int, days: int, named: str) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        return (day_span(moment.reference + timedelta(days=days), f"'{named}' from publication"),)

    return Expression(first=first, end=end, kind="relative", read=read)


def _shifted(tokens: Tokens, index: int) -> Expression | None:
    """Read "last week", "earlier this month", "next Thursday", "this past October", "the coming year"."""
    if tokens.word(index) in ("earlier", "later"):
        return _part_till_now(tokens, index)
    at = index
    shift = _SHIFTS.get(tokens.word(at))
    if shift is None:
        return None
    at += 1
    if tokens.word(at) in ("past", "coming", "upcoming", "last", "next"):
        shift, at = _SHIFTS[tokens.word(at)], at + 1
    if tokens.word(at) in _PERIOD_UNITS and tokens.word(at) != "day":
        return _shifted_unit(index, at + 1, tokens.word(at), shift)
    return _shifted_name(tokens, index, at, shift)


def _part_till_now(tokens: Tokens, index: int) -> Expression | None:
    # "earlier this week" lies in the week; that it ends today is the other reading
    at = index + 1
    if tokens.word(at) in ("in", "on") and tokens.word(at + 1) == "the" and tokens.word(at + 2) in _PERIOD_UNITS:
        whole: Expression | None = _shifted_unit(index, at + 3, tokens.word(at + 2), 0)
    else:
        whole = _shifted(tokens, at) if tokens.word(at) in ("this", "last", "next") else None
    if whole is None or whole.kind != "period":
        return None
    earlier = tokens.word(index) == "earlier"

    def read(moment: Moment) -> tuple[Span, ...]:
        spans = whole.read(moment)
        today = moment.reference
        if today is None or not spans or not spans[0].first <= today <= spans[0].last:
            return spans
        first, last = (spans[0].first, today) if earlier else (today, spans[0].last)
        return (*spans, replace(spans[0], first=first, last=last, precision=Precision.WINDOW))

    return replace(whole, first=index, read=read)


def _rest(tokens: Tokens, index: int) -> Expression | None:
    """Read "the rest of the month", "the remainder of this year"."""
    if tokens.word(index) not in ("rest", "remainder"):
        return None
    at = index + 1
    while tokens.word(at) in ("of", "the", "this", "my", "our", "their"):
        at += 1
    if at == index + 1 or tokens.word(at) not in ("week", "month", "year", "quarter"):
        return None
    whole = _shifted_unit(index, at + 1, tokens.word(at), 0)

    def read(moment: Moment) -> tuple[Span, ...]:
        today = moment.reference
        return tuple(
            replace(span, first=max(span.first, today), precision=Precision.WINDOW)
            for span in whole.read(moment)
            if today is not None
        )

    return replace(whole, read=read)


def _weekend(tokens: Tokens, index: int) -> Expression | None:
    # "over the weekend": the last or the next one, by tense
    if tokens.word(index) != "weekend" or tokens.word(index - 1) not in ("the", "on", "over"):
        return None

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        basis = f"weekend: {by_tense(moment)}"
        return ordered((_unit_around(moment.reference, "weekend", shift, basis) for shift in (-1, 0, 1)), moment)

    return Expression(first=index, end=index + 1, kind="period", read=read)


def _days_of_month(tokens: Tokens, index: int) -> Expression | None:
    """Read "21 to 25 October", "between 3 and 12 of May", "4-22 January 2025", "4 to 23 next month"."""
    first = read_day_number(tokens, index)
    if first is None or not tokens.word(index)[:1].isalnum():
        return None
    joint = tokens.word(first[1])
    between = tokens.word(index - 1) == "between"
    if joint not in ("to", "-", "through", "till", "until") and not (joint == "and" and between):
        return None
    at = first[1] + 2 if tokens.word(first[1] + 1) == "the" else first[1] + 1
    last = read_date(tokens, at)
    if last is None:
        shifted = read_day_number(tokens, at)
        last = None if shifted is None else read_day_of_shifted_month(tokens, at, shifted)
    if last is None or last.kind != "day" or last.day is None or last.day < first[0] or last.weekday is not None:
        return None
    return _days_until(index - (tokens.word(index - 1) in ("from", "between")), first[0], last)


def _days_until(first: int, day: int, last: Expression) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        return tuple(
            Span(first=span.last.replace(day=day), last=span.last, precision=Precision.WINDOW, basis=span.basis)
            for span in last.read(moment)
        )

    return Expression(first=first, end=last.end, kind="range", read=read, year=last.year)


def _units_of(tokens: Tokens, index: int, depth: int) -> Expression | None:
    """Read "the first six months of 2023", "the last two weeks of May"."""
    if tokens.word(index) not in ("first", "last", "final"):
        return None
    length = _length(tokens, index, index + 1)
    if length is None or tokens.word(length.end) not in ("of", "in"):
        return None
    whole = _whole(tokens, length.end + 1, depth)
    if whole is None:
        return None
    from_start = tokens.word(index) == "first"

    def read(moment: Moment) -> tuple[Span, ...]:
        basis = f"{'first' if from_start else 'last'} {length.words} of"
        spans = whole.read(moment)
        return tuple(
            replace(
                span,
                first=span.first if from_start else _move(span.last + ONE_DAY, length, -1),
                last=_move(span.first, length, 1) - ONE_DAY if from_start else span.last,
                precision=Precision.WINDOW,
                basis=f"{basis}: {span.basis}",
            )
            for span in spans
        )

    return Expression(first=index, end=whole.end, kind="period", read=read, year=whole.year)


def _weekday_after_week(tokens: Tokens, index: int) -> Expression | None:
    """Read "next week on Friday", "last week - Monday"."""
    shift = {"last": -1, "previous": -1, "this": 0, "next": 1}.get(tokens.word(index))
    if shift is None or tokens.word(index + 1) != "week":
        return None
    at = index + 3 if tokens.word(index + 2) in ("on", "-", ",") else index + 2
    word = tokens.word(at)
    if word not in WEEKDAYS or (tokens.word(at - 1) == "," and not word.endswith("day")):
        return None
    return weekday_of_week(index, at + 1, WEEKDAYS[word], shift)


def _shifted_name(tokens: Tokens, index: int, at: int, shift: int) -> Expression | None:
    word = tokens.word(at)
    if word in WEEKDAYS and word.endswith("day"):
        end = at + 2 if tokens.word(at + 1) in PARTS_OF_DAY else at + 1
        coming = tokens.word(at - 1) in ("coming", "upcoming")
        return _shifted_weekday(index, end, (WEEKDAYS[word], shift), coming=coming)
    named = _season(tokens, at) or read_date(tokens, at)
    if named is None or named.kind == "weekday" or named.year is not None:
        return None
    return replace(named, first=index, read=_relative_to_now(named.read, shift))


def _relative_to_now(read: Reading, shift: int) -> Reading:
    """Choose among yearly candidates the last, the current or the next one."""

    def chosen(moment: Moment) -> tuple[Span, ...]:
        reference = moment.reference
        if reference is None:
            return ()

        def rank(span: Span) -> tuple[bool, int]:
            current = reference.year in (span.first.year, span.last.year)
            fits = {-1: span.last < reference, 0: current, 1: span.first > reference}[shift]
            return not fits, abs((span.first - reference).days)

        return tuple(sorted(read(moment), key=rank))

    return chosen


_PERIOD_UNITS = frozenset(("week", "month", "year", "quarter", "weekend", "decade", "century", "day", "fortnight"))


def _shifted_unit(first: int, end: int, unit: str, shift: int) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        where = {-1: "last", 0: "this", 1: "next"}[shift]
        return (_unit_around(moment.reference, unit, shift, f"{where} {unit} from publication"),)

    return Expression(first=first, end=end, kind="period", read=read)


def _unit_around(day: date, unit: str, shift: int, basis: str) -> Span:
    if unit in ("decade", "century"):
        years = 10 if unit == "decade" else 100
        start = (day.year // years + shift) * years
        last = date(start + years - 1, 12, 31)
        return Span(first=date(start, 1, 1), last=last, precision=Precision.WINDOW, basis=basis)
    if unit == "weekend":
        saturday = day - timedelta(days=day.weekday()) + timedelta(days=5 + 7 * shift)
        return Span(first=saturday, last=saturday + ONE_DAY, precision=Precision.WINDOW, basis=basis)
    month = add_months(day.replace(day=1), shift)
    quarter = add_months(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3 * shift)
    return {
        "week": week_span(day + timedelta(days=7 * shift), basis),
        "fortnight": week_span(day + timedelta(days=7 * shift), basis),
        "month": month_span(month.year, month.month, basis),
        "quarter": _months((quarter.year, quarter.month), 3, Precision.QUARTER, basis),
        "day": day_span(day + timedelta(days=shift), basis),
        "year": year_span(day.year + shift, basis),
    }[unit]


def _months(start: tuple[int, int], count: int, precision: Precision, basis: str) -> Span:
    first = date(*start, 1)
    return Span(first=first, last=add_months(first, count) - ONE_DAY, precision=precision, basis=basis)


def _shifted_weekday(first: int, end: int, shifted: tuple[int, int], *, coming: bool) -> Expression:
    weekday, shift = shifted
    in_week = weekday_of_week(first, end, weekday, shift)

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        days = range(1, _DAYS_OF_NEAR + 1)
        near = [moment.reference + timedelta(days=(shift or 1) * step) for step in days]
        closest = [day_span(day, "the closest such weekday") for day in near if day.weekday() == weekday]
        stated = list(in_week.read(moment))
        # Spoken on a Sunday, "last Tuesday" is five days ago: the week that ends has become the last one.
        week_over = shift < 0 and moment.reference.weekday() == _SUNDAY
        both = closest + stated if coming or week_over else stated + closest
        return tuple({(span.first, span.last): span for span in reversed(both)}.values())[::-1]

    return replace(in_week, read=read)


def _part(tokens: Tokens, index: int, depth: int) -> Expression | None:
    """Read "early October", "mid-2024", "the end of March", "late next week"."""
    part = _PART_WORDS.get(tokens.word(index))
    if part is None:
        return None
    at = index + 1
    if tokens.word(at) in ("of", "-", "in", "to"):
        at += 1
    elif tokens.word(index) in ("start", "end", "beginning", "middle"):
        return None
    if tokens.word(at) == "the" and tokens.word(at + 1) in ("year", "month", "week", "quarter"):
        whole: Expression | None = _shifted_unit(at, at + 2, tokens.word(at + 1), 0)
    elif tokens.word(at) == "the":
        whole = read_time(tokens, at + 1, depth + 1)
    else:
        whole = read_time(tokens, at, depth + 1)
    if whole is None or whole.kind in ("day", "weekday", "relative", "holiday"):
        return None
    return replace(
        whole,
        first=index,
        day=None,
        kind="part",
        read=lambda moment: tuple(narrowed(span, part) for span in whole.read(moment)),
    )


def _season(tokens: Tokens, index: int) -> Expression | None:
    word = tokens.word(index)
    if word not in _SEASONS:
        return None
    year, end = read_year_words(tokens, index + 1)
    led = tokens.word(index - 1) in (
        "in",
        "this",
        "last",
        "next",
        "since",
        "by",
        "early",
        "late",
        "mid",
        "the",
        "of",
        "until",
        "during",
        "past",
        "coming",
        "-",
    )
    if year == YearWords() and (
        not led or tokens.word(index + 1) in ("of", "in", "by", "to", "from", "short", "under", "-")
    ):
        return None
    month = _SEASONS[word]

    def read(moment: Moment) -> tuple[Span, ...]:
        basis = f"season ({word}), meteorological" + ("" if year.year else f": {by_tense(moment)}")
        return ordered((_months((at, month), 3, Precision.QUARTER, basis) for at in years_of(year, moment)), moment)

    return Expression(first=index, end=end, kind="period", read=read, year=year.year)


def _quarter(tokens: Tokens, index: int) -> Expression | None:
    """Read "third quarter of 2024", "Q3", "3Q 2024", "first half of the year", "H1 2025"."""
    stated = read_year(tokens, index)
    number, length, end = _quarter_words(tokens, index if stated is None else stated[1])
    if number is None:
        return None
    if stated is not None:
        return _quarter_of(index, end, (number, length), YearWords(year=stated[0]))
    fiscal = _fiscal(tokens, end + 1 if tokens.word(end) in ("of", "in") else end)
    if fiscal is not None:
        return _quarter_of_fiscal(index, fiscal, (number, length))
    if tokens.word(end) in ("of", "in") and tokens.word(end + 1) == "the" and tokens.word(end + 2) == "year":
        year, end = YearWords(shift=0), end + 3
    else:
        year, end = read_year_words(tokens, end)
    if length == 6 and year == YearWords():  # noqa: PLR2004 - "the first half" of a game
        return _half_of_month(tokens, index, end, number)
    return _quarter_of(index, end, (number, length), year)


def _half_of_month(tokens: Tokens, index: int, end: int, number: int) -> Expression | None:
    # "the second half of January"
    month = read_date(tokens, end + 1) if tokens.word(end) == "of" else None
    if month is None or month.kind != "month":
        return None
    part = "early" if number == 1 else "late"
    return replace(month, first=index, read=lambda moment: tuple(narrowed(span, part) for span in month.read(moment)))


def _quarter_of(first: int, end: int, part: tuple[int, int], year: YearWords) -> Expression:
    number, length = part
    month = (number - 1) * length + 1
    precision = Precision.QUARTER if length == 3 else Precision.WINDOW  # noqa: PLR2004 - a quarter

    def read(moment: Moment) -> tuple[Span, ...]:
        basis = "calendar quarter" if length == 3 else "half of the year"  # noqa: PLR2004 - a quarter
        return ordered((_months((at, month), length, precision, basis) for at in years_of(year, moment)), moment)

    return Expression(first=first, end=end, kind="period", read=read, year=year.year)


def _quarter_of_fiscal(first: int, fiscal: Expression, part: tuple[int, int]) -> Expression:
    number, length = part
    precision = Precision.QUARTER if length == 3 else Precision.WINDOW  # noqa: PLR2004 - a quarter

    def read(moment: Moment) -> tuple[Span, ...]:
        starts = ((add_months(span.first, (number - 1) * length), span.basis) for span in fiscal.read(moment))
        return tuple(_months((day.year, day.month), length, precision, f"part of: {basis}") for day, basis in starts)

    return Expression(first=first, end=fiscal.end, kind="period", read=read, year=fiscal.year)


def _quarter_words(tokens: Tokens, index: int) -> tuple[int | None, int, int]:
    """Return which part of a year, how many months it has, and the index after the words."""
    word, following = tokens.word(index), tokens.word(index + 1)
    if tokens.touches(index) and word in ("q", "h") and following in ("1", "2", "3", "4"):
        length = 3 if word == "q" else 6
        return (int(following) if int(following) * length <= MONTHS_PER_YEAR else None), length, index + 2
    if tokens.touches(index) and word in ("1", "2", "3", "4") and following == "q":
        return int(word), 3, index + 2
    if word == "last" and following == "quarter" and tokens.word(index + 2) in ("of", "in"):
        return 4, 3, index + 2
    value, end = read_ordinal(tokens, index) or (0, index)
    length = {"quarter": 3, "quarters": 3, "half": 6}.get(tokens.word(end), 0)
    fits = 0 < value * length <= MONTHS_PER_YEAR
    return (value if fits else None), length, end + 1


def _fiscal(tokens: Tokens, index: int) -> Expression | None:
    """Read "fiscal 2024", "fiscal year 2023-24", "FY 2024", "the 2023-24 school year"."""
    at = index
    if tokens.word(at) in ("fiscal", "financial", "school", "academic", "tax"):
        at += 1
        if tokens.word(at) == "year":
            at += 1
    elif tokens.word(at) == "fy":
        at += 1
    else:
        return None
    year = read_year(tokens, at)
    if year is None and tokens.word(index) == "fy" and tokens.word(at).isdecimal() and len(tokens.word(at)) == 2:  # noqa: PLR2004 - FY24
        year = 2000 + int(tokens.word(at)), at + 1
    if year is None:
        return None
    stated, end = year
    if tokens.word(end) in ("-", "/") and tokens.word(end + 1).isdecimal():
        return _fiscal_year(index, end + 2, stated + 1, split=True)
    return _fiscal_year(index, end, stated, split=False)


def _measured(tokens: Tokens, index: int) -> Expression | None:
    """Read the year that a report is about: "MY2024", "measurement year 2024"."""
    at = index + 1
    if tokens.word(index) in ("measurement", "reporting", "survey", "plan") and tokens.word(at) == "year":
        at += 1
    elif tokens.word(index) not in ("my", "ry") or not tokens.source[slice(*tokens.span(index, at))].isupper():
        return None
    year = read_year(tokens, at)
    if year is None:
        return None
    span = year_span(year[0], "year stated")
    return Expression(first=index, end=year[1], kind="period", read=lambda _moment: (span,))


def _fiscal_year(first: int, end: int, ends_in: int, *, split: bool) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        starts = {"US": (7, 1), "GB": (4, 1), "CA": (4, 1)}.get(moment.country, (7, 1))
        if moment.country == "US" and not split:
            starts = (10, 1)
        start = date(ends_in - 1, *starts)
        basis = f"fiscal year from {start:%B} {start.day}"
        return (Span(first=start, last=add_months(start, 12) - ONE_DAY, precision=Precision.YEAR, basis=basis),)

    return Expression(first=first, end=end, kind="period", read=read)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Length:
    """A length inside an expression: "two weeks"."""

    first: int  # index of the expression's first token
    end: int  # index of the token after the length
    count: float
    unit: str

    @property
    def words(self) -> str:
        return f"{self.count:g} {self.unit.replace('_', ' ')}{'s' if self.count != 1 else ''}"


def _distance(tokens: Tokens, index: int, depth: int) -> Expression | None:
    """Read "two weeks ago", "a year earlier", "three days before Christmas", "in two weeks", "the past two weeks"."""
    word = tokens.word(index)
    if word in ("past", "last", "previous", "next", "coming", "following"):
        length = (
            None if is_verb_last(tokens, index) or is_past_over(tokens, index) else _length(tokens, index, index + 1)
        )
        return None if length is None else _window(length, -1 if word in ("past", "last", "previous") else 1)
    if word == "in":
        at = index + 2 if tokens.word(index + 1) in ("about", "around", "roughly", "just") else index + 1
        length = _length(tokens, index, at)
        return None if length is None else _ahead(tokens, length)
    length = _length(tokens, index, index)
    return None if length is None else _placed(tokens, length, depth)


def _length(tokens: Tokens, first: int, index: int) -> _Length | None:
    if tokens.word(index) in ("a", "an", "one") and tokens.word(index + 1) in UNITS:
        count, end = 1.0, index + 1
    else:
        number = read_number(tokens, index)
        if number is None or (number.vague and tokens.word(index) != "few"):
            return None
        count, end = (3.0 if number.vague else number.low), number.end
    while tokens.word(end) in ("more", "full", "short", "whole", "calendar"):
        end += 1
    if tokens.word(end) in ("quarter", "quarters") and first != index:
        return _Length(first=first, end=end + 1, count=count * 3, unit="month")
    if tokens.word(end) in ("business", "working") and tokens.word(end + 1) in ("day", "days"):
        return _Length(first=first, end=end + 2, count=count, unit="business_day")
    if tokens.word(end) not in UNITS or count > MAX_COUNT or UNITS[tokens.word(end)][0] in ("second", "minute"):
        return None
    unit, times = UNITS[tokens.word(end)]
    return _Length(first=first, end=end + 1, count=count * times, unit=unit)


def _placed(tokens: Tokens, length: _Length, depth: int) -> Expression | None:
    word, following = tokens.word(length.end), tokens.word(length.end + 1)
    if word in ("ago", "hence"):
        return _step(length, 1, -1 if word == "ago" else 1)
    if word == "from" and following in ("now", "today"):
        return _step(length, 2, 1)
    alone = word in ("before", "after") and following in (",", ".", "")  # "Two days before, in court, …"
    if alone or word in ("earlier", "later", "prior", "previously", "afterward", "afterwards"):
        return _from_named(length, -1 if word in ("earlier", "prior", "previously", "before") else 1)
    if word == "from" and tokens.word(length.first - 1) == "for":
        return None  # "for 48 hours from Tuesday" begins on Tuesday
    beside = word in ("before", "after", "from", "following")
    other = read_time(tokens, length.end + 1, depth + 1) if beside else None
    if other is None:
        return _from_clause(length, 1 if word == "before" else -1) if _is_apposed(tokens, length) else None
    return _beside(length, other, -1 if word == "before" else 1)


def _is_apposed(tokens: Tokens, length: _Length) -> bool:
    # "were back Tuesday morning, a day after members ratified it" dates what the clause tells
    before = tokens.word(length.first - 2)
    is_date = before in WEEKDAYS or before in PARTS_OF_DAY or before in _POINTS or before.isdecimal()
    opens_clause = tokens.word(length.end) in ("after", "before") and tokens.word(length.end + 1).isalpha()
    return tokens.word(length.first - 1) == "," and is_date and opens_clause


def _from_clause(length: _Length, sign: int) -> Expression:
    moved = _from_named(length, sign)
    return replace(moved, kind="relative", read=lambda moment: moved.read(moment) if moment.named else ())


def _ahead(tokens: Tokens, length: _Length) -> Expression | None:
    # "in two weeks" lies ahead; "in two weeks of talks" and "in a year" with a past tense do not.
    if tokens.word(length.end) in ("of", "'") or tokens.word(length.first - 1) in ("first", "time", "once", "times"):
        return None
    step = _step(length, 0, 1)
    told = (Tense.FUTURE,) if length.unit == "year" else (Tense.FUTURE, Tense.UNKNOWN)
    return replace(step, read=lambda moment: step.read(moment) if moment.tense in told else ())


def _step(length: _Length, words_behind: int, sign: int) -> Expression:
    """Return the expression for a distance from publication."""

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        return _around(_moved(day_span(moment.reference, "publication"), length, sign), length.unit)

    return Expression(first=length.first, end=length.end + words_behind, kind="relative", read=read)


def _beside(length: _Length, other: Expression, sign: int) -> Expression:
    """Return the expression for a distance from another time."""
    return Expression(
        first=length.first,
        end=other.end,
        kind="relative",
        read=lambda moment: tuple(_moved(span, length, sign) for span in other.read(moment)),
    )


def _around(span: Span, unit: str) -> tuple[Span, ...]:
    # "two months ago" is no day: the unit around it, with the exact day as the other reading.
    day = span.first
    wide = {
        "week": lambda: Span(
            first=day - timedelta(days=3), last=day + timedelta(days=3), precision=Precision.WEEK, basis=span.basis
        ),
        "month": lambda: month_span(day.year, day.month, span.basis),
        "year": lambda: year_span(day.year, span.basis),
    }.get(unit)
    return (span,) if wide is None else (wide(), span)


def _moved(span: Span, length: _Length, sign: int) -> Span:
    return replace(
        span,
        first=_move(span.first, length, sign),
        last=_move(span.last, length, sign),
        basis=f"{length.words} {'after' if sign > 0 else 'before'} {span.basis}",
    )


def _move(day: date, length: _Length, sign: int) -> date:
    months = {"month": 1, "year": MONTHS_PER_YEAR}.get(length.unit)
    try:
        if months is not None:
            whole = add_months(day, sign * int(length.count * months))
            return whole + timedelta(days=sign * round(length.count * months % 1 * DAYS_PER_MONTH))
        return day + timedelta(days=sign * int(length.count * _UNIT_DAYS[length.unit]))
    except (ValueError, OverflowError):
        return day


def _from_named(length: _Length, sign: int) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.named is None:
            return ()
        moved = _moved(replace(moment.named, basis="the date named before"), length, sign)
        if moment.named.precision is Precision.DAY and length.unit in ("month", "year"):
            return _around(moved, length.unit)
        return (moved,)

    return Expression(first=length.first, end=length.end + 1, kind=ANCHORED, read=read)


def _window(length: _Length, sign: int) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        edge = _move(moment.reference, length, sign)
        start, last = (edge, moment.reference) if sign < 0 else (moment.reference + ONE_DAY, edge)
        if last < start:
            return ()
        return (Span(first=start, last=last, precision=Precision.WINDOW, basis="counted from publication"),)

    return Expression(first=length.first, end=length.end, kind="period", read=read)


def _plain_window(tokens: Tokens, index: int) -> Expression | None:
    # "the past week" is the last seven days, not last Monday to Sunday
    if tokens.word(index) != "past" or tokens.word(index + 1) not in ("week", "month", "year", "quarter"):
        return None
    if tokens.word(index - 1) != "the":
        return None
    unit, count = ("month", 3) if tokens.word(index + 1) == "quarter" else (tokens.word(index + 1), 1)
    return _window(_Length(first=index, end=index + 2, count=count, unit=unit), -1)


def _nth(tokens: Tokens, index: int, depth: int) -> Expression | None:
    """Read "first week of May", "last Monday in June", "third Thursday of next month", "13th week of the strike"."""
    ordinal = read_ordinal(tokens, index)
    if ordinal is None and tokens.word(index) == "last":
        ordinal = -1, index + 1
    if ordinal is None:
        return None
    nth, at = ordinal
    word = tokens.word(at)
    if word in ("week", "day", "weekend", "month", "year") or word in WEEKDAYS:
        if tokens.word(at + 1) in ("of", "in"):
            whole = _whole(tokens, at + 2, depth)
            if whole is not None:
                return _nth_of(index, whole, nth, word)
        if word in ("week", "day", "month", "weekend"):
            return _nth_since(tokens, index, at + 1, nth, word)
    return None


def _whole(tokens: Tokens, index: int, depth: int) -> Expression | None:
    if tokens.word(index) in ("the", "that") and tokens.word(index + 1) in ("year", "month", "quarter"):
        return _shifted_unit(index, index + 2, tokens.word(index + 1), 0)
    if tokens.word(index) == "the":
        index += 1
    whole = read_time(tokens, index, depth + 1)
    return whole if whole is not None and whole.kind in ("month", "year", "period") else None


def _nth_of(first: int, whole: Expression, nth: int, word: str) -> Expression:
    def read(moment: Moment) -> tuple[Span, ...]:
        return tuple(found for span in whole.read(moment) if (found := _nth_in(span, nth, word)) is not None)

    kind = "period" if word in ("week", "month", "weekend", "year") else "day"
    return Expression(first=first, end=whole.end, kind=kind, read=read, year=whole.year)


def _nth_in(span: Span, nth: int, word: str) -> Span | None:
    basis = f"{'last' if nth < 0 else nth} {word} of: {span.basis}"
    if word == "day":
        day = span.last if nth < 0 else span.first + timedelta(days=nth - 1)
        return day_span(day, basis) if day <= span.last else None
    if word == "month":
        month = span.last.replace(day=1) if nth < 0 else add_months(span.first, nth - 1)
        return month_span(month.year, month.month, basis)
    if word == "week":
        return _nth_week(span, nth, basis)
    weekday = 5 if word == "weekend" else WEEKDAYS.get(word, 0)
    if span.precision is Precision.MONTH:
        found = nth_in_month(span.first.year, span.first.month, weekday, nth)
    else:
        start = span.first + timedelta(days=(weekday - span.first.weekday()) % 7)
        found = (
            start + timedelta(days=7 * (nth - 1))
            if nth > 0
            else span.last - timedelta(days=(span.last.weekday() - weekday) % 7)
        )
    if found is None:
        return None
    last = found + ONE_DAY if word == "weekend" else found
    return Span(first=found, last=last, precision=Precision.WINDOW if word == "weekend" else Precision.DAY, basis=basis)


def _nth_week(span: Span, nth: int, basis: str) -> Span | None:
    # A week belongs to the month or year that has its Thursday, as in ISO 8601.
    thursday = span.first + timedelta(days=(3 - span.first.weekday()) % 7)
    if nth > 0:
        thursday += timedelta(days=7 * (nth - 1))
    else:
        thursday = span.last - timedelta(days=(span.last.weekday() - 3) % 7)
    return week_span(thursday, basis) if span.first <= thursday <= span.last else None


def _nth_since(tokens: Tokens, index: int, end: int, nth: int, unit: str) -> Expression | None:
    if nth < 1 or unit == "weekend":
        return None
    noun = next((tokens.word(at) for at in range(end, end + 5) if tokens.word(at) in _LONG_SPAN), "")
    before = next((tokens.word(index - back) for back in range(1, 5) if tokens.word(index - back) in _LONG_SPAN), "")
    if not (noun or before or tokens.word(index - 1) in ("its", "their", "into", "entering", "a", "enters", "entered")):
        return None

    def read(moment: Moment) -> tuple[Span, ...]:
        began = moment.began.get(noun or before)
        if began is None and len(moment.began) == 1:
            began = next(iter(moment.began.values()))
        span = None if began is None else _nth_from(began, nth, unit)
        # A week that is yet to come counts something else than what began then.
        ahead = span is not None and moment.reference is not None and span.first > moment.reference + ONE_DAY
        return () if span is None or ahead else (span,)

    return Expression(first=index, end=end, kind="ordinal", read=read)


def _nth_from(began: date, nth: int, unit: str) -> Span:
    basis = f"{unit} {nth} counted from {began.isoformat()}"
    if unit == "day":
        return day_span(began + timedelta(days=nth - 1), basis)
    if unit == "week":
        first = began + timedelta(days=7 * (nth - 1))
        return Span(first=first, last=first + timedelta(days=6), precision=Precision.WEEK, basis=basis)
    first = add_months(began, nth - 1)
    return Span(first=first, last=add_months(began, nth) - ONE_DAY, precision=Precision.MONTH, basis=basis)


def _week_of(tokens: Tokens, index: int, depth: int) -> Expression | None:
    """Read "the week of Oct. 21", "week ending March 7", "the weekend of June 3", "the month of May"."""
    word, joint = tokens.word(index), tokens.word(index + 1)
    if word not in ("week", "weekend", "month", "year") or joint not in (
        "of",
        "ending",
        "beginning",
        "starting",
        "commencing",
    ):
        return None
    at = index + 3 if tokens.word(index + 2) in ("the", "on") else index + 2
    other = read_time(tokens, at, depth + 1)
    if other is None or other.kind not in ("day", "holiday", "weekday", "month", "relative"):
        return None
    if other.kind == "month":
        return replace(other, first=index) if word == "month" else None

    def read(moment: Moment) -> tuple[Span, ...]:
        return tuple(_unit_around(span.first, word, 0, f"the {word} of: {span.basis}") for span in other.read(moment))

    return Expression(first=index, end=other.end, kind="period", read=read, year=other.year)


def _ends(tokens: Tokens, index: int) -> Expression | None:
    """Read "year's end", "year-end", "month's end"."""
    unit = tokens.word(index)
    if unit not in ("year", "month", "week"):
        return None
    if tokens.word(index + 1) == "-" and tokens.word(index + 2) == "end":
        end = index + 3
    elif tokens.words[index + 1 : index + 4] == ("'", "s", "end"):
        end = index + 4
    else:
        return None
    whole = _shifted_unit(index, end, unit, 0)
    return replace(whole, read=lambda moment: tuple(narrowed(span, "late") for span in whole.read(moment)))


def _decade(tokens: Tokens, index: int) -> Expression | None:
    """Read "the 1990s", "the 1990's", "the ’80s", "the 70s"."""
    word = tokens.word(index)
    if len(word) == len("90") and word.isdecimal() and tokens.word(index - 1) in ("the", "'", "in"):
        start, end = 1900 + int(word), index + 1
    elif (year := read_year(tokens, index)) is not None and word != "'":
        start, end = year
    else:
        return None
    if tokens.word(end) == "'":
        end += 1
    if tokens.word(end) != "s" or not tokens.touches(end - 1) or start % 10:
        return None
    last = date(start + 9, 12, 31)
    span = Span(first=date(start, 1, 1), last=last, precision=Precision.WINDOW, basis="decade stated")
    return Expression(first=index, end=end + 1, kind="period", read=lambda _moment: (span,))


_READERS: tuple[Callable[[Tokens, int], Expression | None], ...] = (
    read_anchored,
    _point,
    _decade,
    _fiscal,
    _measured,
    _quarter,
    _days_of_month,
    _weekday_after_week,
    _plain_window,
    _shifted,
    _ends,
    _rest,
    _weekend,
    _season,
)
# Those that read another time inside themselves: "early next week", "two days after the end of May".
_NESTING_READERS: tuple[Callable[[Tokens, int, int], Expression | None], ...] = (
    _units_of,
    _nth,
    _distance,
    _part,
    _week_of,
)
MAX_DEPTH = 2  # "two days before the end of next week"; hostile text would go on for ever

# Words that can begin a relative or partial time; anything else is passed over without a try.
_PLAIN_OPENERS = words(
    "day the earlier later q h my ry measurement reporting survey plan fiscal financial school academic tax fy in "
    "following week weekend month year rest remainder final that same '"
)
_OPENERS = frozenset((*_PLAIN_OPENERS, *_SHIFTS, *_SEASONS, *_PART_WORDS, *_POINTS, *_QUARTERS, *NUMBER_WORDS))
_EVERY_OPENER = _OPENERS | DATE_OPENERS
# What must stand behind an article for a time to begin there: articles are the commonest words and seldom begin one.
_COUNTS = frozenset(("few", "couple"))
_BEHIND_ARTICLE: Mapping[str, frozenset[str]] = {
    "the": _COUNTS | AFTER_THE | frozenset(name[1] for name in NAMED_DAYS if name[0] == "the" and len(name) > 1),
    "a": _COUNTS | UNITS.keys() | SCALES.keys(),
    "an": _COUNTS | UNITS.keys() | SCALES.keys(),
}


def may_begin_time(tokens: Tokens, index: int) -> bool:
    """Tell whether a time may begin at token `index`, by the word there and the one behind it."""
    word = tokens.words[index]
    if word in _BEHIND_ARTICLE:
        return tokens.word(index + 1) in _BEHIND_ARTICLE[word]
    return word in _EVERY_OPENER or word[0].isdecimal()


def read_time(tokens: Tokens, index: int, depth: int = 0) -> Expression | None:
    """Read the time that begins at token `index`, relative, partial or by name.

    Args:
        tokens: the stretch.
        index: where it may begin.
        depth: how many times this one stands inside.
    """
    word = tokens.word(index)
    if word in _OPENERS or word[:1].isdecimal():
        for nesting in _NESTING_READERS if depth < MAX_DEPTH else ():
            if (expression := nesting(tokens, index, depth)) is not None:
                return expression
        for reader in _READERS:
            if (expression := reader(tokens, index)) is not None:
                return expression
    return read_date(tokens, index) if word in DATE_OPENERS or word[:1].isdecimal() else None
