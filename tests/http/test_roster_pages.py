"""On the list of participants: without proof, the trainer's note, calls, and workshops of a month (ATE-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from aggregates.kernel import Role
from commands.registrations.choose_date import ChooseDate
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def roster(workshop: UUID) -> str:
    return f"/ateliers/{workshop}/participants"


@pytest.mark.rule("INS-6", "LIS-1")
def test_without_proof_the_regular_price_is_due_and_taken(
    door: Door, school: School, models: Projecting
) -> None:
    activity, discount = school.activity(), school.discount()
    begun = school.side.clock() - timedelta(minutes=30)  # whatever the hour, its day has begun
    workshop = school.workshop(activity, starts=begun)
    client, reason = school.client(), "Paie sur place."
    sold = school.sold(client, activity, workshop, discount=discount, waive_reason=reason)
    models.catch_up()
    page = Page(door, roster(workshop), Role.OFFICE)
    named = {"client": str(client), "registration": str(sold.registration)}
    assert "Sans preuve" in page.text
    assert page.send(roster(workshop), {"act": "without_proof", **named}).status_code == 303
    models.catch_up()
    assert "sans preuve : 37,50" in page.open(roster(workshop))
    cell = {f"cash-{sold.registration}": "375,00"}
    page.open(f"{roster(workshop)}?saisie=1")
    assert page.send(roster(workshop), {"act": "pay", **cell}).status_code == 303
    models.catch_up()
    assert "de plus" not in page.open(roster(workshop)), "received above the invoice"
    to_do = Page(door, "/a-faire?genre=without_proof", Role.ACCOUNTING)
    assert str(client) in to_do.text


@pytest.mark.rule("DOS-13")
def test_the_trainer_writes_the_note_of_who_is_on_the_own_list(
    door: Door, school: School, models: Projecting
) -> None:
    activity, trainer = school.activity(), Page(door, "/", Role.TRAINER)
    school.employ(trainer.user, roles=(Role.TRAINER,))
    workshop = school.workshop(activity, trainers=(trainer.user,))
    client, stranger = school.client(), school.client()
    school.registration(client, activity, workshop)
    models.catch_up()
    path = f"/ateliers/{workshop}/notes/{client}"
    assert path in trainer.open(roster(workshop))
    trainer.open(path)
    seen = trainer.hidden("seen_version")
    noted = {"seen_version": seen, "text": "Une place devant."}
    assert trainer.send(path, noted).status_code == 303
    models.catch_up()
    assert "Une place devant." in trainer.open(roster(workshop))
    other = Page(door, path, Role.OFFICE)
    clash = other.send(path, {"seen_version": seen, "text": "Au fond."})
    assert clash.status_code == 409
    assert "Au fond." in clash.text
    assert "Une place devant." in clash.text
    unknown = door.http.get(f"/ateliers/{workshop}/notes/{stranger}", headers=trainer.headers)
    assert unknown.status_code == 404
    assert "Prix" not in trainer.open(roster(workshop))


@pytest.mark.rule("ATE-4", "ATE-5")
def test_everybody_of_a_cancelled_workshop_is_called_and_its_restoring_shows_three_groups(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity()
    workshop, other = school.workshop(activity), school.workshop(activity)
    stays, moves = ((c := school.client(), school.registration(c, activity, workshop)) for _ in range(2))
    models.catch_up()
    page = Page(door, f"/ateliers/{workshop}/modifier", Role.OFFICE)
    gone = page.send(f"/ateliers/{workshop}/modifier", {"act": "cancel", "reason": "Salle inondée."})
    path = f"/ateliers/{workshop}/appels"
    assert gone.headers["location"].startswith(path)
    models.catch_up()
    assert f'href="{path}"' in page.open("/a-faire?genre=cancelled_workshop")
    shown = page.open(path)
    assert "0 / 2" in shown
    assert "+1" not in shown or "tel:" in shown
    assert "Liste d’appels" in page.open(roster(workshop)), "the list leads there"
    assert 'class="chief full"' in page.text, "names in red"
    page.open(path)
    reached = {"reached": str(moves[1]), f"outcome-{moves[1]}": "new_date"}
    assert page.send(path, reached).status_code == 303
    page.open(path)
    assert page.send(path, {"missed": str(stays[1])}).status_code == 303
    models.catch_up()
    shown = page.open(path)
    assert "1 / 2" in shown
    assert "pas jointe" in shown
    assert ": nouvelle date" in shown
    school.send(ChooseDate(client=moves[0], registration=moves[1], workshop=other))
    models.catch_up()
    page.open(f"/ateliers/{workshop}/modifier")
    back = page.send(f"/ateliers/{workshop}/modifier", {"act": "restore"})
    assert back.headers["location"].startswith(path)
    models.catch_up()
    shown = page.open(path)
    assert "Ont retrouvé leur place : 1" in shown
    assert "Ont choisi autre chose entre-temps : 1" in shown
    auditor = Page(door, path, Role.AUDITOR)
    assert auditor.send(path, reached).status_code == 403


@pytest.mark.rule("ATE-3", "ATE-4")
def test_dates_are_seen_by_place_in_a_list_and_month_by_month_with_the_cancelled_ones(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity("Autonomie")
    starts = (school.side.clock() + timedelta(days=70)).replace(day=12, hour=15)
    online = school.workshop(activity, starts=starts)
    there = school.workshop(activity, starts=starts, venue=school.venue(city="Québec"))
    models.catch_up()
    page = Page(door, f"/ateliers/{online}/modifier", Role.OFFICE)
    page.send(f"/ateliers/{online}/modifier", {"act": "cancel", "reason": "Peu d’inscrits."})
    models.catch_up()
    month = f"/ateliers/calendrier?mois={starts:%Y-%m}"
    for path in (f"/ateliers?activite={activity}", f"{month}&activite={activity}"):
        shown = page.open(path)
        assert str(there) in shown
        assert str(online) not in shown
        shown = page.open(f"{path}&supprimes=oui")
        assert str(online) in shown
        assert "SUPPRIMÉ" in shown
        shown = page.open(f"{path}&supprimes=oui&lieu=online")
        assert str(there) not in shown
        assert str(online) in shown
    assert 'rel="prev"' in page.open("/ateliers/calendrier?mois=0000-99")
