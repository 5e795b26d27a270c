import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import URL, Engine

from bot.core.model import Action, Claimed, Delivery, Message, Receipt
from bot.history.database import open_engine
from bot.history.outbox import Doorbell, Outbox

if TYPE_CHECKING:
    from bot.slack.outbox import Outbox as AskedFor

NOW = datetime(2025, 1, 6, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
SPACING = timedelta(seconds=1.1)


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def make_delivery(
    id_: str, channel: str = "C1", action: Action = Action.POST, thread_of: str | None = None
) -> Delivery:
    return Delivery(
        id=id_,
        alert=None,
        revision=0,
        channel=channel,
        action=action,
        message=Message(text=f"message {id_}", blocks="[]"),
        thread_of=thread_of,
    )


@pytest.fixture
def outbox(engine: Engine) -> Outbox:
    return Outbox(engine)


def claim(outbox: Outbox, at: datetime = NOW) -> Claimed:
    claimed = outbox.claim("sender-1", at, LEASE)
    assert claimed is not None
    return claimed


def send(outbox: Outbox, at: datetime = NOW) -> Claimed:
    claimed = claim(outbox, at)
    assert outbox.sent(claimed, Receipt(channel="C1", ts=f"ts-{claimed.delivery.id}"), at, at)
    return claimed


def test_the_outbox_is_what_the_sender_asks_for(outbox: Outbox) -> None:
    asked: AskedFor = outbox
    assert asked.blocked() == []


def test_a_claim_gives_the_message_whole(outbox: Outbox) -> None:
    outbox.add([make_delivery("a")])
    claimed = claim(outbox)
    assert claimed.delivery == make_delivery("a")
    assert (claimed.attempts, claimed.looks, claimed.unclear, claimed.first_attempt) == (1, 0, False, NOW)


def test_a_channel_is_served_in_order_and_one_at_a_time(outbox: Outbox) -> None:
    outbox.add([make_delivery("a"), make_delivery("b"), make_delivery("c", channel="C2")])
    assert claim(outbox).delivery.id == "a"
    assert claim(outbox).delivery.id == "c"
    assert outbox.claim("sender-2", NOW, LEASE) is None


def test_a_channel_rests_between_messages(outbox: Outbox) -> None:
    outbox.add([make_delivery("a"), make_delivery("b")])
    outbox.sent(claim(outbox), Receipt(channel="C1", ts="1"), NOW, NOW + SPACING)
    assert outbox.claim("sender-1", seconds(1), LEASE) is None
    assert claim(outbox, seconds(1.2)).delivery.id == "b"


def test_a_message_added_twice_is_one_message(outbox: Outbox) -> None:
    outbox.add([make_delivery("a")])
    send(outbox)
    outbox.add([make_delivery("a")])
    assert outbox.claim("sender-1", seconds(5), LEASE) is None


def test_a_reply_waits_for_its_roots_receipt_and_others_go_before_it(outbox: Outbox) -> None:
    outbox.add([make_delivery("root"), make_delivery("reply", action=Action.REPLY, thread_of="root")])
    outbox.add([make_delivery("other")])
    root = claim(outbox)
    assert outbox.postpone(root, until=seconds(30), error="later", unclear=False, looks=0, free_at=NOW)
    assert send(outbox).delivery.id == "other"
    assert outbox.claim("sender-1", seconds(5), LEASE) is None
    assert send(outbox, seconds(30)).delivery.id == "root"
    reply = claim(outbox, seconds(31))
    assert (reply.delivery.id, reply.root) == ("reply", Receipt(channel="C1", ts="ts-root"))


def test_a_reply_whose_root_is_stuck_goes_without_it_and_a_retry_brings_the_root_back(outbox: Outbox) -> None:
    outbox.add([make_delivery("root"), make_delivery("reply", action=Action.REPLY, thread_of="root")])
    outbox.give_up(claim(outbox), "too long")
    reply = send(outbox)
    assert (reply.delivery.id, reply.root) == ("reply", None)
    assert outbox.retry() == 1
    assert claim(outbox).delivery.id == "root"


def test_a_reply_to_a_message_that_never_was_is_a_message_of_its_own(outbox: Outbox) -> None:
    lost = [make_delivery("reply", action=Action.REPLY, thread_of="never")]
    outbox.add([*lost, make_delivery("edit", action=Action.EDIT, thread_of="never")])
    assert send(outbox).delivery.action is Action.POST
    assert outbox.claim("sender-1", seconds(5), LEASE) is None


def test_a_sender_that_died_leaves_an_unclear_message(outbox: Outbox) -> None:
    outbox.add([make_delivery("a")])
    dead = claim(outbox)
    assert outbox.claim("sender-2", seconds(59), LEASE) is None
    again = outbox.claim("sender-2", seconds(61), LEASE)
    assert again is not None
    assert (again.unclear, again.attempts, again.first_attempt) == (True, 2, NOW)
    assert not outbox.sent(dead, Receipt(channel="C1", ts="late"), seconds(62), seconds(62))
    assert outbox.sent(again, Receipt(channel="C1", ts="1"), seconds(62), seconds(62))


def test_a_postponed_message_keeps_its_place_and_its_count_of_looks(outbox: Outbox) -> None:
    outbox.add([make_delivery("a")])
    assert outbox.postpone(claim(outbox), until=seconds(30), error="timeout", unclear=True, looks=1, free_at=NOW)
    assert outbox.claim("sender-1", seconds(29), LEASE) is None
    outbox.add([make_delivery("b")])
    again = claim(outbox, seconds(30))
    assert (again.delivery.id, again.unclear, again.looks) == ("a", True, 1)


def test_a_postponed_message_lets_others_of_its_channel_pass(outbox: Outbox) -> None:
    outbox.add([make_delivery("a"), make_delivery("b")])
    assert outbox.postpone(claim(outbox), until=seconds(30), error="closed", unclear=False, looks=0, free_at=NOW)
    assert claim(outbox, seconds(1)).delivery.id == "b"
    assert outbox.claim("sender-2", seconds(31), LEASE) is None, "one at a time: b is being sent"


def test_the_next_row_is_due_when_its_channel_and_its_root_are_ready(outbox: Outbox) -> None:
    assert outbox.next_due(NOW) is None
    outbox.add([make_delivery("root"), make_delivery("reply", action=Action.REPLY, thread_of="root")])
    assert outbox.next_due(NOW) == NOW
    root = claim(outbox)
    assert outbox.next_due(NOW) == NOW + LEASE, "the root is being sent, the reply waits for it"
    assert outbox.sent(root, Receipt(channel="C1", ts="1"), NOW, NOW + SPACING)
    assert outbox.next_due(NOW) == NOW + SPACING
    outbox.block("C1", "is_archived", "un-archive it", NOW, seconds(600))
    assert outbox.next_due(NOW) is None


def test_a_blocked_channel_keeps_its_queue_and_is_asked_about_now_and_then(outbox: Outbox) -> None:
    outbox.add([make_delivery("a"), make_delivery("b", channel="C2")])
    assert outbox.block("C1", "is_archived", "un-archive it", NOW, seconds(600))
    assert not outbox.block("C1", "is_archived", "un-archive it", seconds(1), seconds(600))
    assert claim(outbox).delivery.id == "b"
    assert outbox.due_probes(seconds(599), seconds(1200)) == []
    probes = outbox.due_probes(seconds(600), seconds(1200))
    assert [(probe.channel, probe.code, probe.since, probe.waiting) for probe in probes] == [
        ("C1", "is_archived", NOW, 1)
    ]
    assert outbox.due_probes(seconds(601), seconds(1200)) == []
    outbox.unblock("C1")
    assert outbox.blocked() == []
    assert claim(outbox).delivery.id == "a"


def test_a_channel_can_be_paused_before_anything_was_sent_to_it(outbox: Outbox) -> None:
    outbox.pause("C1", seconds(30))
    outbox.add([make_delivery("a")])
    assert outbox.claim("sender-1", seconds(29), LEASE) is None
    assert claim(outbox, seconds(30)).delivery.id == "a"


def test_waiting_messages_are_bundled_under_a_digest(outbox: Outbox) -> None:
    outbox.add([make_delivery("a"), make_delivery("b"), make_delivery("c")])
    assert [delivery.id for delivery in outbox.waiting("C1")] == ["a", "b", "c"]
    outbox.bundle(make_delivery("digest"), ["a", "b"])
    assert send(outbox).delivery.id == "digest"
    member = send(outbox)
    assert (member.delivery.id, member.delivery.action, member.root) == (
        "a",
        Action.REPLY,
        Receipt(channel="C1", ts="ts-digest"),
    )
    assert outbox.posted_since("C1", NOW) == 1


def test_a_rerouted_message_starts_a_thread_where_it_goes(outbox: Outbox) -> None:
    outbox.add([make_delivery("root"), make_delivery("reply", action=Action.REPLY, thread_of="root")])
    send(outbox)
    outbox.reroute(claim(outbox), "C9")
    moved = claim(outbox)
    assert (moved.delivery.channel, moved.delivery.action, moved.root) == ("C9", Action.POST, None)


def test_a_thread_follows_its_new_root(outbox: Outbox) -> None:
    outbox.add([make_delivery("root"), make_delivery("reply", action=Action.REPLY, thread_of="root")])
    send(outbox)
    outbox.reroot("root", Receipt(channel="C1", ts="new"))
    assert claim(outbox).root == Receipt(channel="C1", ts="new")


def test_many_senders_never_claim_one_message_twice(database: URL, outbox: Outbox) -> None:
    outbox.add([make_delivery(f"{number:03}", channel=f"C{number % 5}") for number in range(100)])
    claimed: list[str] = []

    def run(worker: str) -> None:
        own = Outbox(open_engine(database, pooled=False))
        misses = 0
        while misses < 20:
            found = own.claim(worker, NOW, LEASE)
            if found is None:
                misses += 1
                continue
            claimed.append(found.delivery.id)
            assert own.sent(found, Receipt(channel="C", ts="1"), NOW, NOW)

    threads = [threading.Thread(target=run, args=(f"sender-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [f"{number:03}" for number in range(100)]
    for channel in range(5):
        of_channel = [id_ for id_ in claimed if int(id_) % 5 == channel]
        assert of_channel == sorted(of_channel)


def test_the_bell_rings_when_something_was_added(engine: Engine, outbox: Outbox) -> None:
    bell = Doorbell(engine)
    assert not bell.wait(0)
    outbox.add([make_delivery("a")])
    assert bell.wait(5)
    bell.close()
