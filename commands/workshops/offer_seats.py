"""Offer free seats to those who wait, each to whom it is due (ATE-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import offer_seats
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class OfferSeats(Command):
    """Make the offers that are due; nothing where none is. Refused: no_such_workshop."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("ATE-2",)

    workshop: UUID


def handle(command: OfferSeats, act: Act) -> list[Change]:
    workshop, settings = act.load(WORKSHOP.at(command.workshop), SETTINGS.at(SETTINGS_ID))
    offered = offer_seats(workshop.state, now=act.now, hours=settings.state.offer_hours)
    return [Change(workshop, offered)]
