"""Invoices with their lines, payments and refunds, and what is owed on each (FAC-2, FAC-8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args
from uuid import UUID

from aggregates.client.merging.events import DossierMerged
from aggregates.invoice.basket.events import CreditOpened
from aggregates.invoice.events import (
    CaseDecided,
    CreditNote,
    FeeBasis,
    InvoiceAddressed,
    InvoiceIssued,
    InvoiceTakenOver,
    Line,
    LineCancelled,
    LineCredited,
    LineReopened,
)
from aggregates.invoice.payments.events import (
    ChequeSent,
    CreditMoved,
    Move,
    PaymentBounced,
    PaymentCorrected,
    PaymentDeposited,
    PaymentDescribed,
    PaymentReallocated,
    PaymentReceived,
    PaymentSplit,
    PaymentWithdrawn,
    RefundApproved,
    RefundMade,
    RefundProposed,
    RefundWithdrawn,
)
from projections.balances import OWED, OWED_AS_NOTED
from projections.model import Model, Rows, Table, shown
from schema.envelope import Recorded

_BALANCE = f"""
    select i.invoice, i.client, i.currency, i.day, i.at, {OWED}, {OWED_AS_NOTED}
    from read.money_invoice i where i.invoice = r.invoice""".replace("read.money_", "{place}.")

MODEL = Model(
    "money",
    4,
    (
        Table(
            "invoice",
            {
                "invoice": "uuid",
                "client": "uuid",
                "number": "text",
                "series": "text",
                "currency": "text",
                "day": "date",
                "at": "timestamptz",
                "supplement_of": "uuid",
                "billing_name": "text",
            },
            indexes=("(supplement_of) where supplement_of is not null",),
        ),
        Table(
            "line",
            {
                "line": "uuid",
                "invoice": "uuid",
                "n": "integer",
                "registration": "uuid",
                "activity": "uuid",
                "activity_name": "text",
                "price": "bigint",
                "deposit": "bigint",
                "reasons": "jsonb",
                "starts": "timestamptz",
                "done_on": "date",
                "undecided": "boolean",
                "mistaken": "boolean",
            },
            indexes=("(invoice)", "(registration) where registration is not null"),
        ),
        Table(
            "credit_note",
            {"number": "text", "line": "uuid", "amount": "bigint", "issued_on": "date", "at": "timestamptz"},
            keys=2,
            indexes=("(line)",),
        ),
        Table(
            "payment",
            {
                "payment": "uuid",
                "invoice": "uuid",
                "status": "text",
                "method": "text",
                "registration": "uuid",
                "cheque": "uuid",
                "holder": "uuid",
                "credit_from": "uuid",
                "commented": "boolean",
                "at": "timestamptz",
            },
            indexes=("(invoice)", "(at, payment) where status = 'noted'"),
        ),
        Table(
            "moved",
            {
                "position": "bigint",
                "n": "integer",
                "payment": "uuid",
                "kind": "text",
                "line": "uuid",
                "amount": "bigint",
            },
            keys=2,
            indexes=("(line) where line is not null", "(payment)"),
        ),
        Table(
            "refund",
            {
                "refund": "uuid",
                "invoice": "uuid",
                "payment": "uuid",
                "amount": "bigint",
                "method": "text",
                "status": "text",
                "by_user": "uuid",
                "at": "timestamptz",
            },
            indexes=("(invoice)", "(at) where status = 'proposed'"),
        ),
        Table(
            "balance",
            {
                "invoice": "uuid",
                "client": "uuid",
                "currency": "text",
                "day": "date",
                "at": "timestamptz",
                "balance": "bigint",
                "noted": "bigint",
            },
            indexes=(
                "(at, invoice)",
                "(client, at)",
                "(at, invoice) where balance > 0",
                "(at, invoice) where balance < 0",
                "(client, currency, day, balance) where balance > 0",
            ),
            derived=_BALANCE,
        ),
    ),
)


@MODEL.on(InvoiceIssued)
def issued(e: Recorded, fact: InvoiceIssued, rows: Rows) -> None:
    rows.put(
        "invoice",
        invoice=e.originator_id,
        client=fact.person,
        number=fact.number,
        series=fact.number.rsplit("-", 2)[0],
        currency=fact.currency.value,
        day=fact.issued_on,
        at=e.envelope.at,
        supplement_of=fact.supplement_of,
        billing_name=shown(fact.billing_name),
    )
    for n, line in enumerate(fact.lines):
        _line(e, n, line, rows)
    _counted_anew(e, rows)


@MODEL.on(InvoiceTakenOver)
def taken_over(e: Recorded, fact: InvoiceTakenOver, rows: Rows) -> None:
    """Under the other system's number, of none of our series."""
    rows.put(
        "invoice",
        invoice=e.originator_id,
        client=fact.person,
        number=fact.number,
        series="",
        currency=fact.currency.value,
        day=fact.issued_on,
        at=e.envelope.at,
        supplement_of=None,
        billing_name=shown(fact.billing_name),
    )
    if fact.line is not None:
        _line(e, e.originator_version, fact.line, rows)
    _counted_anew(e, rows)


@MODEL.on(CreditOpened)
def credit_opened(e: Recorded, fact: CreditOpened, rows: Rows) -> None:
    """A document without number, series and lines."""
    rows.put(
        "invoice",
        invoice=e.originator_id,
        client=fact.client,
        number="",
        series="",
        currency=fact.currency.value,
        day=e.envelope.at.date(),
        at=e.envelope.at,
        supplement_of=None,
        billing_name=None,
    )
    _counted_anew(e, rows)


