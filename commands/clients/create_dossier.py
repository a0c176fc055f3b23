"""Staff open a dossier for a client (DOS-2), never a second one for the same person (DOS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import EmailStr

from aggregates.client.decisions import create
from aggregates.client.events import DossierOrigin, FormOfAddress, Language
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.identifying import email_owner, identified, namesake
from commands.message import Act, Command, Country, Name
from schema.store import Change


class CreateDossier(Command):
    """Open a dossier; `namesake_reason` lets staff go on when names and postal code match another.

    Refused: email_taken, already_client. Makes `client`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-2", "DOS-4")

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
    namesake_reason: Name | None = None


def handle(command: CreateDossier, act: Act) -> list[Change]:
    client = act.fresh(CLIENT, "client")
    who = identified(command)
    created = create(
        client.state,
        client.id,
        who,
        origin=DossierOrigin.STAFF,
        email_owner=email_owner(act, who),
        namesake=namesake(act, who),
        namesake_reason=command.namesake_reason,
    )
    return [Change(client, created)]
