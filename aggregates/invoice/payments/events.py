"""Facts of the payments of an invoice; each says from where to where money moved, and how much it is about.

What the ledger posts stands on the fact (FAC-6); None on those stored before it did.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact, Money, Value


class PaymentMethod(StrEnum):
    """How money came in, or goes back (FAC-2)."""

    CARD = "card"
    """Captured by the payment provider, so deposited at once."""
    CHEQUE = "cheque"
    CASH = "cash"
    TRANSFER = "transfer"
    CREDIT = "credit"
    """Credit that came from another invoice of the client; deposited at once."""
    TAKEN_OVER = "taken_over"
    """Paid in another system, however it was (IMP-1); deposited there."""

    @property
    def at_once(self) -> bool:
        """The school has the money the moment it is received: nothing to deposit."""
        return self in (PaymentMethod.CARD, PaymentMethod.CREDIT, PaymentMethod.TAKEN_OVER)


class PocketKind(StrEnum):
    """Where money of a payment may lie."""

    LINE = "line"
    """On a line; while the line's cancellation is undecided that is its case (FAC-1)."""
    CREDIT = "credit"
    """The client's, on this invoice."""
    PROPOSED = "proposed"
    """Set aside for a refund that a second person must approve (FAC-4)."""
    REFUNDED = "refunded"
    OTHER_INVOICE = "other_invoice"


class Pocket(Value):
    """One place where money may lie; `id` is the line, refund or invoice, None for credit."""

    kind: PocketKind
    id: UUID | None = None


class Move(Value):
    """Money of one payment that went from one pocket to another, within this invoice's books.

    No source: it came in. No target: it was never there, a slip of the pen, or lies in another's books.
    """

    payment: UUID
    amount: Money
    source: Pocket | None = None
    target: Pocket | None = None


class PaymentReceived(Fact):
    """Money came in and was allocated (FAC-1); typed money is a receivable until deposited (FAC-2)."""

    TOPIC: ClassVar[str] = "invoice.payment_received"

    payment: UUID
    method: PaymentMethod
    amount: Money
    moves: tuple[Move, ...]
    registration: UUID | None = None
    """Given on the roster for this registration; None: on the invoice (FAC-1, FAC-5)."""
    cheque: UUID | None = None
    """Common to all that one cheque pays (FAC-2)."""
    holder: UUID | None = None
    """Staff user who holds the cheque until accounting have it (FAC-10)."""
    credit_from: UUID | None = None
    """Invoice that the credit came from."""


class PaymentDescribed(Fact):
    """What stands on the cheque, and the comment in place of a post-it (FAC-2)."""

    TOPIC: ClassVar[str] = "invoice.payment_described"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    payment: UUID
    number: Contact[str | None]
    drawer: Contact[str | None]
    comment: Contact[str | None]
    explained: bool | None = None
    """Whether there is a comment, which its words no longer tell once they are gone; None: not told then."""

    @property
    def commented(self) -> bool:
        """Whether somebody explained the cheque."""
        return self.comment is not None if self.explained is None else self.explained


class PaymentCorrected(Fact):
    """A typed payment, not yet deposited, had been typed wrong (FAC-2)."""

    TOPIC: ClassVar[str] = "invoice.payment_corrected"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    payment: UUID
    method: PaymentMethod
    amount: Money
    moves: tuple[Move, ...]
    reason: Contact[str]
    was_amount: Money | None = None
    was_method: PaymentMethod | None = None


class PaymentWithdrawn(Fact):
    """A typed payment, not yet deposited, had never been made (FAC-2)."""

    TOPIC: ClassVar[str] = "invoice.payment_withdrawn"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    payment: UUID
    moves: tuple[Move, ...]
    reason: Contact[str]
    amount: Money | None = None
    method: PaymentMethod | None = None


class PaymentDeposited(Fact):
    """Accounting have the money: the client's balance falls (FAC-2)."""

    TOPIC: ClassVar[str] = "invoice.payment_deposited"

    payment: UUID
    amount: Money | None = None
    method: PaymentMethod | None = None


class PaymentBounced(Fact):
    """The bank gave the payment back: what it had paid is owed again (FAC-2)."""

    TOPIC: ClassVar[str] = "invoice.payment_bounced"

    payment: UUID
    amount: Money | None = None


class PaymentReallocated(Fact):
    """Accounting put a payment on other lines (FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.payment_reallocated"

    payment: UUID
    moves: tuple[Move, ...]


class PaymentSplit(Fact):
    """A part of a payment not yet deposited is noted on another invoice instead (FAC-2, FAC-9)."""

    TOPIC: ClassVar[str] = "invoice.payment_split"

    payment: UUID
    invoice: UUID
    part: UUID
    """The payment that it is there."""
    moves: tuple[Move, ...]
    method: PaymentMethod | None = None


class ChequeSent(Fact):
    """The holder sent the cheque to accounting (FAC-10)."""

    TOPIC: ClassVar[str] = "invoice.cheque_sent"
    VISIBLE: ClassVar[bool] = False

    payment: UUID


class RefundMade(Fact):
    """Credit was given back (FAC-4)."""

    TOPIC: ClassVar[str] = "invoice.refund_made"

    refund: UUID
    method: PaymentMethod
    moves: tuple[Move, ...]


class RefundProposed(Fact):
    """A refund above the limit waits for a second person; its money is set aside (FAC-4)."""

    TOPIC: ClassVar[str] = "invoice.refund_proposed"
    VISIBLE: ClassVar[bool] = False

    refund: UUID
    method: PaymentMethod
    moves: tuple[Move, ...]
    by: UUID


class RefundApproved(Fact):
    """The second person agreed: the money was given back (FAC-4)."""

    TOPIC: ClassVar[str] = "invoice.refund_approved"

    refund: UUID
    method: PaymentMethod
    moves: tuple[Move, ...]


class RefundWithdrawn(Fact):
    """The proposed refund won't be made: its money is credit again (FAC-4)."""

    TOPIC: ClassVar[str] = "invoice.refund_withdrawn"
    VISIBLE: ClassVar[bool] = False

    refund: UUID
    moves: tuple[Move, ...]


class CreditMoved(Fact):
    """Credit went to another invoice of the client, in the same currency (FAC-4)."""

    TOPIC: ClassVar[str] = "invoice.credit_moved"

    payment: UUID
    """The payment that it is there."""
    invoice: UUID
    moves: tuple[Move, ...]


PaymentFact = (
    PaymentReceived
    | PaymentDescribed
    | PaymentCorrected
    | PaymentWithdrawn
    | PaymentDeposited
    | PaymentBounced
    | PaymentReallocated
    | PaymentSplit
    | ChequeSent
    | RefundMade
    | RefundProposed
    | RefundApproved
    | RefundWithdrawn
    | CreditMoved
)
