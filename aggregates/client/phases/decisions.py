"""What may happen to a student's phase: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aggregates.client.phases.events import Enrolled, MissingPlaceReported, PhaseLetterSent, PlaceReopened
from aggregates.client.phases.policies import (
    WITH_LETTER,
    finishing_workshops_over,
    is_student,
    known_enrolment,
    missing_place,
    no_a_la_carte_left,
    open_a_la_carte,
    phase_finished,
    phase_is_over,
)
from aggregates.client.phases.refusals import (
    LetterAlreadySent,
    NoLineToReopen,
    NothingToFollow,
    PhaseNotFinished,
    PlaceNotMissing,
)
from aggregates.client.policies import active
from aggregates.client.registrations.events import (
    CancelReason,
    Registered,
    RegistrationCancelled,
    RegistrationFact,
)
from aggregates.client.registrations.policies import only_one_active_registration
from aggregates.client.registrations.state import Scheduled, evolve_places
from aggregates.client.state import Client, Dossier

Facts = Sequence[RegistrationFact]


def enrol(client: Client, student: Enrolled, sold: Sequence[Registered]) -> Facts:
    """Register for a whole phase: one registration per activity not done, one invoice (INS-2).

    Raises RegistrationsInPhase (INS-11), AlreadyEnrolled, AlreadyRegistered, AlreadyToSchedule (INS-12),
    NothingToFollow.
    """
    dossier = active(client)
    if student.enrolment in dossier.places.enrolments:
        return []
    no_a_la_carte_left(dossier.places, student.activities)
    return _enrolled(dossier, student, sold)


def change_to_phase(client: Client, student: Enrolled, sold: Sequence[Registered]) -> Facts:
    """From à la carte to the phase in one step: the open registrations end, their places pass (INS-11).

    Raises AlreadyEnrolled, AlreadyRegistered, AlreadyToSchedule, NothingToFollow.
    """
    dossier = active(client)
    if student.enrolment in dossier.places.enrolments:
        return []
    ended = [
        RegistrationCancelled(
            registration=held.sale.id,
            workshop=held.workshop if isinstance(held, Scheduled) else None,
            why=CancelReason.TO_PHASE,
        )
        for held in open_a_la_carte(dossier.places, student.activities)
    ]
    return [*ended, *_enrolled(dossier, student, sold, ended)]


def _enrolled(
    dossier: Dossier,
    student: Enrolled,
    sold: Sequence[Registered],
    ended: Sequence[RegistrationCancelled] = (),
) -> Facts:
    phase_is_over(dossier.places, student.phase)
    if not sold:
        raise NothingToFollow
    held = dossier.places.without({fact.registration for fact in ended})
    for place in sold:
        only_one_active_registration(held, place.activity)
        held = evolve_places(held, place)
    return [student, *sold]


def reopen_place(client: Client, enrolment_id: UUID, activity: UUID) -> Sequence[PlaceReopened]:
    """A student's lost place is À PLANIFIER again on the old line, without a new invoice (INS-14).

    Raises NoSuchEnrolment, PlaceNotMissing, NoLineToReopen.
    """
    places = active(client).places
    known_enrolment(places, enrolment_id)
    missing = missing_place(places, activity)
    if missing is None or missing.enrolment.id != enrolment_id:
        raise PlaceNotMissing
    if missing.registration is None:
        raise NoLineToReopen
    return [PlaceReopened(registration=missing.registration.sale.id)]


def report_missing_place(client: Client, activity: UUID, *, note: str | None) -> Facts:
    """Send a student's missing place to those who reopen it (INS-14). Raises PlaceNotMissing."""
    dossier = active(client)
    missing = missing_place(dossier.places, activity)
    if missing is None:
        raise PlaceNotMissing
    return [
        MissingPlaceReported(person=dossier.id, activity=activity, enrolment=missing.enrolment.id, note=note)
    ]


def send_phase_letter(client: Client, enrolment_id: UUID, *, resend: bool, now: datetime) -> Facts:
    """« Phase terminée »: the letter, by hand, once per client and phase, again as a traced resend (ATT-2).

    Phases 1 and 2 only, for a student, once the last workshop is SUIVI and over. Raises NoSuchEnrolment,
    PhaseNotFinished, LetterAlreadySent.
    """
    places = active(client).places
    enrolment = known_enrolment(places, enrolment_id)
    finished = phase_finished(places, enrolment) and finishing_workshops_over(places, enrolment, now)
    if enrolment.number not in WITH_LETTER or not finished or not is_student(places, enrolment):
        raise PhaseNotFinished
    sent = any(e.letter_sent for e in places.enrolments.values() if e.phase == enrolment.phase)
    if sent and not resend:
        raise LetterAlreadySent
    return [PhaseLetterSent(enrolment=enrolment_id, phase=enrolment.phase, resend=sent)]
