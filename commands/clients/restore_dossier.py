"""RESTAURER CE CLIENT: only a deactivated dossier, with a new address (DOS-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import EmailStr

from aggregates.client.decisions import NewAddress, restore
from aggregates.client.events import FormOfAddress
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.claims import EMAIL, same_email
from commands.message import Act, Command, Country, Name
from schema.store import Change


class RestoreDossier(Command):
    """Restore a deactivated dossier. Refused: no_such_dossier, not_deactivated, email_taken."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-9",)

    client: UUID
    form_of_address: FormOfAddress | None = None
    email: EmailStr
    telephone: Name | None = None
    street: Name | None = None
    city: Name | None = None
    country: Country


def handle(command: RestoreDossier, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    address = NewAddress(
        form_of_address=command.form_of_address,
        email=command.email,
        telephone=command.telephone,
        street=command.street,
        city=command.city,
        country=command.country,
    )
    owner = act.holder(EMAIL, same_email(command.email))
    return [Change(client, restore(client.state, address, email_owner=owner))]
