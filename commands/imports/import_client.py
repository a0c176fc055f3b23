"""Take over a client from another system (IMP-1), never a second dossier for the same person (DOS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import EmailStr

from aggregates.client.events import FormOfAddress, Language
from aggregates.client.imports.decisions import take_over
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.identifying import email_owner, identified, namesake
from commands.importing import imported_id
from commands.message import Act, Command, Country, Name
from commands.suppression import is_suppressed
from schema.store import Change


class ImportClient(Command):
    """Open the dossier of a client whom `source` knew under `key`.

    Refused: email_taken, already_client, address_suppressed. Tells `client`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("IMP-1", "DOS-4", "DOS-10")

    source: Name
    key: Name
    last_name: Name
    first_name: Name
    form_of_address: FormOfAddress | None = None
    email: EmailStr | None = None
    telephone: Name | None = None
    street: Name | None = None
    postal_code: Name | None = None
    city: Name | None = None
    country: Country
    language: Language = Language.FR


def handle(command: ImportClient, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(imported_id(command.source, "client", command.key)))
    act.tell("client", client.id)
    who = identified(command)
    taken_over = take_over(
        client.state,
        client.id,
        who,
        email_owner=email_owner(act, who),
        namesake=namesake(act, who),
        suppressed=who.email is not None and is_suppressed(act, who.email),
    )
    return [Change(client, taken_over)]
