"""News is judged by the rules that read it, unless it changes what was known before."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from bot.core.model import Alert, Event, Masthead, Wanted
from bot.history.store import Store
from bot.pipeline import Judge
from tests.factories import assess, judge_simply, make_article, noon
from tests.integration.history.test_copying import story, told

WAITS = Wanted(types=frozenset({"appointment_wait"}), rules=frozenset({"waits"}))
ADDRESS = "https://news.example/{}"


class Seen:
    """Judges that remember which events they were given."""

    def __init__(self) -> None:
        self.whole: list[set[str]] = []
        self.narrow: list[set[str]] = []

    def judge(self, into: list[set[str]]) -> Judge:
        def judged(events: Sequence[Event], mastheads: Mapping[str, Masthead]) -> Sequence[Alert]:
            into.append({event.type for event in events})
            return judge_simply(events, mastheads)

        return judged


@pytest.fixture
def seen(store: Store) -> Seen:
    """Give judges over a history of a strike and a wait that everybody heard of."""
    store.record([assess(make_article(ADDRESS.format("strike")), "strike")], judge_simply, None, until=noon(0))
    store.record([told("wait", story(1), day=3)], judge_simply, None, until=noon(3))
    return Seen()


def record(store: Store, seen: Seen, name: str, words: str, *, day: int) -> None:
    until = noon(20) + timedelta(minutes=day)
    judges = seen.judge(seen.whole), (seen.judge(seen.narrow), WAITS)
    store.record([told(name, words, day=day)], judges[0], None, until=until, narrowed=judges[1])


def test_what_only_adds_events_is_judged_by_the_rules_that_read_them(store: Store, seen: Seen) -> None:
    record(store, seen, "another", story(2), day=4)
    assert (seen.narrow, seen.whole) == ([{"appointment_wait"}], [])
    assert store.is_judged()


def test_a_copy_of_what_was_known_only_adds(store: Store, seen: Seen) -> None:
    record(store, seen, "copy", story(1), day=4)
    assert (len(seen.narrow), seen.whole) == (1, [])


def test_a_new_version_is_judged_by_all_rules(store: Store, seen: Seen) -> None:
    record(store, seen, "wait", story(3), day=4)
    assert (seen.narrow, seen.whole) == ([], [{"appointment_wait", "strike"}])


def test_what_makes_a_copy_of_what_was_known_is_judged_by_all_rules(store: Store, seen: Seen) -> None:
    record(store, seen, "original", story(1), day=2)
    assert (seen.narrow, seen.whole) == ([], [{"appointment_wait", "strike"}])


def test_alerts_of_the_rules_that_do_not_read_the_news_stay(store: Store, seen: Seen) -> None:
    def nothing(_events: Sequence[Event], _mastheads: Mapping[str, Masthead]) -> Sequence[Alert]:
        return ()

    judges = seen.judge(seen.whole), (nothing, WAITS)
    recorded = store.record([told("x", story(4), day=4)], judges[0], None, until=noon(20), narrowed=judges[1])
    assert recorded.changes == ()
    assert seen.whole == []
