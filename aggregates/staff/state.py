"""What a staff user is at a moment, and who is admin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, get_args
from uuid import UUID, uuid5

from aggregates.catalogue.settings import Region
from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Aggregate, Erased, Role, fold_email, replace
from aggregates.links import LETS_IN, LinkPurpose, OpenLinks
from aggregates.staff.events import (
    AdminAppointed,
    AdminDismissed,
    AdminsFact,
    EverySessionEnded,
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
    links: OpenLinks = field(default_factory=OpenLinks)
    """Those of mails that let them in."""
    regions: tuple[Region, ...] = ()
    """Whose workshops are an organiser's own too."""


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
            return _staff_user(fact, OpenLinks().ask(LinkPurpose.INVITATION))
        case StaffUser(), StaffChanged():
            return _staff_user(fact, _links_after(staff, fact))
        case StaffUser(), StaffLinkAsked():
            return replace(staff, links=staff.links.ask(fact.purpose))
        case StaffUser(), StaffPasswordChosen():
            return replace(staff, links=staff.links.end(*LETS_IN))
        case StaffUser(), StaffSecondFactorReset() | StaffSessionsEnded():
            return staff
        case StaffUser(), StaffLeft():
            return FormerStaff(id=staff.id, name=staff.name)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(staff).__name__}")


def _staff_user(fact: StaffAdded | StaffChanged, links: OpenLinks) -> StaffUser:
    return StaffUser(
        id=fact.person,
        name=fact.name,
        email=fact.email,
        roles=fact.roles,
        links=links,
        regions=fact.regions,
    )


def _links_after(staff: StaffUser, fact: StaffChanged) -> OpenLinks:
    """Those sent to another address than today's are over."""
    if isinstance(staff.email, str) and isinstance(fact.email, str):
        same = fold_email(staff.email) == fold_email(fact.email)
        return staff.links if same else replace(staff.links, open={})
    return staff.links


ADMINS_ID = uuid5(PORTAIL, "admins")


@dataclass(frozen=True)
class Admins:
    """Who is admin now: one list for all, so that no two leave it at once; and machines' tokens."""

    named: frozenset[UUID] = frozenset()
    tokens: frozenset[UUID] = frozenset()
    """Issued and not revoked; those of before they were facts are in none of these."""
    revoked: frozenset[UUID] = frozenset()


def evolve_admins(admins: Admins, fact: AdminsFact) -> Admins:
    match fact:
        case AdminAppointed():
            return replace(admins, named=admins.named | {fact.staff})
        case AdminDismissed():
            return replace(admins, named=admins.named - {fact.staff})
        case EverySessionEnded():
            return admins
        case TokenIssued():
            return replace(admins, tokens=admins.tokens | {fact.token})
        case TokenRevoked():
            return replace(admins, tokens=admins.tokens - {fact.token}, revoked=admins.revoked | {fact.token})


STAFF: Aggregate[Staff] = Aggregate("staff", NoStaff(), evolve, get_args(StaffFact))
ADMINS: Aggregate[Admins] = Aggregate("admins", Admins(), evolve_admins, get_args(AdminsFact))
