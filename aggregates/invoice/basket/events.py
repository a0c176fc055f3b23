"""Facts of a basket, before its invoice is made."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from aggregates.client.phases.events import Enrolled
from aggregates.client.registrations.events import Registered
from aggregates.invoice.events import Line
from aggregates.kernel import Currency, Fact, Money, Value


class WantedPlace(Value):
    """An activity in the basket, with the date chosen or À PLANIFIER."""

    activity: UUID
    workshop: UUID | None


class Item(Value):
    """One thing in the basket: an activity à la carte, or a whole phase."""

    id: UUID
    phase: UUID | None
    places: tuple[WantedPlace, ...]
    discount: UUID | None


class ItemAdded(Fact):
    """Something was put into the client's basket (FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.item_added"

    client: UUID
    item: Item


class ItemRemoved(Fact):
    """Something was taken out of the basket."""

    TOPIC: ClassVar[str] = "invoice.item_removed"

    item: UUID


class CardSaleBegun(Fact):
    """Staff sell by card: a basket apart from the client's own, finalised in the same act (INS-4, FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.card_sale_begun"

    person: UUID
    outside_phase: bool
    """Office sells a missing place of a phase à la carte; the reason stands in the file (INS-14)."""
    verifies: bool
    """By one of those who still write on a roster that was handed over (ATE-7)."""


class BasketFinalised(Fact):
    """FINALISER: the quote is frozen and the seats are held while the client pays (FAC-1).

    `registrations` and `students` are recorded in the file when the payment is captured.
    """

    TOPIC: ClassVar[str] = "invoice.basket_finalised"

    attempt: UUID
    """The provider's payment names it."""
    currency: Currency
    lines: tuple[Line, ...]
    registrations: tuple[Registered, ...]
    students: tuple[Enrolled, ...]
    due_now: Money
    until: datetime
    """From then on the seats are free for others."""


class BasketReleased(Fact):
    """The payment was abandoned, failed or too late: the hold ended, the basket is open again (FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.basket_released"


class CreditOpened(Fact):
    """A capture came for places that are gone: the money is the client's credit (FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.credit_opened"

    client: UUID
    currency: Currency
    attempt: UUID


BasketFact = ItemAdded | ItemRemoved | CardSaleBegun | BasketFinalised | BasketReleased | CreditOpened
