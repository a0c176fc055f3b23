"""Give an e-mail a wording of the school's own (COM-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.decisions import change_template
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.state import TEMPLATE, Template, Wording, template_id
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from commands.seen_version import merged
from schema.store import Change


class ChangeTemplate(Command):
    """Overwrite what differs from the wording seen at `seen_version` (0: the portal's default wording).

    Refused: unknown_placeholder, changed_meanwhile.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-4",)

    key: TemplateKey
    language: Language
    seen_version: int = Field(ge=0)
    subject: Name
    body: Text


def handle(command: ChangeTemplate, act: Act) -> list[Change]:
    template = act.load(TEMPLATE.at(template_id(command.key)))
    wanted = {"subject": command.subject, "body": command.body}
    seen = _values(template.as_of(command.seen_version), command.language)
    values = merged(seen, _values(template.state, command.language), wanted)
    subject, body = values["subject"], values["body"]
    if subject is None or body is None:
        # Nothing was changed, and meanwhile somebody went back to the default wording.
        return []
    wording = Wording(subject, body)
    return [Change(template, change_template(template.state, command.key, command.language, wording))]


def _values(template: Template, language: Language) -> dict[str, str | None]:
    """Subject and body of the school's own wording; both None under the default one."""
    own = template.wordings.get(language)
    if own is None:
        return {"subject": None, "body": None}
    return {"subject": own.subject, "body": own.body}
