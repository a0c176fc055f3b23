"""Whether what a mail was to say still holds when it leaves; else it is withdrawn (ATE-5, COM-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from processors.runtime import sent_mail
from projections.query import Reads, Row


class SupersededError(Exception):
    """The registration was cancelled, got another date or none meanwhile: a later mail, or none, says so."""


def date_to_write_about(
    template: str, registration: Row, workshop: Row | None, params: Mapping[str, Any], at: datetime
) -> Row | None:
    """The workshop that the client is told of: one put off before it was confirmed is confirmed À PLANIFIER.

    Nobody is reminded of what has begun.

    Raises SupersededError.
    """
    current = registration["workshop"]
    if registration["state"] == "cancelled":
        raise SupersededError
    match template:
        case "registration_confirmed" if current is None:
            return None
        case "workshop_cancelled" | "workshop_restored_full":
            if current is not None:
                raise SupersededError
            return workshop
    if (current and current["id"]) != (workshop and workshop["id"]):
        raise SupersededError
    if template == "workshop_moved" and not _stands_there(workshop, params):
        raise SupersededError
    if template == "reminder" and (workshop is None or datetime.fromisoformat(workshop["starts"]) <= at):
        raise SupersededError
    return workshop


def _stands_there(workshop: Row | None, params: Mapping[str, Any]) -> bool:
    """Whether the workshop was not moved once more."""
    if workshop is None:
        return False
    venue = workshop["venue"]
    at = datetime.fromisoformat(workshop["starts"])
    return at == datetime.fromisoformat(params["starts"]) and (venue and venue["id"]) == params["venue"]


async def cancellation_was_told(connection: Reads, client: UUID, registration: str, workshop: str) -> bool:
    """Whether the e-mail that this workshop is cancelled has left, or is leaving."""
    about = {"registration": registration, "workshop": workshop}
    state = await sent_mail.last_state(connection, client, "workshop_cancelled", about)
    return state in {"sent", "claimed", "bounced"}
