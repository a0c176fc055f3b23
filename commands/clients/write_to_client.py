"""Write one e-mail to one client, from the dossier (COM-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.marks.decisions import write_to_client
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.mailing.events import Picture
from aggregates.mailing.placeholders import AUDIENCE_PLACEHOLDERS
from aggregates.mailing.policies import known_placeholders, written_by_staff
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change


class WriteToClient(Command):
    """Send this text to the client, whatever their preferences; answers go to who wrote it.

    Files become links; an image stands at the start or at the end.
    Refused: no_such_dossier, dossier_not_active, author_not_staff, unknown_placeholder, no_such_file,
    not_an_image.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("COM-5",)

    client: UUID
    subject: Name
    text: Text
    attachments: tuple[UUID, ...] = Field(default=(), max_length=20)
    image: Picture | None = None


def handle(command: WriteToClient, act: Act) -> list[Change]:
    assert act.who.user is not None
    client, author = act.load(CLIENT.at(command.client), STAFF.at(act.who.user))
    written_by_staff(author.state)
    known_placeholders([command.subject, command.text], AUDIENCE_PLACEHOLDERS)
    act.need_files(command.attachments, command.image)
    written = write_to_client(
        client.state,
        author=author.id,
        subject=command.subject,
        text=command.text,
        attachments=command.attachments,
        image=command.image,
    )
    return [Change(client, written)]
