"""To-dos go to a responsibility: whoever settings give it to may act, office where they give it to nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.catalogue.settings import Responsibility, SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Refused, Role
from aggregates.staff.refusals import NoSuchStaff, StaffHasLeft
from commands.access import RESPONSIBLE, ForbiddenError
from commands.catalogue.change_settings import ChangeSettings
from commands.mailing.approve_mailing import ApproveMailing
from commands.message import Command
from commands.registrations.reopen_place import ReopenPlace
from commands.registrations.send_phase_letter import SendPhaseLetter
from commands.staff.add_staff import AddStaff
from commands.staff.remove_staff import RemoveStaff
from commands.workshops.send_tax_receipts import SendTaxReceipts
from tests.support.command_samples import sample
from tests.support.write_side import ADMIN, School, principal, school_on

DOORS = [
    pytest.param(Responsibility.MISSING_PLACES, sample(ReopenPlace), marks=pytest.mark.rule("INS-14")),
    pytest.param(Responsibility.PHASE_LETTERS, sample(SendPhaseLetter), marks=pytest.mark.rule("ATT-2")),
    pytest.param(Responsibility.TAX_RECEIPTS, sample(SendTaxReceipts), marks=pytest.mark.rule("FAC-7")),
    pytest.param(Responsibility.ROSTER_MAILS, sample(ApproveMailing), marks=pytest.mark.rule("COM-7")),
]
"""Each act and the responsibility it belongs to; the samples are about things that nobody has."""


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def given(school: School, responsibility: Responsibility, holder: UUID | Role) -> None:
    """The settings give it to this staff user or role."""
    loaded = school.side.store.load([SETTINGS.at(SETTINGS_ID)])[0]
    wanted = loaded.state.model_copy(update={"responsibilities": {responsibility: holder}})
    school.send(ChangeSettings(seen_version=loaded.version, settings=wanted), ADMIN)


def may(school: School, command: Command, *roles: Role, user: UUID | None = None) -> bool:
    """Whether they get as far as being told that there is no such thing."""
    try:
        school.send(command, principal(*roles, user=user))
    except ForbiddenError:
        return False
    except Refused:
        return True
    raise AssertionError("the sample is about something that exists")


def who_may(school: School, command: Command) -> set[Role]:
    return {role for role in Role if role is not Role.SYSTEM and may(school, command, role)}


@pytest.mark.parametrize(("responsibility", "command"), DOORS)
class TestWhoMay:
    def test_office_where_it_was_given_to_nobody(
        self, school: School, responsibility: Responsibility, command: Command
    ) -> None:
        assert who_may(school, command) == {Role.OFFICE}
        assert may(school, command, Role.TRAINER, Role.OFFICE)

    @pytest.mark.parametrize("role", RESPONSIBLE)
    def test_the_role_it_was_given_to_and_office_no_more(
        self, school: School, responsibility: Responsibility, command: Command, role: Role
    ) -> None:
        given(school, responsibility, role)
        assert who_may(school, command) == {role}

    def test_the_staff_user_it_was_given_to_whatever_their_role(
        self, school: School, responsibility: Responsibility, command: Command
    ) -> None:
        wish = AddStaff(name="Monique", email="monique@example.com", roles=(Role.TRAINER,))
        monique = school.send(wish, ADMIN).made["staff"]
        given(school, responsibility, monique)
        assert who_may(school, command) == set()
        assert may(school, command, Role.TRAINER, user=monique)

    def test_another_responsibility_opens_nothing(
        self, school: School, responsibility: Responsibility, command: Command
    ) -> None:
        given(school, Responsibility.DELIVERY_ERRORS, Role.TRAINER)
        assert who_may(school, command) == {Role.OFFICE}


@pytest.mark.rule("STF-1")
class TestGiving:
    def test_who_leaves_hands_it_to_office(self, school: School) -> None:
        users = [
            school.send(AddStaff(name=n, email=f"{n}@example.com", roles=(Role.OFFICE,)), ADMIN).made["staff"]
            for n in ("monique", "luc")
        ]
        held = dict(zip((Responsibility.PHASE_LETTERS, Responsibility.ROSTER_MAILS), users, strict=True))
        wanted = SchoolSettings(responsibilities=held, proof_hours=40)
        school.send(ChangeSettings(seen_version=0, settings=wanted), ADMIN)
        for _ in range(2):
            school.send(RemoveStaff(staff=users[0]), ADMIN)
        loaded = school.side.store.load([SETTINGS.at(SETTINGS_ID)])[0]
        assert (loaded.version, loaded.state.proof_hours) == (2, 40)
        assert loaded.state.responsibilities == {Responsibility.ROSTER_MAILS: users[1]}
        assert loaded.state.holder_of(Responsibility.PHASE_LETTERS) is Role.OFFICE

    def test_it_is_given_to_somebody_who_is_there(self, school: School) -> None:
        wish = AddStaff(name="Monique", email="monique@example.com", roles=(Role.OFFICE,))
        left = school.send(wish, ADMIN).made["staff"]
        school.send(RemoveStaff(staff=left), ADMIN)
        for nobody, refusal in ((uuid4(), NoSuchStaff), (left, StaffHasLeft)):
            wanted = SchoolSettings(responsibilities={Responsibility.PHASE_LETTERS: nobody})
            with pytest.raises(refusal):
                school.send(ChangeSettings(seen_version=0, settings=wanted), ADMIN)

    @pytest.mark.parametrize("role", sorted(set(Role) - set(RESPONSIBLE)))
    def test_a_role_that_writes_nothing_holds_none(self, role: Role) -> None:
        body = {"seen_version": 0, "settings": {"responsibilities": {"phase_letters": role}}}
        with pytest.raises(ValidationError):
            ChangeSettings.model_validate_json(json.dumps(body))
