"""Phases in a client's file: enrolment, places that pass, are lost and reopened, the letter at the end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.phases.decisions import (
    change_to_phase,
    enrol,
    reopen_place,
    report_missing_place,
    send_phase_letter,
)
from aggregates.client.phases.events import (
    DonePlace,
    Enrolled,
    MissingPlaceReported,
    PhaseLetterSent,
    PlaceReopened,
)
from aggregates.client.phases.policies import (
    PlaceFate,
    missing_place,
    phase_finished,
    within_years,
)
from aggregates.client.phases.refusals import (
    AlreadyEnrolled,
    DonePlaceRestsOnIt,
    LetterAlreadySent,
    NoLineToReopen,
    NoSuchEnrolment,
    NothingToFollow,
    PhaseNotFinished,
    PlaceInPhase,
    PlaceNotMissing,
    RegistrationsInPhase,
)
from aggregates.client.registrations.decisions import add_followed_abroad, register, undo_followed
from aggregates.client.registrations.events import (
    CancelReason,
    Earned,
    FollowedAbroad,
    FollowedUndone,
    Registered,
    RegistrationCancelled,
    RegistrationFact,
    RegistrationFollowed,
)
from aggregates.client.registrations.policies import FollowedBefore, followed_before
from aggregates.client.registrations.refusals import AlreadyToSchedule, FollowedInFuture
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Fact
from tests.aggregates.given import (
    CLIENT_ID,
    INVOICE_ID,
    NOW,
    WORKSHOP_ID,
    dossier,
    given,
    registered,
    uid,
)

PHASE, STUDENT = uid("phase 1"), uid("enrolment")
NINE = tuple(uid(f"activity {n}") for n in range(9))


def place(n: int, **changes: Any) -> Registered:
    """The registration for the nth activity of the phase, À PLANIFIER."""
    values: dict[str, Any] = {
        "registration": uid(f"place {n}"),
        "activity": NINE[n],
        "workshop": None,
        "starts": None,
        "phase": PHASE,
        "enrolment": STUDENT,
        "line": uid(f"line {n}"),
    }
    return registered(**values | changes)


def a_la_carte(n: int, **changes: Any) -> Registered:
    return place(
        n, registration=uid(f"a la carte {n}"), phase=None, enrolment=None, invoice=uid("old"), **changes
    )


def enrolled(*done: int, enrolment: UUID = STUDENT) -> Enrolled:
    return Enrolled(
        enrolment=enrolment,
        phase=PHASE,
        number=1,
        activities=NINE,
        invoice=INVOICE_ID,
        done=tuple(
            DonePlace(activity=NINE[n], evidence=uid(f"before {n}"), followed_on=NOW.date()) for n in done
        ),
    )


def student(*done: int) -> tuple[RegistrationFact, ...]:
    """A student of the whole phase."""
    return (enrolled(*done), *(place(n) for n in range(9) if n not in done))


def abroad(n: int, last_day: date = date(2025, 5, 4)) -> FollowedAbroad:
    return FollowedAbroad(
        registration=uid(f"abroad {n}"),
        activity=NINE[n],
        first_day=last_day,
        last_day=last_day,
        country="MA",
    )


def followed(n: int, **changes: Any) -> tuple[Fact, ...]:
    """The nth place of the phase gets a date and is followed."""
    ends = NOW - timedelta(days=3)
    values: dict[str, Any] = {"workshop": WORKSHOP_ID, "last_day": ends.date(), "ends": ends}
    sold = place(n, workshop=WORKSHOP_ID, starts=NOW - timedelta(days=4))
    return (sold, RegistrationFollowed(registration=sold.registration, **values | changes))


def lost(n: int) -> RegistrationCancelled:
    return RegistrationCancelled(registration=uid(f"place {n}"), workshop=None)


def places_after(*facts: Fact) -> Any:
    state = given(CLIENT, dossier(), *facts).state
    assert isinstance(state, Dossier)
    return state.places


class TestEnrolling:
    @pytest.mark.rule("INS-2")
    def test_a_phase_is_one_registration_per_activity(self) -> None:
        sold = [place(n) for n in range(9)]
        after = given(CLIENT, dossier()).when(enrol, enrolled(), sold).then(enrolled(), *sold)
        assert isinstance(after, Dossier)
        assert len(after.registrations) == 9
        assert after.places.enrolments[STUDENT].activities == NINE

    @pytest.mark.rule("INS-2", "INS-12")
    def test_a_done_activity_is_no_registration(self) -> None:
        sold = [place(n) for n in range(1, 9)]
        after = given(CLIENT, dossier(), abroad(0)).when(enrol, enrolled(0), sold).then(enrolled(0), *sold)
        assert isinstance(after, Dossier)
        assert after.places.enrolments[STUDENT].done == {NINE[0]: uid("before 0")}
        assert len(after.registrations) == 8

    @pytest.mark.rule("INS-2")
    def test_where_all_is_done_there_is_nothing_to_register(self) -> None:
        given(CLIENT, dossier()).when(enrol, enrolled(*range(9)), []).then_refused(NothingToFollow)

    @pytest.mark.rule("INS-11")
    def test_open_registrations_a_la_carte_of_that_phase_go_the_guided_way(self) -> None:
        past = given(CLIENT, dossier(), a_la_carte(3), a_la_carte(5))
        past.when(enrol, enrolled(), [place(0)]).then_refused(RegistrationsInPhase, count=2)

    @pytest.mark.rule("INS-12")
    def test_twice_is_refused_while_places_are_open(self) -> None:
        again = enrolled(enrolment=uid("again"))
        given(CLIENT, dossier(), *student()).when(enrol, again, [place(0)]).then_refused(AlreadyEnrolled)

    @pytest.mark.rule("INS-12")
    def test_a_place_open_in_another_phase_is_not_sold_again(self) -> None:
        shared = place(0, phase=uid("phase 2"), enrolment=uid("other enrolment"))
        given(CLIENT, dossier(), shared).when(
            enrol, enrolled(), [place(0, registration=uid("new"))]
        ).then_refused(AlreadyToSchedule, registration=shared.registration)

    @pytest.mark.rule("INS-12")
    def test_never_two_places_of_one_activity_in_one_act(self) -> None:
        twice = [place(0), place(0, registration=uid("twice"))]
        given(CLIENT, dossier()).when(enrol, enrolled(), twice).then_refused(
            AlreadyToSchedule, registration=uid("place 0")
        )

    @pytest.mark.rule("INS-13", "INS-2")
    def test_the_tick_that_made_a_place_count_as_done_stays(self) -> None:
        before = a_la_carte(0, workshop=WORKSHOP_ID, starts=NOW - timedelta(days=4))
        there = RegistrationFollowed(registration=before.registration, workshop=WORKSHOP_ID)
        done = DonePlace(activity=NINE[0], evidence=before.registration, followed_on=NOW.date())
        phase = enrolled().model_copy(update={"done": (done,)})
        given(CLIENT, dossier(), before, there, phase, place(1)).when(
            undo_followed, before.registration, workshop=WORKSHOP_ID
        ).then_refused(DonePlaceRestsOnIt)
        whole = RegistrationCancelled(registration=uid("place 1"), workshop=None, why=CancelReason.MISTAKE)
        earned = (Earned(invoice=before.invoice, line=before.line, amount=before.price),)
        given(CLIENT, dossier(), before, there, phase, place(1), whole).when(
            undo_followed, before.registration, workshop=WORKSHOP_ID
        ).then(FollowedUndone(registration=before.registration, workshop=WORKSHOP_ID, earned=earned))

    def test_the_same_enrolment_again_is_nothing_new(self) -> None:
        given(CLIENT, dossier(), *student()).when(enrol, enrolled(), [place(0)]).then_nothing()


class TestChangingToThePhase:
    @pytest.mark.rule("INS-11")
    def test_the_open_ones_end_and_the_phase_begins_in_one_step(self) -> None:
        dated = a_la_carte(3, workshop=WORKSHOP_ID, starts=NOW + timedelta(days=30))
        sold = [place(n) for n in range(9)]
        after = (
            given(CLIENT, dossier(), dated, a_la_carte(5))
            .when(change_to_phase, enrolled(), sold)
            .then(
                RegistrationCancelled(
                    registration=uid("a la carte 3"), workshop=WORKSHOP_ID, why=CancelReason.TO_PHASE
                ),
                RegistrationCancelled(
                    registration=uid("a la carte 5"), workshop=None, why=CancelReason.TO_PHASE
                ),
                enrolled(),
                *sold,
            )
        )
        assert isinstance(after, Dossier)
        assert len(after.registrations) == 11

    @pytest.mark.rule("INS-11")
    def test_registrations_outside_the_phase_stay(self) -> None:
        other = registered(registration=uid("other"), activity=uid("elsewhere"))
        after = (
            given(CLIENT, dossier(), other)
            .when(change_to_phase, enrolled(), [place(0)])
            .then(enrolled(), place(0))
        )
        assert isinstance(after, Dossier)


class TestMissingPlaces:
    @pytest.mark.rule("INS-14")
    def test_a_students_lost_place_is_not_sold_a_la_carte(self) -> None:
        past = given(CLIENT, dossier(), *student(), lost(4))
        past.when(register, a_la_carte(4)).then_refused(
            PlaceInPhase,
            enrolment=STUDENT,
            registration=uid("place 4"),
            fate=PlaceFate.CANCELLED,
        )
        past.when(register, a_la_carte(4), outside_phase=True).then(a_la_carte(4))

    @pytest.mark.rule("INS-14")
    def test_one_that_was_never_made_is_told_so(self) -> None:
        past = given(CLIENT, dossier(), enrolled(), place(0))
        past.when(register, a_la_carte(4)).then_refused(
            PlaceInPhase, enrolment=STUDENT, registration=None, fate=PlaceFate.NEVER_MADE
        )

    @pytest.mark.rule("INS-14")
    def test_one_whose_date_was_given_up_before_is_told_so(self) -> None:
        dated = place(4, workshop=WORKSHOP_ID, starts=NOW + timedelta(days=30))
        gone = RegistrationCancelled(registration=uid("place 4"), workshop=WORKSHOP_ID)
        past = given(CLIENT, dossier(), enrolled(), place(0), dated, gone)
        past.when(register, a_la_carte(4)).then_refused(
            PlaceInPhase,
            enrolment=STUDENT,
            registration=uid("place 4"),
            fate=PlaceFate.GIVEN_UP,
        )

    @pytest.mark.rule("INS-14")
    def test_the_whole_phase_is_not_sold_again_to_fill_one_missing_place(self) -> None:
        followed_ones = [fact for n in range(8) for fact in followed(n)]
        past = given(CLIENT, dossier(), enrolled(), *followed_ones, place(8), lost(8))
        again = enrolled(enrolment=uid("again"))
        sold = [place(8, registration=uid("new"), enrolment=uid("again"))]
        past.when(enrol, again, sold).then_refused(
            PlaceInPhase, enrolment=STUDENT, registration=uid("place 8"), fate=PlaceFate.CANCELLED
        )

    @pytest.mark.rule("INS-14")
    def test_who_cancelled_the_whole_phase_is_no_student_any_more(self) -> None:
        past = given(CLIENT, dossier(), *student(), *(lost(n) for n in range(9)))
        past.when(register, a_la_carte(4)).then(a_la_carte(4))
        again = enrolled(enrolment=uid("again"))
        sold = [place(0, registration=uid("new"), enrolment=uid("again"))]
        past.when(enrol, again, sold).then(again, *sold)

    @pytest.mark.rule("INS-14")
    def test_who_followed_the_activity_takes_it_again_as_a_retake(self) -> None:
        past = given(CLIENT, dossier(), enrolled(), *followed(4))
        past.when(register, a_la_carte(4)).then(a_la_carte(4))

    @pytest.mark.rule("INS-14")
    def test_it_is_reopened_on_its_old_line(self) -> None:
        past = given(CLIENT, dossier(), *student(), lost(4))
        after = past.when(reopen_place, STUDENT, NINE[4]).then(PlaceReopened(registration=uid("place 4")))
        assert isinstance(after, Dossier)
        assert missing_place(after.places, NINE[4]) is None

    @pytest.mark.rule("INS-14")
    def test_only_a_missing_place_is_reopened_or_reported(self) -> None:
        past = given(CLIENT, dossier(), *student())
        past.when(reopen_place, STUDENT, NINE[4]).then_refused(PlaceNotMissing)
        past.when(report_missing_place, NINE[4], note=None).then_refused(PlaceNotMissing)
        past.when(reopen_place, uid("nobody's"), NINE[4]).then_refused(NoSuchEnrolment)

    @pytest.mark.rule("INS-14")
    def test_without_a_line_there_is_nothing_to_reopen(self) -> None:
        past = given(CLIENT, dossier(), enrolled(), place(0))
        past.when(reopen_place, STUDENT, NINE[4]).then_refused(NoLineToReopen)

    @pytest.mark.rule("INS-14")
    def test_it_is_reported_to_those_who_reopen_it(self) -> None:
        given(CLIENT, dossier(), *student(), lost(4)).when(
            report_missing_place, NINE[4], note="Veut le 12 mars."
        ).then(
            MissingPlaceReported(
                person=CLIENT_ID, activity=NINE[4], enrolment=STUDENT, note="Veut le 12 mars."
            )
        )


class TestPhaseFinished:
    @pytest.mark.rule("ATT-2")
    def test_the_ninth_finishes_it_whatever_the_invoices_also_abroad(self) -> None:
        eight = [fact for n in range(1, 8) for fact in followed(n)]
        places = places_after(*student(), abroad(0), *eight)
        enrolment = places.enrolments[STUDENT]
        assert not phase_finished(places, enrolment)
        places = places_after(*student(), abroad(0), *eight, *followed(8))
        assert phase_finished(places, enrolment)

    @pytest.mark.rule("ATT-2")
    def test_a_retake_does_not_hold_the_letter_back(self) -> None:
        nine = [fact for n in range(9) for fact in followed(n)]
        ends = NOW + timedelta(hours=3)
        again = a_la_carte(0, workshop=uid("later"), starts=NOW, retake=True)
        there = RegistrationFollowed(
            registration=again.registration, workshop=uid("later"), last_day=ends.date(), ends=ends
        )
        past = given(CLIENT, dossier(), enrolled(), *nine, again, there)
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then(
            PhaseLetterSent(enrolment=STUDENT, phase=PHASE, resend=False)
        )

    @pytest.mark.rule("ATT-2")
    def test_the_letter_goes_once_and_again_only_as_a_traced_resend(self) -> None:
        nine = [fact for n in range(9) for fact in followed(n)]
        sent = PhaseLetterSent(enrolment=STUDENT, phase=PHASE, resend=False)
        past = given(CLIENT, dossier(), enrolled(), *nine)
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then(sent)
        past = given(CLIENT, dossier(), enrolled(), *nine, sent)
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then_refused(LetterAlreadySent)
        past.when(send_phase_letter, STUDENT, resend=True, now=NOW).then(
            sent.model_copy(update={"resend": True})
        )

    @pytest.mark.rule("ATT-2")
    def test_not_before_the_last_workshop_is_over(self) -> None:
        ends = NOW + timedelta(hours=3)
        nine = [fact for n in range(8) for fact in followed(n)]
        past = given(CLIENT, dossier(), enrolled(), *nine, *followed(8, ends=ends))
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then_refused(PhaseNotFinished)
        past.when(send_phase_letter, STUDENT, resend=False, now=ends).then(
            PhaseLetterSent(enrolment=STUDENT, phase=PHASE, resend=False)
        )

    @pytest.mark.rule("ATT-2", "ATE-8")
    def test_what_was_followed_abroad_is_over_and_a_retake_of_it_holds_nothing_back(self) -> None:
        eight = [fact for n in range(1, 9) for fact in followed(n)]
        again = a_la_carte(0, workshop=uid("later"), starts=NOW, retake=True)
        ends = NOW + timedelta(hours=3)
        there = RegistrationFollowed(
            registration=again.registration, workshop=uid("later"), last_day=ends.date(), ends=ends
        )
        for retaken in ((), (again, there)):
            past = given(CLIENT, dossier(), enrolled(), abroad(0), *eight, *retaken)
            past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then(
                PhaseLetterSent(enrolment=STUDENT, phase=PHASE, resend=False)
            )

    @pytest.mark.rule("ATT-2", "ATE-8")
    def test_one_followed_abroad_says_nothing_about_the_end_of_the_others(self) -> None:
        seven = [fact for n in range(1, 8) for fact in followed(n)]
        running = followed(8, ends=NOW + timedelta(hours=3))
        past = given(CLIENT, dossier(), enrolled(), abroad(0), *seven, *running)
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then_refused(PhaseNotFinished)

    @pytest.mark.rule("ATT-2")
    def test_not_for_an_unfinished_phase_nor_for_who_isnt_enrolled(self) -> None:
        past = given(CLIENT, dossier(), *student())
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then_refused(PhaseNotFinished)
        past.when(send_phase_letter, uid("none"), resend=False, now=NOW).then_refused(NoSuchEnrolment)

    @pytest.mark.rule("ATT-2", "INS-14")
    def test_not_once_the_phase_was_cancelled_whole(self) -> None:
        """The same nine activities followed à la carte afterwards make nobody a student again."""
        gone = [lost(n) for n in range(9)]
        bought = [a_la_carte(n, workshop=uid(f"w{n}"), starts=NOW) for n in range(9)]
        there = [
            RegistrationFollowed(
                registration=b.registration, workshop=b.workshop, last_day=NOW.date(), ends=NOW
            )
            for b in bought
        ]
        past = given(CLIENT, dossier(), *student(), *gone, *bought, *there)
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then_refused(PhaseNotFinished)

    @pytest.mark.rule("ATT-2")
    def test_phase_3_has_no_letter(self) -> None:
        third = enrolled().model_copy(update={"number": 3, "activities": (NINE[0],)})
        past = given(CLIENT, dossier(), third, *followed(0))
        past.when(send_phase_letter, STUDENT, resend=False, now=NOW).then_refused(PhaseNotFinished)


class TestFollowedAbroad:
    @pytest.mark.rule("ATE-8")
    def test_it_is_followed_and_makes_the_next_one_a_retake(self) -> None:
        past = given(CLIENT, dossier())
        after = past.when(add_followed_abroad, abroad(0), today=NOW.date()).then(abroad(0))
        assert isinstance(after, Dossier)
        assert not after.places.none_ever
        assert followed_before(after.places, NINE[0]) == FollowedBefore(uid("abroad 0"), date(2025, 5, 4))
        assert followed_before(after.places, NINE[1]) is None
        again = abroad(0).model_copy(update={"registration": uid("typed again")})
        for same in (abroad(0), again):
            given(CLIENT, dossier(), abroad(0)).when(
                add_followed_abroad, same, today=NOW.date()
            ).then_nothing()

    @pytest.mark.rule("ATE-8", "INS-2")
    def test_the_later_of_two_counts_abroad_or_not(self) -> None:
        here = followed(0, last_day=date(2026, 3, 1))
        before, after = abroad(0, date(2026, 2, 28)), abroad(0, date(2026, 3, 2))
        last = followed_before(places_after(*here, before), NINE[0])
        assert last == FollowedBefore(uid("place 0"), date(2026, 3, 1))
        last = followed_before(places_after(*here, after), NINE[0])
        assert last == FollowedBefore(uid("abroad 0"), date(2026, 3, 2))

    @pytest.mark.rule("ATE-8")
    @pytest.mark.parametrize(
        ("first", "last", "refused"),
        [
            (NOW.date(), NOW.date(), False),
            (NOW.date(), NOW.date() + timedelta(days=1), True),
            (date(2025, 5, 4), date(2025, 5, 3), True),
        ],
    )
    def test_it_lies_in_the_past_and_ends_after_it_began(
        self, first: date, last: date, refused: bool
    ) -> None:
        wished = abroad(0).model_copy(update={"first_day": first, "last_day": last})
        outcome = given(CLIENT, dossier()).when(add_followed_abroad, wished, today=NOW.date())
        if refused:
            outcome.then_refused(FollowedInFuture)
        else:
            outcome.then(wished)


@pytest.mark.rule("INS-2")
@pytest.mark.parametrize(
    ("last_day", "today", "within"),
    [
        (date(2024, 11, 24), date(2026, 11, 24), True),
        (date(2024, 11, 23), date(2026, 11, 24), False),
        (date(2022, 2, 28), date(2024, 2, 29), True),
        (date(2022, 2, 27), date(2024, 2, 29), False),
    ],
)
def test_two_years_back_that_day_included_and_29_february_counts_as_the_28th(
    last_day: date, today: date, within: bool
) -> None:
    assert within_years(last_day, today, 2) is within
