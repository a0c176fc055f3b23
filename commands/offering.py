"""A seat offered to somebody who waits, as its page shows it: what taking it costs (ATE-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from aggregates.catalogue.state import ACTIVITY, SETTINGS, SETTINGS_ID
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.registrations.policies import open_registration
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.state import Invoice
from aggregates.kernel import Money
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import offer_stands
from aggregates.workshop.waiting.refusals import NoOffer
from commands.message import Act
from commands.selling import Place, Sale
from commands.selling_baskets import open_basket_of


class BasketIs(StrEnum):
    """What lies in the client's basket already."""

    EMPTY = "empty"
    THIS = "this"
    """The offered date and nothing else."""
    BEING_PAID = "being_paid"
    """The same, finalised."""
    OTHER = "other"


@dataclass(frozen=True)
class OfferedSeat:
    """The offer stands."""

    activity: UUID
    until: datetime
    price: Money | None
    """Of a new registration; none where the open one of the same activity gets this date."""
    due: Money | None
    """What is paid with it."""
    basket: BasketIs


@dataclass(frozen=True)
class OfferOver:
    """It doesn't stand any more."""

    taken: bool
    """By the client, who has the seat now."""


def offered_seat(act: Act, client: UUID, workshop: UUID) -> OfferedSeat | OfferOver:
    """What became of the offer. Raises NoSuchDossier, DossierNotActive, PleaseContactUs, NoSuchWorkshop,
    WorkshopIsCancelled, NoPriceInCurrency.
    """
    known = open_basket_of(act, client)
    (person,), (date,), (settings,), baskets = act.load_groups(
        [CLIENT.at(client)],
        [WORKSHOP.at(workshop)],
        [SETTINGS.at(SETTINGS_ID)],
        [] if known is None else [known],
    )
    dossier = active(person.state)
    try:
        current = offer_stands(date.state, client, now=act.now)
    except NoOffer:
        return OfferOver(any(seat.client == client for seat in planned(date.state).seats.values()))
    red_flag_heeded(dossier, by_staff=False, confirmed=False)
    until = current.waiting.entries[client].offered_until
    assert until is not None
    basket = _basket(baskets[0].state if baskets else None, workshop)
    if open_registration(dossier.places, current.activity) is not None:
        return OfferedSeat(current.activity, until, None, None, basket)
    taught = act.load(ACTIVITY.at(current.activity))
    quote = Sale(act, client, dossier, settings.state).quote(Place(taught, date))
    return OfferedSeat(current.activity, until, quote.price, quote.due_now, basket)


def _basket(basket: Invoice | None, workshop: UUID) -> BasketIs:
    draft = basket.draft if isinstance(basket, BeingPaid) else basket
    if not isinstance(draft, Draft) or not draft.items:
        return BasketIs.EMPTY
    places = [place for item in draft.items.values() for place in item.places]
    if [place.workshop for place in places] != [workshop]:
        return BasketIs.OTHER
    return BasketIs.BEING_PAID if isinstance(basket, BeingPaid) else BasketIs.THIS
