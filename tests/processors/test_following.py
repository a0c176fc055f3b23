"""Processors follow the log: one leader, no mail for the past, parked by a poison, mended by hand."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from processors.runtime.effects import Mail, Processor
from processors.runtime.following import Runtime, begin, pass_over
from processors.runtime.queue import MOST_WAITING, DeliveryQueue
from processors.runtime.repair import skip
from schema.envelope import Recorded
from schema.parking import resume
from tests.processors.post import WITHOUT_ACCOUNTS as PROCESSORS, Post

UNKNOWN = "update events set topic = 'client.unheard_of' where topic = 'client.registered'"
KNOWN = "update events set topic = 'client.registered' where topic = 'client.unheard_of'"


def a_registration(post: Post) -> None:
    post.school.registration(post.school.client(), post.school.activity())


def runtime(post: Post, *processors: Processor) -> Runtime:
    def enqueue(_ids: Sequence[UUID]) -> None:
        return None

    made = Runtime(
        post.url,
        post.school.side.store,
        processors or PROCESSORS,
        dispatcher=post.school.side.dispatcher,
        enqueue=enqueue,
        room=lambda: 0,
        clock=post.school.side.clock,
        wait=lambda _seconds: time.sleep(0.01),
    )
    made.start(post.connection)
    return made


def to_the_end(made: Runtime, post: Post) -> None:
    while made.step(post.connection) or made.fire(post.connection):
        pass


def parked(post: Post) -> dict[str, int]:
    rows = post.connection.execute(
        "select name, parked_position from processors where parked_position is not null"
    )
    return dict(rows.fetchall())


def allergic(to: UUID) -> Processor:
    """A processor whose code can't bear one stream."""

    def react(event: Recorded) -> Sequence[Mail]:
        if event.originator_id == to:
            raise KeyError("Éloïse D'Arcy-Lévesque")
        return []

    return Processor("allergic", react)


def test_a_poisoned_event_stops_only_the_processor_that_can_not_bear_it(post: Post) -> None:
    client = post.school.client()
    made = runtime(post, allergic(client), *PROCESSORS)
    post.school.registration(client, post.school.activity())
    a_registration(post)
    to_the_end(made, post)
    assert list(parked(post)) == ["allergic"]
    assert [template for template, _, _ in post.outbox()] == ["registration_confirmed"] * 2
    error = post.connection.execute("select parked_error from processors where name = 'allergic'").fetchone()
    assert error == ("KeyError",), "the class alone, no value"


@pytest.mark.rule("COM-3")
def test_resumed_after_the_mending_it_makes_up_for_everything_once(post: Post) -> None:
    a_registration(post)
    post.connection.execute(UNKNOWN)
    to_the_end(post.runtime, post)
    a_registration(post)
    to_the_end(post.runtime, post)
    assert post.outbox() == []
    post.connection.execute(KNOWN)
    assert resume(post.connection, "processors", "registration_confirmation")
    to_the_end(post.runtime, post)
    assert [template for template, _, _ in post.outbox()] == ["registration_confirmed"] * 2
    assert set(parked(post)) == {p.name for p in PROCESSORS} - {"registration_confirmation"}, (
        "each is mended on its own"
    )
    assert not resume(post.connection, "processors", "registration_confirmation"), "it is not parked any more"


@pytest.mark.rule("T24", "COM-3")
def test_what_an_older_release_could_not_read_the_newer_one_makes_up_for_once(post: Post) -> None:
    a_registration(post)
    post.connection.execute(UNKNOWN)
    to_the_end(post.runtime, post)
    assert set(parked(post)) == {p.name for p in PROCESSORS}
    post.connection.execute(KNOWN)
    newer = runtime(post)
    a_registration(post)
    to_the_end(newer, post)
    assert not parked(post)
    assert [template for template, _, _ in post.outbox()] == ["registration_confirmed"] * 2


def test_an_event_left_out_by_hand_stays_on_record(post: Post) -> None:
    a_registration(post)
    post.connection.execute(UNKNOWN)
    to_the_end(post.runtime, post)
    at = parked(post)["registration_confirmation"]
    assert not skip(post.connection, "registration_confirmation", at + 1, "operator"), "not parked there"
    assert skip(post.connection, "registration_confirmation", at, "operator")
    a_registration(post)
    post.connection.execute(KNOWN)
    to_the_end(post.runtime, post)
    assert [template for template, _, _ in post.outbox()] == ["registration_confirmed"]
    rows = post.connection.execute("select name, position, who from processor_skips").fetchall()
    assert rows == [("registration_confirmation", at, "operator")]


