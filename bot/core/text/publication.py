"""When an article came out, as far as its own words tell: a day where a line says so, else a window with its reasons.

Never the day it was read and never a file's name: the reading day only bounds what is possible.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.core.model import When
from bot.core.text.country import country_of
from bot.core.text.dates import with_year
from bot.core.text.moments import Moment, Span, Tense
from bot.core.text.sentences import split_sentences
from bot.core.text.times import read_expressions, tense_of
from bot.core.text.tokens import tokenise
from bot.core.text.windows import HEAD_CHARS, OLDEST, Mention, find_window

TAIL_CHARS = 600  # … or, rarely, at the foot
MAX_TEXT_CHARS = 60_000  # how much of a long text is looked at for a window
SHORT_LINE_CHARS = 100  # a byline or a date of its own
DATELINE_CHARS = 90  # how far into a paragraph a dateline reaches

_LABEL = re.compile(
    r"\b(?:published|posted|updated|modified|date|dated|issued|for (?:immediate )?release|released|filed)\b",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"\b(?:updated|modified)\b", re.IGNORECASE)
_DATELINE_END = re.compile(r"\s*(?:\)|/[A-Z]|[-–—]{1,2}\s|[-–—]{1,2}$|\||$)")


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
    return _stated(text, mentions, moment) or _counted(mentions, moment) or find_window(mentions, moment)


def _mentions(text: str) -> Iterator[Mention]:
    for sentence in split_sentences(text[:MAX_TEXT_CHARS]):
        tokens = tokenise(text, sentence.start, sentence.end)
        for expression in read_expressions(tokens):
            yield Mention(
                tokens=tokens,
                expression=expression,
                tense=tense_of(tokens, expression),
                line=(sentence.start, sentence.end),
                line_number=sentence.paragraph,
                kind=sentence.kind,
            )


def _stated(text: str, mentions: Sequence[Mention], moment: Moment) -> When | None:
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


def _is_at_edge(text: str, mention: Mention) -> bool:
    return mention.span[0] < HEAD_CHARS or mention.span[1] > len(text) - TAIL_CHARS


def _line_rank(text: str, mention: Mention) -> int | None:
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


def _placed(mention: Mention, mentions: Sequence[Mention], moment: Moment) -> tuple[Span, ...]:
    """Return where a dateline may lie: a date without a year takes the newest year the text names, if it names one."""
    expression = mention.expression
    if expression.year is not None or expression.weekday is not None or expression.month is None:
        return expression.read(moment)
    years = [other.expression.year for other in mentions if other.expression.year and other.tense is not Tense.FUTURE]
    if not years:
        return ()
    known = tuple(span for year in (max(years), max(years) + 1) for span in with_year(expression, year).read(moment))
    return tuple(span for span in known if _is_possible(span, moment))


def _when(text: str, mention: Mention, spans: Sequence[Span], basis: str) -> When:
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


def _counted(mentions: Sequence[Mention], moment: Moment) -> When | None:
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
