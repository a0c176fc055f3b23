"""Saved queries and coordinates at command height."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from aggregates.audience.conditions import AllOf, InCountry, Near
from aggregates.audience.refusals import NoSuchQuery, NotYourQuery
from aggregates.audience.state import SAVED_QUERY, DeletedQuery, SavedQuery
from aggregates.client.state import CLIENT, Client, Coordinates, Dossier
from aggregates.kernel import Role
from commands.audiences.change_query import ChangeQuery
from commands.audiences.delete_query import DeleteQuery
from commands.audiences.save_query import SaveQuery
from commands.clients.change_profile import ChangeProfile
from commands.clients.set_coordinates import SetCoordinates
from commands.seen_version import ChangedMeanwhile
from tests.support.command_samples import sample
from tests.support.write_side import ADMIN, OFFICE, School, principal, school_on

CANADA = InCountry(kind="country", country="CA")
NEAR_LAVAL = AllOf(kind="all_of", conditions=(CANADA, Near(kind="near", city="Laval", km=50)))


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def saved_by(school: School, owner: UUID) -> UUID:
    who = principal(Role.ORGANISER, user=owner)
    return school.send(SaveQuery(name="Laval", query=NEAR_LAVAL), who).made["saved_query"]


@pytest.mark.rule("REQ-4")
class TestASavedQuery:
    def test_is_kept_changed_and_deleted_by_its_owner(self, school: School) -> None:
        owner = uuid4()
        query, who = saved_by(school, owner), principal(Role.ORGANISER, user=owner)
        kept = school.state(SAVED_QUERY.at(query))
        assert kept == SavedQuery("Laval", NEAR_LAVAL.model_dump_json(), owner)
        school.send(ChangeQuery(saved_query=query, seen_version=1, name="Canada", query=CANADA), who)
        changed = school.state(SAVED_QUERY.at(query))
        assert changed == SavedQuery("Canada", CANADA.model_dump_json(), owner)
        for _ in range(2):
            school.send(DeleteQuery(saved_query=query), who)
        assert school.state(SAVED_QUERY.at(query)) == DeletedQuery(owner)
        assert len(school.facts(SAVED_QUERY.at(query))) == 3
        with pytest.raises(NoSuchQuery):
            school.send(ChangeQuery(saved_query=query, seen_version=3, name="x", query=CANADA), who)

    def test_is_changed_by_no_other_organiser_but_by_office_and_admin(self, school: School) -> None:
        query, stranger = saved_by(school, uuid4()), principal(Role.ORGANISER, user=uuid4())
        change = ChangeQuery(saved_query=query, seen_version=1, name="Canada", query=CANADA)
        for command in (change, DeleteQuery(saved_query=query)):
            with pytest.raises(NotYourQuery):
                school.send(command, stranger)
        school.send(change, OFFICE)
        school.send(DeleteQuery(saved_query=query), ADMIN)
        with pytest.raises(NotYourQuery):
            school.send(DeleteQuery(saved_query=query), stranger)

    def test_is_not_overwritten_unseen(self, school: School) -> None:
        query = saved_by(school, uuid4())
        for name, expected in (("Canada", None), ("Ailleurs", ChangedMeanwhile)):
            command = ChangeQuery(saved_query=query, seen_version=1, name=name, query=NEAR_LAVAL)
            if expected is None:
                school.send(command, OFFICE)
            else:
                with pytest.raises(expected):
                    school.send(command, OFFICE)

    def test_that_nobody_knows_is_neither_changed_nor_deleted(self, school: School) -> None:
        change = ChangeQuery(saved_query=uuid4(), seen_version=1, name="x", query=CANADA)
        for command in (change, DeleteQuery(saved_query=uuid4())):
            with pytest.raises(NoSuchQuery):
                school.send(command, OFFICE)


def dossier(school: School, client: UUID) -> Dossier:
    state: Client = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    return state


@pytest.mark.rule("REQ-1")
class TestCoordinates:
    def test_are_set_and_left_to_the_town_again(self, school: School) -> None:
        client = school.client()
        for _ in range(2):
            school.send(SetCoordinates(client=client, latitude=45.5, longitude=-73.6), OFFICE)
        assert dossier(school, client).coordinates == Coordinates(45.5, -73.6)
        school.send(SetCoordinates(client=client, latitude=None, longitude=None), OFFICE)
        assert dossier(school, client).coordinates is None
        assert len(school.facts(CLIENT.at(client))) == 3

    def test_come_in_pairs(self) -> None:
        with pytest.raises(ValueError, match="both, or none"):
            SetCoordinates(client=uuid4(), latitude=45.5, longitude=None)

    def test_end_when_the_client_moves_and_stay_when_the_telephone_changes(self, school: School) -> None:
        client = school.client()
        school.send(SetCoordinates(client=client, latitude=45.5, longitude=-73.6), OFFICE)
        now = dossier(school, client)
        kept = {
            name: getattr(now, name)
            for name in ChangeProfile.model_fields
            if name not in ("client", "seen_version", "namesake_reason")
        }

        def change(**changes: object) -> None:
            command = sample(ChangeProfile, client=client, seen_version=2, **{**kept, **changes})
            school.send(command, OFFICE)

        change(telephone="+1 450 555-0199")
        assert dossier(school, client).coordinates == Coordinates(45.5, -73.6)
        change(city="Gaspé")
        assert dossier(school, client).coordinates is None
