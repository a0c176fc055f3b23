"""Deleting a dossier: nothing followed, nothing open, two persons; and the sign-up of who has one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from aggregates.client.decisions import attempt_second_dossier, create, remove
from aggregates.client.events import (
    DossierDeactivated,
    DossierErased,
    DossierMatch,
    DossierOrigin,
    SecondDossierAttempted,
)
from aggregates.client.preferences.events import InterestAdded
from aggregates.client.proofs.events import ProofReceived
from aggregates.client.refusals import (
    BalanceNotZero,
    DossierNotActive,
    NoSuchDossier,
    PerhapsClient,
    RegistrationsOpen,
)
from aggregates.client.registrations.events import FollowedAbroad
from aggregates.client.removal.decisions import approve_deletion, propose_deletion, withdraw_deletion
from aggregates.client.removal.events import DeletionProposed, DeletionWithdrawn
from aggregates.client.removal.refusals import DeletionNeedsAnother, DeletionNotProposed, WorkshopsFollowed
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.kernel import Fact
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    NOW,
    OTHER_CLIENT,
    REGISTRATION,
    dossier,
    given,
    registered,
    uid,
    without_date,
)
from tests.aggregates.test_client_dossier import (
    CANCELLED,
    DEACTIVATED,
    ERASED_WHOLE,
    FOLLOWED,
    RESTORED,
    WHO,
)

ONE, OTHER = uid("one of the office"), uid("another of the office")
PROPOSED = DeletionProposed(person=CLIENT_ID, by=ONE, reason="Ne veut plus rien recevoir.")
PROPOSING = {"by": ONE, "reason": "Ne veut plus rien recevoir.", "money_open": False}
APPROVING: dict[str, Any] = {"by": OTHER, "money_open": False, "suppressed": "c0ffee"}
ABROAD = FollowedAbroad(
    registration=uid("abroad"),
    activity=ACTIVITY,
    first_day=date(2025, 5, 3),
    last_day=date(2025, 5, 4),
    country="CH",
)
FOLLOWED_SOMETHING = pytest.mark.parametrize(
    "past", [(registered(), FOLLOWED), (ABROAD,), (registered(), FOLLOWED, ABROAD)]
)


class TestProposing:
    @pytest.mark.rule("DOS-10")
    @pytest.mark.parametrize("past", [(), (registered(), CANCELLED)], ids=["no invoice", "cancelled"])
    def test_who_followed_nothing_can_be_deleted(self, past: tuple[Fact, ...]) -> None:
        after = given(CLIENT, dossier(), *past).when(propose_deletion, **PROPOSING).then(PROPOSED)
        assert isinstance(after, Dossier), "nothing is deleted yet"

    @pytest.mark.rule("DOS-10")
    @FOLLOWED_SOMETHING
    def test_who_followed_a_workshop_is_not_deleted(self, past: tuple[Fact, ...]) -> None:
        given(CLIENT, dossier(), *past).when(propose_deletion, **PROPOSING).then_refused(WorkshopsFollowed)

    @pytest.mark.rule("DOS-10")
    def test_what_stops_a_removal_is_told_at_once(self) -> None:
        registration = given(CLIENT, dossier(), registered())
        registration.when(propose_deletion, **PROPOSING | {"money_open": True}).then_refused(BalanceNotZero)
        registration.when(propose_deletion, **PROPOSING).then_refused(RegistrationsOpen, count=1)

    @pytest.mark.rule("DOS-10")
    def test_a_proposal_stands_until_it_is_withdrawn(self) -> None:
        proposed = given(CLIENT, dossier(), PROPOSED)
        proposed.when(propose_deletion, **PROPOSING).then_nothing()
        proposed.when(propose_deletion, **PROPOSING | {"by": OTHER}).then_nothing()
        after = proposed.when(withdraw_deletion).then(DeletionWithdrawn())
        assert isinstance(after, Dossier)
        assert after.deletion is None
        given(CLIENT, dossier()).when(withdraw_deletion).then_nothing()

    def test_there_must_be_an_active_dossier(self) -> None:
        given(CLIENT).when(propose_deletion, **PROPOSING).then_refused(NoSuchDossier)
        gone = given(CLIENT, dossier(), registered(), CANCELLED, DEACTIVATED)
        gone.when(propose_deletion, **PROPOSING).then_refused(DossierNotActive)

    @pytest.mark.rule("DOS-9")
    def test_a_restored_dossier_is_not_up_for_deletion(self) -> None:
        past = [dossier(), registered(), CANCELLED, PROPOSED, DEACTIVATED, RESTORED]
        given(CLIENT, *past).when(approve_deletion, **APPROVING).then_refused(DeletionNotProposed)


class TestApproving:
    @pytest.mark.rule("DOS-10")
    def test_without_invoice_everything_is_erased_and_the_address_suppressed(self) -> None:
        hearts = InterestAdded(person=CLIENT_ID, activity=ACTIVITY, phase=None)
        after = (
            given(CLIENT, dossier(), hearts, PROPOSED)
            .when(approve_deletion, **APPROVING)
            .then(DossierErased(person=CLIENT_ID, suppressed="c0ffee"))
        )
        assert after == ErasedDossier(suppressed="c0ffee")

    @pytest.mark.rule("DOS-10")
    @pytest.mark.rule("DOS-8")
    def test_with_a_cancelled_registration_it_is_deactivated_as_by_a_removal(self) -> None:
        after = (
            given(CLIENT, dossier(), registered(), CANCELLED, PROPOSED)
            .when(approve_deletion, **APPROVING)
            .then(DossierDeactivated(person=CLIENT_ID, suppressed="c0ffee"))
        )
        assert isinstance(after, DeactivatedDossier)
        assert after.suppressed == "c0ffee"

    @pytest.mark.rule("DOS-10")
    def test_one_proposes_another_approves(self) -> None:
        proposed = given(CLIENT, dossier(), PROPOSED)
        proposed.when(approve_deletion, **APPROVING | {"by": ONE}).then_refused(DeletionNeedsAnother)
        given(CLIENT, dossier()).when(approve_deletion, **APPROVING).then_refused(DeletionNotProposed)
        withdrawn = given(CLIENT, dossier(), PROPOSED, DeletionWithdrawn())
        withdrawn.when(approve_deletion, **APPROVING).then_refused(DeletionNotProposed)

    @pytest.mark.rule("DOS-10")
    def test_the_checks_are_made_again(self) -> None:
        """Between proposal and approval the client may have registered, or followed."""
        open_again = given(CLIENT, dossier(), PROPOSED, registered())
        open_again.when(approve_deletion, **APPROVING | {"money_open": True}).then_refused(BalanceNotZero)
        open_again.when(approve_deletion, **APPROVING).then_refused(RegistrationsOpen, count=1)

    @pytest.mark.rule("DOS-10")
    @FOLLOWED_SOMETHING
    def test_who_followed_meanwhile_is_not_deleted(self, past: tuple[Fact, ...]) -> None:
        given(CLIENT, dossier(), PROPOSED, *past).when(approve_deletion, **APPROVING).then_refused(
            WorkshopsFollowed
        )

    @pytest.mark.rule("DOS-10")
    def test_approving_twice_is_approving_once(self) -> None:
        given(CLIENT, dossier(), ERASED_WHOLE).when(approve_deletion, **APPROVING).then_nothing()
        gone = given(CLIENT, dossier(), registered(), CANCELLED, DEACTIVATED)
        gone.when(approve_deletion, **APPROVING).then_nothing()
        given(CLIENT).when(approve_deletion, **APPROVING).then_refused(NoSuchDossier)

    @pytest.mark.rule("DOS-9")
    def test_restoring_ends_the_suppression(self) -> None:
        gone = DossierDeactivated(person=CLIENT_ID, suppressed="c0ffee")
        after = given(CLIENT, dossier(), registered(), CANCELLED, gone, RESTORED).state
        assert not hasattr(after, "suppressed")


class TestRemoving:
    @pytest.mark.rule("DOS-8")
    def test_interests_documents_and_answers_keep_nobody(self) -> None:
        hearts = InterestAdded(person=CLIENT_ID, activity=ACTIVITY, phase=None)
        given(CLIENT, dossier(), hearts).when(remove, money_open=False).then(ERASED_WHOLE)

    @pytest.mark.rule("DOS-8")
    def test_a_workshop_followed_abroad_is_a_trace_to_keep(self) -> None:
        given(CLIENT, dossier(), ABROAD).when(remove, money_open=False).then(DEACTIVATED)

    @pytest.mark.rule("DOS-8")
    def test_a_past_date_never_ticked_is_still_open(self) -> None:
        past = registered(starts=NOW - timedelta(days=400))
        given(CLIENT, dossier(), past).when(remove, money_open=False).then_refused(RegistrationsOpen, count=1)

    @pytest.mark.rule("DOS-8")
    def test_a_document_of_an_open_registration_changes_nothing(self) -> None:
        proof = ProofReceived(registration=REGISTRATION, document=uid("document"))
        given(CLIENT, dossier(), without_date(), proof).when(remove, money_open=False).then_refused(
            RegistrationsOpen, count=1
        )


SIGNING_UP: dict[str, Any] = {
    "origin": DossierOrigin.CLIENT,
    "email_owner": None,
    "namesake": None,
    "namesake_reason": None,
}


class TestSigningUpAgain:
    @pytest.mark.rule("DOS-4")
    def test_a_client_nobody_knows_opens_a_dossier(self) -> None:
        given(CLIENT).when(create, CLIENT_ID, WHO, **SIGNING_UP).then(dossier(origin=DossierOrigin.CLIENT))

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize(
        "known",
        [
            {"email_owner": OTHER_CLIENT},
            {"namesake": OTHER_CLIENT},
            {"email_owner": OTHER_CLIENT, "namesake": OTHER_CLIENT},
            {"namesake": OTHER_CLIENT, "namesake_reason": "Père et fils."},
        ],
    )
    def test_who_is_known_is_refused_and_told_nothing(self, known: dict[str, Any]) -> None:
        """The same words for both, no dossier named, and no reason helps."""
        given(CLIENT).when(create, CLIENT_ID, WHO, **SIGNING_UP | known).then_refused(PerhapsClient)

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize("match", DossierMatch)
    @pytest.mark.parametrize(
        "past", [(), (registered(), CANCELLED, DEACTIVATED)], ids=["active", "deactivated"]
    )
    def test_each_attempt_is_noted_on_the_known_dossier(
        self, match: DossierMatch, past: tuple[Fact, ...]
    ) -> None:
        known = given(CLIENT, dossier(), *past)
        noted = SecondDossierAttempted(match=match)
        after = known.when(attempt_second_dossier, match).then(noted)
        assert isinstance(known.state, Dossier | DeactivatedDossier)
        assert after == replace(known.state, signed_up_anew=match is DossierMatch.PERSON)
        given(CLIENT, dossier(), *past, noted).when(attempt_second_dossier, match).then(noted)

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize("past", [(), (dossier(), ERASED_WHOLE)], ids=["unknown", "erased"])
    def test_an_erased_one_does_not_count(self, past: tuple[Fact, ...]) -> None:
        given(CLIENT, *past).when(attempt_second_dossier, DossierMatch.PERSON).then_nothing()

    @pytest.mark.rule("DOS-4")
    def test_the_note_is_for_the_office_and_holds_nothing_personal(self) -> None:
        assert not SecondDossierAttempted.VISIBLE
        assert list(SecondDossierAttempted.model_fields) == ["match"]
