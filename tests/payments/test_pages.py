"""What a client sees who pays, from the link to the outcome, over real HTTP (FAC-2, FAC-3)."""

from __future__ import annotations

import html
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import orjson
import pypdf
import pytest

from aggregates.kernel import Role
from processors.runtime.links import Links
from processors.runtime.payments import intents, links
from service.provider.notifying import signed
from tests.support.http import bearer
from tests.support.paying import Till
from tests.support.write_side import VAULT


def link(till: Till, invoice: UUID) -> str:
    side = till.school.side
    address, _ = links.pay_link(side.store.vault, till.portal, invoice, side.clock())
    return address


def form(text: str) -> dict[str, str]:
    """What the page's form would send as it is."""
    fields = re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in fields}


def title(answer: httpx2.Response) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text, re.DOTALL)
    assert found is not None, answer.text
    return re.sub(r"<.*?>", "", found[1]).strip()


def begun(till: Till, address: str, amount: str) -> httpx2.Response:
    """The page of the outcome, after the form was sent; the cashier has looked."""
    page = till.http.get(address)
    answer = till.http.post(address, data=form(page.text) | {"amount": amount})
    assert answer.status_code == 303, answer.text
    till.turn()
    return till.http.get(f"{till.portal}{answer.headers['location']}")


@pytest.mark.rule("FAC-2")
class TestLink:
    def test_from_the_link_to_thank_you(self, till: Till) -> None:
        _, invoice = till.invoice()
        there = begun(till, link(till, invoice), "100,50 $")
        assert title(there) == "Vous allez chez PayPal…"
        _, _, approve = there.headers["refresh"].partition("url=")
        assert "100,50" in till.http.get(approve).text
        back = till.http.post(approve, data={"act": "pay"}).headers["location"]
        assert back.startswith("https://portail.example.com/payer/retour/")
        back = back.replace("https://portail.example.com", till.portal)
        assert title(till.http.get(back)) == "Nous vérifions votre paiement…"
        till.settle(2)
        done = till.http.get(back)
        assert title(done) == "Merci, votre paiement est reçu"
        assert "refresh" not in done.headers
        assert till.booked(invoice) == 10_050

    def test_a_second_click_is_the_same_payment(self, till: Till) -> None:
        _, invoice = till.invoice()
        address = link(till, invoice)
        sent = form(till.http.get(address).text) | {"amount": "40"}
        first, second = (till.http.post(address, data=sent).headers["location"] for _ in range(2))
        assert first == second
        assert till.count("select count(*) from payment_intents") == 1

    def test_given_up_at_the_provider_nothing_is_taken(self, till: Till) -> None:
        _, invoice = till.invoice()
        there = begun(till, link(till, invoice), "40")
        _, _, approve = there.headers["refresh"].partition("url=")
        back = till.http.post(approve, data={"act": "cancel"}).headers["location"]
        page = till.http.get(back.replace("https://portail.example.com", till.portal))
        assert title(page) == "Paiement interrompu"
        assert "refresh" not in page.headers
        ended = till.http.post(str(page.url), data=form(page.text), follow_redirects=True)
        assert title(ended) == "Paiement abandonné"
        till.settle(2)
        assert (till.booked(invoice), len(till.book.captures)) == (0, 0)

    def test_only_from_what_is_due_now_to_the_whole(self, till: Till) -> None:
        _, invoice = till.invoice()
        address = link(till, invoice)
        sent = form(till.http.get(address).text)
        for amount in ("39,99", "375,01", "0", "-40", "quarante", "1e3", "", "40,005", "40 €40"):
            answer = till.http.post(address, data=sent | {"amount": amount})
            assert (answer.status_code, amount) == (422, amount)
            assert "entre les deux sommes" in html.unescape(answer.text)
        assert till.count("select count(*) from payment_intents") == 0

    def test_once_the_deposit_is_paid_any_part_of_the_balance(self, till: Till) -> None:
        client, invoice = till.invoice()
        till.deposited_cheque(client, invoice, 4_000)
        assert begun(till, link(till, invoice), "1,00").status_code == 200

    def test_paid_there_is_nothing_to_pay(self, till: Till) -> None:
        client, invoice = till.invoice()
        till.deposited_cheque(client, invoice, 37_500)
        assert "Rien à payer" in till.http.get(link(till, invoice)).text

    def test_altered_guessed_or_over_it_opens_nothing(self, till: Till) -> None:
        _, invoice = till.invoice()
        side = till.school.side
        good = link(till, invoice).rpartition("/")[2]
        old, _ = links.pay_link(side.store.vault, "", invoice, side.clock() - timedelta(days=31))
        other = good[:-2] + ("AA" if good[-2:] != "AA" else "BB")
        for token in (old.rpartition("/")[2], other, "x", "A" * 48, good[1:], good + "AAAA"):
            answer = till.http.get(f"{till.portal}/payer/lien/{token}")
            assert (answer.status_code, title(answer)) == (404, "Ce lien n’est plus valable")
        assert till.http.get(f"{till.portal}/payer/lien/{good}").status_code == 200

    def test_it_names_nobody(self, till: Till) -> None:
        _, invoice = till.invoice()
        page = till.http.get(link(till, invoice))
        assert "Arcy" not in page.text
        assert "oise" not in page.text
        assert page.headers["referrer-policy"] == "no-referrer"

    def test_an_outcome_that_nobody_asked_for_is_not_found(self, till: Till) -> None:
        assert till.http.get(f"{till.portal}/payer/retour/{uuid4()}").status_code == 404


