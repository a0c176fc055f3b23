"""« Carte » of staff beside other payments of the client: nothing is taken twice, or for nothing (FAC-3)."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands import payable
from commands.access import Scope
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from portal.staff.by_card import STILL_MOVING
from tests.payments.test_card_at_the_door import SOON, AtTheDoor
from tests.payments.test_pages import form
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.paying import Till, cad, oneself

pytestmark = pytest.mark.rule("FAC-3", "INS-4")


def nobody_knows_whether_it_was_taken(till: Till, intent: UUID) -> None:
    till.faults(silent=True, lose={"capture": 1})
    till.approve(intent)
    till.turn()
    assert till.intent(intent).state == "asked"


def test_a_newer_wish_hides_no_payment_that_moves(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    link = desk.link(waits)
    first = desk.begins(link)
    nobody_knows_whether_it_was_taken(till, first)
    again = till.http.post(urlsplit(link).path, data=form(till.http.get(link).text))
    assert UUID(again.headers["location"].rpartition("/")[2]) != first
    assert desk.state(waits) == "confirming"
    desk.page.open(waits)
    told = desk.page.send(waits, {"act": "give_up"})
    assert "rien n’est abandonné" in html.unescape(told.text)
    assert desk.holds == 1
    by_client = till.http.post(again.headers["location"])
    assert "annule" not in by_client.headers["location"], "nor by the client"
    till.faults()
    till.settle(4)
    assert (len(till.book.captures), len(desk.registrations), desk.state(waits)) == (1, 1, "paid")


def test_while_a_payment_moves_no_second_card_is_asked_for(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    nobody_knows_whether_it_was_taken(till, desk.begins(desk.link(waits)))
    till.school.now(datetime.now(UTC) + timedelta(minutes=25))
    till.react()
    desk.page.open(f"{desk.path}?activite={desk.activity}")
    refused = desk.send()
    assert STILL_MOVING in html.unescape(refused.text)
    assert refused.status_code != 303
    till.faults()
    till.settle(4)
    assert (len(till.book.captures), len(desk.registrations), desk.state(waits)) == (1, 1, "paid")


def test_sold_by_staff_meanwhile_the_clients_own_basket_is_not_charged(till: Till) -> None:
    desk = AtTheDoor(till)
    client, later = desk.client, datetime.now(UTC) + timedelta(days=60)
    far = till.school.workshop(desk.activity, starts=later)
    me = oneself(client)
    till.school.send(PutInBasket(client=client, activity=desk.activity, workshop=far), me)
    till.school.send(FinaliseBasket(client=client, total=cad(37_500), due_now=cad(4_000)), me)
    look = partial(payable.payable_basket, client=client)
    own = till.school.side.dispatcher.consider(look, me, {Role.CLIENT: Scope.OWN_FILE})
    assert own is not None
    by_staff = desk.begins(desk.link(desk.sold()))
    by_client = till.wants_basket(own)
    till.turn()
    till.approve(by_staff)
    till.settle(3)
    till.approve(by_client)
    till.settle(3)
    assert len(till.book.captures) == len(desk.registrations) == 1
    assert till.intent(by_client).state == "ended"


def test_over_but_not_yet_released_it_can_be_given_up_and_begun_anew(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    till.school.now(datetime.now(UTC) + timedelta(minutes=25))
    assert desk.state(waits) == "over"
    assert "Abandonner" in desk.look(waits)
    assert desk.page.send(waits, {"act": "give_up"}).status_code == 303
    desk.page.open(f"{desk.path}?activite={desk.activity}")
    assert desk.send().status_code == 303


def test_paid_it_is_no_longer_said_to_be_due(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    assert "À payer maintenant" in desk.look(waits)
    till.approve(desk.begins(desk.link(waits)))
    till.settle(3)
    assert desk.state(waits) == "paid"
    assert "À payer maintenant" not in desk.look(waits)


def test_of_a_phase_the_place_with_the_near_date_is_paid_first(till: Till) -> None:
    """By a link of its own: else the money fills deposits and other places, and the date stays refused."""
    desk = AtTheDoor(till)
    school, client = till.school, till.school.client()
    phase, (first, second) = school.phase(size=2)
    far = school.workshop(first, starts=datetime.now(UTC) + timedelta(days=60))
    near = school.workshop(second, starts=datetime.now(UTC) + SOON)
    till.show()
    path = f"/dossiers/{client}/inscrire-phase"
    page = Page(Door(school, till.http), f"{path}?phase={phase}", Role.OFFICE)
    assert page.send(path, {"phase": str(phase), f"date-{first}": str(far)}).status_code == 303
    state = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    place = next(id_ for id_, p in state.registrations.items() if p.sale.activity == second)
    till.show()
    change = f"/dossiers/{client}/inscriptions/{place}/modifier"
    page.open(change)
    assert page.send(change, {"act": "choose_date", "workshop": str(near)}).status_code == 409
    waits = f"/dossiers/{client}/inscriptions/{place}/solde?atelier={near}"
    link = desk.link(waits)
    assert form(till.http.get(link).text)["amount"] == "375,00"
    sent = till.http.post(link, data=form(till.http.get(link).text))
    till.turn()
    till.approve(UUID(sent.headers["location"].rpartition("/")[2]))
    till.settle(3)
    till.show()
    assert desk.state(waits) == "paid"
    page.open(change)
    assert page.send(change, {"act": "choose_date", "workshop": str(near)}).status_code == 303
