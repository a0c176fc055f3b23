"""What may happen to the proof of a discount: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations.events import (
    ProofAccepted,
    ProofMissing,
    ProofReceived,
    ProofRejected,
    RegistrationFact,
)
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.refusals import NoProofNeeded, NoProofReceived
from aggregates.client.registrations.state import Proof
from aggregates.client.state import Client

Facts = Sequence[RegistrationFact]


def receive_proof(client: Client, registration: UUID, document: UUID) -> Facts:
    """A proof came in, uploaded by the client or attached by staff; it may replace another (INS-6).

    Raises NoSuchRegistration, NoProofNeeded.
    """
    if _proof(client, registration) is Proof.ACCEPTED:
        return []
    return [ProofReceived(registration=registration, document=document)]


def accept_proof(client: Client, registration: UUID) -> Facts:
    """The proof is good (INS-6). Raises NoSuchRegistration, NoProofNeeded, NoProofReceived."""
    proof = _proof(client, registration)
    if proof is Proof.ACCEPTED:
        return []
    _received(proof)
    return [ProofAccepted(registration=registration)]


def reject_proof(client: Client, registration: UUID, reason: str) -> Facts:
    """The proof is not good; the client is told why and may send another (INS-6).

    Raises NoSuchRegistration, NoProofNeeded, NoProofReceived.
    """
    proof = _proof(client, registration)
    if proof is Proof.REJECTED:
        return []
    _received(proof)
    return [ProofRejected(person=active(client).id, registration=registration, reason=reason)]


def mark_without_proof(client: Client, registration: UUID) -> Facts:
    """« Sans preuve »: the roster shows the regular price as due, also after closing (INS-6).

    Raises NoSuchRegistration, NoProofNeeded.
    """
    if _proof(client, registration) in (Proof.MISSING, Proof.ACCEPTED):
        return []
    return [ProofMissing(registration=registration)]


def _proof(client: Client, registration: UUID) -> Proof:
    proof = known_registration(active(client).places, registration).sale.proof
    if proof is None:
        raise NoProofNeeded
    return proof


def _received(proof: Proof) -> None:
    if proof not in (Proof.RECEIVED, Proof.ACCEPTED, Proof.REJECTED):
        raise NoProofReceived
