"""A proposed refund won't be made: its money is credit again (FAC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.invoice.refunds.decisions import withdraw_refund
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class WithdrawRefund(Command):
    """Withdraw a refund that waits for a second person.

    Refused: no_such_invoice, no_such_refund, refund_not_proposed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-4",)

    invoice: UUID
    refund: UUID


def handle(command: WithdrawRefund, act: Act) -> list[Change]:
    invoice = act.load(INVOICE.at(command.invoice))
    return [Change(invoice, withdraw_refund(invoice.state, command.refund))]
