"""What a workshop is at a moment: its plan, its seats, who was there, whether it takes place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, get_args
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Aggregate, replace
from aggregates.workshop.closing.events import AbsenceSettled, CallNoted, ClosingFact
from aggregates.workshop.closing.state import Call, Closing, evolve_closing, noted
from aggregates.workshop.events import (
    AssistantDismissed,
    AssistantNamed,
    AttendanceTicked,
    AttendanceUnticked,
    PlacesHandedOver,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopCancelled,
    WorkshopFact,
    WorkshopMoved,
    WorkshopPlanChanged,
    WorkshopPlanned,
    WorkshopRestored,
)
from aggregates.workshop.waiting.events import WaitingFact
from aggregates.workshop.waiting.state import Waiting, evolve_waiting


@dataclass(frozen=True)
class NotPlanned:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Seat:
    """One registration's seat."""

    client: UUID
    retake: bool
    present: bool = False
    invoice: UUID | None = None


@dataclass(frozen=True)
class Plan:
    """What staff may change without moving the workshop (ATE-1)."""

    organiser: UUID
    trainers: tuple[UUID, ...]
    capacity: int
    retake_limit: int | None
    place_note: str | None
    practical_note: str | None

    @property
    def people(self) -> tuple[UUID, ...]:
        """Who organises it and who trains there."""
        return (self.organiser, *self.trainers)

    @property
    def most_retakes(self) -> int:
        """No limit means as many as seats (ATE-1)."""
        return self.capacity if self.retake_limit is None else self.retake_limit


@dataclass(frozen=True)
class Planned:
    """A planned workshop and its seats, in the order they were taken."""

    activity: UUID
    venue: UUID | None
    zone: str
    sessions: tuple[Session, ...]
    plan: Plan
    region: Region | None = None
    independent: bool = False
    assistants: tuple[UUID, ...] = ()
    """Clients who help; they take no seat (LIS-1)."""
    seats: Mapping[UUID, Seat] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=Waiting)
    closing: Closing = field(default_factory=Closing)

    @property
    def starts(self) -> datetime:
        return self.sessions[0].starts

    @property
    def ends(self) -> datetime:
        return self.sessions[-1].ends

    @property
    def retakes(self) -> int:
        """Seats taken by retakes."""
        return sum(seat.retake for seat in self.seats.values())


@dataclass(frozen=True)
class CancelledWorkshop:
    """It does not take place; what it was is kept for the call list and for restoring it (ATE-4, ATE-5)."""

    was: Planned
    calls: Mapping[UUID, Call] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.was.plan

    @property
    def region(self) -> Region | None:
        return self.was.region


Workshop: TypeAlias = NotPlanned | Planned | CancelledWorkshop


def evolve(workshop: Workshop, fact: WorkshopFact) -> Workshop:
    """The workshop after the fact. Raises ValueError on a fact that this state can't meet."""
    match workshop, fact:
        case NotPlanned(), WorkshopPlanned():
            return Planned(
                activity=fact.activity,
                venue=fact.venue,
                zone=fact.zone,
                sessions=fact.sessions,
                plan=_plan(fact),
                region=fact.region,
                independent=fact.independent,
            )
        case Planned(), WorkshopCancelled():
            return CancelledWorkshop(workshop)
        case CancelledWorkshop(), WorkshopPlanChanged():
            return replace(workshop, was=replace(workshop.was, plan=_plan(fact)))
        case CancelledWorkshop(), PlacesHandedOver():
            return replace(workshop, was=_handed_over(workshop.was, fact))
        case CancelledWorkshop(), CallNoted():
            return replace(workshop, calls=noted(workshop.calls, fact))
        case CancelledWorkshop(was=was), WorkshopRestored():
            seats = {registration: was.seats[registration] for registration in fact.back}
            return replace(was, seats=seats, waiting=Waiting(closed=True))
        case Planned(), _:
            return _evolve_planned(workshop, fact)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(workshop).__name__}")


