"""Erase again, in a log restored from before the erasure, whom the ledger outside names (DOS-11, T16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.decisions import hand_responsibilities_over
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.events import ClientFact
from aggregates.client.removal.decisions import erase_again
from aggregates.client.state import CLIENT, Client, Dossier
from aggregates.invoice.basket.refusals import BasketBeingPaid
from aggregates.kernel import Role
from aggregates.staff.decisions import leave
from aggregates.staff.refusals import LastAdmin
from aggregates.staff.state import STAFF, NoStaff
from commands.access import Scope, anyone
from commands.admins import THE_ADMINS, listed
from commands.leaving import leaving
from commands.message import Act, Command
from commands.suppression import marks_of_parts, new_mark
from schema.store import Change, Loaded


class ReplayErasure(Command):
    """What was decided once is not weighed anew: open money or places of that moment stop nothing.

    Does nothing where the person is not in the log, or erased already. Answers like a removal.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-11",)

    person: UUID
    whole: bool
    """The dossier was erased whole, else deactivated."""
    marked: bool
    """The addresses go on the suppression list again (DOS-10)."""


def handle(command: ReplayErasure, act: Act) -> list[Change]:
    client, staff, admins, settings = act.load(
        CLIENT.at(command.person), STAFF.at(command.person), THE_ADMINS, SETTINGS.at(SETTINGS_ID)
    )
    if isinstance(staff.state, NoStaff):
        return _client(command, act, client)
    changes = [
        Change(staff, leave(staff.state, by=None)),
        Change(settings, hand_responsibilities_over(settings.state, staff.id)),
    ]
    try:
        return [*changes, listed(admins, staff, admin=False)]
    except LastAdmin:  # nobody else was an admin by then
        return changes


def _client(command: ReplayErasure, act: Act, client: Loaded[Client]) -> list[Change]:
    marked = client.state if command.marked and isinstance(client.state, Dossier) else None
    email = None if marked is None else marked.email
    facts: Sequence[ClientFact] = erase_again(
        client.state,
        whole=command.whole,
        suppressed=new_mark(act, None if email is None else str(email)),
        suppressed_too=() if marked is None else marks_of_parts(act, marked),
    )
    if not facts:
        return []
    try:
        return leaving(act, client).ended(facts)
    except BasketBeingPaid:  # the provider's answer will find the dossier gone
        return [Change(client, facts)]
