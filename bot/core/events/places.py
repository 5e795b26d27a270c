"""What stands in the typed places of a pattern, as in <wait:DURATION>: its expression and the words that it needs."""

import re
from collections.abc import Mapping

from bot.core.events.keywords import DIGITS, MONEY_SIGN, PERCENT_SIGN, Words, of_forms


def _spelled_out(choices: str) -> tuple[str, ...]:
    """Return the words of a choice with and without the letter that may be missing: "hours?"."""
    return tuple(form for word in choices.split("|") for form in (word.replace("?", ""), re.sub(r".\?", "", word)))


_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|dozens?|scores|"
    "several|few|couple|half|both|an?|many|numerous|"
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
)
_HEDGES = (
    "up to|about|nearly|over|more than|less than|fewer than|at least|at most|around|roughly|some|almost|approximately|"
    "only|just|as long as|as many as|as much as|upward of|upwards of|close to|under|well over|an average of"
)
_NUMBER = (
    rf"(?:(?:{_HEDGES}) )*"
    rf"(?:[0-9][0-9.,]*(?:st|nd|rd|th)?|{_NUMBER_WORDS})"
    rf"(?:[ -](?:and|to|or|of|{_NUMBER_WORDS}|million|billion|[0-9][0-9.,]*))*"
)
_DAY_KINDS = "business|working|calendar|week"
_UNIT_NAMES = "days?|weeks?|months?|years?|hours?|hrs?|minutes?|fortnights?|weekdays"
_UNIT = rf"(?:{_DAY_KINDS})?[ -]?(?:{_UNIT_NAMES})"
_LONG_MONTH = "january|february|march|april|may|mai|june|july|august|september|october|november|december"
_MONTH_STARTS = "jan|feb|mar|apr|may|mai|jun|jul|aug|sept?|oct|nov|dec"
_MONTH_ENDINGS = "uary|ruary|ch|il|e|y|ust|ember|ober"
_MONTH = rf"(?:{_MONTH_STARTS})(?:{_MONTH_ENDINGS})?\.?"
_DAY_STARTS = "mon|tues?|wednes|thurs?|fri|satur|sun"
_HOLIDAYS = "memorial|labou?r|presidents|veterans|columbus|boxing|independence"  # before "day"
_FEASTS = "christmas|thanksgiving|easter|halloween"
_SEASONS = ("spring", "summer", "autumn", "fall", "winter")
_DAY = (
    rf"(?:{_DAY_STARTS})(?:day)?s?|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening|week|month|year|weekend|summer|fall|autumn|winter|spring)|"
    r"(?:next|last|past|previous|following|same) (?:[0-9a-z]+ )?"
    r"(?:week|month|year|weekend|day|morning|night|mon|tues|wednes|thurs|fri|satur|sun)[a-z]*|"
    rf"{_MONTH}(?: [0-9]{{1,4}}(?:st|nd|rd|th)?)?|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_LONG_MONTH})|"
    r"(?:19|20)[0-9]{2}|[0-9]{1,2}[/.][0-9]{1,2}(?:[/.][0-9]{2,4})?|"
    rf"(?:{_HOLIDAYS}) day|(?:{_FEASTS})(?: (?:day|eve|monday))?|spring|summer|autumn|the fall|winter"
)
_DAY_AHEAD = (
    rf"(?:{_DAY_STARTS})(?:day)?s?|today|tonight|tomorrow|the day after tomorrow|"
    r"(?:this|next|the coming|the following|this coming) (?:[0-9]+ |few )?"
    r"(?:week|month|weekend|morning|afternoon|evening|night|mon|tues|wednes|thurs|fri|satur|sun)[a-z]*|"
    r"(?:later|early|earlier|late) (?:this|next) (?:week|month)|"
    rf"{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_LONG_MONTH})|"
    r"the [0-9]{1,2}(?:st|nd|rd|th)|[0-9]{1,2}[/.][0-9]{1,2}(?:[/.][0-9]{2,4})?|"
    r"in (?:two|three|four|five|six|seven|eight|nine|ten|[0-9]{1,2}) (?:days|weeks)|"
    r"[0-9a-z]+ (?:days|weeks) from (?:now|today|tomorrow|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?"
)
_SCALE = "thousand|million|billion|lakh|crore|m|bn|k"
_SUM = rf"[0-9][0-9.,]*(?:[ -]?(?:{_SCALE})\b)?"
_CURRENCIES = (
    "dollars", "pounds", "euros", "euro", "rand", "rupees", "shillings", "naira", "francs", "kronor", "kroner", "yen",
    "yuan", "pesos", "ringgit", "dirhams", "riyals", "baht", "taka", "cedis", "zloty", "lira", "bucks",
)  # fmt: skip
_CURRENCY_CODES = ("rs", "rm", "ksh", "kes", "ngn", "zar", "inr", "usd", "eur", "gbp", "cad", "aud", "chf")
_MONEY = (
    rf"(?:(?:(?:us|a|c|ca|nz|hk|s|nt)?[$#]|\b(?:{'|'.join(_CURRENCY_CODES)})\.? ) ?{_SUM}"
    rf"|(?:{_SUM}|(?:(?:{_NUMBER_WORDS}|and)[ -])+(?:{_SCALE})?) ?(?:{'|'.join(_CURRENCIES)}))"
)
TYPES: Mapping[str, str] = {
    "DURATION": rf"(?:{_NUMBER}[ -]{{1,2}}(?:[a-z]+ ){{0,2}}?)?{_UNIT}",
    "COUNT": _NUMBER,
    "MONEY": _MONEY,
    "PERCENT": r"(?:[0-9][0-9.,]* ?%|(?:[0-9][0-9.,]*|[a-z]+) (?:%|per ?cent|percentage points?))",
    "DATE": _DAY,
    "AGO": rf"{_NUMBER}[ -](?:{_UNIT_NAMES}) (?:ago|back)",
    "AHEAD": _DAY_AHEAD,  # a date that may still be to come: "last week" and "yesterday" are not
}
"""What stands in a typed place, loosely: the taggers of bot.core.text decide what it really is."""

