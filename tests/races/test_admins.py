"""Two admins take each other's role away at the same moment, on connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.kernel import Refused, Role
from aggregates.staff.refusals import LastAdmin
from aggregates.staff.state import ADMINS, ADMINS_ID, STAFF, StaffUser
from commands.access import ForbiddenError
from commands.message import Act, Answer, Command
from commands.staff.add_staff import AddStaff
from commands.staff.change_staff import ChangeStaff
from commands.staff.remove_staff import RemoveStaff
from schema.store import Change
from tests.support.write_side import ADMIN, School, principal, school_on

pytestmark = pytest.mark.rule("STF-1")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def admin(school: School, name: str) -> UUID:
    wish = AddStaff(name=name, email=f"{name}@example.com", roles=(Role.ADMIN, Role.OFFICE))
    return school.send(wish, ADMIN).made["staff"]


def removed(name: str, staff: UUID) -> Command:
    return RemoveStaff(staff=staff)


def demoted(name: str, staff: UUID) -> Command:
    return ChangeStaff(
        staff=staff, seen_version=1, name=name, email=f"{name}@example.com", roles=(Role.OFFICE,)
    )


def each_other(school: School, wishes: list[tuple[UUID, Command]]) -> list[Any]:
    """What each is answered when both have decided before either appends."""
    together = threading.Barrier(len(wishes))
    whole = school.side.dispatcher
    handlers = dict(whole.handlers)

    def waiting(kind: type[Command]) -> None:
        decided = set[UUID]()

        def handle(command: Any, act: Act) -> list[Change]:
            changes = whole.handlers[kind](command, act)
            if act.command_id not in decided:
                decided.add(act.command_id)
                together.wait(10)
            return changes

        handlers[kind] = handle

    for kind in {type(command) for _, command in wishes}:
        waiting(kind)
    dispatcher = replace(whole, handlers=handlers)

    def send(wish: tuple[UUID, Command]) -> Any:
        try:
            return dispatcher.dispatch(wish[1], principal(Role.ADMIN, user=wish[0]), uuid4())
        except (Refused, ForbiddenError) as refused:
            return refused

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(send, wishes))


@pytest.mark.parametrize("take", [(removed, removed), (removed, demoted), (demoted, demoted)])
@pytest.mark.parametrize("others", [0, 1])
def test_one_of_two_who_take_each_others_role_loses(school: School, take: Any, others: int) -> None:
    aimee, luc = admin(school, "aimee"), admin(school, "luc")
    for _ in range(others):
        admin(school, "eve")
    outcomes = each_other(school, [(aimee, take[0]("luc", luc)), (luc, take[1]("aimee", aimee))])
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ForbiddenError | LastAdmin) for outcome in outcomes) == 1
    named = school.side.store.load([ADMINS.at(ADMINS_ID)])[0].state.named
    assert len(named) == 1 + others
    for loaded in school.side.store.load([STAFF.at(staff) for staff in (aimee, luc)]):
        listed = isinstance(loaded.state, StaffUser) and Role.ADMIN in loaded.state.roles
        assert listed is (loaded.id in named)
