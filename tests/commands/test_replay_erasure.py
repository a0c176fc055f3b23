"""What the ledger tells is done again, whatever stands in the restored log (DOS-11, T16)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from aggregates.client.state import CLIENT, DeactivatedDossier, ErasedDossier
from aggregates.kernel import Role
from aggregates.staff.state import STAFF, FormerStaff
from commands.access import SYSTEM, ForbiddenError
from commands.clients.replay_erasure import ReplayErasure
from commands.staff.add_staff import AddStaff
from commands.workshops.join_waiting_list import JoinWaitingList
from service.verify import claims_check
from tests.support.write_side import ADMIN, VAULT, School, school_on

pytestmark = pytest.mark.rule("DOS-11", "T16")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def replay(person: UUID, *, whole: bool = False, marked: bool = False) -> ReplayErasure:
    return ReplayErasure(person=person, whole=whole, marked=marked)


def test_open_money_and_places_of_that_moment_stop_nothing(school: School) -> None:
    owing, waiting = school.client(), school.client(email="zoe@example.com")
    activity = school.activity()
    full = school.workshop(activity, capacity=1)
    school.registration(owing, activity, full)
    school.send(JoinWaitingList(client=waiting, workshop=full))
    assert school.send(replay(owing), SYSTEM).made == {"deactivated": owing}
    assert school.send(replay(waiting, whole=True, marked=True), SYSTEM).made == {"erased": waiting}
    assert isinstance(school.state(CLIENT.at(owing)), DeactivatedDossier)
    gone = school.state(CLIENT.at(waiting))
    assert isinstance(gone, ErasedDossier)
    assert gone.suppressed is not None
    with school.side.store.log.connection() as connection, connection.transaction():
        assert claims_check(VAULT)(connection) is None


def test_who_is_erased_already_or_was_never_there_stays_so(school: School) -> None:
    client = school.client()
    school.send(replay(client), SYSTEM)
    for person in (client, uuid4()):
        before = school.facts(CLIENT.at(person))
        school.send(replay(person, whole=True), SYSTEM)
        assert school.facts(CLIENT.at(person)) == before


def test_the_last_admin_leaves_again_too(school: School) -> None:
    user = school.send(
        AddStaff(name="Monique Roy", email="monique@example.com", roles=(Role.ADMIN,)), ADMIN
    ).made["staff"]
    school.send(replay(user), SYSTEM)
    assert isinstance(school.state(STAFF.at(user)), FormerStaff)


def test_nobody_asks_for_it_but_the_portal(school: School) -> None:
    with pytest.raises(ForbiddenError):
        school.send(replay(school.client()))
