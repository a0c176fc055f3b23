"""MODIFIER's form: a near date asks for the balance, or for the reason to do without it (INS-4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from aggregates.client.registrations.events import ExceptionGranted
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands.registrations.choose_date import ChooseDate
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = pytest.mark.rule("INS-4")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


class Desk:
    """Somebody of the staff at MODIFIER of a place À PLANIFIER, whose only date starts in ten hours."""

    def __init__(self, door: Door, models: Projecting, *roles: Role) -> None:
        school = door.school
        self.school, self.client, activity = school, school.client(), school.activity()
        self.registration = school.registration(self.client, activity)
        self.workshop = school.workshop(activity, starts=datetime.now(UTC) + timedelta(hours=10))
        models.catch_up()
        self.path = f"/dossiers/{self.client}/inscriptions/{self.registration}/modifier"
        self.page = Page(door, self.path, *roles)

    def send(self, **typed: str) -> httpx2.Response:
        return self.page.send(self.path, {"act": "choose_date", "workshop": str(self.workshop), **typed})

    def place(self) -> Any:
        state = self.school.state(CLIENT.at(self.client))
        assert isinstance(state, Dossier)
        return state.registrations[self.registration]


def test_the_balance_due_stands_beside_the_date_and_an_unpaid_choice_is_refused(
    door: Door, models: Projecting
) -> None:
    desk = Desk(door, models, Role.ORGANISER)
    assert re.search(r'data-label="Dû maintenant">375,00\s\$', desk.page.text)
    answer = desk.send()
    assert "L’atelier commence bientôt" in answer.text
    assert re.search(rf'value="{desk.workshop}"[^>]*checked', answer.text)
    assert isinstance(desk.place(), ToSchedule)


def test_office_gives_a_reason_and_the_date_is_chosen(door: Door, models: Projecting) -> None:
    desk = Desk(door, models, Role.OFFICE)
    assert 'name="waive_reason"' in desk.page.text
    assert desk.send(waive_reason="Virement en route.").status_code == 303
    assert isinstance(desk.place(), Scheduled)
    granted = desk.school.facts(CLIENT.at(desk.client))[-1]
    assert isinstance(granted, ExceptionGranted)
    assert granted.reason == "Virement en route."


def test_a_reason_too_long_is_told_beside_its_field_and_kept(door: Door, models: Projecting) -> None:
    desk = Desk(door, models, Role.OFFICE)
    answer = desk.send(waive_reason="x" * 10_001)
    assert 'id="waive_reason-error"' in answer.text
    assert isinstance(desk.place(), ToSchedule)


def test_an_organiser_has_no_field_for_a_reason_and_a_forged_one_is_turned_away(
    door: Door, models: Projecting
) -> None:
    desk = Desk(door, models, Role.ORGANISER)
    assert "waive_reason" not in desk.page.text
    assert desk.send(waive_reason="Pour voir.").status_code == 403
    assert isinstance(desk.place(), ToSchedule)


def test_a_client_is_told_what_is_due_over_the_api(door: Door, models: Projecting) -> None:
    desk = Desk(door, models, Role.OFFICE)
    wish = ChooseDate(client=desk.client, registration=desk.registration, workshop=desk.workshop)
    oneself = door.as_(Role.CLIENT, user=desk.client)
    with door.nothing_done():
        answer = door.send(wish, oneself)
    found = answer.json()
    assert (answer.status_code, found["code"], found["rule"]) == (409, "full_payment_needed", "INS-4")
    assert found["fields"]["due"] == {"minor": 37_500, "currency": "CAD"}
    paid = {"registration": desk.registration}
    desk.school.paid(desk.client, 37_500, **paid)
    assert door.send(wish, oneself).status_code == 200
