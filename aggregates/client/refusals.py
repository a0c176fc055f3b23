"""Why a wish on a client's file is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchDossier(Missing):
    """No dossier under this id."""

    code: ClassVar[str] = "no_such_dossier"
    rule: ClassVar[str] = "DOS-17"


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


class PerhapsClient(Refused):
    """Somebody who signs up may have a dossier; whether, and which, is not told."""

    code: ClassVar[str] = "perhaps_client"
    rule: ClassVar[str] = "DOS-4"


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


class RedFlagUnconfirmed(Refused):
    """Accounting left a warning on the file: staff confirm that they have read it."""

    code: ClassVar[str] = "red_flag_unconfirmed"
    rule: ClassVar[str] = "DOS-13"


class PleaseContactUs(Refused):
    """No online registration for this file; the reason is not told."""

    code: ClassVar[str] = "please_contact_us"
    rule: ClassVar[str] = "DOS-13"


class NoAdjustmentAsked(Refused):
    """Nobody asked for another price of this activity."""

    code: ClassVar[str] = "no_adjustment_asked"
    rule: ClassVar[str] = "CAT-4"
