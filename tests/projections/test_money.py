"""Balances in the queries of dossier and roster: always what the invoice itself says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.invoice.corrections.decisions import take_off
from aggregates.invoice.decisions import Verdict, cancel_line, credit_line, decide_case, reopen_line
from aggregates.invoice.imports.decisions import OldInvoice, take_over_balance, take_over_place
from aggregates.invoice.payments.decisions import (
    Incoming,
    bounce,
    correct,
    deposit,
    reallocate,
    receive,
    split,
    withdraw,
)
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import for_invoice
from aggregates.invoice.refunds.decisions import Giving, approve_refund, refund, send_credit, withdraw_refund
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Fact, Money
from projections import dossier, invoices, participants, statement
from tests.support.builders import NOW, cad, dossier_created, invoice_issued, invoice_line, registered
from tests.support.projecting import Projecting

CARD, CHEQUE, CASH, REFUND, CASE = (uuid4() for _ in range(5))
FIRST, SECOND = invoice_line(cad(37_500)), invoice_line(cad(20_000))
WORKSHOP, ELSEWHERE = uuid4(), uuid4()


def pay(payment: UUID, method: PaymentMethod, amount: Money) -> Callable[[Any], Sequence[Fact]]:
    return lambda invoice: receive(invoice, Incoming(payment, method, amount), for_invoice(invoice, {}))


def give(refund_id: UUID, payment: UUID, minor: int, *, second: bool) -> Callable[[Any], Sequence[Fact]]:
    wish = [Giving(refund_id, payment, cad(minor), PaymentMethod.TRANSFER)]
    return lambda invoice: refund(invoice, wish, by=uuid4(), needs_second=second)


def decide(invoice: Any) -> Sequence[Fact]:
    return decide_case(
        invoice,
        CASE,
        Verdict(cad(4_000)),
        number="CA-N-2026-0001",
        today=NOW.date(),
        by=uuid4(),
        needs_second=False,
    )


STEPS: Sequence[tuple[str, Callable[[Any], Sequence[Fact]]]] = (
    ("a card pays deposits and balances", pay(CARD, PaymentMethod.CARD, cad(45_000))),
    ("a cheque is noted", pay(CHEQUE, PaymentMethod.CHEQUE, cad(10_000))),
    (
        "it is corrected",
        lambda i: correct(
            i, CHEQUE, amount=cad(20_000), method=PaymentMethod.CHEQUE, marks=for_invoice(i, {}), reason="x"
        ),
    ),
    ("a part is noted elsewhere", lambda i: split(i, CHEQUE, cad(500), to=ELSEWHERE, part=uuid4())),
    ("it is deposited", lambda i: deposit(i, CHEQUE)),
    (
        "a payment put elsewhere",
        lambda i: reallocate(i, CARD, {FIRST.id: cad(30_000), SECOND.id: cad(1_000)}),
    ),
    ("credit goes to another invoice", lambda i: send_credit(i, cad(1_000), to=ELSEWHERE, payment=uuid4())),
    ("a refund is proposed", give(REFUND, CARD, 2_000, second=True)),
    ("and approved", lambda i: approve_refund(i, REFUND, by=uuid4())),
    ("one is made at once", give(uuid4(), CHEQUE, 500, second=False)),
    ("a line is cancelled", lambda i: cancel_line(i, FIRST.id, note=None, now=NOW, case=CASE)),
    ("it stands again", lambda i: reopen_line(i, FIRST.id)),
    ("it is cancelled again", lambda i: cancel_line(i, FIRST.id, note=None, now=NOW, case=CASE)),
    ("the case is decided", decide),
    (
        "something is credited",
        lambda i: credit_line(
            i, SECOND.id, cad(15_000), number="CA-N-2026-0002", today=NOW.date(), reason="x"
        ),
    ),
    ("another refund is proposed", give(CASE, CARD, 100, second=True)),
    ("and given up", lambda i: withdraw_refund(i, CASE)),
    ("the cheque bounces", lambda i: bounce(i, CHEQUE)),
    ("cash is noted", pay(CASH, PaymentMethod.CASH, cad(1))),
    ("and had never been", lambda i: withdraw(i, CASH, reason="x")),
)


@pytest.mark.rule("FAC-1", "FAC-2", "FAC-4", "FAC-9", "LIS-1")
def test_after_each_fact_they_say_what_the_invoice_says(proven: Projecting) -> None:
    client, invoice, other = uuid4(), uuid4(), uuid4()
    sold = invoice_issued(client, "CA-2026-0412", FIRST, SECOND)
    proven.given(
        (client, dossier_created(client)),
        *(
            (client, registered(line.registration, workshop=WORKSHOP, invoice=invoice, line=line.id))
            for line in (FIRST, SECOND)
            if line.registration
        ),
        (invoice, sold),
        (other, invoice_issued(client, "CA-2026-0413")),
    )
    state = INVOICE.evolve(INVOICE.initial, sold)
    agree(proven, client, invoice, state, "at first")
    for name, step in STEPS:
        facts = step(state)
        assert facts, name
        proven.given(*((invoice, fact) for fact in facts))
        for fact in facts:
            state = INVOICE.evolve(state, fact)
        agree(proven, client, invoice, state, name)


@pytest.mark.rule("INS-10", "FAC-9")
def test_a_correction_of_all_lines_leaves_a_void_invoice_with_its_number(proven: Projecting) -> None:
    """One credit note is for both lines; the client's other invoice stays as it is."""
    client, invoice, other = uuid4(), uuid4(), uuid4()
    sold = invoice_issued(client, "CA-2026-0412", FIRST, SECOND)
    proven.given(
        (client, dossier_created(client)),
        (invoice, sold),
        (other, invoice_issued(client, "CA-2026-0413", invoice_line(cad(1_000)))),
    )
    state: Any = INVOICE.evolve(INVOICE.initial, sold)
    for line, due in ((FIRST, 20_000), (SECOND, 0)):
        facts = take_off(
            state,
            {line.id: uuid4()},
            reason="Par erreur.",
            now=NOW,
            number="CA-N-2026-0001",
            today=NOW.date(),
            by=uuid4(),
        )
        proven.given(*((invoice, fact) for fact in facts))
        for fact in facts:
            state = INVOICE.evolve(state, fact)
        shown = {row["id"]: row for row in proven.ask(lambda c: dossier.invoices(c, client))}
        assert (shown[str(invoice)]["balance"]["minor"], shown[str(invoice)]["void"]) == (due, due == 0)
        assert shown[str(invoice)]["number"] == "CA-2026-0412"
        assert (shown[str(other)]["balance"]["minor"], shown[str(other)]["void"]) == (1_000, False)


