"""Why a wish on a client's file is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchDossier(Missing):
    """No dossier under this id."""

    code: ClassVar[str] = "no_such_dossier"
    rule: ClassVar[str] = "DOS-17"


class NoSuchRegistration(Missing):
    """The dossier holds no registration under this id."""

    code: ClassVar[str] = "no_such_registration"
    rule: ClassVar[str] = "INS-7"


class DossierNotActive(Refused):
    """The dossier was deactivated or erased; restore it first."""

    code: ClassVar[str] = "dossier_not_active"
    rule: ClassVar[str] = "DOS-8"


class EmailTaken(Refused):
    """Another dossier logs in with this e-mail. Field `dossier`."""

    code: ClassVar[str] = "email_taken"
    rule: ClassVar[str] = "DOS-4"


class AlreadyClient(Refused):
    """Same last name, first name and postal code as another dossier. Field `dossier`."""

    code: ClassVar[str] = "already_client"
    rule: ClassVar[str] = "DOS-4"


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


class BalanceNotZero(Refused):
    """Money is owed or held, a payment is not deposited, or a case is open."""

    code: ClassVar[str] = "balance_not_zero"
    rule: ClassVar[str] = "DOS-8"


class RegistrationsOpen(Refused):
    """A registration is À PLANIFIER or INSCRIT. Field `count`."""

    code: ClassVar[str] = "registrations_open"
    rule: ClassVar[str] = "DOS-8"


class NotDeactivated(Refused):
    """Only a deactivated dossier can be restored."""

    code: ClassVar[str] = "not_deactivated"
    rule: ClassVar[str] = "DOS-9"
