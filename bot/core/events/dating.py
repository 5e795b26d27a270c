"""When an event took place: the date of its own clause, else what it goes on since, else the day told before it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from bot.core.events.compile import Hit
from bot.core.events.computed import BETWEEN, PUBLISHED
from bot.core.events.definitions import DUE
from bot.core.events.matching import Candidate, is_of_cause, is_of_clause
from bot.core.events.mentions import Mentions
from bot.core.events.page import Page, SentenceView
from bot.core.model import Precision, Quantity, Role, SlotValue, Stance, When
from bot.core.text.sentences import SentenceKind

TOLD_BEFORE = 4  # sentences before an act's in which the day it goes on from is looked for
TOLD_BEFORE_HISTORY = 8  # the same for what is history: a year covers more than a day
TOLD_AFTER = 3  # sentences after it, where it stands at the head of the article
STILL_TOLD = timedelta(days=10)  # an act goes on from a day that is part of the news, not of its history
STILL_TOLD_NEAR = timedelta(days=20)  # the same, of the day that the sentence just before tells
STILL_TOLD_BELOW = timedelta(days=30)  # the same, of the first day told below the line that heads it
SINCE_AT_MOST = timedelta(days=366)  # "since 1998" bounds nothing that a reader would call a date
LONG_AGO = timedelta(days=60)  # a fact that names no year and no past tense is rarely older than a plan is far
AHEAD_AT_MOST = timedelta(days=180)  # a plan that names no year is for less time ahead
TOLD_BEFORE_IT = "told before it"  # how the basis begins of a date that stands in a sentence before
TOLD_AFTER_IT = "told after it"  # the same, in one after
TOLD_AROUND = (TOLD_BEFORE_IT, TOLD_AFTER_IT)
TOLD_AS_FACT = (Stance.REPORTED, Stance.FOUND, Stance.ALLEGED)
_LONG = (Precision.MONTH, Precision.QUARTER, Precision.YEAR)
_AND = (b" and ", b" and on ", b", and ")
_IN_LIST = 6  # characters between two days of a list: ", and "
_FEW_DAYS = 6  # between the ends of what still counts as a day told: "the first few days of December"
_OTHER_ROLES = (Role.BY, Role.BEFORE, Role.UNTIL, Role.SINCE)  # a pattern keeps such a date by name, or not at all
_PAPER_OF = re.compile(
    rb"(?:(?:offer|demand|proposal|position|package|letter|statement|agreement|contract) (?:of|from|dated)"
    rb"|(?:it|they|he|she|we|management|the (?:company|union|employer|board|hospital|district))(?: all| both)?"
    rb" (?:had |hadn't |has |have )?(?:not |first |already |originally |previously )?"
    rb"(?:made|put forward|put|tabled|offered|presented|proposed|brought|got|received)"
    rb"(?: (?:in|on|back in|at|last|as early as))?)"
    rb" (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?$"
)
_TOLD_ON = re.compile(
    rb"\b(?:said|says|told|announced|confirmed|wrote|agreed|asked|requested|filed|voted|rejected|declined|refused|named"
    rb"|appointed|reported|added|noted|warned|tweeted|posted|revealed|disclosed|reached|signed|accepted|issued|met"
    rb"|broke (?:off|down)|walked out|ended|failed|collapsed|struck|released|proposed|urged|ordered|stalled)"
    rb"(?: (?!to\b|for\b|that\b|with\b)[a-z'-]+){0,3}? (?:on |late |early |in |a |as of |late on |here )*$"
)  # before a date of a plan: it is the day of the telling, not of what is told
_TELLS_THAT = re.compile(rb"(?: night| morning| afternoon| evening)? that\b")
# "they parted without a date": what is not there is told of what ended
_ENDED_WITHOUT = re.compile(
    rb"\b(?:left|parted|went home|adjourned|ended|broke up|broke off|walked out|walked away|wound up|rose|dispersed)\b"
    rb"[^,;]{0,60}\b(?:without|with no|with nothing)\b"
)
_WHOSE = re.compile(rb"\b(?:its|their|his|her|our|your|my|the|that|same|an?) $")
_THING = re.compile(
    rb" (?:numbers|figures?|letter|list|log|offer|proposals?|package|paper|sheet|terms|position|demands?|claims?"
    rb"|document|draft|text|memo|folder|bill|table|budget|deal|accord|contract)\b"
)
# "called off a walkout planned for Tuesday": the day of what never came
_PLANNED_FOR = re.compile(
    rb"\b(?:(?:planned|set|scheduled|slated|due|called|pencilled in|earmarked)(?: to (?:begin|start|run|take place))?"
    rb"|(?:was|were) to (?:have )?(?:begin|begun|start|started|run|go ahead|gone ahead|take place|taken place)"
    rb"|would (?:begin|start|stop work|strike|walk out|go out|down tools))(?: for| on| from| at [a-z]+)? $"
)
# "compared with seven a year ago", "down from 29 days in May": the day of the other figure
_COMPARED = re.compile(rb"\b(?:compared (?:with|to)|(?:down|up) from|against|versus) (?:[a-z0-9-]+ ){1,4}$")
# "a grievance from 2010", "pages dated July 25": whose date it is stands before it
_FROM_A_YEAR = re.compile(rb"[a-z] from $|\bdated $")
_ASIDE = re.compile(rb", (?:which|who|whose|whom|where)\b")  # opens a clause that a comma closes
_NARROWED = re.compile(rb"(\w+) (?:that|which|who) ")  # "a law that passed in 2022" speaks of the law
# "for care given in 2012": so does a participle behind another noun
_DONE_THEN = re.compile(
    rb"\w+ \w+ (?:given|done|provided|committed|discovered|performed|delivered|conducted|sustained|suffered|struck)"
    rb" (?:(?:in|on|between|from|late|early|last) )*$"
)
_TELLING = frozenset(
    (
        b"said", b"says", b"say", b"saying", b"announced", b"announces", b"announcing", b"told", b"tells", b"confirmed",
        b"reported", b"reports", b"found", b"finding", b"claimed", b"claims", b"alleged", b"alleges", b"so", b"ruled",
        b"agreed", b"voted", b"noted", b"added", b"wrote", b"warned", b"insisted", b"it", b"and", b"but", b"given",
    )
)  # fmt: skip
# "helped in a meeting that ran into Sunday": the date of such a noun is the event's as well
_TIMED = frozenset(
    (
        b"meeting", b"meetings", b"session", b"sessions", b"talks", b"hearing", b"ceremony", b"rally", b"marathon",
        b"strike", b"walkout", b"decision", b"ruling",
        b"order", b"judgment", b"vote", b"ballot", b"election", b"stoppage", b"lockout", b"day", b"week", b"weekend",
    )
)  # fmt: skip
# "has issued", "so far they have signed": told in the present, so it holds on the day of the article
_NOW = re.compile(
    rb"\b(?:now|still|currently|to date|so far)\b"
    rb"|\b(?:is|are|has|have|(?:it|he|she|that|there|who)'s|'ve)(?: [a-z]+){0,2} ?$"
)
_IS = re.compile(rb"\b(?:now|still|is|are|has|have)\b")
_NOW_REACH = 25  # characters before the trigger in which its auxiliary stands
_OTHER_TIME = re.compile(rb"\b(?:since|until) (?:\S+ ){2,}")  # "since mediation collapsed two weeks ago"
_SAYING = re.compile(rb"\b(?:said|says|found|finds|ruled|concluded|reported|announced|confirmed)\b")
_WHEN = re.compile(rb",? when\b")
_THAT_WAS_WHEN = re.compile(rb"\W*(?:that (?:was|is) when|it was then that|then it was that)\b")
_POINTING = re.compile(rb"\W*(?:that|this|it|which) ")
_PERFECT = re.compile(rb"\b(?:has|have|had)\b|'ve\b|'s\b")  # what has gone on since then
_BARE_DATE_WORDS = 4  # "Wednesday 14 August 2019."
_SO_FAR = re.compile(
    rb"\b(?:so far|to date|since then|all told|(?:during|throughout|because of|owing to|in the course of) (?:the|this)"
    rb" (?:\w+ )?(?:strike|stoppage|walkout|action|agitation|boycott|dispute|outage|attack|go-slow|protest))\b"
)
_LABEL_WORDS = 8  # of a line that heads what follows
_HAD = re.compile(rb"\bhad\b")  # tells what was before: the text goes on from an earlier day
_LINE_WORDS = 14  # of a line that only says who published it and when
_FULL_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_FIRST_SINCE = re.compile(rb"\b(?:first|most|only|worst|longest|biggest|largest|highest) [^,;]{0,60}since $")
_OPENING = re.compile(rb"\W*(?:(?:on|at|in|by|late|early|then|but|and|so|yet|last|this) |,)*")
_NUMBERED = re.compile(r"[0-9]")
_SAID_ON = re.compile(rb"\b(?:said|says|told [a-z]+|confirmed|announced|wrote|added|noted)(?: late| early)?(?: on)? $")
STILL_NOW = timedelta(days=2)  # what was counted so lately is of the day it is told
_WAS = re.compile(
    rb"\b(?:was|were|had|got|took|waited|came|went|lay|ran|stood|found|did|kept|held|left|gave|made|told"
    rb"|[a-z]{3,}ed)\b"
)
_MEASURES = re.compile(
    rb"\b(?:examin(?:ed|ers|ation)|inspect(?:ed|ors|ion)|call(?:ed|ers)|rang|phoned|dial(?:ed|led|ing|ling)|survey(?:ed)?"
    rb"|count(?:ed)?|figures|audit(?:ed|ors)?|review(?:ed)?|median|average|mean|asked (?:every|all)|looked at|listings"
    rb"|sampled|tested|went through|statistics)\b"
)
CHECKED_BEFORE = 2  # sentences
_LOOKED = re.compile(
    rb"\b(?:inspect(?:ed|ion|ors)?|visit(?:ed)?|revisit(?:ed)?|returned|went back|came back|counted|checked|last count"
    rb"|made the rounds|audited|tested|called without notice|called unannounced|toured|surveyed)\b"
)
_SINCE_CLAUSE = re.compile(
    rb"\b(?:since (?:[a-z'-]+ ){1,6}"
    rb"|(?:that|which) had (?:begun|started|been [a-z]+ed|run|lasted) (?:on |in |since )?)$"
)
_CLOSING_WORDS = 2  # how few words may follow ", investigators have found"
_CLOCK_LINE = re.compile(rb"\W*\d{1,2}[:.]\d\d\b.*\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\W*$")
ENTRY_SENTENCES = 10  # before an event in which the head of its entry may stand
BYLINES_AT_MOST = 4  # lines between a headline and the text
_FROM_PUBLICATION = "from publication"  # in the basis of "today" and "yesterday"
_CLOCK = re.compile(r"\s*[•\-–]?\s*\d{1,2}[:.]\d\d\b")  # how an entry of a live page begins


def find_happened(candidate: Candidate, mentions: Mentions, values: Mapping[str, SlotValue]) -> When | None:
    """Return the date that the sentence, or the one a pattern asks for beside it, gives its event; None for none.

    Args:
        candidate: the event.
        mentions: of its article.
        values: its slots; a date that one of them holds is no longer free.
    """
    return _kept_beside(candidate, mentions) or _of_sentence(candidate, mentions, values)


def _of_sentence(candidate: Candidate, mentions: Mentions, values: Mapping[str, SlotValue]) -> When | None:
    times = mentions.times(candidate.view)
    if candidate.pattern.ahead is False and mentions.published is not None:
        times = tuple(_read_back(times, mentions.published))
    kept = next(((start, end) for name, start, end in candidate.hit.places if name == "happened"), None)
    if kept and (named := next((each for each in times if each.start < kept[1] and kept[0] < each.end), None)):
        if candidate.pattern.stance is not Stance.PLANNED:
            return named
        named = _first_listed(named, times)
        ahead = [each for each in times if not _is_told_on(each, candidate)]
        if named in ahead:
            return _ahead(named, ahead, mentions) or _read_ahead(named, mentions.published)
        other = min(ahead, key=lambda each: _distance(each, candidate.hit), default=None)
        return other and _read_ahead(other, mentions.published)
    free = list(_free(times, candidate, values, mentions.published))
    own = [each for each in free if each.role not in _OTHER_ROLES]
    if own:
        return _with_day_after(_nearest(own, candidate), times, candidate.view)
    done = _done_by(free, candidate, mentions.published)
    if done is not None:
        return done
    since = [each for each in free if each.role is Role.SINCE and not _is_first_since(each, candidate)]
    return _since(since[0], candidate, mentions.published) if since else None


def _done_by(free: Iterable[When], candidate: Candidate, published: When | None) -> When | None:
    """Return the past day by which something was done, where its type says that it was then: "carried out by March"."""
    statuses = candidate.pattern.sets.get("status", ())
    if published is None or candidate.definition.done_by.isdisjoint(statuses):
        return None
    passed = (each for each in free if each.role is Role.BY and each.first <= published.last)
    nearest = min(passed, key=lambda each: _distance(each, candidate.hit), default=None)
    return nearest and replace(nearest, role=Role.ON, basis=f"done by then; {nearest.basis}")


def _with_day_after(when: When, times: Sequence[When], view: SentenceView) -> When:
    """Return a day that is told with the one after it, "on Monday and Tuesday", as both."""
    place = times.index(when) if when in times else len(times)
    for first, second in pairwise(times[max(0, place - 1) : place + 2]):
        joined = view.copy[first.end - view.start : second.start - view.start] in _AND
        if joined and first.precision is second.precision is Precision.DAY:
            next_day = first.last + timedelta(days=1)
            readings = ((second.first, second.last), *second.alternatives)
            if (next_day, next_day) in readings:
                basis = f"that day and the one after it; {first.basis}"
                return replace(first, last=next_day, precision=Precision.WINDOW, alternatives=(), basis=basis)
    return when


def _first_listed(named: When, times: Sequence[When]) -> When:
    """Return the first of the days of a list that ends in this one: "on 27 and 28 March"."""
    for before in reversed(times[: times.index(named)]):
        gap = named.start - before.end
        if before.precision is not Precision.DAY or not 0 <= gap <= _IN_LIST or named.first <= before.first:
            break
        named = before
    return named


def _nearest(times: list[When], candidate: Candidate) -> When:
    """Return the date that stands nearest; of an act, a day told before it counts before a month behind it."""
    nearest = min(times, key=lambda each: _distance(each, candidate.hit))
    behind = nearest.start >= candidate.hit.end and nearest.precision in _LONG
    days = [each for each in times if each.precision is Precision.DAY and each.end <= candidate.hit.start]
    return days[-1] if behind and days and is_act(candidate) else nearest


def find_due(candidate: Candidate, mentions: Mentions) -> When | None:
    """Return the day by which what is planned or feared is to happen: "if nothing changes by Nov. 14 they will"."""
    published = mentions.published
    due = (each for each in mentions.times(candidate.view) if each.role in (Role.BY, Role.BEFORE))
    return next((each for each in due if published is None or each.last >= published.first), None)


def told_ahead(candidate: Candidate, page: Page, mentions: Mentions) -> When | None:
    """Return the day still to come that the sentence before names, for a plan that points back at it: "That will"."""
    published, view = mentions.published, candidate.view
    if published is None or not view.index or _POINTING.match(view.copy) is None:
        return None
    before = next(iter(page.around(view.index - 1, 0, 0)), None)
    ahead = [each for each in mentions.times(before) if each.first > published.last] if before else []
    fine = [each for each in ahead if each.precision is Precision.DAY]
    return replace(fine[-1], basis=f"{TOLD_BEFORE_IT}; {fine[-1].basis}") if fine else None


def _kept_beside(candidate: Candidate, mentions: Mentions) -> When | None:
    """Return the date that the pattern keeps in the sentence before or after."""
    kept = candidate.kept("happened")
    return None if kept is None or kept[0] is candidate.view else _kept_day(candidate, "happened", mentions)


def _kept_day(candidate: Candidate, slot: str, mentions: Mentions) -> When | None:
    kept = candidate.kept(slot)
    if kept is None:
        return None
    view, start, end = kept
    return next((each for each in mentions.times(view) if each.start < end and start < each.end), None)


def lies_ahead(happened: When | None, published: When | None) -> bool:
    """Tell whether the event is still to come when the article comes out, whatever the tense it is told in."""
    return happened is not None and published is not None and happened.first > published.last


def is_long_past(happened: When | None, published: When | None) -> bool:
    """Tell whether the event may be none of what the article is about: undated, or older than a long dispute."""
    return happened is None or published is None or published.first - happened.last > AHEAD_AT_MOST


def is_act(candidate: Candidate) -> bool:
    """Tell whether somebody does it, rather than a state that lasts, and any day told before may be its own."""
    own = candidate.pattern.act
    if own is None:
        dated = candidate.pattern.dated and _THAT_WAS_WHEN.match(candidate.view.copy) is None
        return candidate.definition.act and not dated
    return own or (candidate.definition.act and _ENDED_WITHOUT.search(candidate.view.copy) is not None)


def find_opening(candidate: Candidate, mentions: Mentions) -> When | None:
    """Return the past day told before an act beside whose words another date stands: first, or by its weekday.

    "On 3 May the lawyers slid across the sheet of April", "They came on Friday with the sheet of April".
    """
    published, view = mentions.published, candidate.view
    for when in mentions.times(view)[:1]:
        opens = _OPENING.fullmatch(view.copy, 0, max(0, when.start - view.start)) is not None
        near = when.precision is Precision.DAY and _NUMBERED.search(when.text) is None and not _is_said(when, view)
        past = published is not None and when.first <= published.last and when.role is Role.ON
        if (opens or near) and past and when.end <= candidate.hit.start:
            return _undone_then(when) if DUE in candidate.definition.type.slots else when
    return None


def find_checked(candidate: Candidate, page: Page, mentions: Mentions) -> When | None:
    """Return when somebody looked whether what was due had been done: here, or in the two sentences before."""
    published, view = mentions.published, candidate.view
    if published is None or DUE not in candidate.definition.type.slots:
        return None
    due = _latest_passed(_kept_day(candidate, DUE, mentions), published)
    for other in reversed(list(page.around(view.index, CHECKED_BEFORE, 0))):
        if (looked := _LOOKED.search(other.copy)) is None:
            continue
        times = (each for each in mentions.times(other) if each.role is Role.ON and each.first <= published.last)
        past = [each for each in times if due is None or each.last > due]
        if past:
            place = Hit(other.start + looked.start(), other.start + looked.end())
            return _undone_then(min(past, key=lambda each: _distance(each, place)))
    return None


def find_said(candidate: Candidate, mentions: Mentions) -> When | None:
    """Return the day on which a state is said to be so: "the first opening is in August, a clerk said on Thursday"."""
    published, view = mentions.published, candidate.view
    said = (each for each in mentions.times(view) if _is_said(each, view))
    return next((each for each in said if published is not None and each.first <= published.last), None)


def find_given(candidate: Candidate, values: Mapping[str, SlotValue], mentions: Mentions) -> When | None:
    """Return the past day on which what was waited for came: "She asked in March. The scan was done on 22 May."."""
    published = mentions.published
    if published is None or not candidate.definition.measured:
        return None
    ways = (each for each in candidate.definition.computed if each.way == BETWEEN and each.first != PUBLISHED)
    ends = (values.get(each.second) for each in ways)  # the first opening, counted from the article, lies ahead
    return next((each for each in ends if isinstance(each, When) and each.last <= published.last), None)


def find_measured(candidate: Candidate, page: Page, mentions: Mentions) -> When | None:
    """Return the time over which something told in the past was measured: "Examiners spent last winter dialling."."""
    published, view = mentions.published, candidate.view
    in_table = view.sentence.kind is SentenceKind.TABLE_ROW
    if published is None or not view.index or not (in_table or _WAS.search(view.copy)) or _is_told_now(candidate):
        return None
    above = view.index
    while in_table and above > 1 and page.views[above - 1].sentence.kind is SentenceKind.TABLE_ROW:
        above -= 1
    for other in reversed(list(page.around(above - 1, TOLD_BEFORE - 1, 0))):
        if _MEASURES.search(other.copy) is None:
            continue
        past = [each for each in mentions.times(other) if each.last <= published.first and each.role is Role.ON]
        counted = [each for each in past if each.precision is not Precision.YEAR and each.text[:3].lower() != "in "]
        if counted and published.first - counted[-1].last > STILL_NOW:
            return replace(counted[-1], role=Role.SINCE, basis=f"measured then; {counted[-1].basis}")
    return None


def _undone_then(when: When) -> When:
    """Return the day on which something was seen to be undone as one since which it is."""
    return replace(when, role=Role.SINCE, basis=f"still undone then; {when.basis}")


def _latest_passed(due: When | None, published: When) -> date | None:
    """Return the last reading of a day that has passed: what is overdue was due before the article."""
    if due is None:
        return None
    ends = (due.last, *(last for _, last in due.alternatives))
    return max((last for last in ends if last <= published.last), default=None)


def told_around(candidate: Candidate, page: Page, mentions: Mentions) -> When | None:
    """Return the day that the text has come to where an act without a date stands; None where it is elsewhere.

    That is the last past day told before it; where none is, as at the head of an article, the first one told after it.
    It counts when it is part of the news. Under a clock time of a live page, an act is of the page's day.
    """
    published, view = mentions.published, candidate.view
    if published is None or _opens_with_clock(view):
        return None
    entry = _day_of_entry(view, page, mentions)
    if _is_told_now(candidate):
        return entry
    found, is_elsewhere = _told_before(candidate, page, mentions, published)
    if entry is not None and (found is None or _FROM_PUBLICATION in found.basis):
        return entry
    return found if found or is_elsewhere else _told_after(candidate, page, mentions, published)


def _told_before(candidate: Candidate, page: Page, mentions: Mentions, published: When) -> tuple[When | None, bool]:
    """Return the day told before an act, and whether the text stands at another time that is no news."""
    view = candidate.view
    if _is_label(view):
        return None, False
    for other in reversed(list(page.around(view.index - 1, TOLD_BEFORE - 1, 0)) if view.index else []):
        if told := _told_in(other, mentions, published):
            within = STILL_TOLD_NEAR if other.index == view.index - 1 else STILL_TOLD
            news = (_if_news(each, published, TOLD_BEFORE_IT, candidate, within) for each in reversed(told))
            found = next((each for each in news if each is not None), None)
            if found is not None or _HAD.search(other.copy) is None:
                return found, found is None
        if _opens_with_clock(other):
            return None, True
    return None, False


def _told_after(candidate: Candidate, page: Page, mentions: Mentions, published: When) -> When | None:
    view = candidate.view
    if not (view.index < TOLD_BEFORE or _is_label(view)):
        return None
    read = 0
    for other in page.around(view.index + 1, 0, BYLINES_AT_MOST + TOLD_AFTER - 1):
        read += other.copy.rstrip().endswith((b".", b"!", b"?", b'"'))
        if told := _told_in(other, mentions, published):
            within = STILL_TOLD_BELOW if _is_label(view) else STILL_TOLD
            return _if_news(told[0], published, TOLD_AFTER_IT, candidate, within)
        if read == TOLD_AFTER:
            break
    return None


def _day_of_entry(view: SentenceView, page: Page, mentions: Mentions) -> When | None:
    """Return the day at the head of the entry of a live page: "4:30 p.m. Tuesday"."""
    published = mentions.published
    for other in reversed(list(page.around(view.index - 1, ENTRY_SENTENCES - 1, 0)) if view.index else []):
        if published is not None and len(other.copy.split()) <= _BARE_DATE_WORDS and _CLOCK_LINE.match(other.copy):
            day = next(iter(_read_back(mentions.times(other)[:1], published)), None)
            return day and replace(day, basis=f"head of its entry; {day.basis}")
    return None


def told_as_history(candidate: Candidate, page: Page, mentions: Mentions) -> When | None:
    """Return the last time long past that is told before an event which its words call history."""
    published, view = mentions.published, candidate.view
    for other in reversed(list(page.around(view.index - 1, TOLD_BEFORE_HISTORY - 1, 0)) if view.index else []):
        for when in reversed(mentions.times(other)):
            if published is not None and when.role is Role.ON and published.first - when.last > LONG_AGO:
                return replace(when, basis=f"{TOLD_BEFORE_IT}; {when.basis}")
    return None


def told_since(candidate: Candidate, page: Page, mentions: Mentions) -> When | None:
    """Return the span of what is counted up so far, from the day told before since which it goes on."""
    published, view = mentions.published, candidate.view
    if published is None or _SO_FAR.search(view.copy) is None:
        return None
    for other in reversed(list(page.around(view.index - 1, TOLD_BEFORE - 1, 0)) if view.index else []):
        for when in reversed(mentions.times(other)):
            if when.role is Role.SINCE and published.last - SINCE_AT_MOST <= when.first <= published.last:
                basis = f"from then until publication, told before it; {when.basis}"
                return replace(when, last=published.last, precision=Precision.WINDOW, basis=basis, role=Role.ON)
    return None


def _told_in(view: SentenceView, mentions: Mentions, published: When) -> list[When]:
    """Return the days that a sentence tells; those of sayings and of a closing aside only where it tells no other."""
    told = [each for each in mentions.times(view) if _is_told(each, view, published)]
    own = [each for each in told if not (_is_said(each, view) or _closes_aside(each, view) or _is_of_since(each, view))]
    return own or told


def _is_said(when: When, view: SentenceView) -> bool:
    return _SAID_ON.search(view.copy[: max(0, when.start - view.start)]) is not None


def _is_of_since(when: When, view: SentenceView) -> bool:
    # "the first time since talks broke down on Monday", "a strike that had started on Sept. 8"
    return _SINCE_CLAUSE.search(view.copy[: max(0, when.start - view.start)]) is not None


def _closes_aside(when: When, view: SentenceView) -> bool:
    # "Both met on Monday at the hospital, whose contract ran out in May."
    opener = max(
        (match.end() for match in _ASIDE.finditer(view.copy, 0, max(0, when.start - view.start))), default=None
    )
    return opener is not None and b", " not in view.copy[opener:]


def _if_news(when: When, published: When, where: str, candidate: Candidate, within: timedelta) -> When | None:
    days = (when.last - when.first).days
    if days > _FEW_DAYS or published.first - when.last > within:
        return None
    if when.first == published.first and not candidate.pattern.dated:  # an act without a date is news as it is
        return None
    return replace(when, basis=f"{where}; {when.basis}")


def _is_label(view: SentenceView) -> bool:
    """Tell whether it is the head of what follows: "Bank of Montreal: €1,246,189"."""
    return view.index > 0 and _is_line(view, _LABEL_WORDS)


def _is_line(view: SentenceView, words: int) -> bool:
    """Tell whether it is a line of at most so many words that does not end as a sentence does."""
    return len(view.copy.split()) <= words and not view.copy.rstrip().endswith((b".", b"!", b"?"))


def _is_told_now(candidate: Candidate) -> bool:
    view, hit = candidate.view, candidate.hit
    start = hit.start - view.start
    before = view.copy[max(0, start - _NOW_REACH) : start]
    return _NOW.search(before) is not None or _IS.search(view.copy, start, hit.end - view.start) is not None


def _is_told(when: When, view: SentenceView, published: When) -> bool:
    """Tell whether a date is one that the text goes on from: past, no line of its own, in no aside."""
    if when.role not in (Role.ON, Role.AS_OF, Role.BY) or when.first > published.last:
        return False
    is_masthead = view.sentence.kind is SentenceKind.HEADING or _is_line_of_date(when, view)
    return not is_masthead and not _is_in_aside(when, view)


def _is_line_of_date(when: When, view: SentenceView) -> bool:
    # "Posted 23 February 2022": when the article came out, not what it tells
    is_short = _is_line(view, _LINE_WORDS) or len(view.copy.split()) <= _BARE_DATE_WORDS
    return is_short and _FULL_YEAR.search(when.text) is not None


def _opens_with_clock(view: SentenceView) -> bool:
    return view.sentence.kind is not SentenceKind.HEADING and _CLOCK.match(view.copy.decode("latin-1")) is not None


def _free(
    times: Iterable[When], candidate: Candidate, values: Mapping[str, SlotValue], published: When | None
) -> Iterable[When]:
    taken = [(each.start, each.end) for each in values.values() if isinstance(each, When | Quantity)]
    for when in times:
        if any(low < when.end and when.start < high for low, high in taken):
            continue
        if candidate.definition.answers and _is_of_another(when, candidate, published):
            continue
        if not (_is_onward(when, candidate) or _belongs_to_a_noun(when, candidate) or _is_elsewhere(when, candidate)):
            yield when


def _is_of_another(when: When, candidate: Candidate, published: When | None) -> bool:
    """Tell whether it is when something falls due, or when that happened which the event answers."""
    if when.role is Role.SINCE:
        return False  # "have complained about the smell since spring"
    if published is None:
        return is_of_cause(candidate, when.start)
    if when.first > published.last:
        return True
    is_recent = when.precision is Precision.DAY and published.first - when.first <= STILL_TOLD
    return is_of_cause(candidate, when.start) and not is_recent


def _is_elsewhere(when: When, candidate: Candidate) -> bool:
    """Tell whether the date belongs to another clause than the trigger."""
    if when.start < candidate.hit.end and candidate.hit.start < when.end:
        return False
    if not is_of_clause(candidate, when.start, when.end):
        return True
    if when.start >= candidate.hit.end:
        return _is_narrowed(when, candidate)
    return _is_aside(when, candidate) or _is_told_of(when, candidate)


def _is_narrowed(when: When, candidate: Candidate) -> bool:
    """Tell whether it stands behind the trigger, in a clause about another noun or another time."""
    view = candidate.view
    between = view.copy[candidate.hit.end - view.start : when.start - view.start]
    clause = _NARROWED.search(between)
    # right behind the trigger the clause is about the trigger's own noun: "a strike that began Monday"
    about_other = (
        clause is not None and between[: clause.start()].strip() != b"" and clause.group(1) not in _TELLING | _TIMED
    )
    return about_other or _DONE_THEN.search(between) is not None or _OTHER_TIME.search(between) is not None


def _is_aside(when: When, candidate: Candidate) -> bool:
    """Tell whether it stands in a clause that is closed before the trigger: "which met Monday, has been fined"."""
    return _is_in_aside(when, candidate.view, candidate.hit.start)


def _is_in_aside(when: When, view: SentenceView, until: int | None = None) -> bool:
    openers = [match.end() for match in _ASIDE.finditer(view.copy, 0, max(0, when.start - view.start))]
    if not openers or b", " in view.copy[openers[-1] : when.start - view.start]:
        return False
    return b", " in view.copy[when.end - view.start : (until or view.end) - view.start]


def _is_told_of(when: When, candidate: Candidate) -> bool:
    """Tell whether the trigger only says who told it: "it closed in 2014, investigators have found"."""
    view, hit = candidate.view, candidate.hit
    comma = view.copy.rfind(b", ", 0, hit.start - view.start + 2)
    closing = len(view.copy[hit.end - view.start :].split()) <= _CLOSING_WORDS
    if comma < when.end - view.start or not closing:
        return False
    return _SAYING.search(view.copy, comma) is not None and when.start > view.start


def _is_first_since(when: When, candidate: Candidate) -> bool:
    # "for the first time since January" says when it was not
    before = candidate.view.copy[: max(0, when.start - candidate.view.start)]
    return _FIRST_SINCE.search(before) is not None


def _since(since: When, candidate: Candidate, published: When | None) -> When | None:
    """Return the span from a day that something has gone on since: "since August more than 70 have been cancelled"."""
    view, hit = candidate.view, candidate.hit
    if _WHEN.match(view.copy, max(0, since.end - view.start)) is not None and since.end <= hit.start:
        return replace(since, role=Role.ON)  # "since March 11, when they walked out"
    near = view.copy[max(0, hit.start - view.start - _NOW_REACH) : hit.end - view.start + _NOW_REACH]
    if published is None or _PERFECT.search(near) is None:
        return None
    if not published.last - SINCE_AT_MOST <= since.first <= published.last:
        return None
    basis = f"from then until publication; {since.basis}"
    return replace(since, last=published.last, precision=Precision.WINDOW, basis=basis, role=Role.ON, alternatives=())


def _ahead(named: When, times: list[When], mentions: Mentions) -> When | None:
    """Return the first date still to come of a plan whose nearest date is not: "on Monday they plan for Tuesday"."""
    published = mentions.published
    if published is None or named.first > published.last:
        return None
    return next((each for each in times if each.first > published.last), None)


def _read_ahead(named: When, published: When | None) -> When:
    """Read a day that a plan keeps, and that is not the day of the telling, as the next such day to come."""
    if published is None or named.last >= published.first:
        return named
    ahead = [span for span in named.alternatives if published.first <= span[0] <= published.last + AHEAD_AT_MOST]
    if not ahead:
        return named
    first, last = min(ahead)
    return replace(named, first=first, last=last, basis=f"{named.basis}; kept as a day to come")


def _read_back(times: Iterable[When], published: When) -> Iterator[When]:
    """Read the days of what was done: a weekday as the last such one; what can only lie ahead is none of its own."""
    for when in times:
        passed = [span for span in when.alternatives if timedelta(0) <= published.last - span[1] <= STILL_TOLD]
        if when.first <= published.last:
            yield when
        elif passed:
            first, last = max(passed)
            yield replace(when, first=first, last=last, basis=f"{when.basis}; told as done")


def _is_told_on(when: When, candidate: Candidate) -> bool:
    """Tell whether it is the day of the telling: "said on Monday", "Monday that they meet"."""
    copy, offset = candidate.view.copy, candidate.view.start
    if _TELLS_THAT.match(copy[when.end - offset :]):
        return True
    return _TOLD_ON.search(copy[: max(0, when.start - offset)]) is not None


def _is_onward(when: When, candidate: Candidate) -> bool:
    """Tell whether it is the beginning of what still goes on: "from the first day of the strike on"."""
    view = candidate.view
    before = view.copy[: max(0, when.start - view.start)]
    return before.endswith((b"from ", b"from the ")) and view.copy[when.end - view.start :].startswith(b" on")


def _belongs_to_a_noun(when: When, candidate: Candidate) -> bool:
    """Tell whether it says which offer, letter or case is meant: "repeated its demand of February 2"."""
    view = candidate.view
    before = view.copy[: max(0, when.start - view.start)]
    if _names_a_thing(when, before, view):
        return True
    if _PAPER_OF.search(before) is not None or _COMPARED.search(before) is not None:
        return True
    if candidate.pattern.ahead is False and _PLANNED_FOR.search(before) is not None:
        return True
    return when.precision is Precision.YEAR and _FROM_A_YEAR.search(before) is not None


def _names_a_thing(when: When, before: bytes, view: SentenceView) -> bool:
    # "its April numbers", "the Christmas letter": which of them is meant
    after = view.copy[when.end - view.start :]
    coarse = when.precision is Precision.MONTH or when.basis.startswith("holiday")
    return coarse and _WHOSE.search(before) is not None and _THING.match(after) is not None


def _distance(when: When, hit: Hit) -> int:
    return max(when.start - hit.end, hit.start - when.end, 0)
