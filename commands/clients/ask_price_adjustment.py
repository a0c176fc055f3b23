"""Ask accounting for a price that no discount of the catalogue gives (CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY
from aggregates.client.decisions import ask_price_adjustment
from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.kernel import Erased, Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class AskPriceAdjustment(Command):
    """Ask for another price of an activity; the basket stays as it is.

    Refused: no_such_dossier, dossier_not_active, no_such_activity.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("CAT-4",)

    client: UUID
    activity: UUID
    reason: Text


def handle(command: AskPriceAdjustment, act: Act) -> list[Change]:
    client, activity = act.load(CLIENT.at(command.client), ACTIVITY.at(command.activity))
    known_activity(activity.state)
    asked = ask_price_adjustment(client.state, command.activity, reason=command.reason)
    return [Change(client, asked)]


def asked_prices(client: UUID, act: Act) -> Mapping[UUID, str]:
    """The reason by activity of what waits for an answer. Raises NoSuchDossier, DossierNotActive."""
    asked = active(act.load(CLIENT.at(client)).state).adjustments_asked
    return {activity: why for activity, why in asked.items() if not isinstance(why, Erased)}
