"""Dates by name: "Thursday, Oct. 24", "24 October 2024", "2024-10-24", "October", "2021", "Friday", "Halloween"."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from bot.core.days import MONTHS as MONTH_NAMES
from bot.core.days import WEEKDAYS as WEEKDAY_NAMES
from bot.core.model import Precision
from bot.core.text.lexicon import words
from bot.core.text.moments import (
    MAX_YEAR,
    MIN_YEAR,
    MONTHS_PER_YEAR,
    Expression,
    Moment,
    Span,
    YearWords,
    add_months,
    by_tense,
    constant,
    day_span,
    month_span,
    ordered,
    valid_day,
    year_span,
    years_of,
)
from bot.core.text.named_days import FIRST_WORDS, LONGEST_NAME, is_day_name, named_days
from bot.core.text.numbers import NUMBER_WORDS, SCALES, read_number, read_ordinal
from bot.core.text.tokens import Tokens

MAX_DAY = 31
LONGEST_MONTH = timedelta(days=31)
WEEKDAY_SEARCH_YEARS = 12  # a weekday and a date agree again after 5, 6 or 11 years
TWO_DIGIT_PIVOT = 69  # "68" is 2068, "69" is 1969, as in POSIX strptime

_SHORT_MONTHS = {name[:3]: place for place, name in enumerate(MONTH_NAMES, start=1)} | {"sept": 9}
MONTHS: Mapping[str, int] = {name: place for place, name in enumerate(MONTH_NAMES, start=1)} | _SHORT_MONTHS
_SHORT_WEEKDAYS = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}
WEEKDAYS: Mapping[str, int] = {name: place for place, name in enumerate(WEEKDAY_NAMES)} | _SHORT_WEEKDAYS
PARTS_OF_DAY = frozenset(("morning", "afternoon", "evening", "night", "noon", "midday"))

# Before a word that is also a verb or a name, these say that it is a month.
_MONTH_LEADS = frozenset(
    words(
        "in of since by until till last next this early late mid from to through during before after on between and -"
    )
)
_AMBIGUOUS_MONTHS = frozenset(
    ("may", "march", "mar", "dec", "jan", "jun", "sep", "oct", "nov", "feb", "apr", "jul", "aug")
)
_YEAR_LEADS = frozenset(
    words(
        "in since by until till from to through during before after of early late mid fall spring summer "
        "winter autumn between year ended ending circa and or the mid- for - , ("
    )
)
_NOT_A_DAY_BEFORE = frozenset(
    words(
        "percent % per people workers members patients nurses strikers million billion thousand minutes : day days "
        "week weeks month months year years hours"
    )
)
_NO_YEAR_BEFORE = frozenset(words("percent % per dollars members people patients workers employees nurses more other"))


# Words that can begin a date by name; digits can too.
DATE_OPENERS = frozenset((*MONTHS, *WEEKDAYS, *FIRST_WORDS, *NUMBER_WORDS, "'"))


def read_date(tokens: Tokens, index: int) -> Expression | None:
    """Read the date by name that begins at token `index`."""
    word = tokens.word(index)
    if word in FIRST_WORDS and (holiday := _holiday(tokens, index)) is not None:
        return holiday
    if word in WEEKDAYS:
        return _weekday_led(tokens, index)
    if word in MONTHS:
        return _month_led(tokens, index)
    if word[:1].isdecimal():
        return _digits_led(tokens, index)
    return _ordinal_led(tokens, index)


def read_month_name(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read a month's name: its number and the index after it (and after its full stop)."""
    word = tokens.word(index)
    if word not in MONTHS:
        return None
    end = index + 1
    if word in _SHORT_MONTHS and word != "may" and tokens.word(end) == "." and tokens.touches(index):
        end += 1
    return MONTHS[word], end


