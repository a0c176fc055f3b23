"""What an invoice is at a moment: its lines, their cases and credit notes, what is owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias, get_args
from uuid import UUID

from aggregates.invoice.basket.events import BasketFact, CardSaleBegun, CreditOpened, ItemAdded
from aggregates.invoice.basket.state import BeingPaid, Draft, begun, evolve_basket
from aggregates.invoice.events import (
    CaseDecided,
    CreditNote,
    Fee,
    InvoiceAddressed,
    InvoiceFact,
    InvoiceHandedOver,
    InvoiceIssued,
    InvoiceTakenOver,
    Line,
    LineCancelled,
    LineCredited,
    LineReopened,
)
from aggregates.invoice.payments.events import PaymentFact, Pocket, PocketKind
from aggregates.invoice.payments.state import Payment, Payments, evolve_payments, moved
from aggregates.kernel import Aggregate, Currency, Erased, Money, replace

_GONE = (PocketKind.REFUNDED, PocketKind.OTHER_INVOICE)


@dataclass(frozen=True)
class NotIssued:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Case:
    """A cancellation that accounting decide (FAC-4)."""

    id: UUID
    line: UUID
    opened_at: datetime
    fee: Fee | None
    proposed: Money
    """The fee that the terms say (INS-9)."""
    kept: Money | None = None
    """The fee decided; None while it is open."""

    @property
    def is_open(self) -> bool:
        return self.kept is None


@dataclass(frozen=True)
class NotedCredit:
    """A credit note and the line it takes something off."""

    line: UUID
    note: CreditNote


@dataclass(frozen=True)
class Issued:
    """An issued invoice; its lines never change (FAC-9)."""

    client: UUID
    number: str
    """Empty where a capture found nothing to pay: a client's credit, no invoice (FAC-1)."""
    currency: Currency
    lines: tuple[Line, ...]
    billing_name: str | Erased
    billing_address: str | Erased | None
    issued_on: date | None = None
    """Day in the school's zone; None where there is no number."""
    supplement_of: UUID | None = None
    cases: Mapping[UUID, Case] = field(default_factory=dict)
    credit_notes: tuple[NotedCredit, ...] = ()
    payments: Payments = field(default_factory=Payments)

    def case_of(self, line: UUID) -> Case | None:
        """The case of a line whose registration was cancelled."""
        return next((case for case in self.cases.values() if case.line == line), None)

    @property
    def cancelled(self) -> frozenset[UUID]:
        """Lines whose registration was cancelled, decided or not."""
        return frozenset(case.line for case in self.cases.values())

    @property
    def undecided(self) -> frozenset[UUID]:
        """Lines whose case is open: what lies on them waits (FAC-1)."""
        return frozenset(case.line for case in self.cases.values() if case.is_open)

    def price(self, line: Line) -> Money:
        """The line's price less its credit notes."""
        credits_ = (credit.note.amount for credit in self.credit_notes if credit.line == line.id)
        return line.price - Money.total(self.currency, credits_)

    def due(self, line: Line) -> Money:
        """What the line asks for: nothing while its case is open, the fee once it is decided."""
        return Money.zero(self.currency) if line.id in self.undecided else self.price(line)

    def paid(self, line: UUID, *, noted: bool = True) -> Money:
        """What lies on the line, or in its open case; `noted`: not yet deposited money too."""
        pocket = Pocket(kind=PocketKind.LINE, id=line)
        counted = (p for p in self.payments if p.deposited or (noted and p.counts))
        return Money.total(self.currency, (payment.held(pocket) for payment in counted))

    @property
    def total(self) -> Money:
        """Sum of what the lines ask for."""
        return Money.total(self.currency, (self.due(line) for line in self.lines))

    @property
    def balance(self) -> Money:
        """What the client owes, below 0 what is the client's: deposited money only (FAC-2)."""
        return self._balance(noted=False)

    @property
    def balance_noted(self) -> Money:
        """The balance as staff count it: as if all that is noted were deposited (FAC-2)."""
        return self._balance(noted=True)

    @property
    def waiting(self) -> Money:
        """Deposited money that lies in open cases; it counts in no balance (FAC-1)."""
        return Money.total(self.currency, (self.paid(line, noted=False) for line in self.undecided))

    def _balance(self, *, noted: bool) -> Money:
        balance = self.total
        for payment in self.payments:
            balance = balance - self._settles(payment, noted=noted)
        return balance

    def _settles(self, payment: Payment, *, noted: bool) -> Money:
        """How much less is owed by this payment; what was given back before it bounced is owed."""
        if payment.deposited or (noted and payment.counts):
            held = (
                amount
                for pocket, amount in payment.pockets.items()
                if pocket.kind not in _GONE and pocket.id not in self.undecided
            )
            return Money.total(self.currency, held)
        return Money.zero(self.currency) - payment.in_kinds(*_GONE)


