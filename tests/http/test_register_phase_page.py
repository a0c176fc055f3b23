"""A phase is sold on its page; registering knows discounts and warnings (INS-2, CAT-3, DOS-13)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from aggregates.client.events import NoteKind
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands.clients.write_note import WriteNote
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ACCOUNTING, School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def dossier(school: School, client: UUID) -> Dossier:
    found = school.state(CLIENT.at(client))
    assert isinstance(found, Dossier)
    return found


@pytest.mark.rule("INS-2", "CAT-3")
def test_a_phase_is_sold_with_a_date_for_one_activity_and_its_price_in_all(
    door: Door, school: School, models: Projecting
) -> None:
    client, (phase, activities) = school.client(), school.phase(size=2)
    workshop = school.workshop(activities[0])
    discount, other = (
        school.discount(name="Fidèle"),
        school.discount(name="Interne", chosen_by=(Role.CLIENT,)),
    )
    models.catch_up()
    path = f"/dossiers/{client}/inscrire-phase"
    page = Page(door, f"{path}?phase={phase}&rabais={discount}", Role.OFFICE)
    assert "675,00" in page.text
    assert str(other) not in page.text
    fields = {"phase": str(phase), "discount": str(discount), f"date-{activities[0]}": str(workshop)}
    assert page.send(path, fields | {"paid_by": "cash"}).status_code == 303
    places = {r.sale.activity: r for r in dossier(school, client).registrations.values()}
    assert set(places) == set(activities)
    assert sum(r.sale.price.minor for r in places.values()) == 67_500
    again = door.http.get(f"{path}?phase={phase}", headers=page.headers)
    assert again.status_code == 409


@pytest.mark.rule("CAT-4", "DOS-13")
def test_a_warning_is_confirmed_and_the_discount_chosen_is_taken_off(
    door: Door, school: School, models: Projecting
) -> None:
    client, activity, discount = school.client(), school.activity(), school.discount()
    note = WriteNote(client=client, kind=NoteKind.ACCOUNTING, text="Doit 40 $.", seen_version=1)
    school.send(note, ACCOUNTING)
    models.catch_up()
    path = f"/dossiers/{client}/inscrire"
    page = Page(door, f"{path}?activite={activity}&rabais={discount}", Role.OFFICE)
    assert "337,50" in page.text
    assert "red_flag_confirmed" not in page.text
    fields = {"activity": str(activity), "workshop": "", "discount": str(discount)}
    refused = page.send(path, fields)
    assert refused.status_code == 409
    assert 'name="red_flag_confirmed"' in refused.text
    page = Page(door, f"{path}?activite={activity}&rabais={discount}", Role.OFFICE)
    assert page.send(path, fields | {"red_flag_confirmed": "oui"}).status_code == 303
    (sold,) = dossier(school, client).registrations.values()
    assert sold.sale.price.minor == 33_750


@pytest.mark.rule("INS-3")
def test_a_trainee_pays_nothing(door: Door, school: School, models: Projecting) -> None:
    client, activity = school.client(), school.activity()
    models.catch_up()
    path = f"/dossiers/{client}/inscrire"
    page = Page(door, f"{path}?activite={activity}&stagiaire=oui", Role.ORGANISER)
    fields = {"activity": str(activity), "workshop": "", "trainee": "oui"}
    assert page.send(path, fields).status_code == 303
    (sold,) = dossier(school, client).registrations.values()
    assert (sold.sale.trainee, sold.sale.price.minor) == (True, 0)
