"""Business days: counted exactly between dates, bounded where no date is known."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.calendars import Calendar, Calendars, business_day_bounds, load_calendars
from bot.core.model import Quantity
from bot.errors import RuleFileError

FILE = Path(__file__).parents[2] / "rules" / "calendars.yaml"
CALENDARS: Calendars = load_calendars(FILE.read_text(encoding="utf-8"))
CALIFORNIA: Calendar = CALENDARS.named(None)
IDS = tuple(CALENDARS.by_id)

days = st.dates(min_value=date(1995, 1, 1), max_value=date(2050, 12, 31))


def _length(number: float, unit: str, high: float | None = None) -> Quantity:
    return Quantity(text="", start=0, end=0, low=number, high=number if high is None else high, unit=unit)


def test_the_state_list_of_2024_is_exact() -> None:
    assert sorted(day.isoformat()[5:] for day in CALIFORNIA.holidays if day.year == 2024) == [
        "01-01", "01-15", "02-19", "04-01", "05-27", "07-04", "09-02", "11-11", "11-28", "11-29", "12-25",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "day", "off", "reason"),
    [
        ("ca_state", date(2022, 1, 1), True, "a Saturday is no business day anyway"),
        ("ca_state", date(2021, 12, 31), False, "a holiday on Saturday gives a credit, no day off"),
        ("ca_state", date(2023, 11, 10), True, "Veterans Day on Saturday is kept on Friday"),
        ("ca_state", date(2025, 6, 19), False, "Juneteenth is no day off of the state's employees"),
        ("us_federal", date(2025, 6, 19), True, "Juneteenth is a federal holiday"),
        ("us_federal", date(2021, 12, 31), True, "New Year's Day on Saturday is kept the day before"),
        ("us_federal", date(2024, 11, 29), False, "the day after Thanksgiving is no federal holiday"),
        ("weekends_only", date(2024, 12, 25), False, "no holidays at all"),
        ("ca_gov_6700", date(2025, 4, 24), True, "Genocide Remembrance Day"),
        ("england", date(2022, 12, 27), True, "Christmas on a Sunday moves past Boxing Day"),
        ("england", date(2021, 12, 28), True, "Boxing Day on a Sunday moves past the moved Christmas"),
        ("england", date(2024, 3, 29), True, "Good Friday"),
        ("england", date(2022, 5, 30), False, "the spring holiday of 2022 was moved to June"),
        ("ireland", date(2024, 2, 5), True, "St. Brigid's Day since 2023"),
        ("canada_federal", date(2025, 5, 19), True, "Victoria Day is the Monday before May 25"),
    ],
)
def test_each_calendar_keeps_its_own_days_off(calendar: str, day: date, *, off: bool, reason: str) -> None:
    assert CALENDARS.named(calendar).is_business_day(day) is not off, reason


@pytest.mark.parametrize(
    ("start", "calendar", "due"),
    [
        (date(2024, 11, 22), "weekends_only", date(2024, 12, 6)),
        (date(2024, 11, 22), "us_federal", date(2024, 12, 9)),
        (date(2024, 11, 22), "ca_state", date(2024, 12, 10)),
        (date(2024, 12, 20), "ca_state", date(2025, 1, 7)),
        (date(2025, 3, 24), "us_federal", date(2025, 4, 7)),
        (date(2025, 3, 24), "ca_state", date(2025, 4, 8)),
    ],
)
def test_ten_business_days_end_on_the_day_the_calendar_says(start: date, calendar: str, due: date) -> None:
    assert CALENDARS.named(calendar).add(start, 10) == due


def test_thirty_calendar_days_from_early_march_are_twenty_one_business_days() -> None:
    assert CALIFORNIA.business_days(date(2025, 3, 5), date(2025, 4, 4)) == 21


@given(days, st.integers(min_value=0, max_value=120), st.sampled_from(IDS))
def test_adding_and_counting_are_each_others_reverse(start: date, number: int, calendar: str) -> None:
    due = CALENDARS.named(calendar).add(start, number)
    assert CALENDARS.named(calendar).business_days(start, due) == number
    assert number == 0 or CALENDARS.named(calendar).is_business_day(due)


@given(days, st.integers(min_value=0, max_value=400), st.sampled_from(IDS))
def test_a_length_never_holds_more_or_fewer_business_days_than_its_bounds(
    start: date, length: int, calendar: str
) -> None:
    low, high = business_day_bounds(_length(length, "day"), CALENDARS.named(calendar))
    assert low is not None
    assert high is not None
    assert low <= CALENDARS.named(calendar).business_days(start, start + timedelta(days=length)) <= high


@given(days, days, st.sampled_from(IDS))
def test_counting_agrees_with_looking_at_every_day(first: date, second: date, calendar: str) -> None:
    start, end = min(first, second), min(max(first, second), min(first, second) + timedelta(days=400))
    looked = sum(
        CALENDARS.named(calendar).is_business_day(start + timedelta(days=shift))
        for shift in range(1, (end - start).days + 1)
    )
    assert CALENDARS.named(calendar).business_days(start, end) == looked
    assert CALENDARS.named(calendar).business_days(end, start) == -looked


@pytest.mark.parametrize(
    ("length", "limit", "over"),
    [
        (_length(14, "day"), 10, False),
        (_length(15, "day"), 10, None),
        (_length(19, "day"), 10, None),
        (_length(20, "day"), 10, True),
        (_length(21, "day"), 15, False),
        (_length(22, "day"), 15, None),
        (_length(26, "day"), 15, None),
        (_length(27, "day"), 15, True),
        (_length(2, "week"), 10, False),
        (_length(3, "week"), 10, True),
        (_length(1, "month"), 10, True),
        (_length(11, "business_day"), 10, True),
        (_length(48, "hour"), 10, False),
        (_length(1, "year"), 200, True),
        (_length(12, "month"), 240, True),
        (_length(2, "week", 3), 10, None),
    ],
)
def test_a_length_without_a_start_is_over_a_limit_always_never_or_by_the_dates(
    length: Quantity, limit: int, *, over: bool | None
) -> None:
    low, high = business_day_bounds(length, CALIFORNIA)
    assert low is not None
    assert high is not None
    assert (True if low > limit else False if high <= limit else None) is over


def test_a_length_without_a_number_has_no_bounds() -> None:
    vague = Quantity(text="months", start=0, end=6, low=None, high=None, unit="month")
    assert business_day_bounds(vague, CALIFORNIA) == (None, None)


def test_a_unit_that_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="'USD' is no unit of time"):
        business_day_bounds(_length(3, "USD"), CALIFORNIA)


def test_every_fault_of_the_file_is_told_at_once_with_its_place() -> None:
    text = """time_zone: Mars/Olympus
default: ca_stat
calendars:
  ca_state:
    title: state
    on_sunday: day aftr
    holidays:
      - {name: X, on: fifth Blursday of May}
      - {name: Y, dates: [2024-13-01]}
      - {name: Z, form: 2001}
"""
    with pytest.raises(RuleFileError) as caught:
        load_calendars(text)
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [
        (1, 12), (2, 10), (5, 5), (6, 16), (8, 23), (9, 27), (10, 9), (10, 19),
    ]  # fmt: skip
    message = str(caught.value)
    assert "no calendar is called 'ca_stat'; did you mean 'ca_state'?" in message
    assert "'on_sunday' cannot be 'day aftr'; did you mean 'day after'?" in message
    assert "rules/calendars.yaml:8:23: 'fifth Blursday of May' names no day" in message