def read_year(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read a year in four digits, or in two after an apostrophe: the year and the index after it."""
    word = tokens.word(index)
    short = tokens.word(index + 1)
    if word == "'" and tokens.touches(index) and len(short) == len("24") and short.isdecimal():
        return _century(int(tokens.words[index + 1])), index + 2
    if len(word) == len("2024") and word.isdecimal() and MIN_YEAR <= int(word) <= MAX_YEAR:
        return int(word), index + 1
    return None


def read_year_words(tokens: Tokens, index: int) -> tuple[YearWords, int]:
    """Read what follows a date: ", 2024", "2024", "of last year"; without any, the words say nothing of the year."""
    at = index
    if tokens.word(at) in (",", "of", "in"):
        at += 1
    if tokens.word(at) == "the" and tokens.word(at + 1) == "year":
        at += 2
    if (year := read_year(tokens, at)) is not None and tokens.word(year[1]) not in _NO_YEAR_BEFORE:
        return YearWords(year=year[0]), year[1]
    shift = {"last": -1, "this": 0, "next": 1}.get(tokens.word(at))
    if shift is not None and tokens.word(at + 1) == "year" and tokens.word(index) != ",":
        return YearWords(shift=shift), at + 2
    return YearWords(), index


def read_day_number(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read a day of a month in digits or as an ordinal: the day and the index after it."""
    word = tokens.word(index)
    if word.isdecimal() and len(word) < 3 and 0 < int(word) <= MAX_DAY:  # noqa: PLR2004 - two digits at most
        return int(word), index + 1
    ordinal = read_ordinal(tokens, index)
    if ordinal is not None and ordinal[0] <= MAX_DAY:
        return ordinal
    number = read_number(tokens, index) if word.isalpha() else None
    if number is not None and not number.vague and 0 < number.low <= MAX_DAY and number.low == int(number.low):
        return int(number.low), number.end
    return None


def day_expression(
    first: int, end: int, date_words: tuple[int, int, YearWords], weekday: int | None = None
) -> Expression:
    """Return the expression for a day of a month; `date_words` are month, day and year."""
    month, day, year = date_words

    def read(moment: Moment) -> tuple[Span, ...]:
        days = [valid_day(at, month, day) for at in _candidate_years(year, weekday, moment)]
        known = [found for found in days if found is not None and (weekday is None or found.weekday() == weekday)]
        if not known and weekday is not None and year.year is not None:
            # Stated year and stated weekday disagree: the date is what was looked up, the weekday was added.
            known = [found for found in days if found is not None]
        return ordered((day_span(found, _day_basis(year, weekday, moment)) for found in known), moment)

    return Expression(
        first=first, end=end, kind="day", read=read, month=month, day=day, weekday=weekday, year=year.year
    )


def month_expression(first: int, end: int, month: int, year: YearWords) -> Expression:
    """Return the expression for a month."""

    def read(moment: Moment) -> tuple[Span, ...]:
        basis = "month and year stated" if year.year else f"month without year: {by_tense(moment)}"
        return ordered((month_span(at, month, basis) for at in years_of(year, moment)), moment)

    return Expression(first=first, end=end, kind="month", read=read, month=month, year=year.year)


def weekday_expression(first: int, end: int, weekday: int) -> Expression:
    """Return the expression for a bare weekday."""

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        near = (moment.reference + timedelta(days=shift) for shift in range(-7, 8))
        basis = f"weekday: {by_tense(moment)}"
        return ordered((day_span(day, basis) for day in near if day.weekday() == weekday), moment)

    return Expression(first=first, end=end, kind="weekday", read=read, weekday=weekday)


def year_expression(first: int, end: int, year: int) -> Expression:
    """Return the expression for a calendar year."""
    return Expression(first=first, end=end, kind="year", read=constant(year_span(year, "year stated")), year=year)


def with_year(expression: Expression, year: int) -> Expression:
    """Return a day or month without a year as one of `year`."""
    words_of_year = YearWords(year=year)
    if expression.month is None:
        return expression
    if expression.day is None:
        return month_expression(expression.first, expression.end, expression.month, words_of_year)
    stated = expression.month, expression.day, words_of_year
    return day_expression(expression.first, expression.end, stated, expression.weekday)


def _candidate_years(year: YearWords, weekday: int | None, moment: Moment) -> tuple[int, ...]:
    if weekday is None or year.year is not None or year.shift is not None or moment.reference is None:
        return years_of(year, moment)
    middle = moment.reference.year
    return tuple(range(middle - WEEKDAY_SEARCH_YEARS, middle + 2))


def _day_basis(year: YearWords, weekday: int | None, moment: Moment) -> str:
    if year.year is not None:
        return "date stated"
    if weekday is not None:
        return "the weekday fixes the year"
    return f"date without year: {by_tense(moment)}"


def _month_led(tokens: Tokens, index: int) -> Expression | None:
    name = read_month_name(tokens, index)
    if name is None:
        return None
    month, at = name
    sign = tokens.word(at) if tokens.word(at) in ("-", "/") and tokens.touches(at - 1) and tokens.touches(at) else ""
    if sign and (year := read_year(tokens, at + 1)) is not None:
        return month_expression(index, year[1], month, YearWords(year=year[0]))
    if sign or tokens.word(at) == "the" or (tokens.word(at) == "," and _is_ordinal(tokens, at + 1)):
        at += 1
    day = read_day_number(tokens, at)
    if day is not None and tokens.word(day[1]) not in _NOT_A_DAY_BEFORE and _is_day(tokens, at, day[1]):
        year_words, end = read_year_words(tokens, day[1] + (sign != "" and tokens.word(day[1]) == sign))
        return day_expression(index, max(day[1], end if year_words != YearWords() else 0), (month, day[0], year_words))
    year_words, end = read_year_words(tokens, name[1])
    if year_words == YearWords() and not _is_month(tokens, index):
        return None
    return month_expression(index, end, month, year_words)


def _is_ordinal(tokens: Tokens, index: int) -> bool:
    return tokens.word(index)[:1].isdecimal() and read_ordinal(tokens, index) is not None


def _is_day(tokens: Tokens, at: int, end: int) -> bool:
    # "October 5 p.m." and "in May 7 of 10 nurses" name no day.
    after = tokens.word(end)
    if after in ("p", "a", "pm", "am"):
        return not tokens.word(at).isdecimal()
    if after in ("in", "of") and tokens.word(at).isdecimal():
        return not tokens.word(end + 1)[:1].isdecimal() or read_year(tokens, end + 1) is not None
    return True


def _is_month(tokens: Tokens, index: int) -> bool:
    word = tokens.words[index]
    if word not in _AMBIGUOUS_MONTHS:
        return True
    leads, capital = tokens.word(index - 1) in _MONTH_LEADS, tokens.is_capital(index)
    if word == "may":
        joins = tokens.word(index + 1) in ("to", "through", "-", "and") and tokens.word(index + 2) in MONTHS
        return (capital or tokens.word(index - 1) == "in") and (leads or joins)
    if word == "march":
        return leads or (capital and index > 0)
    return capital or leads


def _digits_led(tokens: Tokens, index: int) -> Expression | None:
    word = tokens.word(index)
    if not word.isdecimal() and any(sign in word for sign in "-/."):
        return _in_digits(tokens, index)
    return _month_slash(tokens, index) or _day_led(tokens, index) or _year_led(tokens, index)


_BEFORE_SLASHED = frozenset(
    ("on", "by", "from", "between", "until", "since", "before", "after", "to", "of", ",", "or", "and")
)


def _month_slash(tokens: Tokens, index: int) -> Expression | None:
    """Read "11/2024", and "11/20" where a preposition says that it is a date."""
    word, sign, second = tokens.word(index), tokens.word(index + 1), tokens.word(index + 2)
    if not (word.isdecimal() and second.isdecimal() and len(word) < 3):  # noqa: PLR2004 - a month
        return None
    if sign not in ("/", "-") or tokens.word(index + 3) in ("/", "%") or not 0 < int(word) <= MAX_DAY:
        return None
    year = read_year(tokens, index + 2)
    if year is not None and int(word) <= MONTHS_PER_YEAR:
        return month_expression(index, index + 3, int(word), YearWords(year=year[0]))
    if sign != "/" or tokens.word(index - 1) not in _BEFORE_SLASHED or len(second) > 2 or (word, second) == ("9", "11"):  # noqa: PLR2004 - two digits
        return None
    return _slashed_day(index, int(word), int(second))


def _slashed_day(index: int, first: int, second: int) -> Expression | None:
    if first <= MONTHS_PER_YEAR and 0 < second <= MAX_DAY:
        return day_expression(index, index + 3, (first, second, YearWords()))
    if second <= MONTHS_PER_YEAR and second > 0:
        return day_expression(index, index + 3, (second, first, YearWords()))
    return None


def _ordinal_led(tokens: Tokens, index: int) -> Expression | None:
    return _day_led(tokens, index) if read_ordinal(tokens, index) else None


def _day_led(tokens: Tokens, index: int) -> Expression | None:
    day = read_day_number(tokens, index)
    if day is None or tokens.word(index - 1) in ("$", "£", "€"):
        return None
    at = day[1]
    if tokens.word(at) in ("of", "-", "/", "day") and read_month_name(tokens, at + 1):
        at += 1
    elif tokens.word(at) == "day" and tokens.word(at + 1) == "of":
        at += 2
    name = read_month_name(tokens, at)
    if name is None:
        return read_day_of_shifted_month(tokens, index, day) or _day_of_month(tokens, index)
    if (
        tokens.word(at) in ("may", "march")
        and not tokens.is_capital(at)
        and tokens.word(at - 1) not in ("of", "-", "/")
    ):
        return None
    sign = 1 if tokens.word(name[1]) in ("-", "/") and read_year(tokens, name[1] + 1) else 0
    year, end = read_year_words(tokens, name[1] + sign)
    return day_expression(index, end if year != YearWords() else name[1], (name[0], day[0], year))


def read_days_before_month(tokens: Tokens, index: int) -> tuple[Expression, ...]:
    """Read several days that share the month's name behind the last: "20, 21 and 22 March", "Wed 9 and Thu 10 May"."""
    if tokens.word(index - 1) in ("between", "$", "£", "€"):
        return ()
    days: list[tuple[int, int, int, int | None]] = []  # where it begins, where it ends, its number, its weekday
    at = index
    while len(days) < MAX_DAY and (day := _day_of_list(tokens, at)) is not None:
        if days and day[2] <= days[-1][2]:
            return ()
        days.append(day)
        at = day[1]
        while tokens.word(at) in _BETWEEN_DAYS:
            at += 1
        if at == day[1]:
            break
    if len(days) < 2 or at != days[-1][1]:  # noqa: PLR2004 - one is no list
        return ()
    last = _day_led(tokens, days[-1][1] - 1)
    if last is None or last.month is None or last.kind != "day":
        return ()
    month, year = last.month, YearWords(year=last.year)
    listed = [day_expression(first, end, (month, number, year), weekday) for first, end, number, weekday in days[:-1]]
    _, _, number, weekday = days[-1]
    return (*listed, day_expression(days[-1][0], last.end, (month, number, year), weekday))


_BETWEEN_DAYS = frozenset((",", "and", "or", "&"))


def _day_of_list(tokens: Tokens, index: int) -> tuple[int, int, int, int | None] | None:
    weekday = WEEKDAYS.get(tokens.word(index))
    at = index if weekday is None else index + 1
    at += tokens.word(at) == "the"
    word = tokens.word(at)
    if not word[:1].isdecimal() or len(word) > len("22nd"):
        return None
    day = read_day_number(tokens, at)
    return None if day is None else (index, day[1], day[0], weekday)


def read_day_of_shifted_month(tokens: Tokens, first: int, day: tuple[int, int]) -> Expression | None:
    """Read what makes a day one of last, this or next month: "the 21st of this month", "23 next month"."""
    at = day[1] + 1 if tokens.word(day[1]) in ("of", "in") else day[1]
    shift = _MONTH_SHIFTS.get(tokens.word(at))
    if shift is None or tokens.word(at + 1) != "month":
        return None

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        month = add_months(moment.reference.replace(day=1), shift)
        found = valid_day(month.year, month.month, day[0])
        return (day_span(found, "day of a month by distance"),) if found else ()

    return Expression(first=first, end=at + 2, kind="day", read=read, day=day[0])


_MONTH_SHIFTS = {"last": -1, "past": -1, "previous": -1, "this": 0, "the": 0, "current": 0, "next": 1, "coming": 1}

_BEFORE_DAY_OF_MONTH = frozenset(("on", "by", "until", "till", "since", "for", "of", ","))
_AFTER_DAY_OF_MONTH = frozenset(("and", "at", "in", "of", "for", "to", "but", "or"))


def _day_of_month(tokens: Tokens, index: int) -> Expression | None:
    # "on the 24th": only with both words before it, and nothing counted behind it.
    lead = tokens.word(index - 2) if tokens.word(index - 1) == "the" else tokens.word(index - 1)
    if lead not in _BEFORE_DAY_OF_MONTH or (tokens.word(index - 1) != "the" and lead != "on"):
        return None
    return read_day_of_month(tokens, index)


def read_day_of_month(tokens: Tokens, index: int) -> Expression | None:
    """Read a day as "24th" behind which nothing is counted, in the month that is nearest."""
    day = read_day_number(tokens, index)
    word, after = tokens.word(index), tokens.word(day[1]) if day else ""
    if day is None or not word[:1].isdecimal() or word.isdecimal():
        return None
    if after.isalpha() and after not in _AFTER_DAY_OF_MONTH:
        return None
    number = day[0]

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        months = ((moment.reference.year * 12 + moment.reference.month - 1 + shift) for shift in (-1, 0, 1))
        days = (valid_day(month // 12, month % 12 + 1, number) for month in months)
        basis = f"day of the month: {by_tense(moment)}"
        spans = ordered((day_span(found, basis) for found in days if found is not None), moment)
        return tuple(span for span in spans if _follows(span, moment)) or spans

    return Expression(first=index, end=day[1], kind="day", read=read, day=number)


def _follows(span: Span, moment: Moment) -> bool:
    # "gave notice on 14 October of a walkout on the 21st": a day of the month counts on from the day named before it.
    named = moment.named
    return named is not None and named.first == named.last and timedelta(0) < span.first - named.first <= LONGEST_MONTH


def _in_digits(tokens: Tokens, index: int) -> Expression | None:
    word = tokens.words[index]
    separator = next(sign for sign in "-/." if sign in word)
    parts = [int(part) for part in word.split(separator) if part.isdecimal()]
    if len(parts) != 3:  # noqa: PLR2004 - a decimal number, not a date
        return None
    if parts[0] >= MIN_YEAR:
        orders = [(parts[0], parts[1], parts[2])]
    else:
        year = parts[2] if parts[2] > 99 else _century(parts[2])  # noqa: PLR2004 - two digits
        orders = [(year, parts[0], parts[1]), (year, parts[1], parts[0])]

    def read(moment: Moment) -> tuple[Span, ...]:
        day_first = separator == "." or moment.country != "US"
        ranked = orders[::-1] if day_first and len(orders) > 1 else orders
        days = [day for order in ranked if MIN_YEAR <= order[0] <= MAX_YEAR and (day := valid_day(*order))]
        known = "day before month" if day_first else "month before day"
        basis = "date in digits" if len(set(days)) == 1 else f"date in digits, {known} as usual there"
        return tuple(day_span(day, basis) for day in dict.fromkeys(days))

    if not any(MIN_YEAR <= order[0] <= MAX_YEAR and valid_day(*order) for order in orders):
        return None
    return Expression(first=index, end=index + 1, kind="day", read=read)


def _century(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < TWO_DIGIT_PIVOT else 1900)


def _year_led(tokens: Tokens, index: int) -> Expression | None:
    found = read_year(tokens, index)
    if found is None or tokens.word(index) == "'" or _is_glued(tokens, index):
        return None
    year, end = found
    if (joined := _year_joined(tokens, index, year)) is not None:
        return joined
    part_of_number = tokens.word(end) in ("-", "/", ".", ":") and tokens.touches(index)
    if part_of_number and tokens.word(end + 1)[:1].isdecimal() and read_year(tokens, end + 1) is None:
        return None
    if not _is_year(tokens, index, end):
        return None
    name = read_month_name(tokens, end)
    if name is not None and tokens.is_capital(end) and not read_day_number(tokens, name[1]):
        return month_expression(index, name[1], name[0], YearWords(year=year))
    return year_expression(index, end, year)


def _year_joined(tokens: Tokens, index: int, year: int) -> Expression | None:
    """Read "2023-24", "2023-11", "2023/11", "2019-Sep-1"."""
    end = index + 1
    if tokens.word(end) not in ("-", "/") or not tokens.touches(index) or not tokens.touches(end):
        return None
    second = tokens.word(end + 1)
    name = read_month_name(tokens, end + 1)
    if name is not None and tokens.word(name[1]) == tokens.word(end):
        day = read_day_number(tokens, name[1] + 1)
        return day_expression(index, day[1], (name[0], day[0], YearWords(year=year))) if day else None
    if not second.isdecimal() or len(second) > len("12") or tokens.word(end + 2) in ("-", "/"):
        return None
    if len(second) == len("24") and int(second) == (year + 1) % 100:
        return _two_years(index, end + 2, year)
    if 0 < int(second) <= MONTHS_PER_YEAR:
        return month_expression(index, end + 2, int(second), YearWords(year=year))
    return None


def _is_glued(tokens: Tokens, index: int) -> bool:
    return index > 0 and tokens.touches(index - 1) and tokens.words[index - 1] not in ("(", '"', "'", "-", "/")


def _two_years(index: int, end: int, year: int) -> Expression:
    fiscal = Span(
        first=date(year, 7, 1), last=date(year + 1, 6, 30), precision=Precision.YEAR, basis="fiscal or school year"
    )
    both = Span(
        first=date(year, 1, 1), last=date(year + 1, 12, 31), precision=Precision.WINDOW, basis="two years stated"
    )
    return Expression(first=index, end=end, kind="period", read=constant(fiscal, both))


_NUMBERED = frozenset(("$", "£", "€", "#", "no", "section", "§", "local", "ab", "sb", "suite", "room"))
_NEVER_BEHIND_YEAR = frozenset(("%", "$", "per", "percent")) | frozenset(SCALES)


def _is_year(tokens: Tokens, index: int, end: int) -> bool:
    after, before = tokens.word(end), tokens.word(index - 1)
    if before in _NUMBERED or after in _NEVER_BEHIND_YEAR:
        return False
    if after in _NO_YEAR_BEFORE:
        return before in ("in", "since", "during", "the")
    is_house_number = tokens.is_capital(end) and before not in _YEAR_LEADS and before != ""
    return not is_house_number


def _weekday_led(tokens: Tokens, index: int) -> Expression | None:
    word = tokens.words[index]
    weekday, end = WEEKDAYS[word], index + 1
    if word in _SHORT_WEEKDAYS and tokens.word(end) == "." and tokens.touches(index):
        end += 1
    dated = _dated_weekday(tokens, index, end, weekday)
    if dated is not None:
        return dated
    if word in _SHORT_WEEKDAYS and not _is_short_weekday(tokens, index, end):
        return None
    if (beside := _weekday_beside(tokens, index, end, weekday)) is not None:
        return beside
    if (in_week := _weekday_in_week(tokens, index, end, weekday)) is not None:
        return in_week
    return weekday_expression(index, end + (tokens.word(end) in PARTS_OF_DAY), weekday)


def _weekday_beside(tokens: Tokens, index: int, end: int, weekday: int) -> Expression | None:
    """Read "Thursday before Thanksgiving", "Monday after Easter", "Tuesday last", "Friday week"."""
    word = tokens.word(end)
    if word in ("last", "week") and not tokens.word(end + 1).isalnum():
        shift = {"last": -1, "week": 1}[word]
        return _weekday_passed(index, end + 1, weekday, shift)
    if word not in ("before", "after") or (named := _holiday(tokens, end + 1)) is None:
        return None
    sign = 1 if word == "after" else -1

    def read(moment: Moment) -> tuple[Span, ...]:
        days = (span.first + timedelta(days=sign * shift) for span in named.read(moment) for shift in range(1, 8))
        return tuple(day_span(day, f"{word} the holiday") for day in days if day.weekday() == weekday)

    return Expression(first=index, end=named.end, kind="day", read=read, weekday=weekday)


def _weekday_passed(first: int, end: int, weekday: int, shift: int) -> Expression:
    # "Tuesday last" is the one before publication, "Tuesday week" a week after the coming one

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        if shift < 0:
            days = ((moment.reference.weekday() - weekday - 1) % 7) + 1
            return (day_span(moment.reference - timedelta(days=days), "weekday: the last one"),)
        days = ((weekday - moment.reference.weekday() - 1) % 7) + 8
        return (day_span(moment.reference + timedelta(days=days), "weekday: a week after the coming one"),)

    return Expression(first=first, end=end, kind="weekday", read=read, weekday=weekday)


def _is_short_weekday(tokens: Tokens, index: int, end: int) -> bool:
    # "Sat." and "on Sat", not "sat" and not "the Sun"
    led = tokens.word(index - 1) in ("on", "last", "next", "this", "by", "until", "since")
    return tokens.is_capital(index) and (end > index + 1 or led)


def _dated_weekday(tokens: Tokens, index: int, end: int, weekday: int) -> Expression | None:
    at = end
    while at < end + 3 and (tokens.word(at) in (",", "the", "(", "-") or tokens.word(at) in PARTS_OF_DAY):
        at += 1
    dated = _date_behind(tokens, at)
    if dated is None and (day := _ordinal_behind(tokens, at)) is not None:
        return _weekday_of_some_month(index, day[1], weekday, day[0])
    if dated is None or dated.kind != "day":
        return None
    if dated.month is None or dated.day is None:
        return replace(dated, first=index, weekday=weekday)
    year = YearWords(year=dated.year)
    if dated.year is None and tokens.word(dated.end - 1) == "year":
        year = read_year_words(tokens, dated.end - 2)[0]
    return day_expression(index, dated.end, (dated.month, dated.day, year), weekday)


def _ordinal_behind(tokens: Tokens, at: int) -> tuple[int, int] | None:
    day = read_day_number(tokens, at) if _is_ordinal(tokens, at) else None
    return (
        day if day and not (tokens.word(day[1]).isalpha() and tokens.word(day[1]) not in _AFTER_DAY_OF_MONTH) else None
    )


def _weekday_of_some_month(first: int, end: int, weekday: int, number: int) -> Expression:
    # "Friday the 15th": a month near publication in which that day is such a weekday

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        months = [add_months(moment.reference.replace(day=1), shift) for shift in range(-12, 13)]
        days = [valid_day(month.year, month.month, number) for month in months]
        basis = "the weekday fixes the month"
        return ordered((day_span(day, basis) for day in days if day and day.weekday() == weekday), moment)

    return Expression(first=first, end=end, kind="day", read=read, day=number, weekday=weekday)


def _date_behind(tokens: Tokens, at: int) -> Expression | None:
    if tokens.word(at) in MONTHS:
        return _month_led(tokens, at)
    if tokens.word(at)[:1].isdecimal():
        return _digits_led(tokens, at)
    return _ordinal_led(tokens, at) if tokens.word(at - 1) == "the" else None


def _weekday_in_week(tokens: Tokens, index: int, end: int, weekday: int) -> Expression | None:
    at = end + 1 if tokens.word(end) in ("of", "in") else end
    shift = {"last": -1, "this": 0, "next": 1}.get(tokens.word(at))
    if shift is None or tokens.word(at + 1) != "week":
        return None
    return weekday_of_week(index, at + 2, weekday, shift)


def weekday_of_week(first: int, end: int, weekday: int, shift: int) -> Expression:
    """Return the expression for a weekday of last, this or next week."""

    def read(moment: Moment) -> tuple[Span, ...]:
        if moment.reference is None:
            return ()
        monday = moment.reference - timedelta(days=moment.reference.weekday())
        day = monday + timedelta(days=7 * shift + weekday)
        where = {-1: "last", 0: "this", 1: "next"}[shift]
        return (day_span(day, f"weekday of {where} week"),)

    return Expression(first=first, end=end, kind="weekday", read=read, weekday=weekday)


def _holiday(tokens: Tokens, index: int) -> Expression | None:
    name: list[str] = []
    found: tuple[tuple[str, ...], int] | None = None
    at = index
    while len(name) < LONGEST_NAME and (tokens.word(at).isalnum() or tokens.word(at) in ("'", ".", ",", "-")):
        if tokens.words[at] != "'":
            name.append(tokens.words[at])
            if is_day_name(tuple(name)):
                found = tuple(name), at + 1
        at += 1
    if found is None or (len(found[0]) == 1 and tokens.word(found[1]) == "week"):
        return None
    year, end = read_year_words(tokens, found[1])
    if tokens.word(found[1]) == "'" and tokens.word(found[1] + 1) == "s":
        year, end = YearWords(), found[1]
    return holiday_expression(index, end, found[0], year)


def holiday_expression(first: int, end: int, name: tuple[str, ...], year: YearWords) -> Expression:
    """Return the expression for a day with a name."""

    def read(moment: Moment) -> tuple[Span, ...]:
        basis = "holiday of the year stated" if year.year else f"holiday: {by_tense(moment)}"
        days = named_days(name, moment.country, years_of(year, moment))
        return ordered((day_span(day, basis) for day in days), moment)

    return Expression(first=first, end=end, kind="holiday", read=read, year=year.year)
