"""Facts of a dossier's deletion; its end are those of a removal."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact


class DeletionProposed(Fact):
    """Somebody of the office proposed to delete the dossier (DOS-10)."""

    TOPIC: ClassVar[str] = "client.deletion_proposed"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    by: UUID
    reason: Contact[str]


class DeletionWithdrawn(Fact):
    """The dossier stays (DOS-10)."""

    TOPIC: ClassVar[str] = "client.deletion_withdrawn"
    VISIBLE: ClassVar[bool] = False


RemovalFact = DeletionProposed | DeletionWithdrawn
