"""What may happen to a staff user: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.kernel import Role
from aggregates.staff.events import StaffAdded, StaffChanged, StaffFact, StaffLeft
from aggregates.staff.policies import an_admin_stays, known_staff, only_staff_roles, own_address
from aggregates.staff.state import FormerStaff, NoStaff, Staff

Facts = Sequence[StaffFact]


def add(
    staff: Staff, person: UUID, *, name: str, email: str, roles: Sequence[Role], email_owner: UUID | None
) -> Facts:
    """Add a staff user (STF-1). Raises NotAStaffRole, StaffEmailTaken."""
    if not isinstance(staff, NoStaff):
        return []
    only_staff_roles(roles)
    own_address(person, email_owner)
    return [StaffAdded(person=person, name=name, email=email, roles=tuple(roles))]


def change(
    staff: Staff,
    *,
    name: str,
    email: str,
    roles: Sequence[Role],
    email_owner: UUID | None,
    by: UUID | None,
) -> Facts:
    """Set name, address and roles anew; the order of roles says nothing (STF-1).

    `by` is who asks. Raises NoSuchStaff, StaffHasLeft, NotAStaffRole, StaffEmailTaken, OwnAccess.
    """
    current = known_staff(staff)
    only_staff_roles(roles)
    own_address(current.id, email_owner)
    an_admin_stays(current, roles, by)
    if (name, email, set(roles)) == (current.name, current.email, set(current.roles)):
        return []
    return [StaffChanged(person=current.id, name=name, email=email, roles=tuple(roles))]


def leave(staff: Staff, *, by: UUID | None) -> Facts:
    """Close the account for good (STF-1). `by` is who asks. Raises NoSuchStaff, OwnAccess."""
    if isinstance(staff, FormerStaff):
        return []
    current = known_staff(staff)
    an_admin_stays(current, (), by)
    return [StaffLeft(person=current.id)]
