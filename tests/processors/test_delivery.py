"""The outbox: once per cause, again after a failure, never a header too many (COM-1, COM-3)."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

import orjson
import psycopg
import pytest

from commands.clients.remove_dossier import RemoveDossier
from processors.runtime.delivery import MOST_TRIES, Delivery
from processors.runtime.mail_server import MailServer
from processors.runtime.queue import DeliveryQueue
from processors.runtime.wordings import one_line
from schema.clock import business_clock
from schema.keys import Keyring, unseal
from schema.log import EventLog
from schema.pools import sync_pool
from schema.store import Store
from tests.processors.post import WITHOUT_ACCOUNTS, Post, locked_meanwhile
from tests.support.builders import dossier_deactivated
from tests.support.write_side import VAULT


def registered(post: Post, **client: object) -> UUID:
    activity = post.school.activity()
    who = post.school.client(**client)
    post.school.registration(who, activity)
    return who


@pytest.mark.rule("COM-3")
def test_reading_the_log_again_makes_no_second_mail(post: Post) -> None:
    registered(post)
    post.react_and_deliver()
    post.connection.execute("update processors set position = 0")
    post.react_and_deliver()
    assert len(post.sink.mails) == 1
    assert len(post.outbox()) == 1


@pytest.mark.rule("COM-3")
def test_a_crash_between_commit_and_wake_up_loses_nothing(post: Post) -> None:
    registered(post)
    post.react()
    post.woken.clear()
    for id_ in post.due():
        post.delivery.deliver(id_)
    assert len(post.sink.mails) == 1


@pytest.mark.rule("COM-3")
def test_many_workers_woken_for_one_mail_send_it_once(post: Post) -> None:
    registered(post)
    post.react()
    workers = [threading.Thread(target=post.delivery.deliver, args=(post.woken[0],)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(post.sink.mails) == 1


@pytest.mark.rule("COM-1")
def test_a_temporary_refusal_is_tried_again_later(post: Post) -> None:
    registered(post)
    post.sink.answers.append("451 try later")
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "to_send", "smtp_451")]
    assert post.due() == []
    post.redrive()
    assert post.outbox() == [("registration_confirmed", "sent", None)]


@pytest.mark.rule("COM-1")
def test_a_refusal_for_good_has_come_back(post: Post) -> None:
    registered(post)
    post.sink.answers.append("550 no such user")
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "bounced", "smtp_550")]
    post.due_now()
    assert post.due() == []


@pytest.mark.rule("COM-3")
def test_a_lost_answer_sends_it_again_under_the_same_message_id(post: Post) -> None:
    registered(post)
    post.sink.answers.append("lost")
    post.react_and_deliver()
    post.redrive()
    first, second = post.sink.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert post.outbox() == [("registration_confirmed", "sent", None)]


@pytest.mark.rule("COM-3")
def test_a_dead_workers_lease_runs_out_and_another_takes_over(post: Post) -> None:
    registered(post)
    post.react()
    post.connection.execute(
        "update outbox set state = 'claimed', lease = gen_random_uuid(), lease_until = now() + interval '1 m'"
    )
    post.deliver()
    assert not post.sink.mails
    post.connection.execute("update outbox set lease_until = now() - interval '1 s'")
    post.woken.extend(post.due())
    post.deliver()
    assert len(post.sink.mails) == 1


@pytest.mark.rule("DOS-6")
def test_a_client_without_address_leaves_a_failed_row_to_be_seen(post: Post) -> None:
    registered(post, email=None)
    post.react_and_deliver()
    assert post.outbox() == [("registration_confirmed", "failed", "no_address")]


@pytest.mark.rule("COM-3")
def test_a_mail_waits_for_the_views_to_show_its_cause(post: Post) -> None:
    registered(post)
    while post.runtime.step(post.connection) or post.runtime.fire(post.connection):
        pass
    post.deliver()
    assert post.outbox() == [("registration_confirmed", "to_send", "views_behind")]


def test_what_was_sent_is_kept_under_the_clients_contact_key(post: Post) -> None:
    client = registered(post, email="lea@example.com")
    post.react_and_deliver()
    row = post.connection.execute("select id, sealed from outbox").fetchone()
    assert row is not None
    id_, sealed = row
    assert b"lea@example.com" not in sealed
    ring = Keyring()
    ring.add(post.school.side.store.log.newest_keys([client]), VAULT)
    kept = orjson.loads(unseal(ring.for_writing(client, "contact").key, sealed, b"outbox" + id_.bytes))
    assert kept["to"] == "lea@example.com"


def test_a_new_processor_sends_nothing_for_the_past(post: Post) -> None:
    registered(post)
    post.connection.execute("delete from processors")
    post.runtime.start(post.connection)
    post.react_and_deliver()
    assert post.outbox() == []


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x00", "\x0b", "\x85", "\u2028", "\u2029"])
def test_no_line_break_of_any_kind_enters_a_header(end: str) -> None:
    assert one_line(f"Léa{end}Bcc: victim@example.com") == "Léa Bcc: victim@example.com"


def test_markup_in_a_name_stays_text(post: Post) -> None:
    registered(post, first_name="<script>alert(1)</script>{{ 7*7 }}")
    post.react_and_deliver()
    html = post.sink.mails[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in html
    assert "{{ 7*7 }}" in html


@pytest.mark.rule("COM-1")
def test_workers_on_the_real_queue_send_what_was_enqueued(post: Post, redis_url: str) -> None:
    registered(post)
    post.react()
    queue = DeliveryQueue(redis_url, post.delivery.deliver)
    worker = queue.worker(2)
    worker.start()
    try:
        queue.enqueue(post.woken)
        queue.broker.join("default", timeout=10_000)
        worker.join()
    finally:
        worker.stop()
        queue.close()
    assert len(post.sink.mails) == 1


def test_a_broker_that_is_away_fails_nothing(post: Post) -> None:
    queue = DeliveryQueue("redis://127.0.0.1:1/0", post.delivery.deliver)
    queue.enqueue([UUID(bytes=os.urandom(16))])


@pytest.mark.rule("COM-3")
def test_a_poisoned_event_parks_the_processors_at_its_place(post: Post) -> None:
    registered(post)
    with psycopg.connect(post.url, autocommit=True) as connection:
        connection.execute("update events set topic = 'client.unheard_of' where topic = 'client.registered'")
    while post.runtime.step(post.connection) or post.runtime.fire(post.connection):
        pass
    rows = post.connection.execute("select parked_error from processors").fetchall()
    assert rows == [("UnknownTopicError",)] * len(WITHOUT_ACCOUNTS)
    assert post.outbox() == []


@pytest.mark.rule("COM-3")
def test_waiting_for_the_views_uses_up_no_try(post: Post) -> None:
    registered(post)
    while post.runtime.step(post.connection) or post.runtime.fire(post.connection):
        pass
    post.connection.execute(
        "update read_models set parked_since = now(), parked_position = 1, parked_error = 'x'"
    )
    for _ in range(MOST_TRIES + 2):
        post.woken.extend(post.due())
        post.deliver()
        post.due_now()
    assert post.outbox() == [("registration_confirmed", "to_send", "views_behind")]
    post.connection.execute(
        "update read_models set parked_since = null, parked_position = null, parked_error = null"
    )
    post.catch_up()
    post.redrive()
    assert post.outbox() == [("registration_confirmed", "sent", None)]
    assert len(post.sink.mails) == 1


@pytest.mark.rule("COM-3")
def test_a_worker_whose_lease_ran_out_while_it_wrote_sends_nothing(post: Post) -> None:
    registered(post)
    post.react()

    def slow_clock() -> datetime:
        post.connection.execute("update outbox set lease_until = now()")
        return datetime.now(UTC)

    post.delivery_to(post.sink.url, clock=slow_clock).deliver(post.woken[0])
    assert not post.sink.mails
    assert post.due() == post.woken
    post.deliver()
    assert post.outbox() == [("registration_confirmed", "sent", None)]


@pytest.mark.rule("COM-3")
def test_a_worker_that_was_overtaken_changes_nothing_any_more(post: Post) -> None:
    registered(post)
    post.react()

    def overtaken_clock() -> datetime:
        post.connection.execute("update outbox set lease = gen_random_uuid()")
        return datetime.now(UTC)

    post.delivery_to(post.sink.url, clock=overtaken_clock).deliver(post.woken[0])
    assert post.outbox() == [("registration_confirmed", "claimed", None)]
    assert not post.sink.mails


@pytest.mark.rule("DOS-11")
@pytest.mark.rule("T14")
def test_a_client_erased_since_the_views_were_read_gets_nothing(post: Post) -> None:
    client, activity = post.school.client(), post.school.activity()
    post.school.registration(client, activity)
    post.react()
    post.log.given((client, dossier_deactivated(client)))
    post.deliver()
    assert post.outbox() == [("registration_confirmed", "dropped", "KeyDestroyedError")]
    assert not post.sink.mails


@pytest.mark.rule("DOS-11")
@pytest.mark.rule("T14")
def test_what_was_sent_to_a_client_can_not_be_read_once_the_key_is_destroyed(post: Post) -> None:
    client = registered(post, email="lea@example.com")
    post.react_and_deliver()
    registration = post.connection.execute("select params->>'registration' from outbox").fetchone()
    assert registration is not None
    post.school.cancelled(client, UUID(registration[0]))
    post.school.send(RemoveDossier(client=client))
    keys = post.school.side.store.log.newest_keys([client])
    assert keys[client, "contact"][1] is None


@pytest.mark.rule("COM-3")
def test_a_worker_never_holds_one_connection_while_it_waits_for_another(post: Post) -> None:
    """Else all workers that end at once would wait for each other, after their mails have left."""
    registered(post)
    post.react()
    with sync_pool(post.url, 1) as pool:
        Delivery(
            post.reads,
            pool,
            Store(EventLog(pool), VAULT),
            MailServer(post.sink.url, "ecole@example.com"),
            public_url="https://portail.example.com",
            clock=business_clock(pool, settable=True),
        ).deliver(post.woken[0])
    assert post.outbox() == [("registration_confirmed", "sent", None)]


@pytest.mark.rule("COM-3")
def test_a_yes_that_was_heard_is_kept_while_somebody_holds_a_lock(post: Post) -> None:
    registered(post)
    post.react()
    with locked_meanwhile(post, seconds=3.5):
        post.deliver()
    assert post.outbox() == [("registration_confirmed", "sent", None)]
    assert len(post.sink.mails) == 1


@pytest.mark.rule("COM-3")
def test_a_yes_that_was_heard_is_kept_while_no_connection_is_to_be_had(post: Post) -> None:
    registered(post)
    post.react()
    taken = threading.Event()
    with sync_pool(post.url, 1) as pool:

        def hold() -> None:
            with pool.connection():
                taken.set()
                time.sleep(2.5)

        holder = threading.Thread(target=hold)

        def arrived() -> datetime:
            holder.start()
            assert taken.wait(5)
            return datetime.now(UTC)

        post.sink.clock = arrived
        Delivery(
            post.reads,
            pool,
            Store(EventLog(pool), VAULT),
            MailServer(post.sink.url, "ecole@example.com"),
            public_url="https://portail.example.com",
            clock=business_clock(pool, settable=True),
        ).deliver(post.woken[0])
        holder.join()
    assert post.outbox() == [("registration_confirmed", "sent", None)]
    assert len(post.sink.mails) == 1
