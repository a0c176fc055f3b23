"""Describe a venue anew; its note goes into e-mails (CAT-1, ATE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.decisions import change_venue
from aggregates.catalogue.events import VenueChanged, VenueDetails
from aggregates.catalogue.policies import known_venue
from aggregates.catalogue.settings import Region
from aggregates.catalogue.state import VENUE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Country, Name, Text
from commands.seen_version import merged, parts
from schema.store import Change


class ChangeVenue(Command):
    """Overwrite what differs from the venue seen at `seen_version`.

    Refused: no_such_venue, changed_meanwhile, unknown_zone.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1", "ATE-1")

    venue: UUID
    seen_version: int = Field(ge=1)
    name: Name
    city: Name
    country: Country
    region: Region
    zone: Name
    address: Name | None
    note: Text | None


def handle(command: ChangeVenue, act: Act) -> list[Change]:
    venue = act.load(VENUE.at(command.venue))
    fields = VenueDetails.model_fields
    current = known_venue(venue.state)
    seen = known_venue(venue.as_of(command.seen_version))
    values = merged(parts(seen, fields), parts(current, fields), parts(command, fields))
    return [Change(venue, change_venue(current, VenueChanged(**values)))]
