"""The proof of a discount: asked at the sale, received, accepted or rejected, missing at the workshop."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.client.proofs.decisions import (
    accept_proof,
    mark_without_proof,
    raise_price,
    receive_proof,
    regular_price_lacks,
    reject_proof,
)
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.proofs.refusals import (
    AnotherProofCame,
    NoProofNeeded,
    NoProofReceived,
    NotAtTheWorkshop,
    ProofAlreadyAccepted,
)
from aggregates.client.proofs.state import Proof
from aggregates.client.registrations.events import Discounted, PriceRaised, RegistrationCancelled
from aggregates.client.registrations.refusals import NoSuchRegistration, ProofNotMissing, RegistrationGone
from aggregates.client.state import CLIENT, Dossier
from tests.aggregates.given import CLIENT_ID, REGISTRATION, cad, dossier, given, registered, uid

TEN_OFF = Discounted(discount=uid("discount"), regular=cad(375), proof_needed=True)
SOLD = registered(price=cad(337.50), discount=TEN_OFF)
RECEIVED = ProofReceived(registration=REGISTRATION, document=uid("card"))
CARD = uid("card")
ACCEPTED = ProofAccepted(registration=REGISTRATION, document=CARD)
REJECTED = ProofRejected(person=CLIENT_ID, registration=REGISTRATION, reason="Illisible", document=CARD)
MISSING = ProofMissing(registration=REGISTRATION)
pytestmark = pytest.mark.rule("INS-6")


def proof(client: Any) -> Proof | None:
    assert isinstance(client, Dossier)
    return client.registrations[REGISTRATION].sale.proof


def test_a_discount_that_needs_one_asks_for_it_at_once() -> None:
    assert proof(given(CLIENT, dossier(), SOLD).state) is Proof.ASKED


def test_one_that_needs_none_asks_for_nothing() -> None:
    free = registered(discount=TEN_OFF.model_copy(update={"proof_needed": False}))
    past = given(CLIENT, dossier(), free)
    assert proof(past.state) is None
    past.when(receive_proof, REGISTRATION, uid("card")).then_refused(NoProofNeeded)
    past.when(mark_without_proof, REGISTRATION).then_refused(NoProofNeeded)


def test_it_is_received_and_accepted() -> None:
    after = given(CLIENT, dossier(), SOLD).when(receive_proof, REGISTRATION, CARD).then(RECEIVED)
    assert proof(after) is Proof.RECEIVED
    past = given(CLIENT, dossier(), SOLD, RECEIVED)
    past.when(receive_proof, REGISTRATION, CARD).then_nothing()
    assert proof(past.when(accept_proof, REGISTRATION, CARD).then(ACCEPTED)) is Proof.ACCEPTED


def test_once_accepted_nothing_more_is_sent_or_asked() -> None:
    past = given(CLIENT, dossier(), SOLD, RECEIVED, ACCEPTED)
    past.when(accept_proof, REGISTRATION, CARD).then_nothing()
    past.when(receive_proof, REGISTRATION, uid("another")).then_refused(ProofAlreadyAccepted)
    past.when(reject_proof, REGISTRATION, CARD, "Trop tard").then_refused(ProofAlreadyAccepted)
    past.when(mark_without_proof, REGISTRATION).then_refused(ProofAlreadyAccepted)


def test_a_rejected_one_tells_why_and_may_be_replaced() -> None:
    past = given(CLIENT, dossier(), SOLD, RECEIVED)
    assert proof(past.when(reject_proof, REGISTRATION, CARD, "Illisible").then(REJECTED)) is Proof.REJECTED
    past = given(CLIENT, dossier(), SOLD, RECEIVED, REJECTED)
    past.when(reject_proof, REGISTRATION, CARD, "Illisible").then_nothing()
    past.when(receive_proof, REGISTRATION, CARD).then(RECEIVED)
    past.when(accept_proof, REGISTRATION, CARD).then(ACCEPTED)


def test_a_paper_that_nobody_looked_at_is_not_accepted() -> None:
    newer = ProofReceived(registration=REGISTRATION, document=uid("newer"))
    past = given(CLIENT, dossier(), SOLD, RECEIVED, newer)
    past.when(accept_proof, REGISTRATION, CARD).then_refused(AnotherProofCame, document=uid("newer"))
    past.when(reject_proof, REGISTRATION, CARD, "Flou").then_refused(AnotherProofCame, document=uid("newer"))


def test_what_did_not_come_in_is_neither_accepted_nor_rejected() -> None:
    past = given(CLIENT, dossier(), SOLD)
    past.when(accept_proof, REGISTRATION, CARD).then_refused(NoProofReceived)
    past.when(reject_proof, REGISTRATION, CARD, "Rien").then_refused(NoProofReceived)
    past.when(accept_proof, uid("none"), CARD).then_refused(NoSuchRegistration)


def test_without_proof_at_the_workshop_a_later_one_still_counts() -> None:
    after = given(CLIENT, dossier(), SOLD).when(mark_without_proof, REGISTRATION).then(MISSING)
    assert proof(after) is Proof.MISSING
    past = given(CLIENT, dossier(), SOLD, MISSING)
    past.when(mark_without_proof, REGISTRATION).then_nothing()
    past.when(receive_proof, REGISTRATION, CARD).then(RECEIVED)


def test_only_who_is_at_the_workshop_is_marked_without_proof() -> None:
    gone = RegistrationCancelled(registration=REGISTRATION, workshop=SOLD.workshop)
    undated = SOLD.model_copy(update={"workshop": None, "starts": None})
    for past in ((SOLD, gone), (undated,)):
        given(CLIENT, dossier(), *past).when(mark_without_proof, REGISTRATION).then_refused(NotAtTheWorkshop)


def test_one_proof_serves_all_places_of_a_phase_sold_at_that_discount() -> None:
    places = [
        SOLD.model_copy(
            update={"registration": uid(f"place {n}"), "activity": uid(f"a {n}"), "enrolment": uid("phase")}
        )
        for n in range(3)
    ]
    received = [ProofReceived(registration=p.registration, document=CARD) for p in places]
    given(CLIENT, dossier(), *places).when(receive_proof, uid("place 1"), CARD).then(*received)
    accepted = [ProofAccepted(registration=p.registration, document=CARD) for p in places]
    given(CLIENT, dossier(), *places, *received).when(accept_proof, uid("place 0"), CARD).then(*accepted)
    rejected = [REJECTED.model_copy(update={"registration": p.registration}) for p in places]
    past = given(CLIENT, dossier(), *places, *received)
    past.when(reject_proof, uid("place 2"), CARD, "Illisible").then(*rejected)


def test_it_serves_no_place_outside_that_phase() -> None:
    place = SOLD.model_copy(
        update={"registration": uid("place"), "activity": uid("a"), "enrolment": uid("phase")}
    )
    alone = ProofReceived(registration=place.registration, document=CARD)
    given(CLIENT, dossier(), SOLD, place).when(receive_proof, uid("place"), CARD).then(alone)


def test_a_cancelled_registration_keeps_what_it_was_sold_at() -> None:
    gone = RegistrationCancelled(registration=REGISTRATION, workshop=SOLD.workshop)
    assert proof(given(CLIENT, dossier(), SOLD, gone).state) is Proof.ASKED


SUPPLEMENT = PriceRaised(
    registration=REGISTRATION, invoice=uid("supplement"), line=uid("its line"), amount=cad(37.50)
)


def lacking(*facts: Any) -> Any:
    client = given(CLIENT, dossier(), *facts).state
    assert isinstance(client, Dossier)
    return regular_price_lacks(client.registrations[REGISTRATION].sale)


def test_without_proof_10_per_cent_of_375_lack() -> None:
    assert lacking(SOLD, MISSING) == cad(37.50)
    assert lacking(SOLD, MISSING, SUPPLEMENT) == cad(0)
    assert lacking(SOLD, MISSING, SUPPLEMENT.model_copy(update={"amount": cad(50)})) == cad(0)
    for past in ((SOLD,), (SOLD, RECEIVED, ACCEPTED), (registered(),)):
        with pytest.raises(ProofNotMissing):
            lacking(*past)


@pytest.mark.rule("FAC-9")
def test_a_supplement_adds_to_the_price_whatever_became_of_the_place() -> None:
    named = {"invoice": uid("supplement"), "line": uid("its line")}
    past = given(CLIENT, dossier(), SOLD, MISSING)
    after = past.when(raise_price, REGISTRATION, cad(37.50), **named).then(SUPPLEMENT)
    assert isinstance(after, Dossier)
    sale = after.registrations[REGISTRATION].sale
    assert (sale.price, sale.invoiced) == (cad(337.50), cad(375))
    assert sale.lines == (sale.line, uid("its line"))
    given(CLIENT, dossier(), SOLD, MISSING, SUPPLEMENT).when(
        raise_price, REGISTRATION, cad(37.50), **named
    ).then_nothing()
    cancelled = RegistrationCancelled(registration=REGISTRATION, workshop=None)
    given(CLIENT, dossier(), SOLD, cancelled).when(
        raise_price, REGISTRATION, cad(37.50), **named
    ).then_refused(RegistrationGone)
    past.when(raise_price, uid("x"), cad(1), **named).then_refused(NoSuchRegistration)
