"""Facts of phases in a client's file."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact, Value


class DonePlace(Value):
    """An activity of a phase that counts as done: no registration, its old date is shown (INS-2)."""

    activity: UUID
    evidence: UUID
    """The registration followed before."""
    followed_on: date


class Enrolled(Fact):
    """The client became a student: a whole phase on one invoice (INS-2)."""

    TOPIC: ClassVar[str] = "client.enrolled"

    enrolment: UUID
    phase: UUID
    number: int
    """1, 2 or 3."""
    activities: tuple[UUID, ...]
    """The phase's list at this moment."""
    invoice: UUID
    done: tuple[DonePlace, ...]


class PlaceReopened(Fact):
    """A student's lost place is À PLANIFIER again on its old invoice line (INS-14)."""

    TOPIC: ClassVar[str] = "client.place_reopened"

    registration: UUID


class MissingPlaceReported(Fact):
    """A student lacks a place of the phase: a to-do for the responsibility "missing places" (INS-14)."""

    TOPIC: ClassVar[str] = "client.missing_place_reported"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    activity: UUID
    enrolment: UUID
    note: Contact[str | None]


class PhaseLetterSent(Fact):
    """The letter « phase terminée » was sent by hand, again only as a traced resend (ATT-2)."""

    TOPIC: ClassVar[str] = "client.phase_letter_sent"

    enrolment: UUID
    phase: UUID
    resend: bool
