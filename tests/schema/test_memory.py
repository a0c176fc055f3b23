"""What a process remembers of streams: nothing personal, and nothing that the log does not hold."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.client.state import CLIENT
from aggregates.kernel import Stream
from aggregates.workshop.events import SeatTaken
from aggregates.workshop.state import WORKSHOP, Planned, Workshop
from schema.append import Effect
from schema.memory import Memory
from schema.store import Change, Loaded, Store, WrongStreamError
from tests.schema.test_append import NO_PERSON, plan, row
from tests.support.builders import dossier_created, envelope


def seat(store: Store, workshop: Stream[Workshop], version: int) -> UUID:
    fact = SeatTaken(registration=uuid4(), client=NO_PERSON, retake=False)
    store.log.insert_events([row(workshop.id, version, fact)])
    return fact.registration


def planned(store: Store) -> Stream[Workshop]:
    workshop = WORKSHOP.at(uuid4())
    store.log.insert_events([row(workshop.id, 1, plan(60))])
    return workshop


def seats(store: Store, workshop: Stream[Workshop]) -> list[UUID]:
    (loaded,) = store.load([workshop])
    assert isinstance(loaded.state, Planned)
    assert loaded.version == len(loaded.facts) == 1 + len(loaded.state.seats)
    return list(loaded.state.seats)


def test_a_second_load_sees_what_another_process_appended(store: Store) -> None:
    workshop = planned(store)
    first = seat(store, workshop, 2)
    assert seats(store, workshop) == [first]
    second = seat(store, workshop, 3)
    assert seats(store, workshop) == [first, second] == seats(Store(store.log, store.vault), workshop)


def test_a_log_set_back_by_a_restore_is_read_anew(store: Store) -> None:
    """Without this look, the next append would leave a hole of one version."""
    workshop = planned(store)
    kept = seat(store, workshop, 2)
    seat(store, workshop, 3)
    assert len(seats(store, workshop)) == 2
    with store.log.connection() as connection:
        connection.execute("delete from events where stream = %s and version = 3", (workshop.id,))
    assert seats(store, workshop) == [kept]
    other = seat(store, workshop, 3)
    assert seats(store, workshop) == [kept, other]


def test_an_earlier_state_is_there_after_a_second_load(store: Store) -> None:
    workshop = planned(store)
    first = seat(store, workshop, 2)
    seats(store, workshop)
    seat(store, workshop, 3)
    (loaded,) = store.load([workshop])
    assert list(loaded.as_of(2).seats) == [first]


def test_a_remembered_id_of_another_kind_is_refused(store: Store) -> None:
    workshop = planned(store)
    seats(store, workshop)
    with pytest.raises(WrongStreamError):
        store.load([CLIENT.at(workshop.id)])


@pytest.mark.rule("DOS-11")
def test_nothing_personal_is_remembered(store: Store) -> None:
    person = uuid4()
    new = Loaded(CLIENT.at(person), 0, CLIENT.initial)
    store.append([Change(new, [dossier_created(person)])], envelope(), Effect())
    workshop = planned(store)
    store.load([CLIENT.at(person), workshop])
    assert store.memory.get(workshop.id) is not None
    assert store.memory.get(person) is None


def test_what_was_not_used_for_longest_goes_first() -> None:
    memory: Memory[str] = Memory(most=2)
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    memory.keep(one, "one")
    memory.keep(two, "two")
    assert memory.get(one) == "one"
    memory.keep(three, "three")
    assert (memory.get(one), memory.get(two), memory.get(three)) == ("one", None, "three")
