"""A document that the dossier holds is the proof of a discount (INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.documents.decisions import in_file
from aggregates.client.policies import active
from aggregates.client.proofs.decisions import receive_proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ReceiveProof(Command):
    """A document of the dossier proves the discount of a registration; it may replace another.

    Refused: no_such_document, no_such_registration, no_proof_needed, proof_already_accepted.
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
    in_file(active(client.state), command.document)
    return [Change(client, receive_proof(client.state, command.registration, command.document))]
