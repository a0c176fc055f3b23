"""What becomes of the seats of registrations that end: they pass to their successors, or are freed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from aggregates.client.registrations.events import Registered
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.workshop.decisions import free_seat, pass_seat
from aggregates.workshop.state import Workshop
from commands.message import Act
from schema.store import Change, Loaded


def passed_or_freed(
    act: Act,
    ended: Sequence[ToSchedule | Scheduled],
    successors: Mapping[UUID, Registered],
    workshops: Mapping[UUID, Loaded[Workshop]],
) -> list[Change]:
    """Each seat passes to the successor for its activity, or is freed where there is none (INS-10, INS-11).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver, NotOnRoster,
    RetakesFull.
    """
    changes = []
    for registration in ended:
        if not isinstance(registration, Scheduled):
            continue
        workshop, id_ = workshops[registration.workshop], registration.sale.id
        successor = successors.get(registration.sale.activity)
        if successor is None:
            changes.append(Change(workshop, free_seat(workshop.state, id_, verifies=act.verifies)))
            continue
        passed = pass_seat(
            workshop.state,
            id_,
            to=successor.registration,
            retake=successor.retake,
            invoice=successor.invoice,
            now=act.now,
            verifies=act.verifies,
        )
        changes.append(Change(workshop, passed))
    return changes
