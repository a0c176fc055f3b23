"""A mail came back, was refused for good or could not leave: the portal notes it by itself (COM-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from aggregates.client.missed_mails.decisions import Undelivered, note_undelivered
from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.client.state import CLIENT, Client, Dossier
from aggregates.kernel import Role, fold_email
from commands.access import Scope, anyone
from commands.merged import followed
from commands.message import Act, Command
from schema.store import Change

SENT_TO = "mail_sent_to"
"""What the hash of an address that a mail went to is made for."""
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]{1,64}$")]


class NoteUndelivered(Command):
    """Note that a mail about the client did not arrive; on a dossier that is gone nothing is noted, on one
    that was merged it is noted on the surviving one.

    `sent_to` is the keyed hash of the address it went to: an address corrected meanwhile is not flagged.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(
        Role.SYSTEM, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING
    )
    RULES: ClassVar[tuple[str, ...]] = ("COM-10", "COM-1")

    client: UUID
    mail: UUID
    template: Word
    workshop: UUID | None
    to_organiser: bool
    reason: UndeliveredReason
    status: Word | None
    message: UUID | None
    sent_to: Word | None


def handle(command: NoteUndelivered, act: Act) -> list[Change]:
    client = followed(act, act.load(CLIENT.at(command.client)))
    what = Undelivered(**command.model_dump(exclude={"client", "sent_to"}))
    current = _current(client.state, act)
    in_use = (
        current is None
        if command.reason is UndeliveredReason.NO_ADDRESS
        else (command.sent_to in (None, current))
    )
    return [Change(client, note_undelivered(client.state, what, address_in_use=in_use))]


def _current(client: Client, act: Act) -> str | None:
    """The hash of the address that mails go to now."""
    if not isinstance(client, Dossier):
        return None
    email = client.email or (client.contact_address and client.contact_address.email)
    return act.hashed(SENT_TO, fold_email(email)) if isinstance(email, str) else None
