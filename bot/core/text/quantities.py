"""Durations, counts, money and shares, with their hedges as bounds and their rates kept apart."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.core.model import Bound, Quantity
from bot.core.text.currencies import CURRENCY_SIGNS, CURRENCY_WORDS, DOLLARS, GLUED_SIGNS, HUNDREDTHS, NATIONS
from bot.core.text.hedges import AFTER, BEFORE, HEDGE_WORDS, WITH_OVER
from bot.core.text.lexicon import words
from bot.core.text.numbers import NUMBER_WORDS, ORDINALS, SCALES, Number, read_fraction, read_number, read_ordinal
from bot.core.text.tokens import Tokens, tokenise

_LAST_HOUR = 24  # of a day
RATE_WORDS = 6  # how far behind its number a rate may stand: "seven hours of guaranteed time per week"
COUNTED_WORDS = 4  # how many words what is counted may have: "Southern California mental health therapists"
DAYS_PER_MONTH, DAYS_PER_YEAR = 30, 365  # where two units meet in one length

# A unit's word → the unit of the model, and how many of it the word stands for.
UNITS: Mapping[str, tuple[str, float]] = (
    {"fortnight": ("week", 2), "fortnights": ("week", 2), "decade": ("year", 10), "decades": ("year", 10)}
    | {
        "century": ("year", 100),
        "centuries": ("year", 100),
        "weekends": ("day", 2),
        "night": ("day", 1),
        "nights": ("day", 1),
    }
    | {"workday": ("business_day", 1), "workdays": ("business_day", 1)}
    | {"weekday": ("business_day", 1), "weekdays": ("business_day", 1)}
    | dict.fromkeys(("second", "seconds", "sec", "secs"), ("second", 1))
    | dict.fromkeys(("minute", "minutes", "min", "mins"), ("minute", 1))
    | dict.fromkeys(("hour", "hours", "hr", "hrs"), ("hour", 1))
    | dict.fromkeys(("day", "days"), ("day", 1))
    | dict.fromkeys(("week", "weeks", "wk", "wks"), ("week", 1))
    | dict.fromkeys(("month", "months", "mos"), ("month", 1))
    | dict.fromkeys(("year", "years", "yr", "yrs"), ("year", 1))
)
BUSINESS = frozenset(("business", "working", "work", "school"))
_CALENDAR = frozenset(("calendar", "consecutive", "straight", "full", "whole", "additional", "more", "extra", "solid"))
_LONG_FORMS = {"daylong": "day", "weeklong": "week", "monthlong": "month", "yearlong": "year", "hourlong": "hour"}
_LONG_VAGUE = {"dayslong": "day", "weekslong": "week", "monthslong": "month", "yearslong": "year"}
_IN_DAYS = {
    "second": 1 / 86400,
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 30.0,
    "year": 365.0,
}

_PASSED_OVER = frozenset(("just", "only", "the", "average", "of", "an", "a", "full", "additional", "another", "total"))

_MONTHS = frozenset(
    words(
        "january february march april may june july august september october november december "
        "jan feb mar apr jun jul aug sep sept oct nov dec"
    )
)
# A number behind one of these is a name, not an amount.
_NAMES_BY_NUMBER = frozenset(
    words(
        "section sec § no nos number local article chapter ch regulation rule schedule annex update version "
        "volume room suite apt route highway hwy bill proposition prop measure item page pp title form phase "
        "level grade district ward channel interstate sb ab hb hr s.b a.b covid"
    )
)
_STREETS = frozenset(
    words("st ave avenue street blvd boulevard rd road dr drive ln lane way hwy highway pkwy parkway plaza")
)
_NOT_COUNTED = frozenset(
    words(
        "of in on at by for to and or but the a an is are was were be been has have had will would can could "
        "from with per that which who as than more less so not it its their his her this these those when "
        "while after before since until into about over under if also"
    )
)
_NO_ADJECTIVE = frozenset((*UNITS, *SCALES, *NUMBER_WORDS, *words("percent per cent past last next half recent")))
_PLURALS = frozenset(words("people staff children men women patients personnel"))
_CHANGES = frozenset(
    words(
        "fell fall falls fallen falling dropped drop drops dropping down up rose rise rises risen rising grew grow "
        "grown growing went gone goes go going climbed climb climbing cut cuts cutting reduced reduce reducing "
        "shortened lengthened increased increase increasing decreased decrease decreasing jumped jump jumping came "
        "come comes improved worsened shrank shrunk slid declined soared lowered raised extended brought "
        "crept creep creeping slipped slip slipping ballooned swelled swollen leapt leaped shot stretched edged inched "
        "doubled trebled tripled surged spiked mushroomed widened narrowed plunged tumbled plummeted eased drifted "
        "moved changed deteriorated expanded lengthening soaring"
    )
)
_MAY = frozenset(words("could would may might will can should must shall to"))
_ORDINAL_SPAN = ("of", "after", "since")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Measure:
    """A number with its unit, before hedges."""

    low: float | None
    high: float | None
    unit: str
    first: int  # index of the first token
    end: int  # index of the token after the last
    vague: bool = False
    inclusive: bool = False  # "10 or more days": the bound stands inside
    about: bool = False  # a share in words: "a third of"


def find_quantities(text: str, start: int, end: int) -> tuple[Quantity, ...]:
    """Return the durations, counts, amounts and shares in `text[start:end]`, in order, none overlapping.

    Hedges are part of the words ("up to 30-day"). Dates, telephone numbers, ordinals, ages, addresses and numbers that
    name something ("SB 221", "Local 1021") are left out, and so are lengths that place an event ("two years ago").
    """
    return tuple(_found(tokenise(text, start, end)))


def _found(tokens: Tokens) -> Iterator[Quantity]:
    index = floor = 0
    rates: set[int] = set()  # where the unit of a rate begins: "a year" of "$5 million a year" is no length
    while index < len(tokens.words):
        measure = _measure(tokens, index)
        if measure is None:
            index += 1
            continue
        if index not in rates and not _is_vetoed(tokens, measure):
            quantity, past = _stated(tokens, measure, floor)
            yield quantity
            floor = past
            rates.add(_rate(tokens, past)[1])
        index = floor = max(measure.end, floor)


# Words that can begin a measure; digits can too.
_PLAIN_OPENERS = words("all full whole entire another minus negative -")
_OPENERS = frozenset(
    (
        *_PLAIN_OPENERS,
        *NUMBER_WORDS,
        *UNITS,
        *_LONG_FORMS,
        *_LONG_VAGUE,
        *CURRENCY_SIGNS,
        *CURRENCY_WORDS,
        *DOLLARS,
        *GLUED_SIGNS,
    )
)


_COUNTS = ("few", "couple")
_BEHIND_A = frozenset(
    (*_COUNTS, *words("half halves quarter quarters - $"), *UNITS, *BUSINESS, *_CALENDAR, *SCALES, *ORDINALS)
)


def _may_begin(tokens: Tokens, index: int) -> bool:
    """Tell whether a measure may begin at a token; articles are the commonest words and seldom begin one."""
    word = tokens.words[index]
    if word in ("a", "an"):
        return tokens.word(index + 1) in _BEHIND_A or tokens.word(index + 2) in _PLURAL_UNITS
    if word == "the":
        return tokens.word(index + 1) in _COUNTS
    return word in _OPENERS or word[0].isdecimal() or (word[0] == "." and word != ".")


def _measure(tokens: Tokens, index: int) -> _Measure | None:
    if not _may_begin(tokens, index):
        return None
    for reader in _READERS:
        if (measure := reader(tokens, index)) is not None:
            return measure
    return None


def _numbered(tokens: Tokens, index: int) -> _Measure | None:
    negative = _minus(tokens, index)
    if negative is not None:
        return negative
    number = read_number(tokens, index)
    if number is None:
        return None
    low, high, end, vague = number.low, number.high, number.end, number.vague
    if (ratio := _ratio(tokens, index, number)) is not None:
        return ratio
    first_unit = _unit(tokens, end)
    second = _range_end(tokens, index, first_unit[2] if first_unit else end)
    if second is not None:
        return _ranged(tokens, index, number, first_unit, second)
    end, more = _inner_more(tokens, end)
    measure = _Measure(low=low, high=high, unit="count", first=index, end=end, vague=vague, inclusive=more)
    return _with_unit(tokens, measure)


def _ratio(tokens: Tokens, index: int, upper: Number) -> _Measure | None:
    # "1 over 3" alone; "8 over three years" counts within a time
    lower = read_number(tokens, upper.end + 1) if tokens.word(upper.end) == "over" else None
    if lower is None or lower.vague or not lower.low or tokens.word(lower.end).isalpha():
        return None
    value = upper.low / lower.low
    return _Measure(low=value, high=value, unit="count", first=index, end=lower.end)


def _minus(tokens: Tokens, index: int) -> _Measure | None:
    # "minus 3.5", "negative 2" and a dash that begins a number; "10 -12" and "A-1" are something else
    word = tokens.words[index]
    if word == "-":
        follows = index > 0 and (tokens.words[index - 1][-1:].isalnum() or tokens.touches(index - 1))
        if follows or not tokens.touches(index) or not tokens.word(index + 1)[:1].isdecimal():
            return None
    elif word not in ("minus", "negative"):
        return None
    number = read_number(tokens, index + 1)
    if number is None or number.vague:
        return None
    return _with_unit(tokens, _Measure(low=-number.low, high=-number.high, unit="count", first=index, end=number.end))


def _with_unit(tokens: Tokens, measure: _Measure) -> _Measure:
    end = measure.end
    if (percent := _percent_end(tokens, end)) is not None:
        return replace(measure, unit=percent[0], end=percent[1])
    if (currency := _currency_after(tokens, end)) is not None:
        return _with_hundredths(tokens, replace(measure, unit=currency[0], end=currency[1]))
    if tokens.word(end) in HUNDREDTHS and tokens.word(end + 1) != "on":
        part = replace(measure, unit=HUNDREDTHS[tokens.word(end)], end=end + 1)
        return replace(part, low=_times(part.low, 0.01), high=_times(part.high, 0.01))
    unit = _unit(tokens, end)
    if unit is None:
        return measure
    name, times, past = unit
    length = replace(measure, low=_times(measure.low, times), high=_times(measure.high, times), unit=name, end=past)
    return _compound(tokens, length)


def _ranged(
    tokens: Tokens, index: int, first: Number, first_unit: tuple[str, float, int] | None, second: Number
) -> _Measure:
    low, high = first.low, second.high
    if _tells_change(tokens, index):
        return _changed(tokens, index, first_unit, second)
    if _shares_scale(tokens, first, second) and low < high:
        low *= _scale_of(tokens, second)
    ranged = _with_unit(tokens, _Measure(low=low, high=high, unit="count", first=index, end=second.end))
    if first_unit is None or ranged.unit == first_unit[0]:
        return ranged
    if ranged.unit in _IN_DAYS and first_unit[0] in _IN_DAYS and ranged.high is not None:
        days = _IN_DAYS[first_unit[0]] * first_unit[1] * low, _IN_DAYS[ranged.unit] * ranged.high
        return replace(ranged, low=days[0], high=days[1], unit="day")
    return ranged


def _tells_change(tokens: Tokens, index: int) -> bool:
    # "dropped from 237 days to 16", not "range from two to three weeks"
    if tokens.word(index - 1) != "from":
        return False
    return any(tokens.word(index - back) in _CHANGES for back in range(2, 5))


def _changed(tokens: Tokens, index: int, unit: tuple[str, float, int] | None, now: Number) -> _Measure:
    """Return what a change has come to: 16 days of "from 237 days to 16"."""
    measure = _with_unit(tokens, _Measure(low=now.low, high=now.high, unit="count", first=index, end=now.end))
    if measure.unit != "count" or unit is None:
        return measure
    return replace(measure, low=_times(now.low, unit[1]), high=_times(now.high, unit[1]), unit=unit[0])


def _shares_scale(tokens: Tokens, first: Number, second: Number) -> bool:
    # "3 to 5 million": the first number has no scale of its own.
    return tokens.word(second.end - 1) in ("million", "billion", "thousand", "hundred", "m", "bn", "k") and (
        tokens.word(first.end - 1) not in ("million", "billion", "thousand", "hundred", "m", "bn", "k")
    )


def _range_end(tokens: Tokens, index: int, end: int) -> Number | None:
    joint = tokens.word(end)
    if joint == "-" and tokens.word(end + 1) in ("to", "or"):
        end += 1
        joint = tokens.word(end)
        if tokens.word(end + 1) == "-":
            end += 1
    if joint not in ("to", "-", "or", "through") and not (joint == "and" and tokens.word(index - 1) == "between"):
        return None
    second = end + 1
    if tokens.word(second) in CURRENCY_SIGNS:
        second += 1
    number = read_number(tokens, second)
    if number is None or number.vague or tokens.word(second) in ("a", "an"):
        return None
    first = read_number(tokens, index)
    rising = first is not None and (number.low >= first.low or end > first.end)
    return number if rising else None


def _inner_more(tokens: Tokens, end: int) -> tuple[int, bool]:
    # "10 or more days", "30+ days", "30-plus days"
    for phrase, bound in AFTER.items():
        if bound is Bound.AT_LEAST and _reads(tokens, end, phrase) and _unit(tokens, end + len(phrase)):
            return end + len(phrase), True
    return end, False


def _unit(tokens: Tokens, index: int) -> tuple[str, float, int] | None:
    """Return the unit of time at `index`: its name, how many of it the word is, the index after it."""
    joined = tokens.word(index) == "-"
    if joined:
        index += 1
    while tokens.word(index) in _CALENDAR and (tokens.word(index + 1) in UNITS or tokens.word(index + 1) in BUSINESS):
        index += 1
    if tokens.word(index) in BUSINESS:
        following = index + 2 if tokens.word(index + 1) == "-" else index + 1
        if tokens.word(following) in ("day", "days"):
            return "business_day", 1, following + 1
        if tokens.word(following) in ("week", "weeks"):
            return "week", 1, following + 1
        return None
    if not joined and _describes_unit(tokens, index):
        index += 1
    if tokens.word(index) not in UNITS:
        return None
    name, times = UNITS[tokens.word(index)]
    return name, times, _long_end(tokens, index + 1)


def _describes_unit(tokens: Tokens, index: int) -> bool:
    # "five protected hours", "ten long weeks"; "three patients days later" counts patients
    word = tokens.word(index)
    plain = word.isalpha() and len(word) > 2 and not word.endswith("s") and word not in _NOT_COUNTED | _PLURALS  # noqa: PLR2004 - "no", "am"
    return plain and word not in _NO_ADJECTIVE and tokens.word(index + 1) in _PLURAL_UNITS


def _long_end(tokens: Tokens, index: int) -> int:
    # "three-week-long", "a week long"
    if tokens.word(index) == "-" and tokens.word(index + 1) == "long":
        return index + 2
    return index


def _compound(tokens: Tokens, length: _Measure) -> _Measure:
    # "two hours and 30 minutes", "1 year 3 months": told in the smallest unit.
    if length.low is None or length.low != length.high:
        return length
    parts, end = [(length.low, length.unit)], length.end
    while (part := _next_part(tokens, end, parts[-1][1])) is not None:
        parts.append((part[0], part[1]))
        end = part[2]
    if len(parts) == 1:
        return length
    smallest = parts[-1][1]
    months = {"year": 12, "month": 1}
    if smallest == "month":
        total = sum(count * months[unit] for count, unit in parts)
    else:
        total = round(sum(count * _IN_DAYS[unit] for count, unit in parts) / _IN_DAYS[smallest], 6)
    return replace(length, low=total, high=total, unit=smallest, end=end)


def _next_part(tokens: Tokens, index: int, larger: str) -> tuple[float, str, int] | None:
    while tokens.word(index) in ("and", ","):
        index += 1
    number = read_number(tokens, index)
    unit = _unit(tokens, number.end) if number is not None and not number.vague else None
    if number is None or unit is None or not {larger, unit[0]} <= set(_IN_DAYS):
        return None
    fits = number.low * unit[1] * _IN_DAYS[unit[0]] < _IN_DAYS[larger]
    return (number.low * unit[1], unit[0], unit[2]) if fits and _IN_DAYS[unit[0]] < _IN_DAYS[larger] else None


def _article_length(tokens: Tokens, index: int) -> _Measure | None:
    # "a month", "half an hour", "half a year", "an hour and a half", "a year and a half"
    if tokens.words[index] not in ("a", "an", "half", "one", "another"):
        return None
    half = tokens.word(index) == "half"
    at = index + 1
    if half and tokens.word(at) in ("a", "an", "-"):
        at += 1
    elif half and tokens.word(at) not in UNITS:
        return None
    unit = _unit(tokens, at)
    if unit is None or tokens.words[at] in ("second", "seconds") or (tokens.word(at) == "-" and not half):
        return None
    value = (0.5 if half else 1.0) * unit[1]
    end = unit[2]
    for half_more in (("and", "a", "half"), ("and", "half")):
        if _reads(tokens, end, half_more):
            value, end = value * 1.5, end + len(half_more)
    return _compound(tokens, _Measure(low=value, high=value, unit=unit[0], first=index, end=end))


def _whole_unit(tokens: Tokens, index: int) -> _Measure | None:
    # "all day", "the whole week", "full-year"
    if tokens.words[index] not in ("all", "full", "whole", "entire"):
        return None
    at = index + 2 if tokens.word(index + 1) == "-" else index + 1
    word = tokens.word(at)
    if word not in ("day", "week", "month", "year", "hour") or tokens.word(index - 1) == "per":
        return None
    return _Measure(low=1, high=1, unit=UNITS[word][0], first=index, end=at + 1)


def _bare_length(tokens: Tokens, index: int) -> _Measure | None:
    """Read a length whose number is in the word, or missing: "weeklong", "year-long", "months", "weeks or months"."""
    word = tokens.words[index]
    if word in _LONG_FORMS:
        return _Measure(low=1, high=1, unit=_LONG_FORMS[word], first=index, end=index + 1)
    if word in _LONG_VAGUE:
        return _Measure(low=None, high=None, unit=_LONG_VAGUE[word], first=index, end=index + 1, vague=True)
    if word not in UNITS:
        return None
    name, times = UNITS[word]
    end = _long_end(tokens, index + 1)
    if end > index + 1 and not word.endswith("s"):
        return _Measure(low=times, high=times, unit=name, first=index, end=end)
    if word not in _PLURAL_UNITS or tokens.word(index - 1) in _NO_VAGUE_LENGTH:
        return None
    if tokens.word(end) in ("or", "to") and tokens.word(end + 1) in UNITS:
        end += 2
    return _Measure(low=None, high=None, unit=name, first=index, end=end, vague=True)


_PLURAL_UNITS = frozenset(("minutes", "hours", "days", "weeks", "months", "years", "decades", "fortnights"))
_NO_VAGUE_LENGTH = frozenset(
    words(
        "recent past last next coming previous these those both all the first final business working calendar "
        "work other school holy early later which what many our my your his her their"
    )
)


def _position(tokens: Tokens, index: int) -> _Measure | None:
    # "the 14th working day": as long a wait as that many business days
    ordinal = read_ordinal(tokens, index)
    if ordinal is None:
        return None
    value, end = ordinal
    if tokens.word(end) not in BUSINESS or tokens.word(end + 1) != "day":
        return None
    return _Measure(low=value, high=value, unit="business_day", first=index, end=end + 2)


def _money(tokens: Tokens, index: int) -> _Measure | None:
    word = tokens.words[index]
    at, unit = index + 1, CURRENCY_SIGNS.get(word) or CURRENCY_WORDS.get(word, "")
    if word in DOLLARS and tokens.word(at) == "$" and tokens.touches(index):
        at, unit = at + 1, DOLLARS[word]
    if word in GLUED_SIGNS and tokens.is_capital(index) and tokens.touches(index):
        unit = GLUED_SIGNS[word]
    if not unit:
        return None
    number = read_number(tokens, at, money=True)
    if number is None or number.vague:
        return None
    low = high = number.low
    end = number.end
    second = _range_end(tokens, at, end)
    if second is not None and (tokens.word(end + 1) in CURRENCY_SIGNS or tokens.word(end) != "or"):
        scaled = read_number(tokens, end + 2 if tokens.word(end + 1) in CURRENCY_SIGNS else end + 1, money=True)
        if scaled is not None:
            high, end = scaled.low, scaled.end
            if _shares_scale(tokens, number, scaled) and low < high:
                low = low * _scale_of(tokens, scaled)
    if tokens.word(end) in CURRENCY_WORDS and not tokens.word(end + 1)[:1].isdecimal():
        end += 1
    if unit == "USD" and tokens.word(end) in ("canadian", "australian"):
        unit, end = NATIONS[tokens.word(end)]["dollar"], end + 1
    return _with_hundredths(tokens, _Measure(low=low, high=high, unit=unit, first=index, end=end))


def _scale_of(tokens: Tokens, number: Number) -> float:
    return {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "hundred": 1e2}[
        tokens.word(number.end - 1)
    ]


def _with_hundredths(tokens: Tokens, amount: _Measure) -> _Measure:
    # "thirteen dollars forty-five cents"
    at = amount.end + 1 if tokens.word(amount.end) == "and" else amount.end
    part = read_number(tokens, at)
    if part is None or part.vague or tokens.word(part.end) not in HUNDREDTHS or amount.low != amount.high:
        return amount
    total = (amount.low or 0) + part.low / 100
    return replace(amount, low=total, high=total, end=part.end + 1)


def _currency_after(tokens: Tokens, index: int) -> tuple[str, int] | None:
    if tokens.word(index) == "-":
        index += 1
    word, following = tokens.word(index), tokens.word(index + 1)
    if word in NATIONS and following in NATIONS[word]:
        return NATIONS[word][following], index + 2
    if word in CURRENCY_SIGNS:
        return CURRENCY_SIGNS[word], index + 1
    if word not in CURRENCY_WORDS or (word.startswith("pound") and following == "of"):
        return None
    return CURRENCY_WORDS[word], index + 1


def _percent_end(tokens: Tokens, index: int) -> tuple[str, int] | None:
    if tokens.word(index) == "-" and tokens.word(index + 1) in ("percent", "percentage"):
        index += 1
    word, following = tokens.word(index), tokens.word(index + 1)
    if word == "percentage" and following in ("point", "points"):
        return "percentage_point", index + 2
    if word in ("%", "percent", "pct", "％", "percentage"):
        return "percent", index + 1
    if word == "per" and following in ("cent", "centum"):
        return "percent", index + 2
    return None


_SHARE_FOLLOWED_BY = frozenset(words("of said reported waited were the all those"))
_SHARE_OUT_OF = 100  # "one in a hundred"


def _share(tokens: Tokens, index: int) -> _Measure | None:
    """Read "one in five", "eight out of ten", "two-thirds of", "half of", "three fifths"."""
    out_of = _out_of(tokens, index)
    fraction = read_fraction(tokens, index) if out_of is None else out_of
    if fraction is None:
        return None
    value, end = fraction
    before = tokens.word(index - 1)
    if out_of is None and tokens.word(end) not in _SHARE_FOLLOWED_BY and not _stands_alone(tokens, index, end):
        return None
    if before in ("first", "second", "other", "last", "and", "this", "that"):
        return None
    if tokens.word(end) == "of" and tokens.word(end + 1) in ("a", "one") and tokens.word(end + 2) in SCALES:
        whole = value * SCALES[tokens.word(end + 2)]  # "two thirds of a million"
        return _Measure(low=whole, high=whole, unit="count", first=index, end=end + 3, about=True)
    return _Measure(low=value * 100, high=value * 100, unit="percent", first=index, end=end, about=True)


def _stands_alone(tokens: Tokens, index: int, end: int) -> bool:
    # "three fifths." is a share; "one third party" and "half an hour" are not
    word = tokens.word(index)
    several = tokens.words[end - 1].endswith("s") or word == "one"
    return several and not tokens.word(end).isalpha() and word not in ("a", "an", "the", "half")


def _out_of(tokens: Tokens, index: int) -> tuple[float, int] | None:
    part = read_number(tokens, index)
    if part is None or part.vague or tokens.word(index - 1) == "number":
        return None
    at = part.end + 1 if tokens.word(part.end) == "out" else part.end
    if tokens.word(at) != "in" and tokens.word(at - 1) != "out":
        return None
    whole = read_number(tokens, at + 1)
    if whole is None or whole.vague or not 0 < part.low < whole.low <= _SHARE_OUT_OF:
        return None
    if _unit(tokens, whole.end) is not None or tokens.word(whole.end) in _MONTHS or tokens.word(whole.end) == "%":
        return None
    return part.low / whole.low, whole.end


def _is_vetoed(tokens: Tokens, measure: _Measure) -> bool:
    if measure.unit == "count":
        return _names_something(tokens, measure)
    if measure.unit not in _IN_DAYS and measure.unit != "business_day":
        return False
    after = tokens.word(measure.end)
    if after in ("ago", "earlier", "old") or (after == "-" and tokens.word(measure.end + 1) == "old"):
        return True
    if after == "of" and tokens.word(measure.end + 1) == "age":
        return True
    return _is_rate_of_another(tokens, measure) or _is_past_window(tokens, measure) or _is_sometime(tokens, measure)


def _is_sometime(tokens: Tokens, measure: _Measure) -> bool:
    # "it could one day grow": at some time
    words = tuple(tokens.words[measure.first : measure.end])
    return words == ("one", "day") and tokens.word(measure.first - 1) in _MAY


def _is_rate_of_another(tokens: Tokens, measure: _Measure) -> bool:
    # "once a week", "10 patients a day": the unit of a rate, no length
    if tokens.words[measure.first] not in ("a", "an") or measure.end - measure.first != 2:  # noqa: PLR2004 - article and unit
        return False
    before = tokens.word(measure.first - 1)
    return before in ("once", "twice", "times", "time", "hours", "days", "times") or _follows_number(tokens, measure)


def _follows_number(tokens: Tokens, measure: _Measure) -> bool:
    for back in range(2, 5):
        index = measure.first - back
        if index < 0 or tokens.words[index] in _NOT_COUNTED or not tokens.words[index][0].isalnum():
            return False
        if read_number(tokens, index) is not None:
            return tokens.words[measure.first - 1].endswith("s") or tokens.words[measure.first - 1] in _PLURALS
    return False


def _is_past_window(tokens: Tokens, measure: _Measure) -> bool:
    # "in the past two years" says when; "for the past six weeks" says how long.
    if tokens.word(measure.first - 1) not in ("past", "last", "next", "previous", "coming"):
        return False
    if is_past_over(tokens, measure.first - 1):
        return False
    if is_verb_last(tokens, measure.first - 1):
        return False
    lead = tokens.word(measure.first - 3) if tokens.word(measure.first - 2) == "the" else tokens.word(measure.first - 2)
    return lead != "for"


def is_past_over(tokens: Tokens, index: int) -> bool:
    """Tell whether "past" at `index` says more than: "gone past three weeks", "stretch well past two months"."""
    lead = tokens.word(index - 2) if tokens.word(index - 1) in ("well", "far", "out") else tokens.word(index - 1)
    return tokens.word(index) == "past" and lead in _REACHING


_REACHING = frozenset(
    words(
        "go goes gone going went stretch stretches stretched stretching run runs ran running extend extends extended "
        "drag drags dragged dragging last lasts lasted creep creeps crept climb climbs climbed rise rises rose is are"
    )
)


def is_verb_last(tokens: Tokens, index: int) -> bool:
    """Tell whether "last" at `index` is the verb: "will last two hours", "to start on Monday and last 72 hours"."""
    lead = tokens.word(index - 1)
    return tokens.word(index) == "last" and lead in (
        "to",
        "will",
        "would",
        "could",
        "can",
        "may",
        "might",
        "and",
        "t",
        "ll",
    )


def _names_something(tokens: Tokens, measure: _Measure) -> bool:
    before, word, after = tokens.word(measure.first - 1), tokens.words[measure.first], tokens.word(measure.end)
    if before == ".":
        before = tokens.word(measure.first - 2)
    if before in _MONTHS or after in _MONTHS or before in _NAMES_BY_NUMBER or before == "#":
        return True
    if measure.low is not None and word.isdecimal() and len(word) == 4 and 1900 <= int(word) <= 2100:  # noqa: PLR2004 - a year
        return True
    if _is_clock(tokens, measure):
        return True
    if word[0].isdecimal() and (_is_in_word(tokens, measure) or _is_address(tokens, measure)):
        return True
    is_pronoun = after in _NOT_COUNTED or after in ("another", "thing") or not after.isalnum()
    return word == "one" and measure.end == measure.first + 1 and is_pronoun


def _is_in_word(tokens: Tokens, measure: _Measure) -> bool:
    before = measure.first - 1
    stuck = before >= 0 and tokens.touches(before)
    return stuck and (tokens.words[before].isalpha() or tokens.words[before] in ("-", "/", ":", "_", "."))


def _is_clock(tokens: Tokens, measure: _Measure) -> bool:
    # "6pm", "from 5 p.m. to 8 a.m.", "at 6 this morning"
    if measure.low is None or not 0 <= measure.low <= _LAST_HOUR or measure.end - measure.first > 1:
        return False
    after, second = tokens.word(measure.end), tokens.word(measure.end + 1)
    if after in ("am", "pm", "o") or (after in ("a", "p") and second in (".", "m")):
        return after != "o" or second == "'"
    return tokens.word(measure.first - 1) == "at" and after in ("this", "in") and second in ("the", "morning")


def _is_address(tokens: Tokens, measure: _Measure) -> bool:
    if not tokens.is_capital(measure.end):
        return False
    return any(
        tokens.word(measure.end + step) in _STREETS and tokens.is_capital(measure.end + step) for step in range(1, 4)
    )


def _stated(tokens: Tokens, measure: _Measure, floor: int) -> tuple[Quantity, int]:
    first, bound = _hedge(tokens, measure, floor)
    end = measure.end
    after = _hedge_after(tokens, end)
    if after is not None:
        bound, end = after
    elif measure.inclusive:
        bound = Bound.AT_LEAST
    elif measure.vague:
        bound = Bound.VAGUE
    elif measure.about and bound is Bound.EXACT:
        bound = Bound.ABOUT
    start_offset, end_offset = tokens.span(first, end)
    quantity = Quantity(
        text=tokens.source[start_offset:end_offset],
        start=start_offset,
        end=end_offset,
        low=measure.low,
        high=measure.high,
        unit=measure.unit,
        bound=bound,
        per=_rate(tokens, end)[0],
        of=_counted(tokens, end) if measure.unit == "count" else None,
    )
    return quantity, end


def _hedge(tokens: Tokens, measure: _Measure, floor: int) -> tuple[int, Bound]:
    edge = measure.first
    for _ in range(2):
        for length in range(min(HEDGE_WORDS, edge - floor), 0, -1):
            phrase = " ".join(tokens.words[edge - length : edge])
            if phrase in BEFORE and not (phrase == "over" and tokens.word(edge - 2) in WITH_OVER):
                return edge - length, BEFORE[phrase]
        if edge - 1 >= floor and tokens.words[edge - 1] in _PASSED_OVER:
            edge -= 1
    if measure.low != measure.high and tokens.word(measure.first - 1) == "between" and measure.first > floor:
        return measure.first - 1, Bound.EXACT
    return measure.first, Bound.EXACT


def _hedge_after(tokens: Tokens, end: int) -> tuple[Bound, int] | None:
    for phrase, bound in AFTER.items():
        if _reads(tokens, end, phrase) and read_number(tokens, end + len(phrase)) is None:
            return bound, end + len(phrase)
    return None


def _rate(tokens: Tokens, end: int) -> tuple[str | None, int]:
    """Return the unit of a rate behind a number and where it begins, (None, -1) without one."""
    if tokens.word(end) == "/" and tokens.word(end + 1) in UNITS:
        return UNITS[tokens.word(end + 1)][0], end + 1
    for index in range(end, min(end + RATE_WORDS, len(tokens.words) - 1)):
        word, following = tokens.words[index], tokens.words[index + 1]
        if word == "per" and following != "cent":
            return (UNITS[following][0] if following in UNITS else following), index + 1
        if word in ("a", "an", "each", "every") and following in UNITS and not following.endswith("s"):
            behind_noun = tokens.words[index - 1] not in _NOT_COUNTED and tokens.word(index + 2) not in _TOLD_FROM_NOW
            return (UNITS[following][0], index) if behind_noun else (None, -1)
        if not word[0].isalpha() or word in _ENDS_RATE:
            break
    return None, -1


_ENDS_RATE = frozenset(
    words(
        "and or but in within for after before to at on by from when while that which who is was are were have has had"
        " will would began begun started launched staged walked went struck stayed"
    )
)
_TOLD_FROM_NOW = frozenset(words("ago earlier later"))  # "40 drivers walked out a week ago"


def _counted(tokens: Tokens, end: int) -> str | None:
    if tokens.word(end) == "of" and tokens.word(end + 1) not in ("the", "its", "their"):
        end += 1
    elif tokens.word(end) == "of":
        end += 2
    for index in range(end, min(end + COUNTED_WORDS, len(tokens.words))):
        word = tokens.words[index]
        if word in _NOT_COUNTED or not word[0].isalpha():
            return None
        if word in ("plus", "minus", "versus"):
            return None
        if word in _PLURALS or (word.endswith("s") and not word.endswith("ss") and len(word) > 3):  # noqa: PLR2004 - "gas", "bus"
            start, stop = tokens.span(end, index + 1)
            return tokens.source[start:stop]
    return None


_READERS: tuple[Callable[[Tokens, int], _Measure | None], ...] = (
    _bare_length,
    _money,
    _position,
    _share,
    _whole_unit,
    _article_length,
    _numbered,
)


def _reads(tokens: Tokens, index: int, phrase: tuple[str, ...]) -> bool:
    return tokens.words[index : index + len(phrase)] == phrase


def _times(value: float | None, times: float) -> float | None:
    return None if value is None else value * times
