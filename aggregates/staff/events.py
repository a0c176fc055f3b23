"""Facts of a staff user, and of what admins do for all: the list of them, tokens, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Contact, Fact, Identity, Role, Scope
from aggregates.links import LinkPurpose


class StaffAdded(Fact):
    """A staff user was added with roles, an organiser with regions too (STF-1)."""

    TOPIC: ClassVar[str] = "staff.added"
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("identity", "contact")

    person: UUID
    name: Identity[str]
    email: Contact[str]
    roles: tuple[Role, ...]
    regions: tuple[Region, ...] = ()


class StaffChanged(Fact):
    """Name, log-in address, roles and regions were set anew as a whole (STF-1)."""

    TOPIC: ClassVar[str] = "staff.changed"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    name: Identity[str]
    email: Contact[str]
    roles: tuple[Role, ...]
    regions: tuple[Region, ...] = ()


class StaffLeft(Fact):
    """The staff user left: the account is closed, the address erased; the name stays in the trail (STF-1)."""

    TOPIC: ClassVar[str] = "staff.left"
    VISIBLE: ClassVar[bool] = False
    DESTROYS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID


class StaffLinkAsked(Fact):
    """A link is sent to the staff user's address (STF-1)."""

    TOPIC: ClassVar[str] = "staff.link_asked"
    VISIBLE: ClassVar[bool] = False

    purpose: LinkPurpose


class StaffPasswordChosen(Fact):
    """The staff user chose a password, with a link or in the own account (STF-1, DOS-7)."""

    TOPIC: ClassVar[str] = "staff.password_chosen"
    VISIBLE: ClassVar[bool] = False


class StaffSecondFactorReset(Fact):
    """The second factor is taken away, another one is chosen at the next log-in; sessions end (DOS-7)."""

    TOPIC: ClassVar[str] = "staff.second_factor_reset"
    VISIBLE: ClassVar[bool] = False


class StaffSessionsEnded(Fact):
    """Somebody else ended the staff user's sessions (DOS-7)."""

    TOPIC: ClassVar[str] = "staff.sessions_ended"
    VISIBLE: ClassVar[bool] = False


class AdminAppointed(Fact):
    """The staff user is among the admins from now on (STF-1)."""

    TOPIC: ClassVar[str] = "admins.appointed"
    VISIBLE: ClassVar[bool] = False

    staff: UUID


class AdminDismissed(Fact):
    """The staff user is an admin no more (STF-1)."""

    TOPIC: ClassVar[str] = "admins.dismissed"
    VISIBLE: ClassVar[bool] = False

    staff: UUID


class EverySessionEnded(Fact):
    """All sessions of all staff and clients were ended at once (DOS-7)."""

    TOPIC: ClassVar[str] = "admins.every_session_ended"
    VISIBLE: ClassVar[bool] = False


class TokenIssued(Fact):
    """A machine may use the API in that role until then; what it shows stands in no fact (DOS-7)."""

    TOPIC: ClassVar[str] = "admins.token_issued"
    VISIBLE: ClassVar[bool] = False

    token: UUID
    role: Role
    until: datetime


class TokenRevoked(Fact):
    """The machine is out at once (DOS-7)."""

    TOPIC: ClassVar[str] = "admins.token_revoked"
    VISIBLE: ClassVar[bool] = False

    token: UUID


AdminsFact = AdminAppointed | AdminDismissed | EverySessionEnded | TokenIssued | TokenRevoked
StaffFact = (
    StaffAdded
    | StaffChanged
    | StaffLeft
    | StaffLinkAsked
    | StaffPasswordChosen
    | StaffSecondFactorReset
    | StaffSessionsEnded
)
