"""What a mailing's own facts come to for who sends it, and whether its workshop is over (COM-7, COM-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from aggregates.kernel import Fact
from aggregates.mailing.events import (
    AudienceMailingComposed,
    HeldMailDecided,
    MailingCancelled,
    MailingEnded,
    MailingPaused,
    MailingResumed,
    RosterMailingComposed,
)
from aggregates.workshop.closing.events import WorkshopClosed, WorkshopReopened
from aggregates.workshop.events import WorkshopCancelled, WorkshopRestored
from schema.envelope import Recorded


@dataclass
class MailingStream:
    """How a mailing stands; `workshop` is none for an audience's."""

    composed: Fact
    author: UUID
    workshop: UUID | None
    cancelled: bool = False
    ended: bool = False
    paused: bool = False
    decided: list[HeldMailDecided] = field(default_factory=list)


def mailing_stream(history: Iterable[Recorded]) -> MailingStream:
    """After all of it."""
    composed, *facts = [event.fact for event in history]
    assert isinstance(composed, AudienceMailingComposed | RosterMailingComposed)
    workshop = composed.workshop if isinstance(composed, RosterMailingComposed) else None
    standing = MailingStream(composed, composed.author, workshop)
    for fact in facts:
        match fact:
            case MailingCancelled():
                standing.cancelled = True
            case MailingEnded():
                standing.ended, standing.paused = True, False
            case MailingPaused() | MailingResumed():
                standing.paused = isinstance(fact, MailingPaused)
            case HeldMailDecided():
                standing.decided.append(fact)
    return standing


def is_over(history: Iterable[Recorded]) -> bool:
    """Whether a workshop is closed or cancelled: nothing is sent to its participants any more."""
    over = False
    for event in history:
        match event.fact:
            case WorkshopClosed() | WorkshopCancelled():
                over = True
            case WorkshopReopened() | WorkshopRestored():
                over = False
    return over
