"""What may happen to a mailing while it leaves: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.mailing.events import (
    HeldMailDecided,
    MailingEnded,
    MailingFact,
    MailingPaused,
    MailingResumed,
    MailingTextForgotten,
    StopReason,
)
from aggregates.mailing.policies import composed, own_or_any
from aggregates.mailing.refusals import (
    AlreadyDecided,
    MailingAlreadyCancelled,
    MailingAwaitsApproval,
    MailingIsOver,
    NotARecipient,
    NotBeingSent,
)
from aggregates.mailing.state import (
    AwaitingApproval,
    CancelledMailing,
    Ended,
    Mailing,
    Paused,
    Queued,
    Sending,
    TriedDraft,
)


def pause(mailing: Mailing, *, by: UUID | None, others_too: bool) -> Sequence[MailingFact]:
    """Let nothing more of it leave for now: the author's own, or anybody's (`others_too`) (COM-8).

    Raises NoSuchMailing, MailingAlreadyCancelled, MailingIsOver, MailingAwaitsApproval.
    """
    own_or_any(mailing, by=by, others_too=others_too)
    _still_leaving(mailing)
    if isinstance(mailing, AwaitingApproval):
        raise MailingAwaitsApproval
    return [] if isinstance(mailing, Paused) else [MailingPaused()]


def resume(mailing: Mailing, *, by: UUID | None, others_too: bool) -> Sequence[MailingFact]:
    """Let what has not left go on. Raises NoSuchMailing, MailingAlreadyCancelled, MailingIsOver."""
    own_or_any(mailing, by=by, others_too=others_too)
    _still_leaving(mailing)
    return [MailingResumed()] if isinstance(mailing, Paused) else []


def decide_held(
    mailing: Mailing, client: UUID, *, tried: int, send: bool, by: UUID | None, others_too: bool
) -> Sequence[MailingFact]:
    """Say whether an e-mail whose answer was lost leaves once more (COM-3).

    Raises NoSuchMailing, NotBeingSent, NotARecipient, AlreadyDecided.
    """
    recipients = own_or_any(mailing, by=by, others_too=others_too).recipients
    leaving = mailing.before if isinstance(mailing, Paused) else mailing
    if not isinstance(leaving, Sending):
        raise NotBeingSent
    if client not in recipients:
        raise NotARecipient
    before = leaving.decided.get((client, tried))
    if before is None:
        return [HeldMailDecided(client=client, tried=tried, send=send)]
    if before is not send:
        raise AlreadyDecided(send=before)
    return []


def end(mailing: Mailing, *, sent: int, skipped: int, stopped: StopReason | None) -> Sequence[MailingFact]:
    """Nothing of it is left to be sent (COM-8). Raises NoSuchMailing."""
    composed(mailing)
    if not isinstance(mailing, Queued | Sending | Paused):
        return []
    return [MailingEnded(sent=sent, skipped=skipped, stopped=stopped)]


def forget_text(mailing: Mailing, id_: UUID) -> Sequence[MailingFact]:
    """Let nobody read any more what is over (reliability.md 7.1); what may still leave keeps its text."""
    if isinstance(mailing, Ended | CancelledMailing | TriedDraft) and not mailing.forgotten:
        return [MailingTextForgotten(person=id_)]
    return []


def _still_leaving(mailing: Mailing) -> None:
    if isinstance(mailing, CancelledMailing):
        raise MailingAlreadyCancelled
    if isinstance(mailing, Ended):
        raise MailingIsOver
