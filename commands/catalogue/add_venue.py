"""Add a place where workshops are held (CAT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aggregates.catalogue.decisions import add_venue
from aggregates.catalogue.events import VenueAdded
from aggregates.catalogue.settings import Region
from aggregates.catalogue.state import VENUE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Country, Name, Text
from schema.store import Change


class AddVenue(Command):
    """Add a venue. Refused: unknown_zone. Makes `venue`."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1",)

    name: Name
    city: Name
    country: Country
    region: Region
    zone: Name
    address: Name | None = None
    note: Text | None = None


def handle(command: AddVenue, act: Act) -> list[Change]:
    venue = act.fresh(VENUE, "venue")
    wanted = VenueAdded(
        name=command.name,
        city=command.city,
        country=command.country,
        region=command.region,
        zone=command.zone,
        address=command.address,
        note=command.note,
    )
    return [Change(venue, add_venue(venue.state, wanted))]
