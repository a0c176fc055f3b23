"""The proof of the discount is good (INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.proofs.decisions import accept_proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class AcceptProof(Command):
    """Accept the proof.

    Refused: no_such_registration, no_proof_needed, no_proof_received, another_proof_came.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-6",)

    client: UUID
    registration: UUID
    document: UUID
    """The one that was looked at."""


def handle(command: AcceptProof, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, accept_proof(client.state, command.registration, command.document))]
