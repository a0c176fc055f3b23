"""A mailing leaves at its moment, once it is approved: a mail for each recipient (COM-6, COM-7, REQ-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from aggregates.mailing.events import (
    AudienceMailingComposed,
    MailingApproved,
    MailingCancelled,
    MailingResumed,
    MailingSendingStarted,
    RosterMailingComposed,
)
from commands.mailing.start_sending import StartSending
from processors.runtime.effects import Do, Due, Mail, Params, Processor, Timer
from schema.envelope import Recorded

_START, _MAILS = "start", "mails"


def react(event: Recorded) -> Sequence[Timer]:
    """It may begin when it is composed, scheduled, approved or resumed; once it has, its mails follow."""
    match event.fact:
        case AudienceMailingComposed() | RosterMailingComposed() as fact:
            return [Timer(_START, fact.leaves_at or event.envelope.at)]
        case MailingApproved() | MailingResumed():
            return [Timer(_START, event.envelope.at)]
        case MailingSendingStarted():
            return [Timer(_MAILS, event.envelope.at)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail | Do]:
    """Whoever was reviewed gets a mail; whether they still may is asked when it leaves (COM-8)."""
    composed = history[0].fact
    assert isinstance(composed, AudienceMailingComposed | RosterMailingComposed)
    facts = [event.fact for event in history]
    if any(isinstance(fact, MailingCancelled) for fact in facts):
        return []
    if timer.purpose == _MAILS:
        params: Params = {"mailing": timer.stream, "author": composed.author}
        return [Mail(f"to/{client}", "mailing", "client", client, params) for client in composed.recipients]
    approved = not composed.needs_approval or any(isinstance(fact, MailingApproved) for fact in facts)
    if not approved or (composed.leaves_at is not None and composed.leaves_at > timer.due):
        return []
    moment = timer.due.astimezone(UTC).isoformat()
    return [Do(f"{_START}/{moment}", StartSending(mailing=timer.stream))]


PROCESSOR = Processor("mailing", react, fire, frozenset({AudienceMailingComposed, RosterMailingComposed}))
