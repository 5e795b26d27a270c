"""The weekly picture: alerts by week and rule, waits against the limit, sessions and the gaps between them.

Readable without colour: bars carry hatching, the limit is a dashed line with its number, gaps are written out.
"""

from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

from bot.core.messages.kit import shorten
from bot.core.messages.trend import Trend, Wait

WIDTH_INCHES, HEIGHT_INCHES, DOTS = 8.0, 9.0, 120  # 960 × 1080 pixels: sharp on a phone, 60 kB
MAX_TITLE_CHARS = 60  # two columns of legend
MAX_RULES = 6  # bars of their own; the rest is one bar
_HATCHES = ("", "///", "...", "xxx", "---", "ooo", "+++")
_SHADES = ("#1f3a5f", "#4f7cac", "#9bc1e0", "#c44536", "#e8985e", "#7a7a7a", "#c9c9c9")


def draw(trend: Trend) -> bytes:
    """Return the picture as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - half a second, only when one is drawn
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    top, middle, bottom = figure.subplots(3, 1, height_ratios=(3, 3, 1.4))
    _draw_alerts(top, trend)
    _draw_waits(middle, trend)
    _draw_sessions(bottom, trend)
    written = BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _draw_alerts(axes: Any, trend: Trend) -> None:  # noqa: ANN401 - matplotlib ships no types
    axes.set_title("Alerts by week", loc="left", fontweight="bold")
    places = range(len(trend.weeks))
    below = [0] * len(trend.weeks)
    for index, (title, counts) in enumerate(_largest(trend)):
        axes.bar(
            places, counts, bottom=below, label=_short(title), color=_SHADES[index], hatch=_HATCHES[index],
            edgecolor="white", linewidth=0.5,
        )  # fmt: skip
        below = [low + count for low, count in zip(below, counts, strict=True)]
    for place, total in zip(places, below, strict=True) if any(below) else ():
        axes.annotate(str(total), (place, total), ha="center", va="bottom", fontsize=9)
    axes.set_xticks(list(places), [_day(week) for week in trend.weeks], rotation=45, ha="right", fontsize=8)
    axes.set_ylim(0, max([*below, 1]) * 1.2)
    axes.yaxis.get_major_locator().set_params(integer=True)
    _plain(axes)
    if any(below):
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(0, -0.16), ncols=2)
    else:
        axes.set_yticks([])
        _say(axes, "no alerts in these weeks")


def _draw_waits(axes: Any, trend: Trend) -> None:  # noqa: ANN401 - as above
    axes.set_title("Waits that articles state, in business days", loc="left", fontweight="bold")
    _plain(axes)
    _span(axes, trend)
    if not trend.waits:
        axes.set_yticks([])
        _say(axes, "no waits stated in these weeks")
        return
    for is_over, marker, shade, label in (
        (True, "o", "#c44536", "over the limit"),
        (False, "s", "#4f7cac", "not surely over it"),
    ):
        waits = [wait for wait in trend.waits if (wait.low > trend.limit_days) is is_over]
        if waits:
            axes.errorbar(
                [wait.on for wait in waits], [_middle(wait) for wait in waits],
                yerr=[(wait.high - wait.low) / 2 for wait in waits],
                fmt=marker, color=shade, capsize=3, markersize=6, label=label,
            )  # fmt: skip
    axes.axhline(trend.limit_days, color="black", linestyle="--", linewidth=1)
    axes.annotate(
        f"limit {trend.limit_days:g}", (0, trend.limit_days), xycoords=("axes fraction", "data"),
        xytext=(4, 3), textcoords="offset points", fontsize=9,
    )  # fmt: skip
    axes.set_ylim(0, max([wait.high for wait in trend.waits] + [trend.limit_days]) * 1.25)
    axes.legend(fontsize=8, frameon=False, loc="upper left", ncols=2)


def _draw_sessions(axes: Any, trend: Trend) -> None:  # noqa: ANN401 - as above
    axes.set_title("Bargaining sessions, and days between them", loc="left", fontweight="bold")
    _plain(axes)
    _span(axes, trend)
    axes.set_yticks([])
    axes.set_ylim(-1, 1.4)
    axes.spines["left"].set_visible(False)
    if not trend.sessions:
        _say(axes, "no session in these weeks")
        return
    axes.plot(trend.sessions, [0] * len(trend.sessions), "D-", color="#1f3a5f", markersize=7, linewidth=1)
    for earlier, later in pairwise(trend.sessions):
        gap = (later - earlier).days
        if gap >= 7:  # noqa: PLR2004 - shorter gaps have no room for a number
            axes.annotate(f"{gap} days", (earlier + (later - earlier) / 2, 0.25), ha="center", fontsize=9)
    if trend.days_since_session >= 7:  # noqa: PLR2004 - as above
        last, end = trend.sessions[-1], trend.sessions[-1] + timedelta(days=trend.days_since_session)
        axes.plot([last, end], [0, 0], ":", color="#1f3a5f", linewidth=1)
        so_far = f"{trend.days_since_session} days so far"
        axes.annotate(so_far, (last + (end - last) / 2, 0.25), ha="center", fontsize=9)


def _largest(trend: Trend) -> list[tuple[str, tuple[int, ...]]]:
    ordered = sorted(trend.alerts.items(), key=lambda entry: (-sum(entry[1]), entry[0]))
    rest = ordered[MAX_RULES:]
    if not rest:
        return ordered
    others = tuple(sum(counts) for counts in zip(*(counts for _, counts in rest), strict=True))
    return [*ordered[:MAX_RULES], (f"{len(rest)} other rules", others)]


def _span(axes: Any, trend: Trend) -> None:  # noqa: ANN401 - as above
    if trend.weeks:
        axes.set_xlim(trend.weeks[0] - timedelta(days=1), trend.weeks[-1] + timedelta(days=8))
        ticks = trend.weeks[:: max(1, len(trend.weeks) // 8)]
        axes.set_xticks(list(ticks), [_day(week) for week in ticks], fontsize=8)


def _plain(axes: Any) -> None:  # noqa: ANN401 - as above
    axes.spines[["top", "right"]].set_visible(False)


def _say(axes: Any, told: str) -> None:  # noqa: ANN401 - as above
    axes.annotate(told, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", fontsize=11, color="#555555")


def _middle(wait: Wait) -> float:
    return (wait.low + wait.high) / 2


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _short(title: str) -> str:
    # A dollar sign would start matplotlib's mathematics.
    return shorten(title, MAX_TITLE_CHARS).replace("$", r"\$")