Invoice: TypeAlias = NotIssued | Draft | BeingPaid | Issued


def evolve(invoice: Invoice, fact: InvoiceFact | BasketFact) -> Invoice:
    """The invoice after the fact. Raises ValueError on a fact that this state can't meet."""
    match invoice, fact:
        case NotIssued(), ItemAdded() | CardSaleBegun():
            return begun(fact)
        case Draft() | BeingPaid(), _ if isinstance(fact, BasketFact):
            return evolve_basket(invoice, fact)
        case NotIssued(), CreditOpened():
            return Issued(
                client=fact.client,
                number="",
                currency=fact.currency,
                lines=(),
                billing_name="",
                billing_address=None,
            )
        case NotIssued() | Draft() | BeingPaid(), InvoiceIssued():
            return Issued(
                client=fact.person,
                number=fact.number,
                currency=fact.currency,
                lines=fact.lines,
                billing_name=fact.billing_name,
                billing_address=fact.billing_address,
                issued_on=fact.issued_on,
                supplement_of=fact.supplement_of,
            )
        case NotIssued(), InvoiceTakenOver():
            return Issued(
                client=fact.person,
                number=fact.number,
                currency=fact.currency,
                lines=_taken_over(fact),
                billing_name=fact.billing_name,
                billing_address=None,
                issued_on=fact.issued_on,
            )
        case Issued(), InvoiceTakenOver():
            return replace(invoice, lines=(*invoice.lines, *_taken_over(fact)))
        case Issued(), LineCancelled():
            case_ = _opened(invoice, fact)
            return replace(invoice, cases={**invoice.cases, case_.id: case_})
        case Issued(), LineReopened():
            left = {id_: case_ for id_, case_ in invoice.cases.items() if case_.line != fact.line}
            return replace(invoice, cases=left)
        case Issued(), CaseDecided():
            decided = replace(invoice.cases[fact.case], kept=fact.kept)
            closed = replace(invoice, cases={**invoice.cases, fact.case: decided})
            return _credited(closed, fact)
        case Issued(), InvoiceAddressed():
            return replace(invoice, billing_name=fact.name, billing_address=fact.address)
        case Issued() | Draft(), InvoiceHandedOver():
            return replace(invoice, client=fact.to)
        case Issued(), LineCredited():
            return _credited(invoice, fact)
        case Issued(), _ if isinstance(fact, PaymentFact):
            return replace(invoice, payments=evolve_payments(invoice.payments, fact))
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(invoice).__name__}")


def _taken_over(fact: InvoiceTakenOver) -> tuple[Line, ...]:
    return () if fact.line is None else (fact.line,)


def _opened(invoice: Issued, fact: LineCancelled) -> Case:
    return Case(
        id=fact.case or fact.line,
        line=fact.line,
        opened_at=fact.cancelled_at,
        fee=fact.fee,
        proposed=fact.proposed or Money.zero(invoice.currency),
    )


def _credited(invoice: Issued, fact: CaseDecided | LineCredited) -> Issued:
    notes = invoice.credit_notes
    if fact.credit_note is not None:
        notes = (*notes, NotedCredit(fact.line, fact.credit_note))
    return replace(invoice, credit_notes=notes, payments=moved(invoice.payments, fact.moves))


INVOICE: Aggregate[Invoice] = Aggregate(
    "invoice", NotIssued(), evolve, (*get_args(BasketFact), *get_args(InvoiceFact))
)
