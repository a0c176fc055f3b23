"""A date within 48 h is chosen once the registration is paid, or staff waive it (INS-4)."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.catalogue.settings import Category
from aggregates.client.registrations.events import PriceRaised
from aggregates.client.registrations.state import Sale
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import CreditNote, LineCredited
from aggregates.invoice.payments.events import PaymentMethod, PaymentReceived, PaymentWithdrawn
from aggregates.invoice.payments.policies import on_line
from aggregates.invoice.policies import paid_before_a_near_date
from aggregates.invoice.pricing import terms_for
from aggregates.invoice.refusals import FullPaymentNeeded
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Currency, Money
from tests.aggregates.given import (
    CLIENT_ID,
    LINE,
    NOW,
    REGISTRATION,
    activity,
    cad,
    dossier,
    given,
    issued,
    line,
    terms,
    uid,
    without_date,
)
from tests.aggregates.test_payments import put, shifted

pytestmark = pytest.mark.rule("INS-4")
OTHERS = line(id=uid("another's line"), registration=uid("another's"))
SUPPLEMENT = uid("supplement line")


def sale(*facts: Any, **changes: Any) -> Sale:
    state = given(CLIENT, dossier(), without_date(**changes), *facts).state
    assert isinstance(state, Dossier)
    return state.registrations[REGISTRATION].sale


def invoice(*facts: Any) -> Invoice:
    """The registration's line beside another's, which nobody pays."""
    return given(INVOICE, issued(line(), OTHERS), *facts).state


def paid(amount: Money, on: Any = LINE) -> PaymentReceived:
    moves = (put(amount, on_line(on)),)
    return PaymentReceived(payment=moves[0].payment, method=PaymentMethod.CASH, amount=amount, moves=moves)


def refused(of: Sale, *invoices: Invoice) -> dict[str, Any]:
    with pytest.raises(FullPaymentNeeded) as caught:
        paid_before_a_near_date(of, invoices, waived=False)
    return dict(caught.value.fields)


def test_what_is_paid_of_the_line_is_told() -> None:
    assert refused(sale(), invoice()) == {"due": cad(375), "paid": cad(0)}
    assert refused(sale(), invoice(paid(cad(374.99)))) == {"due": cad(375), "paid": cad(374.99)}


def test_money_that_is_noted_counts_though_not_yet_deposited() -> None:
    assert paid_before_a_near_date(sale(), [invoice(paid(cad(375)))], waived=False)


def test_money_taken_back_or_lying_on_another_line_does_not_count() -> None:
    payment = paid(cad(375))
    assert refused(sale(), invoice(paid(cad(375), OTHERS.id)))["paid"] == cad(0)
    withdrawn = PaymentWithdrawn(
        person=CLIENT_ID,
        payment=payment.payment,
        moves=(shifted(cad(375), on_line(LINE), None),),
        reason="Saisi deux fois.",
    )
    assert refused(sale(), invoice(payment, withdrawn))["paid"] == cad(0)


def test_a_credit_note_lowers_what_is_asked() -> None:
    note = CreditNote(number="CA-N-2026-0001", issued_on=NOW.date(), amount=cad(75))
    credited = LineCredited(person=CLIENT_ID, line=LINE, credit_note=note, reason="Geste", moves=())
    assert refused(sale(), invoice(credited)) == {"due": cad(300), "paid": cad(0)}
    assert paid_before_a_near_date(sale(), [invoice(credited, paid(cad(300)))], waived=False)


def test_a_line_added_to_the_price_is_part_of_it() -> None:
    raised = PriceRaised(
        registration=REGISTRATION, invoice=uid("supplement"), line=SUPPLEMENT, amount=cad(37.50)
    )
    supplement = given(INVOICE, issued(line(id=SUPPLEMENT, price=cad(37.50)))).state
    first = invoice(paid(cad(375)))
    assert refused(sale(raised), first, supplement) == {"due": cad(412.50), "paid": cad(375)}


def test_staff_waive_what_lacks_and_only_where_something_does() -> None:
    assert not paid_before_a_near_date(sale(), [invoice()], waived=True)
    assert paid_before_a_near_date(sale(), [invoice(paid(cad(375)))], waived=True)


@pytest.mark.rule("INS-5")
def test_the_hours_are_those_of_the_sale() -> None:
    school = terms(full_payment_hours=72)
    made = terms_for(activity(), school.terms_of(Category.REGULAR, Currency.CAD))
    assert sale(terms=made).full_payment_hours == 72
    assert sale(terms=None).full_payment_hours == 48
