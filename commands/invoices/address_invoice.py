"""Make an issued invoice out to somebody else, a company for instance (DOS-16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import make_out_to
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from commands.paying import Invoices, file_of, takes_text
from schema.store import Change


class AddressInvoice(Command):
    """Name and address that stand on the invoice; number, lines and amounts stay.

    Refused: no_such_dossier, dossier_not_active, no_such_invoice.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-16", "FAC-9")

    client: UUID
    invoice: UUID
    name: Name
    address: Text | None


def handle(command: AddressInvoice, act: Act) -> list[Change]:
    client, invoice = act.load(CLIENT.at(command.client), INVOICE.at(command.invoice))
    state = Invoices.of([invoice]).state_of(invoice.id, client)
    takes_text(file_of(client.state))
    return [Change(invoice, make_out_to(state, name=command.name, address=command.address))]
