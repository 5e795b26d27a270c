"""When an article came out, as far as its own words tell: a day where a line says so, else a window with its reasons.

Never the day it was read and never a file's name: the reading day only bounds what is possible.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from bot.core.model import Precision, When
from bot.core.text.country import country_of
from bot.core.text.dates import with_year
from bot.core.text.moments import Expression, Moment, Span, Tense
from bot.core.text.sentences import SentenceKind, split_sentences
from bot.core.text.times import read_expressions, tense_of
from bot.core.text.tokens import Tokens, tokenise

HEAD_CHARS = 2_500  # a dateline or byline stands at the head …
TAIL_CHARS = 600  # … or, rarely, at the foot
MAX_TEXT_CHARS = 60_000  # how much of a long text is looked at for a window
SHORT_LINE_CHARS = 100  # a byline or a date of its own
DATELINE_CHARS = 90  # how far into a paragraph a dateline reaches
OLDEST = date(1990, 1, 1)  # no article is looked for before

# How long after the newest thing it names an article may have come out, by how finely that thing is named; and before.
_AFTER = {Precision.DAY: 120, Precision.WEEK: 120, Precision.MONTH: 330, Precision.QUARTER: 330, Precision.YEAR: 1096}
_BEFORE_DAYS = 60
_NEAR_DAYS = 60  # how far a date that is told neither as past nor as to come may lie from publication
_PAST_DAYS, _FUTURE_DAYS = 330, 90  # how far a date without a year may lie from publication

_LABEL = re.compile(
    r"\b(?:published|posted|updated|modified|date|dated|issued|for (?:immediate )?release|released|filed)\b",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"\b(?:updated|modified)\b", re.IGNORECASE)
_DATELINE_END = re.compile(r"\s*(?:\)|/[A-Z]|[-–—]{1,2}\s|[-–—]{1,2}$|\||$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mention:
    """A time the text names, with the tense it is told in."""

    tokens: Tokens
    expression: Expression
    tense: Tense
    line: tuple[int, int]  # offsets of the sentence around it
    line_number: int  # of its paragraph, from 0
    heading: bool

    @property
    def span(self) -> tuple[int, int]:
        return self.tokens.span(self.expression.first, self.expression.end)


def date_document(
    text: str, *, read_on: date, country: str | None = None, began: Mapping[str, date] | None = None
) -> When | None:
    """Infer when an article came out from its text.

    Args:
        text: the cleaned text, headline included.
        read_on: the day it was read; nothing later is possible.
        country: for dates in digits and holidays by name; None: as the text's own words suggest.
        began: first days of what is told of ("strike"), for "its 13th week".

    Returns:
        A day where a dateline, byline or publication line gives one; a window with its basis where only the dates named
        in the text bound it; None where the text names nothing that helps.
    """
    moment = Moment(reference=read_on, tense=Tense.PAST, country=country or country_of(text), began=began or {})
    mentions = list(_mentions(text))
    return _stated(text, mentions, moment) or _counted(mentions, moment) or _window(mentions, moment)


def _mentions(text: str) -> Iterator[_Mention]:
    for sentence in split_sentences(text[:MAX_TEXT_CHARS]):
        tokens = tokenise(text, sentence.start, sentence.end)
        for expression in read_expressions(tokens):
            yield _Mention(
                tokens=tokens,
                expression=expression,
                tense=tense_of(tokens, expression),
                line=(sentence.start, sentence.end),
                line_number=sentence.paragraph,
                heading=sentence.kind is SentenceKind.HEADING,
            )


def _stated(text: str, mentions: Sequence[_Mention], moment: Moment) -> When | None:
    """Find a line that says when the article came out."""
    ranked = []
    for place, mention in enumerate(mentions):
        if mention.expression.kind != "day" or not _is_at_edge(text, mention):
            continue
        rank = _line_rank(text, mention)
        if rank is not None:
            ranked.append((rank, place))
    for rank, place in sorted(ranked):
        spans = [span for span in _placed(mentions[place], mentions, moment) if _is_possible(span, moment)]
        if spans:
            return _when(text, mentions[place], spans, _RANKS[rank])
    return None


_RANKS = ("publication line", "dateline", "a line that is only a date", "update line")


def _is_at_edge(text: str, mention: _Mention) -> bool:
    return mention.span[0] < HEAD_CHARS or mention.span[1] > len(text) - TAIL_CHARS


def _line_rank(text: str, mention: _Mention) -> int | None:
    start, end = mention.span
    before, after = text[mention.line[0] : start], text[end : mention.line[1]]
    if (
        len(before) < SHORT_LINE_CHARS
        and _LABEL.search(before)
        and mention.line[1] - mention.line[0] < 2 * SHORT_LINE_CHARS
    ):
        return 3 if _UPDATED.search(before) else 0
    has_year = mention.expression.year or mention.expression.weekday is not None or mention.expression.month is None
    if len(before) < DATELINE_CHARS and start < HEAD_CHARS and _is_dateline(before, after):
        return 1
    if has_year and mention.line[1] - mention.line[0] < SHORT_LINE_CHARS and _is_byline(before, after):
        return 2
    return None


def _is_dateline(before: str, after: str) -> bool:
    # "OAKLAND, Calif., Oct. 24, 2024 — …": capitals and commas before, a dash or a bracket behind
    place = before.strip(" ,(")
    if not place or not _DATELINE_END.match(after) or not after.strip():
        return False
    return all(word[:1].isupper() or not word[:1].isalpha() for word in place.split())


def _is_byline(before: str, after: str) -> bool:
    rest = re.sub(
        r"\d{1,2}:\d\d|\b(?:a\.?m\.?|p\.?m\.?|by|at|on|et|pt|pst|pdt|est|edt|gmt|bst|min|read)\b|\W",
        " ",
        before + " " + after,
        flags=re.IGNORECASE,
    )
    return all(word[:1].isupper() or word.isdigit() for word in rest.split())


def _is_possible(span: Span, moment: Moment) -> bool:
    return moment.reference is not None and OLDEST <= span.first <= moment.reference


def _placed(mention: _Mention, mentions: Sequence[_Mention], moment: Moment) -> tuple[Span, ...]:
    """Return where a dateline may lie: a date without a year takes the newest year the text names, if it names one."""
    expression = mention.expression
    if expression.year is not None or expression.weekday is not None or expression.month is None:
        return expression.read(moment)
    years = [other.expression.year for other in mentions if other.expression.year and other.tense is not Tense.FUTURE]
    if not years:
        return ()
    known = tuple(span for year in (max(years), max(years) + 1) for span in with_year(expression, year).read(moment))
    return tuple(span for span in known if _is_possible(span, moment))


def _when(text: str, mention: _Mention, spans: Sequence[Span], basis: str) -> When:
    start, end = mention.span
    first = spans[0]
    return When(
        first=first.first,
        last=first.last,
        precision=first.precision,
        basis=f"{basis}; {first.basis}",
        text=text[start:end],
        start=start,
        end=end,
        alternatives=tuple((span.first, span.last) for span in spans[1:]),
    )


def _counted(mentions: Sequence[_Mention], moment: Moment) -> When | None:
    """Place "now in its 13th week" where the first day of what it counts is known."""
    for mention in mentions:
        if mention.expression.kind == "ordinal" and (spans := mention.expression.read(moment)):
            if not _is_possible(spans[0], moment):
                continue
            return When(
                first=spans[0].first,
                last=spans[0].last,
                precision=spans[0].precision,
                basis=f"told as now: {spans[0].basis}",
            )
    return None


def _window(mentions: Sequence[_Mention], moment: Moment) -> When | None:
    """Bound publication by what is told in the past and what is told as to come."""
    fixed = _fixed_weekday(mentions, moment)
    bounds = _bounds(mentions, moment, fixed)
    if bounds is None:
        return None
    low, high, basis = bounds
    if fixed is not None and (today := _today(mentions, fixed[0], fixed[1])) is not None:
        return replace(today, alternatives=tuple((day, day) for day in fixed[2]))
    days = _fitting(low, high, _checks(mentions, moment.country))
    if not days:
        days = [low, high]
    elif (days[0], days[-1]) != (low, high):
        basis += "; narrowed by the dates named without a year"
    precision = Precision.DAY if days[0] == days[-1] else Precision.WINDOW
    return When(first=days[0], last=days[-1], precision=precision, basis=basis)


def _fixed_weekday(mentions: Sequence[_Mention], moment: Moment) -> tuple[_Mention, date, tuple[date, ...]] | None:
    """Return the newest day that a weekday and a date without a year agree on, with the older ones."""
    for mention in mentions:
        expression = mention.expression
        if expression.kind == "day" and expression.weekday is not None and expression.year is None:
            spans = expression.read(moment)
            stated = [
                other.expression.year for other in mentions if other.expression.year and other.tense is Tense.PAST
            ]
            fits = [span.first for span in spans if span.first.year >= max(stated, default=0)]
            if fits:
                return mention, fits[0], tuple(fits[1:])
    return None


def _today(mentions: Sequence[_Mention], dated: _Mention, day: date) -> When | None:
    """Take the dated weekday for today's where the head of the text says "today" and names that weekday too."""
    head = [mention for mention in mentions if mention.span[0] < HEAD_CHARS]
    says_today = any(mention.tokens.word(mention.expression.first) == "today" for mention in head)
    again = any(
        mention.expression.kind == "weekday" and mention.expression.weekday == day.weekday() for mention in head
    )
    if not (dated.heading and says_today and again):
        return None
    start, end = dated.span
    return When(
        first=day,
        last=day,
        precision=Precision.DAY,
        basis="the text says 'today' of the weekday and date in its heading; the weekday fixes the year",
        text=dated.tokens.source[start:end],
        start=start,
        end=end,
    )