@pytest.mark.rule("COM-3")
def test_set_back_to_the_beginning_it_still_sends_nothing_for_the_past(post: Post) -> None:
    a_registration(post)
    post.connection.execute("delete from processors")
    made = runtime(post)
    post.connection.execute("update processors set position = 0")
    to_the_end(made, post)
    assert post.outbox() == []
    a_registration(post)
    to_the_end(made, post)
    assert len(post.outbox()) == 1


@pytest.mark.rule("COM-1")
def test_once_begun_it_makes_up_for_what_came_before_its_first_start(post: Post) -> None:
    post.connection.execute("delete from processors")
    begin(post.connection, [p.name for p in PROCESSORS])
    a_registration(post)
    to_the_end(runtime(post), post)
    assert len(post.outbox()) == 1


@pytest.mark.rule("COM-3")
def test_a_demo_school_that_is_passed_over_sends_nothing(post: Post) -> None:
    a_registration(post)
    pass_over(post.connection, [p.name for p in PROCESSORS])
    post.connection.execute("update processors set position = 0")
    to_the_end(post.runtime, post)
    assert post.outbox() == []
    a_registration(post)
    to_the_end(post.runtime, post)
    assert len(post.outbox()) == 1


@pytest.mark.rule("COM-3")
def test_the_same_log_gives_the_same_mails_after_all_was_lost_but_the_log(post: Post) -> None:
    client, activity = post.school.client(), post.school.activity()
    post.school.registration(client, activity, post.school.workshop(activity))
    post.react()
    before = post.connection.execute(
        "select id, cause, position, template from outbox order by id"
    ).fetchall()
    assert len(before) == 2
    post.connection.execute("delete from outbox")
    post.connection.execute("delete from timers")
    post.connection.execute("update processors set position = 0")
    post.react()
    after = post.connection.execute("select id, cause, position, template from outbox order by id").fetchall()
    assert after == before


@pytest.mark.rule("COM-3")
def test_of_two_clock_processes_one_leads_and_the_other_takes_over(post: Post) -> None:
    runs = [(runtime(post), threading.Event()) for _ in range(2)]
    threads = [threading.Thread(target=made.run, args=(stop,)) for made, stop in runs]
    try:
        for thread in threads:
            thread.start()
            time.sleep(0.3)
        assert leaders(post) == 1
        a_registration(post)
        wait_until(lambda: len(post.outbox()) == 1)
        runs[0][1].set()
        threads[0].join()
        a_registration(post)
        wait_until(lambda: len(post.outbox()) == 2)
        assert leaders(post) == 1
    finally:
        for (_, stop), thread in zip(runs, threads, strict=True):
            stop.set()
            thread.join()


def leaders(post: Post) -> int:
    row = post.connection.execute(
        "select count(*) from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory'"
        " and l.granted and a.application_name = 'portail clock' and a.datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0])


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.rule("T12")
def test_driving_the_same_mails_again_never_fills_the_broker(redis_url: str) -> None:
    queue = DeliveryQueue(redis_url, lambda _id: None)
    try:
        left_behind = [uuid4() for _ in range(MOST_WAITING // 2 + 1)]
        for _ in range(10):
            queue.enqueue(left_behind[: queue.room()])
        assert queue.broker.do_qsize("default") == MOST_WAITING
        assert queue.room() == 0
    finally:
        queue.close()


@pytest.mark.rule("T12")
def test_a_broker_that_is_silent_holds_the_clock_up_once_not_for_each_mail(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        queue = DeliveryQueue(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", post.delivery.deliver)
        begun = time.monotonic()
        for _ in range(5):
            queue.enqueue([uuid4()])
        assert time.monotonic() - begun < 5
        assert queue.room() == 0


@pytest.mark.rule("T14")
def test_what_waits_in_the_broker_holds_ids_alone(post: Post, redis_url: str) -> None:
    post.school.registration(
        post.school.client(email="lea.tremblay@example.com", last_name="Ouellet-Tremblay"),
        post.school.activity(),
    )
    post.react()

    def failing(_id: UUID) -> None:
        raise RuntimeError("lea.tremblay@example.com")

    queue = DeliveryQueue(redis_url, failing)
    worker = queue.worker(1)
    try:
        queue.enqueue(post.woken)
        waiting = dump(queue)
        assert str(post.woken[0]).encode() in waiting, "the search finds what is there"
        worker.start()
        queue.broker.join("default", timeout=10_000)
        everything = waiting + dump(queue)
    finally:
        worker.stop()
        queue.close()
    for token in (b"lea.tremblay", b"Ouellet", b"RuntimeError", b"Traceback"):
        assert token not in everything


def dump(queue: DeliveryQueue) -> bytes:
    """Everything the broker holds, in clear."""
    client: Any = queue.broker.client
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"string": lambda key: [client.get(key)],
    }
    return b"\n".join(value for key in client.keys("*") for value in readers[client.type(key)](key))
