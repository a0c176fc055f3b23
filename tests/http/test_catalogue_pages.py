"""The catalogue is read and edited on its pages; what was sold keeps its price (CAT-1, ATE-1)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, VENUE, Activity, Discount, Phase, Venue
from aggregates.kernel import Currency, Money, Role
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = pytest.mark.rule("CAT-1")
ACTIVITY_FIELDS = {"name": "Zen", "category": "regular", "days": "2", "price-CAD": "1 375,50", "note": ""}


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def activity_of(school: School, id_: UUID) -> Activity:
    found = school.state(ACTIVITY.at(id_))
    assert isinstance(found, Activity)
    return found


def test_an_activity_is_added_and_stands_in_the_list_with_its_price(
    door: Door, school: School, models: Projecting
) -> None:
    path = "/catalogue/activites/nouveau"
    page = Page(door, path, Role.ADMIN)
    wrong = page.send(path, ACTIVITY_FIELDS | {"price-CAD": "cher"})
    assert "Écrivez un montant" in wrong.text
    assert 'value="cher"' in wrong.text
    assert Page(door, path, Role.ADMIN).send(path, ACTIVITY_FIELDS).status_code == 303
    models.catch_up()
    shown = Page(door, "/catalogue", Role.ORGANISER).text
    assert "Zen" in shown
    assert "1\N{NO-BREAK SPACE}375,50" in shown
    assert "/catalogue/activites/" not in shown


def test_a_new_price_leaves_an_invoice_alone_and_a_stale_change_shows_both(
    door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity("Écoute")
    sold = school.sold(school.client(), activity)
    path = f"/catalogue/activites/{activity}"
    first, second = Page(door, path, Role.ADMIN), Page(door, path, Role.ADMIN)
    assert "ne change aucune facture" in first.text
    fields = ACTIVITY_FIELDS | {"seen_version": first.hidden("seen_version"), "price-EUR": "375,00"}
    assert first.send(path, fields | {"name": "Écoute", "price-CAD": "400"}).status_code == 303
    assert activity_of(school, activity).prices[0] == Money(minor=40_000, currency=Currency.CAD)
    assert school.issued(sold.invoice).lines[0].price.minor == 37_500
    stale = second.send(path, fields | {"name": "Écoute de soi", "price-CAD": "410"})
    assert stale.status_code == 409
    assert "Changé entre-temps" in stale.text
    assert 'value="410"' in stale.text
    assert "400,00" in stale.text
    again = Page(door, path, Role.ADMIN).send(path, {"act": "retire"})
    assert again.status_code == 303
    assert activity_of(school, activity).retired
    assert Page(door, path, Role.ADMIN).send(path, {"act": "resume"}).status_code == 303
    assert not activity_of(school, activity).retired


@pytest.mark.rule("INS-2")
def test_a_phase_is_put_together_in_the_order_typed_with_prices_of_its_own(
    door: Door, school: School, models: Projecting
) -> None:
    one, two, three = (school.activity(name) for name in ("Une", "Deux", "Trois"))
    phase = school.phase(size=1, activities=(one,))[0]
    models.catch_up()
    path = f"/catalogue/phases/{phase}"
    page = Page(door, path, Role.ADMIN)
    fields = {"seen_version": page.hidden("seen_version"), "number": "2", "name": "Phase 2"}
    rows = {"activity": [str(one), str(two), str(three)]}
    assert "Numérotez" in page.send(path, {**fields, **rows}).text
    placed = {f"order-{three}": "1", f"order-{one}": "2", f"price-EUR-{one}": "300"}
    done = Page(door, path, Role.ADMIN).send(path, {**fields, **rows, **placed})
    assert done.status_code == 303
    found = school.state(PHASE.at(phase))
    assert isinstance(found, Phase)
    assert found.activities == (three, one)
    assert [(p.activity, p.price.minor) for p in found.prices] == [(one, 30_000)]


@pytest.mark.rule("CAT-4")
def test_accounting_edits_discounts_and_nothing_else(door: Door, school: School, models: Projecting) -> None:
    discount = school.discount()
    path = f"/catalogue/rabais/{discount}"
    page = Page(door, path, Role.ACCOUNTING)
    fields = {"seen_version": page.hidden("seen_version"), "name": "Étudiant", "chosen_by": "office"}
    assert "l’un des deux" in page.send(path, {**fields, "percent": "10", "amount-CAD": "20"}).text
    done = Page(door, path, Role.ACCOUNTING).send(path, {**fields, "amount-CAD": "20"})
    assert done.status_code == 303
    found = school.state(DISCOUNT.at(discount))
    assert isinstance(found, Discount)
    assert (found.percent, found.chosen_by) == (None, (Role.OFFICE,))
    other = door.http.get("/catalogue/lieux/nouveau", headers=page.headers)
    assert other.status_code == 403
    assert Page(door, path, Role.ACCOUNTING).send(path, {"act": "retire"}).status_code == 303
    models.catch_up()
    assert "retiré" in Page(door, "/catalogue", Role.AUDITOR).text


@pytest.mark.rule("ATE-1")
def test_the_note_of_a_venue_is_edited(door: Door, school: School, models: Projecting) -> None:
    venue = school.venue()
    path = f"/catalogue/lieux/{venue}"
    page = Page(door, path, Role.ADMIN)
    fields = {"name": "Hôtel", "city": "Laval", "country": "CA", "region": "canada", "address": ""}
    fields |= {"zone": "America/Toronto", "note": "Entrée par la cour.", "seen_version": "1"}
    assert page.send(path, fields).status_code == 303
    found = school.state(VENUE.at(venue))
    assert isinstance(found, Venue)
    assert found.note == "Entrée par la cour."
    assert door.http.get("/catalogue/autres/nouveau", headers=page.headers).status_code == 404
