"""Why a wish on a staff user is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchStaff(Missing):
    """No staff user under this id."""

    code: ClassVar[str] = "no_such_staff"
    rule: ClassVar[str] = "STF-1"


class StaffHasLeft(Refused):
    """The account was closed for good; who comes back gets a new one."""

    code: ClassVar[str] = "staff_has_left"
    rule: ClassVar[str] = "STF-1"


class StaffEmailTaken(Refused):
    """Another account logs in with this e-mail."""

    code: ClassVar[str] = "staff_email_taken"
    rule: ClassVar[str] = "STF-1"


class NotAStaffRole(Refused):
    """A staff user has at least one of the staff roles, and only those."""

    code: ClassVar[str] = "not_a_staff_role"
    rule: ClassVar[str] = "STF-1"


class LastAdmin(Refused):
    """The portal keeps an admin: another is appointed first."""

    code: ClassVar[str] = "last_admin"
    rule: ClassVar[str] = "STF-1"


class OwnAccess(Refused):
    """Nobody takes the own access or the own role of admin away: another admin does."""

    code: ClassVar[str] = "own_access"
    rule: ClassVar[str] = "STF-1"


class RegionsOfNoOrganiser(Refused):
    """Regions say whose workshops an organiser takes care of; of other roles they would say nothing."""

    code: ClassVar[str] = "regions_of_no_organiser"
    rule: ClassVar[str] = "STF-1"


class OwnGrant(Refused):
    """Nobody gives themselves a role or a region: another admin does."""

    code: ClassVar[str] = "own_grant"
    rule: ClassVar[str] = "STF-1"
