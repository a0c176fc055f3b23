"""Why a wish on a workshop is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchWorkshop(Missing):
    """No workshop under this id."""

    code: ClassVar[str] = "no_such_workshop"
    rule: ClassVar[str] = "ATE-1"


class WorkshopFull(Refused):
    """No seat is left. Fields `capacity`, `organiser`."""

    code: ClassVar[str] = "workshop_full"
    rule: ClassVar[str] = "ATE-2"


class RetakesFull(Refused):
    """Seats are left, but none for a retake. Fields `retake_limit`, `organiser`."""

    code: ClassVar[str] = "retakes_full"
    rule: ClassVar[str] = "ATE-2"


class AlreadyOnRoster(Refused):
    """The client holds a seat in this workshop already."""

    code: ClassVar[str] = "already_on_roster"
    rule: ClassVar[str] = "INS-12"


class WorkshopStarted(Refused):
    """From its start on, only staff register (INS-15). Field `starts`."""

    code: ClassVar[str] = "workshop_started"
    rule: ClassVar[str] = "INS-15"


class NotOnRoster(Refused):
    """A registration that holds no seat in this workshop can't be ticked. Field `registration`."""

    code: ClassVar[str] = "not_on_roster"
    rule: ClassVar[str] = "INS-13"


class NotYetStarted(Refused):
    """Attendance is ticked from the workshop's first day on. Field `starts`."""

    code: ClassVar[str] = "not_yet_started"
    rule: ClassVar[str] = "INS-13"


class SessionsUnordered(Refused):
    """Each session must end after it starts and begin after the one before; at least one is needed."""

    code: ClassVar[str] = "sessions_unordered"
    rule: ClassVar[str] = "ATE-1"


class RetakeLimitAboveCapacity(Refused):
    """Of the capacity, at most the retake limit may be retakes. Fields `capacity`, `retake_limit`."""

    code: ClassVar[str] = "retake_limit_above_capacity"
    rule: ClassVar[str] = "ATE-1"
