"""Why a wish on a waiting list or an offer is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class SeatIsFree(Refused):
    """There is a seat for this client: nothing to wait for, they register."""

    code: ClassVar[str] = "seat_is_free"
    rule: ClassVar[str] = "ATE-2"


class WaitingListClosed(Refused):
    """The workshop was cancelled once: its waiting list stays closed."""

    code: ClassVar[str] = "waiting_list_closed"
    rule: ClassVar[str] = "ATE-5"


class NoOffer(Refused):
    """No seat is offered to this client, or no longer."""

    code: ClassVar[str] = "no_offer"
    rule: ClassVar[str] = "ATE-2"


class OfferNeedsPayment(Refused):
    """The client accepts by paying what is due: the offer keeps the seat meanwhile. Field `due`."""

    code: ClassVar[str] = "offer_needs_payment"
    rule: ClassVar[str] = "INS-4"


class PaymentApart(Refused):
    """The offer gives an open registration its date: what is paid on that one is noted by itself."""

    code: ClassVar[str] = "payment_apart"
    rule: ClassVar[str] = "FAC-2"
