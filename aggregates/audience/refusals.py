"""Why a query is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchQuery(Missing):
    """No saved query under this id."""

    code: ClassVar[str] = "no_such_query"
    rule: ClassVar[str] = "REQ-4"


class NotYourQuery(Refused):
    """Only who saved it, office and admin change or delete a query."""

    code: ClassVar[str] = "not_your_query"
    rule: ClassVar[str] = "REQ-4"


class UnknownTown(Refused):
    """No town of that name is in the table. Field `city`."""

    code: ClassVar[str] = "unknown_town"
    rule: ClassVar[str] = "REQ-1"


class AmbiguousTown(Refused):
    """Several towns bear the name. Fields `city`, `names`, `candidates` (each `place`, `name`)."""

    code: ClassVar[str] = "ambiguous_town"
    rule: ClassVar[str] = "REQ-1"


class NoJointAnnouncement(Refused):
    """Only complementary workshops are announced jointly, and to one country."""

    code: ClassVar[str] = "no_joint_announcement"
    rule: ClassVar[str] = "REQ-2"


class AudienceTooBroad(Refused):
    """An organiser's query holds no proximity, postal prefix, interest or À PLANIFIER."""

    code: ClassVar[str] = "audience_too_broad"
    rule: ClassVar[str] = "REQ-2"
