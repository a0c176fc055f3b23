"""The organiser hears of each registration that gets a date in the workshop or leaves it (COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.client.registrations.events import (
    DateChosen,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
)
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """À PLANIFIER gives no notice, a place taken over neither, nor a cancelled workshop one for each of its
    registrations."""
    client = event.originator_id
    match event.fact:
        case Registered(taken_over=True):
            return []
        case Registered(workshop=UUID() as workshop) as fact:
            return [_arrived(client, fact.registration, workshop)]
        case DateChosen() as fact:
            arrived = _arrived(client, fact.registration, fact.workshop)
            if fact.given_up is None:
                return [arrived]
            return [arrived, _left(client, fact.registration, fact.given_up)]
        case RegistrationDeferred(by_school=True):
            return []
        case RegistrationDeferred() as fact:
            return [_left(client, fact.registration, fact.workshop)]
        case RegistrationCancelled(workshop=UUID() as workshop) as fact:
            return [_left(client, fact.registration, workshop)]
        case _:
            return []


def _arrived(client: UUID, registration: UUID, workshop: UUID) -> Mail:
    params = {"registration": registration, "workshop": workshop}
    return Mail("arrived", "organiser_arrival", "organiser", client, params)


def _left(client: UUID, registration: UUID, workshop: UUID) -> Mail:
    params = {"registration": registration, "workshop": workshop}
    return Mail("left", "organiser_departure", "organiser", client, params)


PROCESSOR = Processor("organiser_notice", react)
