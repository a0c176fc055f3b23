"""Why a wish on the payments of an invoice is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchPayment(Missing):
    """The invoice has no payment under this id."""

    code: ClassVar[str] = "no_such_payment"
    rule: ClassVar[str] = "FAC-2"


class NoSuchRefund(Missing):
    """The invoice has no refund under this id."""

    code: ClassVar[str] = "no_such_refund"
    rule: ClassVar[str] = "FAC-4"


class OtherCurrency(Refused):
    """Money of one currency never settles another. Field `currency`, the invoice's."""

    code: ClassVar[str] = "other_currency"
    rule: ClassVar[str] = "CAT-2"


class OtherClient(Refused):
    """Credit stays with its client."""

    code: ClassVar[str] = "other_client"
    rule: ClassVar[str] = "FAC-4"


class SameInvoice(Refused):
    """Credit lies on this invoice already."""

    code: ClassVar[str] = "same_invoice"
    rule: ClassVar[str] = "FAC-4"


class PaymentNotNoted(Refused):
    """The payment is deposited, bounced or withdrawn: only one that is noted can be changed or deposited."""

    code: ClassVar[str] = "payment_not_noted"
    rule: ClassVar[str] = "FAC-2"


class PaymentNotDeposited(Refused):
    """Only money that the school has can be given back or bounce."""

    code: ClassVar[str] = "payment_not_deposited"
    rule: ClassVar[str] = "FAC-2"


class CannotBounce(Refused):
    """Only cheques and transfers come back from the bank."""

    code: ClassVar[str] = "cannot_bounce"
    rule: ClassVar[str] = "FAC-2"


class PaymentGone(Refused):
    """A payment that bounced or was withdrawn can't be put on other lines."""

    code: ClassVar[str] = "payment_gone"
    rule: ClassVar[str] = "FAC-1"


class AllocationTooHigh(Refused):
    """More than the payment has to give, or than the line still asks for. Field `most`."""

    code: ClassVar[str] = "allocation_too_high"
    rule: ClassVar[str] = "FAC-1"


class RosterCapExceeded(Refused):
    """Independent ÊTRE BIEN in Europe: more than the roster takes. Fields `cap`, `left`."""

    code: ClassVar[str] = "roster_cap_exceeded"
    rule: ClassVar[str] = "FAC-5"


class RefundTooHigh(Refused):
    """More than may be given back. Field `held`."""

    code: ClassVar[str] = "refund_too_high"
    rule: ClassVar[str] = "FAC-4"


class NotACardPayment(Refused):
    """A refund by card goes to the card that paid."""

    code: ClassVar[str] = "not_a_card_payment"
    rule: ClassVar[str] = "FAC-4"


class CreditTooLow(Refused):
    """Less deposited credit lies on the invoice. Field `held`."""

    code: ClassVar[str] = "credit_too_low"
    rule: ClassVar[str] = "FAC-4"


class RefundNotProposed(Refused):
    """The refund was made or withdrawn already."""

    code: ClassVar[str] = "refund_not_proposed"
    rule: ClassVar[str] = "FAC-4"


class SecondPersonNeeded(Refused):
    """Who proposed a refund can't approve it."""

    code: ClassVar[str] = "second_person_needed"
    rule: ClassVar[str] = "FAC-4"


class NotACheque(Refused):
    """Only cheques are sent to accounting."""

    code: ClassVar[str] = "not_a_cheque"
    rule: ClassVar[str] = "FAC-10"


class NotHolder(Refused):
    """Somebody else holds this cheque."""

    code: ClassVar[str] = "not_holder"
    rule: ClassVar[str] = "FAC-10"
