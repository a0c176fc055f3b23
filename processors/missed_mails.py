"""What staff let go out again is written anew, with what its first mail was about (COM-1, COM-10)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.missed_mails.events import MailsResent
from processors.runtime.effects import Again, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Again]:
    """A mail per mail."""
    match event.fact:
        case MailsResent() as fact:
            return [Again(f"again/{mail}", mail, event.originator_id) for mail in fact.mails]
        case _:
            return []


PROCESSOR = Processor("missed_mails", react)
