"""Documents of a file: put in, taken out, forgotten once they have served (DOS-15, INS-6)."""

from __future__ import annotations

from uuid import UUID

import pytest

from aggregates.client.documents.decisions import (
    MOST,
    Uploaded,
    attach_document,
    forget_proofs,
    remove_document,
)
from aggregates.client.documents.events import DocumentAttached, DocumentEnd, DocumentKind, DocumentRemoved
from aggregates.client.documents.refusals import NoSuchDocument, ProofToDecide, TooManyDocuments
from aggregates.client.events import DossierDeactivated
from aggregates.client.proofs.events import ProofAccepted, ProofReceived
from aggregates.client.refusals import DossierNotActive
from aggregates.client.registrations.events import Discounted, RegistrationCancelled
from aggregates.client.state import CLIENT
from tests.aggregates.given import CLIENT_ID, REGISTRATION, cad, dossier, given, registered, uid

pytestmark = pytest.mark.rule("DOS-15")
PAPER, OTHER = uid("paper"), uid("other paper")
SOLD = registered(discount=Discounted(discount=uid("discount"), regular=cad(375), proof_needed=True))


def kept(document: UUID = PAPER) -> DocumentAttached:
    return DocumentAttached(
        person=CLIENT_ID,
        document=document,
        kind=DocumentKind.OTHER,
        name="carte.pdf",
        media="application/pdf",
        size=8,
    )


def uploaded(document: UUID = PAPER) -> Uploaded:
    return Uploaded(document, "carte.pdf", "application/pdf", 8)


def test_a_document_is_put_in_once() -> None:
    after = given(CLIENT, dossier()).when(attach_document, uploaded(), DocumentKind.OTHER, by_staff=True)
    after.then(kept())
    again = given(CLIENT, dossier(), kept())
    again.when(attach_document, uploaded(), DocumentKind.OTHER, by_staff=True).then_nothing()


def test_a_client_fills_the_file_up_to_a_number_staff_go_on() -> None:
    full = given(CLIENT, dossier(), *(kept(uid(f"paper {n}")) for n in range(MOST)))
    full.when(attach_document, uploaded(), DocumentKind.OTHER, by_staff=False).then_refused(
        TooManyDocuments, most=MOST
    )
    full.when(attach_document, uploaded(), DocumentKind.OTHER, by_staff=True).then(kept())


def test_a_deactivated_dossier_holds_none_any_more() -> None:
    past = given(CLIENT, dossier(), kept(), DossierDeactivated(person=CLIENT_ID))
    past.when(remove_document, PAPER).then_refused(DossierNotActive)


@pytest.mark.rule("INS-6")
def test_what_waits_as_a_proof_is_decided_on_before_it_is_taken_out() -> None:
    received = ProofReceived(registration=REGISTRATION, document=PAPER)
    waits = given(CLIENT, dossier(), SOLD, kept(), received)
    waits.when(remove_document, PAPER).then_refused(ProofToDecide)
    decided = given(
        CLIENT, dossier(), SOLD, kept(), received, ProofAccepted(registration=REGISTRATION, document=PAPER)
    )
    decided.when(remove_document, PAPER).then(DocumentRemoved(document=PAPER))
    decided.when(remove_document, OTHER).then_refused(NoSuchDocument)


@pytest.mark.rule("INS-6")
def test_a_proof_that_served_goes_unless_an_open_place_rests_on_it() -> None:
    received = ProofReceived(registration=REGISTRATION, document=PAPER)
    open_ = given(CLIENT, dossier(), SOLD, kept(), received)
    open_.when(forget_proofs, [REGISTRATION]).then_nothing()
    cancelled = RegistrationCancelled(registration=REGISTRATION, workshop=None)
    over = given(CLIENT, dossier(), SOLD, kept(), received, cancelled)
    over.when(forget_proofs, [REGISTRATION]).then(DocumentRemoved(document=PAPER, why=DocumentEnd.RETENTION))
