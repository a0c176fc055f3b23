"""Why a wish on a staff user is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchStaff(Missing):
    """No staff user under this id."""

    code: ClassVar[str] = "no_such_staff"
    rule: ClassVar[str] = "STF-1"


class StaffEmailTaken(Refused):
    """Another account logs in with this e-mail."""

    code: ClassVar[str] = "staff_email_taken"
    rule: ClassVar[str] = "STF-1"


class NotAStaffRole(Refused):
    """A staff user has at least one of the staff roles, and only those."""

    code: ClassVar[str] = "not_a_staff_role"
    rule: ClassVar[str] = "STF-1"
