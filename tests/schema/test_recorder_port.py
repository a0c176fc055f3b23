"""Our recorder and mapper stand behind the library's ports and pass its own tests."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any
from unittest.mock import MagicMock, patch
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import (
    DatabaseError,
    EventStore,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
)
from psycopg_pool import ConnectionPool

from aggregates.workshop.events import SeatFreed, SeatTaken
from schema.envelope import Recorded
from schema.log import EventLog
from schema.mapper import FactMapper
from schema.pools import sync_pool
from schema.store import Store
from tests.support.facts import ENVELOPE
from tests.support.write_side import VAULT

with patch.dict(sys.modules, {"eventsourcing.cipher": MagicMock()}):
    # The library's test module imports its cipher, which wants a package that no recorder test needs.
    from eventsourcing.tests.persistence import ApplicationRecorderTestCase


class RankedLog(EventLog):
    """Shows positions as ranks 1, 2, 3…, the ids that the library's tests count on."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        return [self._rank(p) for p in super().insert_events(stored_events, **kwargs)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        found = super().select_notifications(
            None if start is None else self._position(start),
            limit,
            None if stop is None else self._position(stop),
            topics,
            inclusive_of_start=inclusive_of_start,
        )
        return [
            Notification(n.originator_id, n.originator_version, n.topic, n.state, self._rank(n.id))
            for n in found
        ]

    def max_notification_id(self) -> int | None:
        highest = super().max_notification_id()
        return None if highest is None else self._rank(highest)

    def _rank(self, position: int) -> int:
        with self.connection() as connection:
            row = connection.execute(
                "select count(*) from events where position <= %s", (position,)
            ).fetchone()
        assert row is not None
        return int(row[0])

    def _position(self, rank: int) -> int:
        """0 before the first, past the last beyond it."""
        if rank == 0:
            return 0
        with self.connection() as connection:
            row = connection.execute(
                "select position from events order by position offset %s limit 1", (rank - 1,)
            ).fetchone()
        return 2**62 if row is None else int(row[0])


class TestApplicationRecorder(ApplicationRecorderTestCase[RankedLog]):
    """The library's own test case, subscriptions too."""

    pool: ConnectionPool[Any]

    @pytest.fixture(autouse=True)
    def _on_a_database(self, database: str) -> Any:
        with sync_pool(database, 12) as self.pool:
            yield

    def create_recorder(self) -> RankedLog:
        return RankedLog(self.pool)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


def taken() -> SeatTaken:
    return SeatTaken(registration=uuid4(), client=uuid4(), retake=False)


def count(_before: int | None, events: Iterable[Recorded]) -> int | None:
    """How many seats are taken; None when there is no event."""
    facts = [recorded.fact for recorded in events]
    return sum(isinstance(f, SeatTaken) - isinstance(f, SeatFreed) for f in facts) if facts else None


def event_store(store: Store) -> EventStore[UUID]:
    return EventStore(FactMapper(VAULT), store.log)


def test_the_librarys_event_store_and_repository_work_over_our_mapper(store: Store) -> None:
    stream, events = uuid4(), event_store(store)
    first = taken()
    facts = [first, taken(), SeatFreed(registration=first.registration, client=first.client)]
    recordings = events.put([Recorded(stream, n, 0, ENVELOPE, f) for n, f in enumerate(facts, 1)])
    assert [r.domain_event.fact for r in recordings] == facts  # type: ignore[attr-defined]
    assert [r.fact for r in events.get(stream)] == facts  # type: ignore[attr-defined]
    repository: Any = Repository(events)
    assert repository.get(stream, projector_func=count) == 1
    assert repository.get(stream, version=2, projector_func=count) == 2
    with pytest.raises(AggregateNotFoundError):
        repository.get(uuid4(), projector_func=count)


def test_what_the_library_wrote_our_store_reads(store: Store) -> None:
    events, stream, fact = event_store(store), uuid4(), taken()
    events.put([Recorded(stream, 1, 0, ENVELOPE, fact)])
    (row,) = store.read_after(0, 10)
    recorded = store.decode(row)
    assert recorded.fact == fact
    assert recorded.envelope_bytes == ENVELOPE


class TestErrorsAreTheLibrarysOwn:
    def test_a_clash_is_named_by_its_constraint(self, store: Store) -> None:
        events, stream = event_store(store), uuid4()
        events.put([Recorded(stream, 1, 0, ENVELOPE, taken())])
        with pytest.raises(IntegrityError, match=r"^one_event_per_version$") as caught:
            events.put([Recorded(stream, 1, 0, ENVELOPE, taken())])
        assert caught.value.__cause__ is not None

    def test_a_lost_connection_is_operational(self, store: Store) -> None:
        with pytest.raises(OperationalError), store.log.connection() as connection:
            connection.execute("select pg_terminate_backend(pg_backend_pid())")

    def test_a_wrong_value_is_a_database_error(self, store: Store) -> None:
        with pytest.raises(DatabaseError) as caught, store.log.connection() as connection:
            connection.execute("select 1 / 0")
        assert not isinstance(caught.value, OperationalError)
