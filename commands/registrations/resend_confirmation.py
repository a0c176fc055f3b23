"""The small envelope beside a registration: its confirmation goes out once more (COM-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.registrations.decisions import resend_confirmation
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ResendConfirmation(Command):
    """Send the confirmation of a registration once more, with its date, place and balance as they are now.

    Refused: no_such_dossier, dossier_not_active, no_such_registration, registration_not_open, and for
    clients started_for_clients.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("COM-1", "COM-2", "DOS-12")
    ON_BEHALF: ClassVar[bool] = True

    client: UUID
    registration: UUID


def handle(command: ResendConfirmation, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    resent = resend_confirmation(client.state, command.registration, now=act.now, by_staff=act.by_staff)
    return [Change(client, resent)]
