"""Staff open a dossier for a client (DOS-2), never a second one for the same person (DOS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import EmailStr

from aggregates.client.decisions import Identification, create
from aggregates.client.events import DossierOrigin, FormOfAddress, Language
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.claims import DOSSIER, EMAIL, same_email, same_person
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
    email_owner = None if command.email is None else act.holder(EMAIL, same_email(command.email))
    namesake = (
        None
        if command.postal_code is None
        else act.holder(DOSSIER, same_person(command.last_name, command.first_name, command.postal_code))
    )
    who = Identification(
        last_name=command.last_name,
        first_name=command.first_name,
        form_of_address=command.form_of_address,
        email=command.email,
        telephone=command.telephone,
        street=command.street,
        postal_code=command.postal_code,
        city=command.city,
        country=command.country,
        language=command.language,
    )
    created = create(
        client.state,
        client.id,
        who,
        origin=DossierOrigin.STAFF,
        email_owner=email_owner,
        namesake=namesake,
        namesake_reason=command.namesake_reason,
    )
    return [Change(client, created)]
