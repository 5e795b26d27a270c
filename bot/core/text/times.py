"""Time expressions of a sentence, placed on the calendar with precision, role and other readings."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bot.core.model import Precision, Role, When
from bot.core.text.anchored import KIND as ANCHORED
from bot.core.text.dates import (
    day_expression,
    read_day_number,
    read_day_of_month,
    read_days_before_month,
    read_month_name,
    with_year,
)
from bot.core.text.lexicon import words
from bot.core.text.moments import Expression, Moment, Span, Tense, YearWords
from bot.core.text.periods import may_begin_time, read_time
from bot.core.text.tokens import Tokens, tokenise

LOOK_BACK_CHARS = 800  # how far before the sentence a named date is looked for: about a paragraph
CUE_WORDS = 40  # how far from a time its verb is looked for
LISTED_DAYS = 12  # days that may share one month's name

_ROLES: Mapping[str, Role] = {
    "since": Role.SINCE,
    "by": Role.BY,
    "before": Role.BEFORE,
    "after": Role.AFTER,
    "following": Role.AFTER,
    "until": Role.UNTIL,
    "till": Role.UNTIL,
    "through": Role.UNTIL,
    "thru": Role.UNTIL,
}
_OPEN_FUTURE = (Role.BY, Role.UNTIL)

_CLAUSE_ENDS = frozenset(
    (",", ";", ":", "but", "while", "although", "though", "which", "who", "because", '"', "-", "(", ")")
)
_FUTURE = frozenset(
    words(
        "will shall 'll scheduled set due expected plans planned planning slated upcoming tomorrow runs ends "
        "takes begins starts resumes going hopes hope intends intend aims plan would might must "
        "should ll opens expire expires deadline begin start resume meet return vote strike walk"
    )
)
_PAST = frozenset(
    words(
        "was were had did began met sat held told said went left broke won lost struck sent wrote came took "
        "gave made ran fell rose saw spoke paid found brought kept led drew grew stood heard ago became "
        "got yesterday been ended"
    )
)
_SAME_IN_PAST = frozenset(("put", "cut", "hit", "shut", "quit", "let"))
_MODALS = frozenset(("will", "to", "would", "can", "could", "may", "might", "must", "should", "'ll", "ll", "shall"))
_NO_PAST = frozenset(words("need indeed hundred proceed exceed speed feed united red bed shed unionized"))


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeContext:
    """What a reader of the article knows besides the sentence."""

    published: When | None = None  # a window where only a window is known; None leaves relative times unplaced
    began: Mapping[str, date] = field(default_factory=dict)  # first day of what the article tells of: {"strike": …}
    country: str = "US"  # ISO 3166: holidays by name, fiscal years, and whether 01/11/2022 is in January
    last_named: When | None = None  # the date named before the stretch, for "two years earlier"; None: it is looked for


def find_times(text: str, start: int, end: int, context: TimeContext) -> tuple[When, ...]:
    """Return the times named in `text[start:end]`, in order, none overlapping, with `text[w.start:w.end] == w.text`.

    Expressions that the context cannot place are left out. Where the publication is known only as a window, a relative
    time is placed for both of its ends and spans both.
    """
    tokens = tokenise(text, start, end)
    found: list[When] = []
    for expression in read_expressions(tokens):
        if (placed := _place(tokens, expression, context, found)) is not None:
            found.append(placed)
    return tuple(found)


def read_expressions(tokens: Tokens) -> Iterator[Expression]:
    """Yield the time expressions of a stretch, not yet placed, longest first where several begin at one word."""
    end = 0
    for index in range(len(tokens.words)):
        if index < end or not may_begin_time(tokens, index):
            continue
        if listed_before := read_days_before_month(tokens, index):
            yield from listed_before
            end = listed_before[-1].end
            continue
        expression = read_time(tokens, index)
        if expression is not None:
            joined = list(_joined(tokens, expression))
            yield from joined
            end = joined[-1].end


def tense_of(tokens: Tokens, expression: Expression) -> Tense:
    """Return the tense an expression is told in."""
    return _tense(tokens, expression, _role(tokens, expression))


def find_beginnings(text: str, context: TimeContext) -> Mapping[str, date]:
    """Return the day each kind of dispute began where the text says so: "the strike that began Oct. 21".

    Of several beginnings the latest one up to publication counts: the others are history.
    """
    beginnings: dict[str, date] = {}
    for match in _BEGINNING.finditer(text):
        tokens = tokenise(text, match.end(), min(len(text), match.end() + BEGINNING_CHARS))
        expression = read_time(tokens, 1 if tokens.word(0) == "on" else 0)
        if expression is None or expression.kind not in ("day", "weekday", "holiday"):
            continue
        spans = _spans(expression, Moment(reference=None, tense=Tense.PAST, country=context.country), context.published)
        noun = match.group(1).lower()
        if spans and spans[0].first == spans[0].last:
            beginnings[noun] = max(spans[0].first, beginnings.get(noun, date.min))
    return beginnings


_BEGINNING = re.compile(
    r"\b(strike|walkout|lockout|stoppage)\W{1,2}(?:[\w’']{1,20}\W{1,2}){0,2}?(?:began|started|launched)\b",
    re.IGNORECASE,
)
BEGINNING_CHARS = 60  # the date follows at once


def _joined(tokens: Tokens, expression: Expression) -> Iterator[Expression]:
    """Yield a range as one expression, a list of days as several, anything else as it is."""
    listed = list(_listed_days(tokens, expression))
    if len(listed) > 1:
        yield from listed
        return
    second = _range_end(tokens, expression)
    if second is None:
        yield _borrowing_year(tokens, expression)
    else:
        yield _range(tokens, expression, second)


def _borrowing_year(tokens: Tokens, expression: Expression) -> Expression:
    # "October and November 2024", "Oct. 3 and Nov. 7, 2024"
    if (
        expression.year is not None
        or expression.kind not in ("day", "month")
        or tokens.word(expression.end) not in ("and", "or", ",")
    ):
        return expression
    at = expression.end + 1
    other = read_time(tokens, at + 1 if tokens.word(at) in ("and", "or") else at)
    if other is None or other.year is None or other.kind != expression.kind or not other.month or not expression.month:
        return expression
    return with_year(expression, other.year if expression.month <= other.month else other.year - 1)


def _listed_days(tokens: Tokens, expression: Expression) -> Iterator[Expression]:
    yield expression
    if expression.kind == "day" and expression.month is None and expression.day is not None:
        yield from _more_days_of_month(tokens, expression)
        return
    if expression.kind != "day" or expression.month is None or expression.year is not None:
        return
    at, before = expression.end, expression.day or 0
    for _ in range(LISTED_DAYS):
        first = at
        while tokens.word(first) in (",", "and", "or", "&"):
            first += 1
        day = read_day_number(tokens, first)
        if first == at or day is None or day[0] <= before or not _ends_listed_day(tokens, day[1]):
            return
        yield day_expression(first, day[1], (expression.month, day[0], YearWords()))
        at, before = day[1], day[0]


def _more_days_of_month(tokens: Tokens, first: Expression) -> Iterator[Expression]:
    # "on the 17th and the 24th"
    at, before = first.end, first.day or 0
    for _ in range(LISTED_DAYS):
        while tokens.word(at) in (",", "and", "or", "&"):
            at += 1
        start = at + 1 if tokens.word(at) == "the" else at
        day = read_day_of_month(tokens, start) if start > first.end else None
        if day is None or (day.day or 0) <= before:
            return
        yield day
        at, before = day.end, day.day or 0


def _ends_listed_day(tokens: Tokens, index: int) -> bool:
    word = tokens.word(index)
    return word in ("", ",", ".", ";", ")", "and", "or", "&", "at", "in", "to", "with", "for", "but") and not (
        word == ","
        and tokens.word(index + 1).isalpha()
        and read_month_name(tokens, index + 1) is None
        and tokens.word(index + 1) not in ("and", "or", "but", "with")
    )


def _range_end(tokens: Tokens, first: Expression) -> Expression | None:
    joint, at = tokens.word(first.end), first.end + 1
    between = tokens.word(first.first - 1) == "between"
    into = joint == "into" and first.kind in ("weekday", "day")
    if joint not in ("to", "-", "through", "thru", "until", "till") and not into and not (joint == "and" and between):
        return None
    if tokens.word(at) == "the":
        at += 1
    second = _now(tokens, at) or read_time(tokens, at)
    if first.kind == "day" and (second is None or second.kind != "day") and first.month is not None:
        day = read_day_number(tokens, at)
        if day is not None and day[0] > (first.day or 0):
            year, end = _year_behind(tokens, day[1])
            return day_expression(at, end, (first.month, day[0], year))
    kinds = {first.kind, second.kind} if second is not None else {""}
    if second is None or "ordinal" in kinds or ("year" in kinds and kinds != {"year"} and joint == "-"):
        return None
    return second


def _now(tokens: Tokens, at: int) -> Expression | None:
    if tokens.word(at) not in ("now", "present"):
        return None

    def read(moment: Moment) -> tuple[Span, ...]:
        day = moment.reference
        return () if day is None else (Span(first=day, last=day, precision=Precision.DAY, basis="publication"),)

    return Expression(first=at, end=at + 1, kind="relative", read=read)


def _year_behind(tokens: Tokens, index: int) -> tuple[YearWords, int]:
    at = index + 1 if tokens.word(index) == "," else index
    word = tokens.word(at)
    if word.isdecimal() and len(word) == len("2024"):
        return YearWords(year=int(word)), at + 1
    return YearWords(), index


def _range(tokens: Tokens, first: Expression, second: Expression) -> Expression:
    if first.year is None and second.year is not None and first.month and second.month:
        first = with_year(first, second.year if first.month <= second.month else second.year - 1)
    lead = 1 if tokens.word(first.first - 1) in ("from", "between") else 0

    def read(moment: Moment) -> tuple[Span, ...]:
        starts = first.read(moment)
        ends = second.read(moment)
        pairs = [(start, end) for start in starts for end in ends if start.first <= end.last]
        near = [pair for pair in pairs if (pair[1].last - pair[0].first).days <= _longest(first)] or pairs[:1]
        inclusive = [_between(start, end.last, end) for start, end in near]
        # "from June to August" may also end where August begins.
        return (*inclusive, *(_between(start, end.first, end) for start, end in near if end.first > start.first))

    return Expression(first=first.first - lead, end=second.end, kind="range", read=read, year=second.year)


def _longest(first: Expression) -> int:
    # Without a year the two ends lie within one; weekdays within one week.
    if first.kind == "weekday":
        return 7
    return 366 if first.year is None else 366 * 200


def _between(start: Span, last: date, end: Span) -> Span:
    return Span(first=start.first, last=last, precision=Precision.WINDOW, basis=f"from {start.basis} to {end.basis}")


def _place(tokens: Tokens, expression: Expression, context: TimeContext, before: list[When]) -> When | None:
    role = _role(tokens, expression)
    tense = _tense(tokens, expression, role)
    named: Iterable[Span | None] = (_named(before, context),)
    if expression.kind == ANCHORED and named == (None,):
        named = _named_earlier(tokens, context) or named
    moment = Moment(
        reference=None,
        tense=tense,
        strict=role is Role.BY and tense is Tense.FUTURE,
        country=context.country,
        began=context.began,
    )
    readings = (_spans(expression, replace(moment, named=each), context.published) for each in named)
    spans = next((each for each in readings if each), ())
    return _when(tokens, expression, spans, role) if spans else None


def _spans(expression: Expression, moment: Moment, published: When | None) -> tuple[Span, ...]:
    if published is None:
        return expression.read(moment)
    late = expression.read(replace(moment, reference=published.last))
    if published.first == published.last:
        return late
    early = expression.read(replace(moment, reference=published.first))
    if not late or not early or late[0] == early[0]:
        return late or early
    if (late[0].first, late[0].last) == (early[0].first, early[0].last):
        return late
    both = Span(
        first=min(early[0].first, late[0].first),
        last=max(early[0].last, late[0].last),
        precision=Precision.WINDOW,
        basis=f"{late[0].basis}; publication is known only as {published.first} to {published.last}",
    )
    return (both, *late)


def _when(tokens: Tokens, expression: Expression, spans: tuple[Span, ...], role: Role) -> When:
    start, end = tokens.span(expression.first, expression.end)
    best = spans[0]
    others = dict.fromkeys((span.first, span.last) for span in spans[1:])
    others.pop((best.first, best.last), None)
    return When(
        first=best.first,
        last=best.last,
        precision=best.precision,
        basis=best.basis,
        role=role,
        text=tokens.source[start:end],
        start=start,
        end=end,
        alternatives=tuple(others),
    )


def _named(before: list[When], context: TimeContext) -> Span | None:
    when = before[-1] if before else context.last_named
    if when is None:
        return None
    return Span(first=when.first, last=when.last, precision=when.precision, basis="the date named before")


def _named_earlier(tokens: Tokens, context: TimeContext) -> tuple[Span | None, ...]:
    """Return the dates named before the stretch, the last first: those that have come before those that have not."""
    start = tokens.starts[0]
    back = tokenise(tokens.source, max(0, start - LOOK_BACK_CHARS), start)
    found: list[When] = []
    for expression in read_expressions(back):
        if (
            expression.kind not in ("relative", ANCHORED)
            and (placed := _place(back, expression, context, found)) is not None
        ):
            found.append(placed)
    published = context.published
    come = [each for each in found if published is None or each.first <= published.last]
    return tuple(_named([each], context) for each in reversed(come or found))


def _role(tokens: Tokens, expression: Expression) -> Role:
    at = expression.first - 1
    while tokens.word(at) in (
        "the",
        "about",
        "around",
        "at",
        "least",
        "late",
        "early",
        "mid",
        "-",
        "of",
        "this",
        "end",
    ):
        at -= 1
    if tokens.word(at) == "as" and tokens.word(at + 1) == "of":
        return Role.AS_OF
    if expression.kind == "range":
        return Role.ON
    return _ROLES.get(tokens.word(at), Role.ON)


def _tense(tokens: Tokens, expression: Expression, role: Role) -> Tense:
    if role is Role.SINCE:
        return Tense.PAST
    before = _cue_before(tokens, expression.first)
    set_for = role is Role.ON and expression.kind in ("day", "weekday") and tokens.word(expression.first - 1) == "for"
    if set_for and before is Tense.PAST:
        return Tense.FUTURE  # "authorized a strike for Wednesday"
    if before is not Tense.UNKNOWN:
        return before
    opens_sentence = expression.first < 2 and tokens.word(expression.end) == ","  # noqa: PLR2004 - "In 2025, …"
    after = _cue_after(tokens, expression.end + opens_sentence)
    if after is Tense.UNKNOWN and role is Role.BY and expression.first < 2:  # noqa: PLR2004 - as above
        after = _first_cue(tokens, expression.end)
    return Tense.FUTURE if after is Tense.UNKNOWN and (role in _OPEN_FUTURE or set_for) else after


def _cue_before(tokens: Tokens, index: int) -> Tense:
    for at in range(index - 1, max(-1, index - 1 - CUE_WORDS), -1):
        if tokens.words[at] in _CLAUSE_ENDS and index - at > 1:
            return Tense.UNKNOWN
        if (tense := _cue(tokens, at)) is not None:
            return tense
    return Tense.UNKNOWN


def _cue_after(tokens: Tokens, index: int) -> Tense:
    for at in range(index, min(index + CUE_WORDS, len(tokens.words))):
        if tokens.words[at] in _CLAUSE_ENDS:
            return Tense.UNKNOWN
        if (tense := _cue(tokens, at)) is not None:
            return tense
    return Tense.UNKNOWN


def _first_cue(tokens: Tokens, index: int) -> Tense:
    # "By Tuesday the people who make it were back": the verb stands behind a clause of its subject
    cues = (_cue(tokens, at) for at in range(index, min(index + CUE_WORDS, len(tokens.words))))
    return next((tense for tense in cues if tense is not None), Tense.UNKNOWN)


def _cue(tokens: Tokens, at: int) -> Tense | None:
    """Return the tense one word tells, UNKNOWN where it could be either, None where it says nothing."""
    word, before = tokens.words[at], tokens.word(at - 1)
    if word in _BARE_VERBS:
        return Tense.FUTURE if before == "to" else None
    if word in _SAME_IN_PAST:
        return _cue_of_same_form(before, tokens.word(at - 2))
    if word == "to" and before in ("is", "are", "'s", "s"):
        return Tense.FUTURE
    if word in _FUTURE:
        return Tense.UNKNOWN if before in ("was", "were", "had", "been") else Tense.FUTURE
    if before == "be":
        return None  # "will be called": the modal before it decides
    regular = len(word) > 3 and word.endswith("ed") and word not in _NO_PAST  # noqa: PLR2004 - "red", "bed"
    return Tense.PAST if regular or word in _PAST else None


def _cue_of_same_form(before: str, second_before: str) -> Tense:
    if before in ("is", "are", "be"):
        return Tense.UNKNOWN
    return Tense.FUTURE if before in _MODALS or second_before in _MODALS else Tense.PAST


_BARE_VERBS = frozenset(("begin", "start", "resume", "meet", "return", "vote", "strike", "walk", "plan"))
