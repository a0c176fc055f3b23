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
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import release_hold
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.selling_baskets import open_basket_of
from schema.store import Change


class ReleaseBasket(Command):
    """End the hold of a finalised basket; with an `attempt`, of that one alone, and nothing where it is over.

    Refused: not_being_paid.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM) | {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1",)

    client: UUID
    attempt: UUID | None = None


def handle(command: ReleaseBasket, act: Act) -> list[Change]:
    known = open_basket_of(act, command.client)
    if known is None:
        if command.attempt is not None:
            return []
        active(act.load(CLIENT.at(command.client)).state)
        raise NotBeingPaid
    _, basket = act.load(CLIENT.at(command.client), known)
    if command.attempt is not None and not is_paid_by(basket.state, command.attempt):
        return []
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
