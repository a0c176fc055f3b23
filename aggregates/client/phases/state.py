"""What a phase of a client is at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Enrolment:
    """A phase the client is a student of; `done` are places that needed no registration (INS-2)."""

    id: UUID
    phase: UUID
    number: int
    activities: tuple[UUID, ...]
    invoice: UUID
    done: Mapping[UUID, UUID]
    """Activity → the registration followed before."""
    letter_sent: bool = False
