"""Proofs of discounts and the documents of a dossier, from facts to answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.events import DiscountAdded, DiscountChanged
from aggregates.client.preferences.events import Channel, PreferenceRecorded
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.registrations.events import Discounted, RegistrationCancelled
from projections import participants, proofs
from tests.support.builders import (
    activity_added,
    cad,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    registered,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("INS-6")
REASON = "Carte échue depuis mars"


def documents(models: Projecting, client: UUID) -> list[Row]:
    return models.ask(lambda c: proofs.documents(c, client))


def discounted(registration: UUID, *, proof_needed: bool = True, **changes: Any) -> Any:
    discount = Discounted(discount=uuid4(), regular=cad(37_500), proof_needed=proof_needed)
    return registered(registration, discount=discount, price=cad(33_750), **changes)


def on_roster(models: Projecting, workshop: UUID, *, see_money: bool = True) -> dict[str, Any]:
    rows = models.ask(lambda c: participants.participants(c, workshop, see_money=see_money))
    return {row["registration"]: (row["proof"], row["regular"]) for row in rows}


@pytest.mark.rule("LIS-1")
def test_the_roster_says_how_far_each_proof_is_and_what_is_asked_without_it(proven: Projecting) -> None:
    client, workshop = uuid4(), uuid4()
    asked, sent, good, bad, none, free = (uuid4() for _ in range(6))
    proven.given((workshop, workshop_planned()), (client, dossier_created(client)))
    for registration in (asked, sent, good, bad, none):
        proven.given((client, discounted(registration, workshop=workshop)))
    proven.given((client, discounted(free, workshop=workshop, proof_needed=False)))
    paper = uuid4()
    proven.given(
        *((client, ProofReceived(registration=r, document=uuid4())) for r in (sent, good)),
        (client, ProofReceived(registration=bad, document=paper)),
        (client, ProofAccepted(registration=good)),
        (client, ProofRejected(person=client, registration=bad, reason=REASON, document=paper)),
        (client, ProofMissing(registration=none)),
    )
    regular = {"minor": 37_500, "currency": "CAD"}
    states = {asked: "asked", sent: "received", good: "accepted", bad: "rejected", none: "missing"}
    expected: dict[str, Any] = {
        str(r): ({"state": state, "regular": regular, "lacking": None}, regular)
        for r, state in states.items()
    }
    expected[str(none)][0]["lacking"] = regular
    assert on_roster(proven, workshop) == expected | {str(free): (None, regular)}
    hidden = on_roster(proven, workshop, see_money=False)
    assert hidden[str(bad)] == ({"state": "rejected", "regular": None, "lacking": None}, None)


@pytest.mark.rule("DOS-17")
def test_a_dossier_lists_what_is_awaited_and_each_document_with_its_fate(proven: Projecting) -> None:
    client, other, activity, given, awaited, gone = (uuid4() for _ in range(6))
    old, new, letter = uuid4(), uuid4(), uuid4()
    proven.given(
        (activity, activity_added("Écoute de soi")),
        (client, dossier_created(client)),
        (other, dossier_created(other)),
        *((client, discounted(r, activity=activity)) for r in (given, awaited, gone)),
        (client, RegistrationCancelled(registration=gone, workshop=None)),
        (other, discounted(uuid4(), activity=activity)),
    )
    proven.given((client, ProofReceived(registration=given, document=old)))
    proven.given((client, ProofRejected(person=client, registration=given, reason=REASON, document=old)))
    proven.given((client, ProofReceived(registration=given, document=new)))
    proven.given((client, ProofAccepted(registration=given, document=new)))
    said = PreferenceRecorded(
        person=client, channel=Channel.EMAIL, allowed=True, source="lettre", proof=letter
    )
    proven.given((client, said))
    found = {
        (d["id"], d["kind"], d["registration"], d["state"], d["reason"]) for d in documents(proven, client)
    }
    assert found == {
        (None, "discount", str(awaited), "asked", None),
        (str(old), "discount", str(given), "rejected", REASON),
        (str(new), "discount", str(given), "accepted", None),
        (str(letter), "consent", None, "kept", None),
    }
    first = documents(proven, client)[0]
    assert (first["id"], first["activity"], first["at"]) == (None, "Écoute de soi", "2026-11-24T15:00:00Z")
    assert [proofs.masked(d)["reason"] for d in documents(proven, client) if d["reason"]] == ["[masqué]"]
    assert [d["state"] for d in documents(proven, other)] == ["asked"]


@pytest.mark.rule("DOS-8", "DOS-11")
@pytest.mark.parametrize("left", [dossier_deactivated, dossier_erased])
def test_the_documents_of_who_left_are_gone_with_the_words_about_them(proven: Projecting, left: Any) -> None:
    client, other = uuid4(), uuid4()
    for person in (client, other):
        registration, paper = uuid4(), uuid4()
        proven.given(
            (person, dossier_created(person)),
            (person, discounted(registration)),
            (person, ProofReceived(registration=registration, document=paper)),
            (person, ProofRejected(person=person, registration=registration, reason=REASON, document=paper)),
        )
    assert repr(proven.everything()).count(REASON) == 2, "the control: it was there"
    proven.given((client, left(client)))
    assert documents(proven, client) == []
    assert [d["reason"] for d in documents(proven, other)] == [REASON]
    assert repr(proven.everything()).count(REASON) == 1


@pytest.mark.rule("INS-6")
def test_a_mail_about_a_proof_knows_its_state_its_discount_and_why_it_was_rejected(
    proven: Projecting,
) -> None:
    client, registration, other, paper, discount = (uuid4() for _ in range(5))
    described = {
        "percent": 10,
        "amounts": (),
        "proof_needed": True,
        "chosen_by": (),
        "valid_from": None,
        "valid_until": None,
    }
    sold = Discounted(discount=discount, regular=cad(37_500), proof_needed=True)
    proven.given(
        (discount, DiscountAdded(name="Chomage", **described)),
        (client, dossier_created(client)),
        (client, registered(registration, discount=sold)),
        (client, discounted(other)),
    )
    proven.given((discount, DiscountChanged(name="Chômage", **described)))
    proven.given((client, ProofReceived(registration=registration, document=paper)))
    proven.given(
        (client, ProofRejected(person=client, registration=registration, reason=REASON, document=paper))
    )

    def of(registration: UUID) -> Any:
        return proven.ask(lambda c: proofs.of_registration(c, registration))

    assert of(registration) == {"state": "rejected", "regular": 37_500, "discount": "Chômage"}
    assert of(other) == {"state": "asked", "regular": 37_500, "discount": None}
    assert of(uuid4()) is None
    assert proven.ask(lambda c: proofs.rejection(c, client, paper)) == REASON
    assert proven.ask(lambda c: proofs.rejection(c, client, uuid4())) is None
