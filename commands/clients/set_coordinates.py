"""Say where a client lives when the town's name doesn't tell, or tells wrong (REQ-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.client.profile.decisions import set_coordinates
from aggregates.client.state import CLIENT, Coordinates
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class SetCoordinates(Command):
    """Set where queries by distance take the client to be; with null the town tells again.

    It ends by itself when the client moves. Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("REQ-1",)

    client: UUID
    latitude: float | None = Field(ge=-90, le=90, description="Degrees north.")
    longitude: float | None = Field(ge=-180, le=180, description="Degrees east.")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.latitude is None) is not (self.longitude is None):
            raise ValueError("both, or none")
        return self


def handle(command: SetCoordinates, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    place = None
    if command.latitude is not None and command.longitude is not None:
        place = Coordinates(command.latitude, command.longitude)
    return [Change(client, set_coordinates(client.state, place))]
