"""Another price than the catalogue's: asked by client or staff, answered by accounting (CAT-4)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from aggregates.client.events import PriceAdjustmentRefused
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = pytest.mark.rule("CAT-4")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def put_in_basket(page: Page, activity: UUID) -> None:
    assert page.send("/panier", {"act": "put", "activite": str(activity)}).status_code == 303


def test_a_client_asks_from_the_basket_which_stays_and_accounting_answer(
    door: Door, school: School, models: Projecting
) -> None:
    client, activity, other = (
        school.at_home(),
        school.activity("Lâcher prise"),
        school.activity("Se respecter"),
    )
    models.catch_up()
    page = Page(door, f"/panier?activite={activity}", Role.CLIENT, user=client)
    put_in_basket(page, activity)
    models.catch_up()
    page.open(f"/panier?activite={other}")
    wish = {"act": "ask_price", "activite": str(other)}
    assert 'id="reason-error"' in page.send("/panier", wish).text
    asked = page.send("/panier", {**wish, "reason": "Deux enfants à charge."})
    assert "fait=my_price_asked" in asked.headers["location"]
    models.catch_up()
    assert "Lâcher prise" in page.open("/panier"), "the basket stays"

    path = f"/dossiers/{client}/autre-prix"
    accounting = Page(door, "/a-faire", Role.ACCOUNTING)
    assert f'href="{path}"' in accounting.text
    assert "Deux enfants à charge." in accounting.open(path)
    refusal = {"act": "refuse", "activity": str(other)}
    assert "Dites pourquoi" in accounting.send(path, refusal).text
    answered = accounting.send(path, {**refusal, "reason": "Le tarif famille suffit."})
    assert answered.status_code == 303
    models.catch_up()
    assert "Rien n’est demandé" in accounting.open(path)
    assert f'href="{path}"' not in accounting.open("/a-faire")
    assert isinstance(school.facts(CLIENT.at(client))[-1], PriceAdjustmentRefused)


def test_staff_ask_for_a_client_and_only_accounting_answer(
    door: Door, school: School, models: Projecting
) -> None:
    client, activity = school.client(), school.activity("Écoute de soi")
    models.catch_up()
    register = Page(door, f"/dossiers/{client}/inscrire?activite={activity}", Role.ORGANISER)
    path = f"/dossiers/{client}/autre-prix"
    assert f'href="{path}?activite={activity}"' in register.text
    register.open(f"{path}?activite={activity}")
    assert f'<option value="{activity}" selected>' in register.text
    wish = {"act": "ask", "activity": str(activity)}
    assert "Dites pourquoi" in register.send(path, wish).text
    assert register.send(path, {**wish, "reason": "Vient de loin."}).status_code == 303
    assert "n’a pas encore répondu" in register.open(path)
    assert register.send(path, {**wish, "act": "refuse", "reason": "Non."}).status_code == 403
