"""DEMANDER À ÊTRE RETIRÉ: erase the dossier whole, or deactivate it (DOS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import remove
from aggregates.client.policies import active
from aggregates.client.state import CLIENT, DeactivatedDossier, ErasedDossier
from aggregates.invoice.policies import money_open
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.decisions import leave_waiting_list
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RemoveDossier(Command):
    """Erase or deactivate the dossier; its places on waiting lists end.

    Refused: no_such_dossier, balance_not_zero, registrations_open.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-8",)

    client: UUID


def handle(command: RemoveDossier, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    if isinstance(client.state, DeactivatedDossier | ErasedDossier):
        return []
    dossier = active(client.state)
    sales = (registration.sale for registration in dossier.registrations.values())
    invoices, waited_for = act.load_groups(
        [INVOICE.at(i) for i in sorted({i for sale in sales for i in sale.invoices})],
        [WORKSHOP.at(w) for w in sorted(dossier.waiting_in)],
    )
    any_open = any(money_open(invoice.state) for invoice in invoices)
    return [
        Change(client, remove(client.state, money_open=any_open)),
        *(Change(w, leave_waiting_list(w.state, client.id)) for w in waited_for),
    ]
