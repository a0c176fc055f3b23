"""An erasure is done once every store has answered; each store that can hold something is known (DOS-11)."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import redis

from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.staff.remove_staff import RemoveStaff
from processors.runtime import erasing
from processors.runtime.broker import holds_ids_only
from processors.runtime.erasing import carry_out
from processors.runtime.erasing_stores import HELD_IN, NOTHING_PERSONAL, STORES, VACUUM
from processors.runtime.queue import DeliveryQueue
from schema import notary
from service.erasing import outside_stores
from service.settings import Settings
from service.verify import seal_key_of
from tests.processors.post import Post
from tests.support.write_side import ADMIN

pytestmark = pytest.mark.rule("DOS-11")


def erase(post: Post, **outside: int | None) -> int:
    """One round; how many are left open."""
    stores = {name: (lambda _erasure, told=told: told) for name, told in outside.items()}
    return carry_out(post.connection, post.school.side.clock(), stores)


def receipts(post: Post, person: UUID) -> dict[str, int]:
    rows = post.connection.execute(
        "select store, forgotten from erasure_receipts r join erasures e on e.id = r.erasure"
        " where person = %s",
        (person,),
    )
    return dict(rows.fetchall())


def removed(post: Post) -> UUID:
    """A client who was written to and is removed; the last mail has left."""
    client = post.school.client()
    registration = post.school.registration(client, post.school.activity())
    post.react_and_deliver()
    post.school.cancelled(client, registration)
    post.school.send(RemoveDossier(client=client))
    post.react_and_deliver()
    return client


def test_every_store_gives_its_receipt_and_then_it_is_done(post: Post) -> None:
    client = removed(post)
    assert erase(post) == 0
    told = receipts(post, client)
    assert told.keys() == STORES.keys() | {VACUUM}
    assert (told["keys"], told["mails"]) == (1, 1)
    assert erase(post) == 0, "once more is once"
    done = post.connection.execute("select done_at is not null from erasures").fetchall()
    assert done == [(True,)]


def test_one_store_that_cannot_answer_leaves_it_open_and_keeps_no_other_from_it(post: Post) -> None:
    """A view parked before the event, a key that is there again, a broker that is away."""
    client = removed(post)
    post.connection.execute("update read_models set position = 1 where name = 'roster'")
    planted = "update keys set wrapped = %s where person = %s and scope = 'contact'"
    post.connection.execute(planted, (b"planted", client))
    assert erase(post, broker=None) == 1
    assert receipts(post, client).keys() == STORES.keys() - {"keys", "read_models"}
    post.connection.execute("update read_models set position = (select max(position) from events)")
    post.connection.execute(planted, (None, client))
    assert erase(post, broker=3) == 0
    assert receipts(post, client)["broker"] == 3


def test_the_vacuum_waits_for_who_still_sees_what_was_deleted(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_PATIENCE", 0.1)
    removed(post)
    with psycopg.connect(post.url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1 from events").fetchone()
        assert erase(post) == 1
    assert erase(post) == 0


@pytest.mark.rule("DOS-9")
def test_what_a_restored_dossier_has_anew_stays(post: Post) -> None:
    client = removed(post)
    post.school.send(RestoreDossier(client=client, email="zoe@example.com", country="CA"))
    post.school.registration(client, post.school.activity("Autre"))
    post.react_and_deliver()
    assert erase(post) == 0
    kept = post.connection.execute(
        "select count(*) from outbox where person = %s and sealed is not null", (client,)
    ).fetchone()
    assert kept == (1,)


def test_who_leaves_the_staff_is_erased_by_the_same_way(post: Post) -> None:
    user = UUID(int=77)
    post.school.employ(user)
    post.school.send(RemoveStaff(staff=user), ADMIN)
    post.react()
    assert erase(post) == 0
    assert receipts(post, user)["keys"] == 1


def test_every_table_is_known_to_hold_something_or_nothing(database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert {name for (name,) in rows} == HELD_IN.keys() | NOTHING_PERSONAL.keys()
    assert not HELD_IN.keys() & NOTHING_PERSONAL.keys()
    assert set(HELD_IN.values()) <= STORES.keys()


def test_the_broker_answers_as_long_as_it_holds_ids(redis_url: str, post: Post) -> None:
    queue = DeliveryQueue(redis_url, post.delivery.deliver)
    queue.enqueue([UUID(int=n) for n in range(3)])
    assert holds_ids_only(redis_url) == 3
    with redis.Redis.from_url(redis_url) as line:
        message = {"args": ["zoe@example.com"], "kwargs": {}, "options": {}}
        line.hset("portail:default.DQ.msgs", "x", json.dumps(message))
    assert holds_ids_only(redis_url) is None
    queue.close()


def test_the_ledger_names_nobody_but_by_an_id(post: Post, redis_url: str, tmp_path: Path) -> None:
    client = removed(post)
    settings = Settings(mode="test", data_dir=tmp_path, database_url=post.url, redis_url=redis_url)
    outside = outside_stores(settings)
    assert carry_out(post.connection, post.school.side.clock(), outside) == 0
    (line,) = notary.read(settings.notary_file, seal_key_of(settings).public_key())
    position = post.connection.execute("select position::text from erasures").fetchone()
    assert line.kind == "erasure"
    assert {name: line.fields[name] for name in ("person", "scopes", "topic", "marked")} == {
        "person": str(client),
        "scopes": ["contact"],
        "topic": "client.dossier_deactivated",
        "marked": False,
    }
    assert (line.fields["position"],) == position
    assert receipts(post, client)["ledger"] == 1
