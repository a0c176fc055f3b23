"""Take over a workshop that a client followed when the school had another system (IMP-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY, SETTINGS, SETTINGS_ID
from aggregates.client.imports.decisions import take_over_followed
from aggregates.client.registrations.events import FollowedBeforePortal
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.importing import imported_id
from commands.merged import followed
from commands.message import Act, Command, Name
from commands.registrations.add_followed_workshop import PastDay
from schema.store import Change


class ImportFollowed(Command):
    """The client whom `source` knew under the key `client` followed the activity until `last_day`.

    Refused: no_such_dossier, dossier_not_active, no_such_activity, followed_in_future. Tells `client`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("IMP-1",)

    source: Name
    key: Name
    client: Name
    activity: UUID
    last_day: PastDay


def handle(command: ImportFollowed, act: Act) -> list[Change]:
    client, activity, settings = act.load(
        CLIENT.at(imported_id(command.source, "client", command.client)),
        ACTIVITY.at(command.activity),
        SETTINGS.at(SETTINGS_ID),
    )
    client = followed(act, client)
    act.tell("client", client.id)
    known_activity(activity.state)
    before = FollowedBeforePortal(
        registration=imported_id(command.source, "followed", command.key),
        activity=command.activity,
        last_day=command.last_day,
    )
    today = settings.state.day_of(act.now)
    return [Change(client, take_over_followed(client.state, before, today=today))]
