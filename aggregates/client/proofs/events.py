"""Facts of the proofs of discounts."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact


class ProofReceived(Fact):
    """A document that proves the discount came in (INS-6)."""

    TOPIC: ClassVar[str] = "client.proof_received"

    registration: UUID
    document: UUID


class ProofAccepted(Fact):
    """The proof of the discount is good (INS-6)."""

    TOPIC: ClassVar[str] = "client.proof_accepted"

    registration: UUID
    document: UUID | None = None


class ProofRejected(Fact):
    """The proof of the discount is not good; the client may send another (INS-6)."""

    TOPIC: ClassVar[str] = "client.proof_rejected"

    person: UUID
    registration: UUID
    reason: Contact[str]
    document: UUID | None = None


class ProofMissing(Fact):
    """« Sans preuve »: at the workshop there was none, the regular price is due (INS-6)."""

    TOPIC: ClassVar[str] = "client.proof_missing"

    registration: UUID
