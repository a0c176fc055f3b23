"""« Carte » on the pages of staff: held, paid on the client's telephone, registered; or freed (INS-4)."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP, Planned
from tests.payments.test_pages import form, title
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.paying import Till, cad

pytestmark = pytest.mark.rule("INS-4", "FAC-1")
SOON = timedelta(hours=10)


class AtTheDoor:
    """An organiser at the register page of a client; the workshop of 375.00 starts in ten hours."""

    def __init__(self, till: Till, *roles: Role) -> None:
        school = till.school
        self.till, self.client, self.activity = till, school.client(), school.activity()
        self.workshop = school.workshop(self.activity, starts=datetime.now(UTC) + SOON, capacity=1)
        till.react()
        till.show()
        till.http.base_url = till.portal
        self.path = f"/dossiers/{self.client}/inscrire"
        self.door = Door(school, till.http)
        self.page = Page(self.door, f"{self.path}?activite={self.activity}", *(roles or (Role.ORGANISER,)))

    def send(self, page: Page | None = None, **typed: str) -> httpx2.Response:
        values = {"activity": str(self.activity), "workshop": str(self.workshop), "paid_by": "card"}
        return (page or self.page).send(self.path, values | typed)

    def sold(self, **typed: str) -> str:
        """The address of the page that waits."""
        answer = self.send(None, **typed)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def look(self, waits: str) -> str:
        return html.unescape(self.page.open(waits))

    def state(self, waits: str) -> str:
        found = re.search(r'data-live="said" data-state="(\w+)"', self.look(waits))
        assert found is not None
        return found[1]

    def link(self, waits: str) -> str:
        """The payment page, as the client's telephone reads it from the QR code."""
        found = re.search(r'id="link"[^>]*value="([^"]+)"', self.look(waits))
        assert found is not None
        parts = urlsplit(found[1])
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def begins(self, link: str, **changed: str) -> UUID:
        """The client opens the link on a telephone without log-in and goes on to the provider."""
        http = self.till.http
        sent = http.post(urlsplit(link).path, data=form(http.get(link).text) | changed)
        assert sent.status_code == 303, sent.text
        self.till.turn()
        return UUID(sent.headers["location"].rpartition("/")[2])

    @property
    def registrations(self) -> dict[UUID, Any]:
        state = self.till.school.state(CLIENT.at(self.client))
        assert isinstance(state, Dossier)
        return dict(state.registrations)

    @property
    def holds(self) -> int:
        state = self.till.school.state(WORKSHOP.at(self.workshop))
        assert isinstance(state, Planned)
        return len(state.waiting.holds)


def test_paid_on_the_clients_telephone_the_page_says_registered_by_itself(till: Till) -> None:
    desk = AtTheDoor(till)
    assert "carte, payée par le client" in html.unescape(desk.page.text)
    waits = desk.sold()
    assert desk.state(waits) == "waiting"
    assert "La place est retenue jusqu’au" in desk.look(waits)
    assert "<svg" in desk.look(waits)
    assert not desk.registrations
    intent = desk.begins(desk.link(waits))
    assert desk.state(waits) == "begun"
    till.approve(intent)
    till.settle(3)
    assert desk.state(waits) == "paid"
    said = desk.look(waits)
    assert "Payé : l’inscription est faite." in said
    assert "data-over" in said, "the page asks no more"
    ((registration, place),) = desk.registrations.items()
    assert isinstance(place, Scheduled)
    invoice = till.school.issued(place.sale.invoice)
    assert (invoice.balance, till.booked(place.sale.invoice)) == (cad(0), 37_500)
    assert invoice.number in said
    assert registration


def test_the_payment_page_names_nobody_and_asks_for_the_whole_price(till: Till) -> None:
    desk = AtTheDoor(till)
    link = desk.link(desk.sold())
    asked = html.unescape(till.http.get(link).text)
    assert "Payer vos inscriptions" in asked
    assert "375,00" in asked
    assert "Tremblay" not in asked
    assert till.http.post(link, data=form(asked) | {"amount": "374,99"}).status_code == 422


def test_the_same_click_twice_is_one_sale(till: Till) -> None:
    desk = AtTheDoor(till)
    assert desk.sold() == desk.sold()
    assert desk.holds == 1


