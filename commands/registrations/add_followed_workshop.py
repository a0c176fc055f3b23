"""« Ajouter un atelier suivi »: a workshop followed abroad, without invoice or e-mail (ATE-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY, SETTINGS, SETTINGS_ID
from aggregates.client.registrations.decisions import add_followed_abroad
from aggregates.client.registrations.events import FollowedAbroad
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Country
from schema.store import Change

PastDay = Annotated[date, Field(ge=date(1980, 1, 1))]


class AddFollowedWorkshop(Command):
    """Add a past attended workshop: SUIVI with its date and country; it counts like any other.

    Refused: no_such_dossier, dossier_not_active, no_such_activity, followed_in_future. Makes `registration`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("ATE-8",)

    client: UUID
    activity: UUID
    first_day: PastDay
    last_day: PastDay
    country: Country


def handle(command: AddFollowedWorkshop, act: Act) -> list[Change]:
    client, activity, settings = act.load(
        CLIENT.at(command.client), ACTIVITY.at(command.activity), SETTINGS.at(SETTINGS_ID)
    )
    known_activity(activity.state)
    followed = FollowedAbroad(
        registration=act.new("registration"),
        activity=command.activity,
        first_day=command.first_day,
        last_day=command.last_day,
        country=command.country,
    )
    today = settings.state.day_of(act.now)
    return [Change(client, add_followed_abroad(client.state, followed, today=today))]
