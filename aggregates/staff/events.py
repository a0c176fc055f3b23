"""Facts of a staff user."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact, Identity, Role, Scope


class StaffAdded(Fact):
    """A staff user was added with roles (STF-1)."""

    TOPIC: ClassVar[str] = "staff.added"
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("identity", "contact")

    person: UUID
    name: Identity[str]
    email: Contact[str]
    roles: tuple[Role, ...]


StaffFact = StaffAdded
