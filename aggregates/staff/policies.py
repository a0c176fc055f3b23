"""Small predicates over staff users, one per rule."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.kernel import Role
from aggregates.staff.refusals import NoSuchStaff, NotAStaffRole
from aggregates.staff.state import Staff, StaffUser

STAFF_ROLES = frozenset(Role) - {Role.CLIENT, Role.SYSTEM}


def known_staff(staff: Staff) -> StaffUser:
    """The staff user. Raises NoSuchStaff."""
    if not isinstance(staff, StaffUser):
        raise NoSuchStaff
    return staff


def only_staff_roles(roles: Sequence[Role]) -> None:
    """At least one role, none of client or system (STF-1)."""
    if not roles or not set(roles) <= STAFF_ROLES:
        raise NotAStaffRole
