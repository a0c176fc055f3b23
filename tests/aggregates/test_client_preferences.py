"""What a client wants to hear of, and how: unanswered is a no, and only the client says yes."""

from __future__ import annotations

from uuid import UUID

import pytest

from aggregates.client.events import DossierRestored
from aggregates.client.preferences.decisions import (
    add_interest,
    choose_preferences,
    record_preference,
    withdraw_interest,
)
from aggregates.client.preferences.events import (
    Channel,
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceRecorded,
)
from aggregates.client.preferences.policies import consents
from aggregates.client.preferences.refusals import YesNeedsProof
from aggregates.client.preferences.state import Wishes
from aggregates.client.refusals import DossierNotActive, NoSuchDossier
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import ERASED, Fact
from tests.aggregates.given import ACTIVITY, CLIENT_ID, OTHER_ACTIVITY, dossier, given, registered, uid
from tests.aggregates.test_client_dossier import CANCELLED, DEACTIVATED, ERASED_WHOLE, RESTORED

WORDING = "2026-11"
PHASE = uid("phase")
PROOF = uid("proof")
YES, NO = (
    [PreferenceChosen(channel=channel, allowed=allowed, wording=WORDING) for channel in Channel]
    for allowed in (True, False)
)
ALL = dict.fromkeys(Channel, True)


def recorded(channel: Channel, *, allowed: bool, proof: UUID | None = None) -> PreferenceRecorded:
    return PreferenceRecorded(
        person=CLIENT_ID, channel=channel, allowed=allowed, source="Au téléphone.", proof=proof
    )


def interest(activity: UUID | None = None, phase: UUID | None = None) -> InterestAdded:
    return InterestAdded(person=CLIENT_ID, activity=activity, phase=phase)


def allowed(*past: Fact) -> list[Channel]:
    """The channels that may be used after these facts."""
    return [channel for channel in Channel if consents(given(CLIENT, *past).state, channel)]


class TestTheClientsOwnAnswers:
    @pytest.mark.rule("DOS-2")
    @pytest.mark.rule("DOS-18")
    def test_what_nobody_answered_is_a_no(self) -> None:
        assert allowed() == allowed(dossier()) == []

    @pytest.mark.rule("DOS-2")
    def test_each_channel_gets_its_dated_answer_with_the_wording_read(self) -> None:
        wanted = {Channel.TELEPHONE: False, Channel.POST: True, Channel.EMAIL: True}
        given(CLIENT, dossier()).when(choose_preferences, wanted, wording=WORDING).then(NO[0], *YES[1:])
        assert allowed(dossier(), NO[0], *YES[1:]) == [Channel.POST, Channel.EMAIL]

    @pytest.mark.rule("DOS-18")
    def test_only_what_changes_is_recorded(self) -> None:
        answered = given(CLIENT, dossier(), *YES)
        answered.when(choose_preferences, ALL, wording=WORDING).then_nothing()
        answered.when(choose_preferences, ALL | {Channel.EMAIL: False}, wording=WORDING).then(NO[2])
        assert allowed(dossier(), *YES, NO[2]) == [Channel.TELEPHONE, Channel.POST]

    @pytest.mark.rule("DOS-18")
    def test_the_same_answer_to_a_new_wording_is_a_new_answer(self) -> None:
        anew = [PreferenceChosen(channel=channel, allowed=True, wording="2027-01") for channel in Channel]
        given(CLIENT, dossier(), *YES).when(choose_preferences, ALL, wording="2027-01").then(*anew)

    def test_there_must_be_an_active_dossier(self) -> None:
        given(CLIENT).when(choose_preferences, ALL, wording=WORDING).then_refused(NoSuchDossier)
        gone = given(CLIENT, dossier(), ERASED_WHOLE)
        gone.when(choose_preferences, ALL, wording=WORDING).then_refused(DossierNotActive)


