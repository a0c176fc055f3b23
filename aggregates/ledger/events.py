"""Facts of the books as a whole."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Fact, Money


class PeriodClosed(Fact):
    """All days up to `through`, in the zone of that time, were closed for good (FAC-6).

    What is dated before their end and comes later is posted on the first day after it.
    """

    TOPIC: ClassVar[str] = "ledger.period_closed"
    VISIBLE: ClassVar[bool] = False

    through: date
    zone: str


class DifferenceKind(StrEnum):
    """How the payment provider's account differs from the books (FAC-3)."""

    NOT_BOOKED = "not_booked"
    """The provider took money that the books don't know."""
    NOT_TAKEN = "not_taken"
    """The books have a card payment that the provider doesn't know."""
    OTHER_AMOUNT = "other_amount"
    REFUND_NOT_MADE = "refund_not_made"
    """The books gave money back; the provider did not."""
    REFUND_NOT_BOOKED = "refund_not_booked"
    OTHER_ORDER = "other_order"
    """The provider answered about something else than was asked; nothing was taken for it."""
    UNSETTLED = "unsettled"
    """Asked to take money or to give it back, the provider doesn't say for an hour what became of it."""


class DifferenceOutcome(StrEnum):
    """What accounting did about a difference."""

    BOOKED = "booked"
    REFUNDED_OTHERWISE = "refunded_otherwise"
    SETTLED_BY_PROVIDER = "settled_by_provider"
    NOTHING_WRONG = "nothing_wrong"


class PaymentDiffered(Fact):
    """The provider's account and the books say different things (FAC-3)."""

    TOPIC: ClassVar[str] = "ledger.payment_differed"
    VISIBLE: ClassVar[bool] = False

    difference: UUID
    kind: DifferenceKind
    reference: str
    """The provider's id of the movement; of one that it doesn't know or tell, ours."""
    provider: Money | None
    booked: Money | None
    invoice: UUID | None


class DifferenceSettled(Fact):
    """Accounting looked into a difference and settled it (FAC-3)."""

    TOPIC: ClassVar[str] = "ledger.difference_settled"
    VISIBLE: ClassVar[bool] = False

    difference: UUID
    outcome: DifferenceOutcome


LedgerFact = PeriodClosed | PaymentDiffered | DifferenceSettled
