"""One append is one statement: all of it or nothing, and the version is told first."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError

from aggregates.client.state import CLIENT
from aggregates.kernel import Fact
from aggregates.workshop.events import SeatFreed, SeatTaken, WorkshopPlanned
from aggregates.workshop.state import WORKSHOP
from schema.append import MAX_EVENTS, Claim, CommandRecord, Effect
from schema.mapper import StoredFact
from schema.store import Store, WrongStreamError
from schema.topics import UnknownTopicError
from tests.support.facts import ENVELOPE

NO_PERSON = uuid4()


def row(stream: UUID, version: int, fact: Fact | None = None, **other: Any) -> StoredFact:
    fact = fact or SeatTaken(registration=uuid4(), client=NO_PERSON, retake=False)
    values: dict[str, Any] = {
        "topic": fact.TOPIC,
        "state": fact.model_dump_json().encode(),
        "envelope": ENVELOPE,
    }
    return StoredFact(stream, version, **values | other)


def plan(capacity: int) -> WorkshopPlanned:
    return WorkshopPlanned(
        activity=uuid4(),
        venue=None,
        zone="America/Toronto",
        sessions=(),
        organiser=uuid4(),
        trainers=(),
        capacity=capacity,
        retake_limit=None,
        place_note=None,
        practical_note=None,
    )


def command(number: int = 1) -> CommandRecord:
    return CommandRecord(UUID(int=number), b"fingerprint", b"{}")


def claim(value: bytes = b"v", owner: UUID = NO_PERSON) -> Claim:
    return Claim("email", value, owner)


def counts(store: Store) -> tuple[int, int, int]:
    """Rows of events, claims and commands."""
    with store.log.connection() as connection:
        found = connection.execute(
            "select (select count(*) from events), (select count(*) from claims),"
            " (select count(*) from commands)"
        ).fetchone()
    assert found is not None
    events, claims, commands = found
    return events, claims, commands


class TestWhatIsToldWhenMuchClashes:
    @pytest.mark.parametrize("size", [1, 100], ids=["values", "unnest"])
    def test_the_version_first_then_nothing_was_stored(self, store: Store, size: int) -> None:
        stream = uuid4()
        effect = Effect(command=command(), take=[claim()])
        store.log.insert_events([row(stream, 1)], effect=effect)
        before = counts(store)
        with pytest.raises(IntegrityError, match=r"^one_event_per_version$"):
            store.log.insert_events([row(stream, n) for n in range(1, size + 1)], effect=effect)
        assert counts(store) == before

    def test_a_claim_alone(self, store: Store) -> None:
        store.log.insert_events([row(uuid4(), 1)], effect=Effect(take=[claim()]))
        with pytest.raises(IntegrityError, match=r"^one_owner_per_claim$"):
            store.log.insert_events([row(uuid4(), 1)], effect=Effect(take=[claim(owner=uuid4())]))
        assert counts(store)[:2] == (1, 1)

    def test_a_command_alone(self, store: Store) -> None:
        store.log.insert_events([row(uuid4(), 1)], effect=Effect(command=command()))
        with pytest.raises(IntegrityError, match=r"^one_effect_per_command$"):
            store.log.insert_events([row(uuid4(), 1)], effect=Effect(command=command()))
        assert counts(store) == (1, 0, 1)


class TestSizes:
    @pytest.mark.parametrize("size", [1, 64, 65, 300])
    def test_every_row_arrives_whole_in_the_order_given(self, store: Store, size: int) -> None:
        streams = [uuid4() for _ in range(7)]
        rows = [
            row(
                streams[n % 7],
                n // 7 + 1,
                person=uuid4() if n % 2 else None,
                identity=bytes((1, n % 256)) if n % 3 else None,
                contact=bytes((1, n % 251)) if n % 5 else None,
            )
            for n in range(size)
        ]
        positions = store.log.insert_events(rows, effect=Effect(command=command()))
        assert list(positions) == list(range(positions[0], positions[0] + size))
        read = store.read_after(0, size + 1)
        assert [shown(r) for r in read] == [shown(r) for r in rows]
        assert [r.position for r in read] == list(positions)
        found = store.log.command(UUID(int=1))
        assert found is not None
        assert found[2] == positions[-1]

    def test_4096_events_share_one_slot_and_4097_are_refused(self, store: Store) -> None:
        stream = uuid4()
        with pytest.raises(ValueError, match="at most 4096"):
            store.log.insert_events([row(stream, n) for n in range(1, MAX_EVENTS + 2)])
        positions = store.log.insert_events([row(stream, n) for n in range(1, MAX_EVENTS + 1)])
        after = store.log.insert_events([row(stream, MAX_EVENTS + 1)])
        assert positions[-1] - positions[0] == MAX_EVENTS - 1
        assert positions[-1] >> 12 == positions[0] >> 12 < after[0] >> 12

    def test_nothing_appends_nothing(self, store: Store) -> None:
        assert store.log.insert_events([]) == []
        assert counts(store) == (0, 0, 0)


def test_a_command_without_events_is_remembered_at_the_newest_position(store: Store) -> None:
    (position,) = store.log.insert_events([row(uuid4(), 1)])
    assert store.log.insert_events([], effect=Effect(command=command())) == [position]
    assert store.log.command(UUID(int=1)) == (b"fingerprint", b"{}", position)


def test_a_claim_moves_to_another_owner_in_one_append(store: Store) -> None:
    first, second = uuid4(), uuid4()
    store.log.insert_events([row(first, 1)], effect=Effect(take=[claim(owner=first)]))
    moved = Effect(release=[claim(owner=first)], take=[claim(owner=second)])
    store.log.insert_events([row(first, 2), row(second, 1)], effect=moved)
    assert store.log.claim_owner("email", b"v") == second


def test_streams_load_in_the_order_asked_and_an_unknown_one_is_at_version_0(store: Store) -> None:
    planned, other, unknown = uuid4(), uuid4(), uuid4()
    for stream, capacity in ((planned, 60), (other, 12)):
        store.log.insert_events([row(stream, 1, plan(capacity))])
    store.log.insert_events([row(planned, 2), row(planned, 3)])
    loaded = store.load([WORKSHOP.at(s) for s in (other, unknown, planned)])
    assert [(one.id, one.version) for one in loaded] == [(other, 1), (unknown, 0), (planned, 3)]
    assert loaded[1].state == WORKSHOP.initial
    assert loaded[2].state != loaded[2].as_of(2)


def test_a_stream_of_another_kind_is_not_taken_for_one(store: Store) -> None:
    stream = uuid4()
    store.log.insert_events([row(stream, 1)])
    with pytest.raises(WrongStreamError):
        store.load([CLIENT.at(stream)])


@pytest.mark.rule("T24")
def test_a_stored_fact_of_a_newer_release_stops_load_and_reader(store: Store) -> None:
    stream = uuid4()
    store.log.insert_events([row(stream, 1, topic=f"{SeatFreed.TOPIC}/2")])
    with pytest.raises(UnknownTopicError, match=f"{SeatFreed.TOPIC}/2"):
        store.load([WORKSHOP.at(stream)])
    (stored,) = store.read_after(0, 10)
    with pytest.raises(UnknownTopicError):
        store.decode(stored)


def shown(stored: StoredFact) -> tuple[Any, ...]:
    return (
        stored.originator_id,
        stored.originator_version,
        stored.topic,
        stored.state,
        stored.person,
        stored.identity,
        stored.contact,
        stored.envelope,
    )
