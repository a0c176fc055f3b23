"""Why a wish on an absence, on handing over or on closing is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class NotAbsent(Refused):
    """A registration ticked present is not absent: take the tick back first. Field `registration`."""

    code: ClassVar[str] = "not_absent"
    rule: ClassVar[str] = "ATE-7"


class AbsenceSettledOtherwise(Refused):
    """The absence was settled in another way already. Field `registration`."""

    code: ClassVar[str] = "absence_settled_otherwise"
    rule: ClassVar[str] = "ATE-7"


class StudentIsDeferred(Refused):
    """The registration belongs to a phase: an absence makes it À PLANIFIER. Field `registration`."""

    code: ClassVar[str] = "student_is_deferred"
    rule: ClassVar[str] = "ATE-7"


class AbsentWithoutNotice(Refused):
    """À la carte without notice before the start is cancelled, not deferred. Field `registration`."""

    code: ClassVar[str] = "absent_without_notice"
    rule: ClassVar[str] = "ATE-7"


class ChargeUndecided(Refused):
    """For an independent ÊTRE BIEN in Europe, say whether the deposit is to be charged.

    Field `registration`.
    """

    code: ClassVar[str] = "charge_undecided"
    rule: ClassVar[str] = "ATE-7"


class NobodyToCall(Refused):
    """The registration is on no call list: neither of a cancelled workshop nor among the absents."""

    code: ClassVar[str] = "nobody_to_call"
    rule: ClassVar[str] = "ATE-4"


class NoHandingOver(Refused):
    """Nobody hands this workshop over: who verifies it closes it."""

    code: ClassVar[str] = "no_handing_over"
    rule: ClassVar[str] = "ATE-7"


class NotHandedOver(Refused):
    """The workshop is handed over before it is verified."""

    code: ClassVar[str] = "not_handed_over"
    rule: ClassVar[str] = "ATE-7"


class GapsNeedReason(Refused):
    """Something is missing: closing all the same needs a reason. Field `gaps`."""

    code: ClassVar[str] = "gaps_need_reason"
    rule: ClassVar[str] = "ATE-7"


class WorkshopNotClosed(Refused):
    """Only a closed workshop is reopened."""

    code: ClassVar[str] = "workshop_not_closed"
    rule: ClassVar[str] = "ATE-6"


class NoReopeningProposed(Refused):
    """Nobody proposed to reopen this workshop."""

    code: ClassVar[str] = "no_reopening_proposed"
    rule: ClassVar[str] = "ATE-6"


class ReopeningNeedsSecondPerson(Refused):
    """Who proposed the reopening doesn't approve it."""

    code: ClassVar[str] = "reopening_needs_second_person"
    rule: ClassVar[str] = "ATE-6"


class NoTaxReceipts(Refused):
    """Receipts are for workshops in Canada or EN LIGNE, for who followed them and paid in dollars."""

    code: ClassVar[str] = "no_tax_receipts"
    rule: ClassVar[str] = "FAC-7"
