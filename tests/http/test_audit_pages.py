"""Auditors at work: histories with what changed, who read whose data, how the portal fares (AUD-1, AUD-4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aggregates.kernel import Role
from commands.workshops.cancel_workshop import CancelWorkshop
from projections.runtime.connection import connect
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.mark.rule("AUD-1", "AUD-4")
def test_the_history_of_a_dossier_and_its_invoice_is_read_and_the_reading_noted(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(last_name="Œuvrard", first_name="Ève")
    sold = school.sold(client, school.activity("Autonomie affective"))
    models.catch_up()
    history = Page(door, f"/dossiers/{client}/historique", Role.AUDITOR).text
    assert "Autonomie affective" in history
    assert "eloise" not in history  # contact data are masked for auditors
    assert "CA-" in Page(door, f"/factures/{sold.invoice}/historique", Role.OFFICE).text
    nothing = Page(door, f"/dossiers/{client}/historique?au=2020-01-01", Role.OFFICE).text
    assert "Rien pour ce choix" in nothing
    trail = Page(door, f"/registre-des-acces?sur={client}", Role.AUDITOR).text
    assert trail.count("Œuvrard") >= 2
    assert "Historique" in trail


@pytest.mark.rule("AUD-1")
def test_the_history_of_a_workshop_is_for_its_own_organiser_and_the_office(
    door: Door, school: School, models: Projecting
) -> None:
    workshop = school.workshop(school.activity())
    school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée."))
    models.catch_up()
    path = f"/ateliers/{workshop}/historique"
    assert "Salle inondée" in Page(door, path, Role.OFFICE).text
    other = Page(door, path, Role.ORGANISER)
    assert door.http.get(path, headers=other.headers).status_code == 404


@pytest.mark.rule("T9", "T10")
def test_operations_see_a_model_that_stopped_and_how_to_go_on(
    door: Door, school: School, models: Projecting, shared_database: str
) -> None:
    well = Page(door, "/exploitation", Role.ADMIN).text
    assert "à l’arrêt" not in well
    with connect(shared_database) as connection:
        connection.execute(
            "update read_models set parked_position = 1, parked_error = 'ValueError', parked_since = now()"
            " where name = 'roster'"
        )
    ill = Page(door, "/exploitation", Role.ADMIN).text
    with connect(shared_database) as connection:
        connection.execute(
            "update read_models set parked_position = null, parked_error = null, parked_since = null"
            " where name = 'roster'"
        )
    assert "portail resume roster" in ill