def _bounds(
    mentions: Sequence[_Mention], moment: Moment, fixed: tuple[_Mention, date, tuple[date, ...]] | None
) -> tuple[date, date, str] | None:
    read_on = moment.reference or date.max
    past: list[tuple[Span, str]] = []
    future: list[tuple[Span, str]] = []
    running: list[tuple[Span, str]] = []  # years of which no word says whether they are past or to come
    for mention in mentions:
        if mention.expression.year is None or not (spans := mention.expression.read(moment)):
            continue
        words = mention.tokens.source[slice(*mention.span)]
        if mention.tense is Tense.UNKNOWN and spans[0].precision is Precision.YEAR:
            running.append((spans[0], words))
        else:
            (future if mention.tense is Tense.FUTURE else past).append((spans[0], words))
    if fixed is not None:
        mention, day, _ = fixed
        words = mention.tokens.source[slice(*mention.span)]
        span = Span(first=day, last=day, precision=Precision.DAY, basis="")
        (future if mention.tense is Tense.FUTURE else past).append((span, words))
    past = [(span, words) for span, words in past if span.first <= read_on]
    if running and max(span.first for span, _ in running) > max((span.first for span, _ in past), default=date.min):
        return _around(max(running, key=lambda found: found[0].first), future, read_on)
    return _between(past, future, read_on)


