"""What may happen to a staff user: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.kernel import Role
from aggregates.staff.events import StaffAdded
from aggregates.staff.policies import only_staff_roles
from aggregates.staff.refusals import StaffEmailTaken
from aggregates.staff.state import NoStaff, Staff


def add(
    staff: Staff, person: UUID, *, name: str, email: str, roles: Sequence[Role], email_owner: UUID | None
) -> Sequence[StaffAdded]:
    """Add a staff user (STF-1). Raises NotAStaffRole, StaffEmailTaken."""
    if not isinstance(staff, NoStaff):
        return []
    only_staff_roles(roles)
    if email_owner is not None:
        raise StaffEmailTaken
    return [StaffAdded(person=person, name=name, email=email, roles=tuple(roles))]
