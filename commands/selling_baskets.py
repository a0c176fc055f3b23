"""A client's basket: where it lies, and what its items cost today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aggregates.catalogue.policies import known_phase
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import (
    ACTIVITY,
    DISCOUNT,
    PHASE,
    MaybeActivity,
    MaybeDiscount,
    MaybePhase,
)
from aggregates.client.phases.decisions import enrol
from aggregates.client.phases.events import Enrolled
from aggregates.client.policies import active
from aggregates.client.registrations.decisions import register
from aggregates.client.registrations.events import RegistrationFact
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.basket.events import BasketFinalised, CardSaleBegun, Item
from aggregates.invoice.basket.policies import card_sale
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Fact, Refused, Stream
from aggregates.workshop.decisions import take_seat
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.claims import BASKET, CARD_SALE
from commands.message import Act
from commands.selling import Place, Sale, Sold
from commands.selling_phases import place_in_phase, student_of
from schema.store import Change, Loaded, fold


def open_basket_of(act: Act, client: UUID) -> Stream[Invoice] | None:
    """The client's one open basket (FAC-1), found by its claim."""
    found = act.holder(BASKET, str(client))
    return None if found is None else INVOICE.at(found)


def card_sale_of(act: Act, client: UUID) -> Stream[Invoice] | None:
    """What staff sell this client by card, while the payment is awaited (INS-4)."""
    found = act.holder(CARD_SALE, str(client))
    return None if found is None else INVOICE.at(found)


@dataclass(frozen=True)
class Contents:
    """What the items of a basket name, loaded in one query."""

    phases: dict[UUID, Loaded[MaybePhase]]
    activities: dict[UUID, Loaded[MaybeActivity]]
    workshops: dict[UUID, Loaded[Workshop]]
    discounts: dict[UUID, Loaded[MaybeDiscount]]

    @classmethod
    def load(cls, act: Act, items: Sequence[Item]) -> Contents:
        """The second load."""
        places = [place for item in items for place in item.places]
        phases, activities, workshops, discounts = act.load_groups(
            [PHASE.at(i) for i in dict.fromkeys(i.phase for i in items if i.phase is not None)],
            [ACTIVITY.at(a) for a in dict.fromkeys(p.activity for p in places)],
            [WORKSHOP.at(w) for w in dict.fromkeys(p.workshop for p in places if p.workshop is not None)],
            [DISCOUNT.at(d) for d in dict.fromkeys(i.discount for i in items if i.discount is not None)],
        )
        return cls(
            {p.id: p for p in phases},
            {a.id: a for a in activities},
            {w.id: w for w in workshops},
            {d.id: d for d in discounts},
        )

    def sell(self, sale: Sale, items: Sequence[Item], invoice: UUID) -> list[SoldItem]:
        """Each item at today's price. Raises what quoting a place raises."""
        return [self._sold(sale, item, invoice, n) for n, item in enumerate(items, 1)]

    def _sold(self, sale: Sale, item: Item, invoice: UUID, n: int) -> SoldItem:
        places = [
            Place(
                self.activities[wanted.activity],
                None if wanted.workshop is None else self.workshops[wanted.workshop],
                discount=None if item.discount is None else self.discounts[item.discount],
            )
            for wanted in item.places
        ]
        if item.phase is None:
            return SoldItem(sale.sell_together(places, invoice, name=f"-{n}-"), None)
        phase, enrolment = known_phase(self.phases[item.phase].state), sale.act.new(f"enrolment-{n}")
        inside = [place_in_phase(place, item.phase, phase, enrolment) for place in places]
        sold = sale.sell_together(inside, invoice, name=f"-{n}-")
        return SoldItem(sold, student_of(item.phase, phase, enrolment, invoice, sold))


@dataclass(frozen=True)
class SoldItem:
    """One item of the basket with the prices of its places."""

    sold: Sequence[Sold]
    student: Enrolled | None


def recorded(
    client: Loaded[Client], quote: BasketFinalised, sale: CardSaleBegun | None = None
) -> list[RegistrationFact]:
    """What the client's file takes of the quote. Raises what registering and enrolling refuse (INS-12)."""
    outside = sale is not None and sale.outside_phase
    facts: list[RegistrationFact] = []
    for student in quote.students:
        places = [r for r in quote.registrations if r.enrolment == student.enrolment]
        facts += enrol(fold(CLIENT, facts, client.state), student, places)
    for place in quote.registrations:
        if place.enrolment is None:
            facts += register(fold(CLIENT, facts, client.state), place, outside_phase=outside)
    return facts


def completed(
    act: Act,
    client: Loaded[Client],
    basket: Loaded[Invoice],
    before: Sequence[Fact],
    quote: BasketFinalised,
    workshops: Mapping[UUID, Loaded[Workshop]],
    school: SchoolSettings,
    taken: Sequence[RegistrationFact],
) -> list[Change]:
    """Registrations, seats and invoice of the frozen quote, the invoice last; `before` goes first on it.

    Raises WorkshopFull, RetakesFull, AlreadyOnRoster, WorkshopStarted.
    """
    seats = seats_of(act, client, basket, quote, workshops)
    sale = Sale(act, client.id, active(client.state), school)
    folded = replace(basket, state=fold(INVOICE, before, basket.state))
    issued = sale.bill(folded, quote.lines, quote.currency)
    return [Change(client, taken), *seats, Change(basket, [*before, *issued.facts])]


def seats_of(
    act: Act,
    client: Loaded[Client],
    basket: Loaded[Invoice],
    quote: BasketFinalised,
    workshops: Mapping[UUID, Loaded[Workshop]],
) -> list[Change]:
    """The seats that the frozen quote takes; what staff sell by card also after the start (INS-15).

    Raises WorkshopFull, RetakesFull, AlreadyOnRoster, WorkshopStarted, RosterIsHandedOver.
    """
    sale = card_sale(basket.state)
    return [
        Change(
            workshops[place.workshop],
            take_seat(
                workshops[place.workshop].state,
                place.registration,
                client=client.id,
                retake=place.retake,
                now=act.now,
                by_staff=sale is not None,
                verifies=sale is not None and sale.verifies,
                invoice=basket.id,
            ),
        )
        for place in quote.registrations
        if place.workshop is not None
    ]


def completes_now(act: Act, basket: Loaded[Invoice], quote: BasketFinalised, client: UUID) -> bool:
    """Whether a capture of this moment would complete it: its seats are free or its own (FAC-1)."""
    wanted = [WORKSHOP.at(r.workshop) for r in quote.registrations if r.workshop is not None]
    (buyer,), dates = act.load_groups([CLIENT.at(client)], wanted)
    try:
        active(buyer.state)
        recorded(buyer, quote, card_sale(basket.state))
        seats_of(act, buyer, basket, quote, {date.id: date for date in dates})
    except Refused:
        return False
    return True
