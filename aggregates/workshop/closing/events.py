"""Facts on the way to a closed workshop, and of its reopening."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Fact, Money, Value


class AbsenceOutcome(StrEnum):
    """What becomes of an absent client's registration (ATE-7)."""

    DEFERRED = "deferred"
    CANCELLED = "cancelled"


class AbsenceSettled(Fact):
    """Somebody was absent: the registration was deferred or cancelled, its seat is free (ATE-7)."""

    TOPIC: ClassVar[str] = "workshop.absence_settled"

    registration: UUID
    client: UUID
    outcome: AbsenceOutcome
    noticed: bool
    """The client had told before the start."""
    charge_deposit: bool | None = None
    """Independent ÊTRE BIEN in Europe: whether the organiser wants the deposit charged."""


class CallOutcome(StrEnum):
    """What a client wants who was called after a cancellation or an absence (ATE-4)."""

    NEW_DATE = "new_date"
    LATER = "later"
    REFUND = "refund"
    """The note on it stands on the invoice."""
    NO_FEE_CANCELLATION = "no_fee_cancellation"
    CASE = "case"


class CallNoted(Fact):
    """Somebody was called, or couldn't be reached (ATE-4, ATE-7)."""

    TOPIC: ClassVar[str] = "workshop.call_noted"

    registration: UUID
    called: bool
    outcome: CallOutcome | None


class Expense(StrEnum):
    """Invoices that go to accounting with a European workshop (ATE-7)."""

    WORKSHOP = "workshop"
    ROOM = "room"
    LODGING = "lodging"
    INVENTORY = "inventory"
    PRODUCTS = "products"


class ExpenseUploaded(Fact):
    """An expense invoice was uploaded, or there is none of this kind (ATE-7)."""

    TOPIC: ClassVar[str] = "workshop.expense_uploaded"

    expense: Expense
    document: UUID | None
    """None: this workshop had no such expense."""


class EnvelopeListed(Fact):
    """The payments received at this workshop lie in one envelope with their list (ATE-7)."""

    TOPIC: ClassVar[str] = "workshop.envelope_listed"


class RosterHandedOver(Fact):
    """The roster is done for those who held the workshop, and frozen for them (ATE-7)."""

    TOPIC: ClassVar[str] = "workshop.roster_handed_over"


class RosterGivenBack(Fact):
    """Who verifies gave the roster back to be completed (ATE-7)."""

    TOPIC: ClassVar[str] = "workshop.roster_given_back"

    reason: str


class GapKind(StrEnum):
    """What is missing for closing (ATE-7)."""

    ATTENDANCE = "attendance"
    """Neither present nor settled as absent."""
    BALANCE = "balance"
    """Not paid in full."""
    PAYMENTS = "payments"
    """The payment columns don't add up to what is due."""
    CHEQUE_COMMENT = "cheque_comment"
    """A cheque without the comment that explains it."""
    EXPENSE = "expense"
    ENVELOPE = "envelope"


class Gap(Value):
    """One thing that is missing, and for whom."""

    kind: GapKind
    registrations: tuple[UUID, ...] = ()
    expense: Expense | None = None


class WorkshopClosed(Fact):
    """LECTURE SEULE: the roster is frozen, no mail leaves from it any more (ATE-6)."""

    TOPIC: ClassVar[str] = "workshop.closed"

    gaps: tuple[Gap, ...] = ()
    reason: str | None = None
    """Why it was closed in spite of them."""


class ReopeningProposed(Fact):
    """Somebody wants the closed workshop open again; another one decides (ATE-6)."""

    TOPIC: ClassVar[str] = "workshop.reopening_proposed"

    by: UUID
    reason: str


class WorkshopReopened(Fact):
    """The second person agreed: the roster is as it was before closing (ATE-6)."""

    TOPIC: ClassVar[str] = "workshop.reopened"


class TaxReceipt(Value):
    """To whom, for which registration, over which amount: what was deposited for it by then."""

    registration: UUID
    client: UUID
    paid: Money


class TaxReceiptsSent(Fact):
    """Receipts went by e-mail to who followed the closed workshop and paid, each over its amount once; one
    over another amount takes the place of the one before (FAC-7)."""

    TOPIC: ClassVar[str] = "workshop.tax_receipts_sent"

    receipts: tuple[TaxReceipt, ...]


ClosingFact = (
    AbsenceSettled
    | CallNoted
    | ExpenseUploaded
    | EnvelopeListed
    | RosterHandedOver
    | RosterGivenBack
    | WorkshopClosed
    | ReopeningProposed
    | WorkshopReopened
    | TaxReceiptsSent
)
