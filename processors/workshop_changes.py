"""Clients hear that their workshop was moved, cancelled or restored; who waits, too (ATE-4, ATE-5, COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from uuid import UUID

from aggregates.client.registrations.events import DateMoved, RegistrationDeferred, RegistrationRestored
from aggregates.workshop.events import WorkshopCancelled, WorkshopRestored
from processors.runtime.effects import Due, Mail, Params, Processor, Timer
from processors.runtime.seats import Seats
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail | Timer]:
    """From the registration's own facts, so that each place is told of once, whoever else has one there.

    Whose seat is gone when the workshop is restored is not said by the fact: the stream tells, at once.
    """
    client = event.originator_id
    match event.fact:
        case DateMoved() as fact:
            where = {
                "starts": fact.starts,
                "venue": fact.venue,
                "was_starts": fact.was_starts,
                "was_zone": fact.was_zone,
                "was_venue": fact.was_venue,
            }
            return [_told("workshop_moved", client, fact.registration, fact.workshop, where)]
        case RegistrationDeferred(by_school=True) as fact:
            return [_told("workshop_cancelled", client, fact.registration, fact.workshop)]
        case RegistrationRestored() as fact:
            return [_told("workshop_restored", client, fact.registration, fact.workshop)]
        case WorkshopCancelled() as fact:
            return [_no_longer_waits(client, event.originator_id) for client in fact.waiting]
        case WorkshopRestored(no_seat=(_, *_)):
            return [Timer("no_seat", event.envelope.at)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
    """Who finds no seat any more in the restored workshop is told (ATE-5)."""
    seats = Seats()
    for event in history:
        if isinstance(event.fact, WorkshopRestored) and event.envelope.at == timer.due:
            found = [(r, seats.of[r].client) for r in event.fact.no_seat]
            return [_no_seat(client, registration, timer.stream) for registration, client in found]
        seats.follow(event)
    return []


def _no_longer_waits(client: UUID, workshop: UUID) -> Mail:
    return Mail(f"waiting/{client}", "waiting_list_closed", "client", client, {"workshop": workshop})


def _no_seat(client: UUID, registration: UUID, workshop: UUID) -> Mail:
    params = {"registration": registration, "workshop": workshop}
    return Mail(f"no_seat/{registration}", "workshop_restored_full", "client", client, params)


def _told(
    template: str,
    client: UUID,
    registration: UUID,
    workshop: UUID,
    where: Params = MappingProxyType({}),
) -> Mail:
    params = {"registration": registration, "workshop": workshop, **where}
    return Mail("change", template, "client", client, params)


PROCESSOR = Processor("workshop_changes", react, fire)
