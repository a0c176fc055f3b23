"""Take over what was still open on an invoice of another system, without a place here (IMP-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.imports.decisions import hold_balance
from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.invoice.imports.decisions import take_over_balance
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Role
from commands.access import Scope, anyone
from commands.importing import (
    SignedAmount,
    imported_id,
    old_invoice,
    old_invoice_id,
    old_money,
)
from commands.merged import followed
from commands.message import Act, Command, Name
from commands.registrations.add_followed_workshop import PastDay
from schema.store import Change


class ImportBalance(Command):
    """The client whom `source` knew under the key `client` owes `amount`; below 0 it is theirs.

    `invoice` is the number there (else the key), issued on `invoiced_on` (else today). In the currency
    of the client's country where none is said.

    Refused: no_such_dossier, dossier_not_active, already_taken_over, invoiced_in_future. Tells `invoice`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("IMP-1", "FAC-8", "FAC-6")

    source: Name
    key: Name
    client: Name
    invoice: Name | None = None
    invoiced_on: PastDay | None = None
    currency: Currency | None = None
    amount: SignedAmount


def handle(command: ImportBalance, act: Act) -> list[Change]:
    number = command.invoice or command.key
    client, settings, invoice = act.load(
        CLIENT.at(imported_id(command.source, "client", command.client)),
        SETTINGS.at(SETTINGS_ID),
        INVOICE.at(old_invoice_id(command.source, command.client, command.invoice, f"balance/{command.key}")),
    )
    client = followed(act, client)
    dossier = active(client.state)
    act.tell("invoice", invoice.id)
    taken = take_over_balance(
        invoice.state,
        old_invoice(act, settings.state, dossier, number, command.invoiced_on),
        old_money(settings.state, dossier, command.currency)(command.amount),
        line=imported_id(command.source, "balance-line", command.key),
        payment=imported_id(command.source, "balance-payment", command.key),
        today=settings.state.day_of(act.now),
    )
    return [Change(client, hold_balance(client.state, invoice.id) if taken else []), Change(invoice, taken)]
