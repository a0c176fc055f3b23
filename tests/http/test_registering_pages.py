"""À la carte becomes a phase, a lost place is opened again, today's invoice put right (INS-10, INS-11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.registrations.state import Cancelled, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.register_for_phase import RegisterForPhase
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def places(school: School, client: UUID) -> list[Any]:
    found = school.state(CLIENT.at(client))
    assert isinstance(found, Dossier)
    return list(found.registrations.values())


def seats(school: School, workshop: UUID) -> list[UUID]:
    state: Any = school.state(WORKSHOP.at(workshop))
    return list(state.seats)


@pytest.mark.rule("INS-11", "INS-2")
def test_a_la_carte_passes_to_the_phase_with_its_date_and_leaves_a_case(
    door: Door, school: School, models: Projecting
) -> None:
    client, (phase, activities) = school.client(), school.phase(size=3)
    workshop = school.workshop(activities[0], capacity=1)
    old = school.sold(client, activities[0], workshop)
    payment = school.paid(client, 4_000, invoice=old.invoice)
    school.deposited(old.invoice, payment)
    models.catch_up()
    page = Page(door, f"/dossiers/{client}/inscrire-phase?phase={phase}", Role.OFFICE)
    path = f"/dossiers/{client}/a-la-phase"
    assert f"{path}?phase={phase}" in page.text, "the refusal leads to the step"
    shown = page.open(f"{path}?phase={phase}")
    assert "40,00" in shown
    assert "garde" in shown, "the date whose seat passes, though it is full"
    fields = {"phase": str(phase), "note": ""}
    assert 'class="error"' in page.send(path, fields).text
    page.open(f"{path}?phase={phase}")
    assert page.send(path, {**fields, "note": "Passe à la phase 1."}).status_code == 303
    (was, *now) = places(school, client)
    assert isinstance(was, Cancelled)
    assert [type(r) for r in now] == [Scheduled, ToSchedule, ToSchedule]
    assert seats(school, workshop) == [now[0].sale.id]
    models.catch_up()
    accounting = Page(door, f"/factures/{old.invoice}", Role.ACCOUNTING)
    assert "à décider" in accounting.text
    assert "n’est ouverte" in page.open(f"{path}?phase={phase}") or "INS-2" in page.text


@pytest.mark.rule("INS-14")
def test_a_missing_place_is_reported_and_opened_again_by_who_is_responsible(
    door: Door, school: School, models: Projecting
) -> None:
    client, (phase, activities) = school.client(), school.phase(size=2)
    made = school.send(RegisterForPhase(client=client, phase=phase)).made
    gone = made["registration-2"]
    school.send(CancelRegistration(client=client, registration=gone, note="Ne vient plus."))
    models.catch_up()
    path, posted = f"/dossiers/{client}", f"/dossiers/{client}/places"
    organiser = Page(door, path, Role.ORGANISER)
    assert "Signaler" in organiser.text
    assert "Rouvrir la place" not in organiser.text
    named = {"enrolment": str(made["enrolment"]), "activity": str(activities[1])}
    assert organiser.send(posted, {"act": "report", **named}).status_code == 303
    models.catch_up()
    organiser.open(path)
    assert organiser.send(posted, {"act": "reopen", **named}).status_code == 403
    office = Page(door, "/a-faire?genre=missing_place", Role.OFFICE)
    assert path in office.text
    assert "Rouvrir la place" in office.open(path)
    assert office.send(posted, {"act": "reopen", **named}).status_code == 303
    assert isinstance(places(school, client)[1], ToSchedule)
    models.catch_up()
    assert "MANQUANTE" not in office.open(path)
    assert office.send(posted, {"act": "reopen", **named}).status_code in (303, 409)


@pytest.mark.rule("INS-10", "FAC-9")
def test_what_was_registered_by_mistake_today_is_replaced_on_a_new_number(
    door: Door, school: School, models: Projecting
) -> None:
    client, wrong, right = school.client(), school.activity("Autonomie"), school.activity()
    workshop = school.workshop(wrong, capacity=1)
    sold, date = school.sold(client, wrong, workshop), school.workshop(right)
    models.catch_up()
    page = Page(door, f"/factures/{sold.invoice}", Role.ORGANISER)
    path = f"/factures/{sold.invoice}/corriger"
    assert path in page.text
    asked = f"{path}?activite={right}"
    assert "Écoute de soi" in page.open(asked)
    fields = {"remove": str(sold.registration), "activity": str(right), "reason": "Mauvais atelier."}
    assert "Choisissez une date" in page.send(asked, fields).text
    page.open(asked)
    answer = page.send(asked, {**fields, "workshop": str(date)})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/factures/{sold.invoice}")
    assert [type(r) for r in places(school, client)] == [Cancelled, Scheduled]
    assert not seats(school, workshop)
    models.catch_up()
    assert "annulée : inscrite par erreur" in page.open(f"/factures/{sold.invoice}")


@pytest.mark.rule("INS-10", "INS-2")
def test_who_wanted_the_whole_phase_gets_it_instead_with_the_date_at_its_price(
    door: Door, school: School, models: Projecting
) -> None:
    client, (phase, (first, _)) = school.client(), school.phase(size=2)
    workshop = school.workshop(first, capacity=1)
    sold = school.sold(client, first, workshop)
    models.catch_up()
    path = f"/factures/{sold.invoice}/corriger"
    asked = f"{path}?activite=phase:{phase}"
    page = Page(door, asked, Role.ORGANISER)
    assert "en tout" in page.text
    date = re.search(rf'<option value="{workshop}"[^>]*>', page.text)
    assert date is not None
    assert "disabled" not in date[0], "the own seat passes over"
    fields = {"remove": str(sold.registration), "phase": str(phase), "reason": "Voulait la phase."}
    nonsense = page.send(asked, {**fields, "remove": ["x"] * 60, "paid_by": "cheque"})
    assert nonsense.status_code == 200, "shown again with what is wrong"
    assert "Phase" in page.open(f"{path}?activite=phase:{UUID(int=3)}")
    page.open(asked)
    assert [type(r) for r in places(school, client)] == [Scheduled]
    page.open(asked)
    answer = page.send(asked, {**fields, f"date-{first}": str(workshop), "paid_by": "cheque"})
    assert answer.status_code == 303, answer.text
    assert [type(r) for r in places(school, client)] == [Cancelled, Scheduled, ToSchedule]
    assert len(seats(school, workshop)) == 1, "the seat passed over"
    models.catch_up()
    assert "Phase 1" in page.open(f"/dossiers/{client}")
    assert "ne se corrige plus ainsi" in page.open(asked)


@pytest.mark.rule("INS-10", "INS-8")
def test_with_a_payment_it_is_no_correction_any_more(door: Door, school: School, models: Projecting) -> None:
    sold = school.sold(school.client(), school.activity())
    school.paid(sold.client, 4_000, invoice=sold.invoice)
    models.catch_up()
    page = Page(door, f"/factures/{sold.invoice}", Role.OFFICE)
    path = f"/factures/{sold.invoice}/corriger"
    assert path not in page.text
    assert "ne se corrige plus ainsi" in page.open(path)
    fields = {"remove": str(sold.registration), "reason": "Erreur."}
    refused = page.send(path, fields)
    assert refused.status_code == 409
    assert "INS-10" in refused.text


@pytest.mark.rule("INS-12", "INS-14")
def test_who_has_the_activity_or_lost_its_place_is_not_sold_it_again_but_led_there(
    door: Door, school: School, models: Projecting
) -> None:
    client, activity, (phase, activities) = school.client(), school.activity(), school.phase(size=2)
    held = school.registration(client, activity)
    made = school.send(RegisterForPhase(client=client, phase=phase)).made
    lost = CancelRegistration(client=client, registration=made["registration-1"], note="Ne vient plus.")
    school.send(lost)
    models.catch_up()
    path = f"/dossiers/{client}/inscrire"
    page = Page(door, f"{path}?activite={activity}", Role.ORGANISER)
    refused = page.send(path, {"activity": str(activity), "workshop": ""})
    assert f"/dossiers/{client}/inscriptions/{held}/modifier" in refused.text
    page.open(f"{path}?activite={activities[0]}")
    refused = page.send(path, {"activity": str(activities[0]), "workshop": ""})
    assert "Signaler la place manquante" in refused.text
