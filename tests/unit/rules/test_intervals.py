"""Lengths of time between business days and calendar days."""

from bot.core.rules.intervals import Interval, in_unit


class Weeks:
    """A calendar without holidays that counts its answers."""

    name = "weeks"
    asked = 0

    def bounds(self, calendar_days: int) -> tuple[int, int]:
        self.asked += 1
        whole, rest = divmod(calendar_days, 7)
        return whole * 5 + max(0, rest - 2), whole * 5 + min(rest, 5)


def held(business_days: float, calendar: Weeks) -> Interval | None:
    return in_unit(Interval(low=business_days, high=business_days), "business_day", "day", calendar)  # type: ignore[arg-type]  # as far as it is asked


def test_ten_business_days_are_twelve_to_sixteen_days() -> None:
    assert held(10, Weeks()) == Interval(low=12, high=16)


def test_a_length_beyond_all_reason_takes_a_few_questions() -> None:
    calendar = Weeks()
    assert held(50_000_000, calendar) == Interval(low=69_999_998, high=70_000_002)
    assert calendar.asked < 200