class TestWhatStaffNote:
    @pytest.mark.rule("DOS-18")
    @pytest.mark.parametrize("channel", Channel)
    def test_a_no_with_its_source(self, channel: Channel) -> None:
        wish = {"allowed": False, "source": "Au téléphone.", "proof": None}
        for past in ([dossier()], [dossier(), *YES]):
            given(CLIENT, *past).when(record_preference, channel, **wish).then(
                recorded(channel, allowed=False)
            )
        assert channel not in allowed(dossier(), *YES, recorded(channel, allowed=False))

    @pytest.mark.rule("DOS-18")
    def test_a_yes_never_without_a_proof(self) -> None:
        asked = given(CLIENT, dossier())
        wish = {"allowed": True, "source": "Au téléphone."}
        asked.when(record_preference, Channel.POST, **wish, proof=None).then_refused(YesNeedsProof)
        asked.when(record_preference, Channel.POST, **wish, proof=PROOF).then(
            recorded(Channel.POST, allowed=True, proof=PROOF)
        )
        assert allowed(dossier(), recorded(Channel.POST, allowed=True, proof=PROOF)) == [Channel.POST]

    @pytest.mark.rule("DOS-18")
    def test_what_the_client_said_already_needs_no_noting(self) -> None:
        wish = {"source": "Au téléphone.", "proof": PROOF}
        given(CLIENT, dossier(), *YES).when(
            record_preference, Channel.POST, allowed=True, **wish
        ).then_nothing()
        given(CLIENT, dossier(), *NO).when(
            record_preference, Channel.POST, allowed=False, **wish
        ).then_nothing()

    @pytest.mark.rule("DOS-18")
    def test_the_client_has_the_last_word(self) -> None:
        noted = recorded(Channel.TELEPHONE, allowed=True, proof=PROOF)
        wanted = {Channel.TELEPHONE: True}
        given(CLIENT, dossier(), noted).when(choose_preferences, wanted, wording=WORDING).then(YES[0])
        assert allowed(dossier(), noted, NO[0]) == []


class TestInterests:
    @pytest.mark.rule("DOS-14")
    @pytest.mark.parametrize(
        "subject", [{"activity": ACTIVITY, "phase": None}, {"activity": None, "phase": PHASE}]
    )
    def test_a_heart_is_set_once_and_taken_off_once(self, subject: dict[str, UUID | None]) -> None:
        added, withdrawn = interest(**subject), InterestWithdrawn(person=CLIENT_ID, **subject)
        given(CLIENT, dossier()).when(add_interest, **subject).then(added)
        given(CLIENT, dossier(), added).when(add_interest, **subject).then_nothing()
        after = given(CLIENT, dossier(), added).when(withdraw_interest, **subject).then(withdrawn)
        assert isinstance(after, Dossier)
        assert after.wishes.interests == frozenset()
        given(CLIENT, dossier()).when(withdraw_interest, **subject).then_nothing()

    @pytest.mark.rule("DOS-14")
    def test_interests_stand_side_by_side(self) -> None:
        two = given(CLIENT, dossier(), interest(ACTIVITY), interest(phase=PHASE))
        after = two.when(add_interest, activity=OTHER_ACTIVITY, phase=None).then(interest(OTHER_ACTIVITY))
        assert isinstance(after, Dossier)
        assert after.wishes.interests == {ACTIVITY, OTHER_ACTIVITY, PHASE}


class TestAfterARemoval:
    @pytest.mark.rule("DOS-8")
    @pytest.mark.rule("DOS-18")
    def test_a_dossier_that_is_gone_consents_to_nothing(self) -> None:
        assert allowed(dossier(), *YES, registered(), CANCELLED, DEACTIVATED) == []
        assert allowed(dossier(), *YES, ERASED_WHOLE) == []

    @pytest.mark.rule("DOS-9")
    def test_a_restored_one_is_asked_anew_and_interested_in_nothing(self) -> None:
        past = [dossier(), registered(), CANCELLED, *YES, interest(ACTIVITY), DEACTIVATED, RESTORED]
        restored = given(CLIENT, *past).state
        assert isinstance(restored, Dossier)
        assert restored.wishes == Wishes()
        assert allowed(*past) == []
        given(CLIENT, *past).when(choose_preferences, ALL, wording=WORDING).then(*YES)

    @pytest.mark.rule("DOS-11")
    def test_an_erased_interest_is_none(self) -> None:
        gone = InterestAdded(person=CLIENT_ID, activity=ERASED, phase=ERASED)
        assert isinstance(RESTORED, DossierRestored)
        after = given(CLIENT, dossier(), gone, registered(), CANCELLED, DEACTIVATED, RESTORED)
        after.when(add_interest, activity=ACTIVITY, phase=None).then(interest(ACTIVITY))
