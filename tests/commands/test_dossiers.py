"""Dossiers at command height: opened once per person, removed, restored, their claims and keys along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.refusals import (
    AlreadyClient,
    BalanceNotZero,
    DossierNotActive,
    EmailTaken,
    NoSuchDossier,
    NotDeactivated,
    RegistrationsOpen,
)
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.kernel import ERASED, Currency, Money, Role
from aggregates.staff.refusals import StaffEmailTaken
from commands.access import ForbiddenError
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.registrations.register_client import RegisterClient
from commands.staff.add_staff import AddStaff
from commands.workshops.tick_attendance import TickAttendance
from tests.support.write_side import ADMIN, School, principal, school_on

FREE = (Money(minor=0, currency=Currency.CAD), Money(minor=0, currency=Currency.EUR))
LUC = {"last_name": "Lebœuf", "first_name": "Luc", "postal_code": "H2X 1Y4"}
LUC_FOLDED = {"last_name": "LE BOEUF", "first_name": "luc", "postal_code": "h2x1y4"}


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def state(school: School, client: UUID) -> Any:
    return school.side.store.load([CLIENT.at(client)])[0].state


def followed(school: School, client: UUID, **activity: Any) -> None:
    """A workshop in the client's past."""
    taught = school.activity(**activity)
    date = school.workshop(taught, starts=datetime.now(UTC) - timedelta(hours=3))
    registration = school.late_registration(client, taught, date)
    school.send(TickAttendance(workshop=date, registrations=(registration,)))


def deactivated(school: School, **changes: Any) -> UUID:
    client = school.client(**changes)
    followed(school, client, prices=FREE)
    school.send(RemoveDossier(client=client))
    return client


def restoring(client: UUID, email: str | None = None) -> RestoreDossier:
    return RestoreDossier(client=client, email=email or f"{uuid4().hex}@example.com", country="FR")


class TestOpening:
    @pytest.mark.rule("DOS-4")
    def test_a_plus_part_makes_another_address_and_case_does_not(self, school: School) -> None:
        first = school.client(email="luc@example.com")
        school.client(email="luc+atelier@example.com")
        with pytest.raises(EmailTaken) as caught:
            school.client(email="LUC@example.com")
        assert caught.value.fields == {"dossier": first}

    @pytest.mark.rule("DOS-4")
    def test_without_postal_code_only_the_email_counts(self, school: School) -> None:
        school.client(**LUC)
        school.client(**LUC_FOLDED | {"postal_code": None})

    @pytest.mark.rule("DOS-4")
    def test_the_country_is_not_compared(self, school: School) -> None:
        first = school.client(**LUC, country="CA")
        with pytest.raises(AlreadyClient) as caught:
            school.client(**LUC_FOLDED, country="FR")
        assert caught.value.fields == {"dossier": first}

    @pytest.mark.rule("DOS-4")
    def test_a_dossier_needs_no_address_at_all(self, school: School) -> None:
        for _ in range(2):
            assert state(school, school.client(email=None, postal_code=None)).email is None

    @pytest.mark.rule("DOS-4")
    def test_the_son_is_no_obstacle_for_the_father(self, school: School) -> None:
        """Who came in with a reason holds no claim on the name."""
        father = school.client(**LUC)
        son = school.client(**LUC, namesake_reason="Le fils")
        assert state(school, son).namesake_of == father
        with pytest.raises(AlreadyClient) as caught:
            school.client(**LUC)
        assert caught.value.fields == {"dossier": father}

    @pytest.mark.rule("STF-1")
    def test_staff_and_clients_share_no_address(self, school: School) -> None:
        school.client(email="luc@example.com")
        with pytest.raises(StaffEmailTaken):
            school.send(AddStaff(name="Luc", email="Luc@example.com", roles=(Role.OFFICE,)), ADMIN)
        school.send(AddStaff(name="Ève", email="eve@example.com", roles=(Role.OFFICE,)), ADMIN)
        with pytest.raises(EmailTaken):
            school.client(email="eve@example.com")


