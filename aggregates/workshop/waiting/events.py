"""Facts of a workshop's waiting list, its offers and the seats held while somebody pays."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Fact


class ShortOf(StrEnum):
    """What a client finds no seat for (ATE-2)."""

    SEATS = "seats"
    """The workshop is full."""
    RETAKES = "retakes"
    """Seats are left, but none for a retake."""


class WaitingListJoined(Fact):
    """A client joined the end of the waiting list (ATE-2)."""

    TOPIC: ClassVar[str] = "workshop.waiting_list_joined"

    client: UUID
    retake: bool
    """Whether the seat will be a retake's: copied from the client's file."""
    short_of: ShortOf


class WaitingListLeft(Fact):
    """A client waits no longer; an offer made to them ends too (ATE-2)."""

    TOPIC: ClassVar[str] = "workshop.waiting_list_left"

    client: UUID


class SeatOffered(Fact):
    """A free seat was offered to the first in the list whom seat and retake limit both admit (ATE-2)."""

    TOPIC: ClassVar[str] = "workshop.seat_offered"

    client: UUID
    retake: bool
    until: datetime


class OfferExpired(Fact):
    """An offer was not taken in its time: the client waits no longer, the next one is asked (ATE-2)."""

    TOPIC: ClassVar[str] = "workshop.offer_expired"

    client: UUID


class SeatHeld(Fact):
    """A seat is kept for a finalised basket while its client pays (FAC-1)."""

    TOPIC: ClassVar[str] = "workshop.seat_held"

    registration: UUID
    """Which it will be once paid."""
    client: UUID
    retake: bool
    until: datetime


class HoldReleased(Fact):
    """The payment was abandoned or failed: the seat is kept no longer (FAC-1)."""

    TOPIC: ClassVar[str] = "workshop.hold_released"

    registration: UUID
    client: UUID


WaitingFact = WaitingListJoined | WaitingListLeft | SeatOffered | OfferExpired | SeatHeld | HoldReleased
