"""What each line asks for and what is paid on it: the balances in other models' queries (FAC-2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args
from uuid import UUID

from aggregates.invoice.events import (
    CaseDecided,
    CreditNote,
    FeeBasis,
    InvoiceIssued,
    LineCancelled,
    LineCredited,
    LineReopened,
)
from aggregates.invoice.payments.events import (
    CreditMoved,
    Move,
    PaymentBounced,
    PaymentCorrected,
    PaymentDeposited,
    PaymentMethod,
    PaymentReallocated,
    PaymentReceived,
    PaymentSplit,
    PaymentWithdrawn,
    RefundApproved,
    RefundMade,
    RefundProposed,
    RefundWithdrawn,
)
from projections.model import Model, Rows, Table
from schema.envelope import Recorded

_Moving = (
    PaymentCorrected
    | PaymentReallocated
    | PaymentSplit
    | RefundMade
    | RefundProposed
    | RefundApproved
    | RefundWithdrawn
    | CreditMoved
)

MODEL = Model(
    "money",
    2,
    (
        Table(
            "line",
            {
                "line": "uuid",
                "invoice": "uuid",
                "registration": "uuid",
                "price": "bigint",
                "undecided": "boolean",
                "mistaken": "boolean",
            },
            indexes=("(invoice)", "(registration) where registration is not null"),
        ),
        Table(
            "credit_note",
            {"number": "text", "line": "uuid", "amount": "bigint"},
            keys=2,
            indexes=("(line)",),
        ),
        Table("payment", {"payment": "uuid", "invoice": "uuid", "status": "text"}, indexes=("(invoice)",)),
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
    ),
)


@MODEL.on(InvoiceIssued)
def issued(e: Recorded, fact: InvoiceIssued, rows: Rows) -> None:
    for line in fact.lines:
        rows.put(
            "line",
            line=line.id,
            invoice=e.originator_id,
            registration=line.registration,
            price=line.price.minor,
            undecided=False,
            mistaken=False,
        )


@MODEL.on(LineCancelled)
def cancelled(_e: Recorded, fact: LineCancelled, rows: Rows) -> None:
    mistaken = fact.fee is not None and fact.fee.basis is FeeBasis.MISTAKE
    rows.patch("line", (fact.line,), undecided=True, mistaken=mistaken)


@MODEL.on(LineReopened)
def reopened(_e: Recorded, fact: LineReopened, rows: Rows) -> None:
    rows.patch("line", (fact.line,), undecided=False)


@MODEL.on(CaseDecided)
def decided(e: Recorded, fact: CaseDecided, rows: Rows) -> None:
    rows.patch("line", (fact.line,), undecided=False)
    _credited(fact.line, fact.credit_note, rows)
    _moved(e, fact.moves, rows)


@MODEL.on(LineCredited)
def credited(e: Recorded, fact: LineCredited, rows: Rows) -> None:
    _credited(fact.line, fact.credit_note, rows)
    _moved(e, fact.moves, rows)


@MODEL.on(PaymentReceived)
def received(e: Recorded, fact: PaymentReceived, rows: Rows) -> None:
    at_once = fact.method in (PaymentMethod.CARD, PaymentMethod.CREDIT)
    status = "deposited" if at_once else "noted"
    rows.put("payment", payment=fact.payment, invoice=e.originator_id, status=status)
    _moved(e, fact.moves, rows)


@MODEL.on(PaymentDeposited)
def deposited(_e: Recorded, fact: PaymentDeposited, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), status="deposited")


@MODEL.on(PaymentBounced)
def bounced(_e: Recorded, fact: PaymentBounced, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), status="bounced")


@MODEL.on(PaymentWithdrawn)
def withdrawn(e: Recorded, fact: PaymentWithdrawn, rows: Rows) -> None:
    rows.patch("payment", (fact.payment,), status="withdrawn")
    _moved(e, fact.moves, rows)


def moved(e: Recorded, fact: _Moving, rows: Rows) -> None:
    _moved(e, fact.moves, rows)


for _fact_type in get_args(_Moving):
    MODEL.on(_fact_type)(moved)


def _credited(line: UUID, note: CreditNote | None, rows: Rows) -> None:
    if note is not None:
        rows.put("credit_note", number=note.number, line=line, amount=note.amount.minor)


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


DUE_ON_LINE = """case when l.undecided then 0 else l.price - coalesce(
    (select sum(c.amount) from read.money_credit_note c where c.line = l.line), 0) end"""
NOTED_ON_LINE = """case when l.undecided then 0 else coalesce(
    (select sum(m.amount) from read.money_moved m join read.money_payment p on p.payment = m.payment
     where m.line = l.line and p.status in ('noted', 'deposited')), 0) end"""
_GIVEN_BACK = "m.kind in ('refunded', 'other_invoice')"
_LINES = "from read.money_line l where"

BALANCE_OF_REGISTRATION = f"""coalesce((
    select sum({DUE_ON_LINE} - {NOTED_ON_LINE}) {_LINES} l.registration = r.registration), 0)"""
"""SQL for what is owed on all lines of the registration `r` as staff count it, noted money too (FAC-2)."""

BALANCE_OF_INVOICE = f"""(coalesce((select sum({DUE_ON_LINE}) {_LINES} l.invoice = i.invoice), 0) - coalesce((
    select sum(case when p.status = 'bounced' then -m.amount else m.amount end)
    from read.money_payment p join read.money_moved m on m.payment = p.payment
    left join read.money_line o on o.line = m.line
    where p.invoice = i.invoice and (
        p.status = 'deposited' and not {_GIVEN_BACK} and not coalesce(o.undecided, false)
        or p.status = 'bounced' and {_GIVEN_BACK})), 0))"""
"""SQL for what is owed on the invoice `i`, below 0 what is the client's: deposited money only (FAC-2)."""

TOTAL_OF_INVOICE = f"coalesce((select sum(l.price) {_LINES} l.invoice = i.invoice), 0)"
"""SQL for the sum of the lines of the invoice `i` as issued."""

IS_VOID = """not exists (
    select 1 from read.money_line l
    where l.invoice = i.invoice and l.registration is not null and not l.mistaken)"""
"""SQL for whether all that the invoice `i` was for was registered by mistake: its number is left (INS-10)."""
