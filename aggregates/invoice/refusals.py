"""Why a wish on an invoice, or a quote, is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchInvoice(Missing):
    """No invoice under this id."""

    code: ClassVar[str] = "no_such_invoice"
    rule: ClassVar[str] = "FAC-1"


class NoSuchLine(Missing):
    """The invoice has no line under this id."""

    code: ClassVar[str] = "no_such_line"
    rule: ClassVar[str] = "FAC-1"


class NoPriceInCurrency(Refused):
    """The activity has no price in the client's currency. Fields `activity`, `currency`."""

    code: ClassVar[str] = "no_price_in_currency"
    rule: ClassVar[str] = "CAT-2"


class NothingToInvoice(Refused):
    """A basket without a line can't be finalised."""

    code: ClassVar[str] = "nothing_to_invoice"
    rule: ClassVar[str] = "FAC-1"


class DiscountNotAllowed(Refused):
    """This discount is chosen by others. Field `discount`."""

    code: ClassVar[str] = "discount_not_allowed"
    rule: ClassVar[str] = "CAT-1"


class DiscountNotValid(Refused):
    """This discount isn't valid today. Field `discount`."""

    code: ClassVar[str] = "discount_not_valid"
    rule: ClassVar[str] = "CAT-1"


class FullPaymentNeeded(Refused):
    """Starting within 48 h, the whole price is paid in the act, or before it. Fields `due`, `paid`."""

    code: ClassVar[str] = "full_payment_needed"
    rule: ClassVar[str] = "INS-4"


class NoSuchCase(Missing):
    """The invoice has no cancellation case under this id."""

    code: ClassVar[str] = "no_such_case"
    rule: ClassVar[str] = "FAC-4"


class CaseOpen(Refused):
    """The line's registration was cancelled, and accounting have not decided yet. Field `case`."""

    code: ClassVar[str] = "case_open"
    rule: ClassVar[str] = "FAC-1"


class CaseAlreadyDecided(Refused):
    """Accounting have decided this cancellation."""

    code: ClassVar[str] = "case_decided"
    rule: ClassVar[str] = "FAC-4"


class FeeTooHigh(Refused):
    """The fee is above the line's price. Field `price`."""

    code: ClassVar[str] = "fee_too_high"
    rule: ClassVar[str] = "FAC-4"


class MoreThanPaid(Refused):
    """Fee, refunds and credit moved come to more than was paid. Field `paid`."""

    code: ClassVar[str] = "more_than_paid"
    rule: ClassVar[str] = "FAC-4"


class CreditNoteTooHigh(Refused):
    """The credit note is above what the line asks for. Field `due`."""

    code: ClassVar[str] = "credit_note_too_high"
    rule: ClassVar[str] = "FAC-9"
