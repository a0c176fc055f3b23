"""The page of an offered seat, by the link of its e-mail: taken, paid, declined, over (ATE-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.client.state import CLIENT, Dossier
from aggregates.workshop.state import WORKSHOP, Planned
from commands.baskets.put_in_basket import PutInBasket
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.join_waiting_list import JoinWaitingList
from processors.runtime.links import Links
from tests.payments.test_pages import form, title
from tests.support.paying import Till, cad, oneself
from tests.support.write_side import VAULT

pytestmark = pytest.mark.rule("ATE-2")


@dataclass
class Offer:
    """One seat became free and is offered to somebody who waits."""

    till: Till
    activity: UUID
    workshop: UUID
    client: UUID

    @property
    def address(self) -> str:
        return Links(VAULT, self.till.portal).offer(self.client, self.workshop)

    def look(self) -> httpx2.Response:
        return self.till.http.get(self.address)

    def press(self, act: str, sent: dict[str, str] | None = None) -> httpx2.Response:
        return self.till.http.post(self.address, data=(sent or form(self.look().text)) | {"act": act})

    @property
    def has_seat(self) -> bool:
        state = self.till.school.state(WORKSHOP.at(self.workshop))
        assert isinstance(state, Planned)
        return any(seat.client == self.client for seat in state.seats.values())


def offered(till: Till, *, registered: bool = False) -> Offer:
    school = till.school
    taught = school.activity()
    workshop = school.workshop(taught, capacity=1)
    holder = school.sold(school.client(), taught, workshop)
    client = school.client()
    if registered:
        school.registration(client, taught)
    school.send(JoinWaitingList(client=client, workshop=workshop))
    till.react()
    school.send(DeferRegistration(client=holder.client, registration=holder.registration))
    till.react()
    till.show()
    return Offer(till, taught, workshop, client)


@pytest.fixture
def offer(till: Till) -> Offer:
    return offered(till)


def test_it_says_what_is_offered_until_when_and_what_is_due_and_changes_nothing(offer: Offer) -> None:
    page = offer.look()
    assert title(page) == "Une place est libre pour vous"
    text = page.text.replace("\xa0", " ").replace("\u202f", " ")
    for words in ("Écoute de soi", "EN LIGNE", "375,00 $", "Prendre la place et payer 40,00 $"):
        assert words in text
    assert not offer.has_seat


@pytest.mark.rule("INS-4")
def test_taken_and_paid_the_seat_is_theirs(offer: Offer) -> None:
    till, sent = offer.till, form(offer.look().text)
    first, second = offer.press("accept", sent), offer.press("accept", sent)
    assert first.headers["location"] == second.headers["location"] == f"/payer/retour/{sent['command_id']}"
    wish = UUID(sent["command_id"])
    till.turn()
    assert not offer.has_seat, "the basket holds it"
    till.approve(wish)
    till.settle(3)
    assert offer.has_seat
    assert till.school.issued(till.intent(wish).invoice).balance == cad(33_500)
    assert title(offer.look()) == "Votre place est réservée"


def test_given_up_at_the_provider_it_is_paid_by_pressing_again(offer: Offer) -> None:
    till = offer.till
    till.http.post(till.portal + offer.press("accept").headers["location"])
    again = offer.press("accept")
    assert again.status_code == 303, title(again)
    wish = UUID(again.headers["location"].rpartition("/")[2])
    till.turn()
    till.approve(wish)
    till.settle(3)
    assert offer.has_seat


def test_an_open_registration_gets_the_date_at_once(till: Till) -> None:
    offer = offered(till, registered=True)
    assert "payer" not in form(offer.look().text).values()
    answer = offer.press("accept")
    assert (answer.status_code, answer.headers["location"]) == (303, offer.address.removeprefix(till.portal))
    assert offer.has_seat


def test_declined_it_passes_to_the_next(offer: Offer) -> None:
    other = offer.till.school.client()
    offer.till.school.send(JoinWaitingList(client=other, workshop=offer.workshop))
    assert title(offer.press("decline")) == "C’est noté"
    offer.till.react()
    assert title(Offer(offer.till, offer.activity, offer.workshop, other).look()) == (
        "Une place est libre pour vous"
    )
    assert title(offer.look()) == "Cette offre est terminée"


def test_after_its_time_it_is_over(offer: Offer) -> None:
    sent = form(offer.look().text)
    clock = offer.till.school.side.clock
    offer.till.school.now(clock() + timedelta(days=6))
    offer.till.react()
    assert title(offer.look()) == "Cette offre est terminée"
    assert title(offer.press("accept", sent)) == "Cette offre est terminée"
    assert not offer.has_seat


def test_with_something_else_in_the_basket_nothing_is_taken(offer: Offer) -> None:
    other = offer.till.school.activity("Chant")
    wish = PutInBasket(client=offer.client, activity=other, workshop=None)
    offer.till.school.send(wish, oneself(offer.client))
    page = offer.look()
    assert "Votre panier contient déjà autre chose" in page.text
    assert "Prendre la place et payer" not in page.text
    assert title(offer.press("accept")) == "Une place est libre pour vous"
    assert offer.till.count("select count(*) from payment_intents") == 0


@pytest.mark.rule("T13")
def test_the_link_of_somebody_else_or_none_is_not_told_apart(offer: Offer) -> None:
    links = Links(VAULT, offer.till.portal)
    stranger = links.offer(uuid4(), offer.workshop)
    assert title(offer.till.http.get(stranger)) == "Cette offre est terminée"
    for address in (
        f"{offer.till.portal}/offre/{uuid4().hex}",
        offer.address[:-1] + ("A" if offer.address[-1] != "A" else "B"),
        links.unsubscribe(offer.client).replace("desabonnement", "offre"),
    ):
        answers = [offer.till.http.get(address), offer.till.http.post(address, data={"act": "accept"})]
        assert [(a.status_code, title(a)) for a in answers] == [(404, "Ce lien n’est pas valable")] * 2
    assert not offer.has_seat
    assert isinstance(offer.till.school.state(CLIENT.at(offer.client)), Dossier)