@MODEL.on(DossierMerged)
def merged(_e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for invoice in fact.invoices:
        rows.patch("invoice", (invoice,), client=fact.into)
        rows.derive("balance", (invoice,))


@MODEL.on(InvoiceAddressed)
def addressed(e: Recorded, fact: InvoiceAddressed, rows: Rows) -> None:
    rows.patch("invoice", (e.originator_id,), billing_name=shown(fact.name))


@MODEL.on(LineCancelled)
def cancelled(e: Recorded, fact: LineCancelled, rows: Rows) -> None:
    mistaken = fact.fee is not None and fact.fee.basis is FeeBasis.MISTAKE
    rows.patch("line", (fact.line,), undecided=True, mistaken=mistaken)
    _counted_anew(e, rows)


@MODEL.on(LineReopened)
def reopened(e: Recorded, fact: LineReopened, rows: Rows) -> None:
    rows.patch("line", (fact.line,), undecided=False)
    _counted_anew(e, rows)


@MODEL.on(CaseDecided)
def decided(e: Recorded, fact: CaseDecided, rows: Rows) -> None:
    rows.patch("line", (fact.line,), undecided=False)
    _credited(e, fact.line, fact.credit_note, rows)
    _moved(e, fact.moves, rows)


@MODEL.on(LineCredited)
def credited(e: Recorded, fact: LineCredited, rows: Rows) -> None:
    _credited(e, fact.line, fact.credit_note, rows)
    _moved(e, fact.moves, rows)


@MODEL.on(PaymentReceived)
def received(e: Recorded, fact: PaymentReceived, rows: Rows) -> None:
    rows.put(
        "payment",
        payment=fact.payment,
        invoice=e.originator_id,
        status="deposited" if fact.method.at_once else "noted",
        method=fact.method.value,
        registration=fact.registration,
        cheque=fact.cheque,
        holder=fact.holder,
        credit_from=fact.credit_from,
        commented=False,
        at=e.envelope.at,
    )
    _moved(e, fact.moves, rows)


@MODEL.on(PaymentDescribed)
def described(_e: Recorded, fact: PaymentDescribed, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), commented=fact.commented)


@MODEL.on(PaymentDeposited)
def deposited(e: Recorded, fact: PaymentDeposited, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), status="deposited", holder=None)
    _counted_anew(e, rows)


@MODEL.on(PaymentBounced)
def bounced(e: Recorded, fact: PaymentBounced, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), status="bounced")
    _counted_anew(e, rows)


@MODEL.on(PaymentWithdrawn)
def withdrawn(e: Recorded, fact: PaymentWithdrawn, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), status="withdrawn", holder=None)
    _moved(e, fact.moves, rows)


@MODEL.on(PaymentCorrected)
def corrected(e: Recorded, fact: PaymentCorrected, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), method=fact.method.value)
    _moved(e, fact.moves, rows)


@MODEL.on(ChequeSent)
def cheque_sent(_e: Recorded, fact: ChequeSent, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), holder=None)


def refund(e: Recorded, fact: RefundMade | RefundProposed, rows: Rows) -> None:
    (move,) = fact.moves
    rows.put(
        "refund",
        refund=fact.refund,
        invoice=e.originator_id,
        payment=move.payment,
        amount=move.amount.minor,
        method=fact.method.value,
        status="proposed" if isinstance(fact, RefundProposed) else "made",
        by_user=fact.by if isinstance(fact, RefundProposed) else None,
        at=e.envelope.at,
    )
    _moved(e, fact.moves, rows)


@MODEL.on(RefundApproved)
def refund_approved(e: Recorded, fact: RefundApproved, rows: Rows) -> None:
    rows.patch("refund", (fact.refund,), status="made", at=e.envelope.at)
    _moved(e, fact.moves, rows)


@MODEL.on(RefundWithdrawn)
def refund_withdrawn(e: Recorded, fact: RefundWithdrawn, rows: Rows) -> None:
    rows.patch("refund", (fact.refund,), status="withdrawn", at=e.envelope.at)
    _moved(e, fact.moves, rows)


_Moving = PaymentReallocated | PaymentSplit | CreditMoved


def moved(e: Recorded, fact: _Moving, rows: Rows) -> None:
    _moved(e, fact.moves, rows)


MODEL.on(RefundMade)(refund)
MODEL.on(RefundProposed)(refund)
for _fact_type in get_args(_Moving):
    MODEL.on(_fact_type)(moved)


def _line(e: Recorded, n: int, line: Line, rows: Rows) -> None:
    rows.put(
        "line",
        line=line.id,
        invoice=e.originator_id,
        n=n,
        registration=line.registration,
        activity=line.activity,
        activity_name=line.activity_name,
        price=line.price.minor,
        deposit=line.deposit.minor,
        reasons=[reason.model_dump(mode="json") for reason in line.reasons],
        starts=line.starts,
        done_on=line.done_on,
        undecided=False,
        mistaken=False,
    )


def _credited(e: Recorded, line: UUID, note: CreditNote | None, rows: Rows) -> None:
    if note is not None:
        rows.put(
            "credit_note",
            number=note.number,
            line=line,
            amount=note.amount.minor,
            issued_on=note.issued_on,
            at=e.envelope.at,
        )


def _moved(e: Recorded, moves: Iterable[Move], rows: Rows) -> None:
    """Off where it lay, onto where it lies."""
    sides = [(m, pocket, sign) for m in moves for pocket, sign in ((m.source, -1), (m.target, 1))]
    for n, (move, pocket, sign) in enumerate(sides):
        if pocket is not None:
            rows.put(
                "moved",
                position=e.position,
                n=n,
                payment=move.payment,
                kind=pocket.kind.value,
                line=pocket.id if pocket.kind.value == "line" else None,
                amount=sign * move.amount.minor,
            )
    _counted_anew(e, rows)


def _counted_anew(e: Recorded, rows: Rows) -> None:
    rows.derive("balance", (e.originator_id,))
