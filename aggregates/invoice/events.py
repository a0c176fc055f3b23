"""Facts of an invoice."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.invoice.payments.events import Move, PaymentFact
from aggregates.kernel import Contact, Currency, Fact, Identity, Money, Value


class PriceReason(StrEnum):
    """Why a line costs, or is due, what it does (CAT-3)."""

    BASE_PRICE = "base_price"
    PHASE_PRICE = "phase_price"
    DONE = "done"
    TRAINEE = "trainee"
    RETAKE = "retake"
    PHASE_RETAKE = "phase_retake"
    CARD_RETAKE = "card_retake"
    DISCOUNT = "discount"
    DISCOUNT_NOT_USED = "discount_not_used"
    DEPOSIT = "deposit"
    STARTS_SOON = "starts_soon"
    WITHOUT_PROOF = "without_proof"
    """The regular price is due: no proof of the discount was shown (INS-6)."""
    CORRECTION = "correction"
    """The first invoice had asked too little (FAC-9)."""
    TAKEN_OVER = "taken_over"
    """As another system had it (IMP-1)."""


class Reason(Value):
    """One rule applied to a line: its code, the amount after it, and what made it apply."""

    code: PriceReason
    after: Money
    evidence: str | None = None
    """An id or an ISO instant, never a sentence."""


class Line(Value):
    """One registration on an invoice, priced once and for all (FAC-9)."""

    id: UUID
    registration: UUID | None
    """None: an activity of a phase that counts as done (INS-2), or a balance of another system (IMP-1)."""
    activity: UUID | None
    """None: a balance of another system, which says no more (IMP-1)."""
    activity_name: str | None
    price: Money
    deposit: Money
    due_now: Money
    reasons: tuple[Reason, ...]
    starts: datetime | None = None
    """Start of the date it was sold with."""
    done_on: date | None = None
    """The old date of an activity that counts as done (INS-2)."""


class PrintedTax(Value):
    """A tax that the prices include (CAT-1)."""

    name: str
    rate: int
    """In thousandths of a per cent."""


class InvoiceIssued(Fact):
    """A basket was finalised into an invoice with a number of its series (FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.issued"

    person: UUID
    number: str
    issued_on: date
    """Day in the school's zone."""
    currency: Currency
    billing_name: Identity[str]
    lines: tuple[Line, ...]
    billing_address: Contact[str | None] = None
    """A company's; None: the client's own (DOS-16)."""
    taxes: tuple[PrintedTax, ...] = ()
    supplement_of: UUID | None = None
    """The first invoice, when this one only adds to it (FAC-9)."""
    reason: Contact[str | None] = None
    """Why it adds to the first one (FAC-9)."""


class InvoiceTakenOver(Fact):
    """An invoice of another system, or one more place on it, under the number it had there (IMP-1).

    It draws no number of ours. What was paid there comes as a payment.
    """

    TOPIC: ClassVar[str] = "invoice.taken_over"

    person: UUID
    number: str
    issued_on: date
    """By the other system."""
    currency: Currency
    billing_name: Identity[str]
    line: Line | None
    """None: there is only money that is the client's."""


class FeeBasis(StrEnum):
    """Why a cancellation is proposed a fee, or none (INS-9, ATE-7)."""

    NONE = "none"
    LATE = "late"
    """Within a month before the start: what was paid of the deposit."""
    LATE_DEFERRAL = "late_deferral"
    """Deferred within a month before the date given up, then cancelled: the same."""
    ABSENT_SHARE = "absent_share"
    """Absent without notice, Canada and EN LIGNE: a share of the price."""
    ABSENT_DEPOSIT = "absent_deposit"
    """Absent without notice, Europe: the deposit in full."""
    BY_SCHOOL = "by_school"
    """The school cancelled or moved the date: none."""
    TO_PHASE = "to_phase"
    """The place passed to a phase: none (INS-11)."""
    MISTAKE = "mistake"
    """Registered by mistake: none (INS-10)."""
    MERGED = "merged"
    """Another place of the same person stayed when two dossiers became one: none (DOS-5)."""


class Fee(Value):
    """What the terms say a cancellation costs; accounting decide (INS-9)."""

    basis: FeeBasis
    workshop: UUID | None = None
    """The date that the terms looked at."""
    percent: int | None = None
    """Of the line's price, for a share."""


class LineCancelled(Fact):
    """The registration of this line was cancelled; the note is read by the client (INS-8)."""

    TOPIC: ClassVar[str] = "invoice.line_cancelled"

    person: UUID
    line: UUID
    note: Contact[str | None]
    cancelled_at: datetime
    fee: Fee | None = None
    case: UUID | None = None
    """The case for accounting that this opens; None: it goes by the line's id."""
    proposed: Money | None = None
    """What `fee` comes to."""
    due: Money | None = None
    """What the line asked for till then; None on facts stored before the ledger was (FAC-6)."""


class LineReopened(Fact):
    """The place of this line was given back to a student: it stands again, its case is closed (INS-14)."""

    TOPIC: ClassVar[str] = "invoice.line_reopened"

    line: UUID
    due: Money | None = None
    """What the line asks for again; None on facts stored before the ledger was (FAC-6)."""


class CreditNote(Value):
    """A document that takes something off a line, with a number of its own series (FAC-4, FAC-9)."""

    number: str
    issued_on: date
    """Day in the school's zone."""
    amount: Money


class CaseDecided(Fact):
    """Accounting decided what a cancellation costs; what was paid above it is credit (FAC-4)."""

    TOPIC: ClassVar[str] = "invoice.case_decided"

    case: UUID
    line: UUID
    kept: Money
    """The fee."""
    credit_note: CreditNote | None
    """For the rest of the price; None when there is none."""
    moves: tuple[Move, ...]
    credited: Money | None = None
    """What earlier credit notes had taken off the line; None: nothing."""


class LineCredited(Fact):
    """Accounting took something off a line by credit note; what was overpaid by it is credit (FAC-9)."""

    TOPIC: ClassVar[str] = "invoice.line_credited"

    person: UUID
    line: UUID
    credit_note: CreditNote
    reason: Contact[str]
    moves: tuple[Move, ...]
    of_fee: bool = False
    """It lets off a fee that was decided for the line (FAC-4)."""


class InvoiceAddressed(Fact):
    """The invoice was made out to somebody else; what it is for stays as it is (DOS-16, FAC-9)."""

    TOPIC: ClassVar[str] = "invoice.addressed"

    person: UUID
    name: Identity[str]
    address: Contact[str | None]


class InvoiceHandedOver(Fact):
    """Two dossiers became one: the invoice, or basket, is the other one's from now on (DOS-5).

    Number, lines, money and billing name stay as they are.
    """

    TOPIC: ClassVar[str] = "invoice.handed_over"

    client: UUID
    to: UUID


LineFact = (
    InvoiceIssued
    | InvoiceTakenOver
    | LineCancelled
    | LineReopened
    | CaseDecided
    | LineCredited
    | InvoiceAddressed
    | InvoiceHandedOver
)
InvoiceFact = LineFact | PaymentFact