def test_another_of_the_staff_is_led_to_the_payment_that_waits(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    other = Page(desk.door, f"{desk.path}?activite={desk.activity}", Role.OFFICE)
    answer = desk.send(other)
    assert answer.status_code == 409
    assert "INS-4" in answer.text
    assert f'href="{waits}"' in answer.text


def test_given_up_by_staff_the_seat_is_free_and_the_link_asks_for_nothing(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    link = desk.link(waits)
    intent = desk.begins(link)
    desk.page.open(waits)
    assert desk.page.send(waits, {"act": "give_up"}).status_code == 303
    assert (desk.state(waits), desk.holds) == ("given_up", 0)
    assert "Recommencer" in desk.look(waits)
    over = till.http.get(link)
    assert (over.status_code, title(over)) == (404, "Cette place n’est plus retenue")
    assert till.intent(intent).outcome == "given_up"
    till.settle(3)
    assert not till.book.captures
    assert not desk.registrations


def test_while_money_may_be_moving_nothing_is_given_up(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    intent = desk.begins(desk.link(waits))
    desk.page.open(waits)
    till.faults(silent=True, lose={"capture": 1})
    till.approve(intent)
    till.turn()
    told = desk.page.send(waits, {"act": "give_up"})
    assert "rien n’est abandonné" in html.unescape(told.text)
    assert (desk.state(waits), desk.holds) == ("confirming", 1)
    assert "Abandonner" not in desk.look(waits)
    till.faults()
    till.settle(3)
    assert desk.state(waits) == "paid"


@pytest.mark.rule("AUD-1")
def test_the_history_of_the_dossier_says_who_sold_by_card(till: Till) -> None:
    desk = AtTheDoor(till)
    desk.sold()
    till.show()
    assert "Vente par carte commencée par l’école" in desk.look(f"/dossiers/{desk.client}?onglet=historique")


def test_given_up_by_the_client_staff_see_it_and_begin_anew(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    back = f"/payer/retour/{desk.begins(desk.link(waits))}?annule=1"
    ended = till.http.post(back, data=form(till.http.get(back).text), follow_redirects=True)
    assert "demandez-le de nouveau à l’école" in html.unescape(ended.text)
    assert "votre panier" not in html.unescape(ended.text)
    assert (desk.state(waits), desk.holds) == ("given_up", 0)
    desk.page.open(f"{desk.path}?activite={desk.activity}")
    assert desk.sold() != waits


def test_a_declined_card_is_said_and_another_one_pays(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    intent = desk.begins(desk.link(waits))
    till.faults(decline=1)
    till.approve(intent)
    till.turn()
    assert desk.state(waits) == "declined"
    till.settle(3)
    assert desk.state(waits) == "paid"


def test_after_twenty_minutes_the_seat_is_anybodys(till: Till) -> None:
    desk = AtTheDoor(till)
    link = desk.link(desk.sold())
    till.later(minutes=25).react()
    assert desk.holds == 0
    assert "Cette place n’est plus retenue" in html.unescape(till.http.get(link).text)
    till.school.late_registration(till.school.client(), desk.activity, desk.workshop)
    assert not desk.registrations


def test_late_but_while_the_seat_is_free_the_client_who_pays_is_registered(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    intent = desk.begins(desk.link(waits))
    till.school.now(datetime.now(UTC) + timedelta(minutes=25))
    till.react()
    assert (desk.state(waits), desk.holds) == ("over", 0)
    assert "s’il paie, il est inscrit tant que la place est libre" in desk.look(waits)
    till.approve(intent)
    till.settle(3)
    assert desk.state(waits) == "paid"


def test_late_and_the_seat_gone_nothing_is_charged(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    intent = desk.begins(desk.link(waits))
    till.school.now(datetime.now(UTC) + timedelta(minutes=25))
    till.react()
    till.school.late_registration(till.school.client(), desk.activity, desk.workshop)
    till.approve(intent)
    till.settle(3)
    assert (desk.state(waits), len(till.book.captures)) == ("over", 0)
    assert "data-over" in desk.look(waits)


def test_registered_for_cash_meanwhile_the_card_is_not_charged(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    intent = desk.begins(desk.link(waits))
    desk.page.open(f"{desk.path}?activite={desk.activity}")
    assert desk.send(paid_by="cash").status_code == 303
    till.approve(intent)
    till.settle(4)
    assert not till.book.captures
    assert len(desk.registrations) == 1
    assert desk.state(waits) == "given_up"


def test_a_reason_to_do_without_is_not_for_the_card(till: Till) -> None:
    desk = AtTheDoor(till, Role.OFFICE)
    answer = desk.send(waive_reason="Virement en route.")
    assert 'id="waive_reason-error"' in answer.text
    assert 'value="Virement en route."' in answer.text
    assert desk.holds == 0


def test_what_costs_nothing_is_registered_without_a_card(till: Till) -> None:
    desk = AtTheDoor(till)
    assert desk.sold(trainee="oui").startswith(f"/dossiers/{desk.client}?")
    assert len(desk.registrations) == 1


@pytest.mark.rule("AUD-4")
def test_the_page_is_for_those_who_register_and_of_this_client(till: Till) -> None:
    desk = AtTheDoor(till)
    waits = desk.sold()
    basket = waits.rpartition("/")[2]
    assert till.http.get(waits, headers=Page(desk.door, "/", Role.TRAINER).headers).status_code == 403
    stranger = f"/dossiers/{till.school.client()}/carte/{basket}"
    assert till.http.get(stranger, headers=desk.page.headers).status_code == 404
    none = f"/dossiers/{desk.client}/carte/{uuid4()}"
    assert till.http.get(none, headers=desk.page.headers).status_code == 404


@pytest.mark.rule("INS-2")
def test_a_phase_with_a_near_date_is_paid_by_card_too(till: Till) -> None:
    school, client = till.school, till.school.client()
    phase, activities = school.phase(size=2)
    near = school.workshop(activities[0], starts=datetime.now(UTC) + SOON)
    till.show()
    till.http.base_url = till.portal
    path = f"/dossiers/{client}/inscrire-phase"
    page = Page(Door(school, till.http), f"{path}?phase={phase}", Role.OFFICE)
    values = {"phase": str(phase), f"date-{activities[0]}": str(near), "paid_by": "card"}
    told = page.send(path, values | {"waive_reason": "Connue."})
    assert 'id="waive_reason-error"' in told.text
    answer = page.send(path, values)
    assert answer.headers["location"].startswith(f"/dossiers/{client}/carte/")
    assert "En attente du paiement" in page.open(answer.headers["location"])
    page.open(f"{path}?phase={phase}")
    again = page.send(path, values)
    assert f'href="{answer.headers["location"]}"' in again.text


class TestNearDate:
    """A place À PLANIFIER of 375.00, nothing paid yet, gets a date that starts in ten hours."""

    def test_from_the_refusal_the_balance_is_paid_by_card_and_the_date_is_a_button_away(
        self, till: Till
    ) -> None:
        desk = AtTheDoor(till)
        registration = till.school.registration(desk.client, desk.activity)
        till.show()
        path = f"/dossiers/{desk.client}/inscriptions/{registration}/modifier"
        desk.page.open(path)
        refused = desk.page.send(path, {"act": "choose_date", "workshop": str(desk.workshop)})
        assert "INS-4" in refused.text
        waits = f"/dossiers/{desk.client}/inscriptions/{registration}/solde?atelier={desk.workshop}"
        assert f'href="{waits}"' in refused.text
        assert desk.state(waits) == "waiting"
        assert "Choisir cette date" not in desk.look(waits)
        link = desk.link(waits)
        assert form(till.http.get(link).text)["amount"] == "375,00", "the balance, not the deposit alone"
        till.approve(desk.begins(link))
        till.settle(3)
        assert desk.state(waits) == "paid"
        assert "Choisir cette date" in desk.look(waits)
        chosen = desk.page.send(path, {"act": "choose_date", "workshop": str(desk.workshop)})
        assert chosen.status_code == 303
        assert isinstance(desk.registrations[registration], Scheduled)

    def test_an_amount_in_the_link_is_but_a_proposal(self, till: Till) -> None:
        desk = AtTheDoor(till)
        registration = till.school.registration(desk.client, desk.activity)
        till.show()
        waits = f"/dossiers/{desk.client}/inscriptions/{registration}/solde"
        link = urlsplit(desk.link(waits)).path
        for asked, shown in (("40.00", "40,00"), ("9999", "40,00"), ("gold", "40,00"), ("100", "100,00")):
            assert form(till.http.get(f"{link}?montant={asked}").text)["amount"] == shown