def _evolve_planned(workshop: Planned, fact: WorkshopFact) -> Planned:
    match fact:
        case WorkshopPlanChanged():
            return replace(workshop, plan=_plan(fact))
        case WorkshopMoved():
            return replace(
                workshop, venue=fact.venue, zone=fact.zone, sessions=fact.sessions, region=fact.region
            )
        case AssistantNamed():
            return replace(workshop, assistants=(*workshop.assistants, fact.client))
        case AssistantDismissed():
            return replace(workshop, assistants=tuple(a for a in workshop.assistants if a != fact.client))
        case SeatTaken():
            return _seated(workshop, fact)
        case SeatPassed():
            return replace(workshop, seats=_passed(workshop.seats, fact))
        case SeatFreed():
            return _freed(workshop, fact.registration)
        case PlacesHandedOver():
            return _handed_over(workshop, fact)
        case AttendanceTicked():
            return _presence(workshop, fact.registrations, present=True)
        case AttendanceUnticked():
            return _presence(workshop, fact.registrations, present=False)
        case _ if isinstance(fact, WaitingFact):
            return replace(workshop, waiting=evolve_waiting(workshop.waiting, fact))
        case _ if isinstance(fact, ClosingFact):
            left = _freed(workshop, fact.registration) if isinstance(fact, AbsenceSettled) else workshop
            return replace(left, closing=evolve_closing(left.closing, fact))
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow Planned")


def _plan(fact: WorkshopPlanned | WorkshopPlanChanged) -> Plan:
    return Plan(
        organiser=fact.organiser,
        trainers=fact.trainers,
        capacity=fact.capacity,
        retake_limit=fact.retake_limit,
        place_note=fact.place_note,
        practical_note=fact.practical_note,
    )


def _seated(workshop: Planned, fact: SeatTaken) -> Planned:
    """An offer or a hold of this client is met by it; an absent who is back is absent no more."""
    seat = Seat(client=fact.client, retake=fact.retake, invoice=fact.invoice)
    absents = workshop.closing.absents
    if fact.registration in absents:
        kept = {r: absent for r, absent in absents.items() if r != fact.registration}
        workshop = replace(workshop, closing=replace(workshop.closing, absents=kept))
    return replace(
        workshop,
        seats={**workshop.seats, fact.registration: seat},
        waiting=workshop.waiting.seated(fact.registration, fact.client),
    )


def _freed(workshop: Planned, registration: UUID) -> Planned:
    return replace(workshop, seats={k: s for k, s in workshop.seats.items() if k != registration})


def _passed(seats: Mapping[UUID, Seat], fact: SeatPassed) -> Mapping[UUID, Seat]:
    """The new holder stands where the old one stood in the order."""
    seat = Seat(client=fact.client, retake=fact.retake, invoice=fact.invoice)
    return {
        fact.to if r == fact.registration else r: seat if r == fact.registration else s
        for r, s in seats.items()
    }


def _handed_over(workshop: Planned, fact: PlacesHandedOver) -> Planned:
    """Each stands where it stood in its order."""
    mine = {r: s for r, s in workshop.seats.items() if s.client == fact.client}
    absents = workshop.closing.absents
    return replace(
        workshop,
        seats={**workshop.seats, **{r: replace(seat, client=fact.to) for r, seat in mine.items()}},
        waiting=workshop.waiting.handed_over(fact.client, fact.to),
        closing=replace(
            workshop.closing,
            absents={
                r: replace(absent, client=fact.to) if absent.client == fact.client else absent
                for r, absent in absents.items()
            },
        ),
    )


def _presence(workshop: Planned, registrations: tuple[UUID, ...], *, present: bool) -> Planned:
    changed = {r: replace(workshop.seats[r], present=present) for r in registrations}
    return replace(workshop, seats={**workshop.seats, **changed})


WORKSHOP: Aggregate[Workshop] = Aggregate("workshop", NotPlanned(), evolve, get_args(WorkshopFact))
