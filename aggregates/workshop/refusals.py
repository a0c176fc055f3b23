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


class WorkshopOver(Refused):
    """It began already, so it is no date to plan. Field `starts`."""

    code: ClassVar[str] = "workshop_over"
    rule: ClassVar[str] = "IMP-1"


class RetakeLimitAboveCapacity(Refused):
    """Of the capacity, at most the retake limit may be retakes. Fields `capacity`, `retake_limit`."""

    code: ClassVar[str] = "retake_limit_above_capacity"
    rule: ClassVar[str] = "ATE-1"


class NotStaff(Refused):
    """Somebody named is no staff user who organises or teaches, or has left. Field `people`, their ids."""

    code: ClassVar[str] = "not_staff"
    rule: ClassVar[str] = "ATE-1"


class WorkshopIsCancelled(Refused):
    """The workshop was cancelled: restore it first."""

    code: ClassVar[str] = "workshop_cancelled"
    rule: ClassVar[str] = "ATE-4"


class WorkshopIsClosed(Refused):
    """LECTURE SEULE: the roster does not change any more."""

    code: ClassVar[str] = "workshop_closed"
    rule: ClassVar[str] = "ATE-6"


class RosterIsHandedOver(Refused):
    """The roster was handed over: only those who verify it change it, or give it back."""

    code: ClassVar[str] = "roster_handed_over"
    rule: ClassVar[str] = "ATE-7"


class WorkshopFollowed(Refused):
    """Somebody was ticked present: the workshop took place and can't be cancelled. Field `count`."""

    code: ClassVar[str] = "workshop_followed"
    rule: ClassVar[str] = "ATE-4"


class WorkshopBegun(Refused):
    """Once it has started, a workshop is neither moved nor restored. Field `starts`."""

    code: ClassVar[str] = "workshop_begun"
    rule: ClassVar[str] = "ATE-10"


class MovedToPast(Refused):
    """The new start is past already. Field `starts`."""

    code: ClassVar[str] = "moved_to_past"
    rule: ClassVar[str] = "ATE-10"
