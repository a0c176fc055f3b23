"""Accounting mark noted payments deposited, many at once: the clients' balances fall (FAC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from pydantic import Field

from aggregates.invoice.payments.decisions import deposit
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.paying import Invoices, PaymentOn
from schema.store import Change


class DepositPayments(Command):
    """Mark these payments deposited; those that are stay so.

    Refused: no_such_invoice, no_such_payment, payment_not_noted.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-2",)

    payments: tuple[PaymentOn, ...] = Field(min_length=1, max_length=200)


def handle(command: DepositPayments, act: Act) -> list[Change]:
    named = dict.fromkeys(one.invoice for one in command.payments)
    invoices = Invoices.of(act.load_all([INVOICE.at(id_) for id_ in named]))
    for one in command.payments:
        invoices.take(one.invoice, partial(deposit, payment=one.payment))
    return invoices.changes
