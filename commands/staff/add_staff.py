"""Add a staff user with roles, an organiser with regions too (STF-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import EmailStr, Field

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from aggregates.staff.decisions import add
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.admins import THE_ADMINS, listed
from commands.claims import EMAIL, same_email
from commands.message import Act, Command, Name
from schema.store import Change


class AddStaff(Command):
    """Add a staff user; `regions` are an organiser's: their workshops are as own ones.

    Refused: staff_email_taken, not_a_staff_role, regions_of_no_organiser. Makes `staff`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN, Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("STF-1",)

    name: Name
    email: EmailStr
    roles: tuple[Role, ...] = Field(min_length=1, max_length=6)
    regions: tuple[Region, ...] = Field(default=(), max_length=3)


def handle(command: AddStaff, act: Act) -> list[Change]:
    staff = act.fresh(STAFF, "staff")
    owner = act.holder(EMAIL, same_email(command.email))
    added = add(
        staff.state,
        staff.id,
        name=command.name,
        email=command.email,
        roles=command.roles,
        regions=command.regions,
        email_owner=owner,
    )
    if Role.ADMIN not in command.roles:
        return [Change(staff, added)]
    return [Change(staff, added), listed(act.load(THE_ADMINS), staff, admin=True)]
