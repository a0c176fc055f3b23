"""Wait no longer for a seat; an offer ends with it (ATE-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import leave_waiting_place
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import leave_waiting_list
from commands.access import Scope
from commands.message import Act, Command
from commands.workshops.join_waiting_list import JoinWaitingList
from schema.store import Change


class LeaveWaitingList(Command):
    """Take a client off the waiting list, or decline the offer.

    Refused: no_such_dossier, dossier_not_active, no_such_workshop.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = JoinWaitingList.ALLOWED
    RULES: ClassVar[tuple[str, ...]] = ("ATE-2",)

    client: UUID
    workshop: UUID


def handle(command: LeaveWaitingList, act: Act) -> list[Change]:
    client, workshop = act.load(CLIENT.at(command.client), WORKSHOP.at(command.workshop))
    return [
        Change(client, leave_waiting_place(client.state, workshop.id)),
        Change(workshop, leave_waiting_list(workshop.state, client.id)),
    ]