_JOINED_UNITS = (f"{kind}{unit}" for kind in _DAY_KINDS.split("|") for unit in _spelled_out(_UNIT_NAMES))
_DURATION_WORDS = of_forms((*_DAY_KINDS.split("|"), *_spelled_out(_UNIT_NAMES), *_JOINED_UNITS))
_DAY_NAMES = of_forms(tuple(f"{day}{end}" for day in _spelled_out(_DAY_STARTS) for end in ("", "day")))
_MONTH_NAMES = of_forms(
    tuple(f"{start}{end}" for start in _spelled_out(_MONTH_STARTS) for end in ("", *_MONTH_ENDINGS.split("|")))
)
_DAYS_NAMED = frozenset(
    (DIGITS, "today", "tonight", "tomorrow", "this", "next", "following", *_DAY_NAMES, *_MONTH_NAMES)
)
_HOLIDAY_NAMES = of_forms(_spelled_out(f"{_HOLIDAYS}|{_FEASTS}"))
NEEDED: Mapping[str, Words] = {
    "DURATION": _DURATION_WORDS,
    "COUNT": frozenset((DIGITS, *of_forms(_spelled_out(_NUMBER_WORDS)))),
    "MONEY": frozenset((MONEY_SIGN, *of_forms((*_CURRENCIES, *_CURRENCY_CODES)))),
    "PERCENT": frozenset((PERCENT_SIGN, *of_forms(("per-cent", "cent", "percent", "percentage")))),
    "DATE": _DAYS_NAMED | {"yesterday", "last", "past", "previous", "same", *_HOLIDAY_NAMES, *_SEASONS},
    "AGO": frozenset(("ago", "back")),
    "AHEAD": _DAYS_NAMED | {"coming", "days", "weeks"},
}
"""Words of which one stands in a typed place whatever it holds."""
LITERAL = frozenset(("DURATION", "MONEY", "PERCENT"))  # those whose words are rare enough to filter on
REACH: Mapping[str, tuple[int, int]] = {
    "DURATION": (12, 1), "COUNT": (8, 8), "MONEY": (12, 2), "PERCENT": (1, 1), "DATE": (2, 2), "AHEAD": (3, 3),
    "AGO": (10, 0),
}  # fmt: skip
"""The most blocks before and behind that word: "as long as an average of about two and a half" is eleven before."""
