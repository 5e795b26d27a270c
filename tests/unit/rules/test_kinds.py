"""The kinds that need time: when they speak, when they are silent, and in which words."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.core.model import Alert, Bound, Event, Outcome
from bot.core.rules.judge import roles
from bot.core.rules.nearmiss import near_misses
from bot.core.rules.preview import differing, preview, shares
from bot.core.rules.replay import outlines, replay
from bot.core.rules.setting import ALWAYS_READ, NOT_KNOWN, Coverage, Reading, days_told
from bot.core.rules.stated_age import fits
from tests.event_factories import day, event, mastheads, noon, quantity
from tests.unit.rules.books import ABSENCE, ACCOUNTS, CLASH, COUNT, DEADLINE, DISAGREE, KINDS, MATCH, PLAN, rulebook

STRIKE = event("strike", status="started", told="2024-10-21", happened="2024-10-21")
SESSION = event("session", status="held", told="2024-10-26", happened="2024-10-25")


def judged(rest: str, *events: Event, until: str, coverage: Coverage = ALWAYS_READ) -> tuple[Alert, ...]:
    book = rulebook(the_rule=rest)
    return replay(book, events, noon(until), mastheads=mastheads(*events), coverage=coverage)


def life(alert: Alert) -> list[tuple[str, str]]:
    return [(change.kind.value, str(change.on)) for change in alert.changes]


def test_a_silent_table_is_told_again_each_fortnight_until_a_session_is_held() -> None:
    later = event("session", status="held", told="2025-01-16", happened="2025-01-16")
    (alert,) = judged(ABSENCE, later, SESSION, STRIKE, until="2025-01-20")
    assert life(alert) == [
        ("opened", "2024-11-08"),
        ("repeated", "2024-11-22"),
        ("repeated", "2024-12-06"),
        ("repeated", "2024-12-20"),
        ("repeated", "2025-01-03"),
        ("cleared", "2025-01-16"),
    ]


def test_a_session_that_is_told_late_and_lay_before_the_day_withdraws_the_alert() -> None:
    late = event("session", status="held", told="2024-11-20", happened="2024-11-05")
    alerts = judged(ABSENCE, STRIKE, SESSION, late, until="2024-11-20")
    withdrawn = next(alert for alert in alerts if "2024-10-25" in alert.fingerprint)
    assert life(withdrawn) == [("opened", "2024-11-08"), ("withdrawn", "2024-11-20")]


OCTOBER_TO_DECEMBER = Reading(source="a", first=date(2024, 10, 1), last=date(2024, 12, 1))
WITH_A_GAP = (
    Reading(source="a", first=date(2024, 10, 1), last=date(2024, 10, 30)),
    Reading(source="a", first=date(2024, 11, 1), last=date(2024, 12, 1)),
)
RETOLD = event("strike", status="goes_on", told="2024-11-04", happened="2024-11-04")
AFTERWARDS = event("strike", status="goes_on", told="2024-11-09", happened="2024-11-09")


def test_a_session_told_ahead_of_its_day_ends_the_silence_when_the_day_begins() -> None:
    # A paper east of here: there it is the next day already.
    ahead = event("session", status="held", told="2024-11-14", happened="2024-11-14", learned=noon("2024-11-13"))
    (alert,) = judged(ABSENCE, STRIKE, SESSION, ahead, until="2024-11-20")
    assert [(change.kind.value, change.at) for change in alert.changes] == [
        ("opened", datetime(2024, 11, 9, 8, tzinfo=UTC)),
        ("cleared", datetime(2024, 11, 14, 8, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("coverage", "more", "missing", "reason"),
    [
        (ALWAYS_READ, (), "", "everything was read"),
        (NOT_KNOWN, (RETOLD,), "no source that brings news was read", "nothing is known of the readings"),
        (Coverage(readings=(OCTOBER_TO_DECEMBER,)), (RETOLD,), "", "read, and the strike was spoken of meanwhile"),
        (Coverage(readings=(OCTOBER_TO_DECEMBER,)), (), "none of them spoke of the subject", "read, and no word of it"),
        (
            Coverage(readings=(OCTOBER_TO_DECEMBER,)),
            (AFTERWARDS,),
            "none of them spoke of the subject",
            "spoken of only after the time was up",
        ),
        (Coverage(readings=WITH_A_GAP), (RETOLD,), "no source that brings news was read", "a day without a reading"),
        (
            Coverage(readings=(replace(OCTOBER_TO_DECEMBER, is_archive=True),)),
            (),
            "",
            "an archive holds what there was",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_happened_is_said_only_by_those_who_were_looking(
    coverage: Coverage, more: tuple[Event, ...], missing: str, reason: str
) -> None:
    (alert,) = judged(ABSENCE, STRIKE, SESSION, *more, until="2024-11-10", coverage=coverage)
    assert alert.outcome is (Outcome.REVIEW if missing else Outcome.ALERT), reason
    assert ("we were not looking" in alert.changes[0].reason) is bool(missing)
    assert missing in alert.changes[0].reason


def test_who_judges_a_part_of_the_events_is_told_when_everybody_was_spoken_of() -> None:
    coverage = Coverage(readings=(OCTOBER_TO_DECEMBER,))
    elsewhere = event("claim", claim="timely", told="2024-11-04", happened="2024-11-04")
    (whole,) = judged(ABSENCE, STRIKE, SESSION, elsewhere, until="2024-11-10", coverage=coverage)
    spoken = replace(coverage, told=days_told([STRIKE, SESSION, elsewhere], rulebook().zone))
    (part,) = judged(ABSENCE, STRIKE, SESSION, until="2024-11-10", coverage=spoken)
    assert (part.outcome, part.says) == (whole.outcome, whole.says) == (Outcome.ALERT, part.says)


def test_a_date_with_a_mediator_is_reminded_of_and_cleared_by_its_beginning() -> None:
    due = event("mediation", status="scheduled", told="2025-03-03", next_date=day("2025-03-10"))
    began = event("mediation", status="began", told="2025-03-10", happened="2025-03-10")
    (alert,) = judged(DEADLINE, due, began, until="2025-03-20")
    assert life(alert) == [
        ("reminded", "2025-03-03"),
        ("reminded", "2025-03-07"),
        ("reminded", "2025-03-09"),
        ("cleared", "2025-03-10"),
    ]


def test_a_date_that_passes_in_silence_opens_the_alert_and_repeats_it() -> None:
    due = event("mediation", status="scheduled", told="2025-03-08", next_date=day("2025-03-10"))
    (alert,) = judged(DEADLINE, due, until="2025-03-20")
    assert life(alert) == [("reminded", "2025-03-09"), ("opened", "2025-03-11"), ("repeated", "2025-03-18")]


def test_what_is_put_off_without_a_day_is_no_longer_due() -> None:
    due = event("mediation", status="scheduled", told="2025-03-03", next_date=day("2025-03-10"))
    off = event("session", status="postponed", told="2025-03-06")
    (alert,) = judged(DEADLINE, due, off, until="2025-03-20")
    assert life(alert) == [("reminded", "2025-03-03"), ("cleared", "2025-03-06")]


def test_a_new_day_re_arms_the_same_alert() -> None:
    due = event("mediation", status="scheduled", told="2025-03-03", next_date=day("2025-03-10"))
    moved = event("session", status="postponed", told="2025-03-06", next_date=day("2025-03-17"))
    (alert,) = judged(DEADLINE, due, moved, until="2025-03-19")
    assert alert.changes[-1].kind.value == "opened"
    assert alert.changes[-1].on == date(2025, 3, 18)
    assert "due 2025-03-17" in alert.says


UNDATED = event("mediation", status="scheduled", told="2025-03-01")
DATED = event("mediation", status="scheduled", told="2025-03-03", next_date=day("2025-03-10"))
MET = event("mediation", status="began", told="2025-03-11", happened="2025-03-10")


def test_what_is_due_on_a_day_that_nobody_tells_is_a_review_until_something_is_told_of_it() -> None:
    (review,) = judged(DEADLINE, UNDATED, until="2025-03-02")
    assert (review.outcome, review.says) == (Outcome.REVIEW, "mediation due a day not told")
    assert review.missing == ("next_date: the article does not say",)
    for later, on in ((DATED, "2025-03-03"), (MET, "2025-03-11")):
        found = judged(DEADLINE, UNDATED, later, until="2025-03-20")
        (settled,) = (alert for alert in found if alert.outcome is Outcome.REVIEW)
        assert life(settled) == [("opened", "2025-03-01"), ("cleared", on)]


def test_what_is_told_without_a_day_while_one_is_known_is_no_review() -> None:
    again = event("mediation", status="scheduled", told="2025-03-05")
    assert {alert.outcome for alert in judged(DEADLINE, DATED, again, until="2025-03-06")} == {Outcome.ALERT}


def test_a_start_that_may_be_history_is_a_review() -> None:
    undecided = replace(event("plan", status="ordered", told="2023-10-12"), background=None)
    (review,) = judged(PLAN, undecided, until="2024-03-01")
    assert review.missing == ("happened: neither date nor tense tells whether this is news",)
    assert str(review.opened_on) == "2023-10-12"


def test_one_day_before_it_is_due_is_one_day() -> None:
    (alert,) = judged(DEADLINE, DATED, until="2025-03-09")
    assert alert.changes[-1].reason == "due 2025-03-10, in 1 day"


def test_a_start_without_a_day_that_is_taken_back_takes_its_review_along() -> None:
    (review,) = judged(DEADLINE, replace(UNDATED, retracted=noon("2025-03-04")), until="2025-03-20")
    assert life(review) == [("opened", "2025-03-01"), ("withdrawn", "2025-03-04")]


def test_a_plan_says_how_far_it_has_come() -> None:
    ordered = event("plan", status="ordered", told="2023-10-12", happened="2023-10-12")
    filed = event("plan", status="filed", told="2024-08-30", happened="2024-08-30")
    (alert,) = judged(PLAN, ordered, filed, until="2024-09-01")
    assert alert.changes[0].says == "plan 1 days over: not produced"
    assert alert.says.endswith("released, approval not seen")
    assert ("updated", "2024-08-30") in life(alert)


def test_what_is_told_after_the_end_of_a_plan_is_no_part_of_its_alert() -> None:
    ordered = event("plan", status="ordered", told="2023-10-12", happened="2023-10-12")
    told = [event("plan", status="not_produced", told=on) for on in ("2024-02-01", "2024-06-01")]
    approved = event("plan", status="approved", told="2024-05-01", happened="2024-05-01")
    (alert,) = judged(PLAN, ordered, *told, approved, until="2024-09-01")
    assert [citation.event for citation in alert.citations] == [ordered.id, told[0].id]
    assert life(alert)[-1] == ("cleared", "2024-05-01")


def test_an_order_told_years_later_opens_nothing() -> None:
    assert (
        judged(PLAN, event("plan", status="ordered", told="2025-02-24", happened="2017-07-20"), until="2026-01-01")
        == ()
    )


def test_three_in_a_month_are_told_and_cleared_when_no_more_come() -> None:
    events = [event("cancellation", told=f"2025-01-{on}", happened=f"2025-01-{on}") for on in ("02", "10", "20")]
    (alert,) = judged(COUNT, *events, until="2025-03-20")
    assert life(alert) == [("opened", "2025-01-20"), ("cleared", "2025-02-19")]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (quantity(111803, unit="count"), quantity(11803, unit="count"), True),
        (quantity(111803, unit="count"), quantity(110000, unit="count", bound=Bound.MORE_THAN), False),
        (quantity(2400, unit="count", bound=Bound.ABOUT), quantity(2350, unit="count"), False),
        (quantity(300, unit="count", bound=Bound.MORE_THAN), quantity(2400, unit="count"), False),
    ],
)
def test_numbers_clash_only_when_they_cannot_both_hold(one: object, other: object, *, clash: bool) -> None:
    events = [
        event("cancellation", told="2025-01-10", publisher="A", count=one),  # type: ignore[arg-type]  # a quantity
        event("cancellation", told="2025-01-12", publisher="B", count=other),  # type: ignore[arg-type]  # a quantity
    ]
    assert bool(judged(DISAGREE, *events, until="2025-02-01")) is clash


def test_a_lost_digit_is_pointed_out() -> None:
    events = [
        event("cancellation", told="2025-01-10", publisher="A", count=quantity(111803, unit="count")),
        event("cancellation", told="2025-01-12", publisher="B", count=quantity(11803, unit="count")),
    ]
    (alert,) = judged(DISAGREE, *events, until="2025-02-01")
    assert "one may lack a digit of the other" in alert.changes[0].reason


def test_two_articles_of_one_origin_do_not_disagree() -> None:
    one = event("cancellation", told="2025-01-10", publisher="A", count=quantity(100, unit="count"))
    copy = event(
        "cancellation", told="2025-01-12", publisher="B", count=quantity(900, unit="count"), origin=one.article
    )
    assert judged(DISAGREE, one, copy, until="2025-02-01") == ()


def test_a_figure_that_is_taken_back_ends_the_disagreement() -> None:
    one = event("cancellation", told="2025-01-10", publisher="A", count=quantity(100, unit="count"))
    wrong = event(
        "cancellation",
        told="2025-01-12",
        publisher="B",
        count=quantity(900, unit="count"),
        retracted=noon("2025-01-14"),
    )
    (alert,) = judged(DISAGREE, one, wrong, until="2025-02-01")
    assert life(alert) == [("opened", "2025-01-12"), ("withdrawn", "2025-01-14")]


def test_claims_of_opposite_parties_clash_and_gather_more() -> None:
    events = [
        event("claim", claim="timely", told="2025-01-30", publisher_role="company", publisher="A"),
        event("wait", wait=quantity(30), told="2025-02-05", publisher_role="union", publisher="B"),
        event("wait", wait=quantity(40), told="2025-03-05", publisher_role="media", publisher="C"),
    ]
    (alert,) = judged(CLASH, *events, until="2025-04-01")
    assert life(alert) == [("opened", "2025-02-05"), ("updated", "2025-03-05")]


def test_an_event_without_party_and_place_joins_the_one_dispute_that_fits() -> None:
    known = {"counterparty": "nuhw", "region": "southern-california"}
    events = [
        event("session", status="none_scheduled", told="2025-01-16", publisher_role="union", publisher="A", **known),  # type: ignore[arg-type]  # words
        event("session", status="scheduled", told="2025-01-17", publisher_role="company", publisher="B"),
    ]
    (alert,) = judged(ACCOUNTS, *events, until="2025-02-01")
    assert "southern-california" in alert.fingerprint


def test_an_event_that_fits_two_disputes_joins_neither() -> None:
    events = [
        event("session", status="none_scheduled", told="2025-01-16", publisher="A", region="southern-california"),
        event("session", status="none_scheduled", told="2025-01-16", publisher="C", region="northern-california"),
        event("session", status="scheduled", told="2025-01-17", publisher_role="company", publisher="B"),
    ]
    assert judged(ACCOUNTS, *events, until="2025-02-01") == ()


@pytest.mark.parametrize(
    ("words", "days", "right"),
    [
        ("19th week", 121, False),
        ("18th week", 121, True),
        ("exactly 21 weeks", 140, False),
        ("exactly 20 weeks", 140, True),
        ("day 47", 46, True),
        ("day 47", 48, False),
        ("nearly four months", 109, True),
        ("about ten weeks", 66, True),
    ],
)
def test_a_stated_age_is_held_against_the_calendar(words: str, days: int, *, right: bool) -> None:
    number = {"four": 4, "ten": 10}.get(words.split()[-2]) or int("".join(filter(str.isdigit, words)))
    unit = next(unit for unit in ("week", "month", "day") if unit in words)
    age = quantity(number, unit=unit)
    assert fits(type(age)(text=words, start=-1, end=-1, low=number, high=number, unit=unit), days, days) is right


def test_preview_names_what_comes_and_what_goes() -> None:
    events = [
        event("wait", wait=quantity(length), told="2025-01-15", region=place)
        for length, place in ((30, None), (60, "california"))
    ]
    live_book = rulebook(long_wait=MATCH)
    live = outlines(live_book, events, noon("2025-02-01"), coverage=ALWAYS_READ)
    edited = rulebook(long_wait=MATCH.replace("> 10 business days", "> 30 business days"))
    assert differing(edited, {"long-wait": {live_book.rules[0].version}}) == ("long-wait",)
    result = preview(live, edited, events, noon("2025-02-01"), rules=("long-wait",), coverage=ALWAYS_READ)
    assert [alert.says for alert in result.lost] == ["30 days"]
    assert result.gained == ()
    assert result.kept == 1


@pytest.mark.parametrize("number", [1, 2, 3, 50])
def test_shares_hold_every_rule_once_and_about_the_same_work(number: int) -> None:
    book = rulebook(**{f"wait_{count}": MATCH for count in range(6)}, silence=ABSENCE, mediation=DEADLINE)
    counts = {"wait": 1_000, "session": 500, "mediation": 10, "strike": 100}
    divided = shares(book.rules, counts, number)
    assert sorted(rule.id for share in divided for rule in share) == [rule.id for rule in book.rules]
    assert all(divided)
    assert len(divided) <= number
    if number == 2:
        assert [len(share) for share in divided] == [2, 6]


def test_an_unchanged_rule_is_not_judged_anew() -> None:
    book = rulebook(long_wait=MATCH)
    assert differing(book, {"long-wait": {book.rules[0].version}}) == ()
    assert differing(book, {}) == ("long-wait",)
    assert differing(book, {"long-wait": {book.rules[0].version}, "gone": {"x"}}) == ("gone",)


def test_a_near_miss_names_the_one_clause_that_failed() -> None:
    (miss,) = near_misses([event("wait", wait=quantity(9))], rulebook(long_wait=KINDS["long-wait"]))
    assert miss.rule == "long-wait"
    assert miss.clause.text.endswith("not > 10 business days (calendar ca_state)")


def test_a_near_miss_names_what_was_met_beside_the_exception_that_held_it_back() -> None:
    (miss,) = near_misses([event("wait", wait=quantity(30), visit="urgent")], rulebook(long_wait=MATCH))
    assert [line.slot for line in miss.met] == ["wait"]
    assert miss.clause.text == "exception: urgent, is urgent"
    assert miss.place == "rules/bargaining/long-wait.yaml:1"


def test_a_rule_about_one_word_is_not_nearly_met_by_another_word() -> None:
    one_word = 'match: {event: strike, when: {status: ended}}\nalert: {channel: alerts, say: "{status}"}\n'
    assert near_misses([event("strike", status="started")], rulebook(over=one_word)) == ()


def test_history_is_named_as_what_kept_a_rule_silent() -> None:
    one_word = 'match: {event: strike, when: {status: ended}}\nalert: {channel: alerts, say: "{status}"}\n'
    (miss,) = near_misses([event("strike", status="ended", background=True)], rulebook(over=one_word))
    assert miss.clause.slot == "happened"


LARGE = COUNT.replace("{event: cancellation}", '{event: cancellation, when: {count: "> 10"}}')


def cancelled(told: str, count: float | None, *, background: bool | None = False) -> Event:
    told_of = event("cancellation", told=told, happened=told, background=background, count=quantity(count or 0))
    return replace(told_of, slots={} if count is None else {"count": quantity(count, unit="count")})


def test_a_number_that_is_reached_only_with_what_may_count_is_a_review() -> None:
    sure = [cancelled("2025-01-02", 20), cancelled("2025-01-10", 30)]
    assert judged(LARGE, *sure, until="2025-01-15") == ()
    (review,) = judged(LARGE, *sure, cancelled("2025-01-12", None), until="2025-01-15")
    assert review.outcome is Outcome.REVIEW
    assert review.missing == ("count: the article does not say; asked for > 10",)
    assert judged(LARGE, *sure, cancelled("2025-01-12", 5), until="2025-01-15") == ()


def test_a_review_of_a_number_gives_way_to_the_alert_when_enough_surely_count() -> None:
    events = [cancelled("2025-01-02", 20), cancelled("2025-01-10", 30), cancelled("2025-01-12", None)]
    found = judged(LARGE, *events, cancelled("2025-01-14", 40), until="2025-01-15")
    assert {(alert.outcome.value, alert.state) for alert in found} == {("review", "withdrawn"), ("alert", "open")}


def test_what_may_be_history_makes_a_number_a_review() -> None:
    undecided = replace(cancelled("2025-01-12", 50, background=None), happened=None)
    (review,) = judged(LARGE, cancelled("2025-01-02", 20), cancelled("2025-01-10", 30), undecided, until="2025-01-15")
    assert review.missing == ("happened: neither date nor tense tells whether this is news",)


@pytest.mark.parametrize(("is_copy", "alerts"), [(True, 0), (False, 1)])
def test_a_reprint_after_weeks_does_not_count_as_another_event(is_copy: bool, alerts: int) -> None:  # noqa: FBT001 - a row of the table
    known = [event("cancellation", told=told, publisher="A", quote=told) for told in ("2025-01-01", "2025-01-12")]
    origin = known[1].article if is_copy else ""
    again = event("cancellation", told="2025-01-29", publisher="B", quote=known[1].quote, origin=origin)
    assert len(judged(COUNT, *known, again, until="2025-01-30")) == alerts


EMPLOYERS_CLAIM = event(
    "claim", claim="timely", told="2025-01-30", organisation=None, counterparty="nuhw", publisher_role="company"
)


@pytest.mark.parametrize(
    ("others", "alerts", "reason"),
    [
        (["kaiser-permanente"], 1, "the union is spoken of with one organisation only"),
        (["kaiser-permanente", "sutter"], 0, "it may be either"),
        ([], 0, "nobody is spoken of with the union"),
    ],
)
def test_an_employer_who_names_the_union_and_not_itself_joins_the_one_that_the_union_is_spoken_of_with(
    others: list[str], alerts: int, reason: str
) -> None:
    waits = [
        event("wait", wait=quantity(30), told="2025-01-20", organisation=each, counterparty="nuhw", publisher="U")
        for each in others
    ]
    found = judged(CLASH, EMPLOYERS_CLAIM, *waits, until="2025-02-10")
    assert len(found) == alerts, reason
    assert all("kaiser-permanente" in alert.fingerprint for alert in found)


def test_an_event_is_shown_with_the_part_of_the_rule_that_takes_it() -> None:
    (rule,) = rulebook(claims_clash=CLASH).rules
    ((key, clauses),) = roles(rule, event("claim", claim="timely"))
    assert (key, [line.text for line in clauses]) == ("of", ["timely, is timely"])
    assert [key for key, _ in roles(rule, event("wait", wait=quantity(30)))] == ["against"]
    (one,) = rulebook(long_wait=MATCH).rules
    assert roles(one, event("wait", wait=quantity(30))) == ()
