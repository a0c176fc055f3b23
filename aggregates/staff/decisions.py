"""What may happen to a staff user: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from aggregates.links import LinkOver, LinkPurpose
from aggregates.staff.events import (
    AdminAppointed,
    AdminDismissed,
    AdminsFact,
    StaffAdded,
    StaffChanged,
    StaffFact,
    StaffLeft,
    StaffLinkAsked,
    StaffPasswordChosen,
    StaffSecondFactorReset,
    StaffSessionsEnded,
    TokenIssued,
    TokenRevoked,
)
from aggregates.staff.policies import (
    keeps_own_access,
    known_staff,
    nothing_given_to_oneself,
    only_staff_roles,
    own_address,
    regions_of_organisers,
)
from aggregates.staff.refusals import LastAdmin, OwnAccess
from aggregates.staff.state import Admins, FormerStaff, NoStaff, Staff, StaffUser

Facts = Sequence[StaffFact]


def add(
    staff: Staff,
    person: UUID,
    *,
    name: str,
    email: str,
    roles: Sequence[Role],
    regions: Sequence[Region] = (),
    email_owner: UUID | None,
) -> Facts:
    """Add a staff user (STF-1). Raises NotAStaffRole, RegionsOfNoOrganiser, StaffEmailTaken."""
    if not isinstance(staff, NoStaff):
        return []
    only_staff_roles(roles)
    regions_of_organisers(roles, regions)
    own_address(person, email_owner)
    return [StaffAdded(person=person, name=name, email=email, roles=tuple(roles), regions=tuple(regions))]


def change(
    staff: Staff,
    *,
    name: str,
    email: str,
    roles: Sequence[Role],
    regions: Sequence[Region] = (),
    email_owner: UUID | None,
    by: UUID | None,
) -> Facts:
    """Set name, address, roles and regions anew; the order of roles and regions says nothing (STF-1).

    `by` is who asks. Raises NoSuchStaff, StaffHasLeft, NotAStaffRole, RegionsOfNoOrganiser,
    StaffEmailTaken, OwnAccess, OwnGrant.
    """
    current = known_staff(staff)
    only_staff_roles(roles)
    regions_of_organisers(roles, regions)
    own_address(current.id, email_owner)
    keeps_own_access(current, roles, by)
    nothing_given_to_oneself(current, roles, regions, by)
    before = (current.name, current.email, set(current.roles), set(current.regions))
    if (name, email, set(roles), set(regions)) == before:
        return []
    return [
        StaffChanged(person=current.id, name=name, email=email, roles=tuple(roles), regions=tuple(regions))
    ]


def leave(staff: Staff, *, by: UUID | None) -> Facts:
    """Close the account for good (STF-1). `by` is who asks. Raises NoSuchStaff, OwnAccess."""
    if isinstance(staff, FormerStaff):
        return []
    current = known_staff(staff)
    keeps_own_access(current, (), by)
    return [StaffLeft(person=current.id)]


def invite(staff: Staff) -> Facts:
    """Send the invitation once more (STF-1). Raises NoSuchStaff, StaffHasLeft."""
    known_staff(staff)
    return [StaffLinkAsked(purpose=LinkPurpose.INVITATION)]


def ask_link(staff: Staff, purpose: LinkPurpose) -> Facts:
    """Somebody at the door asks for a link; who left gets none, and nobody is told (DOS-7)."""
    return [StaffLinkAsked(purpose=purpose)] if isinstance(staff, StaffUser) else []


def choose_password(staff: Staff, purpose: LinkPurpose | None, number: int) -> Facts:
    """A password was chosen: with this link, or without one by who is logged in (DOS-7, STF-1).

    Raises NoSuchStaff, StaffHasLeft, LinkOver.
    """
    known = known_staff(staff)
    if purpose is not None and not known.links.works(purpose, number):
        raise LinkOver
    return [StaffPasswordChosen()]


def reset_second_factor(staff: Staff, *, by: UUID | None) -> Facts:
    """Another one is chosen at the next log-in (DOS-7). `by` is who asks.

    Raises NoSuchStaff, StaffHasLeft, OwnAccess.
    """
    known = known_staff(staff)
    if known.id == by:
        raise OwnAccess
    return [StaffSecondFactorReset()]


def end_sessions(staff: Staff) -> Facts:
    """Whoever is logged in as the staff user comes to the door again (DOS-7).

    Raises NoSuchStaff, StaffHasLeft.
    """
    known_staff(staff)
    return [StaffSessionsEnded()]


def issue_token(admins: Admins, token: UUID, role: Role, until: datetime) -> Sequence[AdminsFact]:
    """Let a machine in (DOS-7). Raises NotAStaffRole."""
    only_staff_roles([role])
    return [] if token in admins.tokens else [TokenIssued(token=token, role=role, until=until)]


def revoke_token(admins: Admins, token: UUID) -> Sequence[AdminsFact]:
    """Let it in no more (DOS-7)."""
    return [] if token in admins.revoked else [TokenRevoked(token=token)]


def name_admin(admins: Admins, staff: UUID, *, admin: bool) -> Sequence[AdminsFact]:
    """Put a staff user on the list of admins, or take them off; one always stays (STF-1).

    Raises LastAdmin.
    """
    if admin is (staff in admins.named):
        return []
    if admin:
        return [AdminAppointed(staff=staff)]
    if admins.named == {staff}:
        raise LastAdmin
    return [AdminDismissed(staff=staff)]