@pytest.mark.rule("FAC-1", "FAC-2")
class TestBasket:
    def test_the_own_finalised_basket_is_paid(self, till: Till) -> None:
        activity = till.school.activity()
        basket = till.finalised(till.school.workshop(activity), activity)
        me = bearer(till.school.side, Role.CLIENT, user=basket.client)
        page = till.http.get(f"{till.portal}/payer/panier", headers=me)
        assert title(page) == "Payer vos inscriptions"
        assert form(page.text)["amount"] == "40,00"
        other = bearer(till.school.side, Role.CLIENT, user=till.school.client())
        assert title(till.http.get(f"{till.portal}/payer/panier", headers=other)) == "Aucun panier à payer"

    def test_given_up_its_seat_is_free(self, till: Till) -> None:
        activity = till.school.activity()
        workshop = till.school.workshop(activity, capacity=1)
        wish = till.wants_basket(till.finalised(workshop, activity))
        till.turn()
        page = till.http.post(f"{till.portal}/payer/retour/{wish}", follow_redirects=True)
        assert "places sont libérées" in page.text
        till.school.registration(till.school.client(), activity, workshop)

    def test_given_up_nothing_is_taken_whatever_the_provider_tells_later(self, till: Till) -> None:
        """The payer had agreed at the provider; its notice comes when they have given up."""
        activity = till.school.activity()
        wish = till.wants_basket(till.finalised(till.school.workshop(activity), activity))
        till.turn()
        till.faults(silent=True)
        till.approve(wish)
        page = till.http.post(f"{till.portal}/payer/retour/{wish}", follow_redirects=True)
        assert title(page) == "Paiement abandonné"
        assert "Rien n’a été débité" in page.text
        resource = {"id": till.intent(wish).order_id, "purchase_units": [{"custom_id": wish.hex}]}
        body = orjson.dumps({"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": resource})
        assert till.notify(body, signed(till.book, body)).text == "kept"
        till.settle(3)
        assert (till.intent(wish).outcome, len(till.book.captures)) == ("given_up", 0)
        assert title(till.http.get(f"{till.portal}/payer/retour/{wish}")) == "Paiement abandonné"

    def test_given_up_while_the_provider_is_asked_nobody_says_that_nothing_was_taken(
        self, till: Till
    ) -> None:
        wish = till.wants_basket(till.finalised(None, till.school.activity()))
        till.turn()
        with till.connection as connection:
            connection.execute(
                "update payment_intents set lease = gen_random_uuid(), lease_until = now() + interval '9 s'"
            )
        page = till.http.post(f"{till.portal}/payer/retour/{wish}", follow_redirects=True)
        assert title(page) == "Nous vérifions votre paiement…"
        assert "Abandonner" in page.text
        assert "Rien n’a été débité" not in page.text

    def test_told_of_what_was_given_up_the_page_waits_for_the_answer(self, till: Till) -> None:
        wish = till.wants_basket(till.finalised(None, till.school.activity()))
        till.turn()
        address = f"{till.portal}/payer/retour/{wish}"
        assert title(till.http.post(address, follow_redirects=True)) == "Paiement abandonné"
        with till.connection as connection:
            intents.noticed(connection, wish, None)
        assert title(till.http.get(address)) == "Paiement en cours de confirmation…"
        till.turn()
        assert title(till.http.get(address)) == "Paiement abandonné"

    def test_it_is_too_late_to_give_up_what_is_paid(self, till: Till) -> None:
        basket = till.finalised(None, till.school.activity())
        wish = till.wants_basket(basket)
        till.turn()
        till.approve(wish)
        till.settle(2)
        page = till.http.post(f"{till.portal}/payer/retour/{wish}", follow_redirects=True)
        assert title(page) == "Merci, votre paiement est reçu"

    def test_late_money_says_what_became_of_it(self, till: Till) -> None:
        activity = till.school.activity()
        workshop = till.school.workshop(activity, capacity=1)
        wish = till.wants_basket(till.finalised(workshop, activity))
        till.turn()
        till.faults(silent=True, lose={"capture": 1})
        till.approve(wish)
        till.turn()
        late = till.later(minutes=25)
        late.react()
        till.school.registration(till.school.client(), activity, workshop)
        late.settle(2)
        page = till.http.get(f"{till.portal}/payer/retour/{wish}")
        assert title(page) == "Votre paiement est arrivé trop tard"


