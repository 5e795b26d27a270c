import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sources.failures import FailureKind
from bot.sources.polling import (
    Condition,
    HealthNotice,
    Memory,
    SourceState,
    Turn,
    Visit,
    after_visit,
    health_notice,
    memory_from_json,
    memory_to_json,
    noted,
    validators,
)
from bot.sources.source_list import SourceEntry

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTRY = SourceEntry(id="feed:x", kind="feed", place="https://x.example/feed", every=HOUR)


def visit(at: datetime = NOW, **more: Any) -> Visit:  # noqa: ANN401  # any field of a visit
    return replace(Visit(source="feed:x", at=at, memory=Memory()), **more)


def after(state: SourceState, seen: Visit, jitter: float = 0.0, entry: SourceEntry = ENTRY) -> SourceState:
    return after_visit(state, replace(seen, memory=state.memory), entry, jitter)


def settled() -> SourceState:
    return after(SourceState(id="feed:x"), visit(seen=10, new=10))


def wait(state: SourceState, at: datetime = NOW) -> timedelta:
    assert state.next_attempt is not None
    return state.next_attempt - at


def test_a_source_is_read_again_after_its_interval() -> None:
    assert wait(settled()) == HOUR


def test_a_slow_read_does_not_push_every_later_one_back() -> None:
    late = NOW + HOUR + timedelta(minutes=5)
    state = after(settled(), visit(late, seen=10, new=4))
    assert state.next_attempt == NOW + 2 * HOUR


def test_a_source_that_was_left_for_long_is_not_asked_twice_at_once() -> None:
    late = NOW + 9 * HOUR
    assert wait(after(settled(), visit(late, seen=10, new=4)), late) == HOUR


def test_a_feed_of_old_articles_is_asked_less_often_and_a_lively_one_as_listed() -> None:
    state, at = settled(), NOW
    for _again in range(20):
        at = state.next_attempt or at
        state = after(state, visit(at, seen=30, new=0))
    assert wait(state, at) == 4 * HOUR
    at = state.next_attempt or at
    assert wait(after(state, visit(at, seen=30, new=1)), at) <= HOUR


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"keep_seconds": 7200.0}, 2 * HOUR),
        ({"keep_seconds": 60.0}, HOUR),
        ({"keep_seconds": 1e9}, timedelta(days=1)),
        ({"wait_until": NOW + 5 * HOUR}, 5 * HOUR),
        ({"wait_until": NOW}, HOUR),
    ],
)
def test_the_longest_wish_counts(more: dict[str, Any], expected: timedelta) -> None:
    assert wait(after(SourceState(id="feed:x"), visit(seen=10, new=10, **more))) == expected


def test_jitter_spreads_sources_of_one_host() -> None:
    assert wait(after(SourceState(id="feed:x"), visit(seen=10, new=10), jitter=1.0)) == HOUR * 1.1


def test_failures_count_by_kind_and_back_off_to_a_day_and_no_further() -> None:
    state = settled()
    waits = []
    at = NOW
    for _again in range(12):
        at = state.next_attempt or at
        state = after(state, visit(at, outcome=FailureKind.SERVER_ERROR))
        waits.append(wait(state, at))
    assert state.failures == 6.0
    assert waits == sorted(waits)
    assert waits[0] < 2 * HOUR
    assert waits[-1] == timedelta(days=1)
    assert after(settled(), visit(outcome=FailureKind.DNS)).failures == 0.25
    assert after(settled(), visit(outcome=FailureKind.TLS)).failures == 1.0


def test_one_success_forgives_everything() -> None:
    state = replace(settled(), failures=9.0)
    state = after(state, visit(NOW + HOUR, outcome="unchanged"))
    assert (state.failures, state.condition) == (0.0, Condition.HEALTHY)


def test_validators_are_left_out_once_a_day() -> None:
    memory = Memory(etag='"a"', last_modified="b", full_at=NOW)
    assert validators(memory, NOW + 23 * HOUR) == ('"a"', "b")
    assert validators(memory, NOW + 24 * HOUR) == ("", "")
    assert validators(Memory(etag='"a"'), NOW) == ("", "")


@pytest.mark.parametrize(
    ("outcome", "condition"),
    [
        (FailureKind.BLOCKED_BY_SITE, Condition.BLOCKED),
        (FailureKind.BLOCKED_BY_ROBOTS, Condition.BLOCKED),
        (FailureKind.WRONG_LAYOUT, Condition.LAYOUT_CHANGED),
        (FailureKind.TIMEOUT, Condition.FAILING),
        ("unchanged", Condition.HEALTHY),
    ],
)
def test_the_state_is_said_in_words(outcome: str, condition: Condition) -> None:
    assert after(settled(), visit(NOW + HOUR, outcome=outcome, note="why")).condition == condition