@pytest.mark.rule("IMP-1", "FAC-8", "DOS-17")
def test_what_is_taken_over_stands_in_file_and_statement_under_its_old_number(proven: Projecting) -> None:
    client, invoice, other, credit = (uuid4() for _ in range(4))
    old = partial(OldInvoice, person=client, billing_name="Zoé Roy")
    day = NOW.date() - timedelta(days=70)
    state: Any = INVOICE.initial
    taken: list[Fact] = []
    for line, paid in ((FIRST, 4_000), (SECOND, 0)):
        of = old(number="F-17", issued_on=day)
        facts = take_over_place(state, of, line, paid=cad(paid), payment=uuid4(), today=NOW.date())
        for fact in facts:
            state = INVOICE.evolve(state, fact)
        taken += facts
    of = old(number="F-18", issued_on=NOW.date())
    theirs = take_over_balance(
        INVOICE.initial, of, cad(-700), line=uuid4(), payment=uuid4(), today=NOW.date()
    )
    proven.given(
        (client, dossier_created(client)),
        (other, invoice_issued(client, "CA-2026-0413", invoice_line(cad(1_000)))),
        *((invoice, fact) for fact in taken),
        *((credit, fact) for fact in theirs),
    )
    shown = {row["number"]: row for row in proven.ask(lambda c: dossier.invoices(c, client))}
    assert {number: (row["balance"]["minor"], row["void"]) for number, row in shown.items()} == {
        "CA-2026-0413": (1_000, False),
        "F-17": (53_500, False),
        "F-18": (-700, False),
    }
    (debtor,) = proven.ask(lambda c: statement.balances(c, NOW.date()))
    (owed,) = debtor["owed"]
    assert (owed["total"], owed["days_0_30"], owed["days_61_90"]) == (54_500, 1_000, 53_500)
    one = proven.ask(lambda c: invoices.invoice(c, invoice))
    assert one is not None
    assert (one["series"], one["billing_name"]) == ("", "Zoé Roy")
    assert [line["id"] for line in one["lines"]] == [str(FIRST.id), str(SECOND.id)]
    assert [(p["method"], p["status"]) for p in one["payments"]] == [("taken_over", "deposited")]


def agree(models: Projecting, client: UUID, invoice: UUID, state: Any, name: str) -> None:
    assert isinstance(state, Issued)
    shown = {row["id"]: row for row in models.ask(lambda c: dossier.invoices(c, client))}
    assert shown[str(invoice)]["balance"]["minor"] == state.balance.minor, name
    assert shown[str(invoice)]["total"]["minor"] == 57_500
    assert len(shown) == 2
    counted = {row["invoice"]: row["noted"] for row in models.rows("money_balance")}
    assert counted[invoice] == state.balance_noted.minor, name
    expected = {
        str(line.registration): (state.due(line) - left(state, line.id)).minor for line in state.lines
    }
    rows = models.ask(lambda c: participants.participants(c, WORKSHOP, see_money=True))
    assert {row["registration"]: row["balance"]["minor"] for row in rows} == expected, name
    in_file = models.ask(lambda c: dossier.registrations(c, client))
    assert {row["id"]: row["balance"]["minor"] for row in in_file} == expected, name


def left(state: Issued, line: UUID) -> Money:
    """What of the line is paid or noted, unless it waits in a case."""
    return cad(0) if line in state.undecided else state.paid(line)
