"""Why a wish on a registration or a phase is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchRegistration(Missing):
    """The dossier holds no registration under this id."""

    code: ClassVar[str] = "no_such_registration"
    rule: ClassVar[str] = "INS-7"


class NoSuchEnrolment(Missing):
    """The client is no student of this phase."""

    code: ClassVar[str] = "no_such_enrolment"
    rule: ClassVar[str] = "INS-2"


class AlreadyRegistered(Refused):
    """An active registration for this activity exists. Field `registration`."""

    code: ClassVar[str] = "already_registered"
    rule: ClassVar[str] = "INS-12"


class AlreadyToSchedule(Refused):
    """The activity is À PLANIFIER in the file: choose its date. Field `registration`."""

    code: ClassVar[str] = "already_to_schedule"
    rule: ClassVar[str] = "INS-12"


class RegistrationNotOpen(Refused):
    """The registration is followed or cancelled; its date can't be changed any more."""

    code: ClassVar[str] = "registration_not_open"
    rule: ClassVar[str] = "INS-7"


class OtherActivity(Refused):
    """The workshop chosen teaches another activity than the registration's."""

    code: ClassVar[str] = "other_activity"
    rule: ClassVar[str] = "INS-7"


class StartedForClients(Refused):
    """From its start on, only staff defer, move or cancel (INS-8). Field `starts`."""

    code: ClassVar[str] = "started_for_clients"
    rule: ClassVar[str] = "INS-8"


class PlaceInPhase(Refused):
    """The activity belongs to a phase of this student, whose place went missing: reopen it.

    Fields `enrolment`, `registration` (the cancelled one, None when it was never made), `fate`.
    """

    code: ClassVar[str] = "place_in_phase"
    rule: ClassVar[str] = "INS-14"


class PlaceNotMissing(Refused):
    """The student has this place, or followed the activity: there is nothing to reopen or report."""

    code: ClassVar[str] = "place_not_missing"
    rule: ClassVar[str] = "INS-14"


class NoLineToReopen(Refused):
    """The phase's invoice has no line for this activity; office may register it with a reason."""

    code: ClassVar[str] = "no_line_to_reopen"
    rule: ClassVar[str] = "INS-14"


class RegistrationsInPhase(Refused):
    """Open à-la-carte registrations of that phase exist: change them to the phase. Field `count`."""

    code: ClassVar[str] = "registrations_in_phase"
    rule: ClassVar[str] = "INS-11"


class AlreadyEnrolled(Refused):
    """The client is a student of this phase, and places of it are open."""

    code: ClassVar[str] = "already_enrolled"
    rule: ClassVar[str] = "INS-2"


class NothingToFollow(Refused):
    """Every activity of the phase counts as done: there is nothing to register for."""

    code: ClassVar[str] = "nothing_to_follow"
    rule: ClassVar[str] = "INS-2"


class NotInPhase(Refused):
    """A date was chosen for an activity that the phase does not hold, or that counts as done."""

    code: ClassVar[str] = "not_in_phase"
    rule: ClassVar[str] = "INS-2"


class DonePlaceRestsOnIt(Refused):
    """A place of a phase counts as done because this registration was followed: the tick stays."""

    code: ClassVar[str] = "done_place_rests_on_it"
    rule: ClassVar[str] = "INS-13"


class ProofAlreadyAccepted(Refused):
    """The proof was accepted: there is nothing to send or to ask for any more."""

    code: ClassVar[str] = "proof_already_accepted"
    rule: ClassVar[str] = "INS-6"


class AnotherProofCame(Refused):
    """The document that was looked at isn't the newest: another came in meanwhile. Field `document`."""

    code: ClassVar[str] = "another_proof_came"
    rule: ClassVar[str] = "INS-6"


class NotAtTheWorkshop(Refused):
    """Without proof is told of who is registered for the workshop, or followed it."""

    code: ClassVar[str] = "not_at_the_workshop"
    rule: ClassVar[str] = "INS-6"


class NoteNeeded(Refused):
    """Staff who cancel write a note on the invoice first; the client reads it."""

    code: ClassVar[str] = "note_needed"
    rule: ClassVar[str] = "INS-8"


class NoteByStaffOnly(Refused):
    """The note on an invoice is the school's."""

    code: ClassVar[str] = "note_by_staff_only"
    rule: ClassVar[str] = "INS-8"


class NoProofNeeded(Refused):
    """The registration was sold without a discount that needs a proof."""

    code: ClassVar[str] = "no_proof_needed"
    rule: ClassVar[str] = "INS-6"


class NoProofReceived(Refused):
    """There is no proof to accept or reject."""

    code: ClassVar[str] = "no_proof_received"
    rule: ClassVar[str] = "INS-6"


class FollowedInFuture(Refused):
    """A workshop followed abroad lies in the past, its last day not before its first."""

    code: ClassVar[str] = "followed_in_future"
    rule: ClassVar[str] = "ATE-8"


class PhaseNotFinished(Refused):
    """Not all activities of the phase are followed, or the last workshop is not over."""

    code: ClassVar[str] = "phase_not_finished"
    rule: ClassVar[str] = "ATT-2"


class LetterAlreadySent(Refused):
    """The letter goes once per client and phase; send it again as a resend."""

    code: ClassVar[str] = "letter_already_sent"
    rule: ClassVar[str] = "ATT-2"


class FreeALaCarte(Refused):
    """With the privilege card the activities of this phase are free one by one: better so (INS-3)."""

    code: ClassVar[str] = "free_a_la_carte"
    rule: ClassVar[str] = "INS-3"


class ProofNotMissing(Refused):
    """The regular price is due only where the proof of the discount is missing."""

    code: ClassVar[str] = "proof_not_missing"
    rule: ClassVar[str] = "INS-6"


class RegistrationGone(Refused):
    """The registration is cancelled: nothing is added to its price."""

    code: ClassVar[str] = "registration_gone"
    rule: ClassVar[str] = "FAC-9"
