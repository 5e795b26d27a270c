"""Days that have a name: Halloween, Presidents Day, Good Friday, Diwali."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from bot.core.days import DayOfYear, day_rule

ROSH_HASHANAH_TO_YOM_KIPPUR = timedelta(days=9)
PASSOVER_TO_ROSH_HASHANAH = timedelta(days=163)  # always: 15 Nisan to 1 Tishri


def _rules(named: Mapping[str, str]) -> dict[tuple[str, ...], DayOfYear]:
    rules: dict[tuple[str, ...], DayOfYear] = {}
    for names, words in named.items():
        rule = day_rule(words)
        if rule is None:
            raise ValueError(f"'{words}' names no day")
        for name in names.split(" | "):
            rules[tuple(name.split())] = rule
    return rules


def _dates(words: str) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, words.split()))


# Names as tokens: an apostrophe is a token of its own and is left out on both sides when names are compared.
NAMED_DAYS: Mapping[tuple[str, ...], DayOfYear] = _rules(
    {
        "new year s day | new years day | new year s | new year day": "January 1",
        "new year s eve | new years eve | new year eve": "December 31",
        "martin luther king day | martin luther king jr day | martin luther king jr . day | mlk day": (
            "third Monday of January"
        ),
        "martin luther king junior day | mlk jr day | martin luther king , jr . day": "third Monday of January",
        "groundhog day": "February 2",
        "lincoln s birthday | lincoln day": "February 12",
        "valentine s day | valentines day | st valentine s day | valentine day": "February 14",
        "presidents day | president s day | presidents s day | washington s birthday": "third Monday of February",
        "st patrick s day | st . patrick s day | saint patrick s day | st patricks day": "March 17",
        "cesar chavez day | césar chávez day": "March 31",
        "april fools day | april fool s day | april fools": "April 1",
        "ash wednesday": "46 days before Easter",
        "palm sunday": "7 days before Easter",
        "maundy thursday": "3 days before Easter",
        "good friday": "2 days before Easter",
        "holy saturday": "day before Easter",
        "easter | easter sunday | easter day": "Easter",
        "easter monday": "day after Easter",
        "pentecost": "49 days after Easter",
        "earth day": "April 22",
        "may day": "May 1",
        "cinco de mayo": "May 5",
        "mother s day | mothers day | mother day": "second Sunday of May",
        "memorial day": "last Monday of May",
        "victoria day": "Monday before May 25",
        "father s day | fathers day | father day": "third Sunday of June",
        "juneteenth": "June 19",
        "canada day": "July 1",
        "independence day | fourth of july | 4th of july | the fourth of july": "July 4",
        "bastille day": "July 14",
        "labor day | labour day": "first Monday of September",
        "columbus day | indigenous peoples day | indigenous people s day": "second Monday of October",
        "halloween | halloween day | all hallows eve": "October 31",
        "all saints day | all saint s day": "November 1",
        "all souls day | all soul s day": "November 2",
        "guy fawkes night | guy fawkes day | bonfire night": "November 5",
        "election day": "day after first Monday of November",
        "veterans day | veteran s day | armistice day | remembrance day": "November 11",
        "thanksgiving | thanksgiving day": "fourth Thursday of November",
        "black friday": "day after fourth Thursday of November",
        "cyber monday": "4 days after fourth Thursday of November",
        "christmas eve | xmas eve": "December 24",
        "christmas | christmas day | xmas | xmas day": "December 25",
        "boxing day | st stephen s day | st . stephen s day": "December 26",
        "epiphany | three kings day": "January 6",
        "burns night": "January 25",
        "st brigid s day | st . brigid s day | saint brigid s day": "February 1",
        "waitangi day": "February 6",
        "shrove tuesday | pancake day | mardi gras | fat tuesday": "47 days before Easter",
        "st david s day | st . david s day | saint david s day": "March 1",
        "international women s day": "March 8",
        "patriots day | patriot s day": "third Monday of April",
        "st george s day | st . george s day | saint george s day": "April 23",
        "anzac day": "April 25",
        "early may bank holiday": "first Monday of May",
        "ascension day": "39 days after Easter",
        "whit monday | pentecost monday": "50 days after Easter",
        "corpus christi": "60 days after Easter",
        "spring bank holiday": "last Monday of May",
        "madaraka day": "June 1",
        "flag day": "June 14",
        "st john the baptist day | st jean baptiste day": "June 24",
        "orangemen s day": "July 12",
        "mandela day": "July 18",
        "civic holiday": "first Monday of August",
        "mashujaa day": "October 20",
        "gandhi jayanti": "October 2",
        "melbourne cup day": "first Tuesday of November",
        "armistice sunday | remembrance sunday": "second Sunday of November",
        "giving tuesday": "5 days after fourth Thursday of November",
        "st andrew s day | st . andrew s day | saint andrew s day": "November 30",
        "jamhuri day": "December 12",
        "hogmanay": "December 31",
    }
)
_ABROAD: Mapping[str, Mapping[tuple[str, ...], DayOfYear]] = {
    "AU": _rules({"australia day": "January 26"}),
    "CA": _rules(
        {"thanksgiving | thanksgiving day": "second Monday of October", "family day": "third Monday of February"}
    ),
    "IN": _rules({"republic day": "January 26", "independence day": "August 15"}),
    "IE": _rules({"august bank holiday": "first Monday of August", "october bank holiday": "last Monday of October"}),
    "KE": _rules({"labour day": "May 1"}),
    "NG": _rules({"democracy day": "June 12", "independence day": "October 1"}),
    "NZ": _rules({"labour day": "fourth Monday of October"}),
    "SG": _rules({"national day": "August 9", "labour day": "May 1"}),
    "ZA": _rules(
        {
            "human rights day": "March 21",
            "freedom day": "April 27",
            "youth day": "June 16",
            "women s day": "August 9",
            "heritage day": "September 24",
            "day of reconciliation": "December 16",
        }
    ),
    "GB": _rules(
        {
            "august bank holiday | summer bank holiday": "last Monday of August",
            "mother s day | mothers day | mothering sunday": "21 days before Easter",
        }
    ),
}
# First days of the Chinese calendar, the same that the package holidays gives for Singapore.
_LUNAR_NEW_YEAR = _dates(
    "2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 "
    "2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08"
)
# The main day, of Lakshmi Puja, as India keeps it; the same that the package holidays gives for India.
_DIWALI = _dates(
    "2020-11-14 2021-11-04 2022-10-24 2023-11-12 2024-10-31 2025-10-20 2026-11-08 2027-10-29 2028-10-17 "
    "2029-11-05 2030-10-26 2031-11-14 2032-11-02 2033-10-22 2034-11-10 2035-10-30"
)
# As the calendar of Umm al-Qura reckons it (checked with the package hijridate); where the moon is looked for, it may
# be the day after.
_EID_AL_FITR = _dates(
    "2020-05-24 2021-05-13 2022-05-02 2023-04-21 2024-04-10 2025-03-30 2026-03-20 2027-03-09 2028-02-26 "
    "2029-02-14 2030-02-04 2031-01-24 2032-01-14 2033-01-02 2033-12-23 2034-12-12 2035-12-01"
)
_EID_AL_ADHA = _dates(
    "2020-07-31 2021-07-20 2022-07-09 2023-06-28 2024-06-16 2025-06-06 2026-05-27 2027-05-16 2028-05-05 "
    "2029-04-24 2030-04-13 2031-04-02 2032-03-22 2033-03-11 2034-03-01 2035-02-18"
)
# 1 Tishri (checked with the package convertdate); it begins at sunset of the day before.
_ROSH_HASHANAH = _dates(
    "2020-09-19 2021-09-07 2022-09-26 2023-09-16 2024-10-03 2025-09-23 2026-09-12 2027-10-02 2028-09-21 "
    "2029-09-10 2030-09-28 2031-09-18 2032-09-06 2033-09-24 2034-09-14 2035-10-04"
)
_MOON_DAYS: Mapping[tuple[str, ...], tuple[date, ...]] = {
    tuple(name.split()): days
    for names, days in (
        ("lunar new year | chinese new year | lunar new year s day | chinese new year s day | tet", _LUNAR_NEW_YEAR),
        ("diwali | deepavali | divali", _DIWALI),
        ("eid al - fitr | eid al fitr | eid ul - fitr | eid ul fitr | hari raya puasa", _EID_AL_FITR),
        ("eid al - adha | eid al adha | eid ul - adha | eid ul adha | bakrid | hari raya haji", _EID_AL_ADHA),
        ("eid", _EID_AL_FITR + _EID_AL_ADHA),
        ("rosh hashanah | rosh hashana", _ROSH_HASHANAH),
        ("yom kippur", tuple(day + ROSH_HASHANAH_TO_YOM_KIPPUR for day in _ROSH_HASHANAH)),
        ("passover", tuple(day - PASSOVER_TO_ROSH_HASHANAH for day in _ROSH_HASHANAH)),
    )
    for name in names.split(" | ")
}
_EVERY_NAME = frozenset(NAMED_DAYS).union(_MOON_DAYS, *_ABROAD.values())
LONGEST_NAME = max(map(len, _EVERY_NAME))
FIRST_WORDS = frozenset(name[0] for name in _EVERY_NAME)


def is_day_name(name: tuple[str, ...]) -> bool:
    """Tell whether a day is called so anywhere."""
    return name in _EVERY_NAME


def named_days(name: tuple[str, ...], country: str, years: Iterable[int]) -> Iterator[date]:
    """Yield the days that a name stands for in a country and in these years; none of the moon's beyond the tables."""
    rule = _ABROAD.get(country, {}).get(name) or NAMED_DAYS.get(name)
    moon = _MOON_DAYS.get(name, ())
    for year in years:
        yield from (day for day in moon if day.year == year)
        if rule is not None:
            yield rule(year)
