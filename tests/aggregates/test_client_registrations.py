"""A registration's life in the client's file: À PLANIFIER ⇄ INSCRIT → SUIVI, or ANNULÉ."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregates.client.events import DossierDeactivated
from aggregates.client.refusals import DossierNotActive, NoSuchDossier
from aggregates.client.registrations.decisions import (
    cancel,
    choose_date,
    defer,
    follow,
    register,
    resend_confirmation,
    take_back,
    tell_of_mistake,
    undo_followed,
)
from aggregates.client.registrations.events import (
    CancelReason,
    ConfirmationResent,
    DateChosen,
    Earned,
    FollowedUndone,
    MistakeTold,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from aggregates.client.registrations.policies import FollowedBefore, followed_before, note_from_staff
from aggregates.client.registrations.refusals import (
    AlreadyRegistered,
    AlreadyToSchedule,
    NoSuchRegistration,
    NoteByStaffOnly,
    NoteNeeded,
    NothingTakenBack,
    OtherActivity,
    RegistrationNotOpen,
    StartedForClients,
)
from aggregates.client.registrations.state import Cancelled, Followed, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Fact
from tests.aggregates.given import (
    ACTIVITY,
    NOW,
    OTHER_ACTIVITY,
    OTHER_WORKSHOP,
    REGISTRATION,
    WORKSHOP_ID,
    dossier,
    given,
    registered,
    uid,
    without_date,
)

STARTS = NOW + timedelta(days=30)
NEW_STARTS = NOW + timedelta(days=60)
ENDS = STARTS + timedelta(hours=8)
DAY = ENDS.date()
FOLLOWED = RegistrationFollowed(
    registration=REGISTRATION,
    workshop=WORKSHOP_ID,
    last_day=DAY,
    ends=ENDS,
    zone="America/Toronto",
    earned=(Earned(invoice=registered().invoice, line=registered().line, amount=registered().price),),
)
CANCELLED = RegistrationCancelled(registration=REGISTRATION, workshop=WORKSHOP_ID)
DEFERRED = RegistrationDeferred(registration=REGISTRATION, workshop=WORKSHOP_ID)
STAFF: dict[str, Any] = {"now": NOW, "by_staff": True}
ONESELF: dict[str, Any] = {"now": NOW, "by_staff": False}
THERE: dict[str, Any] = {"workshop": WORKSHOP_ID, "last_day": DAY, "ends": ENDS, "zone": "America/Toronto"}


def only(client: object) -> Any:
    """The one registration in the file."""
    assert isinstance(client, Dossier)
    (registration,) = client.registrations.values()
    return registration


class TestRegistering:
    @pytest.mark.rule("INS-1")
    def test_a_dated_registration_is_scheduled(self) -> None:
        after = given(CLIENT, dossier()).when(register, registered()).then(registered())
        assert isinstance(only(after), Scheduled)
        assert only(after).workshop == WORKSHOP_ID

    @pytest.mark.rule("INS-1")
    def test_one_without_date_is_to_schedule(self) -> None:
        after = given(CLIENT, dossier()).when(register, without_date()).then(without_date())
        assert isinstance(only(after), ToSchedule)

    def test_the_same_registration_again_is_nothing_new(self) -> None:
        given(CLIENT, dossier(), registered()).when(register, registered()).then_nothing()

    @pytest.mark.rule("INS-12")
    def test_a_second_active_registration_is_refused_and_names_the_first(self) -> None:
        again = registered(registration=uid("second"))
        given(CLIENT, dossier(), registered()).when(register, again).then_refused(
            AlreadyRegistered, registration=REGISTRATION
        )

    @pytest.mark.rule("INS-12")
    def test_an_activity_to_schedule_leads_to_choosing_its_date(self) -> None:
        again = registered(registration=uid("second"))
        given(CLIENT, dossier(), without_date()).when(register, again).then_refused(
            AlreadyToSchedule, registration=REGISTRATION
        )

    @pytest.mark.rule("INS-12")
    @pytest.mark.parametrize("ended", [FOLLOWED, CANCELLED], ids=["followed", "cancelled"])
    def test_a_followed_or_cancelled_one_leaves_room_for_another(self, ended: Fact) -> None:
        again = registered(registration=uid("second"), workshop=OTHER_WORKSHOP)
        given(CLIENT, dossier(), registered(), ended).when(register, again).then(again)

    @pytest.mark.rule("INS-12")
    def test_another_activity_is_free(self) -> None:
        other = registered(registration=uid("second"), activity=OTHER_ACTIVITY, workshop=OTHER_WORKSHOP)
        given(CLIENT, dossier(), registered()).when(register, other).then(other)

    def test_an_unknown_dossier_is_missing(self) -> None:
        given(CLIENT).when(register, registered()).then_refused(NoSuchDossier)

    @pytest.mark.rule("DOS-8")
    def test_a_deactivated_dossier_takes_no_registration(self) -> None:
        gone = DossierDeactivated(person=dossier().person)
        given(CLIENT, dossier(), gone).when(register, registered()).then_refused(DossierNotActive)


class TestRetakes:
    @pytest.mark.rule("INS-3")
    def test_only_a_followed_registration_of_that_activity_makes_a_retake(self) -> None:
        followed = given(CLIENT, dossier(), registered(), FOLLOWED).state
        open_still = given(CLIENT, dossier(), registered()).state
        assert isinstance(followed, Dossier)
        assert isinstance(open_still, Dossier)
        assert followed_before(followed.places, ACTIVITY) == FollowedBefore(
            REGISTRATION, DAY, "America/Toronto"
        )
        assert followed_before(followed.places, OTHER_ACTIVITY) is None
        assert followed_before(open_still.places, ACTIVITY) is None


def chosen(given_up: Any = None) -> DateChosen:
    return DateChosen(
        registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=NEW_STARTS, given_up=given_up
    )


def to_other(who: dict[str, Any] = STAFF) -> dict[str, Any]:
    return {"workshop": OTHER_WORKSHOP, "activity": ACTIVITY, "starts": NEW_STARTS, "left": None, **who}


class TestChoosingADate:
    @pytest.mark.rule("INS-7")
    def test_one_without_date_becomes_scheduled(self) -> None:
        after = (
            given(CLIENT, dossier(), without_date())
            .when(choose_date, REGISTRATION, **to_other(ONESELF))
            .then(chosen())
        )
        assert only(after).workshop == OTHER_WORKSHOP
        assert only(after).starts == NEW_STARTS
        assert only(after).sale.given_up == ()

    @pytest.mark.rule("INS-7")
    def test_a_change_names_the_date_given_up_and_keeps_the_price(self) -> None:
        past = given(CLIENT, dossier(), registered(retake=True))
        after = past.when(choose_date, REGISTRATION, **to_other()).then(chosen(WORKSHOP_ID))
        assert only(after).sale.given_up == (WORKSHOP_ID,)
        assert only(after).sale.price == registered().price
        assert only(after).sale.retake

    @pytest.mark.rule("INS-7")
    def test_to_the_same_workshop_nothing_happens(self) -> None:
        same = to_other() | {"workshop": WORKSHOP_ID}
        given(CLIENT, dossier(), registered()).when(choose_date, REGISTRATION, **same).then_nothing()

    @pytest.mark.rule("INS-7")
    def test_a_date_of_another_activity_is_refused(self) -> None:
        other = to_other() | {"activity": OTHER_ACTIVITY}
        given(CLIENT, dossier(), registered()).when(choose_date, REGISTRATION, **other).then_refused(
            OtherActivity
        )

    @pytest.mark.rule("INS-7")
    @pytest.mark.parametrize("ended", [FOLLOWED, CANCELLED], ids=["followed", "cancelled"])
    def test_a_followed_or_cancelled_one_cannot_move(self, ended: Fact) -> None:
        given(CLIENT, dossier(), registered(), ended).when(
            choose_date, REGISTRATION, **to_other()
        ).then_refused(RegistrationNotOpen)

    def test_an_unknown_registration_is_missing(self) -> None:
        given(CLIENT, dossier()).when(choose_date, REGISTRATION, **to_other()).then_refused(
            NoSuchRegistration
        )

    @pytest.mark.rule("INS-8")
    def test_from_the_start_on_staff_move_it_and_clients_do_not(self) -> None:
        past = given(CLIENT, dossier(), registered(starts=NOW))
        past.when(choose_date, REGISTRATION, **to_other(ONESELF)).then_refused(StartedForClients, starts=NOW)
        past.when(choose_date, REGISTRATION, **to_other()).then(chosen(WORKSHOP_ID))

    @pytest.mark.rule("INS-8")
    def test_a_moment_before_the_start_the_client_still_moves_it(self) -> None:
        past = given(CLIENT, dossier(), registered(starts=NOW + timedelta(microseconds=1)))
        past.when(choose_date, REGISTRATION, **to_other(ONESELF)).then(chosen(WORKSHOP_ID))


class TestDeferring:
    @pytest.mark.rule("INS-8")
    def test_date_ulterieure_makes_it_to_schedule_and_traces_the_date(self) -> None:
        after = (
            given(CLIENT, dossier(), registered())
            .when(defer, REGISTRATION, date_=None, **ONESELF)
            .then(DEFERRED)
        )
        assert isinstance(only(after), ToSchedule)
        assert only(after).sale.given_up == (WORKSHOP_ID,)

    def test_one_already_to_schedule_stays_so(self) -> None:
        given(CLIENT, dossier(), without_date()).when(defer, REGISTRATION, date_=None, **STAFF).then_nothing()

    @pytest.mark.parametrize("ended", [FOLLOWED, CANCELLED], ids=["followed", "cancelled"])
    def test_a_followed_or_cancelled_one_cannot_be_deferred(self, ended: Fact) -> None:
        given(CLIENT, dossier(), registered(), ended).when(
            defer, REGISTRATION, date_=None, **STAFF
        ).then_refused(RegistrationNotOpen)

    @pytest.mark.rule("INS-8")
    def test_from_the_start_on_staff_defer_and_clients_do_not(self) -> None:
        past = given(CLIENT, dossier(), registered(starts=NOW))
        past.when(defer, REGISTRATION, date_=None, **ONESELF).then_refused(StartedForClients, starts=NOW)
        past.when(defer, REGISTRATION, date_=None, **STAFF).then(DEFERRED)

    @pytest.mark.rule("INS-7")
    def test_dates_given_up_add_up_oldest_first(self) -> None:
        moved = given(CLIENT, dossier(), registered(), chosen(WORKSHOP_ID))
        after = moved.when(defer, REGISTRATION, date_=None, **STAFF).then(
            RegistrationDeferred(registration=REGISTRATION, workshop=OTHER_WORKSHOP)
        )
        assert only(after).sale.given_up == (WORKSHOP_ID, OTHER_WORKSHOP)


class TestResending:
    @pytest.mark.rule("COM-1")
    def test_the_confirmation_goes_out_once_more_as_it_stands(self) -> None:
        dated = ConfirmationResent(registration=REGISTRATION, workshop=WORKSHOP_ID)
        given(CLIENT, dossier(), registered()).when(resend_confirmation, REGISTRATION, **ONESELF).then(dated)
        undated = ConfirmationResent(registration=REGISTRATION, workshop=None)
        given(CLIENT, dossier(), without_date()).when(resend_confirmation, REGISTRATION, **ONESELF).then(
            undated
        )

    def test_it_changes_nothing_and_may_be_asked_again(self) -> None:
        sent = ConfirmationResent(registration=REGISTRATION, workshop=WORKSHOP_ID)
        once = given(CLIENT, dossier(), registered(), sent)
        assert once.state == given(CLIENT, dossier(), registered()).state
        once.when(resend_confirmation, REGISTRATION, **STAFF).then(sent)

    @pytest.mark.rule("COM-1")
    @pytest.mark.parametrize("ended", [FOLLOWED, CANCELLED], ids=["followed", "cancelled"])
    def test_what_is_over_is_not_confirmed(self, ended: Fact) -> None:
        given(CLIENT, dossier(), registered(), ended).when(
            resend_confirmation, REGISTRATION, **STAFF
        ).then_refused(RegistrationNotOpen)

    @pytest.mark.rule("COM-1")
    def test_once_it_has_begun_staff_may_and_clients_may_not(self) -> None:
        begun = given(CLIENT, dossier(), registered(starts=NOW))
        sent = ConfirmationResent(registration=REGISTRATION, workshop=WORKSHOP_ID)
        begun.when(resend_confirmation, REGISTRATION, **STAFF).then(sent)
        begun.when(resend_confirmation, REGISTRATION, **ONESELF).then_refused(StartedForClients, starts=NOW)


class TestCancelling:
    @pytest.mark.rule("INS-7")
    def test_a_dated_one_gives_its_date_up(self) -> None:
        after = given(CLIENT, dossier(), registered()).when(cancel, REGISTRATION, **ONESELF).then(CANCELLED)
        assert isinstance(only(after), Cancelled)
        assert only(after).sale.given_up == (WORKSHOP_ID,)

    @pytest.mark.rule("INS-8")
    def test_one_without_date_is_cancelled_too(self) -> None:
        mistake: dict[str, Any] = {"why": CancelReason.MISTAKE}
        for why in ({}, mistake):
            given(CLIENT, dossier(), without_date()).when(cancel, REGISTRATION, **ONESELF, **why).then(
                RegistrationCancelled(registration=REGISTRATION, workshop=None, **why)
            )

    def test_a_cancelled_one_stays_so(self) -> None:
        given(CLIENT, dossier(), registered(), CANCELLED).when(cancel, REGISTRATION, **STAFF).then_nothing()

    @pytest.mark.rule("INS-7")
    def test_a_followed_one_cannot_be_cancelled(self) -> None:
        given(CLIENT, dossier(), registered(), FOLLOWED).when(cancel, REGISTRATION, **STAFF).then_refused(
            RegistrationNotOpen
        )

    @pytest.mark.rule("INS-8")
    def test_from_the_start_on_staff_cancel_and_clients_do_not(self) -> None:
        past = given(CLIENT, dossier(), registered(starts=NOW))
        past.when(cancel, REGISTRATION, **ONESELF).then_refused(StartedForClients, starts=NOW)
        past.when(cancel, REGISTRATION, **STAFF).then(CANCELLED)

    def test_an_unknown_registration_is_missing(self) -> None:
        given(CLIENT, dossier()).when(cancel, REGISTRATION, **STAFF).then_refused(NoSuchRegistration)

    @pytest.mark.rule("INS-8")
    def test_staff_write_a_note_and_clients_none(self) -> None:
        note_from_staff("Malade ce jour-là.", by_staff=True)
        note_from_staff(None, by_staff=False)
        with pytest.raises(NoteNeeded):
            note_from_staff(None, by_staff=True)
        with pytest.raises(NoteByStaffOnly):
            note_from_staff("Malade ce jour-là.", by_staff=False)


class TestFollowing:
    @pytest.mark.rule("INS-13")
    def test_ticked_present_it_is_followed(self) -> None:
        after = given(CLIENT, dossier(), registered()).when(follow, REGISTRATION, **THERE).then(FOLLOWED)
        assert isinstance(only(after), Followed)
        assert only(after).starts == STARTS

    def test_twice_is_once(self) -> None:
        past = given(CLIENT, dossier(), registered(), FOLLOWED)
        past.when(follow, REGISTRATION, **THERE).then_nothing()

    @pytest.mark.parametrize(
        "past",
        [(without_date(),), (registered(), CANCELLED), (registered(), chosen(WORKSHOP_ID))],
        ids=["to schedule", "cancelled", "in another workshop"],
    )
    def test_only_who_is_scheduled_there_can_follow(self, past: tuple[Fact, ...]) -> None:
        given(CLIENT, dossier(), *past).when(follow, REGISTRATION, **THERE).then_refused(RegistrationNotOpen)

    @pytest.mark.rule("INS-13")
    def test_the_tick_taken_back_makes_it_scheduled_again_at_the_same_date(self) -> None:
        after = (
            given(CLIENT, dossier(), registered(), FOLLOWED)
            .when(undo_followed, REGISTRATION, workshop=WORKSHOP_ID)
            .then(FollowedUndone(registration=REGISTRATION, workshop=WORKSHOP_ID, earned=FOLLOWED.earned))
        )
        assert only(after) == Scheduled(only(after).sale, WORKSHOP_ID, registered().starts or NOW)

    def test_no_tick_no_taking_back(self) -> None:
        past = given(CLIENT, dossier(), registered())
        past.when(undo_followed, REGISTRATION, workshop=WORKSHOP_ID).then_nothing()
        past.when(undo_followed, REGISTRATION, workshop=OTHER_WORKSHOP).then_refused(RegistrationNotOpen)

    @pytest.mark.rule("INS-12")
    def test_the_tick_stays_while_a_retake_that_rests_on_it_is_active(self) -> None:
        retake = registered(registration=uid("retake"), workshop=OTHER_WORKSHOP, retake=True)
        given(CLIENT, dossier(), registered(), FOLLOWED, retake).when(
            undo_followed, REGISTRATION, workshop=WORKSHOP_ID
        ).then_refused(AlreadyRegistered, registration=uid("retake"))


@pytest.mark.rule("INS-10")
def test_the_client_is_told_once_of_each_place_registered_by_mistake() -> None:
    other, invoice = uid("a second place"), registered().invoice
    two = (dossier(), registered(), without_date(registration=other, activity=OTHER_ACTIVITY))
    mistake = RegistrationCancelled(registration=REGISTRATION, workshop=WORKSHOP_ID, why=CancelReason.MISTAKE)
    given(CLIENT, *two).when(take_back, (REGISTRATION,), now=NOW).then(mistake)
    given(CLIENT, *two).when(tell_of_mistake, invoice).then_refused(NothingTakenBack)
    given(CLIENT, *two, CANCELLED).when(tell_of_mistake, invoice).then_refused(NothingTakenBack)
    given(CLIENT, *two, mistake).when(tell_of_mistake, uid("another")).then_refused(NothingTakenBack)
    first = MistakeTold(invoice=invoice, registrations=(REGISTRATION,))
    given(CLIENT, *two, mistake).when(tell_of_mistake, invoice).then(first)
    given(CLIENT, *two, mistake, first).when(tell_of_mistake, invoice).then_nothing()
    late = RegistrationCancelled(registration=other, workshop=None, why=CancelReason.MISTAKE)
    given(CLIENT, *two, mistake, first, late).when(tell_of_mistake, invoice).then(
        MistakeTold(invoice=invoice, registrations=(other,))
    )
    given(CLIENT).when(tell_of_mistake, invoice).then_refused(NoSuchDossier)
