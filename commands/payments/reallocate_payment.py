"""Accounting put a payment on other lines of its invoice (FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.invoice.payments.decisions import reallocate
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role, Value
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.paying import Amount
from schema.store import Change


class LineShare(Value):
    """What of a payment goes to one line."""

    line: UUID
    amount: Amount


class ReallocatePayment(Command):
    """Put these shares on their lines, and what is left into credit; what lies in a case stays there.

    Refused: no_such_invoice, no_such_payment, payment_gone, no_such_line, case_open, other_currency,
    allocation_too_high.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1",)

    invoice: UUID
    payment: UUID
    shares: tuple[LineShare, ...] = Field(max_length=50)


def handle(command: ReallocatePayment, act: Act) -> list[Change]:
    invoice = act.load(INVOICE.at(command.invoice))
    shares = {share.line: share.amount for share in command.shares}
    return [Change(invoice, reallocate(invoice.state, command.payment, shares))]
