"""What may happen to the proof of a discount: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.proofs.refusals import (
    AnotherProofCame,
    NoProofNeeded,
    NoProofReceived,
    NotAtTheWorkshop,
    ProofAlreadyAccepted,
)
from aggregates.client.proofs.state import Proof
from aggregates.client.registrations.events import PriceRaised, RegistrationFact
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.refusals import ProofNotMissing, RegistrationGone
from aggregates.client.registrations.state import Cancelled, Followed, Places, Registration, Sale, Scheduled
from aggregates.client.state import Client
from aggregates.kernel import Money

Facts = Sequence[RegistrationFact]


def receive_proof(client: Client, registration: UUID, document: UUID) -> Facts:
    """A proof came in, uploaded by the client or attached by staff; it may replace another (INS-6).

    One proof serves all places of a phase sold at the same discount. Raises NoSuchRegistration,
    NoProofNeeded, ProofAlreadyAccepted.
    """
    places = active(client).places
    asked = _asked(places, registration)
    if asked.sale.proof is Proof.ACCEPTED:
        raise ProofAlreadyAccepted
    if asked.sale.proof is Proof.RECEIVED and asked.sale.proof_document == document:
        return []
    return [ProofReceived(registration=id_, document=document) for id_ in _sold_together(places, asked)]


def accept_proof(client: Client, registration: UUID, document: UUID) -> Facts:
    """The document looked at is a good proof (INS-6).

    Raises NoSuchRegistration, NoProofNeeded, NoProofReceived, AnotherProofCame.
    """
    places = active(client).places
    asked = _asked(places, registration)
    _looked_at(asked, document)
    if asked.sale.proof is Proof.ACCEPTED:
        return []
    return [ProofAccepted(registration=id_, document=document) for id_ in _sold_together(places, asked)]


def reject_proof(client: Client, registration: UUID, document: UUID, reason: str) -> Facts:
    """The document looked at is no proof; the client is told why and may send another (INS-6).

    Raises NoSuchRegistration, NoProofNeeded, NoProofReceived, AnotherProofCame, ProofAlreadyAccepted.
    """
    dossier = active(client)
    asked = _asked(dossier.places, registration)
    _looked_at(asked, document)
    if asked.sale.proof is Proof.ACCEPTED:
        raise ProofAlreadyAccepted
    if asked.sale.proof is Proof.REJECTED:
        return []
    return [
        ProofRejected(person=dossier.id, registration=id_, reason=reason, document=document)
        for id_ in _sold_together(dossier.places, asked)
    ]


def mark_without_proof(client: Client, registration: UUID) -> Facts:
    """« Sans preuve »: the roster shows the regular price as due, also after closing (INS-6).

    Raises NoSuchRegistration, NoProofNeeded, NotAtTheWorkshop, ProofAlreadyAccepted.
    """
    asked = _asked(active(client).places, registration)
    if not isinstance(asked, Scheduled | Followed):
        raise NotAtTheWorkshop
    if asked.sale.proof is Proof.ACCEPTED:
        raise ProofAlreadyAccepted
    return [] if asked.sale.proof is Proof.MISSING else [ProofMissing(registration=registration)]


def regular_price_lacks(sale: Sale) -> Money:
    """What the regular price is above what was invoiced, where the proof is missing (INS-6).

    Raises ProofNotMissing.
    """
    if sale.discount is None or sale.proof is not Proof.MISSING:
        raise ProofNotMissing
    return max(Money.zero(sale.price.currency), sale.discount.regular - sale.invoiced)


def raise_price(client: Client, registration: UUID, amount: Money, *, invoice: UUID, line: UUID) -> Facts:
    """A supplementary invoice adds to the registration's price, also after it was followed (FAC-9).

    Raises NoSuchRegistration, RegistrationGone.
    """
    found = known_registration(active(client).places, registration)
    if isinstance(found, Cancelled):
        raise RegistrationGone
    if any(supplement.line == line for supplement in found.sale.supplements):
        return []
    return [
        PriceRaised(
            registration=registration,
            invoice=invoice,
            line=line,
            amount=amount,
            followed=isinstance(found, Followed),
        )
    ]


def _asked(places: Places, registration: UUID) -> Registration:
    found = known_registration(places, registration)
    if found.sale.proof is None:
        raise NoProofNeeded
    return found


def _looked_at(asked: Registration, document: UUID) -> None:
    newest = asked.sale.proof_document
    if newest is None:
        raise NoProofReceived
    if newest != document:
        raise AnotherProofCame(document=newest)


def _sold_together(places: Places, asked: Registration) -> list[UUID]:
    """The registration and the other places of its phase, sold at the same discount."""
    sale = asked.sale
    if sale.enrolment is None:
        return [sale.id]
    return [
        r.sale.id
        for r in places.registrations.values()
        if r.sale.enrolment == sale.enrolment and r.sale.proof not in (None, Proof.ACCEPTED)
    ]
