"""What a workshop is at a moment: its plan, its seats, who was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, get_args
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Aggregate
from aggregates.workshop.events import (
    AttendanceTicked,
    AttendanceUnticked,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopFact,
    WorkshopPlanChanged,
    WorkshopPlanned,
)


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
    seats: Mapping[UUID, Seat] = field(default_factory=dict)

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


Workshop: TypeAlias = NotPlanned | Planned


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
        case Planned(), WorkshopPlanChanged():
            return replace(workshop, plan=_plan(fact))
        case Planned(), SeatTaken():
            seat = Seat(client=fact.client, retake=fact.retake, invoice=fact.invoice)
            return replace(workshop, seats={**workshop.seats, fact.registration: seat})
        case Planned(), SeatPassed():
            return replace(workshop, seats=_passed(workshop.seats, fact))
        case Planned(), SeatFreed():
            return replace(
                workshop, seats={k: s for k, s in workshop.seats.items() if k != fact.registration}
            )
        case Planned(), AttendanceTicked():
            return _presence(workshop, fact.registrations, present=True)
        case Planned(), AttendanceUnticked():
            return _presence(workshop, fact.registrations, present=False)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(workshop).__name__}")


def _plan(fact: WorkshopPlanned | WorkshopPlanChanged) -> Plan:
    return Plan(
        organiser=fact.organiser,
        trainers=fact.trainers,
        capacity=fact.capacity,
        retake_limit=fact.retake_limit,
        place_note=fact.place_note,
        practical_note=fact.practical_note,
    )


def _passed(seats: Mapping[UUID, Seat], fact: SeatPassed) -> Mapping[UUID, Seat]:
    """The new holder stands where the old one stood in the order."""
    seat = Seat(client=fact.client, retake=fact.retake, invoice=fact.invoice)
    return {
        fact.to if r == fact.registration else r: seat if r == fact.registration else s
        for r, s in seats.items()
    }


def _presence(workshop: Planned, registrations: tuple[UUID, ...], *, present: bool) -> Planned:
    changed = {r: replace(workshop.seats[r], present=present) for r in registrations}
    return replace(workshop, seats={**workshop.seats, **changed})


WORKSHOP: Aggregate[Workshop] = Aggregate("workshop", NotPlanned(), evolve, get_args(WorkshopFact))