@pytest.mark.rule("FAC-7")
class TestInvoiceLink:
    def test_the_link_of_an_e_mail_shows_the_invoice_until_it_ends(self, till: Till) -> None:
        _, invoice = till.invoice()
        till.show()
        address = Links(VAULT, till.portal).invoice(invoice, till.school.side.clock())
        page = till.http.get(address)
        assert (page.status_code, page.headers["content-type"]) == (200, "application/pdf")
        assert page.content.startswith(b"%PDF")
        assert till.count("select count(*) from access_trail where kind = 'invoice_pdf'") == 1
        early = Links(VAULT, till.portal).invoice(invoice, till.school.side.clock() - timedelta(days=61))
        for over in (
            early,
            address[:-2] + "xx",
            Links(VAULT, till.portal).invoice(uuid4(), datetime.now(UTC)),
        ):
            assert title(till.http.get(over)) == "Ce lien n’est plus valable"

    @pytest.mark.rule("FAC-2")
    def test_the_paper_leads_a_telephone_to_its_payment_and_has_the_same_bytes_later(
        self, till: Till
    ) -> None:
        _, invoice = till.invoice()
        till.show()

        def paper() -> bytes:
            return till.http.get(Links(VAULT, till.portal).invoice(invoice, till.school.side.clock())).content

        first = paper()
        notes: Any = pypdf.PdfReader(io.BytesIO(first)).pages[0]["/Annots"]
        addresses = {note.get_object()["/A"]["/URI"] for note in notes}
        [pay] = [address for address in addresses if "/payer/lien/" in address]
        pay = till.portal + urlsplit(pay).path
        assert "Payer la facture" in title(till.http.get(pay))
        till.school.now(datetime.now(UTC) + timedelta(days=364))
        assert paper() == first
        assert "Payer la facture" in title(till.http.get(pay))
        till.school.now(datetime.now(UTC) + timedelta(days=368))
        assert title(till.http.get(pay)) == "Ce lien n’est plus valable"

    def test_who_gave_up_pays_from_the_same_page_again(self, till: Till) -> None:
        _, invoice = till.invoice()
        there = begun(till, link(till, invoice), "40")
        gone = till.http.post(str(there.url), follow_redirects=True)
        assert title(gone) == "Paiement abandonné"
        onward = re.search(r'href="(/payer/lien/[^"]+)"', gone.text)
        assert onward is not None
        assert "Payer la facture" in title(till.http.get(till.portal + onward[1]))
