"""What a staff user is at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from aggregates.kernel import Aggregate, Erased, Role
from aggregates.staff.events import StaffAdded


@dataclass(frozen=True)
class NoStaff:
    """Nothing known under this id."""


@dataclass(frozen=True)
class StaffUser:
    """Someone who works in the portal."""

    id: UUID
    name: str | Erased
    email: str | Erased
    roles: tuple[Role, ...]


Staff: TypeAlias = NoStaff | StaffUser


def evolve(_staff: Staff, fact: StaffAdded) -> Staff:
    return StaffUser(id=fact.person, name=fact.name, email=fact.email, roles=fact.roles)


STAFF: Aggregate[Staff] = Aggregate("staff", NoStaff(), evolve, (StaffAdded,))
