"""Whoever holds cheques sends them to accounting (FAC-10)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from pydantic import Field

from aggregates.invoice.payments.decisions import send_cheque
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.paying import Invoices, PaymentOn
from schema.store import Change


class SendCheques(Command):
    """Say that these cheques went to accounting; office and accounting may say so for others.

    Refused: no_such_invoice, no_such_payment, not_a_cheque, payment_not_noted, not_holder.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(
        Role.ORGANISER, Role.TRAINER, Role.OFFICE, Role.ACCOUNTING
    )
    RULES: ClassVar[tuple[str, ...]] = ("FAC-10",)

    payments: tuple[PaymentOn, ...] = Field(min_length=1, max_length=200)


def handle(command: SendCheques, act: Act) -> list[Change]:
    named = dict.fromkeys(one.invoice for one in command.payments)
    invoices = Invoices.of(act.load_all([INVOICE.at(id_) for id_ in named]))
    for_others = bool(act.who.roles & {Role.OFFICE, Role.ACCOUNTING})
    for one in command.payments:
        send = partial(send_cheque, payment=one.payment, by=act.who.user, for_others=for_others)
        invoices.take(one.invoice, send)
    return invoices.changes
