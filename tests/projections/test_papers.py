"""What only a printed invoice says: address, taxes, notes to the client; and who gets a tax receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.events import RegistrationFollowed
from aggregates.invoice.events import CreditNote, InvoiceAddressed, LineCredited, PrintedTax
from aggregates.invoice.payments.events import (
    Move,
    PaymentMethod,
    PaymentReceived,
    Pocket,
    PocketKind,
)
from aggregates.kernel import Fact
from aggregates.workshop.closing.events import TaxReceipt, TaxReceiptsSent, WorkshopClosed
from projections import papers
from projections.waiting_work import Asked, ToDoKind, to_dos
from tests.support.builders import (
    NOW,
    cad,
    dossier_created,
    dossier_deactivated,
    dossier_restored,
    eur,
    invoice_issued,
    invoice_line,
    line_cancelled,
    registered,
    venue_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("FAC-7")
PRICE = cad(37_500)


def paper(models: Projecting, invoice: UUID) -> Row:
    found = models.ask(lambda c: papers.paper(c, invoice))
    assert found is not None
    return found


def receipts(models: Projecting, workshop: UUID, **only: Any) -> list[Row]:
    return models.ask(lambda c: papers.receipts(c, workshop, "CAD", **only))


@pytest.mark.rule("DOS-16", "CAT-1")
def test_an_invoice_has_the_address_it_was_made_out_to_and_its_taxes(proven: Projecting) -> None:
    client, own, companys, later = (uuid4() for _ in range(4))
    taxes = (PrintedTax(name="TPS", rate=5_000), PrintedTax(name="TVQ", rate=9_975))
    plain = invoice_issued(client, "CA-2026-0001")
    company = {"billing_name": "Roy inc.", "billing_address": "1, rue Haute"}
    proven.given(
        (client, dossier_created(client)),
        (own, plain.model_copy(update={"taxes": taxes})),
        (companys, plain.model_copy(update=company | {"number": "CA-2026-0002"})),
        (later, plain.model_copy(update={"number": "CA-2026-0003"})),
    )
    proven.given((later, InvoiceAddressed(person=client, name="Zut inc.", address="2, rue Basse")))
    assert [t["name"] for t in paper(proven, own)["taxes"]] == ["TPS", "TVQ"]
    three = [paper(proven, invoice) for invoice in (own, companys, later)]
    told = [(p["own"], p["address"], p["taxes"] != []) for p in three]
    assert told == [(True, None, True), (False, "1, rue Haute", False), (False, "2, rue Basse", False)]
    proven.given((later, InvoiceAddressed(person=client, name="Léa Roy", address=None)))
    assert (paper(proven, later)["own"], paper(proven, later)["address"]) == (True, None)


@pytest.mark.rule("INS-8", "FAC-9")
def test_notes_are_told_with_their_line_and_credit_note(proven: Projecting) -> None:
    client, invoice, other = (uuid4() for _ in range(3))
    line, stranger = invoice_line(), invoice_line()
    note = CreditNote(number="CA-N-2026-0001", issued_on=NOW.date(), amount=cad(1_000))
    proven.given(
        (client, dossier_created(client)),
        (invoice, invoice_issued(client, "CA-2026-0001", line)),
        (other, invoice_issued(client, "CA-2026-0002", stranger)),
    )
    credited = LineCredited(person=client, line=line.id, credit_note=note, reason="Retard", moves=())
    proven.given((invoice, credited))
    proven.given((invoice, line_cancelled(client, line.id, "Ne vient plus")))
    proven.given((other, line_cancelled(client, stranger.id)))
    told = [(n["line"], n["credit_note"], n["text"]) for n in paper(proven, invoice)["notes"]]
    assert told == [(str(line.id), "CA-N-2026-0001", "Retard"), (str(line.id), None, "Ne vient plus")]
    assert paper(proven, other)["notes"] == [], "nothing was written"
    found = proven.ask(lambda c: papers.credit_note(c, "CA-N-2026-0001"))
    assert found is not None
    assert (found["invoice"], found["lines"][0]["amount"]["minor"], found["lines"][0]["kept"]) == (
        str(invoice),
        1_000,
        None,
    )
    assert proven.ask(lambda c: papers.credit_note(c, "CA-N-2026-0002")) is None


@pytest.mark.rule("DOS-11")
def test_address_and_notes_go_with_the_dossier_and_stay_gone_when_it_comes_back(proven: Projecting) -> None:
    gone, stays, old, other = (uuid4() for _ in range(4))
    line, same = invoice_line(), invoice_line()
    proven.given((gone, dossier_created(gone)), (stays, dossier_created(stays, email="s@example.com")))
    for client, invoice, number, its in (
        (gone, old, "CA-2026-0001", line),
        (stays, other, "CA-2026-0002", same),
    ):
        address = {"billing_address": "1, rue Haute"}
        proven.given((invoice, invoice_issued(client, number, its).model_copy(update=address)))
        proven.given((invoice, line_cancelled(client, its.id, "Ne vient plus")))
    proven.given((gone, dossier_deactivated(gone)))
    erased: Row = {"own": False, "address": "[effacé]", "notes": []}
    assert paper(proven, old).items() >= erased.items()
    kept = paper(proven, other)
    assert (kept["address"], [note["text"] for note in kept["notes"]]) == ("1, rue Haute", ["Ne vient plus"])
    proven.given((gone, dossier_restored(gone)))
    assert paper(proven, old).items() >= erased.items()


def _paid(line: UUID, amount: Any, method: PaymentMethod = PaymentMethod.CARD) -> PaymentReceived:
    payment = uuid4()
    move = Move(payment=payment, amount=amount, target=Pocket(kind=PocketKind.LINE, id=line))
    return PaymentReceived(payment=payment, method=method, amount=amount, moves=(move,))


@pytest.mark.rule("ATE-7")
def test_receipts_go_to_who_followed_and_paid_once_it_is_closed(
    proven: Projecting,
) -> None:
    client, laval, lyon, venue, abroad = (uuid4() for _ in range(5))
    europe = venue_added(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")
    proven.given(
        (client, dossier_created(client)),
        (venue, venue_added()),
        (abroad, europe),
        (laval, workshop_planned(venue=venue)),
        (lyon, workshop_planned(venue=abroad, zone="Europe/Paris", region=Region.EUROPE)),
    )

    def sold(workshop: UUID, *paid: Any, price: Any = PRICE, followed: bool = True) -> UUID:
        registration, invoice = uuid4(), uuid4()
        line = invoice_line(price, registration=registration)
        place = registered(registration, workshop=workshop, invoice=invoice, line=line.id, price=price)
        was_there = RegistrationFollowed(registration=registration, workshop=workshop, earned=())
        issued = invoice_issued(client, f"CA-2026-{invoice.hex[:4]}", line)
        issued = issued.model_copy(update={"currency": price.currency})
        facts: list[tuple[UUID, Fact]] = [(client, place), (invoice, issued)]
        facts += [(client, was_there)] if followed else []
        proven.given(*facts)
        for amount, method in paid:
            proven.given((invoice, _paid(line.id, amount, method)))
        return registration

    card, cheque = PaymentMethod.CARD, PaymentMethod.CHEQUE
    one = sold(laval, (cad(4_000), card), (cad(1_000), cheque), (cad(30_000), card))
    sold(laval, (cad(4_000), cheque))
    sold(laval, (cad(4_000), card), followed=False)
    sold(laval, (eur(4_000), card), price=eur(37_500))
    sold(laval)
    sold(lyon, (cad(4_000), card))
    unpaid = sold(laval)
    assert receipts(proven, laval) == [], "not closed"
    proven.given((laval, WorkshopClosed()), (lyon, WorkshopClosed()))
    [receipt] = receipts(proven, laval)
    assert (receipt["registration"], receipt["paid"]["minor"]) == (str(one), 34_000)
    assert sorted(p["amount"]["minor"] for p in receipt["payments"]) == [4_000, 30_000]
    assert receipts(proven, lyon) == []
    assert receipts(proven, laval, registration=unpaid) == []
    assert len(receipts(proven, laval, registration=one)) == 1
    assert (receipt["due"], receipt["sent_at"]) == (True, None)
    assert to_send(proven) == {str(laval): 1}
    sent = TaxReceipt(registration=UUID(str(one)), client=client, paid=cad(34_000))
    proven.given((laval, TaxReceiptsSent(receipts=(sent,))))
    [receipt] = receipts(proven, laval)
    assert (receipt["due"], receipt["sent_at"]) == (False, NOW.isoformat().replace("+00:00", "Z"))
    assert to_send(proven) == {}
    other = sent.model_copy(update={"paid": cad(4_000)})
    proven.given((laval, TaxReceiptsSent(receipts=(other,))))
    assert receipts(proven, laval)[0]["due"], "over another amount"


def to_send(models: Projecting) -> dict[str, int]:
    """Workshops that the to-do names, with how many receipts."""
    asked = Asked(NOW + timedelta(days=1), None)
    rows = models.ask(lambda c: to_dos(c, ToDoKind.TAX_RECEIPTS, asked, 10))
    return {row["id"]: row["missing"]["receipts"] for row in rows}


def test_masked_it_has_neither_address_nor_words() -> None:
    shown = {"own": False, "address": "1, rue Haute", "notes": [{"text": "Ne vient plus", "line": None}]}
    hidden = {"own": False, "address": "[masqué]", "notes": [{"text": "[masqué]", "line": None}]}
    assert papers.masked(shown) == hidden
    assert papers.masked(shown | {"own": True, "address": None, "notes": []})["address"] == "[masqué]"
    assert papers.masked(shown | {"address": "[effacé]", "notes": []})["address"] == "[effacé]"
