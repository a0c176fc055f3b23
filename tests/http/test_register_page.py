"""The register page's form: the whole price taken in the same act, the reason to do without, and nonsense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from aggregates.client.registrations.events import ExceptionGranted, ExceptionKind
from aggregates.client.state import CLIENT
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from commands.catalogue.retire_discount import RetireDiscount
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ADMIN, School

pytestmark = pytest.mark.rule("INS-4")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


class Desk:
    """Somebody of the staff at the register page of a client, for a workshop that starts in ten hours."""

    def __init__(self, door: Door, models: Projecting, *roles: Role) -> None:
        school = door.school
        self.school, self.client, self.activity = school, school.client(), school.activity()
        self.workshop = school.workshop(self.activity, starts=datetime.now(UTC) + timedelta(hours=10))
        models.catch_up()
        self.path = f"/dossiers/{self.client}/inscrire"
        self.page = Page(door, f"{self.path}?activite={self.activity}", *roles)

    def send(self, **typed: str) -> httpx2.Response:
        values = {"activity": str(self.activity), "workshop": str(self.workshop)}
        return self.page.send(self.path, values | typed)

    def registrations(self) -> Mapping[UUID, Any]:
        found: Mapping[UUID, Any] = self.school.side.store.load([CLIENT.at(self.client)])[
            0
        ].state.registrations
        return found


def test_without_payment_it_is_refused_with_the_sentence_and_what_was_chosen(
    door: Door, models: Projecting
) -> None:
    desk = Desk(door, models, Role.ORGANISER)
    answer = desk.send()
    assert "INS-4" in answer.text
    assert re.search(rf'value="{desk.workshop}"[^>]*checked', answer.text)
    assert not desk.registrations()


@pytest.mark.rule("INS-15")
def test_until_it_is_closed_who_came_unannounced_is_registered_into_what_has_begun(
    door: Door, school: School, models: Projecting
) -> None:
    client, activity, now = school.client(), school.activity(), datetime.now(UTC)
    over, running = (school.workshop(activity, starts=now - timedelta(hours=h)) for h in (60, 2))
    models.catch_up()
    page = Page(door, f"/dossiers/{client}/inscrire?activite={activity}", Role.OFFICE)
    assert page.text.count("déjà commencé") == 2
    wish = {"activity": str(activity), "workshop": str(over), "paid_by": "cash"}
    assert page.send(f"/dossiers/{client}/inscrire", wish).status_code == 303
    client = school.at_home()
    models.catch_up()
    mine = Page(door, f"/panier?activite={activity}", Role.CLIENT, user=client)
    assert "Mettre au panier" in mine.text
    assert str(running) not in mine.text, "clients come before the start"


def test_the_whole_price_is_noted_in_the_same_act_once_however_often_it_is_sent(
    door: Door, models: Projecting
) -> None:
    desk = Desk(door, models, Role.ORGANISER)
    for _ in range(2):
        assert desk.send(paid_by="cash").status_code == 303
    (registration,) = desk.registrations().values()
    invoice = desk.school.side.store.load([INVOICE.at(registration.sale.invoice)])[0].state
    assert [p.amount for p in invoice.payments] == [Money(minor=37_500, currency=Currency.CAD)]


def test_an_organiser_has_no_field_for_a_reason_and_a_forged_one_is_turned_away(
    door: Door, models: Projecting
) -> None:
    desk = Desk(door, models, Role.ORGANISER)
    assert "waive_reason" not in desk.page.text
    assert desk.send(waive_reason="Pour voir.").status_code == 403
    assert not desk.registrations()


def test_office_does_without_it_for_a_reason(door: Door, models: Projecting) -> None:
    desk = Desk(door, models, Role.OFFICE)
    assert 'name="waive_reason"' in desk.page.text
    assert desk.send(waive_reason="Virement en route.").status_code == 303
    granted = desk.school.side.store.load([CLIENT.at(desk.client)])[0].facts[-1]
    assert isinstance(granted, ExceptionGranted)
    assert (granted.kind, granted.reason) == (ExceptionKind.PAYMENT_WAIVED, "Virement en route.")


@pytest.mark.rule("CAT-1")
def test_with_a_discount_that_ended_meanwhile_the_page_stays_and_says_so(
    door: Door, school: School, models: Projecting
) -> None:
    client, activity, discount = school.client(), school.activity(), school.discount(name="Solidaire")
    models.catch_up()
    path = f"/dossiers/{client}/inscrire?activite={activity}&rabais={discount}"
    page = Page(door, path, Role.OFFICE)
    wish = {"activity": str(activity), "workshop": "", "discount": str(discount), "paid_by": "cash"}
    school.send(RetireDiscount(discount=discount), ADMIN)
    models.catch_up()
    answer = page.send(f"/dossiers/{client}/inscrire", wish)
    assert answer.status_code == 409
    assert "n’est pas valable aujourd’hui" in answer.text
    assert 'name="activite"' in answer.text, "another way to register can be chosen"
    assert "Choisissez d’abord une activité" not in answer.text, "one is chosen"
    assert "CAT-1" in page.open(path)


@pytest.mark.parametrize("nonsense", ["gold", "card", "1" * 5_000])
def test_an_unknown_way_to_pay_is_told_beside_its_field(
    door: Door, models: Projecting, nonsense: str
) -> None:
    desk = Desk(door, models, Role.OFFICE)
    answer = desk.send(paid_by=nonsense, waive_reason="Gardée.")
    assert 'id="paid_by-error"' in answer.text
    assert 'value="Gardée."' in answer.text
    assert not desk.registrations()


@pytest.mark.rule("ATE-2")
def test_a_full_date_offers_to_wait_and_the_dossier_takes_back(
    door: Door, school: School, models: Projecting
) -> None:
    activity, client = school.activity(), school.client()
    full, free = school.workshop(activity, capacity=1), school.workshop(activity)
    school.registration(school.client(), activity, full)
    models.catch_up()
    page = Page(door, f"/dossiers/{client}/inscrire?activite={activity}", Role.ORGANISER)
    assert page.text.count('name="awaited"') == 1
    path = f"/dossiers/{client}/attente"
    assert page.send(path, {"awaited": str(full)}).status_code == 303
    models.catch_up()
    page.open(f"/dossiers/{client}")
    assert "Retirer de la liste" in page.text
    assert page.send(path, {"awaited": str(full), "leave": "oui"}).status_code == 303
    models.catch_up()
    assert "Retirer de la liste" not in page.open(f"/dossiers/{client}")
    page.open(f"/dossiers/{client}/inscrire?activite={activity}")
    seated = page.send(path, {"awaited": str(free)})
    assert seated.status_code == 409
    assert "ATE-2" in seated.text, "there is a seat: it is taken, not awaited"
    page.open(f"/dossiers/{client}/inscrire?activite={activity}")
    assert page.send(path, {"awaited": "x"}).status_code == 404
