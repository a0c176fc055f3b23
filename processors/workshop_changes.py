"""The client hears that the workshop of a registration was moved, cancelled or restored (COM-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from aggregates.client.registrations.events import DateMoved, RegistrationDeferred, RegistrationRestored
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """From the registration's own facts, so that each place is told of once, whoever else has one there."""
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
        case _:
            return []


def _told(
    template: str,
    client: UUID,
    registration: UUID,
    workshop: UUID,
    where: Mapping[str, UUID | datetime | str | None] = MappingProxyType({}),
) -> Mail:
    params = {"registration": registration, "workshop": workshop, **where}
    return Mail("change", template, "client", client, params)


PROCESSOR = Processor("workshop_changes", react)
