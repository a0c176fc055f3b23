"""Delete the dossier as another person proposed; its address goes on the suppression list (DOS-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.removal.decisions import approve_deletion
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.leaving import leaving
from commands.message import Act, Command
from commands.suppression import marks_of_parts, new_mark
from schema.store import Change


class ApproveDeletion(Command):
    """Erase the dossier whole, or deactivate it where there is an invoice; the answer tells as a removal's.

    Refused: no_such_dossier, deletion_not_proposed, deletion_needs_another, workshops_followed,
    balance_not_zero, registrations_open, basket_being_paid.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-10", "DOS-8")

    client: UUID


def handle(command: ApproveDeletion, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    end = leaving(act, client)
    dossier = client.state if isinstance(client.state, Dossier) else None
    email = None if dossier is None else dossier.email
    assert act.who.user is not None
    return end.ended(
        approve_deletion(
            client.state,
            by=act.who.user,
            money_open=end.money_open,
            suppressed=new_mark(act, None if email is None else str(email)),
            suppressed_too=() if dossier is None else marks_of_parts(act, dossier),
        )
    )
