"""What a merger of two dossiers touches, and how it looks before it is done (DOS-5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.client.merging.decisions import Merger, follow_on, merge
from aggregates.client.merging.policies import Rivals, in_the_way, rivals, stricter
from aggregates.client.merging.refusals import MergedBasketBeingPaid
from aggregates.client.preferences.events import Channel, InterestAdded
from aggregates.client.registrations.events import CancelReason
from aggregates.client.registrations.state import Followed, Places, Registration, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Client, Dossier
from aggregates.invoice.basket.decisions import clear, put_in
from aggregates.invoice.basket.policies import being_paid, no_equal_items
from aggregates.invoice.basket.refusals import AlreadyInBasket
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.decisions import cancel_line, hand_over
from aggregates.invoice.policies import cancellation_fee
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Fact, Refused
from aggregates.workshop.decisions import free_seat, hand_places_over
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.message import Act
from commands.selling_baskets import card_sale_of, open_basket_of
from schema.labels import label
from schema.store import Change, Loaded, fold


@dataclass(frozen=True)
class Both:
    """The two dossiers, and all streams that say something of the other one."""

    act: Act
    survivor: Loaded[Client]
    other: Loaded[Client]
    earlier: Sequence[Loaded[Client]]
    """Dossiers that are part of the other one already."""
    workshops: Sequence[Loaded[Workshop]]
    invoices: Sequence[Loaded[Invoice]]
    basket: Loaded[Invoice] | None
    """The surviving dossier's open one, and the other's."""
    others_basket: Loaded[Invoice] | None
    card_sales: Sequence[tuple[UUID, Loaded[Invoice]]]
    """What staff sell either by card, by client."""

    def refusals(self) -> Iterator[Refused]:
        """What has to be settled before, apart from places of which one must give way."""
        for client, basket in ((self.survivor, self.basket), (self.other, self.others_basket)):
            yield from in_the_way(client.id, client.state)
            if basket is not None and isinstance(basket.state, BeingPaid):
                yield MergedBasketBeingPaid(dossier=client.id, until=basket.state.quote.until)
        for id_, sale in self.card_sales:
            yield MergedBasketBeingPaid(dossier=id_, until=being_paid(sale.state).quote.until)

    def merged(self, keep: Collection[UUID]) -> list[Change]:
        """Everything in one act. Raises what `merge` raises, MergedBasketBeingPaid, WorkshopIsClosed."""
        ids = (self.survivor.id, self.other.id)
        decided = merge(
            self.survivor.state,
            self.other.state,
            ids=ids,
            keep=keep,
            subjects=_noted_interests(self.other),
            source=label("fr", "merger", "source"),
            now=self.act.now,
        )
        for refused in self.refusals():
            raise refused
        moved = [Change(c, follow_on(c.state, self.survivor.id)) for c in self.earlier]
        # The other one's end comes last: read models hand its rows over when all others are written.
        return [
            *self._places(decided),
            *self._money(decided),
            *self._baskets(),
            Change(self.survivor, decided.survivor),
            *moved,
            Change(self.other, decided.other),
        ]

    def _places(self, decided: Merger) -> Iterator[Change]:
        freed: dict[UUID, list[UUID]] = {}
        for registration in decided.ended:
            if isinstance(registration, Scheduled):
                freed.setdefault(registration.workshop, []).append(registration.sale.id)
        for workshop in self.workshops:
            facts: list[Fact] = []
            for id_ in freed.get(workshop.id, []):
                facts += free_seat(workshop.state, id_, verifies=self.act.verifies)
            now = fold(WORKSHOP, facts, workshop.state)
            yield Change(workshop, [*facts, *hand_places_over(now, self.other.id, self.survivor.id)])

    def _money(self, decided: Merger) -> Iterator[Change]:
        """An invoice of the other is handed over before a place on it ends: the note is the survivor's."""
        theirs = _invoices_of(self.other.state)
        ended: dict[UUID, list[tuple[Registration, UUID]]] = {}
        for registration in decided.ended:
            for invoice_id, line in zip(registration.sale.invoices, registration.sale.lines, strict=True):
                ended.setdefault(invoice_id, []).append((registration, line))
        for invoice in self.invoices:
            facts: list[Fact] = []
            if invoice.id in theirs:
                facts += hand_over(invoice.state, self.survivor.id)
            for n, (registration, line) in enumerate(ended.get(invoice.id, []), 1):
                assert isinstance(registration, ToSchedule | Scheduled)
                facts += cancel_line(
                    fold(INVOICE, facts, invoice.state),
                    line,
                    note=None,
                    now=self.act.now,
                    case=self.act.new(f"case-{invoice.id}-{n}"),
                    fee=cancellation_fee(registration, None, now=self.act.now, why=CancelReason.MERGED),
                )
            yield Change(invoice, facts)

    def _baskets(self) -> Iterator[Change]:
        """One basket per client: what lies in the other's goes into the surviving one's, or is it."""
        theirs, mine = self.others_basket, self.basket
        if theirs is None or not isinstance(theirs.state, Draft):
            return
        if mine is None:
            yield Change(theirs, hand_over(theirs.state, self.survivor.id))
            return
        put: list[Fact] = []
        for item in theirs.state.items.values():
            basket = fold(INVOICE, put, mine.state)
            try:
                no_equal_items(basket, [place.activity for place in item.places])
            except AlreadyInBasket:
                continue
            put += put_in(basket, self.survivor.id, item)
        yield Change(mine, put)
        yield Change(theirs, clear(theirs.state))


