"""A client takes something out of the basket (FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.decisions import take_out
from aggregates.invoice.basket.refusals import NoBasket
from aggregates.kernel import Role
from commands.access import Scope
from commands.message import Act, Command
from commands.selling_baskets import open_basket_of
from schema.store import Change


class TakeOutOfBasket(Command):
    """Take an item out of the own basket. Refused: no_basket, basket_being_paid."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1",)

    client: UUID
    item: UUID


def handle(command: TakeOutOfBasket, act: Act) -> list[Change]:
    known = open_basket_of(act, command.client)
    if known is None:
        active(act.load(CLIENT.at(command.client)).state)
        raise NoBasket
    client, basket = act.load(CLIENT.at(command.client), known)
    active(client.state)
    return [Change(basket, take_out(basket.state, command.item))]
