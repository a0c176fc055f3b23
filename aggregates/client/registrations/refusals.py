"""Why a wish on a registration or a phase is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchRegistration(Missing):
    """The dossier holds no registration under this id."""

    code: ClassVar[str] = "no_such_registration"
    rule: ClassVar[str] = "INS-7"


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


class LineAlreadyCancelled(Refused):
    """The registration is cancelled already, by mistake or with a case: there is nothing to take back."""

    code: ClassVar[str] = "line_already_cancelled"
    rule: ClassVar[str] = "INS-10"


class NothingTakenBack(Refused):
    """Nothing of this invoice was taken off as registered by mistake: there is nothing to tell the client."""

    code: ClassVar[str] = "nothing_taken_back"
    rule: ClassVar[str] = "INS-10"


class OtherActivity(Refused):
    """The workshop chosen teaches another activity than the registration's."""

    code: ClassVar[str] = "other_activity"
    rule: ClassVar[str] = "INS-7"


class StartedForClients(Refused):
    """From its start on, only staff defer, move or cancel (INS-8). Field `starts`."""

    code: ClassVar[str] = "started_for_clients"
    rule: ClassVar[str] = "INS-8"


class NoteNeeded(Refused):
    """Staff who cancel write a note on the invoice first; the client reads it."""

    code: ClassVar[str] = "note_needed"
    rule: ClassVar[str] = "INS-8"


class NoteByStaffOnly(Refused):
    """The note on an invoice is the school's."""

    code: ClassVar[str] = "note_by_staff_only"
    rule: ClassVar[str] = "INS-8"


class FollowedInFuture(Refused):
    """A workshop followed abroad lies in the past, its last day not before its first."""

    code: ClassVar[str] = "followed_in_future"
    rule: ClassVar[str] = "ATE-8"


class ProofNotMissing(Refused):
    """The regular price is due only where the proof of the discount is missing."""

    code: ClassVar[str] = "proof_not_missing"
    rule: ClassVar[str] = "INS-6"


class RegistrationGone(Refused):
    """The registration is cancelled: nothing is added to its price."""

    code: ClassVar[str] = "registration_gone"
    rule: ClassVar[str] = "FAC-9"
