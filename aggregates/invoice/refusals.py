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
    """Starting within 48 h, the whole price is paid in the same act. Fields `due`, `paid`."""

    code: ClassVar[str] = "full_payment_needed"
    rule: ClassVar[str] = "INS-4"
