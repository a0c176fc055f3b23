"""A workshop is changed, moved, cancelled and restored on its page (ATE-1, ATE-4, ATE-5, ATE-10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned
from commands.clients.merge_dossiers import MergeDossiers
from commands.workshops.name_assistant import NameAssistant
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture
def workshop(school: School, models: Projecting) -> UUID:
    activity = school.activity()
    made = school.workshop(activity)
    school.registration(school.client(), activity, made)
    models.catch_up()
    return made


def path_of(workshop: UUID) -> str:
    return f"/ateliers/{workshop}/modifier"


def planned(school: School, workshop: UUID) -> Planned:
    found = school.state(WORKSHOP.at(workshop))
    assert isinstance(found, Planned)
    return found


@pytest.mark.rule("LIS-1")
def test_assistants_stand_in_the_header_of_the_list_and_take_no_seat(
    door: Door, school: School, workshop: UUID, models: Projecting
) -> None:
    path, roster = path_of(workshop), f"/ateliers/{workshop}/participants"
    helper = school.client(first_name="Aurélie", last_name="D'Assistance")
    models.catch_up()
    page = Page(door, path, Role.OFFICE)
    assert "Personne d’autre ne répond" in page.open(f"{path}?assistant=personne+ainsi")
    assert f'value="{helper}"' in page.open(f"{path}?assistant=d%27assist")
    before = school.side.clock().isoformat()
    for _ in range(2):  # named twice is once
        answer = page.send(path, {"act": "name", "client": str(helper)})
        assert answer.headers["location"].startswith(path)
    page.open(path)
    assert page.send(path, {"act": "name", "client": str(UUID(int=9))}).status_code == 404
    models.catch_up()
    assert planned(school, workshop).assistants == (helper,)
    assert "Assistance" in page.open(roster)
    assert page.text.count("Aurélie D&#39;Assistance") == 1
    assert "1 / " in page.text, "the seat of the one who is registered"
    whole = door.http.get(f"/api/workshops/{workshop}/roster", headers=door.office).json()
    assert [row["first_name"] for row in whole["assistants"]] == ["Aurélie"]
    assert "Aurélie" in page.open(f"{roster}/au")
    assert "Aurélie" not in page.open(f"{roster}/au?le={quote(before)}")
    double = school.client(first_name="Aurélie", last_name="Assistance")
    school.send(NameAssistant(workshop=workshop, client=double))
    school.send(MergeDossiers(survivor=double, other=helper))
    models.catch_up()
    for list_ in (roster, f"{roster}/au"):
        assert page.open(list_).count("Aurélie Assistance") == 1, "one person, named twice"
        assert "[effacé]" not in page.text
    for each in (helper, double):
        page.open(path)
        page.send(path, {"act": "dismiss", "client": str(each)})
    models.catch_up()
    assert "Assistance" not in page.open(roster)
    assert models.differences() == 0


@pytest.mark.rule("ATE-1")
def test_the_office_changes_the_plan_and_a_second_change_of_the_same_field_is_shown(
    door: Door, school: School, workshop: UUID
) -> None:
    path, organiser = path_of(workshop), str(planned(school, workshop).plan.organiser)
    fields = {
        "act": "plan",
        "organiser": organiser,
        "retake_limit": "",
        "place_note": "",
        "practical_note": "",
    }
    first, second = Page(door, path, Role.OFFICE), Page(door, path, Role.OFFICE)
    for page in (first, second):
        fields["seen_version"] = page.hidden("seen_version")
    assert first.send(path, {**fields, "capacity": "45"}).status_code == 303
    refused = second.send(path, {**fields, "capacity": "50"})
    assert refused.status_code == 409
    assert 'value="50"' in refused.text
    assert planned(school, workshop).plan.capacity == 45
    wrong = Page(door, path, Role.OFFICE).send(path, {**fields, "capacity": "douze"})
    assert 'class="error"' in wrong.text


@pytest.mark.rule("ATE-10")
def test_the_date_is_moved_in_the_zone_of_the_workshop(door: Door, school: School, workshop: UUID) -> None:
    path, was = path_of(workshop), planned(school, workshop)
    day = (school.side.clock() + timedelta(days=90)).date()
    page = Page(door, path, Role.OFFICE)
    fields = {
        "act": "move",
        "seen_version": page.hidden("seen_version"),
        "venue": str(was.venue or ""),
        "zone": "America/Toronto",
        "session_day": day.isoformat(),
        "session_start": "09:00",
        "session_end": "17:00",
    }
    assert "Donnez chaque jour" in page.send(path, {**fields, "session_end": ""}).text
    assert Page(door, path, Role.OFFICE).send(path, fields).status_code == 303
    starts = planned(school, workshop).starts.astimezone(ZoneInfo("America/Toronto"))
    assert (starts.date(), starts.hour) == (day, 9)


@pytest.mark.rule("ATE-4", "ATE-5")
def test_a_workshop_is_cancelled_with_a_reason_and_restored(
    door: Door, school: School, models: Projecting, workshop: UUID
) -> None:
    path = path_of(workshop)
    page = Page(door, path, Role.OFFICE)
    assert "libérer la salle" in page.text
    assert 'class="error"' in page.send(path, {"act": "cancel", "reason": ""}).text
    gone = Page(door, path, Role.OFFICE).send(path, {"act": "cancel", "reason": "Salle inondée."})
    assert gone.status_code == 303
    assert isinstance(school.state(WORKSHOP.at(workshop)), CancelledWorkshop)
    models.catch_up()
    again = Page(door, path, Role.OFFICE)
    assert "Restaurer l’atelier" in again.text
    assert again.send(path, {"act": "restore"}).status_code == 303
    assert len(planned(school, workshop).seats) == 1


@pytest.mark.rule("T19")
def test_another_organisers_workshop_is_not_found(door: Door, workshop: UUID) -> None:
    other = Page(door, path_of(workshop), Role.ORGANISER)
    assert door.http.get(path_of(workshop), headers=other.headers).status_code == 404
