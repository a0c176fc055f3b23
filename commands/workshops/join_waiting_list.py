"""Wait for a seat in a workshop that has none for this client (ATE-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import take_waiting_place
from aggregates.client.phases.policies import not_sold_outside_the_phase
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.registrations.policies import followed_before, open_registration
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import join_waiting_list
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class JoinWaitingList(Command):
    """Put a client at the end of the waiting list, once, with or without a registration to be moved there.

    Refused: no_such_dossier, dossier_not_active, please_contact_us, place_in_phase, no_such_workshop,
    workshop_cancelled, workshop_closed, waiting_list_closed, workshop_started, already_on_roster,
    seat_is_free.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("ATE-2",)

    client: UUID
    workshop: UUID


def handle(command: JoinWaitingList, act: Act) -> list[Change]:
    client, workshop = act.load(CLIENT.at(command.client), WORKSHOP.at(command.workshop))
    dossier = active(client.state)
    red_flag_heeded(dossier, by_staff=act.by_staff, confirmed=True)
    activity = planned(workshop.state).activity
    retake = _would_be_retake(dossier, activity)
    joined = join_waiting_list(workshop.state, client.id, retake=retake, now=act.now)
    if not joined:
        return []
    return [Change(workshop, joined), Change(client, take_waiting_place(client.state, workshop.id))]


def _would_be_retake(dossier: Dossier, activity: UUID) -> bool:
    """The mark of the registration to be moved, else of the one to be made. Raises PlaceInPhase."""
    held = open_registration(dossier.places, activity)
    if held is not None:
        return held.sale.retake
    not_sold_outside_the_phase(dossier.places, activity)
    return followed_before(dossier.places, activity) is not None