def _around(newest: tuple[Span, str], future: list[tuple[Span, str]], read_on: date) -> tuple[date, date, str] | None:
    """Bound publication by a year that is spoken of in the present: it runs, or begins within months."""
    span, words = newest
    low = span.first - timedelta(days=_BEFORE_DAYS)
    high = min(read_on, span.last, *(found.first for found, _ in future))
    return (low, high, f"window: '{words}' is the newest year named") if low <= high else None


def _between(
    past: list[tuple[Span, str]], future: list[tuple[Span, str]], read_on: date
) -> tuple[date, date, str] | None:
    low = high = None
    reasons = []
    if past:
        newest, words = max(past, key=lambda found: (found[0].first, -(found[0].last - found[0].first).days))
        low = newest.first
        high = newest.first + timedelta(days=_AFTER.get(newest.precision, 330))
        reasons.append(f"'{words}' is the newest date told as past")
    if future:
        nearest, words = min(future, key=lambda found: found[0].first)
        # A year that is already running is called "this year".
        high = min(high or date.max, nearest.first - timedelta(days=nearest.precision is Precision.YEAR))
        low = low or nearest.first - timedelta(days=366 if nearest.precision is Precision.YEAR else _BEFORE_DAYS)
        reasons.append(f"'{words}' is told as to come")
    if low is None or high is None:
        return None
    high = min(high, read_on)
    return (low, high, "window: " + ", ".join(reasons)) if low <= high else None


_Check = Callable[[date], int | None]
"""From a publication day to how far the date lies from it; None where that cannot be."""


def _checks(mentions: Sequence[_Mention], country: str) -> list[_Check]:
    checks: list[_Check] = []
    for mention in mentions:
        expression = mention.expression
        if expression.year is None and expression.weekday is None and expression.kind in ("day", "month", "holiday"):
            checks.append(_check(expression, mention.tense, country))
    return checks


def _check(expression: Expression, tense: Tense, country: str) -> _Check:
    def distance(day: date) -> int | None:
        spans = expression.read(Moment(reference=day, tense=tense, country=country))
        if not spans:
            return 0
        if tense is Tense.UNKNOWN:
            apart = min(abs((day - span.first).days) for span in spans)
            return apart if apart <= _NEAR_DAYS else None
        if tense is Tense.PAST:
            behind = (day - spans[0].first).days
            return behind if 0 <= behind <= _PAST_DAYS else None
        ahead = (spans[0].last - day).days
        return ahead if 0 <= ahead <= _FUTURE_DAYS else None

    return distance


def _fitting(low: date, high: date, checks: Sequence[_Check]) -> list[date]:
    """Return the run of days on which all checks hold and the dates lie closest together, or what spans the runs."""
    if not checks:
        return [low, high]
    scored: list[tuple[date, int]] = []
    for shift in range((high - low).days + 1):
        day = low + timedelta(days=shift)
        distances = [check(day) for check in checks]
        known = [found for found in distances if found is not None]
        if len(known) == len(checks):
            scored.append((day, sum(known)))
    if not scored:
        return []
    if (high - low).days > _PAST_DAYS:
        return [scored[0][0], scored[-1][0]]
    return _closest_run(scored)


def _closest_run(scored: list[tuple[date, int]]) -> list[date]:
    runs = [[scored[0]]]
    for before, after in pairwise(scored):
        # A new run begins where days are missing or where a date jumps to another year.
        if (after[0] - before[0]).days > 1 or abs(after[1] - before[1]) > _BEFORE_DAYS:
            runs.append([])
        runs[-1].append(after)
    best = min(runs, key=lambda run: min(score for _, score in run))
    return [day for day, _ in best]
