"""« Sans preuve »: at the workshop there was none, the regular price is due (INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.proofs.decisions import mark_without_proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class MarkWithoutProof(Command):
    """The roster shows the regular price as due and takes its payment; accounting raise the invoice.

    Refused: no_such_registration, no_proof_needed, not_at_the_workshop, proof_already_accepted.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-6",)

    client: UUID
    registration: UUID


def handle(command: MarkWithoutProof, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, mark_without_proof(client.state, command.registration))]