class TestRemoving:
    @pytest.mark.rule("DOS-8")
    def test_who_never_registered_is_erased_whole_and_forgotten(self, school: School) -> None:
        client = school.client(**LUC, email="luc@example.com")
        school.send(RemoveDossier(client=client))
        assert state(school, client) == ErasedDossier()
        again = school.client(**LUC, email="luc@example.com")
        assert isinstance(state(school, again), Dossier)

    @pytest.mark.rule("DOS-8")
    @pytest.mark.rule("DOS-4")
    def test_who_followed_a_workshop_keeps_name_and_postal_code_alone(self, school: School) -> None:
        client = deactivated(school, **LUC, email="luc@example.com")
        kept = state(school, client)
        assert isinstance(kept, DeactivatedDossier)
        assert (kept.last_name, kept.first_name, kept.postal_code) == ("Lebœuf", "Luc", "H2X 1Y4")
        created = school.side.store.load([CLIENT.at(client)])[0].facts[0]
        assert (created.email, created.city, created.country) == (ERASED,) * 3  # type: ignore[attr-defined]
        with pytest.raises(AlreadyClient, match="already_client"):
            school.client(**LUC_FOLDED)
        school.client(email="luc@example.com")

    @pytest.mark.rule("DOS-8")
    def test_a_cancelled_registration_is_enough_to_be_kept(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        registration = school.registration(client, activity)
        school.cancelled(client, registration)
        school.send(RemoveDossier(client=client))
        assert isinstance(state(school, client), DeactivatedDossier)

    @pytest.mark.rule("DOS-8")
    def test_money_owed_is_told_first_then_open_registrations(self, school: School) -> None:
        owing, waiting, both = school.client(), school.client(), school.client()
        followed(school, owing)
        school.registration(waiting, school.activity(prices=FREE))
        school.registration(both, school.activity())
        for client, refusal in (
            (owing, BalanceNotZero),
            (waiting, RegistrationsOpen),
            (both, BalanceNotZero),
        ):
            with pytest.raises(refusal):
                school.send(RemoveDossier(client=client))
            assert isinstance(state(school, client), Dossier)

    @pytest.mark.rule("DOS-8")
    def test_a_client_removes_their_own_dossier_and_no_other(self, school: School) -> None:
        mine, other = school.client(), school.client()
        oneself = principal(Role.CLIENT, user=mine)
        with pytest.raises(NoSuchDossier):
            school.send(RemoveDossier(client=other), oneself)
        school.send(RemoveDossier(client=mine), oneself)
        assert state(school, mine) == ErasedDossier()

    @pytest.mark.rule("DOS-8")
    def test_removing_again_changes_nothing(self, school: School) -> None:
        client = deactivated(school)
        before = school.side.store.load([CLIENT.at(client)])[0].version
        school.send(RemoveDossier(client=client))
        assert school.side.store.load([CLIENT.at(client)])[0].version == before

    @pytest.mark.rule("DOS-8")
    def test_a_removed_dossier_takes_no_registration(self, school: School) -> None:
        wish = RegisterClient(client=deactivated(school), activity=school.activity(), workshop=None)
        with pytest.raises(DossierNotActive):
            school.send(wish)


class TestRestoring:
    @pytest.mark.rule("DOS-9")
    def test_it_comes_back_with_its_past_and_the_new_address_alone(self, school: School) -> None:
        client = deactivated(school, **LUC, email="luc@example.com")
        school.send(restoring(client, "nouveau@example.com"))
        loaded = school.side.store.load([CLIENT.at(client)])[0]
        assert isinstance(loaded.state, Dossier)
        assert (loaded.state.last_name, loaded.state.email) == ("Lebœuf", "nouveau@example.com")
        assert len(loaded.state.registrations) == 1
        assert loaded.facts[0].email == ERASED, "what was erased stays so"  # type: ignore[attr-defined]
        with pytest.raises(EmailTaken):
            school.client(email="nouveau@example.com")
        school.registration(client, school.activity())

    @pytest.mark.rule("DOS-9")
    def test_an_address_that_is_anothers_login_by_now_is_refused(self, school: School) -> None:
        client = deactivated(school, email="luc@example.com")
        other = school.client(email="luc@example.com")
        with pytest.raises(EmailTaken) as caught:
            school.send(restoring(client, "luc@example.com"))
        assert caught.value.fields == {"dossier": other}
        assert isinstance(state(school, client), DeactivatedDossier)

    @pytest.mark.rule("DOS-9")
    def test_only_deactivated_dossiers_and_only_by_office(self, school: School) -> None:
        erased, active = school.client(), school.client()
        school.send(RemoveDossier(client=erased))
        for client in (erased, active):
            with pytest.raises(NotDeactivated):
                school.send(restoring(client))
        gone = deactivated(school)
        for role in set(Role) - {Role.OFFICE}:
            with pytest.raises(ForbiddenError):
                school.send(restoring(gone), principal(role))

    @pytest.mark.rule("DOS-9")
    @pytest.mark.rule("DOS-11")
    def test_removed_a_second_time_the_second_address_is_erased_too(self, school: School) -> None:
        client = deactivated(school)
        school.send(restoring(client, "second@example.com"))
        school.send(RemoveDossier(client=client))
        facts = school.side.store.load([CLIENT.at(client)])[0].facts
        assert [f.email for f in facts if hasattr(f, "email")] == [ERASED, ERASED]
        school.client(email="second@example.com")
