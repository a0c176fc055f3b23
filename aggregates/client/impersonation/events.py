"""Facts of staff who look at the portal as a client; the client reads them (DOS-12)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact


class ImpersonationBegun(Fact):
    """Somebody of the staff logged in as the client, at the longest until that moment."""

    TOPIC: ClassVar[str] = "client.impersonation_begun"

    person: UUID
    impersonation: UUID
    helper: UUID
    reason: Contact[str]
    until: datetime


class ImpersonationEnded(Fact):
    """The helper left before the time was over."""

    TOPIC: ClassVar[str] = "client.impersonation_ended"

    impersonation: UUID


ImpersonationFact = ImpersonationBegun | ImpersonationEnded
