"""Facts of the documents that are kept in a client's file."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact


class DocumentKind(StrEnum):
    """What a document is for."""

    DISCOUNT = "discount"
    """The proof of a discount (INS-6)."""
    CONSENT = "consent"
    """A yes on paper (DOS-18)."""
    OTHER = "other"


class DocumentEnd(StrEnum):
    """Why a document is kept no longer."""

    ASKED = "asked"
    RETENTION = "retention"
    """Some time after the last workshop that it was for was closed (reliability.md 7.1)."""


class DocumentAttached(Fact):
    """A file was put into the dossier, by the client or by staff (DOS-15)."""

    TOPIC: ClassVar[str] = "client.document_attached"

    person: UUID
    document: UUID
    kind: DocumentKind
    name: Contact[str]
    media: str
    size: int
    """Bytes."""


class DocumentRemoved(Fact):
    """A file was taken out of the dossier: its bytes are gone (DOS-15)."""

    TOPIC: ClassVar[str] = "client.document_removed"

    document: UUID
    why: DocumentEnd = DocumentEnd.ASKED


DocumentFact = DocumentAttached | DocumentRemoved
