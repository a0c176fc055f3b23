"""Each act that gives or takes the role of admin also writes the one list of admins (STF-1)."""

from __future__ import annotations

from aggregates.kernel import Role
from aggregates.staff.decisions import name_admin
from aggregates.staff.state import ADMINS, ADMINS_ID, Admins, FormerStaff, Staff, StaffUser
from commands.access import ForbiddenError
from schema.store import Change, Loaded

THE_ADMINS = ADMINS.at(ADMINS_ID)


def listed(admins: Loaded[Admins], staff: Loaded[Staff], *, admin: bool) -> Change:
    """The list with the staff user on it or not. Raises LastAdmin."""
    return Change(admins, name_admin(admins.state, staff.id, admin=admin))


def still_admin(asker: Staff) -> None:
    """Who was dismissed since the request came dismisses nobody. Raises ForbiddenError.

    A machine has no account that could be closed.
    """
    if isinstance(asker, FormerStaff) or (isinstance(asker, StaffUser) and Role.ADMIN not in asker.roles):
        raise ForbiddenError
