"""Put an uploaded file into a dossier, for a registration as the proof of its discount (DOS-15, INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.documents.decisions import Uploaded, attach_document
from aggregates.client.documents.events import DocumentKind
from aggregates.client.proofs.decisions import receive_proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class AttachDocument(Command):
    """Keep a file that the asker uploaded in the dossier, under the client's key.

    With `registration` it is the proof of its discount, and may replace another; `kind` is then `discount`.
    Refused: no_such_dossier, dossier_not_active, no_such_file, too_many_documents, no_such_registration,
    no_proof_needed, proof_already_accepted.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("DOS-15", "INS-6")

    client: UUID
    file: UUID
    kind: DocumentKind = DocumentKind.OTHER
    registration: UUID | None = None


def handle(command: AttachDocument, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    head = act.own_upload(command.file)
    kind = command.kind if command.registration is None else DocumentKind.DISCOUNT
    file = Uploaded(command.file, head.name, head.media, head.size)
    kept = attach_document(client.state, file, kind, by_staff=act.by_staff)
    received = (
        []
        if command.registration is None
        else receive_proof(client.state, command.registration, command.file)
    )
    act.tell("document", command.file)
    return [Change(client, [*kept, *received])]
