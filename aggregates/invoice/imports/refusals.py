"""Why an invoice of another system is not taken over."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class AlreadyTakenOver(Refused):
    """The invoice came already: with its places, or as a balance. One of both is enough. Field `invoice`."""

    code: ClassVar[str] = "already_taken_over"
    rule: ClassVar[str] = "IMP-1"


class InvoicedInFuture(Refused):
    """The other system can't have invoiced on a day to come. Field `issued_on`."""

    code: ClassVar[str] = "invoiced_in_future"
    rule: ClassVar[str] = "IMP-1"
