"""What the weekly picture shows, as values and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from bot.core.messages.kit import clean
from bot.core.messages.words import counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """One wait that an article states."""

    on: date  # when it was so
    low: float  # business days
    high: float  # business days; equal to low when one number is stated


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """Some weeks at a glance."""

    weeks: tuple[date, ...]  # Mondays, oldest first
    alerts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # rule title → alerts in each week
    waits: tuple[Wait, ...] = ()  # in order of time
    limit_days: float = 10.0  # business days; Cal. Health & Safety Code § 1367.03(a)(5)(F)
    sessions: tuple[date, ...] = ()  # days on which the parties met, in order

    @property
    def longest_gap_days(self) -> int:
        """Return the most days between two sessions, 0 when there were fewer than two."""
        return max(((later - earlier).days for earlier, later in pairwise(self.sessions)), default=0)

    @property
    def days_since_session(self) -> int:
        """Return the days from the last session to the end of the last week, 0 where there was none."""
        end = self.weeks[-1] + timedelta(days=6) if self.weeks else None
        return max((end - self.sessions[-1]).days, 0) if end and self.sessions else 0


def trend_words(trend: Trend) -> str:
    """Say what the picture shows, for those who cannot see it."""
    totals = {title: sum(counts) for title, counts in trend.alerts.items() if sum(counts)}
    told = ", ".join(f"{clean(title)} {total:,}" for title, total in sorted(totals.items(), key=lambda kv: -kv[1])[:5])
    parts = [
        f"{counted(sum(totals.values()), 'alert')} in {counted(len(trend.weeks), 'week')}{f': {told}' if told else ''}."
    ]
    if trend.waits:
        over = sum(wait.low > trend.limit_days for wait in trend.waits)
        worst = max(wait.high for wait in trend.waits)
        parts.append(
            f"{counted(len(trend.waits), 'stated wait')}, {over:,} of them over {trend.limit_days:g} business days, "
            f"the longest {worst:g} business days."
        )
    if trend.sessions:
        gap = f", the longest gap {trend.longest_gap_days} days" if trend.longest_gap_days else ""
        since = f"; none for {counted(trend.days_since_session, 'day')} since" if trend.days_since_session else ""
        parts.append(f"{counted(len(trend.sessions), 'bargaining session')}{gap}{since}.")
    return " ".join(parts)
