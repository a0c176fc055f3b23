"""End the offers that were not taken in their time, and ask the next in line (ATE-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import expire_offers, offer_seats
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change, fold


class ExpireOffers(Command):
    """End lapsed offers and make those that are due then. Refused: no_such_workshop."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("ATE-2",)

    workshop: UUID


def handle(command: ExpireOffers, act: Act) -> list[Change]:
    workshop, settings = act.load(WORKSHOP.at(command.workshop), SETTINGS.at(SETTINGS_ID))
    expired = expire_offers(workshop.state, now=act.now)
    if not expired:
        return []
    after = fold(WORKSHOP, expired, workshop.state)
    offered = offer_seats(after, now=act.now, hours=settings.state.offer_hours)
    return [Change(workshop, [*expired, *offered])]
