"""A workshop is closed on its page, as its region asks (ATE-6, ATE-7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from commands.workshops.tick_attendance import TickAttendance
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def page_of(workshop: UUID) -> str:
    return f"/ateliers/{workshop}/fermeture"


def begun(school: School, **changes: object) -> tuple[UUID, UUID, UUID]:
    """A workshop that started an hour ago, with two people on its roster."""
    activity = school.activity()
    workshop = school.workshop(activity, starts=school.side.clock() + timedelta(days=5), **changes)
    present, absent = (school.registration(school.client(), activity, workshop) for _ in range(2))
    school.now(school.side.clock() + timedelta(days=8))
    return workshop, present, absent


@pytest.mark.rule("ATE-7", "FAC-7")
def test_the_office_closes_a_workshop_of_quebec_with_a_reason_for_what_is_missing(
    door: Door, school: School, models: Projecting
) -> None:
    workshop, present, absent = begun(school)
    school.send(TickAttendance(workshop=workshop, registrations=(present,)))
    models.catch_up()
    path = page_of(workshop)
    page = Page(door, path, Role.OFFICE)
    assert "Présences à décider" in page.text
    assert "Fermer malgré" in page.text or "malgré ce qui manque" in page.text
    assert page.send(path, {"act": "absences"}).text.count("Choisissez ce que devient") == 1
    settled = {
        "act": "absences",
        "registration": str(absent),
        f"client-{absent}": page.text.split(f'name="client-{absent}" value="')[1][:36],
        f"outcome-{absent}": "deferred",
        f"noticed-{absent}": "on",
    }
    assert Page(door, path, Role.OFFICE).send(path, settled).status_code == 303
    models.catch_up()
    assert "Absences à régler" not in Page(door, path, Role.OFFICE).text
    refused = Page(door, path, Role.OFFICE).send(path, {"act": "close"})
    assert "ATE-7" in refused.text
    closed = Page(door, path, Role.OFFICE).send(path, {"act": "close", "reason": "Solde payé demain."})
    assert closed.status_code == 303
    models.catch_up()
    assert "lecture seule" in Page(door, path, Role.OFFICE).text
    receipts_go(door, school, models, workshop, present)


def receipts_go(door: Door, school: School, models: Projecting, workshop: UUID, present: UUID) -> None:
    """Once something was deposited for who was there, one click of who is responsible (FAC-7)."""
    path, client = page_of(workshop), school.state(WORKSHOP.at(workshop)).seats[present].client  # type: ignore[union-attr]
    assert "Reçus d’impôt" not in Page(door, path, Role.OFFICE).text
    invoice = school.state(CLIENT.at(client)).registrations[present].sale.invoice  # type: ignore[union-attr]
    school.deposited(invoice, school.paid(client, 37_500, invoice=invoice))
    models.catch_up()
    assert "par courriel</button>" not in Page(door, path, Role.ACCOUNTING).text, "the office holds it"
    page = Page(door, path, Role.OFFICE)
    assert "1 reçu, sur ce qui a été déposé : <b>1 à envoyer</b>" in page.text
    assert "fait=receipts_sent" in page.send(path, {"act": "receipts"}).headers["location"]
    models.catch_up()
    after = Page(door, path, Role.OFFICE).text
    assert "tous envoyés" in after
    assert "par courriel</button>" not in after


@pytest.mark.rule("ATE-6")
def test_reopening_takes_two_persons(door: Door, school: School, models: Projecting) -> None:
    workshop, *_ = begun(school)
    models.catch_up()
    path = page_of(workshop)
    Page(door, path, Role.OFFICE).send(path, {"act": "close", "reason": "Rien à ajouter."})
    models.catch_up()
    proposing = Page(door, path, Role.OFFICE)
    assert proposing.send(path, {"act": "propose_reopening", "reason": "Une présence."}).status_code == 303
    models.catch_up()
    seen = door.http.get(path, headers=proposing.headers).text
    assert "Une seconde personne approuve" in seen
    assert "Approuver la réouverture" not in seen
    other = Page(door, path, Role.ACCOUNTING)
    assert other.send(path, {"act": "approve_reopening"}).status_code == 303
    models.catch_up()
    assert "Fermer l’atelier (lecture seule)" in Page(door, path, Role.OFFICE).text


@pytest.mark.rule("ATE-7")
def test_trainers_and_auditors_close_nothing(door: Door, school: School, models: Projecting) -> None:
    workshop, *_ = begun(school)
    models.catch_up()
    path = page_of(workshop)
    auditor = Page(door, path, Role.AUDITOR)
    assert "Fermer l’atelier (lecture seule)" not in auditor.text
    assert auditor.send(path, {"act": "close"}).status_code == 403
