"""Set the school's settings anew, as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aggregates.catalogue.decisions import change_settings
from aggregates.catalogue.policies import known_zone
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.seen_version import nothing_changed_meanwhile
from schema.store import Change


class ChangeSettings(Command):
    """Overwrite the settings as seen at `seen_version`. Refused: changed_meanwhile, unknown_zone."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("INS-5", "CAT-2")

    seen_version: int
    settings: SchoolSettings


def handle(command: ChangeSettings, act: Act) -> list[Change]:
    settings = act.load(SETTINGS.at(SETTINGS_ID))
    known_zone(command.settings.zone)
    nothing_changed_meanwhile(
        settings.as_of(command.seen_version).model_dump(),
        settings.state.model_dump(),
        command.settings.model_dump(),
    )
    return [Change(settings, change_settings(settings.state, command.settings))]
