"""Send a student's missing place to the responsibility that reopens it (INS-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.phases.decisions import report_missing_place
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class ReportMissingPlace(Command):
    """A student wants an activity of the phase that is not À PLANIFIER in the file.

    Refused: no_such_dossier, dossier_not_active, place_not_missing.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-14",)

    client: UUID
    activity: UUID
    note: Text | None = None


def handle(command: ReportMissingPlace, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, report_missing_place(client.state, command.activity, note=command.note))]
