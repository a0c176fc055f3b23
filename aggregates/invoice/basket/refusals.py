"""Why a wish on a basket is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoBasket(Missing):
    """The client has no open basket, or nothing lies in it."""

    code: ClassVar[str] = "no_basket"
    rule: ClassVar[str] = "FAC-1"


class AlreadyInBasket(Refused):
    """The activity lies in the basket already, alone or in a phase."""

    code: ClassVar[str] = "already_in_basket"
    rule: ClassVar[str] = "INS-12"


class BasketBeingPaid(Refused):
    """The basket is being paid: wait for the payment, or give it up first. Field `until`."""

    code: ClassVar[str] = "basket_being_paid"
    rule: ClassVar[str] = "FAC-1"


class CardAwaited(Refused):
    """Staff sell this client something by card already. Fields `basket`, `until`."""

    code: ClassVar[str] = "card_awaited"
    rule: ClassVar[str] = "INS-4"


class QuoteChanged(Refused):
    """Prices, dates or deadlines changed since the basket was shown. Fields `total`, `due_now`."""

    code: ClassVar[str] = "quote_changed"
    rule: ClassVar[str] = "INS-4"


class NotBeingPaid(Refused):
    """There is no finalised basket to release or to pay."""

    code: ClassVar[str] = "not_being_paid"
    rule: ClassVar[str] = "FAC-1"
