"""The documents that a file holds, folded from their facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from aggregates.client.documents.events import (
    DocumentAttached,
    DocumentFact,
    DocumentKind,
    DocumentRemoved,
)

Documents: TypeAlias = Mapping[UUID, DocumentKind]
"""Those that are there."""


def evolve_documents(documents: Documents, fact: DocumentFact) -> Documents:
    match fact:
        case DocumentAttached():
            return {**documents, fact.document: fact.kind}
        case DocumentRemoved():
            return {id_: kind for id_, kind in documents.items() if id_ != fact.document}
