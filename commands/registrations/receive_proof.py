"""A proof of the discount came in: the client's upload, or attached by staff (INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.proofs.decisions import receive_proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ReceiveProof(Command):
    """A document proves the discount of a registration; it may replace another.

    Refused: no_such_registration, no_proof_needed, proof_already_accepted.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("INS-6",)

    client: UUID
    registration: UUID
    document: UUID


def handle(command: ReceiveProof, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, receive_proof(client.state, command.registration, command.document))]
