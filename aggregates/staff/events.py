"""Facts of a staff user, and of the list of admins."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact, Identity, Role, Scope
from aggregates.links import LinkPurpose


class StaffAdded(Fact):
    """A staff user was added with roles (STF-1)."""

    TOPIC: ClassVar[str] = "staff.added"
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("identity", "contact")

    person: UUID
    name: Identity[str]
    email: Contact[str]
    roles: tuple[Role, ...]


class StaffChanged(Fact):
    """Name, log-in address and roles were set anew as a whole (STF-1)."""

    TOPIC: ClassVar[str] = "staff.changed"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    name: Identity[str]
    email: Contact[str]
    roles: tuple[Role, ...]


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


AdminsFact = AdminAppointed | AdminDismissed
StaffFact = StaffAdded | StaffChanged | StaffLeft | StaffLinkAsked | StaffPasswordChosen
