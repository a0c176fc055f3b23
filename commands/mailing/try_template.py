"""Have a wording sent to oneself, as one client would read it (COM-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.events import Language
from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.mailing.decisions import try_template
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.policies import written_by_staff
from aggregates.mailing.state import TEMPLATE, Wording, template_id
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change


class TryTemplate(Command):
    """Send a wording, saved or not, to the own address, its placeholders filled for `client`.

    Refused: author_not_staff, no_such_dossier, dossier_not_active, unknown_placeholder.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-4",)

    key: TemplateKey
    language: Language
    subject: Name
    body: Text
    client: UUID


def handle(command: TryTemplate, act: Act) -> list[Change]:
    assert act.who.user is not None
    template, client, author = act.load(
        TEMPLATE.at(template_id(command.key)), CLIENT.at(command.client), STAFF.at(act.who.user)
    )
    written_by_staff(author.state)
    active(client.state)
    wording = Wording(command.subject, command.body)
    tried = try_template(command.key, command.language, wording, client=client.id, author=author.id)
    return [Change(template, tried)]
