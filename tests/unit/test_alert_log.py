from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Alert, Change, ChangeKind
from bot.history.alert_log import Logged, LoggedChange, Step, change_keys, follow, lapse
from tests.factories import FIRST_DAY, assess, judge_simply, make_article, noon


def judged(*days: int) -> Alert:
    """Judge one wait told on each of some days."""
    waits = [assess(make_article(key=f"https://news.example/{day}", text=f"Day {day}.", day=day)) for day in days]
    (alert,) = judge_simply([event for wait in waits for event in wait.events], {})
    return alert


def log(logged: Logged | None, step: Step, *, lapsed: bool = False) -> Logged:
    """Write a step into a log, as the database would."""
    kept = [
        replace(
            change,
            superseded=(change.superseded or change.revision in step.superseded)
            and change.revision not in step.reinstated,
        )
        for change in (logged.changes if logged else ())
    ]
    added = [LoggedChange(revision=one.revision, key=one.key, superseded=False) for one in step.additions]
    return Logged(digest="", lapsed=lapsed, changes=(*kept, *added))


def first(*days: int) -> Logged:
    return log(None, follow(None, judged(*days), noon(days[-1])))


def kinds(step: Step) -> list[tuple[int, ChangeKind]]:
    return [(one.revision, one.change.kind) for one in step.additions]


def test_a_new_alert_is_logged_from_its_opening() -> None:
    step = follow(None, judged(0, 3), noon(3))
    assert kinds(step) == [(0, ChangeKind.OPENED), (1, ChangeKind.UPDATED)]


def test_judging_the_same_again_adds_nothing() -> None:
    assert follow(first(0, 3), judged(0, 3), noon(9)) == Step()


def test_what_is_new_gets_the_next_revision() -> None:
    assert kinds(follow(first(0, 3), judged(0, 3, 5), noon(5))) == [(2, ChangeKind.UPDATED)]


def test_an_alert_that_was_cleared_or_only_reminded_of_is_opened() -> None:
    (told,) = judged(0).changes
    for before in (ChangeKind.CLEARED, ChangeKind.REMINDED):
        ended = replace(judged(0), changes=(replace(told, kind=before, events=()),))
        opened = replace(ended, changes=(*ended.changes, replace(told, on=FIRST_DAY + timedelta(days=3))))
        assert kinds(follow(log(None, follow(None, ended, noon(1))), opened, noon(3))) == [(1, ChangeKind.OPENED)]


def test_an_article_that_comes_late_is_told_once_and_opens_nothing_twice() -> None:
    step = follow(first(3), judged(0, 3), noon(9))
    assert kinds(step) == [(1, ChangeKind.UPDATED)]
    assert step.additions[0].change.on == FIRST_DAY
    assert step.superseded == ()


def test_a_step_that_no_longer_follows_is_marked_and_the_truth_is_told_once() -> None:
    before = first(0, 3)
    step = follow(before, judged(0), noon(9))
    assert step.superseded == (1,)
    assert kinds(step) == [(2, ChangeKind.UPDATED)]
    assert step.additions[0].change.at == noon(9)
    assert follow(log(before, step), judged(0), noon(10)) == Step()


def test_an_alert_that_is_given_no_more_is_withdrawn_once() -> None:
    before = first(0, 3)
    step = lapse(before, judged(0, 3), noon(9), {})
    assert kinds(step) == [(2, ChangeKind.WITHDRAWN)]
    assert step.superseded == (0, 1)
    assert lapse(log(before, step, lapsed=True), judged(0, 3), noon(10), {}) == Step()


def test_an_alert_that_follows_again_says_so_once() -> None:
    before = first(0, 3)
    lapsed = log(before, lapse(before, judged(0, 3), noon(9), {}), lapsed=True)
    step = follow(lapsed, judged(0, 3), noon(10))
    assert step.reinstated == (0, 1)
    assert step.superseded == (2,)
    assert kinds(step) == [(3, ChangeKind.UPDATED)]
    assert follow(log(lapsed, step), judged(0, 3), noon(11)) == Step()


def test_the_same_day_and_kind_twice_are_two_steps() -> None:
    (change, *_) = judged(0).changes
    assert len(set(change_keys([change, change]))) == 2


def test_timers_are_told_apart_by_kind_and_day() -> None:
    (change, *_) = judged(0).changes
    timer = replace(change, events=(), kind=ChangeKind.REPEATED)
    later = replace(timer, on=timer.on + timedelta(days=14))
    cleared = replace(timer, kind=ChangeKind.CLEARED)
    assert len(set(change_keys([timer, later, cleared]))) == 3


days = st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=6, unique=True).map(sorted)


@settings(max_examples=150, deadline=None)
@given(st.lists(days, min_size=1, max_size=5))
def test_whatever_the_judgements_the_log_ends_with_what_follows_and_tells_no_step_twice(
    judgements: list[list[int]],
) -> None:
    logged: Logged | None = None
    told: list[tuple[int, str, Change]] = []
    for newest, judgement in enumerate(judgements):
        step = follow(logged, judged(*judgement), noon(20 + newest))
        told += [(one.revision, one.key, one.change) for one in step.additions]
        logged = log(logged, step)
        assert follow(logged, judged(*judgement), noon(30)) == Step()
    assert logged is not None
    standing = {change.key for change in logged.changes if not change.superseded and "|" not in change.key}
    assert standing == set(change_keys(judged(*judgements[-1]).changes))
    assert len({key for _, key, _ in told}) == len(told)
    assert [revision for revision, _, _ in told] == list(range(len(told)))
    assert sum(change.kind is ChangeKind.OPENED for _, _, change in told) == 1
