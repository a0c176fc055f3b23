"""What a staff user is at a moment, and who is admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, get_args
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Aggregate, Erased, Role
from aggregates.staff.events import (
    AdminAppointed,
    AdminDismissed,
    AdminsFact,
    StaffAdded,
    StaffChanged,
    StaffFact,
    StaffLeft,
)


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


@dataclass(frozen=True)
class FormerStaff:
    """Someone who left; the name stays for the trail of what they did."""

    id: UUID
    name: str | Erased


Staff: TypeAlias = NoStaff | StaffUser | FormerStaff


def evolve(staff: Staff, fact: StaffFact) -> Staff:
    """The staff user after the fact. Raises ValueError on a fact that this state can't meet."""
    match staff, fact:
        case NoStaff(), StaffAdded():
            return _staff_user(fact)
        case StaffUser(), StaffChanged():
            return _staff_user(fact)
        case StaffUser(), StaffLeft():
            return FormerStaff(id=staff.id, name=staff.name)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(staff).__name__}")


def _staff_user(fact: StaffAdded | StaffChanged) -> StaffUser:
    return StaffUser(id=fact.person, name=fact.name, email=fact.email, roles=fact.roles)


ADMINS_ID = uuid5(PORTAIL, "admins")


@dataclass(frozen=True)
class Admins:
    """Who is admin now: one list for all, so that no two leave it at once."""

    named: frozenset[UUID] = frozenset()


def evolve_admins(admins: Admins, fact: AdminsFact) -> Admins:
    match fact:
        case AdminAppointed():
            return Admins(admins.named | {fact.staff})
        case AdminDismissed():
            return Admins(admins.named - {fact.staff})


STAFF: Aggregate[Staff] = Aggregate("staff", NoStaff(), evolve, get_args(StaffFact))
ADMINS: Aggregate[Admins] = Aggregate("admins", Admins(), evolve_admins, get_args(AdminsFact))
