"""Give an e-mail the portal's default wording again (COM-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.decisions import restore_template
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.state import TEMPLATE, template_id
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RestoreTemplate(Command):
    """Go back to the default wording of an e-mail in one language; the own one stays in history."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-4",)

    key: TemplateKey
    language: Language


def handle(command: RestoreTemplate, act: Act) -> list[Change]:
    template = act.load(TEMPLATE.at(template_id(command.key)))
    return [Change(template, restore_template(template.state, command.key, command.language))]