def both(act: Act, survivor: UUID, other: UUID) -> Both:
    """Load the two dossiers, then whatever names the other one."""
    mine, theirs = act.load(CLIENT.at(survivor), CLIENT.at(other))
    open_baskets = [open_basket_of(act, survivor), open_basket_of(act, other)]
    by_card = {id_: card_sale_of(act, id_) for id_ in (survivor, other)}
    earlier, workshops, invoices, baskets = act.load_groups(
        [CLIENT.at(id_) for id_ in _earlier(theirs.state)],
        [WORKSHOP.at(w) for w in sorted(_workshops_of(theirs.state) | _dates_of(mine.state))],
        [INVOICE.at(i) for i in sorted(_invoices_of(theirs.state) | _invoices_of(mine.state))],
        [basket for basket in (*open_baskets, *by_card.values()) if basket is not None],
    )
    known = {basket.id: basket for basket in baskets}
    my_basket, their_basket = (None if b is None else known[b.id] for b in open_baskets)
    sales = [(id_, known[sale.id]) for id_, sale in by_card.items() if sale is not None]
    return Both(act, mine, theirs, earlier, workshops, invoices, my_basket, their_basket, sales)


@dataclass(frozen=True)
class Outlook:
    """What merging these two would come to now."""

    versions: tuple[int, int]
    """How far the two are: who merges them says what they compared."""
    refusals: Sequence[Refused]
    rivals: Sequence[Rivals]
    stricter: Sequence[Channel]
    """Channels for which the surviving dossier says no from then on."""
    registrations: int
    """Of the other dossier."""
    invoices: int
    documents: int
    waiting: int


def outlook(act: Act, survivor: UUID, other: UUID) -> Outlook:
    """Nothing is done. Raises nothing: all that hinders it is told."""
    found = both(act, survivor, other)
    refused = list(found.refusals())
    mine, theirs = found.survivor.state, found.other.state
    versions = (found.survivor.version, found.other.version)
    if not isinstance(mine, Dossier) or not isinstance(theirs, Dossier):
        return Outlook(versions, refused, [], [], 0, 0, 0, 0)
    return Outlook(
        versions,
        refused,
        rivals(mine.places, theirs.places),
        stricter(mine.wishes, theirs.wishes),
        len(theirs.registrations) + len(theirs.places.abroad),
        len(_invoices_of(theirs)),
        len(theirs.documents),
        len(theirs.waiting_in),
    )


def _earlier(client: Client) -> tuple[UUID, ...]:
    return client.merged if isinstance(client, Dossier) else ()


def _places_of(client: Client) -> Places:
    return client.places if isinstance(client, Dossier) else Places()


def _dates_of(client: Client) -> set[UUID]:
    """Workshops in which a place may have to give way."""
    places = _places_of(client).registrations.values()
    return {r.workshop for r in places if isinstance(r, Scheduled)}


def _workshops_of(client: Client) -> set[UUID]:
    """Every workshop that may name this client: also those given up, cancelled or waited for."""
    named = set(client.waiting_in) if isinstance(client, Dossier) else set()
    for registration in _places_of(client).registrations.values():
        named |= set(registration.sale.given_up)
        if isinstance(registration, Scheduled | Followed):
            named.add(registration.workshop)
    return named


def _invoices_of(client: Client) -> frozenset[UUID]:
    return client.invoices if isinstance(client, Dossier) else frozenset()


def _noted_interests(client: Loaded[Client]) -> Mapping[UUID, InterestAdded]:
    """Which of them is an activity and which a phase, as it was noted."""
    noted = [fact for fact in client.facts if isinstance(fact, InterestAdded)]
    return {id_: fact for fact in noted for id_ in (fact.activity, fact.phase) if isinstance(id_, UUID)}
