"""Who may ask what: principals, roles and scopes, declared on commands and queries, never by URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.client.refusals import NoSuchDossier
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.own import Own
from aggregates.workshop.refusals import NoSuchWorkshop
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned
from schema.store import Loaded


class Scope(StrEnum):
    """How far a role reaches: widest first."""

    ANY = "any"
    OWN_WORKSHOPS = "own_workshops"
    OWN_FILE = "own_file"


Allowed = Mapping[Role, Scope]


class ForbiddenError(Exception):
    """No role of the asker may do this (403)."""


@dataclass(frozen=True)
class Principal:
    """Who is asking: a staff user or client with roles, or a process manager.

    `role` is the one under which the act is done, chosen by `acting`; `behalf` is the client one is
    logged in as, by that `impersonation` (DOS-12). `regions` are those the staff user was given (STF-1).
    """

    user: UUID | None
    roles: frozenset[Role]
    role: Role
    behalf: UUID | None = None
    impersonation: UUID | None = None
    regions: frozenset[Region] = frozenset()

    @property
    def person(self) -> UUID | None:
        """Whose own file is theirs."""
        return self.behalf or self.user

    @property
    def own(self) -> Own:
        """Which workshops are theirs, here and everywhere; regions count for an organiser only (STF-1)."""
        return Own(self.user, self.regions if self.role is Role.ORGANISER else frozenset())

    def acting(self, allowed: Allowed) -> tuple[Principal, Scope]:
        """The principal in the allowed role that reaches farthest. Raises ForbiddenError."""
        reach = [(list(Scope).index(allowed[r]), r.value, r) for r in self.roles if r in allowed]
        if not reach:
            raise ForbiddenError
        _, _, role = min(reach)
        return replace(self, role=role), allowed[role]


def anyone(*roles: Role) -> dict[Role, Scope]:
    """These roles on any object."""
    return dict.fromkeys(roles, Scope.ANY)


def staff_of(table: Allowed) -> dict[Role, Scope]:
    """The rows of staff: what a page of theirs offers, where clients may do the same in their own file."""
    return {role: scope for role, scope in table.items() if role not in (Role.CLIENT, Role.SYSTEM)}


def both(one: Allowed, other: Allowed) -> dict[Role, Scope]:
    """Whom both tables let in, as far as the narrower: a page that shows one thing and does another."""
    return {role: max(one[role], other[role], key=list(Scope).index) for role in one if role in other}


STAFF = anyone(Role.ORGANISER, Role.TRAINER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR)
RESPONSIBLE = anyone(Role.ORGANISER, Role.TRAINER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
"""Who may hold a responsibility; which of them does is settings' to say (`Act.need_responsibility`)."""
SYSTEM = Principal(user=None, roles=frozenset({Role.SYSTEM}), role=Role.SYSTEM)


def check_scope(who: Principal, scope: Scope, touched: Iterable[Loaded[Any]]) -> None:
    """Foreign objects are refused as if they did not exist.

    Raises NoSuchDossier, NoSuchWorkshop.
    """
    if scope is Scope.ANY:
        return
    for loaded in touched:
        if loaded.stream.kind is CLIENT and scope is Scope.OWN_FILE and loaded.id != who.person:
            raise NoSuchDossier
        if (
            isinstance(loaded.state, Planned | CancelledWorkshop)
            and loaded.stream.kind is WORKSHOP
            and scope is Scope.OWN_WORKSHOPS
            and not who.own.holds(loaded.state.plan.people, loaded.state.region)
        ):
            raise NoSuchWorkshop
