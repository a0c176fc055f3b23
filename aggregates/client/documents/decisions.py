"""What may happen to the documents of a file: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.client.documents.events import (
    DocumentAttached,
    DocumentEnd,
    DocumentFact,
    DocumentKind,
    DocumentRemoved,
)
from aggregates.client.documents.refusals import NoSuchDocument, ProofToDecide, TooManyDocuments
from aggregates.client.policies import active
from aggregates.client.proofs.state import Proof
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import Client, Dossier

Facts = Sequence[DocumentFact]
MOST = 50
"""Documents that a client puts into the own file; staff may go on."""


@dataclass(frozen=True)
class Uploaded:
    """A file as it came and was recognised."""

    id: UUID
    name: str
    media: str
    size: int


def attach_document(client: Client, file: Uploaded, kind: DocumentKind, *, by_staff: bool) -> Facts:
    """Put the file into the dossier (DOS-15). Raises NoSuchDossier, DossierNotActive, TooManyDocuments."""
    dossier = active(client)
    if file.id in dossier.documents:
        return []
    if not by_staff and len(dossier.documents) >= MOST:
        raise TooManyDocuments(most=MOST)
    return [
        DocumentAttached(
            person=dossier.id,
            document=file.id,
            kind=kind,
            name=file.name,
            media=file.media,
            size=file.size,
        )
    ]


def remove_document(client: Client, document: UUID) -> Facts:
    """Take it out; its bytes go with it (DOS-15).

    One that is the accepted proof of a discount leaves the discount accepted. Raises NoSuchDossier,
    NoSuchDocument, ProofToDecide.
    """
    dossier = active(client)
    in_file(dossier, document)
    sales = [r.sale for r in dossier.registrations.values() if isinstance(r, ToSchedule | Scheduled)]
    if any(sale.proof_document == document and sale.proof is Proof.RECEIVED for sale in sales):
        raise ProofToDecide
    return [DocumentRemoved(document=document)]


def forget_proofs(client: Client, registrations: Collection[UUID]) -> Facts:
    """Proofs of these registrations have served, unless an open one rests on the same document.

    They go some time after closing (reliability.md 7.1). A dossier without files has none to forget.
    """
    if not isinstance(client, Dossier):
        return []
    places = client.registrations
    still_needed = {
        r.sale.proof_document for r in places.values() if isinstance(r, ToSchedule | Scheduled)
    } - {None}
    served = [places[id_].sale.proof_document for id_ in registrations if id_ in places]
    return [
        DocumentRemoved(document=document, why=DocumentEnd.RETENTION)
        for document in dict.fromkeys(served)
        if document is not None and document in client.documents and document not in still_needed
    ]


def in_file(dossier: Dossier, document: UUID) -> None:
    """The dossier holds it. Raises NoSuchDocument."""
    if document not in dossier.documents:
        raise NoSuchDocument
