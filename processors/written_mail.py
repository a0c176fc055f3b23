"""What staff write to one client leaves at once, and what they try comes to themselves (COM-4 to COM-6)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.events import MailWritten
from aggregates.mailing.events import MailingTested, TemplateTested
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """The text is read from the fact when the mail leaves."""
    match event.fact:
        case MailWritten():
            return [Mail("mail", "written", "client", event.originator_id, {})]
        case MailingTested() as fact:
            return [Mail("test", "mailing", "staff", fact.client, {})]
        case TemplateTested() as fact:
            return [Mail("test", fact.key.value, "staff", fact.client, {})]
        case _:
            return []


PROCESSOR = Processor("written_mail", react)
