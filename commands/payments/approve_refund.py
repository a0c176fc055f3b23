"""The second person agrees to a refund above the limit (FAC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.invoice.refunds.decisions import approve_refund
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ApproveRefund(Command):
    """Approve a refund that somebody else of accounting proposed.

    Refused: no_such_invoice, no_such_refund, refund_not_proposed, second_person_needed,
    payment_not_deposited.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-4",)

    invoice: UUID
    refund: UUID


def handle(command: ApproveRefund, act: Act) -> list[Change]:
    invoice = act.load(INVOICE.at(command.invoice))
    assert act.who.user is not None
    return [Change(invoice, approve_refund(invoice.state, command.refund, by=act.who.user))]
