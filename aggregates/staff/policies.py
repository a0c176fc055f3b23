"""Small predicates over staff users, one per rule."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from aggregates.staff.refusals import (
    NoSuchStaff,
    NotAStaffRole,
    OwnAccess,
    OwnGrant,
    RegionsOfNoOrganiser,
    StaffEmailTaken,
    StaffHasLeft,
)
from aggregates.staff.state import FormerStaff, Staff, StaffUser

STAFF_ROLES = frozenset(Role) - {Role.CLIENT, Role.SYSTEM}
AT_WORKSHOPS = frozenset({Role.ORGANISER, Role.TRAINER, Role.OFFICE})
"""Who may organise a workshop or teach there (ATE-1)."""


def known_staff(staff: Staff) -> StaffUser:
    """The staff user. Raises NoSuchStaff, StaffHasLeft."""
    if isinstance(staff, FormerStaff):
        raise StaffHasLeft
    if not isinstance(staff, StaffUser):
        raise NoSuchStaff
    return staff


def works_at_workshops(staff: Staff) -> bool:
    """Has not left, and has one of the roles that are at workshops (ATE-1)."""
    return isinstance(staff, StaffUser) and not AT_WORKSHOPS.isdisjoint(staff.roles)


def only_staff_roles(roles: Sequence[Role]) -> None:
    """At least one role, none of client or system (STF-1)."""
    if not roles or not set(roles) <= STAFF_ROLES:
        raise NotAStaffRole


def own_address(person: UUID, email_owner: UUID | None) -> None:
    """Nobody else logs in with the address (STF-1, DOS-4)."""
    if email_owner not in (None, person):
        raise StaffEmailTaken


def keeps_own_access(staff: StaffUser, roles: Sequence[Role], by: UUID | None) -> None:
    """Nobody closes the own account (no roles) or gives up the own role of admin (STF-1)."""
    if staff.id == by and (not roles or (Role.ADMIN in staff.roles and Role.ADMIN not in roles)):
        raise OwnAccess


def regions_of_organisers(roles: Sequence[Role], regions: Sequence[Region]) -> None:
    """Regions go with the role of organiser (STF-1)."""
    if regions and Role.ORGANISER not in roles:
        raise RegionsOfNoOrganiser


def nothing_given_to_oneself(
    staff: StaffUser, roles: Sequence[Role], regions: Sequence[Region], by: UUID | None
) -> None:
    """Roles and regions come from somebody else (STF-1)."""
    if staff.id == by and not (set(roles) <= set(staff.roles) and set(regions) <= set(staff.regions)):
        raise OwnGrant
