"""The payment was given up, failed, or the hold is over: the seats are free, the basket stays (FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.decisions import release
from aggregates.invoice.basket.policies import is_paid_by
from aggregates.invoice.basket.refusals import NotBeingPaid
from aggregates.invoice.basket.state import BeingPaid
from aggregates.invoice.state import Invoice
from aggregates.kernel import Role, Stream
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import release_hold
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.selling_baskets import card_sale_of, open_basket_of
from schema.store import Change


class ReleaseBasket(Command):
    """End the hold of a finalised basket; with an `attempt`, of that one alone, and nothing where it is over.

    Staff end what they sell by card, never a client's own basket. Refused: not_being_paid.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(
        Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.SYSTEM
    ) | {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1", "INS-4")

    client: UUID
    attempt: UUID | None = None


def handle(command: ReleaseBasket, act: Act) -> list[Change]:
    baskets = act.load_all(_open_to(act, command.client))
    if command.attempt is not None:
        baskets = [basket for basket in baskets if is_paid_by(basket.state, command.attempt)]
        if not baskets:
            return []
    if not baskets:
        active(act.load(CLIENT.at(command.client)).state)
        raise NotBeingPaid
    basket = baskets[0]
    released = release(basket.state)
    if not isinstance(basket.state, BeingPaid):
        return [Change(basket, released)]
    held = {r.workshop: r.registration for r in basket.state.quote.registrations if r.workshop is not None}
    return [
        Change(basket, released),
        *(
            Change(workshop, release_hold(workshop.state, held[workshop.id]))
            for workshop in act.load_all([WORKSHOP.at(w) for w in held])
        ),
    ]


def _open_to(act: Act, client: UUID) -> list[Stream[Invoice]]:
    """The client's own basket, and what staff sell them by card: each for whose act it is."""
    own = open_basket_of(act, client) if act.who.role in (Role.CLIENT, Role.SYSTEM) else None
    sale = card_sale_of(act, client) if act.by_staff else None
    return [basket for basket in (own, sale) if basket is not None]
