"""Why a wish on a phase is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchEnrolment(Missing):
    """The client is no student of this phase."""

    code: ClassVar[str] = "no_such_enrolment"
    rule: ClassVar[str] = "INS-2"


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


class PhaseGoesWhole(Refused):
    """A phase registered by mistake is taken back with all its places. Field `count`: those left out."""

    code: ClassVar[str] = "phase_goes_whole"
    rule: ClassVar[str] = "INS-10"


class NothingToFollow(Refused):
    """Every activity of the phase counts as done: there is nothing to register for."""

    code: ClassVar[str] = "nothing_to_follow"
    rule: ClassVar[str] = "INS-2"


class NotInPhase(Refused):
    """A date was chosen for an activity that the phase does not hold, or that counts as done."""

    code: ClassVar[str] = "not_in_phase"
    rule: ClassVar[str] = "INS-2"


class FreeALaCarte(Refused):
    """With the privilege card the activities of this phase are free one by one: better so (INS-3)."""

    code: ClassVar[str] = "free_a_la_carte"
    rule: ClassVar[str] = "INS-3"


class DonePlaceRestsOnIt(Refused):
    """A place of a phase counts as done because this registration was followed: the tick stays."""

    code: ClassVar[str] = "done_place_rests_on_it"
    rule: ClassVar[str] = "INS-13"


class PhaseNotFinished(Refused):
    """Not all activities of the phase are followed, or the last workshop is not over."""

    code: ClassVar[str] = "phase_not_finished"
    rule: ClassVar[str] = "ATT-2"


class LetterAlreadySent(Refused):
    """The letter goes once per client and phase; send it again as a resend."""

    code: ClassVar[str] = "letter_already_sent"
    rule: ClassVar[str] = "ATT-2"