def test_a_source_that_answers_and_says_nothing_new_is_quiet() -> None:
    late = NOW + timedelta(days=8)
    state = after(settled(), visit(late, seen=10))
    assert (state.condition, state.note) == (Condition.QUIET, "nothing new for 8 days; expected within 7 days")


def test_pages_that_all_cannot_be_read_mean_a_changed_layout() -> None:
    state = after(settled(), visit(NOW + HOUR, seen=10, new=5, rejected=5, note="no article text"))
    assert state.condition == Condition.LAYOUT_CHANGED


def told(outcomes: list[str], state: SourceState | None = None) -> list[HealthNotice | None]:
    """What operators are told of visits an hour apart."""
    state, notices = state or settled(), []
    for hour, outcome in enumerate(outcomes, 1):
        later = after(state, visit(NOW + hour * HOUR, outcome=outcome, note="why"))
        notice = health_notice(state, later)
        state = noted(later, notice)
        notices.append(notice)
    return notices


def turns(notices: list[HealthNotice | None]) -> list[str]:
    return [notice.turn if notice else "" for notice in notices]


def test_an_operator_is_told_once_when_it_turns_bad_and_once_when_it_is_well() -> None:
    notices = told(["unchanged", *[FailureKind.TLS] * 4, *["unchanged"] * 2])
    assert turns(notices) == ["", "", Turn.TROUBLE, "", "", Turn.WELL, ""]
    alarm, well = notices[2], notices[5]
    assert alarm is not None
    assert well is not None
    assert (alarm.condition, alarm.note) == (Condition.FAILING, "since 2025-03-01 13:00 UTC: why")
    assert well.began == alarm.began == NOW + 3 * HOUR


def test_a_new_spell_is_told_anew_on_the_same_day_too() -> None:
    blocked = FailureKind.BLOCKED_BY_SITE
    notices = told([blocked, "unchanged", blocked, blocked, "unchanged"])
    assert turns(notices) == [Turn.TROUBLE, Turn.WELL, Turn.TROUBLE, "", Turn.WELL]
    assert len({notice.began for notice in notices if notice}) == 2


def test_another_fault_of_the_same_spell_changes_what_was_told() -> None:
    notices = told([FailureKind.BLOCKED_BY_SITE, FailureKind.WRONG_LAYOUT, FailureKind.WRONG_LAYOUT, "unchanged"])
    assert turns(notices) == [Turn.TROUBLE, Turn.OTHER_TROUBLE, "", Turn.WELL]
    assert len({notice.began for notice in notices if notice}) == 1


def test_a_fault_that_passes_by_itself_is_not_told_and_ends_no_spell() -> None:
    assert turns(told([FailureKind.TIMEOUT, "unchanged"])) == ["", ""]
    assert turns(told([FailureKind.BLOCKED_BY_SITE, FailureKind.TIMEOUT, "unchanged"]))[2] == Turn.WELL


def test_a_source_that_fell_silent_is_well_when_it_speaks() -> None:
    before = settled()
    silent = after(before, visit(NOW + timedelta(days=8), seen=10))
    notice = health_notice(before, silent)
    assert notice is not None
    assert (notice.turn, notice.condition) == (Turn.TROUBLE, Condition.QUIET)
    speaks = after(noted(silent, notice), visit(NOW + timedelta(days=9), seen=10, new=1))
    assert turns([health_notice(noted(silent, notice), speaks)]) == [Turn.WELL]


def test_what_is_remembered_survives_the_database() -> None:
    memory = Memory(
        etag='"é"',
        seen=(("a", "b"),),
        full_at=NOW,
        due=NOW,
        condition="quiet",
        quarantined="c",
        told="quiet",
        told_at=NOW,
    )
    assert memory_from_json(json.loads(json.dumps(memory_to_json(memory)))) == memory
    assert memory_from_json({}) == Memory()
    assert memory_from_json({"full_at": 7}) == memory_from_json({"seen": [1]}) == Memory()


@given(
    outcomes=st.lists(st.sampled_from(["ok", "unchanged", *FailureKind]), max_size=30),
    jitter=st.floats(0, 1),
    minutes=st.integers(5, 5000),
)
@settings(max_examples=100)
def test_a_source_is_never_given_up_and_never_hammered(outcomes: list[str], jitter: float, minutes: int) -> None:
    entry = replace(ENTRY, every=timedelta(minutes=minutes))
    state, at = SourceState(id="feed:x"), NOW
    for outcome in outcomes:
        state = after(state, visit(at, outcome=outcome, seen=10, new=1), jitter, entry)
        assert state.next_attempt is not None
        assert entry.every * 0.9 <= state.next_attempt - at <= max(entry.every, timedelta(days=1)) * 1.11
        at = state.next_attempt
