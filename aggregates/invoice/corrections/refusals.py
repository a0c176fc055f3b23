"""Why an invoice is not corrected as one registered by mistake."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class NothingToCorrect(Refused):
    """No line is taken back and none is added."""

    code: ClassVar[str] = "nothing_to_correct"
    rule: ClassVar[str] = "INS-10"


class InvoiceOfAnotherDay(Refused):
    """The invoice was made on another day: what is no longer wanted is cancelled. Field `issued_on`."""

    code: ClassVar[str] = "invoice_of_another_day"
    rule: ClassVar[str] = "INS-10"


class InvoiceHasPayment(Refused):
    """Something was paid on the invoice: accounting decide what becomes of it, so it is cancelled."""

    code: ClassVar[str] = "invoice_has_payment"
    rule: ClassVar[str] = "INS-10"


class PriceWasRaised(Refused):
    """A supplementary invoice adds to the price: cancelling covers both. Field `registration`."""

    code: ClassVar[str] = "price_was_raised"
    rule: ClassVar[str] = "INS-10"
