"""Make new invoices out to somebody else, a company for instance (DOS-16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from pydantic import model_validator

from aggregates.client.profile.decisions import set_billing
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change


class SetBilling(Command):
    """Name and address of new invoices; without `name` they are made out to the client again.

    Invoices there are keep theirs. Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("DOS-16",)

    client: UUID
    name: Name | None
    address: Text | None = None

    @model_validator(mode="after")
    def _address_of_somebody(self) -> Self:
        if self.name is None and self.address is not None:
            raise ValueError("an address without a name")
        return self


def handle(command: SetBilling, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, set_billing(client.state, name=command.name, address=command.address))]
