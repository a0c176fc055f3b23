"""An invoice as issued, and what becomes of its lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aggregates.invoice.decisions import cancel_line, issue, make_out_to, reopen_line
from aggregates.invoice.events import Fee, FeeBasis, InvoiceAddressed, LineCancelled, PrintedTax
from aggregates.invoice.refusals import NoSuchInvoice, NoSuchLine, NothingToInvoice
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency
from tests.aggregates.given import CLIENT_ID, LINE, NOW, cad, eur, given, issued, line, uid

SECOND = line(id=uid("second"), price=cad(187.50))
ISSUING: dict[str, Any] = {
    "person": CLIENT_ID,
    "number": "CA-2026-0412",
    "issued_on": NOW.date(),
    "currency": Currency.CAD,
    "billing_name": "Éloïse D'Arcy-Lévesque",
}
CANCELLED = LineCancelled(
    person=CLIENT_ID,
    line=LINE,
    note="Ne vient plus.",
    cancelled_at=NOW,
    case=uid("case"),
    proposed=cad(0),
    due=cad(375),
)


@pytest.mark.rule("FAC-1")
def test_a_basket_becomes_an_invoice_whose_balance_is_the_sum_of_its_lines() -> None:
    after = given(INVOICE).when(issue, lines=[line(), SECOND], **ISSUING).then(issued(line(), SECOND))
    assert isinstance(after, Issued)
    assert (after.number, after.client) == ("CA-2026-0412", CLIENT_ID)
    assert after.total == after.balance == cad(562.50)


@pytest.mark.rule("FAC-9", "DOS-16", "CAT-1")
def test_it_says_to_whom_at_which_taxes_and_to_what_it_adds() -> None:
    said: dict[str, Any] = {
        "billing_address": "1, rue du Port",
        "taxes": (PrintedTax(name="TPS", rate=5_000),),
        "supplement_of": uid("first invoice"),
        "reason": "Sans preuve de la réduction.",
    }
    expected = issued().model_copy(update=said)
    given(INVOICE).when(issue, lines=[line()], **ISSUING, **said).then(expected)


@pytest.mark.rule("CAT-3")
def test_a_line_of_0_still_makes_an_invoice() -> None:
    free = line(price=cad(0), deposit=cad(0), due_now=cad(0))
    after = given(INVOICE).when(issue, lines=[free], **ISSUING).then(issued(free))
    assert isinstance(after, Issued)
    assert after.balance == cad(0)


@pytest.mark.rule("FAC-1")
def test_an_empty_basket_makes_none() -> None:
    given(INVOICE).when(issue, lines=[], **ISSUING).then_refused(NothingToInvoice)


@pytest.mark.rule("CAT-2")
def test_lines_of_another_currency_never_get_on_an_invoice() -> None:
    mixed = given(INVOICE).when(issue, lines=[line(), line(id=uid("second"), price=eur(375))], **ISSUING)
    with pytest.raises(ValueError, match="another currency"):
        mixed.decide(mixed.state)


@pytest.mark.rule("FAC-9")
def test_issued_twice_is_issued_once_whatever_the_lines() -> None:
    given(INVOICE, issued()).when(issue, lines=[SECOND], **ISSUING).then_nothing()


@pytest.mark.rule("INS-8")
def test_a_cancelled_line_is_no_longer_due_and_keeps_its_note() -> None:
    after = (
        given(INVOICE, issued(line(), SECOND))
        .when(cancel_line, LINE, note="Ne vient plus.", now=NOW, case=uid("case"))
        .then(CANCELLED)
    )
    assert isinstance(after, Issued)
    assert after.balance == cad(187.50)
    assert after.lines == (line(), SECOND)


@pytest.mark.rule("INS-9")
def test_a_cancelled_line_keeps_why_the_terms_propose_what_they_do() -> None:
    mistake = Fee(basis=FeeBasis.MISTAKE)
    given(INVOICE, issued()).when(
        cancel_line, LINE, note="Ne vient plus.", now=NOW, case=uid("case"), fee=mistake
    ).then(CANCELLED.model_copy(update={"fee": mistake}))


@pytest.mark.rule("INS-14")
def test_a_line_that_stands_needs_no_reopening() -> None:
    given(INVOICE, issued()).when(reopen_line, LINE).then_nothing()


@pytest.mark.rule("INS-8")
def test_a_line_is_cancelled_once() -> None:
    given(INVOICE, issued(), CANCELLED).when(
        cancel_line, LINE, note="Encore", now=NOW, case=uid("another")
    ).then_nothing()


def test_an_unknown_invoice_or_line_is_missing() -> None:
    given(INVOICE).when(cancel_line, LINE, note=None, now=NOW, case=uid("case")).then_refused(NoSuchInvoice)
    given(INVOICE, issued()).when(cancel_line, uid("x"), note=None, now=NOW, case=uid("case")).then_refused(
        NoSuchLine
    )


@pytest.mark.rule("DOS-16", "FAC-9")
def test_an_invoice_is_made_out_to_a_company_and_nothing_else_changes() -> None:
    company = InvoiceAddressed(person=CLIENT_ID, name="Roy inc.", address="1, rue du Port")
    before = given(INVOICE, issued(), CANCELLED)
    after = before.when(make_out_to, name="Roy inc.", address="1, rue du Port").then(company)
    assert isinstance(before.state, Issued)
    assert (before.state.billing_name, before.state.billing_address) == ("Éloïse D'Arcy-Lévesque", None)
    assert after == replace(before.state, billing_name="Roy inc.", billing_address="1, rue du Port")
    addressed = given(INVOICE, issued(), company)
    addressed.when(make_out_to, name="Roy inc.", address="1, rue du Port").then_nothing()
    addressed.when(make_out_to, name="Roy inc.", address=None).then(
        company.model_copy(update={"address": None})
    )
    given(INVOICE).when(make_out_to, name="Roy inc.", address=None).then_refused(NoSuchInvoice)
