"""Facts of a dated workshop; ids only, nothing personal. More of them in waiting/ and closing/."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Fact, Value
from aggregates.workshop.closing.events import ClosingFact
from aggregates.workshop.waiting.events import WaitingFact


class Session(Value):
    """One stretch of a workshop: two instants (UTC), shown in the workshop's zone."""

    starts: datetime
    ends: datetime


class WorkshopPlanned(Fact):
    """A dated session of an activity was planned (ATE-1); no venue means EN LIGNE."""

    TOPIC: ClassVar[str] = "workshop.planned"

    activity: UUID
    venue: UUID | None
    zone: str
    sessions: tuple[Session, ...]
    organiser: UUID
    trainers: tuple[UUID, ...]
    capacity: int
    retake_limit: int | None
    place_note: str | None
    practical_note: str | None
    region: Region | None = None
    """The venue's; None: EN LIGNE."""
    independent: bool = False
    """An ÊTRE BIEN that is not the school's own: FAC-5 and the closing of ATE-7."""
    taken_over: bool = False
    """Planned in another system (IMP-1)."""


class WorkshopPlanChanged(Fact):
    """Capacity, retake limit, people or notes were changed; dates and place move by another fact (ATE-1)."""

    TOPIC: ClassVar[str] = "workshop.plan_changed"

    organiser: UUID
    trainers: tuple[UUID, ...]
    capacity: int
    retake_limit: int | None
    place_note: str | None
    practical_note: str | None


class AssistantNamed(Fact):
    """This client helps at the workshop: in the roster's header, without a seat (LIS-1)."""

    TOPIC: ClassVar[str] = "workshop.assistant_named"

    client: UUID


class AssistantDismissed(Fact):
    """This client does not help there after all."""

    TOPIC: ClassVar[str] = "workshop.assistant_dismissed"

    client: UUID


class SeatTaken(Fact):
    """A registration took a seat (ATE-2)."""

    TOPIC: ClassVar[str] = "workshop.seat_taken"

    registration: UUID
    client: UUID
    retake: bool
    invoice: UUID | None = None
    """Where its line stands: closing looks at what is paid (ATE-7)."""


class SeatPassed(Fact):
    """A seat passed from an à-la-carte registration to the phase's, without being freed (INS-11)."""

    TOPIC: ClassVar[str] = "workshop.seat_passed"

    registration: UUID
    """Which had it."""
    to: UUID
    client: UUID
    retake: bool
    invoice: UUID


class SeatFreed(Fact):
    """The registration gave its seat back."""

    TOPIC: ClassVar[str] = "workshop.seat_freed"

    registration: UUID
    client: UUID


class PlacesHandedOver(Fact):
    """Two dossiers became one: what this client had here is the other one's from now on (DOS-5).

    Seats, offers, held seats and the place on the waiting list; nobody is seated anew.
    """

    TOPIC: ClassVar[str] = "workshop.places_handed_over"

    client: UUID
    to: UUID


class AttendanceTicked(Fact):
    """These registrations were ticked present on the roster (INS-13)."""

    TOPIC: ClassVar[str] = "workshop.attendance_ticked"

    registrations: tuple[UUID, ...]


class AttendanceUnticked(Fact):
    """The ticks of these registrations were taken back (INS-13)."""

    TOPIC: ClassVar[str] = "workshop.attendance_unticked"

    registrations: tuple[UUID, ...]


class WorkshopMoved(Fact):
    """Date, time or place were changed before the start; registrations follow (ATE-10)."""

    TOPIC: ClassVar[str] = "workshop.moved"

    venue: UUID | None
    zone: str
    sessions: tuple[Session, ...]
    region: Region | None
    was_venue: UUID | None
    was_zone: str
    was_sessions: tuple[Session, ...]


class WorkshopCancelled(Fact):
    """SUPPRIMER: the workshop does not take place, its registrations are À PLANIFIER (ATE-4)."""

    TOPIC: ClassVar[str] = "workshop.cancelled"

    reason: str
    registrations: tuple[UUID, ...]
    """Which lost their date, in the order in which they had their seats."""
    waiting: tuple[UUID, ...]
    """Clients whose wait ended with it."""


class WorkshopRestored(Fact):
    """It takes place after all, with those who are still free and find a seat (ATE-5)."""

    TOPIC: ClassVar[str] = "workshop.restored"

    back: tuple[UUID, ...]
    """Registrations that have their seat again."""
    moved_on: tuple[UUID, ...]
    """Another date was chosen meanwhile, or the registration cancelled."""
    no_seat: tuple[UUID, ...]
    """Still À PLANIFIER: no seat is left for them."""


PlanFact = (
    WorkshopPlanned
    | WorkshopPlanChanged
    | WorkshopMoved
    | WorkshopCancelled
    | WorkshopRestored
    | AssistantNamed
    | AssistantDismissed
    | SeatTaken
    | SeatPassed
    | SeatFreed
    | PlacesHandedOver
    | AttendanceTicked
    | AttendanceUnticked
)
WorkshopFact = PlanFact | WaitingFact | ClosingFact
