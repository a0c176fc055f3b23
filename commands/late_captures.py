"""A capture that came for what can't be given any more: the money is kept for the client (FAC-1)."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.events import CreditHeld
from aggregates.client.state import Client, Dossier
from aggregates.invoice.basket.decisions import open_credit
from aggregates.invoice.payments.decisions import Incoming, receive
from aggregates.invoice.state import INVOICE
from commands.message import Act
from schema.store import Change, Loaded, fold


def kept_as_credit(act: Act, client: Loaded[Client], incoming: Incoming, attempt: UUID) -> list[Change]:
    """On a document without lines; `attempt` is what the payer had wanted to pay."""
    credit = act.fresh(INVOICE, "credit")
    opened = open_credit(credit.state, client.id, incoming.amount.currency, attempt)
    paid = receive(fold(INVOICE, opened, credit.state), incoming, [])
    # A file that was closed meanwhile takes no fact; the money is kept all the same.
    held = [CreditHeld(invoice=credit.id)] if isinstance(client.state, Dossier) else []
    return [Change(client, held), Change(credit, [*opened, *paid])]
