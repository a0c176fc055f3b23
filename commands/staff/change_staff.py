"""Change a staff user's name, log-in address, roles and regions (STF-1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import EmailStr, Field

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from aggregates.staff.decisions import change
from aggregates.staff.policies import known_staff
from aggregates.staff.state import STAFF, StaffUser
from commands.access import Scope, anyone
from commands.admins import THE_ADMINS, listed, still_admin
from commands.claims import EMAIL, same_email
from commands.message import Act, Command, Name
from commands.seen_version import merged
from schema.store import Change

V = TypeVar("V", bound=StrEnum)


class ChangeStaff(Command):
    """Overwrite what differs from the staff user seen at `seen_version`; without `regions` they stay. With
    other roles or regions they log in anew.

    Refused: no_such_staff, staff_has_left, changed_meanwhile, staff_email_taken, not_a_staff_role,
    regions_of_no_organiser, own_access, own_grant, last_admin.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("STF-1",)

    staff: UUID
    seen_version: int = Field(ge=1)
    name: Name
    email: EmailStr
    roles: tuple[Role, ...] = Field(min_length=1, max_length=6)
    regions: tuple[Region, ...] | None = Field(default=None, max_length=3)


def handle(command: ChangeStaff, act: Act) -> list[Change]:
    assert act.who.user is not None
    staff, asker, admins = act.load(STAFF.at(command.staff), STAFF.at(act.who.user), THE_ADMINS)
    still_admin(asker.state)
    current = known_staff(staff.state)
    seen = known_staff(staff.as_of(command.seen_version))
    wanted = {
        "name": command.name,
        "email": command.email,
        "roles": _ordered(command.roles),
        "regions": _ordered(seen.regions if command.regions is None else command.regions),
    }
    values = merged(_values(seen), _values(current), wanted)
    owner = act.holder(EMAIL, same_email(values["email"]))
    changed = change(current, **values, email_owner=owner, by=act.who.user)
    return [Change(staff, changed), listed(admins, staff, admin=Role.ADMIN in values["roles"])]


def _values(staff: StaffUser) -> dict[str, Any]:
    return {
        "name": staff.name,
        "email": staff.email,
        "roles": _ordered(staff.roles),
        "regions": _ordered(staff.regions),
    }


def _ordered(chosen: tuple[V, ...]) -> tuple[V, ...]:
    """The same for the same choice, in whatever order it was given."""
    return tuple(sorted(set(chosen)))
