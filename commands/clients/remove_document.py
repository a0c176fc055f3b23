"""Take a document out of a dossier: its bytes are gone for good (DOS-15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.documents.decisions import remove_document
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RemoveDocument(Command):
    """Delete the document; what a proof came to stays.

    Refused: no_such_dossier, dossier_not_active, no_such_document, proof_to_decide.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-15",)

    client: UUID
    document: UUID


def handle(command: RemoveDocument, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, remove_document(client.state, command.document))]
